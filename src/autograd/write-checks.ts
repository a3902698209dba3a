/** What in-place writes are refused, in PyTorch's words. */
import { isDense } from '../kernels/strided.ts';
import { canCast, typeNameOf } from '../tensor/dtype.ts';
import { EngineError, showShape } from '../tensor/errors.ts';
import { isInferenceMade, isInferring } from '../tensor/inference.ts';
import { sameShape } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { refuseOpaque } from './windows.ts';

export const refuse = (message: string): EngineError => new EngineError('modified_in_place', message);

/** Refuses writes to what was made in inference mode anywhere else. */
export function checkInference(t: Tensor): void {
  if (!isInferring() && isInferenceMade(t.storage))
    throw refuse(
      'Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.',
    );
}

/** Refuses writes that would leave a gradient undefined. */
export function checkWrite(t: Tensor, throughWindow: boolean): void {
  if (t.base !== null) {
    refuseOpaque(t, false);
    if (t.requiresGrad && t.base.isLeaf)
      throw refuse('a view of a leaf Variable that requires grad is being used in an in-place operation.');
  }
  if (t.isLeaf && (t.requiresGrad || t.base?.requiresGrad)) {
    throw refuse(
      `a ${throughWindow ? 'view of a leaf' : 'leaf'} Variable that requires grad is being used in an in-place operation.`,
    );
  }
}

/** `.data` has a storage of its own over the same elements. */
export const sharesMemory = (a: Tensor, b: Tensor): boolean =>
  a.storage === b.storage || (!a.storage.meta && !b.storage.meta && a.storage.data === b.storage.data);

const AGAIN = 'refer to a single memory location. Please clone() the tensor before performing the operation.';

/** Where its elements may begin and end, in its storage. */
function extent(t: Tensor): [from: number, to: number] {
  let to = t.offset + 1;
  t.shape.forEach((size, d) => {
    to += (size - 1) * t.strides[d];
  });
  return [t.offset, to];
}

/** Refuses a write to parts of `t` that reads elements of its own, or those in between, at other places. */
export function checkApart(t: Tensor, operands: readonly unknown[]): void {
  for (const other of operands) {
    if (!(other instanceof Tensor) || other.numel === 0 || t.numel === 0 || !sharesMemory(other, t)) continue;
    const [from, to] = extent(t);
    const [start, end] = extent(other);
    if (start < to && from < end)
      throw refuse(`unsupported operation: some elements of the input tensor and the written-to tensor ${AGAIN}`);
  }
}

/** Refuses writes to elements that are shown more than once, or that are read at another place of the same write. */
export function checkOverlap(t: Tensor, operands: readonly Tensor[]): void {
  if (t.shape.some((size, d) => size > 1 && t.strides[d] === 0)) {
    throw refuse(
      `unsupported operation: more than one element of the written-to tensor ${AGAIN.replace('refer', 'refers')}`,
    );
  }
  for (const other of operands) {
    if (other === t || !sharesMemory(other, t) || other.numel === 0 || t.numel === 0 || !isDense(t) || !isDense(other))
      continue;
    const same = other.offset === t.offset && other.numel === t.numel;
    const apart = other.offset >= t.offset + t.numel || t.offset >= other.offset + other.numel;
    if (!apart && !(same && sameShape(other.strides, t.strides))) {
      throw refuse(`unsupported operation: some elements of the input tensor and the written-to tensor ${AGAIN}`);
    }
  }
}

/** Refuses a result that does not fit where it is to be written. */
export function checkResult(target: Tensor, result: Tensor, anyType: boolean): void {
  if (!sameShape(target.shape, result.shape)) {
    throw new EngineError(
      'shape_mismatch',
      `output with shape ${showShape(target.shape)} doesn't match the broadcast shape ${showShape(result.shape)}`,
    );
  }
  if (!anyType && !canCast(result.dtype, target.dtype)) {
    throw new EngineError(
      'dtype',
      `result type ${typeNameOf(result.dtype)} can't be cast to the desired output type ${typeNameOf(target.dtype)}`,
    );
  }
}
