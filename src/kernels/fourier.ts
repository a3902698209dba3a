/** Fourier transforms along the last dimension: computed in doubles, rounded once. */
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { contiguous } from './copy.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';

/** Cosines and sines of all multiples of a turn's `n`-th part. */
interface Circle {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** The cosine of `k / n` of a turn: numbers that are exact are, and mirrored angles have the same. */
function cosine(turn: number, n: number): number {
  let k = ((turn % n) + n) % n;
  if (2 * k > n) k = n - k;
  if (4 * k > n) return -cosine(n - 2 * k, 2 * n);
  if (4 * k === n) return 0;
  if (6 * k === n) return 0.5;
  return 8 * k <= n ? Math.cos((2 * Math.PI * k) / n) : Math.sin((2 * Math.PI * (n - 4 * k)) / (4 * n));
}

function circleOf(n: number): Circle {
  const [cos, sin] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n; k++) {
    cos[k] = cosine(k, n);
    sin[k] = cosine(4 * k - n, 4 * n);
  }
  return { cos, sin };
}

type Transform = (re: Float64Array, im: Float64Array) => void;

/** In place, for lengths that are powers of two. */
function byHalves(n: number, sign: number): Transform {
  const { cos, sin } = circleOf(n);
  return (re, im) => {
    for (let i = 1, j = 0; i < n; i++) {
      let bit = n >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i >= j) continue;
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
    for (let half = 1; half < n; half *= 2) {
      const step = n / (2 * half);
      for (let begin = 0; begin < n; begin += 2 * half) {
        for (let k = 0; k < half; k++) {
          const [c, s] = [cos[k * step], sign * sin[k * step]];
          const [a, b] = [begin + k, begin + k + half];
          const x = re[b] * c - im[b] * s;
          const y = re[b] * s + im[b] * c;
          re[b] = re[a] - x;
          im[b] = im[a] - y;
          re[a] += x;
          im[a] += y;
        }
      }
    }
  };
}

/** As the sum is written, for short lengths of any kind. */
function bySums(n: number, sign: number): Transform {
  const { cos, sin } = circleOf(n);
  const [x, y] = [new Float64Array(n), new Float64Array(n)];
  return (re, im) => {
    x.set(re);
    y.set(im);
    for (let k = 0; k < n; k++) {
      let [a, b] = [0, 0];
      for (let j = 0; j < n; j++) {
        const at = (j * k) % n;
        a += x[j] * cos[at] - sign * y[j] * sin[at];
        b += sign * x[j] * sin[at] + y[j] * cos[at];
      }
      re[k] = a;
      im[k] = b;
    }
  };
}

/** As a convolution of a power of two's length, by Bluestein, for all other lengths. */
function byChirp(n: number, sign: number): Transform {
  const size = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const { cos, sin } = circleOf(2 * n);
  const forth = byHalves(size, -1);
  const back = byHalves(size, 1);
  const at = (k: number): number => (k * k) % (2 * n);
  const [cr, ci] = [new Float64Array(size), new Float64Array(size)];
  for (let k = 0; k < n; k++) {
    cr[k] = cos[at(k)];
    ci[k] = -sign * sin[at(k)];
    if (k === 0) continue;
    cr[size - k] = cr[k];
    ci[size - k] = ci[k];
  }
  forth(cr, ci);
  const [x, y] = [new Float64Array(size), new Float64Array(size)];
  return (re, im) => {
    x.fill(0);
    y.fill(0);
    for (let k = 0; k < n; k++) {
      const [c, s] = [cos[at(k)], sign * sin[at(k)]];
      x[k] = re[k] * c - im[k] * s;
      y[k] = re[k] * s + im[k] * c;
    }
    forth(x, y);
    for (let k = 0; k < size; k++) {
      const a = x[k] * cr[k] - y[k] * ci[k];
      y[k] = x[k] * ci[k] + y[k] * cr[k];
      x[k] = a;
    }
    back(x, y);
    for (let k = 0; k < n; k++) {
      const [c, s] = [cos[at(k)], sign * sin[at(k)]];
      re[k] = (x[k] * c - y[k] * s) / size;
      im[k] = (x[k] * s + y[k] * c) / size;
    }
  };
}

const SHORT = 64;

function transformOf(n: number, sign: number): Transform {
  if ((n & (n - 1)) === 0) return byHalves(n, sign);
  return n <= SHORT ? bySums(n, sign) : byChirp(n, sign);
}

/**
 * The real and the imaginary part of the transform of complex rows, not scaled. `inverse` turns the other
 * way round.
 */
export function fourierRows(real: Tensor, imag: Tensor, inverse: boolean): readonly [Tensor, Tensor] {
  const outs = [empty(real.shape, real.dtype), empty(real.shape, real.dtype)] as const;
  launch(outs[0], () =>
    launch(outs[1], () => {
      const n = real.shape.at(-1) ?? 1;
      if (real.numel === 0) return outs[1];
      const sources = [contiguous(real), contiguous(imag)];
      const [x, y] = sources.map(dataOf) as Float64Array[];
      const [u, v] = outs.map(dataOf) as Float64Array[];
      const transform = transformOf(n, inverse ? 1 : -1);
      const [re, im] = [new Float64Array(n), new Float64Array(n)];
      for (let row = 0; row < real.numel; row += n) {
        pulse(16 * n);
        for (let k = 0; k < n; k++) {
          re[k] = x[sources[0].offset + row + k];
          im[k] = y[sources[1].offset + row + k];
        }
        transform(re, im);
        u.set(re, outs[0].offset + row);
        v.set(im, outs[1].offset + row);
      }
      return outs[1];
    }),
  );
  return outs;
}
