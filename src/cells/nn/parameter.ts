/** nn.Parameter: a leaf tensor that a module counts as its own. */
import { isFloating } from '../../tensor/dtype.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { runtimeError } from '../runtime/errors.ts';
import { PyClass, type Value } from '../runtime/values.ts';
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

const takes = signature('Parameter.__new__', 'data=None, requires_grad=True');

export const parameterClass = new PyClass('Parameter', [tensorClass], new Map(), (args, kwargs) => {
  const { data, requires_grad } = takes(args, kwargs);
  if (data !== null && !(data instanceof Tensor)) throw runtimeError('Parameter data has to be a tensor');
  return makeParameter(data ?? empty([0], 'float32'), requires_grad !== false);
});

/** What a printed parameter begins with. */
export const PARAMETER_PREFIX = 'Parameter containing:\n';
