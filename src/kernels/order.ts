/** Elements of a row by their rank: which place holds the k-th smallest, the median, the mode. */
import { pulse } from './pulse.ts';
import { places as placesBelow, sortedPlaces as placesInOrder } from './sorting.ts';

/** A row as these loops see it; int64 elements are bigints, whatever the type here says. */
type Find = (data: ArrayLike<number>, start: number, stride: number, n: number) => number;

/** Whether `x` stands behind `y`: a NaN stands behind every number. */
const after = (x: number, y: number): boolean => (Number.isNaN(x) && !Number.isNaN(y)) || x > y;

/** The places of a row in rising order of their elements, equal ones in their own order, NaN last. */
function sortedPlaces(data: ArrayLike<number>, start: number, stride: number, n: number): Int32Array {
  return placesInOrder(n, (i, j) => {
    const x = data[start + i * stride];
    const y = data[start + j * stride];
    return after(x, y) ? 1 : after(y, x) ? -1 : 0;
  });
}

/** The lower of the two middle elements; a NaN if there is one. */
export const medianPlace: Find = (data, start, stride, n) => {
  for (let k = 0, i = start; k < n; k++, i += stride) if (Number.isNaN(data[i])) return k;
  return sortedPlaces(data, start, stride, n)[(n - 1) >> 1];
};

/** The order of numbers, NaN left out. */
export const nanMedianPlace: Find = (data, start, stride, n) => {
  let numbers = 0;
  for (let k = 0, i = start; k < n; k++, i += stride) if (!Number.isNaN(data[i])) numbers++;
  return sortedPlaces(data, start, stride, n)[Math.max(numbers - 1, 0) >> 1];
};

/** The most frequent element, the smallest of equally frequent ones; of its places the last. */
export const modePlace: Find = (data, start, stride, n) => {
  const places = sortedPlaces(data, start, stride, n);
  let best = 0;
  let most = 0;
  let run = 0;
  for (let k = 0; k < n; k++) {
    run++;
    // A NaN is equal to nothing: each is a run of its own.
    if (k < n - 1 && data[start + places[k] * stride] === data[start + places[k + 1] * stride]) continue;
    if (run > most) [most, best] = [run, places[k]];
    run = 0;
  }
  return best;
};

/**
 * The k-th smallest, from 0, by quickselect with the median of three as the pivot. Which of several
 * equal elements is found follows from the order of exchanges, which is therefore PyTorch's.
 */
export const kthPlace =
  (k: number): Find =>
  (data, start, stride, n) => {
    const places = placesBelow(n);
    const at = (i: number): number => data[start + places[i] * stride];
    const swap = (i: number, j: number): void => {
      [places[i], places[j]] = [places[j], places[i]];
    };
    let low = 0;
    let high = n - 1;
    for (;;) {
      pulse(8 * (high - low));
      if (high <= low) return places[k];
      if (high === low + 1) {
        if (after(at(low), at(high))) swap(low, high);
        return places[k];
      }
      swap(low + ((high - low) >> 1), low + 1);
      if (after(at(low + 1), at(high))) swap(low + 1, high);
      if (after(at(low), at(high))) swap(low, high);
      if (after(at(low + 1), at(low))) swap(low + 1, low);
      let i = low + 1;
      let j = high;
      const pivot = at(low);
      for (;;) {
        do i++;
        while (after(pivot, at(i)));
        do j--;
        while (after(at(j), pivot));
        if (j < i) break;
        swap(i, j);
      }
      swap(low, j);
      if (j <= k) low = i;
      if (j >= k) high = j - 1;
    }
  };
