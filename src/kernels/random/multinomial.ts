/** `torch.multinomial`: categories drawn by their weights. */

import { isFloating, rounded, typeNameOf } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { bigintsOf, dataOf, empty, type Tensor } from '../../tensor/tensor.ts';
import { contiguous } from '../copy.ts';
import { launch } from '../launch.ts';
import { emptyLike } from '../layout.ts';
import { pulse } from '../pulse.ts';
import { sortedPlaces } from '../sorting.ts';
import { check } from './checks.ts';
import { exponentialFill } from './continuous.ts';
import { currentGenerator } from './current.ts';
import type { Generator } from './generator.ts';

/** Row by row, `count` indices into the last dimension of `weights`, which are one row or several. */
export function multinomial(
  weights: Tensor,
  count: number,
  replacement = false,
  g: Generator = currentGenerator(),
): Tensor {
  check(weights.ndim === 1 || weights.ndim === 2, () => 'prob_dist must be 1 or 2 dim');
  if (!isFloating(weights.dtype)) {
    throw dtypeError(`multinomial only supports floating-point dtypes for input, got: ${typeNameOf(weights.dtype)}`);
  }
  check(count > 0, () => 'cannot sample n_sample <= 0 samples');
  const categories = weights.shape[weights.ndim - 1];
  check(
    replacement || count <= categories,
    () => 'cannot sample n_sample > prob_dist.size(-1) samples without replacement',
  );
  const out = empty([...weights.shape.slice(0, -1), count], 'int64');
  if (out.numel === 0) return out;
  return launch(out, () => {
    if (replacement) withReplacement(out, weights, count, categories, g);
    else byRace(out, weights, count, categories, g);
  });
}

/** Each category arrives after an exponential time by its weight; the first ones are taken. */
function byRace(out: Tensor, weights: Tensor, count: number, categories: number, g: Generator): void {
  const rows = contiguous(weights);
  const from = dataOf(rows) as Float64Array;
  for (let i = 0; i < rows.numel; i++) {
    const weight = from[rows.offset + i];
    check(weight >= 0 && weight < Infinity, () => 'probability tensor contains either `inf`, `nan` or element < 0');
  }
  for (let row = 0; row < rows.numel; row += categories) {
    let some = false;
    for (let i = 0; i < categories; i++) some ||= from[rows.offset + row + i] > 0;
    check(some, () => 'invalid multinomial distribution (sum of probabilities <= 0)');
  }
  const times = contiguous(exponentialFill(emptyLike(weights), 1, g));
  const speeds = dataOf(times) as Float64Array;
  for (let i = 0; i < times.numel; i++) speeds[i] = from[rows.offset + i] / speeds[i];
  const to = bigintsOf(out);
  for (let row = 0, o = 0; row < times.numel; row += categories) {
    const order = sortedPlaces(categories, (i, k) => speeds[row + k] - speeds[row + i]);
    for (let i = 0; i < count; i++) to[o++] = BigInt(order[i]);
  }
}

/** A uniform number is looked up among the sums of the weights. */
function withReplacement(out: Tensor, weights: Tensor, count: number, categories: number, g: Generator): void {
  const rows = contiguous(weights);
  const from = dataOf(rows);
  const to = bigintsOf(out);
  const round = (x: number): number => rounded(x, rows.dtype);
  const sums = dataOf(empty([categories], 'float64')) as Float64Array;
  for (let row = rows.offset, o = 0; o < out.numel; row += categories) {
    let sum = 0;
    for (let i = 0; i < categories; i++) {
      const weight = Number(from[row + i]);
      check(weight >= 0, () => 'invalid multinomial distribution (encountering probability entry < 0)');
      check(
        weight < Infinity,
        () => 'invalid multinomial distribution (encountering probability entry = infinity or NaN)',
      );
      sums[i] = sum = round(sum + weight);
    }
    check(sum > 0, () => 'invalid multinomial distribution (sum of probabilities <= 0)');
    for (let i = 0; i < categories; i++) sums[i] = round(sums[i] / sum);
    sums[categories - 1] = 1;
    for (let i = 0; i < count; i++) {
      pulse(32);
      to[o++] = BigInt(firstNotBelow(sums, g.uniformDouble()));
    }
  }
}

function firstNotBelow(sums: Float64Array, x: number): number {
  let low = 0;
  let high = sums.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
