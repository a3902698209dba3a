/** Functions and methods made of the registry's ops: every namespace that an op lives in. */
import { overwrite } from '../../autograd/inplace.ts';
import { checkApart } from '../../autograd/write-checks.ts';
import type { OpDef } from '../../ops/define.ts';
import { type Space, standingsOf } from '../../ops/pytorch.ts';
import { ops } from '../../ops/registry.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { contiguousStrides } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { NativeFunction, type Value } from '../runtime/values.ts';
import { bind, callOp } from './bind.ts';
import { checkOption } from './constants.ts';
import { fromResult } from './convert.ts';
import { checkDevice } from './devices.ts';
import { guarded } from './errors.ts';
import { refuseHalf } from './half.ts';
import { namesIn, place, placeMethods } from './naming.ts';
import { takenByOthers } from './others.ts';
import { writeOut } from './out.ts';
import { receiverOf, type Spelling, spell } from './spelling.ts';

/** Writes an op's result over one of its arguments. */
function callInPlace(op: OpDef, place: number, values: readonly unknown[], name: string): Value {
  const target = values[place];
  if (!(target instanceof Tensor))
    throw typeError(`${name}(): argument 'input' (position 1) must be Tensor, not a number`);
  refuseHalf(op, values);
  const operands = values.flat().filter((v): v is Tensor => v instanceof Tensor && v !== target);
  const over = (self: Tensor): Tensor => op.apply(values.with(place, self)) as Tensor;
  const inPart = op.overwrites && place === 0;
  guarded(() => {
    if (inPart) checkApart(target, values.toSpliced(place, 1).flat());
    overwrite(target, over, { name, operands, inPart });
  });
  return target;
}

function finish(
  op: OpDef,
  values: readonly unknown[],
  result: Tensor | readonly Tensor[],
  extras: ReadonlyMap<string, Value> | null,
): Value {
  if (extras === null) return fromResult(op.name, result);
  const out = extras.get('out') ?? null;
  if (out !== null) {
    // What counts numbers up fills a tensor of as many elements, whatever its shape.
    const fits = op.category === 'creation' && result instanceof Tensor && result.ndim === 1;
    if (fits && out instanceof Tensor && out.numel === result.numel)
      return writeOut(op, values, result.alias(out.shape, contiguousStrides(out.shape)), out);
    return writeOut(op, values, result, out);
  }
  if (extras.get('requires_grad') === true && result instanceof Tensor) {
    if (!isFloating(result.dtype))
      throw runtimeError('Only Tensors of floating point and complex dtype can require gradients');
    result.requiresGrad_();
  }
  return fromResult(op.name, result);
}

/** Ops that compute in the dtype of `out`, where they are not told another one. */
const SUMS: ReadonlySet<string> = new Set(['sum', 'nansum', 'prod']);

/** What makes a tensor for `out=`, or sums into it, does so in that one's dtype. */
function drawTypeFrom(op: OpDef, values: unknown[], out: Value): void {
  if ((op.category !== 'creation' && !SUMS.has(op.name)) || !(out instanceof Tensor)) return;
  const place = op.params.findIndex((p) => p.name === 'dtype');
  if (place >= 0) values[place] ??= out.dtype;
}

/** Functions that give the tensor itself where there is nothing to do. */
const SAME: ReadonlySet<string> = new Set(['flatten']);

const isSelf = (result: Tensor | readonly Tensor[], given: Value | undefined): boolean =>
  result instanceof Tensor && given instanceof Tensor && result.ndim === given.ndim && result.storage === given.storage;

function opFunction(op: OpDef, spelling: () => Spelling, name: string): NativeFunction {
  const several = op.name.startsWith('atleast_');
  return new NativeFunction(name, (args, kwargs, interpreter) => {
    const taken = takenByOthers(name, args, kwargs, interpreter);
    if (taken !== undefined) return taken;
    const { values, extras } = bind(op, spelling(), args, kwargs);
    if (extras !== null) {
      checkDevice(extras.get('device') ?? null);
      checkOption(name, 'names', extras.get('names') ?? null);
      checkOption(name, 'layout', extras.get('layout') ?? null);
      if (extras.get('inplace') === true) return callInPlace(op, 0, values, `${op.name}_`);
      drawTypeFrom(op, values, extras.get('out') ?? null);
    }
    const result = callOp(op, values);
    // A window that is no other than the tensor itself.
    if (SAME.has(op.name) && isSelf(result, args[0])) return args[0];
    const alone = several && args.length === 1 && args[0] instanceof Tensor && !(result instanceof Tensor);
    return finish(op, values, alone ? result[0] : result, extras);
  });
}

function inPlaceFunction(op: OpDef, spelling: () => Spelling, name: string): NativeFunction {
  const place = receiverOf(op);
  return new NativeFunction(name, (args, kwargs) =>
    callInPlace(op, place, bind(op, spelling(), args, kwargs).values, name),
  );
}

export interface Tables {
  readonly torch: Map<string, Value>;
  readonly F: Map<string, Value>;
  readonly linalg: Map<string, Value>;
  readonly special: Map<string, Value>;
  readonly Tensor: Map<string, NativeFunction>;
  readonly property: ReadonlyMap<string, OpDef>;
}

const isPython = (space: Space, name: string): boolean =>
  (space === 'torch' || space === 'F') &&
  namesIn(space === 'F' ? 'torch.nn.functional' : 'torch').get(name) === 'function';

/** How messages call the functions of a namespace. */
const SHOWN: Partial<Record<Space, string>> = { special: 'special_', linalg: 'linalg_' };

function build(): Tables {
  const property = new Map<string, OpDef>();
  const tables = { torch: new Map(), F: new Map(), linalg: new Map(), special: new Map(), Tensor: new Map() };
  for (const op of ops) {
    for (const { space, name, writes, order } of standingsOf(op)) {
      if (space === 'property') {
        property.set(name, op);
        continue;
      }
      const table: Map<string, NativeFunction> = tables[space];
      const add = (own: string, make: typeof opFunction): void => {
        const shown = `${SHOWN[space] ?? ''}${own}`;
        let spelling: Spelling | undefined;
        const spelled = (): Spelling => {
          spelling ??= spell(op, shown, order, space, isPython(space, own));
          return spelling;
        };
        table.set(own, make(op, spelled, shown));
      };
      add(name, opFunction);
      if (writes) add(`${name}_`, inPlaceFunction);
    }
  }
  place('torch', tables.torch);
  place('torch.nn.functional', tables.F);
  place('torch.linalg', tables.linalg);
  place('torch.special', tables.special);
  placeMethods('Tensor', 'torch.Tensor', tables.Tensor);
  return { ...tables, property };
}

let tables: Tables | undefined;

/** The tables of all ops, by PyTorch's namespaces. They hold nothing of any workspace, so that all share them. */
export function opTables(): Tables {
  tables ??= build();
  return tables;
}
