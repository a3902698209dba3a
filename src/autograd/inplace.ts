/**
 * In-place writes. An op is carried out as it always is, and its result is written over the tensor:
 * the storage's version goes up, the tensor takes over the result's history, and where it is a
 * window, its base takes up a history in which the window's place was written over.
 */
import { copy, copyInto } from '../kernels/copy.ts';
import { settleReaders } from '../kernels/deferred.ts';
import { canCast, isFloating, typeNameOf } from '../tensor/dtype.ts';
import { EngineError, showShape } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import { type Storage, sharedStorage } from '../tensor/storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { isGradEnabled } from './mode.ts';
import { nodeOf, sequence } from './node.ts';
import { primitives } from './primitives.ts';
import { currentRecorder, type Recorder } from './recorder.ts';
import { adopt, noteWrite, placesIn, refreshWindow, refuseOpaque } from './windows.ts';

export interface WriteOptions {
  /** PyTorch's name of the write: `add_`. */
  readonly name: string;
  /** Further tensors that the result hangs on. */
  readonly operands?: readonly Tensor[];
  /** PyTorch's name of the node, where it is another one than the op's. */
  readonly gradFn?: string;
  /** Whether PyTorch writes through a window of its own making, as `x[0] = v` does; given where only a part is written to. */
  readonly throughWindow?: boolean;
  /** Whether the result has nothing of what was there before: that gets a gradient of zeros. */
  readonly replaces?: boolean;
  /** Whether a result of any dtype is cast, as `copy_` does. */
  readonly anyType?: boolean;
}

const refuse = (message: string): EngineError => new EngineError('modified_in_place', message);

/** Refuses writes that would leave a gradient undefined. */
function checkWrite(t: Tensor, throughWindow: boolean): void {
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

/** Whether a tensor's elements fill a stretch of memory, each place once. */
function isDense(t: Tensor): boolean {
  const dims = t.shape.map((size, d) => [size, t.strides[d]] as const).filter(([size]) => size !== 1);
  let step = 1;
  for (const [size, stride] of dims.sort((a, b) => a[1] - b[1])) {
    if (stride !== step) return false;
    step *= size;
  }
  return true;
}

/** `.data` has a storage of its own over the same elements. */
const sharesMemory = (a: Tensor, b: Tensor): boolean =>
  a.storage === b.storage || (!a.storage.meta && !b.storage.meta && a.storage.data === b.storage.data);

/** Refuses writes to elements that are shown more than once, or that are read at another place of the same write. */
export function checkOverlap(t: Tensor, operands: readonly Tensor[]): void {
  const again = 'refer to a single memory location. Please clone() the tensor before performing the operation.';
  if (t.shape.some((size, d) => size > 1 && t.strides[d] === 0)) {
    throw refuse(
      `unsupported operation: more than one element of the written-to tensor ${again.replace('refer', 'refers')}`,
    );
  }
  for (const other of operands) {
    if (other === t || !sharesMemory(other, t) || other.numel === 0 || t.numel === 0 || !isDense(t) || !isDense(other))
      continue;
    const same = other.offset === t.offset && other.numel === t.numel;
    const apart = other.offset >= t.offset + t.numel || t.offset >= other.offset + other.numel;
    if (!apart && !(same && sameShape(other.strides, t.strides))) {
      throw refuse(`unsupported operation: some elements of the input tensor and the written-to tensor ${again}`);
    }
  }
}

function checkResult(target: Tensor, result: Tensor, anyType: boolean): void {
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

/** The same elements and history in a place of their own, which later writes do not reach. */
function keep(t: Tensor): Tensor {
  const kept = copy(t);
  adopt(kept, t);
  return kept;
}

const isTracked = (target: Tensor, operands: readonly Tensor[]): boolean =>
  isGradEnabled() &&
  (target.requiresGrad || target.base?.requiresGrad === true || operands.some((t) => t.requiresGrad));

/**
 * Writes what `compute` makes of `target` over it, and gives `target`.
 *
 * @example
 * overwrite(x, (self) => add(self, y), { name: 'add_', operands: [y] })
 * @throws EngineError `modified_in_place`, `shape_mismatch`, `dtype`
 */
export function overwrite(target: Tensor, compute: (self: Tensor) => Tensor, options: WriteOptions): Tensor {
  const tracked = isTracked(target, options.operands ?? []);
  // A window whose base was given a history meanwhile is refused as if it still were a leaf.
  if (tracked) checkWrite(target, options.throughWindow ?? false);
  refreshWindow(target);
  checkOverlap(target, options.throughWindow === undefined ? (options.operands ?? []) : []);
  const recorder = currentRecorder();
  const listening = recorder?.overwrite !== undefined;
  const kept = listening && (recorder?.keeps?.(target) ?? true);
  const before = tracked || kept ? keep(target) : null;
  // Its edges are the target's own: a leaf that is written to without tracking is no leaf to be met here.
  if (before !== null && !tracked) before.requiresGrad = false;
  const { base } = target;
  const baseBefore = listening && base !== null ? keep(base) : null;

  let result = compute(before ?? target);
  checkResult(target, result, options.anyType ?? false);
  if (result.dtype !== target.dtype) result = primitives().to(result, target.dtype);
  if (
    tracked &&
    target.requiresGrad &&
    (options.replaces === true || !result.requiresGrad) &&
    isFloating(target.dtype)
  ) {
    result = primitives().cover(before as Tensor, result);
  }
  settleReaders(target.storage);
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

/**
 * {@link overwrite} for whom no graph listens to, as in a backward pass: `listener`, which hears of
 * what is outside, is told that the elements are others now, not how they came about.
 */
export function overwriteUnheard(
  target: Tensor,
  compute: (self: Tensor) => Tensor,
  options: WriteOptions,
  listener: Recorder | null,
): void {
  const changed = target.base === null ? [target] : [target, target.base];
  const told = listener?.overwrite === undefined ? [] : changed;
  const before = told.map((t) => ((listener?.keeps?.(t) ?? true) ? keep(t) : null));
  overwrite(target, compute, options);
  told.forEach((t, i) => {
    listener?.overwrite?.(t, before[i], t.alias(), null);
  });
}

/** Below so many elements a write is carried out as an op, for whoever listens to see its numbers. */
const FEW = 64;

/**
 * Writes elements directly where no gradient is to flow through the write, and tells of it as of a
 * call of `op`. Answers whether it did: else {@link overwrite} is to be called.
 */
export function writeDirectly(
  target: Tensor,
  operands: readonly Tensor[],
  call: { readonly op: unknown; readonly args: Readonly<Record<string, unknown>>; readonly name: string },
  write: () => void,
): boolean {
  const recorder = currentRecorder();
  if (target.numel <= FEW || isTracked(target, operands) || (recorder !== null && target.base !== null)) return false;
  checkOverlap(target, []);
  settleReaders(target.storage);
  write();
  noteWrite(target);
  if (recorder !== null) {
    const result = target.alias();
    recorder.hear({ op: call.op, args: call.args, outputs: [result], first: sequence(), last: sequence() }, false);
    recorder.overwrite?.(target, null, result, call.name);
  }
  return true;
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
  // Whoever holds the alias reads the elements where they are.
  storage.keepers++;
  (alias as { storage: Storage }).storage = storage.meta ? storage : sharedStorage(storage);
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
