/** What stands behind a tensor's dot without a call, and what may be assigned there. */
import { retainsGrad } from '../../autograd/hooks.ts';
import { dataOf } from '../../autograd/inplace.ts';
import { setData } from '../../autograd/reshape.ts';
import { refreshWindow } from '../../autograd/windows.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { isInferenceMade } from '../../tensor/inference.ts';
import { sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { PyError, runtimeError, typeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { BoundMethod, NativeClosure, PyTuple, type Value } from '../runtime/values.ts';
import { callOp } from './bind.ts';
import { STRIDED } from './constants.ts';
import { sizeOf, typeName } from './convert.ts';
import { CPU } from './devices.ts';
import { dtypeValue } from './dtypes.ts';
import { opTables } from './functions.ts';
import { backwardHooks, setBackwardHooks } from './hooks.ts';
import { setRequiresGrad } from './methods.ts';
import { nodeValue } from './nodes.ts';
import { dunder } from './operators.ts';

const OF_NO_LEAF =
  "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more informations.";

function gradOf(t: Tensor): Value {
  if (t.grad === null && t.requiresGrad && !t.isLeaf && !retainsGrad(t)) warn(OF_NO_LEAF);
  return t.grad;
}

const never = (): Value => false;

function versionOf(t: Tensor): bigint {
  if (isInferenceMade(t.storage)) throw runtimeError('Inference tensors do not track version counter.');
  return BigInt(t.storage.version);
}

const READ: ReadonlyMap<string, (t: Tensor) => Value> = new Map<string, (t: Tensor) => Value>([
  ['shape', (t) => sizeOf(t.shape)],
  ['dtype', (t) => dtypeValue(t.dtype)],
  ['device', () => CPU],
  ['layout', () => STRIDED],
  ['grad', gradOf],
  ['grad_fn', (t) => (t.gradFn === null ? null : nodeValue(t.gradFn))],
  ['_grad_fn', (t) => (t.gradFn === null ? null : nodeValue(t.gradFn))],
  ['_backward_hooks', (t) => backwardHooks(t)],
  ['requires_grad', (t) => t.requiresGrad],
  ['is_leaf', (t) => t.isLeaf],
  ['retains_grad', (t) => !t.isLeaf && retainsGrad(t)],
  ['data', (t) => dataOf(t)],
  ['layout', () => STRIDED],
  ['ndim', (t) => BigInt(t.ndim)],
  ['output_nr', (t) => BigInt(t.outputIndex)],
  ['_version', versionOf],
  ['_base', (t) => t.base],
  ['name', () => null],
  ['names', (t) => new PyTuple(t.shape.map(() => null))],
  ['is_cuda', never],
  ['is_sparse', never],
  ['is_quantized', never],
  ['is_meta', never],
  ['is_mps', never],
  ['is_cpu', () => true],
  ['__module__', () => 'torch'],
  ['is_xpu', never],
  ['is_ipu', never],
  ['is_ort', never],
  ['is_vulkan', never],
  ['is_nested', never],
  ['is_mkldnn', never],
  ['is_sparse_csr', never],
  ['real', (t) => t],
  [
    'imag',
    () => {
      throw runtimeError('imag is not implemented for tensors with non-complex dtypes.');
    },
  ],
  [
    'volatile',
    () => {
      warn('volatile was removed (Variable.volatile is always False)');
      return false;
    },
  ],
]);

/** What stands behind a tensor's dot and is no method. */
export const attributeNames = (): string[] => [...READ.keys(), ...opTables().property.keys()];

/** Attributes that the history has a part in. */
const OF_HISTORY = new Set(['grad_fn', '_grad_fn', 'requires_grad', 'is_leaf', 'output_nr']);

export function getAttribute(methods: ReadonlyMap<string, Value>, t: Tensor, name: string): Value | undefined {
  const read = READ.get(name);
  if (read !== undefined) {
    if (OF_HISTORY.has(name)) refreshWindow(t);
    return read(t);
  }
  const method = methods.get(name);
  if (method !== undefined) return new BoundMethod(t, method);
  const property = opTables().property.get(name);
  if (property !== undefined) return callOp(property, [t]) as Tensor;
  const operator = dunder(name);
  if (operator === undefined) return undefined;
  return new NativeClosure(name, { t, operator }, (held, [other]) => {
    const result = held.operator(held.t, other ?? null);
    if (result === undefined)
      throw typeError(`unsupported operand type(s) for the operator: 'Tensor' and '${typeName(other)}'`);
    return result;
  });
}

function setGrad(t: Tensor, value: Value): void {
  if (value === null) {
    t.grad = null;
    return;
  }
  if (!(value instanceof Tensor))
    throw typeError(`assigned grad expected to be a Tensor or None but got grad of type ${typeName(value)}`);
  if (value === t) throw runtimeError("can't assign Variable as its own grad");
  if (value.dtype !== t.dtype) throw runtimeError('assigned grad has data of a different type');
  if (!sameShape(value.shape, t.shape)) throw runtimeError('assigned grad has data of a different size');
  t.grad = value;
}

/** `del x.grad`; what else tensors have of their own stays. */
export function deleteAttribute(t: Tensor, name: string): boolean {
  if (!READ.has(name)) return false;
  if (name !== 'grad') throw runtimeError(`Deleting tensor attribute ${name} is not allowed`);
  t.grad = null;
  return true;
}

export function setAttribute(t: Tensor, name: string, value: Value, interpreter: Interpreter): void {
  switch (name) {
    case '_backward_hooks':
      setBackwardHooks(t, value, interpreter);
      return;
    case 'grad':
      setGrad(t, value);
      return;
    case 'requires_grad':
      if (typeof value !== 'boolean') throw runtimeError('requires_grad must be a bool');
      refreshWindow(t);
      if (value && !isFloating(t.dtype))
        throw runtimeError('only Tensors of floating point and complex dtype can require gradients');
      setRequiresGrad(t, value);
      return;
    case 'data':
      if (!(value instanceof Tensor)) throw typeError(`Variable data has to be a tensor, but got ${typeName(value)}`);
      setData(t, value);
      return;
    default:
      if (READ.has(name) || opTables().property.has(name))
        throw new PyError('AttributeError', `attribute '${name}' of 'torch._C._TensorBase' objects is not writable`);
      throw new PyError('AttributeError', `'Tensor' object has no attribute '${name}'`);
  }
}
