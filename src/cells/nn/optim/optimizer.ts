/** torch.optim: the optimizers' common part, and a class for each algorithm. */
import { retainsGrad } from '../../../autograd/hooks.ts';
import { enableGrad, noGrad } from '../../../autograd/mode.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { warn } from '../../../tensor/warnings.ts';
import { PyError, typeError, valueError } from '../../runtime/errors.ts';
import { raised } from '../../runtime/exceptions.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { keyOf } from '../../runtime/keys.ts';
import { PySet } from '../../runtime/objects.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { PyClass, PyDict, type PyInstance, PyList, type Value } from '../../runtime/values.ts';
import { deepcopy } from '../../stdlib/copy.ts';
import { itemsOf, typeName } from '../../torch/convert.ts';
import { guarded } from '../../torch/errors.ts';
import { number } from '../convert.ts';
import { type Method, objectOf, method as plainMethod } from '../define.ts';
import { dictOf, getName, namedEntries, setName } from '../dicts.ts';
import { zeroGrad } from '../gradients.ts';
import { signature } from '../signature.ts';
import { torchTypeName } from '../state.ts';
import { type Algorithm, Memory, Settings } from './algorithms.ts';

const REQUIRED = '<required parameter>';
const DUPLICATES =
  'optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see github.com/pytorch/pytorch/issues/40967 for more information';

export const method = (name: string, body: Method): [string, Value] => [name, plainMethod(name, body, objectOf)];

/** The parameter groups, dicts in a list of the optimizer's. */
export function groupsOf(self: PyInstance): PyDict[] {
  const groups = self.attributes.get('param_groups');
  return groups instanceof PyList ? groups.items.filter((group) => group instanceof PyDict) : [];
}

export const parametersOf = (group: PyDict): Tensor[] =>
  (itemsOf(getName(group, 'params') ?? null) ?? []).filter((p) => p instanceof Tensor);

function part<T extends Value>(self: PyInstance, name: string, is: (value: Value | undefined) => value is T): T {
  const value = self.attributes.get(name);
  if (!is(value)) throw typeError(`${self.type}.${name} is not what Optimizer.__init__ made it`);
  return value;
}
const isDict = (value: Value | undefined): value is PyDict => value instanceof PyDict;
const isList = (value: Value | undefined): value is PyList => value instanceof PyList;

const stateDictOf = (self: PyInstance): PyDict => part(self, 'state', isDict);

/** What is remembered of a parameter, in the optimizer's `state`. */
export function memoryOf(self: PyInstance, p: Tensor, interpreter: Interpreter): Memory {
  const { entries } = stateDictOf(self);
  const key = keyOf(p, interpreter as Runtime);
  let entry = entries.get(key);
  if (entry === undefined) {
    entry = [p, new PyDict()];
    entries.set(key, entry);
  }
  const [, dict] = entry;
  if (!(dict instanceof PyDict)) throw typeError(`the state of a parameter must be a dict, not ${typeName(dict)}`);
  return new Memory(dict, p);
}

function addGroup(self: PyInstance, group: Value, interpreter: Interpreter): void {
  if (!(group instanceof PyDict)) throw new PyError('AssertionError', 'param group must be a dict');
  const given = getName(group, 'params');
  if (given === undefined) throw raised('KeyError', ['params'], "'params'");
  if (given instanceof PySet) {
    throw typeError(
      'optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change between runs. Please use a list instead.',
    );
  }
  const params = given instanceof Tensor ? [given] : [...interpreter.iterate(given)];
  for (const p of params) {
    if (!(p instanceof Tensor)) {
      throw typeError(`optimizer can only optimize Tensors, but one of the params is ${torchTypeName(p)}`);
    }
    if (!p.isLeaf && !retainsGrad(p)) throw valueError("can't optimize a non-leaf Tensor");
  }
  setName(group, 'params', new PyList(params));
  for (const [name, value] of namedEntries(part(self, 'defaults', isDict))) {
    if (getName(group, name) !== undefined) continue;
    if (value === REQUIRED) {
      throw valueError(`parameter group didn't specify a value of required optimization parameter ${name}`);
    }
    setName(group, name, value);
  }
  if (new Set(params).size !== params.length) warn(DUPLICATES);
  const known = new Set(groupsOf(self).flatMap(parametersOf));
  if (params.some((p) => known.has(p as Tensor))) {
    throw valueError('some parameters appear in more than one parameter group');
  }
  part(self, 'param_groups', isList).items.push(group);
}

/** `Optimizer.__init__(params, defaults)` */
export function begin(self: PyInstance, params: Value, defaults: PyDict, interpreter: Interpreter): void {
  if (params instanceof Tensor) {
    throw typeError(
      `params argument given to the optimizer should be an iterable of Tensors or dicts, but got ${torchTypeName(params)}`,
    );
  }
  self.attributes.set('defaults', defaults);
  self.attributes.set('state', new PyDict('defaultdict'));
  self.attributes.set('param_groups', new PyList([]));
  const list = [...interpreter.iterate(params)];
  if (list.length === 0) throw valueError('optimizer got an empty parameter list');
  const groups = list[0] instanceof PyDict ? list : [dictOf([['params', new PyList(list)]])];
  for (const group of groups) addGroup(self, group, interpreter);
}

/** Names of a state dict's parameters: their places in all groups. */
function numbering(self: PyInstance): Map<Tensor, bigint> {
  const numbers = new Map<Tensor, bigint>();
  for (const p of groupsOf(self).flatMap(parametersOf)) if (!numbers.has(p)) numbers.set(p, BigInt(numbers.size));
  return numbers;
}

function stateDict(self: PyInstance): PyDict {
  const numbers = numbering(self);
  const state = new PyDict();
  for (const [p, memory] of stateDictOf(self).entries.values()) {
    const n = p instanceof Tensor ? numbers.get(p) : undefined;
    if (n !== undefined) state.entries.set(n, [n, memory]);
  }
  const groups = groupsOf(self).map((group) => {
    const rest = [...namedEntries(group)].filter(([name]) => name !== 'params');
    const params = parametersOf(group).map((p) => numbers.get(p) as bigint);
    return dictOf([...rest, ['params', new PyList(params)]]);
  });
  return dictOf([
    ['state', state],
    ['param_groups', new PyList(groups)],
  ]);
}

function loadStateDict(self: PyInstance, dict: Value, interpreter: Interpreter): void {
  const saved = dict instanceof PyDict ? getName(dict, 'param_groups') : undefined;
  const state = dict instanceof PyDict ? getName(dict, 'state') : undefined;
  if (!(saved instanceof PyList) || !(state instanceof PyDict)) {
    throw typeError('an optimizer is loaded from the dict that state_dict() gave');
  }
  // What is loaded stays as it is, however many steps follow.
  const copied = (value: Value): Value => deepcopy(value, null, interpreter as Runtime);
  const groups = groupsOf(self);
  if (groups.length !== saved.items.length) {
    throw valueError('loaded state dict has a different number of parameter groups');
  }
  const byNumber = [...numbering(self).keys()];
  saved.items.forEach((group, i) => {
    if (!(group instanceof PyDict)) throw typeError('a parameter group must be a dict');
    if ((itemsOf(getName(group, 'params') ?? null) ?? []).length !== parametersOf(groups[i]).length) {
      throw valueError("loaded state dict contains a parameter group that doesn't match the size of optimizer's group");
    }
    for (const [name, value] of namedEntries(group)) if (name !== 'params') setName(groups[i], name, copied(value));
  });
  stateDictOf(self).entries.clear();
  for (const [key, memory] of state.entries.values()) {
    const p = typeof key === 'bigint' ? byNumber[Number(key)] : undefined;
    if (p === undefined || !(memory instanceof PyDict)) continue;
    const copy = memoryOf(self, p, interpreter).dict;
    for (const [name, value] of namedEntries(memory)) {
      setName(copy, name, copied(value));
    }
  }
}

function repr(self: PyInstance, interpreter: Interpreter): string {
  const groups = groupsOf(self).map((group, i) => {
    const names = [...namedEntries(group)].filter(([name]) => name !== 'params').sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = names.map(([name, value]) => `    ${name}: ${interpreter.str(value)}\n`);
    return `\nParameter Group ${i}\n${lines.join('')}`;
  });
  return `${self.type} (${groups.join('')})`;
}

/** `closure()`, with gradients recorded. */
const evaluate = (closure: Value, interpreter: Interpreter): Value =>
  closure === null ? null : enableGrad(() => interpreter.call(closure, []));

const initTakes = signature('Optimizer.__init__', 'params, defaults', 1);
const zeroTakes = signature('Optimizer.zero_grad', 'set_to_none=False', 1);

export const optimizerClass = new PyClass(
  'Optimizer',
  [],
  new Map<string, Value>([
    method('__init__', (self, args, kwargs, interpreter) => {
      const { params, defaults } = initTakes(args, kwargs);
      begin(self, params, defaults instanceof PyDict ? defaults : new PyDict(), interpreter);
      // A class of the cell's own reads `self.state[p]` before it has written there.
      for (const p of groupsOf(self).flatMap(parametersOf)) memoryOf(self, p, interpreter);
      return null;
    }),
    method('zero_grad', (self, args, kwargs) => {
      const { set_to_none } = zeroTakes(args, kwargs);
      for (const p of groupsOf(self).flatMap(parametersOf)) zeroGrad(p, set_to_none === true);
      return null;
    }),
    method('add_param_group', (self, [group], kwargs, interpreter) => {
      addGroup(self, group ?? kwargs.get('param_group') ?? null, interpreter);
      return null;
    }),
    method('step', () => {
      throw raised('NotImplementedError', [], '');
    }),
    method('state_dict', (self) => stateDict(self)),
    method('load_state_dict', (self, [dict], kwargs, interpreter) => {
      loadStateDict(self, dict ?? kwargs.get('state_dict') ?? null, interpreter);
      return null;
    }),
    method('__repr__', (self, _args, _kwargs, interpreter) => repr(self, interpreter)),
  ]),
);

function checkSettings(algorithm: Algorithm, settings: Settings, interpreter: Interpreter): void {
  for (const [name, label] of Object.entries(algorithm.atLeastZero)) {
    const value = settings.value(name);
    if (value === REQUIRED) continue;
    if (!(number(value) >= 0)) throw valueError(`Invalid ${label}: ${interpreter.repr(value)}`);
  }
  algorithm.check?.(settings);
}

/** Takes one step: what is remembered and the parameters are updated without a trace. */
function step(self: PyInstance, algorithm: Algorithm, interpreter: Interpreter): void {
  guarded(() =>
    noGrad(() => {
      for (const group of groupsOf(self)) {
        const settings = new Settings(group);
        for (const p of parametersOf(group)) {
          if (p.grad === null) continue;
          interpreter.budget.step();
          algorithm.update(p, p.grad, memoryOf(self, p, interpreter), settings);
        }
      }
    }),
  );
}

export function optimizer(name: string, algorithm: Algorithm): PyClass {
  const takes = signature(`${name}.__init__`, `params, ${algorithm.takes}`, 1);
  const stepTakes = signature(`${name}.step`, 'closure=None', 1);
  return new PyClass(
    name,
    [optimizerClass],
    new Map<string, Value>([
      method('__init__', (self, args, kwargs, interpreter) => {
        const { params, ...settings } = takes(args, kwargs);
        const order = algorithm.order?.split(' ') ?? [...algorithm.takes.matchAll(/(\w+)=/g)].map(([, key]) => key);
        const defaults = dictOf(order.map((key) => [key, settings[key]]));
        checkSettings(algorithm, new Settings(defaults), interpreter);
        begin(self, params, defaults, interpreter);
        for (const group of algorithm.begin === undefined ? [] : groupsOf(self)) {
          for (const p of parametersOf(group)) {
            guarded(() => noGrad(() => algorithm.begin?.(memoryOf(self, p, interpreter), new Settings(group))));
          }
        }
        return null;
      }),
      method('step', (self, args, kwargs, interpreter) => {
        const loss = evaluate(stepTakes(args, kwargs).closure, interpreter);
        step(self, algorithm, interpreter);
        return loss;
      }),
    ]),
  );
}
