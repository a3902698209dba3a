/**
 * In-place writes. An op is carried out as it always is, and its result is written over the tensor:
 * the storage's version goes up, the tensor takes over the result's history, and where it is a
 * window, its base takes up a history in which the window's place was written over.
 */
import { copy, copyInto } from '../kernels/copy.ts';
import { categoryOf, type DType, isFloating } from '../tensor/dtype.ts';
import { EngineError, showShape } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import { type Storage, storageOf } from '../tensor/storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { isGradEnabled } from './mode.ts';
import { nodeOf } from './node.ts';
import { primitives } from './primitives.ts';
import { currentRecorder } from './recorder.ts';
import { adopt, noteWrite, placesIn, refreshWindow } from './windows.ts';

export interface WriteOptions {
  /** PyTorch's name of the write: `add_`. */
  readonly name: string;
  /** Further tensors that the result hangs on. */
  readonly operands?: readonly Tensor[];
  /** PyTorch's name of the node, where it is another one than the op's. */
  readonly gradFn?: string;
  /** Whether a result of any dtype is cast, as `copy_` does. */
  readonly anyType?: boolean;
}

const TYPE_NAMES: Record<DType, string> = {
  float32: 'Float',
  float64: 'Double',
  int64: 'Long',
  int32: 'Int',
  uint8: 'Byte',
  bool: 'Bool',
};
const RANKS = { bool: 0, integer: 1, floating: 2 } as const;

const refuse = (message: string): EngineError => new EngineError('modified_in_place', message);

/** Refuses writes that would leave a gradient undefined. */
function checkWrite(t: Tensor): void {
  if (t.base !== null) {
    if (t.windowKind === 'no_grad') {
      throw refuse(
        "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).",
      );
    }
    if (t.windowKind === 'several' && t.gradFn !== null) {
      throw refuse(
        `Output ${t.outputIndex} of ${t.gradFn.name} is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.`,
      );
    }
    if (t.requiresGrad && t.base.isLeaf)
      throw refuse('a view of a leaf Variable that requires grad is being used in an in-place operation.');
  }
  if (t.requiresGrad && t.isLeaf)
    throw refuse('a leaf Variable that requires grad is being used in an in-place operation.');
}

function checkOverlap(t: Tensor): void {
  if (t.shape.some((size, d) => size > 1 && t.strides[d] === 0)) {
    throw refuse(
      'unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.',
    );
  }
}

function checkResult(target: Tensor, result: Tensor, anyType: boolean): void {
  if (!sameShape(target.shape, result.shape)) {
    throw new EngineError(
      'shape_mismatch',
      `output with shape ${showShape(target.shape)} doesn't match the broadcast shape ${showShape(result.shape)}`,
    );
  }
  if (!anyType && RANKS[categoryOf(result.dtype)] > RANKS[categoryOf(target.dtype)]) {
    throw new EngineError(
      'dtype',
      `result type ${TYPE_NAMES[result.dtype]} can't be cast to the desired output type ${TYPE_NAMES[target.dtype]}`,
    );
  }
}

/** The same elements and history in a place of their own, which later writes do not reach. */
function keep(t: Tensor): Tensor {
  const kept = copy(t);
  adopt(kept, t);
  return kept;
}

/**
 * Writes what `compute` makes of `target` over it, and gives `target`.
 *
 * @example
 * overwrite(x, (self) => add(self, y), { name: 'add_', operands: [y] })
 * @throws EngineError `modified_in_place`, `shape_mismatch`, `dtype`
 */
export function overwrite(target: Tensor, compute: (self: Tensor) => Tensor, options: WriteOptions): Tensor {
  refreshWindow(target);
  const tracked = isGradEnabled() && (target.requiresGrad || (options.operands ?? []).some((t) => t.requiresGrad));
  if (tracked) checkWrite(target);
  checkOverlap(target);
  const recorder = currentRecorder();
  const listening = recorder?.overwrite !== undefined;
  const before = tracked || listening ? keep(target) : null;
  // Its edges are the target's own: a leaf that is written to without tracking is no leaf to be met here.
  if (before !== null && !tracked) before.requiresGrad = false;
  const { base } = target;
  const baseBefore = listening && base !== null ? keep(base) : null;

  let result = compute(before ?? target);
  checkResult(target, result, options.anyType ?? false);
  if (result.dtype !== target.dtype) result = primitives().to(result, target.dtype);
  if (result.storage !== target.storage) copyInto(target, result);
  noteWrite(target);
  if (tracked) {
    const node = nodeOf(result);
    adopt(target, result);
    if (node !== null) {
      if (options.gradFn !== undefined) node.name = options.gradFn;
      node.resave(result, target);
    }
  }
  recorder?.overwrite?.(target, before, result, options.name);
  if (base !== null && (tracked || listening)) rebase(base, baseBefore, target, result, tracked);
  return target;
}

/** Takes a write through a window into its base's history. */
function rebase(base: Tensor, before: Tensor | null, window: Tensor, result: Tensor, tracked: boolean): void {
  const whole = primitives().put(base, placesIn(base, window), result);
  if (tracked) {
    if (whole.gradFn !== null) whole.gradFn.name = 'CopySlices';
    adopt(base, whole);
  }
  currentRecorder()?.overwrite?.(base, before, whole, null);
}

/** The same elements outside any graph, with a version count of their own: `Tensor.data`. */
export function dataOf(t: Tensor): Tensor {
  const { storage } = t;
  const alias = t.alias();
  (alias as { storage: Storage }).storage = storage.meta ? storage : storageOf(storage.dtype, storage.data);
  return alias;
}

/** `t.data = other`: `t` shows other elements from here on; its history stays. */
export function setData(t: Tensor, other: Tensor): void {
  const { storage } = other;
  const same = storage === t.storage || (!storage.meta && !t.storage.meta && storage.data === t.storage.data);
  if (same && other.offset === t.offset && sameShape(other.shape, t.shape) && sameShape(other.strides, t.strides))
    return;
  if (t.requiresGrad && !isFloating(other.dtype)) {
    throw new EngineError(
      'dtype',
      'data set to a tensor that requires gradients must be floating point or complex dtype',
    );
  }
  Object.assign(t, {
    storage,
    dtype: other.dtype,
    shape: other.shape,
    strides: other.strides,
    offset: other.offset,
    base: null,
  });
}
