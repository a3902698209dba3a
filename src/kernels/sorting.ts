/**
 * Places put in order by what stands at them. A merge sort of its own: the room it needs is counted by
 * the allocator, and a deadline can end it.
 */
import { allocate } from '../tensor/storage.ts';
import { pulse } from './pulse.ts';

/** Up to this length rows share one room; longer ones are few, and each gets its own. */
const SHORT = 4096;
const shared = [new Int32Array(SHORT), new Int32Array(SHORT)] as const;

/** Pieces of this length are put in order by insertion. */
const PIECE = 16;

/** What a place costs that is compared and moved, in the measure of {@link pulse}: what stands there is far away. */
const PLACE_WORK = 32;

const roomFor = (n: number, which: 0 | 1): Int32Array =>
  n <= SHORT ? shared[which] : (allocate('int32', [n]).data as Int32Array);

/** The numbers below `n`, in order. They are good until the next call of a function here. */
export function places(n: number): Int32Array {
  const out = roomFor(n, 0);
  for (let k = 0; k < n; k++) out[k] = k;
  return out;
}

/** NaN is larger than every number. */
export const rising = (x: number, y: number): number =>
  x < y ? -1 : x > y ? 1 : x === y ? 0 : Number(Number.isNaN(x)) - Number(Number.isNaN(y));

type Compare = (a: number, b: number) => number;

function insert(list: Int32Array, from: number, to: number, compare: Compare): void {
  for (let i = from + 1; i < to; i++) {
    const place = list[i];
    let j = i;
    for (; j > from && compare(list[j - 1], place) > 0; j--) list[j] = list[j - 1];
    list[j] = place;
  }
}

function merge(list: Int32Array, out: Int32Array, from: number, middle: number, to: number, compare: Compare): void {
  if (middle >= to || compare(list[middle - 1], list[middle]) <= 0) {
    out.set(list.subarray(from, to), from);
    pulse(to - from);
    return;
  }
  let [i, j] = [from, middle];
  for (let k = from; k < to; k++) {
    pulse(PLACE_WORK);
    out[k] = j >= to || (i < middle && compare(list[i], list[j]) <= 0) ? list[i++] : list[j++];
  }
}

/** The numbers below `n` in the order that `compare` says, equal ones rising. Good until the next call. */
export function sortedPlaces(n: number, compare: Compare): Int32Array {
  let list = places(n);
  for (let at = 0; at < n; at += PIECE) {
    pulse(PLACE_WORK * PIECE);
    insert(list, at, Math.min(at + PIECE, n), compare);
  }
  if (n <= PIECE) return list;
  let other = roomFor(n, 1);
  for (let width = PIECE; width < n; width *= 2) {
    for (let at = 0; at < n; at += 2 * width) {
      merge(list, other, at, Math.min(at + width, n), Math.min(at + 2 * width, n), compare);
    }
    [list, other] = [other, list];
  }
  return list;
}
