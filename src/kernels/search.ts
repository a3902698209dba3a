/** Finding numbers among others by bisection. */
import { bigintsOf, dataOf, numbersOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';
import { rising, sortedPlaces } from './sorting.ts';

/**
 * Where each value belongs among the boundaries of its row: before its equals, or behind them (`right`).
 * All lie in order; `order`, where it is given, says in which order boundaries are to be read.
 */
export function placesIn(
  out: Tensor,
  sorted: Tensor,
  values: Tensor,
  right: boolean,
  order: Tensor | undefined,
): Tensor {
  return launch(out, () => {
    const [b, v] = [dataOf(sorted), dataOf(values)] as Float64Array[];
    const places = order === undefined ? undefined : bigintsOf(order);
    const n = sorted.shape[sorted.ndim - 1];
    const each = values.shape[values.ndim - 1] ?? 1;
    const rows = sorted.ndim > 1;
    const to = out.dtype === 'int64' ? bigintsOf(out) : numbersOf(out);
    for (let i = 0; i < values.numel; i++) {
      pulse(32);
      const row = rows ? Math.floor(i / each) * n : 0;
      const x = v[values.offset + i];
      let [low, high] = [0, n];
      while (low < high) {
        const mid = (low + high) >>> 1;
        const at = places === undefined ? mid : Number(places[(order as Tensor).offset + row + mid]);
        const y = b[sorted.offset + row + at];
        // Written so that a NaN on either side counts as the larger.
        if (right ? !(y > x) : !(y >= x)) low = mid + 1;
        else high = mid;
      }
      to[i] = (out.dtype === 'int64' ? BigInt(low) : low) as never;
    }
  });
}

/** Whether each element of `x` is among the tests, or is not (`invert`); both lie in order. */
export function membersOf(out: Tensor, x: Tensor, tests: Tensor, invert: boolean): Tensor {
  return launch(out, () => {
    const [from, data] = [dataOf(x), dataOf(tests)] as Float64Array[];
    const to = numbersOf(out);
    const n = tests.numel;
    // A Set would not hold as many as a tensor may. NaN stands last, and is equal to nothing.
    const order = sortedPlaces(n, (i, j) => rising(data[tests.offset + i], data[tests.offset + j]));
    for (let i = 0; i < x.numel; i++) {
      pulse(32);
      const value = from[x.offset + i];
      let [low, high] = [0, n];
      while (low < high) {
        const mid = (low + high) >>> 1;
        if (data[tests.offset + order[mid]] < value) low = mid + 1;
        else high = mid;
      }
      const found = low < n && data[tests.offset + order[low]] === value;
      to[i] = found !== invert ? 1 : 0;
    }
  });
}
