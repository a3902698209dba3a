/** The largest or smallest element of a row, and where it is. A NaN beats every number. */
import { reducedShape } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { denseExtremes } from './dense-rows.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';
import { reduceRows, rowsOf } from './rows.ts';

/** 1: the largest is sought; -1: the smallest. */
export type Direction = 1 | -1;

/** The place in the row of its first extremum, or of its first NaN. The row is not empty. */
function placeOf(data: ArrayLike<number>, start: number, stride: number, n: number, direction: Direction): number {
  let best = data[start];
  let place = 0;
  if (Number.isNaN(best)) return 0;
  for (let k = 1, i = start + stride; k < n; k++, i += stride) {
    const x = data[i];
    if (direction > 0 ? x > best : x < best) {
      best = x;
      place = k;
    } else if (Number.isNaN(x)) return k;
  }
  return place;
}

/** The extremum of each row. */
export const extremeRows = (t: Tensor, dims: readonly number[], keepdim: boolean, direction: Direction): Tensor =>
  denseExtremes(t, dims, keepdim, direction) ??
  reduceRows(
    t,
    dims,
    keepdim,
    t.dtype,
    (data, start, stride, n) => data[start + placeOf(data, start, stride, n, direction) * stride],
  );

/** The place of each row's extremum. */
export const extremePlaces = (t: Tensor, dims: readonly number[], keepdim: boolean, direction: Direction): Tensor =>
  reduceRows(t, dims, keepdim, 'int64', ((data: Float64Array, start: number, stride: number, n: number) =>
    BigInt(placeOf(data, start, stride, n, direction))) as never);

/** For each row along `dim` one element, and its place, as `find` says. */
export function pickRows(
  t: Tensor,
  dim: number,
  keepdim: boolean,
  find: (data: Float64Array, start: number, stride: number, n: number) => number,
): [values: Tensor, places: Tensor] {
  const dims = t.ndim === 0 ? [] : [dim];
  const shape = reducedShape(t.shape, dims, keepdim);
  const values = empty(shape, t.dtype);
  const places = empty(shape, 'int64');
  launch(values, () => {
    const { data, n, stride, count, starts } = rowsOf(t, dims);
    const to = dataOf(values) as Float64Array;
    const at = dataOf(places) as BigInt64Array;
    for (let r = 0; r < count; r++) {
      pulse(n);
      const k = find(data, starts[r], stride, n);
      to[r] = data[starts[r] + k * stride];
      at[r] = BigInt(k);
    }
  });
  return [values, places];
}

/** For each row along `dims` one element, as `find` says. */
export const pickValues = (
  t: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  find: (data: Float64Array, start: number, stride: number, n: number) => number,
): Tensor =>
  reduceRows(
    t,
    dims,
    keepdim,
    t.dtype,
    (data, start, stride, n) => data[start + find(data, start, stride, n) * stride],
  );

/** Each row's extremum along `dim` and its place. */
export const extremeWithPlace = (t: Tensor, dim: number, keepdim: boolean, direction: Direction): [Tensor, Tensor] =>
  pickRows(t, dim, keepdim, (data, start, stride, n) => placeOf(data, start, stride, n, direction));

/** The extremum so far along `dim`, and its place: the latest of equal ones, as in PyTorch. */
export function runningExtreme(t: Tensor, dim: number, direction: Direction): [values: Tensor, places: Tensor] {
  const values = empty(t.shape, t.dtype);
  const places = empty(t.shape, 'int64');
  launch(values, () => {
    const dims = t.ndim === 0 ? [] : [dim];
    const from = rowsOf(t, dims);
    const to = rowsOf(values, dims);
    const at = dataOf(places) as BigInt64Array;
    for (let r = 0; r < from.count; r++) {
      pulse(from.n);
      let best = from.data[from.starts[r]];
      let place = 0;
      for (let k = 0, i = from.starts[r], o = to.starts[r]; k < from.n; k++, i += from.stride, o += to.stride) {
        const x = from.data[i];
        if (Number.isNaN(x) || (direction > 0 ? x >= best : x <= best)) {
          best = x;
          place = k;
        }
        to.data[o] = best;
        at[o] = BigInt(place);
      }
    }
  });
  return [values, places];
}
