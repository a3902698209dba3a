/** Draws of the continuous distributions: uniform, normal and those made of them. */
import { type DType, rounded, rowOf, type TypedArray } from '../../tensor/dtype.ts';
import { broadcastShapes } from '../../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../../tensor/tensor.ts';
import { launch } from '../launch.ts';
import { pulse } from '../pulse.ts';
import { broadcastStrides, walk } from '../strided.ts';
import { check, digits, floatingFor } from './checks.ts';
import { currentGenerator } from './current.ts';
import { fillNumbers } from './fill.ts';
import { fma } from './fma.ts';
import type { Generator } from './generator.ts';
import { normalBlockDouble, normalBlockFloat } from './normal-block.ts';
import { preciseLog } from './precise.ts';

/** Binary digits of a floating dtype. */
const precisionOf = (dtype: DType): number => 1 - Math.log2(rowOf(dtype).eps as number);

/** `t.uniform_(from, to)`, from [from, to). */
export function uniformFill(t: Tensor, from = 0, to = 1, g: Generator = currentGenerator()): Tensor {
  floatingFor('check_uniform_bounds', t.dtype);
  const single = t.dtype !== 'float64';
  const { method: name, typeName } = rowOf(t.dtype);
  const max = Number(rowOf(t.dtype).max);
  check(Math.abs(from) <= max, () => `from is out of bounds for ${name}`);
  check(Math.abs(to) <= max, () => `to is out of bounds for ${name}`);
  const bounds = (): string => `from=${digits(from)} > to=${digits(to)}`;
  check(from <= to, () => `uniform_ expects to return a [from, to) range, but found ${bounds()}`);
  const limit = (): string =>
    `uniform_ expects to-from <= std::numeric_limits<${typeName}>::max(), but found to=${digits(to)} and from=${digits(from)} which result in to-from to exceed the limit`;
  check(to - from <= max, limit);
  if (single) {
    const low = rounded(from, t.dtype);
    const width = rounded(rounded(to, t.dtype) - low, t.dtype);
    const steps = 2 ** precisionOf(t.dtype);
    return fillNumbers(t, () => g.uniformFloat(steps) * width + low);
  }
  if (from === 0) return fillNumbers(t, () => g.uniformDouble() * to);
  return fillNumbers(t, () => fma(g.uniformDouble(), to - from, from));
}

/**
 * `t.normal_(mean, std)`. Sixteen elements or more that lie in order are made in blocks; if they are
 * no multiple of sixteen, the last sixteen are drawn anew. All others are made one by one.
 */
export function normalFill(t: Tensor, mean = 0, std = 1, g: Generator = currentGenerator()): Tensor {
  check(std >= 0, () => `normal expects std >= 0.0, but found std ${digits(std)}`);
  floatingFor('normal_kernel_cpu', t.dtype);
  if (t.numel < 16 || !t.isContiguous) return fillNumbers(t, () => fma(g.normal(), std, mean));
  return launch(t, () => {
    const begin = t.offset;
    const end = begin + t.numel;
    const tail = t.numel % 16 === 0 ? -1 : end - 16;
    const blocks = (draw: () => number, data: TypedArray, block: (at: number) => void): void => {
      for (let i = begin; i < end; i++) data[i] = draw();
      for (let i = begin; i + 16 <= end; i += 16) {
        pulse(1024);
        block(i);
      }
      if (tail < 0) return;
      for (let i = tail; i < end; i++) data[i] = draw();
      block(tail);
    };
    if (t.dtype !== 'float64') {
      const data = dataOf(t) as Float32Array;
      const [m, s] = [rounded(mean, t.dtype), rounded(std, t.dtype)];
      const steps = 2 ** precisionOf(t.dtype);
      blocks(
        () => g.uniformFloat(steps),
        data,
        (at) => normalBlockFloat(data, at, m, s),
      );
    } else {
      const data = dataOf(t) as Float64Array;
      blocks(
        () => g.uniformDouble(),
        data,
        (at) => normalBlockDouble(data, at, mean, std),
      );
    }
  });
}

/** `torch.normal(mean, std)` where either is a tensor: a new tensor of their broadcast shape. */
export function normalOf(mean: Tensor | number, std: Tensor | number, g: Generator = currentGenerator()): Tensor {
  if (typeof mean === 'number' && typeof std === 'number') return normalFill(empty([], 'float32'), mean, std, g);
  if (typeof std === 'number') {
    const out = normalFill(empty((mean as Tensor).shape, (mean as Tensor).dtype), 0, std, g);
    return combine(out, mean as Tensor, (x, m) => x + m);
  }
  check(
    everyElement(std, (x) => x >= 0),
    () => 'normal expects all elements of std >= 0.0',
  );
  if (typeof mean === 'number') {
    const out = combine(normalFill(empty(std.shape, std.dtype), 0, 1, g), std, (x, s) => x * s);
    const shift = rounded(mean, out.dtype);
    return combine(out, out, (x) => x + shift);
  }
  const out = normalFill(empty(broadcastShapes(mean.shape, std.shape), mean.dtype), 0, 1, g);
  return combine(
    combine(out, std, (x, s) => x * s),
    mean,
    (x, m) => x + m,
  );
}

/** `out = of(out, other)`, `other` broadcast. */
function combine(out: Tensor, other: Tensor, of: (x: number, y: number) => number): Tensor {
  return launch(out, () => {
    if (out.numel === 0) return;
    const to = dataOf(out) as Float64Array;
    const from = dataOf(other);
    const strides = broadcastStrides(other.shape, other.strides, out.shape);
    const { n, steps, each } = walk(out.shape, [out.strides, strides], [out.offset, other.offset]);
    each(([o, i]) => {
      for (let k = 0; k < n; k++, o += steps[0], i += steps[1]) to[o] = of(to[o], Number(from[i]));
    });
  });
}

function everyElement(t: Tensor, holds: (x: number) => boolean): boolean {
  if (t.storage.meta || t.numel === 0) return true;
  const data = dataOf(t);
  const { n, steps, each } = walk(t.shape, [t.strides], [t.offset]);
  let all = true;
  each(([i]) => {
    for (let k = 0; k < n && all; k++, i += steps[0]) all = holds(Number(data[i]));
  });
  return all;
}

/** `t.exponential_(lambda)`. */
export function exponentialFill(t: Tensor, lambda = 1, g: Generator = currentGenerator()): Tensor {
  check(lambda >= 0, () => `exponential_ expects lambda >= 0.0, but found lambda=${digits(lambda)}`);
  floatingFor('exponential_cpu', t.dtype);
  return fillNumbers(t, () => (-1 / lambda) * preciseLog(1 - g.uniformDouble()));
}

/** `t.cauchy_(median, sigma)`. */
export function cauchyFill(t: Tensor, median = 0, sigma = 1, g: Generator = currentGenerator()): Tensor {
  floatingFor('cauchy_cpu', t.dtype);
  return fillNumbers(t, () => fma(sigma, Math.tan(Math.PI * (g.uniformDouble() - 0.5)), median));
}

/** `t.log_normal_(mean, std)`: mean and deviation are the logarithm's. */
export function logNormalFill(t: Tensor, mean = 1, std = 2, g: Generator = currentGenerator()): Tensor {
  check(std > 0, () => `log_normal_ expects std > 0.0, but found std=${digits(std)}`);
  floatingFor('log_normal_cpu', t.dtype);
  return fillNumbers(t, () => Math.exp(fma(g.normal(), std, mean)));
}
