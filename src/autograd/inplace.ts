/**
 * In-place writes. An op is carried out as it always is, and its result is written over the tensor:
 * the storage's version goes up, the tensor takes over the result's history, and where it is a
 * window, its base takes up a history in which the window's place was written over. A write costs what
 * the written window has: nothing is computed or copied of the rest of its base.
 */
import { copy, copyInto } from '../kernels/copy.ts';
import { settleInto, settleReaders } from '../kernels/deferred.ts';
import { isFloating } from '../tensor/dtype.ts';
import { sameShape } from '../tensor/shape.ts';
import { metaAllocator, type Storage, sharedStorage } from '../tensor/storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { forwardLevel, hasTangents, moveTangent, setTangent, tangentOf, withoutForward } from './forward.ts';
import { isGradEnabled, noGrad } from './mode.ts';
import { nodeOf, sequence } from './node.ts';
import { primitives } from './primitives.ts';
import { currentRecorder, type Recorder, withRecorder } from './recorder.ts';
import { adopt, adoptHistory, baseOf, noteWindow, noteWrite, refreshWindow } from './windows.ts';
import { checkInference, checkOverlap, checkResult, checkWrite, sharesMemory } from './write-checks.ts';

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
  /** Whether `compute` calls an op that overwrites parts of its input, and gives what that gives. */
  readonly inPart?: boolean;
  /** Whether it writes the same everywhere, so that elements may be shown more than once. */
  readonly uniform?: boolean;
  /** Whether a result of any dtype is cast, as `copy_` does. */
  readonly anyType?: boolean;
}

/** The same elements and history in a place of their own, which later writes do not reach. */
function keep(t: Tensor): Tensor {
  const kept = copy(t);
  adopt(kept, t);
  return kept;
}

const setStorage = (t: Tensor, storage: Storage): void => {
  (t as { storage: Storage }).storage = storage;
};

/** The tensor as it is before a write: it gets a place of its own only if a rule saves its elements. */
function shadowOf(t: Tensor): Tensor {
  const shadow = t.alias();
  adopt(shadow, t);
  if (!t.storage.meta) setStorage(shadow, sharedStorage(t.storage));
  return shadow;
}

/** Before a write: parts a shadow's elements from those that are written over. What nobody reads again is forgotten. */
function part(shadow: Tensor): void {
  const { storage } = shadow;
  if (storage.meta) return;
  if (storage.keepers === 0) {
    setStorage(shadow, metaAllocator.alloc(storage.dtype, storage.numel));
    return;
  }
  const own = copy(shadow);
  own.storage.keepers += storage.keepers;
  Object.assign(shadow, { storage: own.storage, strides: own.strides, offset: own.offset });
}

/** Gives what was written over the direction of what was written: whoever holds the one that it had sees the new one. */
function turn(target: Tensor, result: Tensor): void {
  const [had, next] = [tangentOf(target), tangentOf(result)];
  if (had === null || next === null || had.requiresGrad || next.requiresGrad || had.dtype !== next.dtype) {
    moveTangent(target, result);
    // A window may share the direction of what it shows.
    if (next !== null && result.base !== null)
      setTangent(
        target,
        withoutForward(() => primitives().clone(next)),
      );
  } else withoutForward(() => overwrite(had, () => next, { name: 'copy_', operands: [next], replaces: true }));
}

type Compute = (self: Tensor) => Tensor;

/** The write under way whose op may write to the target itself, in the place of a copy of what it is given. */
let partial: { readonly self: Tensor; readonly target: Tensor; readonly kept: boolean } | null = null;

/**
 * What an op that overwrites parts of `input` is to write to, where that is no copy: called once all has
 * been checked and read, as elements change from there on.
 */
export function targetFor(input: Tensor): Tensor | null {
  if (partial === null || partial.self !== input) return null;
  const { self, target, kept } = partial;
  partial = null;
  settleReaders(target.storage);
  // No rule reads it: its elements are other ones from here on.
  if (self !== target && !kept) part(self);
  return target.alias();
}

/** Runs `compute` with parts of the target written directly, unless an operand shows what is written over. */
function inPart(place: NonNullable<typeof partial>, operands: readonly Tensor[], compute: Compute): Tensor {
  const outer = partial;
  const { self, target } = place;
  const direct = target.isContiguous && !target.storage.meta && !operands.some((t) => sharesMemory(t, target));
  partial = direct ? place : null;
  try {
    return compute(self);
  } finally {
    partial = outer;
  }
}

const isTracked = (target: Tensor, operands: readonly Tensor[]): boolean =>
  isGradEnabled() &&
  (target.requiresGrad || target.base?.requiresGrad === true || operands.some((t) => t.requiresGrad));

/** Whether a write has a part in a direction that is differentiated in. */
const isTurned = (target: Tensor, operands: readonly Tensor[]): boolean =>
  forwardLevel() !== null && hasTangents([target, target.base, ...operands]);

/** Whether the elements that a write goes over are wanted by who listens. */
const isKept = (recorder: Recorder | null, t: Tensor): boolean =>
  recorder?.overwrite !== undefined && (recorder.keeps?.(t) ?? true);

/**
 * Writes what `compute` makes of `target` over it, and gives `target`.
 *
 * @example
 * overwrite(x, (self) => add(self, y), { name: 'add_', operands: [y] })
 * @throws EngineError `modified_in_place`, `shape_mismatch`, `dtype`
 */
export function overwrite(target: Tensor, compute: (self: Tensor) => Tensor, options: WriteOptions): Tensor {
  const operands = options.operands ?? [];
  const tracked = isTracked(target, operands);
  // A window whose base was given a history meanwhile is refused as if it still were a leaf.
  if (tracked) checkWrite(target, options.throughWindow ?? false);
  checkInference(target);
  refreshWindow(target);
  if (options.uniform !== true) checkOverlap(target, options.throughWindow === undefined ? operands : []);
  const turned = isTurned(target, operands);
  const recorder = currentRecorder();
  const base = baseOf(target);
  const kept = isKept(recorder, target);
  const baseBefore = base !== null && isKept(recorder, base) ? keep(base) : null;
  const before = kept ? keep(target) : tracked ? shadowOf(target) : null;
  // Its edges are the target's own: a leaf that is written to without tracking is no leaf to be met here.
  if (before !== null && !tracked) before.requiresGrad = false;

  const self = before ?? target;
  let result: Tensor;
  if (options.inPart === true) result = inPart({ self, target, kept }, operands, compute);
  else result = compute(self);
  checkResult(target, result, options.anyType ?? false);
  // Unless somebody wants to hear of it, elements are cast as they are written.
  if (result.dtype !== target.dtype && (tracked || recorder !== null)) result = primitives().to(result, target.dtype);
  if (
    tracked &&
    target.requiresGrad &&
    (options.replaces === true || !result.requiresGrad) &&
    isFloating(target.dtype)
  ) {
    result = primitives().cover(before as Tensor, result);
  }
  // Elements of the shadow's that the result shows are read before it parts.
  if (before !== null && !kept && result.storage === before.storage) result = keep(result);
  const node = tracked ? nodeOf(result) : null;
  if (before !== null && !kept) part(before);
  const inPlace = write(target, result, operands);
  noteWrite(target);
  if (turned) turn(target, result);
  if (tracked) {
    adoptHistory(target, result);
    if (node !== null) {
      if (options.gradFn !== undefined) node.name = options.gradFn;
      node.resave(result, target);
    }
  }
  // The elements that it may have shared from its making on are the target's.
  if (inPlace) Object.assign(result, { storage: target.storage, strides: target.strides, offset: target.offset });
  recorder?.overwrite?.(target, before, result, options.name);
  if (base !== null && (tracked || turned || recorder?.overwrite !== undefined)) {
    rebase(base, baseBefore, target, target, tracked);
  }
  return target;
}

/**
 * Writes the elements of `result`, which may be a window on one of `operands`, over those of `target`.
 * Answers whether it has none of its own now.
 */
function write(target: Tensor, result: Tensor, operands: readonly Tensor[]): boolean {
  const shared = result.storage === target.storage;
  if (shared && result.offset === target.offset && sameShape(result.strides, target.strides)) return false;
  const own = !operands.some((t) => t.storage === result.storage);
  if (own && settleInto(result, target)) return true;
  settleReaders(target.storage);
  copyInto(target, shared ? copy(result) : result);
  return false;
}

/**
 * {@link overwrite} for whom no graph listens to, as in a backward pass: `listener`, which hears of
 * what is outside, is told that the elements are others now, not how they came about.
 */
export function overwriteUnheard(
  target: Tensor,
  compute: Compute,
  options: WriteOptions,
  listener: Recorder | null,
): void {
  const base = baseOf(target);
  const changed = base === null ? [target] : [target, base];
  const told = listener?.overwrite === undefined ? [] : changed;
  const before = told.map((t) => (isKept(listener, t) ? keep(t) : null));
  overwrite(target, compute, options);
  told.forEach((t, i) => {
    listener?.overwrite?.(t, before[i], t.alias(), null);
  });
}

/** A call as who listens is to hear it. */
export interface HeardCall {
  /** Whether the same is written everywhere, so that elements may be shown more than once. */
  readonly uniform?: boolean;
  readonly op: unknown;
  readonly args: Readonly<Record<string, unknown>>;
  readonly name: string;
}

/**
 * Writes what `valuesOf` gives into `place`, a window of `target`'s own making that has no part in any
 * history, and tells of it as of a call of an op that gives all of `target`.
 */
export function overwritePart(
  target: Tensor,
  operands: readonly Tensor[],
  place: Tensor,
  valuesOf: () => Tensor,
  call: HeardCall,
): void {
  const tracked = isTracked(target, operands);
  if (tracked) checkWrite(target, true);
  checkInference(target);
  refreshWindow(target);
  if (call.uniform !== true) checkOverlap(place, operands);
  const recorder = currentRecorder();
  const base = baseOf(target) ?? target;
  const before = isKept(recorder, target) ? keep(target) : null;
  const baseBefore = base !== target && isKept(recorder, base) ? keep(base) : null;
  const first = sequence();
  // The nodes of cast and repetition are this call's; nobody hears of them.
  const values = withRecorder(null, valuesOf);
  write(place, values, operands);
  noteWrite(place);
  if (tracked || isTurned(target, operands)) {
    withRecorder(null, () => {
      const out = base.alias();
      noteWindow(base, place, values, out);
      if (tracked) adopt(base, out);
      else moveTangent(base, out);
      refreshWindow(target);
    });
  }
  target.windowVersion = target.storage.version;
  if (recorder?.overwrite === undefined) return;
  const result = target.alias();
  recorder.hear({ op: call.op, args: call.args, outputs: [result], first, last: sequence() }, false);
  recorder.overwrite(target, before, result, call.name);
  if (base !== target) noGrad(() => rebase(base, baseBefore, target, target, false));
}

/** Takes a write of `values` into a window of `base` into the base's history, and tells of it. */
function rebase(base: Tensor, before: Tensor | null, window: Tensor, values: Tensor, tracked: boolean): void {
  const out = base.alias();
  noteWindow(base, window, values, out);
  if (tracked) adopt(base, out);
  moveTangent(base, out);
  currentRecorder()?.overwrite?.(base, before, out, null);
}

/** The same elements outside any graph, with a version count of their own: `Tensor.data`. */
export function dataOf(t: Tensor): Tensor {
  const { storage } = t;
  const alias = t.alias();
  // Whoever holds the alias reads the elements where they are.
  storage.keepers++;
  (alias as { storage: Storage }).storage = storage.meta ? storage : sharedStorage(storage);
  if (currentRecorder() !== null) {
    // Reading it is refused to no window: nothing that is written here has a gradient.
    noGrad(() => refreshWindow(t));
    primitives().noteDetach(t, alias);
  }
  return alias;
}
