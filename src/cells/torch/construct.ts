/** torch.tensor and its like: tensors of Python's numbers. */
import { cast, copy, copyInto } from '../../kernels/copy.ts';
import { settleHalf } from '../../kernels/launch.ts';
import { pulse } from '../../kernels/pulse.ts';
import { castScalar } from '../../ops/creation/filled.ts';
import { DEFAULT_DTYPE, type DType, isFloating, promoteTypes } from '../../tensor/dtype.ts';
import { float } from '../../tensor/scalar.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { dataOf, empty, Tensor } from '../../tensor/tensor.ts';
import { type PyError, runtimeError, typeError, valueError } from '../runtime/errors.ts';
import { tensorBehind } from '../runtime/faces.ts';
import type { Value } from '../runtime/values.ts';
import { integerOf, itemOf, itemsOf, typeName } from './convert.ts';
import { guarded } from './errors.ts';

const notATensor = (value: Value): PyError =>
  typeof value === 'string'
    ? typeError("new(): invalid data type 'str'")
    : runtimeError(`Could not infer dtype of ${typeName(value)}`);

/** The shape that nested lists have, seen along their first items. A tensor within a list is one number. */
function shapeOf(value: Value): number[] {
  const shape: number[] = [];
  let at: Value = value;
  for (;;) {
    const face = at instanceof Tensor ? undefined : tensorBehind(at);
    if (face !== undefined) return [...shape, ...face.shape];
    const items = itemsOf(at);
    // A string within a list is a list of strings, without an end.
    if (typeof at === 'string' && shape.length > 0) throw valueError("too many dimensions 'str'");
    if (items === undefined) return shape;
    shape.push(items.length);
    if (shape.length > 64) throw valueError('too many dimensions');
    if (items.length === 0) return shape;
    at = items[0];
  }
}

/** What reading one of Python's numbers takes, in multiplications. */
const READING = 64;

/** Counts the items of a list as they are read, so that a deadline can end it. */
function countItem(i: number): void {
  if (i % 4096 === 4095) pulse(4096 * READING);
}

/** Of the elements `depth` lists down: lists below that are no elements, as whoever writes them finds. */
function dtypeOf(value: Value, depth: number): DType | undefined {
  if (value instanceof Tensor) return value.dtype;
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'number') return DEFAULT_DTYPE;
  const face = tensorBehind(value);
  if (face !== undefined) return face.dtype;
  const items = itemsOf(value);
  if (items === undefined) throw notATensor(value);
  if (depth === 0) return undefined;
  let found: DType | undefined;
  for (let i = 0; i < items.length; i++) {
    countItem(i);
    const dtype = dtypeOf(items[i], depth - 1);
    if (dtype !== undefined && dtype !== found) found = found === undefined ? dtype : promoteTypes(found, dtype);
  }
  pulse(READING);
  return found;
}

/** Writes nested lists into `out`, row by row; gives where the next element goes. */
function write(out: Tensor, item: Value, shape: readonly number[], dim: number, at: number): number {
  const face = typeof item !== 'object' || item instanceof Tensor ? undefined : tensorBehind(item);
  if (face !== undefined && dim < shape.length && face.ndim === shape.length - dim) {
    const part = copy(face, out.dtype);
    copyInto(out.alias([face.numel], [1], at), part.alias([face.numel], [1]));
    return at + face.numel;
  }
  const value = face ?? item;
  if (dim === shape.length) {
    const x = value instanceof Tensor ? itemOf(value) : value;
    if (typeof x === 'string') throw typeError("new(): invalid data type 'str'");
    if (typeof x !== 'boolean' && typeof x !== 'bigint' && typeof x !== 'number')
      throw itemsOf(x) === undefined
        ? notATensor(x)
        : typeError(
            isFloating(out.dtype)
              ? `must be real number, not ${typeName(x)}`
              : `'${typeName(x)}' object cannot be interpreted as an integer`,
          );
    const scalar = typeof x === 'bigint' ? integerOf(x) : typeof x === 'number' ? float(x) : x;
    if (typeof x === 'bigint' && (x >= 2n ** 63n || x < -(2n ** 63n)))
      throw runtimeError('Overflow when unpacking long');
    (dataOf(out) as Float64Array)[at] = (
      out.dtype === 'float32' && typeof x === 'number' ? x : castScalar(scalar, out.dtype)
    ) as number;
    return at + 1;
  }
  const items = itemsOf(value);
  if (items === undefined) throw typeError('not a sequence');
  if (items.length !== shape[dim])
    throw valueError(`expected sequence of length ${shape[dim]} at dim ${dim} (got ${items.length})`);
  let next = at;
  for (let i = 0; i < items.length; i++) {
    countItem(i);
    next = write(out, items[i], shape, dim + 1, next);
  }
  pulse(READING);
  return next;
}

/** A tensor of nested lists, of a number, or of a tensor's elements. */
export function makeTensor(value: Value, dtype?: DType): Tensor {
  return guarded(() => {
    const whole = tensorBehind(value);
    if (whole !== undefined) return copy(whole, dtype ?? whole.dtype);
    const shape = shapeOf(value);
    checkNumel(shape);
    const out = empty(shape, dtype ?? dtypeOf(value, shape.length) ?? DEFAULT_DTYPE);
    write(out, value, shape, 0, 0);
    return settleHalf(out);
  });
}

/** A tensor of these values, which is no copy where nothing has to be changed. */
export function asTensor(value: Value, dtype?: DType): Tensor {
  const shared = tensorBehind(value);
  if (shared === undefined) return makeTensor(value, dtype);
  return dtype === undefined ? shared : cast(shared, dtype);
}

export function requireGrad(t: Tensor, wanted: Value): Tensor {
  if (wanted !== true) return t;
  if (!isFloating(t.dtype))
    throw runtimeError('Only Tensors of floating point and complex dtype can require gradients');
  return t.requiresGrad_();
}
