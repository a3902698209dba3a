/** What gives a tensor another shape in place: PyTorch's `t_` and its kin, and `Tensor.data = other`. */
import { isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import { metaAllocator, sharedStorage } from '../tensor/storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { beginEra } from './eras.ts';
import { isGradEnabled } from './mode.ts';
import { nodeOf } from './node.ts';
import { currentRecorder } from './recorder.ts';
import { adopt, noteWrite, refreshWindow } from './windows.ts';
import { checkInference, checkWrite } from './write-checks.ts';

/**
 * Makes `t` look as the window that `shown` makes of it. It is a write that changes no element: who saved
 * the tensor finds it changed, and windows find their history anew.
 *
 * @param options.name PyTorch's name: `t_`
 * @param options.gradFn PyTorch's name of the node
 * @throws EngineError `modified_in_place`
 */
export function reshapeInPlace(
  t: Tensor,
  shown: (t: Tensor) => Tensor,
  options: { readonly name: string; readonly gradFn: string },
): Tensor {
  if (isGradEnabled() && (t.requiresGrad || t.base?.requiresGrad)) checkWrite(t, false);
  checkInference(t);
  refreshWindow(t);
  const before = t.alias();
  adopt(before, t);
  const out = shown(t);
  beginEra(t, before);
  Object.assign(t, { shape: out.shape, strides: out.strides, offset: out.offset });
  noteWrite(t);
  const node = nodeOf(out);
  if (node !== null) {
    node.name = options.gradFn;
    adopt(t, out);
  }
  t.windowVersion = t.storage.version;
  currentRecorder()?.overwrite?.(t, before, out, options.name);
  return t;
}

/**
 * `t.data = other`: `t` shows other elements from here on; its history stays, and so does its count of
 * writes. Rules that saved the tensor read the new elements, as PyTorch's do.
 */
export function setData(t: Tensor, other: Tensor): void {
  const { storage } = other;
  const { version } = t.storage;
  const same = storage === t.storage || (!storage.meta && !t.storage.meta && storage.data === t.storage.data);
  const sameLook = other.dtype === t.dtype && sameShape(other.shape, t.shape);
  if (same && sameLook && other.offset === t.offset && sameShape(other.strides, t.strides)) return;
  if (t.requiresGrad && !isFloating(other.dtype)) {
    throw new EngineError(
      'dtype',
      'data set to a tensor that requires gradients must be floating point or complex dtype',
    );
  }
  if (!sameLook) {
    const before = t.onto(metaAllocator.alloc(t.dtype, t.storage.numel));
    adopt(before, t);
    beginEra(t, before);
  }
  const counted = storage.meta || storage.version === version;
  const shown = t.alias();
  Object.assign(t, {
    storage: counted ? storage : Object.assign(sharedStorage(storage), { version }),
    dtype: other.dtype,
    shape: other.shape,
    strides: other.strides,
    offset: other.offset,
    base: null,
  });
  currentRecorder()?.show?.(t, shown, other);
}
