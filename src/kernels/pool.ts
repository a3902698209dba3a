/**
 * Windows that slide over planes: the largest element of each, or the mean. A window is a run of places
 * along each dimension, so that pooling with a stride and pooling to a size are the same loops.
 * Planes have three dimensions; fewer have size 1 in front.
 */
import { numelOf, type Shape } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { contiguous } from './copy.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';

/** The windows along one dimension. */
export interface Span {
  /** How many there are. */
  readonly length: number;
  /** From one place of a window to the next. */
  readonly step: number;
  start(k: number): number;
  /** Without the end itself. */
  end(k: number): number;
  /** How many places each window counts as having. */
  count(k: number): number;
}

const ONE: Span = { length: 1, step: 1, start: () => 0, end: () => 1, count: () => 1 };

export const sizesOf = (spans: readonly Span[]): number[] => spans.map((s) => s.length);

/** A span's numbers, written out for the loops once the result's size has been granted. */
interface Places {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly counts: Float64Array;
  readonly step: number;
}

function placesOf(span: Span): Places {
  const [starts, ends, counts] = Array.from(
    { length: 3 },
    () => dataOf(empty([span.length], 'float64')) as Float64Array,
  );
  for (let k = 0; k < span.length; k++) {
    pulse(16);
    starts[k] = span.start(k);
    ends[k] = span.end(k);
    counts[k] = span.count(k);
  }
  return { starts, ends, counts, step: span.step };
}

const three = (spans: readonly Span[]): Places[] =>
  [...new Array<Span>(3 - spans.length).fill(ONE), ...spans].map(placesOf);

/** The sizes of each plane, and how many planes there are. */
function planesOf(shape: Shape, spans: readonly Span[]): { lead: number[]; sizes: Shape; count: number } {
  const lead = shape.slice(0, shape.length - spans.length);
  const sizes = shape.slice(shape.length - spans.length);
  return { lead, sizes: [...new Array<number>(3 - sizes.length).fill(1), ...sizes], count: numelOf(lead) };
}

/** Calls `body` for every window of a plane, in order. */
function eachWindow(spans: readonly Places[], body: (d: number, h: number, w: number) => void): void {
  const [D, H, W] = spans;
  for (let d = 0; d < D.starts.length; d++) {
    for (let h = 0; h < H.starts.length; h++) {
      const rows = D.counts[d] * H.counts[h];
      for (let w = 0; w < W.starts.length; w++) {
        pulse(rows * W.counts[w]);
        body(d, h, w);
      }
    }
  }
}

/** The largest element of each window, and its place in the plane. A NaN beats every number. */
export function largest(x: Tensor, spans: readonly Span[]): [values: Tensor, places: Tensor] {
  const { lead, sizes, count } = planesOf(x.shape, spans);
  const shape = [...lead, ...sizesOf(spans)];
  const values = empty(shape, x.dtype);
  const places = empty(shape, 'int64');
  launch(values, () => {
    if (values.numel === 0) return;
    const src = contiguous(x);
    const from = dataOf(src) as Float64Array;
    const to = dataOf(values) as Float64Array;
    const at = dataOf(places) as BigInt64Array;
    const all = three(spans);
    const [D, H, W] = all;
    const [, height, width] = sizes;
    const plane = numelOf(sizes);
    for (let p = 0, o = 0, base = src.offset; p < count; p++, base += plane) {
      eachWindow(all, (d, h, w) => {
        let best = Number.NEGATIVE_INFINITY;
        let place = (D.starts[d] * height + H.starts[h]) * width + W.starts[w];
        for (let i = D.starts[d]; i < D.ends[d]; i += D.step) {
          for (let j = H.starts[h]; j < H.ends[h]; j += H.step) {
            const row = (i * height + j) * width;
            for (let k = W.starts[w]; k < W.ends[w]; k += W.step) {
              const value = from[base + row + k];
              // Of several NaN the last one is the place, as in PyTorch.
              if (value > best || Number.isNaN(value)) {
                best = value;
                place = row + k;
              }
            }
          }
        }
        to[o] = best;
        at[o] = BigInt(place);
        o++;
      });
    }
  });
  return [values, places];
}

/** What a window's sum is divided by. */
const share = ([D, H, W]: readonly Places[], d: number, h: number, w: number, divisor: number | undefined): number =>
  divisor ?? D.counts[d] * H.counts[h] * W.counts[w];

/** The sum of each window, divided by how many places it counts, or by `divisor`. int64 quotients are cut. */
export function averages(x: Tensor, spans: readonly Span[], divisor?: number): Tensor {
  const { lead, sizes, count } = planesOf(x.shape, spans);
  const out = empty([...lead, ...sizesOf(spans)], x.dtype);
  return launch(out, () => {
    if (out.numel === 0) return;
    const src = contiguous(x);
    const from = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const all = three(spans);
    const [D, H, W] = all;
    const [, height, width] = sizes;
    const plane = numelOf(sizes);
    const whole = x.dtype === 'int64';
    const zero = (whole ? 0n : 0) as number;
    const over = (n: number): number => (whole ? BigInt(n) : n) as number;
    for (let p = 0, o = 0, base = src.offset; p < count; p++, base += plane) {
      eachWindow(all, (d, h, w) => {
        let sum = zero;
        for (let i = D.starts[d]; i < D.ends[d]; i += D.step) {
          for (let j = H.starts[h]; j < H.ends[h]; j += H.step) {
            const row = base + (i * height + j) * width;
            for (let k = W.starts[w]; k < W.ends[w]; k += W.step) sum += from[row + k];
          }
        }
        to[o++] = sum / over(share(all, d, h, w, divisor));
      });
    }
  });
}

/** Each window's share given to all of its places: the transpose of {@link averages}. Floating only. */
export function spread(grad: Tensor, shape: Shape, spans: readonly Span[], divisor?: number): Tensor {
  const { sizes, count } = planesOf(shape, spans);
  const out = empty(shape, grad.dtype);
  return launch(out, () => {
    if (out.numel === 0 || grad.numel === 0) return;
    const src = contiguous(grad);
    const from = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const all = three(spans);
    const [D, H, W] = all;
    const [, height, width] = sizes;
    const plane = numelOf(sizes);
    // Windows overlap: their shares are added in float64, plane by plane, and rounded once.
    const sums = dataOf(empty([plane], 'float64')) as Float64Array;
    for (let p = 0, i = src.offset; p < count; p++) {
      sums.fill(0);
      eachWindow(all, (d, h, w) => {
        const g = from[i++] / share(all, d, h, w, divisor);
        for (let a = D.starts[d]; a < D.ends[d]; a += D.step) {
          for (let b = H.starts[h]; b < H.ends[h]; b += H.step) {
            const row = (a * height + b) * width;
            for (let k = W.starts[w]; k < W.ends[w]; k += W.step) sums[row + k] += g;
          }
        }
      });
      to.set(sums, p * plane);
    }
  });
}
