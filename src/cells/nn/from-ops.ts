/** The modules of torch.nn that call one op and hold nothing but its settings: made from the ops' definitions. */
import type { OpDef } from '../../ops/define.ts';
import type { AnyParam } from '../../ops/params.ts';
import { moduleOf, standingsOf } from '../../ops/pytorch.ts';
import { ops } from '../../ops/registry.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { PyClass, PyInstance, Value } from '../runtime/values.ts';
import { reductionOfOld } from '../torch/bind.ts';
import { call } from './call.ts';
import { attribute, defineModule } from './define.ts';
import { held, stateOf } from './state.ts';

/** What a loss was told once instead of `reduction`. */
const LEGACY = ['size_average', 'reduce'];

/** Arguments of the function that its module has no argument for: `training` is the module's own. */
const NOT_TAKEN = new Set(['training', 'dtype']);

/** A default in Python's writing. */
function literal({ default: value, attr }: AnyParam): string {
  if (value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return `'${value}'`;
  const { type } = attr?.jsonSchema ?? {};
  const isFloat = type === undefined || type === 'number';
  return isFloat && Number.isInteger(value) ? `${value}.0` : String(value);
}

/** The function that the module calls, and the names of its arguments in their order. */
function functionOf(op: OpDef): { fn: string; names: string[] } {
  const standings = standingsOf(op);
  const standing = standings.find(({ space }) => space === 'F') ?? standings[0];
  const words = standing.order.split('/')[0].split(' ');
  return {
    fn: standing.name,
    names: words.filter((w) => w !== '' && w !== '|').map((w) => w.replace(/^\*|=.*$|!$/g, '')),
  };
}

/** What the constructor takes: what the function takes behind its tensors, in its order. */
function constructorOf(op: OpDef, inputs: readonly string[], names: readonly string[]): string {
  const params = new Map(op.params.map((p) => [p.name as string, p]));
  const words: string[] = [];
  for (const name of names) {
    if (inputs.includes(name) || NOT_TAKEN.has(name)) continue;
    const param = params.get(name);
    if (param !== undefined) words.push(param.required ? name : `${name}=${literal(param)}`);
    else if (name === 'inplace') words.push('inplace=False');
    else if (LEGACY.includes(name)) words.push(`${name}=None`);
  }
  return words.join(', ');
}

const keepReduction = (self: PyInstance, sizeAverage: Value, reduce: Value): void => {
  if (sizeAverage === null && reduce === null) return;
  self.attributes.set('reduction', reductionOfOld(sizeAverage, reduce));
};

/** The module of an op that has one. */
export function moduleFrom(op: OpDef): PyClass {
  const head = moduleOf(op);
  if (head === undefined) throw new Error(`${op.name} has no module`);
  const { fn, names } = functionOf(op);
  const inputs = op.params.filter((p) => p.kind === 'tensor' && p.required).map((p) => p.name as string);
  const buffers = op.params.filter((p) => p.kind === 'tensor' && !p.required).map((p) => p.name as string);
  const takes = head.takes ?? constructorOf(op, inputs, names);
  const settings = takes
    .split(',')
    .map((part) => part.trim().split('=')[0])
    .filter((key) => !['', '*', ...LEGACY, ...buffers].includes(key));
  const shown = settings.map((key) => (key === 'inplace' ? 'inplace?' : key)).join(' ');
  const trains = op.params.some((p) => p.name === 'training');
  return defineModule({
    name: head.name,
    takes,
    hidden: buffers,
    shows: head.shows ?? (op.category === 'loss' || shown === '' ? undefined : shown),
    input: inputs.join(', '),
    init(self, args) {
      keepReduction(self, args.size_average ?? null, args.reduce ?? null);
      for (const key of buffers) {
        const value = args[key] ?? null;
        if (value === null || value instanceof Tensor) stateOf(self).buffers.set(key, value);
        else self.attributes.set(key, value);
      }
    },
    forward(self, given, interpreter) {
      const named: Record<string, Value> = {};
      for (const key of settings) named[key] = attribute(self, key);
      if (named.inplace === false) delete named.inplace;
      if (trains) named.training = attribute(self, 'training');
      for (const key of buffers) {
        const value = held(self, key) ?? self.attributes.get(key) ?? null;
        if (value !== null) named[key] = value;
      }
      return call(
        fn,
        inputs.map((key) => given[key]),
        named,
        interpreter,
      );
    },
  });
}

/** The modules of all ops that have one, but for those that are written by hand: they hold more than settings. */
export function modulesFromOps(byHand: readonly PyClass[]): PyClass[] {
  const known = new Set(byHand.map((cls) => cls.name));
  return ops.flatMap((op) => {
    const name = moduleOf(op)?.name;
    return name === undefined || known.has(name) ? [] : [moduleFrom(op)];
  });
}
