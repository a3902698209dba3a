/** `x.grad_fn` as an object of Python's. */
import { inSteps, nodeHooksOf } from '../../autograd/hooks.ts';
import type { Node, Step } from '../../autograd/node.ts';
import type { Scalar } from '../../tensor/scalar.ts';
import { type GradFn, Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyProperty } from '../runtime/objects.ts';
import { type NativeFunction, PyClass, PyDict, PyInstance, PyObject, PyTuple, type Value } from '../runtime/values.ts';
import { fromScalar, typeName } from './convert.ts';
import { native } from './define.ts';
import { dtypeValue } from './dtypes.ts';
import { guarded } from './errors.ts';
import { afterHook, beforeHook, handleOf } from './hooks.ts';
import { SavedTensor } from './saved-tensors.ts';

type Virtual = Extract<Step, { readonly name: string }>;

/** A node of ours, or one that PyTorch has besides. */
export class NodeValue extends PyObject {
  readonly type: string;
  readonly node: Node | Virtual;
  constructor(node: Node | Virtual) {
    super();
    this.node = node;
    this.type = node.name;
  }
  references(visit: Visit): void {
    visit(this.node);
  }
}

/** The end of a path: where a leaf's gradient is added up. */
export class AccumulateGrad extends PyObject {
  readonly type = 'AccumulateGrad';
  readonly leaf: Tensor;
  constructor(leaf: Tensor) {
    super();
    this.leaf = leaf;
  }
  references(visit: Visit): void {
    visit(this.leaf);
  }
}

const known = new WeakMap<object, NodeValue | AccumulateGrad>();

/** The same object each time. */
export function nodeValue(fn: GradFn | Virtual): NodeValue {
  let value = known.get(fn) as NodeValue | undefined;
  if (value === undefined || value.type !== fn.name) {
    value = new NodeValue(fn as Node);
    known.set(fn, value);
  }
  return value;
}

function accumulator(leaf: Tensor): AccumulateGrad {
  const value = (known.get(leaf) as AccumulateGrad | undefined) ?? new AccumulateGrad(leaf);
  known.set(leaf, value);
  return value;
}

const isNode = (node: Node | Virtual): node is Node => 'seq' in node;

/** The context of a function with a rule of its own: in PyTorch it and the node are one. */
function contextOf(value: PyObject): PyInstance | undefined {
  const context = value instanceof NodeValue && isNode(value.node) ? value.node.context : null;
  return context instanceof PyInstance ? context : undefined;
}

type Named = NodeValue | AccumulateGrad;

function receiver(value: Value, method: string): Named {
  if (value instanceof NodeValue || value instanceof AccumulateGrad) return value;
  throw typeError(`${method}() is called on a node, not on ${typeName(value)}`);
}

/** What hooks are put on: nothing for nodes that are PyTorch's alone, which no gradient passes. */
function hooked(value: Named): Node | Tensor {
  if (value instanceof AccumulateGrad) return value.leaf;
  if (isNode(value.node)) return value.node;
  throw runtimeError(`${value.type} is a part of another node here and takes no hooks`);
}

function nextOf(step: Step): PyTuple {
  if (step === null) return new PyTuple([null, 0n]);
  if ('next' in step) return new PyTuple([nodeValue(step), 0n]);
  if (step.node !== null) return new PyTuple([nodeValue(step.node), BigInt(step.index)]);
  return new PyTuple([accumulator(step.leaf as Tensor), 0n]);
}

const property = (name: string, get: (value: Named, interpreter: Interpreter) => Value): [string, Value] => [
  name,
  new PyProperty(native(name, 'self', ([self], interpreter) => get(receiver(self, name), interpreter))),
];

/** Runs the rule of a node with gradients of its results, as PyTorch does where one is called. */
function callNode(value: Named, grads: readonly Value[]): Value {
  if (!(value instanceof NodeValue) || !isNode(value.node)) throw typeError(`'${value.type}' object is not callable`);
  const { node } = value;
  if (grads.length !== node.results) throw typeError(`expected ${node.results} arguments, got ${grads.length} instead`);
  const given = grads.map((grad, i) => {
    if (grad !== null && !(grad instanceof Tensor)) throw typeError(`expected Tensor at ${i}, got ${typeName(grad)}`);
    return grad;
  });
  const found = guarded(() =>
    node.apply(
      given,
      node.edges.map(() => true),
    ),
  );
  const out = inSteps(node, found);
  return out.length === 1 ? out[0] : new PyTuple(out);
}

const METHODS: readonly NativeFunction[] = [
  native('name', 'self', ([self]) => {
    const { type } = receiver(self, 'name');
    return /^Copy(Slices|Backwards)$/.test(type) || type === 'AccumulateGrad' ? `torch::autograd::${type}` : type;
  }),
  native('register_hook', 'self hook', ([self, hook], interpreter) => {
    const at = nodeHooksOf(hooked(receiver(self, 'register_hook')));
    const entry = afterHook(hook, interpreter, hooked(receiver(self, 'register_hook')));
    at.after = [...(at.after ?? []), entry];
    return handleOf(
      () => {
        at.after = (at.after ?? []).filter((other) => other !== entry);
      },
      at,
      entry,
    );
  }),
  native('register_prehook', 'self hook', ([self, hook], interpreter) => {
    const at = nodeHooksOf(hooked(receiver(self, 'register_prehook')));
    const entry = beforeHook(hook, interpreter);
    at.before = [...(at.before ?? []), entry];
    return handleOf(
      () => {
        at.before = (at.before ?? []).filter((other) => other !== entry);
      },
      at,
      entry,
    );
  }),
  native('__call__', 'self *grads', ([self], _, grads) => callNode(receiver(self, '__call__'), grads)),
];

const nodeClass = new PyClass(
  'Node',
  [],
  new Map<string, Value>([
    ...METHODS.map((fn): [string, Value] => [fn.name, fn]),
    property('next_functions', (value) => {
      if (value instanceof AccumulateGrad) return new PyTuple([]);
      const steps = isNode(value.node) ? value.node.steps() : value.node.next;
      return new PyTuple(steps.map(nextOf));
    }),
    property('metadata', (value) => {
      const at = nodeHooksOf(hooked(value));
      at.notes ??= new PyDict();
      return at.notes as PyDict;
    }),
    property('requires_grad', () => true),
  ]),
);

/** Of our own names; those that a cell gives hang on the class that has them. */
const classes = new Map<string, PyClass>();
const classesOf = new WeakMap<PyClass, PyClass>();

export function classOfNode(value: Named): PyClass {
  const ctx = contextOf(value);
  if (ctx !== undefined) return classOfContext(ctx.cls);
  const made = classes.get(value.type);
  if (made !== undefined) return made;
  const cls = new PyClass(value.type, [nodeClass]);
  classes.set(value.type, cls);
  return cls;
}

/** The class of the nodes whose contexts are of a class. */
export function classOfContext(context: PyClass): PyClass {
  const made = classesOf.get(context) ?? new PyClass(context.name, [nodeClass]);
  classesOf.set(context, made);
  return made;
}

/** The class of the ends of paths. */
export const accumulatorClass = new PyClass('AccumulateGrad', [nodeClass]);
classes.set('AccumulateGrad', accumulatorClass);

/** The node of ours, or the leaf, that an object stands for; null where it is PyTorch's alone. */
export const nodeBehind = (value: Named): Node | Tensor | null =>
  value instanceof AccumulateGrad ? value.leaf : isNode(value.node) ? value.node : null;

/** A value that a rule can read, as Python's. */
function savedValue(value: unknown): Value {
  if (value === undefined || value === null) return null;
  if (value instanceof Tensor || typeof value === 'boolean') return value;
  if (typeof value === 'string')
    return /^(float|int|uint|bool|bfloat)\d*$/.test(value) ? dtypeValue(value as never) : value;
  if (Array.isArray(value)) return new PyTuple(value.map(savedValue));
  return fromScalar(value as Scalar);
}

/** A place of a dimension as PyTorch saves it: a negative one without its sign. */
const unsigned = (value: Value): Value =>
  value instanceof PyTuple
    ? new PyTuple(value.items.map(unsigned))
    : typeof value === 'bigint'
      ? BigInt.asUintN(64, value)
      : value;

/** `node._saved_self` and its like: what the rule reads. */
function savedAttribute(node: Node, name: string): Value | undefined {
  const raw = name.startsWith('_raw_saved_');
  if (!raw && !name.startsWith('_saved_')) return undefined;
  const key = node.keyOf(name.slice(raw ? 11 : 7));
  if (key === undefined) return undefined;
  if (raw) return new SavedTensor(node, key);
  const value = guarded(() => node.read(key));
  return key.startsWith('dim') ? unsigned(savedValue(value)) : savedValue(value);
}

export function nodeAttribute(value: Named, name: string, interpreter: Interpreter): Value | undefined {
  if (value instanceof AccumulateGrad) return name === 'variable' ? value.leaf : undefined;
  if (!isNode(value.node)) return undefined;
  const ctx = contextOf(value);
  if (ctx !== undefined && name !== '__class__' && !nodeClass.members.has(name))
    return interpreter.getAttribute(ctx, name);
  return savedAttribute(value.node, name);
}

export function setNodeAttribute(value: PyObject, name: string, to: Value, interpreter: Interpreter): boolean {
  const ctx = contextOf(value);
  if (ctx === undefined) return false;
  interpreter.setAttribute(ctx, name, to);
  return true;
}
