/** torch.gradient, whose spacing is a number, one for each dimension, or coordinates. */
import { gradientAlong } from '../../ops/reductions/gradient.ts';
import { scalarToNumber } from '../../tensor/scalar.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { type NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf, toInteger, toIntegers, toScalar, typeName } from './convert.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';

function dimsOf(dim: Value, rank: number): number[] {
  if (dim === null) return Array.from({ length: rank }, (_, d) => d);
  const one = toInteger(dim);
  const list = one === undefined ? toIntegers(dim) : [one];
  if (list === undefined)
    throw typeError(`gradient(): argument 'dim' must be int or tuple of ints, not ${typeName(dim)}`);
  const dims = list.map((d) => guarded(() => normalizeDim(d, rank)));
  const twice = dims.find((d, i) => dims.indexOf(d) !== i);
  if (twice !== undefined) throw runtimeError(`dim ${twice} appears multiple times in the list of dims`);
  return dims;
}

/** For each dimension a distance, or the coordinates of the points. */
function spacingsOf(spacing: Value, count: number): (number | Tensor)[] {
  const read = (value: Value): number | Tensor => {
    const scalar = toScalar(value);
    if (scalar !== undefined) return scalarToNumber(scalar);
    if (value instanceof Tensor) return value;
    throw typeError(
      `gradient(): argument 'spacing' must be a number or a list of them or of Tensors, not ${typeName(value)}`,
    );
  };
  if (spacing === null) return new Array<number>(count).fill(1);
  const items = itemsOf(spacing) ?? (spacing instanceof Tensor && spacing.ndim > 0 ? [spacing] : undefined);
  if (items === undefined) return new Array<number | Tensor>(count).fill(read(spacing));
  if (items.length !== count)
    throw runtimeError(
      `torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = ${count}', since dim argument was not given, but got a list of length ${items.length}`,
    );
  return items.map(read);
}

export const SLOPES: readonly NativeFunction[] = [
  native('gradient', 'input | spacing= dim= edge_order=', ([input, spacing, dim, edgeOrder]) => {
    if (!(input instanceof Tensor))
      throw typeError(`gradient(): argument 'input' (position 1) must be Tensor, not ${typeName(input)}`);
    const order = edgeOrder === null ? 1 : toInteger(edgeOrder);
    if (order !== 1 && order !== 2) throw runtimeError('torch.gradient only supports edge_order=1 and edge_order=2.');
    const dims = dimsOf(dim, input.ndim);
    const spacings = spacingsOf(spacing, dims.length);
    return new PyTuple(
      dims.map((d, i) =>
        guarded(() => {
          const given = spacings[i];
          return given instanceof Tensor
            ? gradientAlong(input, d, 1, given, order)
            : gradientAlong(input, d, given, undefined, order);
        }),
      ),
    );
  }),
];
