/** Tensors of one value. */
import { fill } from '../../kernels/index.ts';
import { DEFAULT_DTYPE, type DType, isFloating, isSigned, rowOf } from '../../tensor/dtype.ts';
import { valueRange } from '../../tensor/errors.ts';
import { type Scalar, scalarKind, scalarToBigInt, scalarToNumber } from '../../tensor/scalar.ts';
import { checkNumel, type Shape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { blankLike, type Format } from '../memory-format.ts';
import { attr, dtype as dtypeAttr, integerList, optionalAttr, scalarAttr } from '../params.ts';

export const sizeParam = attr('size', integerList, { doc: 'The shape' });
export const dtypeParam = optionalAttr('dtype', dtypeAttr);

/** A tensor that holds a Python number everywhere, converted as PyTorch converts a scalar. */
export function filledWith(shape: Shape, value: Scalar, dtype: DType): Tensor {
  checkNumel(shape);
  return fill(empty(shape, dtype), castScalar(value, dtype));
}

/** {@link filledWith}, in the shape of another tensor, whose elements say in which order they lie. */
export function filledLike(t: Tensor, value: Scalar, dtype: DType, format?: Format): Tensor {
  return fill(blankLike(t, format, dtype), castScalar(value, dtype));
}

/** A Python number as an element of `dtype`; one that overflows an integer dtype is refused. */
export function castScalar(value: Scalar, dtype: DType): number | bigint {
  if (dtype === 'bool') return scalarToNumber(value) !== 0 ? 1 : 0;
  const { min, max, method, typeName, half } = rowOf(dtype);
  if (isFloating(dtype)) {
    const x = scalarToNumber(value);
    if (Number.isFinite(x) && Math.abs(x) > max)
      throw valueRange(`value cannot be converted to type ${half ? `at::${typeName}` : method} without overflow: ${x}`);
    return x;
  }
  const whole = scalarToBigInt(value);
  const float = scalarKind(value) === 'float' ? scalarToNumber(value) : 0;
  const high = BigInt(max);
  // An unsigned dtype takes -1 as its greatest number, as in C.
  const low = isSigned(dtype) ? BigInt(min) : -high;
  if (!Number.isFinite(float) || whole < low || whole > high) {
    throw valueRange(`value cannot be converted to type ${dtype} without overflow: ${scalarToNumber(value)}`);
  }
  return dtype === 'int64' ? whole : Number(whole);
}

/** The dtype that a bare Python number makes. */
export const inferredType = (value: Scalar): DType => {
  const kind = scalarKind(value);
  return kind === 'bool' ? 'bool' : kind === 'int' ? 'int64' : DEFAULT_DTYPE;
};

export const zeros = defineOp({
  name: 'zeros',
  category: 'creation',
  summary: 'Zeros',
  params: [sizeParam, dtypeParam],
  formula: '0',
  forward: ({ size, dtype }) => filledWith(size, 0, dtype ?? DEFAULT_DTYPE),
  gradient: {},
  examples: [{ size: [2, 3] }],
});

export const ones = defineOp({
  name: 'ones',
  category: 'creation',
  summary: 'Ones',
  params: [sizeParam, dtypeParam],
  formula: '1',
  forward: ({ size, dtype }) => filledWith(size, 1, dtype ?? DEFAULT_DTYPE),
  gradient: {},
  examples: [{ size: [2, 3] }],
});

export const full = defineOp({
  name: 'full',
  category: 'creation',
  summary: 'One value everywhere',
  params: [sizeParam, attr('fill_value', scalarAttr), dtypeParam],
  formula: 'c',
  forward: ({ size, fillValue, dtype }) => filledWith(size, fillValue, dtype ?? inferredType(fillValue)),
  gradient: {},
  examples: [{ size: [2, 2], fill_value: 0.5 }],
});
