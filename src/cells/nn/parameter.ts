/** nn.Parameter: a leaf tensor that a module counts as its own. */
import { noGrad } from '../../autograd/mode.ts';
import { setData } from '../../autograd/reshape.ts';
import { DEFAULT_DTYPE, type DType, isFloating } from '../../tensor/dtype.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError, valueError } from '../runtime/errors.ts';
import { PyClass, type Value } from '../runtime/values.ts';
import { toDType, toIntegers, typeName } from '../torch/convert.ts';
import { native } from '../torch/define.ts';
import { tensorClass } from '../torch/tensor-class.ts';
import { signature } from './signature.ts';

const parameters = new WeakSet<Tensor>();

/** Whether a tensor was made by `nn.Parameter`. */
export const isParameter = (value: Value | undefined): value is Tensor =>
  value instanceof Tensor && parameters.has(value);

/** The elements of `data` as a parameter. */
export function makeParameter(data: Tensor, requiresGrad = true): Tensor {
  if (requiresGrad && !isFloating(data.dtype)) {
    throw runtimeError('Only Tensors of floating point and complex dtype can require gradients');
  }
  const parameter = data.detach();
  parameter.requiresGrad = requiresGrad;
  parameters.add(parameter);
  return parameter;
}

/** Parameters and buffers whose sizes are not known yet. */
const lazy = new WeakSet<Tensor>();

export const isLazy = (value: Value | undefined): boolean => value instanceof Tensor && lazy.has(value);

let anyLazy = false;

function makeLazy(t: Tensor): Tensor {
  anyLazy = true;
  lazy.add(t);
  return t;
}

/** A parameter that gets its sizes from the first input. */
export const lazyParameter = (dtype: DType, requiresGrad = true): Tensor =>
  makeLazy(makeParameter(empty([0], dtype), requiresGrad));

export const lazyBuffer = (dtype: DType): Tensor => makeLazy(empty([0], dtype));

/** Gives a lazy parameter its sizes, and elements that are to be written. */
export function materialize(t: Tensor, shape: readonly number[], dtype = t.dtype): Tensor {
  noGrad(() => setData(t, empty(shape, dtype)));
  lazy.delete(t);
  return t;
}

const takes = signature('Parameter.__new__', 'data=None, requires_grad=True');

export const parameterClass = new PyClass('Parameter', [tensorClass], new Map(), (args, kwargs) => {
  const { data, requires_grad } = takes(args, kwargs);
  if (data !== null && !(data instanceof Tensor)) throw runtimeError('Parameter data has to be a tensor');
  return makeParameter(data ?? empty([0], 'float32'), requires_grad !== false);
});

const lazyTakes = signature('UninitializedParameter.__new__', 'requires_grad=True, device=None, dtype=None');

const materializeMember = native('materialize', 'self shape device= dtype=', ([self, shape, , dtype]) => {
  if (!(self instanceof Tensor) || !isLazy(self))
    throw typeError('materialize() is called on an uninitialized parameter or buffer');
  const sizes = toIntegers(shape);
  if (sizes === undefined) throw typeError(`expected a shape, not ${typeName(shape)}`);
  materialize(self, sizes, dtype === null ? self.dtype : toDType(dtype));
  return null;
});
const lazyMembers = (): Map<string, Value> => new Map([['materialize', materializeMember]]);

export const uninitializedParameterClass = new PyClass(
  'UninitializedParameter',
  [parameterClass],
  lazyMembers(),
  (args, kwargs) => {
    const { requires_grad, dtype } = lazyTakes(args, kwargs);
    return lazyParameter(dtype === null ? DEFAULT_DTYPE : toDType(dtype), requires_grad !== false);
  },
);

export const uninitializedBufferClass = new PyClass(
  'UninitializedBuffer',
  [tensorClass],
  lazyMembers(),
  (args, kwargs) => {
    const { dtype } = lazyTakes(args, kwargs);
    return lazyBuffer(dtype === null ? DEFAULT_DTYPE : toDType(dtype));
  },
);

/** The class of a tensor that is more than one. */
export function parameterClassOf(t: Tensor): PyClass | undefined {
  if (isLazy(t)) return isParameter(t) ? uninitializedParameterClass : uninitializedBufferClass;
  return isParameter(t) ? parameterClass : undefined;
}

/** What can be asked of a tensor before its sizes are known. */
const ASKED = new Set(
  'materialize data dtype device grad is_leaf requires_grad requires_grad_ __class__ is_sparse layout ndim dim'.split(
    ' ',
  ),
);

/** Refuses to tell of a lazy parameter what is not known yet. */
export function checkKnown(t: Tensor, attribute: string): void {
  if (!anyLazy || !lazy.has(t) || ASKED.has(attribute)) return;
  if (attribute === 'shape') {
    throw runtimeError(
      "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before accessing their attributes.",
    );
  }
  throw valueError(
    `Attempted to use an uninitialized parameter in <method '${attribute}' of 'torch._C._TensorBase' objects>. This error happens when you are using a \`LazyModule\` or explicitly manipulating \`torch.nn.parameter.${parameterClassOf(t)?.name}\` objects. When using LazyModules Call \`forward\` with a dummy batch to initialize the parameters before calling torch functions`,
  );
}

/** What a printed parameter begins with. */
export const PARAMETER_PREFIX = 'Parameter containing:\n';
