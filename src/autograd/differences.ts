/** Central differences: what a computation gives when the elements of a tensor are moved one by one. */
import { copy } from '../kernels/copy.ts';
import { dataOf, type Tensor } from '../tensor/tensor.ts';

/** What was given with one element moved down, and up. */
export interface Moved {
  /** In row-major order. */
  readonly place: number;
  readonly low: readonly Tensor[];
  readonly high: readonly Tensor[];
}

/** Runs a computation with each element of `point` moved by `eps`; what is moved is a copy. */
export function* moves(point: Tensor, eps: number, run: (moved: Tensor) => readonly Tensor[]): Generator<Moved> {
  const at = (place: number, by: number): readonly Tensor[] => {
    const moved = copy(point.detach());
    (dataOf(moved) as Float64Array)[moved.offset + place] += by;
    return run(moved);
  };
  for (let place = 0; place < point.numel; place++) yield { place, low: at(place, -eps), high: at(place, eps) };
}

/** The elements in row-major order, as they are held. */
export function elementsOf(t: Tensor): Float64Array {
  const own = copy(t.detach());
  return (dataOf(own) as Float64Array).slice(own.offset, own.offset + own.numel);
}

/** The slope of each element between two results. */
export const slopesBetween = (low: Tensor, high: Tensor, eps: number): number[] => {
  const [down, up] = [elementsOf(low), elementsOf(high)];
  return Array.from(up, (x, i) => (x - down[i]) / (2 * eps));
};

/** Whether a derivative is what differences say, as torch.allclose has it. */
export const isWithin = (x: number, wanted: number, atol: number, rtol: number): boolean =>
  x === wanted || Math.abs(x - wanted) <= atol + rtol * Math.abs(wanted);
