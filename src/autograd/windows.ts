/**
 * Windows on other tensors' elements. A write to the base, or through another window, makes a
 * window's history stale: it is found anew, from the base's, when the window is used next.
 */
import { copyInto } from '../kernels/copy.ts';
import { EngineError } from '../tensor/errors.ts';
import { storageOf } from '../tensor/storage.ts';
import { fromStorage, Tensor } from '../tensor/tensor.ts';
import { moveTangent, tangentOf } from './forward.ts';
import { followRetained } from './hooks.ts';
import { isGradEnabled, setGradEnabled } from './mode.ts';
import { type Geometry, primitives } from './primitives.ts';
import { currentRecorder } from './recorder.ts';

/** Whether anything was written in place at all: without that no window is ever stale. */
let anyWrite = false;

export function noteWrite(t: Tensor): void {
  anyWrite = true;
  t.storage.version++;
}

/** What a tensor is a window on; null also where that was given other elements since. */
export const baseOf = ({ base, storage }: Tensor): Tensor | null =>
  base !== null && base.storage === storage ? base : null;

/** Where a window lies among the elements of its base. */
type Place = { readonly geometry: Geometry } | { readonly places: Tensor };

function placeOf(base: Tensor, window: Tensor): Place {
  if (!base.isContiguous) return { places: placesIn(base, window) };
  return { geometry: { size: window.shape, stride: window.strides, offset: window.offset - base.offset } };
}

/** For each element of a window its number among those, in row-major order, of a base whose own lie in another one. */
function placesIn(base: Tensor, window: Tensor): Tensor {
  const numbers = BigInt64Array.from({ length: base.numel }, (_, i) => BigInt(i));
  const numbering = storageOf('int64', new BigInt64Array(base.storage.numel));
  copyInto(base.onto(numbering), fromStorage(storageOf('int64', numbers), base.shape));
  const found = fromStorage(storageOf('int64', new BigInt64Array(window.numel)), window.shape);
  return copyInto(found, window.onto(numbering));
}

/** The window with the history that its base has by now. */
function windowOf(base: Tensor, window: Tensor): Tensor {
  const place = placeOf(base, window);
  return 'geometry' in place ? primitives().window(base, place.geometry) : primitives().take(base, place.places);
}

/**
 * Notes that `values` were written into a window on `base`; `out`, which stands for the base as it is
 * now, gets the history and is told to who listens. Nothing is computed.
 */
export function noteWindow(base: Tensor, window: Tensor, values: Tensor, out: Tensor): void {
  const place = placeOf(base, window);
  if ('geometry' in place) primitives().noteWindow(base, values, place.geometry, out);
  else primitives().notePut(base, place.places, values, out);
  if (out.gradFn !== null) out.gradFn.name = 'CopySlices';
}

const SEVERAL =
  ' This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.';
const UNTRACKED =
  " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).";

const CUSTOM =
  ' This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function.';

/** Refuses a write whose part in a window's history nobody could tell; `indirect` where it was made elsewhere. */
export function refuseOpaque(t: Tensor, indirect: boolean): void {
  if (t.windowKind === 'plain') return;
  const written = `${indirect ? 'its base or another view of its base has been' : 'is being'} modified inplace`;
  if (t.windowKind === 'inference')
    throw new EngineError(
      'modified_in_place',
      `A view was created in inference mode and ${written} in normal mode.${UNTRACKED.replace('no_grad', 'inference_mode')}`,
    );
  const untracked = t.windowKind === 'no_grad' || t.gradFn === null;
  const start = untracked
    ? `A view was created in no_grad mode and ${written} with grad mode enabled.`
    : `Output ${t.outputIndex} of ${t.gradFn?.name} is a view and ${written}.`;
  const why = { several: SEVERAL, no_grad: UNTRACKED, custom: CUSTOM }[t.windowKind];
  throw new EngineError('modified_in_place', start + why);
}

/** Gives a window the history that its elements have by now. */
export function refreshWindow(t: Tensor): void {
  const base = baseOf(t);
  if (!anyWrite || base === null || t.windowVersion === t.storage.version) return;
  const recorder = currentRecorder();
  const stale = t.gradFn !== null || base.requiresGrad;
  // A window that was cut off from the graph is cut off from directions, too.
  const cut = base.requiresGrad && !t.requiresGrad && t.windowKind === 'plain';
  const turned = !cut && (tangentOf(base) !== null || tangentOf(t) !== null);
  if (!stale && !turned && recorder?.overwrite === undefined) return;
  if (stale && t.windowKind !== 'plain') {
    if (!isGradEnabled()) return;
    refuseOpaque(t, true);
  }
  t.windowVersion = t.storage.version;
  const mode = setGradEnabled(true);
  try {
    const again = windowOf(base, t);
    if (stale) {
      if (again.gradFn !== null) again.gradFn.name = 'AsStridedBackward0';
      adopt(t, again);
    }
    moveTangent(t, again);
    recorder?.overwrite?.(t, null, again, null);
  } finally {
    setGradEnabled(mode);
  }
}

/** Makes `t` a result of what made `from`. */
export function adopt(t: Tensor, from: Tensor): void {
  adoptHistory(t, from);
  moveTangent(t, from);
}

/** {@link adopt}, but for directions. */
export function adoptHistory(t: Tensor, from: Tensor): void {
  t.gradFn = from.gradFn;
  t.outputIndex = from.outputIndex;
  t.requiresGrad = from.requiresGrad;
  followRetained(t);
}

/** Gives the windows among a call's arguments the history that their elements have by now. */
export function refreshWindows(values: readonly unknown[]): void {
  if (!anyWrite) return;
  for (const value of values) {
    if (value instanceof Tensor) refreshWindow(value);
    else if (Array.isArray(value)) for (const item of value) if (item instanceof Tensor) refreshWindow(item);
  }
}
