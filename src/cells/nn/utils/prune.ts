/** torch.nn.utils.prune: parameters of which some elements are masked. */

import { noGrad } from '../../../autograd/mode.ts';
import { setData } from '../../../autograd/reshape.ts';
import { copy } from '../../../kernels/copy.ts';
import { to as castTo, onesLike, zerosLike } from '../../../ops/creation/index.ts';
import { topk } from '../../../ops/indexing/index.ts';
import { norm } from '../../../ops/linalg/index.ts';
import { abs, eq, gt, mul, ne } from '../../../ops/pointwise/index.ts';
import { kthvalue, sum } from '../../../ops/reductions/index.ts';
import { cat, reshape } from '../../../ops/shape/index.ts';
import { sameShape } from '../../../tensor/shape.ts';
import { empty, Tensor } from '../../../tensor/tensor.ts';
import { PyError, typeError, valueError } from '../../runtime/errors.ts';
import { roundHalfEven } from '../../runtime/floats.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { isSubclass } from '../../runtime/mro.ts';
import { PyClassMethod } from '../../runtime/objects.ts';
import { NativeFunction, PyClass, PyDict, PyInstance, PySlice, PyTuple, type Value } from '../../runtime/values.ts';
import { itemsOf, typeName } from '../../torch/convert.ts';
import { guarded } from '../../torch/errors.ts';
import { getItem, setItem } from '../../torch/indexing.ts';
import { integer, number, tensorOf } from '../convert.ts';
import { method, objectOf } from '../define.ts';
import { uniform } from '../fillings.ts';
import { functionsOf } from '../functional.ts';
import { addHook, hooksIn, hooksOf } from '../hooks.ts';
import { isParameter } from '../parameter.ts';
import { type Bound, signature } from '../signature.ts';
import { addParameter, assign, memberOf, release, selfOf, stateOf } from '../state.ts';
import { namedModules } from '../walk.ts';

const tensorAt = (module: PyInstance, name: string): Tensor => tensorOf(memberOf(module, name), name);
const ask = (self: Value, name: string, args: readonly Value[], interpreter: Interpreter): Value =>
  interpreter.call(interpreter.getAttribute(self, name), args);

const nameOf = (self: PyInstance): string => String(self.attributes.get('_tensor_name') ?? null);

/** The masked tensor. */
function masked(self: PyInstance, module: PyInstance): Tensor {
  const original = tensorAt(module, `${nameOf(self)}_orig`);
  return guarded(() => mul(castTo(tensorAt(module, `${nameOf(self)}_mask`), original.dtype), original));
}

const put = (module: PyInstance, name: string, value: Tensor): void => void module.attributes.set(name, value);

const maskOf = (method: Value, scores: Tensor, mask: Tensor, interpreter: Interpreter): Tensor =>
  tensorOf(
    interpreter.call(interpreter.getAttribute(method, 'compute_mask'), [scores], new Map([['default_mask', mask]])),
    'mask',
  );

/** The method that stands on a parameter already, taken away. */
function takeOld(module: PyInstance, name: string): PyInstance | null {
  const { entries } = hooksOf(module, '_forward_pre_hooks');
  for (const [key, [, hook]] of entries) {
    if (!isMethod(hook) || nameOf(hook) !== name) continue;
    entries.delete(key);
    return hook;
  }
  return null;
}

const isMethod = (value: Value): value is PyInstance =>
  value instanceof PyInstance && isSubclass(value.cls, baseMethod);

/** `cls.apply(module, name, …)` */
function apply(
  cls: PyClass,
  module: PyInstance,
  name: string,
  settings: ReadonlyMap<string, Value>,
  rest: readonly Value[],
  interpreter: Interpreter,
): PyInstance {
  const old = takeOld(module, name);
  const { importance_scores: given = null, ...named } = Object.fromEntries(settings);
  const made = interpreter.call(cls, rest, new Map(Object.entries(named))) as PyInstance;
  made.attributes.set('_tensor_name', name);
  let method = made;
  if (old !== null) {
    method = isSubclass(old.cls, container) ? old : (interpreter.call(container, [old]) as PyInstance);
    addMethod(method, made);
  }
  const original = tensorAt(module, name);
  const scores = given === null ? original : tensorOf(given, 'importance_scores');
  if (!sameShape(scores.shape, original.shape)) {
    throw new PyError(
      'AssertionError',
      `importance_scores should have the same shape as parameter                 ${name} of ${interpreter.str(module)}`,
    );
  }
  const fresh = old === null;
  if (fresh) {
    release(module, name);
    if (isParameter(original)) addParameter(module, `${name}_orig`, original);
    else assign(module, `${name}_orig`, original);
  }
  try {
    const before = fresh ? onesLike(original.detach()) : copy(tensorAt(module, `${name}_mask`).detach());
    const mask = maskOf(method, scores, before, interpreter);
    stateOf(module).buffers.set(`${name}_mask`, mask);
    put(module, name, tensorOf(ask(method, 'apply_mask', [module], interpreter), name));
    addHook(module, '_forward_pre_hooks', method, interpreter);
  } catch (error) {
    if (fresh) {
      release(module, `${name}_orig`);
      assign(module, name, original);
    }
    throw error;
  }
  return method;
}

function addMethod(self: PyInstance, method: Value): void {
  if (!isMethod(method)) throw typeError(`<class '${typeName(method)}'> is not a BasePruningMethod subclass`);
  if (nameOf(self) !== nameOf(method)) {
    throw valueError(
      `Can only add pruning methods acting on the parameter named '${nameOf(self)}' to PruningContainer. Found '${nameOf(method)}'`,
    );
  }
  const known = itemsOf(self.attributes.get('_pruning_methods') ?? null) ?? [];
  self.attributes.set('_pruning_methods', new PyTuple([...known, method]));
}

const fn = (
  name: string,
  body: (self: PyInstance, args: readonly Value[], interpreter: Interpreter) => Value,
): [string, Value] => [
  name,
  method(name, (self, args, kwargs, interpreter) => body(self, [...args, ...kwargs.values()], interpreter), objectOf),
];

const pruneTakes = signature('BasePruningMethod.prune', 't, default_mask=None, importance_scores=None', 1);

const baseMethod: PyClass = new PyClass(
  'BasePruningMethod',
  [],
  new Map<string, Value>([
    ['_tensor_name', null],
    fn('__call__', (self, [module], interpreter) => {
      const owner = selfOf(module);
      put(owner, nameOf(self), tensorOf(ask(self, 'apply_mask', [owner], interpreter), 'pruned tensor'));
      return null;
    }),
    fn('apply_mask', (self, [module]) => masked(self, selfOf(module))),
    [
      'apply',
      new PyClassMethod(
        new NativeFunction('apply', ([cls, module, name, ...rest], kwargs, interpreter) => {
          const named = new Map(kwargs);
          const owner = module ?? named.get('module') ?? null;
          const key = name ?? named.get('name') ?? null;
          named.delete('module');
          named.delete('name');
          return apply(cls as PyClass, selfOf(owner), String(key), named, rest, interpreter);
        }),
      ),
    ],
    [
      'prune',
      method(
        'prune',
        (self, args, kwargs, interpreter) => {
          const { t, default_mask, importance_scores } = pruneTakes(args, kwargs);
          const given = tensorOf(t, 't');
          const scores = importance_scores === null ? given : tensorOf(importance_scores, 'importance_scores');
          const mask = default_mask === null ? onesLike(given.detach()) : tensorOf(default_mask, 'default_mask');
          return guarded(() => mul(given, maskOf(self, scores, mask, interpreter)));
        },
        objectOf,
      ),
    ],
    fn('remove', (self, [module]) => {
      const owner = selfOf(module);
      const name = nameOf(self);
      const weight = masked(self, owner);
      release(owner, name);
      const original = tensorAt(owner, `${name}_orig`);
      noGrad(() => setData(original, weight.detach()));
      release(owner, `${name}_orig`);
      release(owner, `${name}_mask`);
      assign(owner, name, original);
      return null;
    }),
  ]),
);

const WHOLE = new PySlice(null, null, null);

/** What of a tensor a method may still prune. */
function partFor(method: PyInstance, t: Tensor, mask: Tensor, interpreter: Interpreter): Value {
  const type = interpreter.getAttribute(method, 'PRUNING_TYPE');
  if (type === 'unstructured') return guarded(() => eq(mask, 1));
  const all = new Array<Value>(t.ndim).fill(WHOLE);
  if (type === 'global') return new PyTuple(all);
  if (type !== 'structured') throw valueError(`Unrecognized PRUNING_TYPE ${interpreter.str(type)}`);
  const given = integer(interpreter.getAttribute(method, 'dim'));
  const dim = given < 0 ? given + t.ndim : given;
  const rest = t.shape.map((_, d) => d).filter((d) => d !== dim);
  all[dim] = guarded(() => ne(sum(mask, rest), 0));
  return new PyTuple(all);
}

const container: PyClass = new PyClass(
  'PruningContainer',
  [baseMethod],
  new Map<string, Value>([
    fn('__init__', (self, methods) => {
      self.attributes.set('_pruning_methods', new PyTuple([]));
      if (methods.length === 1 && isMethod(methods[0])) self.attributes.set('_tensor_name', nameOf(methods[0]));
      for (const each of methods) addMethod(self, each);
      return null;
    }),
    fn('add_pruning_method', (self, [method]) => {
      addMethod(self, method ?? null);
      return null;
    }),
    fn('__len__', (self) => BigInt(itemsOf(self.attributes.get('_pruning_methods') ?? null)?.length ?? 0)),
    fn('__getitem__', (self, [at]) => {
      const items = itemsOf(self.attributes.get('_pruning_methods') ?? null) ?? [];
      const found = items.at(integer(at));
      if (found === undefined) throw new PyError('IndexError', 'tuple index out of range');
      return found;
    }),
    fn('compute_mask', (self, [scores, before], interpreter) => {
      const last = itemsOf(self.attributes.get('_pruning_methods') ?? null)?.at(-1) ?? null;
      const [t, mask] = [tensorOf(scores, 't'), tensorOf(before, 'default_mask')];
      const part = partFor(objectOf(last ?? undefined), t, mask, interpreter);
      const made = castTo(mask, t.dtype);
      const out = made === mask ? copy(mask) : made;
      const partial = maskOf(last, getItem(t, part), getItem(mask, part), interpreter);
      noGrad(() => setItem(out, part, castTo(partial, out.dtype)));
      return out;
    }),
  ]),
);

function checkAmount(amount: Value, interpreter: Interpreter): void {
  if (typeof amount !== 'number' && typeof amount !== 'bigint') {
    throw typeError(`Invalid type for amount: ${interpreter.str(amount)}. Must be int or float.`);
  }
  if (amount < 0 || (typeof amount === 'number' && amount > 1)) {
    throw valueError(
      `amount=${interpreter.str(amount)} should either be a float in the range [0, 1] or a non-negative integer`,
    );
  }
}

/** How many of so many are pruned. */
function countOf(self: PyInstance, size: number): number {
  const amount = self.attributes.get('amount') ?? 0n;
  const count = typeof amount === 'bigint' ? Number(amount) : Number(roundHalfEven(number(amount) * size));
  if (count > size) {
    throw valueError(`amount=${count} should be smaller than the number of parameters to prune=${size}`);
  }
  return count;
}

const shapeText = (t: Tensor): string => `torch.Size([${t.shape.join(', ')}])`;

/** The dimension whose slices are pruned as a whole. */
function dimOf(self: PyInstance, t: Tensor): number {
  if (t.ndim <= 1) {
    throw valueError(
      `Structured pruning can only be applied to multidimensional tensors. Found tensor of shape ${shapeText(t)} with ${t.ndim} dims`,
    );
  }
  const dim = integer(self.attributes.get('dim') ?? -1n);
  if (dim >= t.ndim) throw new PyError('IndexError', `Invalid index ${dim} for tensor of size ${shapeText(t)}`);
  return dim < 0 ? dim + t.ndim : dim;
}

/** A mask with zeros at places of the flattened tensor. */
function without(mask: Tensor, places: Tensor): Tensor {
  const flat = copy(reshape(mask, [-1]));
  setItem(flat, places, 0n);
  return reshape(flat, mask.shape);
}

/** Ones in some slices along a dimension, times what the mask was before. */
function onlySlices(t: Tensor, dim: number, chosen: Tensor, before: Tensor): Tensor {
  const mask = zerosLike(t.detach());
  setItem(mask, new PyTuple(t.shape.map((_, d): Value => (d === dim ? chosen : WHOLE))), 1n);
  return mul(mask, castTo(before, mask.dtype));
}

type MaskRule = (self: PyInstance, t: Tensor, before: Tensor) => Tensor;

interface Method {
  readonly name: string;
  readonly kind: 'structured' | 'unstructured' | 'global';
  readonly takes: string;
  readonly rule: MaskRule;
}

const smallest = (t: Tensor, k: number): Tensor => (topk(t, k, -1, false) as readonly Tensor[])[1];

const METHODS: readonly Method[] = [
  { name: 'Identity', kind: 'unstructured', takes: '', rule: (_self, _t, before) => before },
  {
    name: 'RandomUnstructured',
    kind: 'unstructured',
    takes: 'amount',
    rule(self, t, before) {
      const count = countOf(self, t.numel);
      if (count === 0) return copy(before);
      const order = uniform(empty([t.numel], t.dtype), 0, 1);
      return without(before, (topk(order, count) as readonly Tensor[])[1]);
    },
  },
  {
    name: 'L1Unstructured',
    kind: 'unstructured',
    takes: 'amount',
    rule(self, t, before) {
      const count = countOf(self, t.numel);
      return count === 0 ? copy(before) : without(before, smallest(reshape(abs(t.detach()), [-1]), count));
    },
  },
  {
    name: 'RandomStructured',
    kind: 'structured',
    takes: 'amount, dim=-1',
    rule(self, t, before) {
      const dim = dimOf(self, t);
      const count = countOf(self, t.shape[dim]);
      if (count === 0) return before;
      const order = uniform(empty([t.shape[dim]], 'float32'), 0, 1);
      return onlySlices(t, dim, gt(order, (kthvalue(order, count) as readonly Tensor[])[0]), before);
    },
  },
  {
    name: 'LnStructured',
    kind: 'structured',
    takes: 'amount, n, dim=-1',
    rule(self, t, before) {
      const dim = dimOf(self, t);
      const count = countOf(self, t.shape[dim]);
      if (count === 0) return before;
      const rest = t.shape.map((_, d) => d).filter((d) => d !== dim);
      const n = self.attributes.get('n') ?? 2n;
      const size = norm(t.detach(), typeof n === 'string' ? (n as 'fro') : number(n), rest);
      return onlySlices(t, dim, (topk(size, t.shape[dim] - count) as readonly Tensor[])[1], before);
    },
  },
  {
    name: 'CustomFromMask',
    kind: 'global',
    takes: 'mask',
    rule: (self, _t, before) => mul(before, castTo(tensorOf(self.attributes.get('mask'), 'mask'), before.dtype)),
  },
];

function defineMethod({ name, kind, takes, rule }: Method): PyClass {
  const bind = signature(`${name}.__init__`, takes, 1);
  return new PyClass(
    name,
    [baseMethod],
    new Map<string, Value>([
      ['PRUNING_TYPE', kind],
      [
        '__init__',
        method(
          '__init__',
          (self, args, kwargs, interpreter) => {
            const bound = bind(args, kwargs);
            if (Object.hasOwn(bound, 'amount')) checkAmount(bound.amount, interpreter);
            for (const key in bound) self.attributes.set(key, bound[key]);
            return null;
          },
          objectOf,
        ),
      ],
      fn('compute_mask', (self, [t, before]) =>
        guarded(() => noGrad(() => rule(self, tensorOf(t, 't'), tensorOf(before, 'default_mask')))),
      ),
    ]),
  );
}

const methods = METHODS.map(defineMethod);
const named = new Map(methods.map((cls) => [cls.name, cls]));

/** A function that puts one method on a parameter. */
const applying =
  (cls: string) =>
  ({ module, name, ...settings }: Bound, interpreter: Interpreter): Value => {
    apply(named.get(cls) as PyClass, selfOf(module), String(name), new Map(Object.entries(settings)), [], interpreter);
    return module;
  };

function removeFrom(module: PyInstance, name: string, interpreter: Interpreter): PyInstance {
  const { entries } = hooksOf(module, '_forward_pre_hooks');
  for (const [key, [, hook]] of entries) {
    if (!isMethod(hook) || nameOf(hook) !== name) continue;
    ask(hook, 'remove', [module], interpreter);
    entries.delete(key);
    return module;
  }
  throw valueError(
    `Parameter '${name}' of module ${interpreter.str(module)} has to be pruned before pruning can be removed`,
  );
}

/** One method over many parameters at once: what is least of all is masked. */
function globally(
  { parameters, pruning_method, importance_scores, ...settings }: Bound,
  interpreter: Interpreter,
): null {
  const pairs = [...interpreter.iterate(parameters)].map((pair) => {
    const [module, name] = itemsOf(pair) ?? [];
    return { module: selfOf(module), name: String(name), pair };
  });
  const flat = (t: Tensor): Tensor => reshape(t.detach(), [-1]);
  const given = importance_scores instanceof PyDict ? importance_scores : null;
  const scoreOf = (module: PyInstance, name: string): Tensor => {
    for (const [key, value] of given?.entries.values() ?? []) {
      const [owner, own] = itemsOf(key) ?? [];
      if (owner === module && own === name) return tensorOf(value, 'importance_scores');
    }
    return tensorAt(module, name);
  };
  const scores = cat(pairs.map(({ module, name }) => flat(scoreOf(module, name))));
  const before = cat(
    pairs.map(({ module, name }) => {
      const mask = memberOf(module, `${name}_mask`);
      return flat(mask instanceof Tensor ? mask : onesLike(tensorAt(module, name).detach()));
    }),
  );
  const amount = new Map(Object.entries(settings).filter(([, value]) => value !== null));
  const made = interpreter.call(pruning_method, [], amount) as PyInstance;
  const all = interpreter.call(container, []) as PyInstance;
  for (const each of [made, all]) each.attributes.set('_tensor_name', 'temp');
  if (interpreter.getAttribute(made, 'PRUNING_TYPE') !== 'unstructured') {
    throw typeError(
      `Only "unstructured" PRUNING_TYPE supported for the \`pruning_method\`. Found method ${interpreter.str(pruning_method)} of type ${interpreter.str(interpreter.getAttribute(made, 'PRUNING_TYPE'))}`,
    );
  }
  addMethod(all, made);
  const mask = maskOf(all, scores, before, interpreter);
  let at = 0;
  for (const { module, name } of pairs) {
    const { numel, shape } = tensorAt(module, name);
    const own = reshape(mask.alias([numel], mask.strides, mask.offset + at * mask.strides[0]), shape);
    apply(named.get('CustomFromMask') as PyClass, module, name, new Map([['mask', copy(own)]]), [], interpreter);
    at += numel;
  }
  return null;
}

export const pruneMembers: readonly [string, Value][] = [
  ...[baseMethod, container, ...methods].map((cls): [string, Value] => [cls.name, cls]),
  ...functionsOf({
    'identity(module, name)': applying('Identity'),
    'random_unstructured(module, name, amount)': applying('RandomUnstructured'),
    'l1_unstructured(module, name, amount, importance_scores=None)': applying('L1Unstructured'),
    'random_structured(module, name, amount, dim)': applying('RandomStructured'),
    'ln_structured(module, name, amount, n, dim, importance_scores=None)': applying('LnStructured'),
    'custom_from_mask(module, name, mask)': applying('CustomFromMask'),
    'global_unstructured(parameters, pruning_method, importance_scores=None, amount=None)': globally,
    'remove(module, name)': ({ module, name }, interpreter) => removeFrom(selfOf(module), String(name), interpreter),
    'is_pruned(module)': ({ module }) =>
      [...namedModules(selfOf(module))].some(([, each]) => hooksIn(each, '_forward_pre_hooks').some(isMethod)),
  }),
];

for (const cls of [baseMethod, container, ...methods]) cls.members.set('__module__', 'torch.nn.utils.prune');
