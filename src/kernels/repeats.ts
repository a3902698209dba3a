/** Indices that come several times. */
import { valueRange } from '../tensor/errors.ts';
import { dataOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { inStretches, pulse } from './pulse.ts';

/** The sum of counts that lie in order, as a number. */
export function totalOf(counts: Tensor): number {
  const data = dataOf(counts);
  let n = 0;
  inStretches(counts.numel, (from, to) => {
    for (let i = from; i < to; i++) n += Number(data[counts.offset + i]);
  });
  return n;
}

/** Each index as often as its count says; the counts have to sum to `size`. */
export function fillRepeats(out: Tensor, counts: Tensor, size: number): Tensor {
  return launch(out, () => {
    const [from, to] = [dataOf(counts), dataOf(out)] as Float64Array[];
    const total = totalOf(counts);
    if (total !== size) throw valueRange(`repeat_interleave: output_size is ${size}, but the repeats sum to ${total}`);
    let at = 0;
    for (let i = 0; i < counts.numel; i++) {
      const n = Number(from[counts.offset + i]);
      if (n < 0) throw valueRange(`repeats can not be negative, but got ${n}`);
      pulse(n + 1);
      to.fill((out.dtype === 'int64' ? BigInt(i) : i) as number, at, at + n);
      at += n;
    }
  });
}
