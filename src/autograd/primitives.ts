/**
 * The few ops that the backward pass itself is made of. They stand in ops/, which stands above this
 * room, so that room hands them in when it is loaded.
 */
import type { DType } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A window by strides, counted in elements from the first. */
export interface Geometry {
  readonly size: Shape;
  readonly stride: readonly number[];
  readonly offset: number;
}

export interface Primitives {
  /** Sum of two gradients that reach the same place. */
  add(a: Tensor, b: Tensor): Tensor;
  /** Sums away the dimensions that broadcasting had added. */
  sumToSize(t: Tensor, shape: Shape): Tensor;
  to(t: Tensor, dtype: DType): Tensor;
  onesLike(t: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  sum(t: Tensor): Tensor;
  clone(t: Tensor): Tensor;
  zerosLike(t: Tensor): Tensor;
  /** Notes that `out` shows the elements of `t` outside its graph. */
  noteDetach(t: Tensor, out: Tensor): void;
  stack(tensors: readonly Tensor[]): Tensor;
  cat(tensors: readonly Tensor[]): Tensor;
  reshape(t: Tensor, shape: Shape): Tensor;
  expand(t: Tensor, shape: Shape): Tensor;
  /** What stands at a place of the first dimension. */
  at(t: Tensor, place: number): Tensor;
  /** A call of an op for many values of some operands, see ops/batching. */
  batched(
    op: unknown,
    args: Readonly<Record<string, unknown>>,
    outputs: readonly Tensor[],
    batches: ReadonlyMap<Tensor, Tensor>,
  ): readonly Tensor[] | null;
  /** `values` in the place of all elements of `t`, which gets no gradient but zeros. */
  cover(t: Tensor, values: Tensor): Tensor;
  /** A gradient that hangs on `t` with a derivative of zero. */
  piecewise(grad: Tensor, t: Tensor): Tensor;
  /** Elements by their number in row-major order, in the shape of `places`. */
  take(t: Tensor, places: Tensor): Tensor;
  /** Notes that `out` is `t` with `values` at those places; nothing is computed. */
  notePut(t: Tensor, places: Tensor, values: Tensor, out: Tensor): void;
  /** The window that a geometry shows of the elements of `t`, in row-major order. */
  window(t: Tensor, geometry: Geometry): Tensor;
  /** Notes that `out` is `t` with `values` in that window; nothing is computed. */
  noteWindow(t: Tensor, values: Tensor, geometry: Geometry, out: Tensor): void;
}

let installed: Primitives | null = null;

export function installPrimitives(primitives: Primitives): void {
  installed = primitives;
}

export function primitives(): Primitives {
  if (installed === null) throw new Error('ops/ was not loaded');
  return installed;
}
