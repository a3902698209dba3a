/** Distances between points. */
import { broadcastShapes } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';
import { broadcastStrides, walk } from './strided.ts';

/** What one coordinate's difference adds to a sum, and what the distance is of it. */
function measure(p: number): [step: (sum: number, d: number) => number, finish: (sum: number) => number] {
  const same = (sum: number): number => sum;
  if (p === 0) return [(sum, d) => sum + (d === 0 ? 0 : 1), same];
  if (p === 1) return [(sum, d) => sum + d, same];
  if (p === 2) return [(sum, d) => sum + d * d, Math.sqrt];
  if (p === Number.POSITIVE_INFINITY) return [(sum, d) => (d > sum || Number.isNaN(d) ? d : sum), same];
  return [(sum, d) => sum + d ** p, (sum) => sum ** (1 / p)];
}

/** `out[..., i, j]` is the p-norm of `a[..., i, :] - b[..., j, :]`; batch dimensions broadcast. */
export function pointDistances(a: Tensor, b: Tensor, p: number): Tensor {
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [rows, columns, width] = [a.shape[a.ndim - 2], b.shape[b.ndim - 2], a.shape[a.ndim - 1]];
  const out = empty([...batch, rows, columns], a.dtype);
  const [step, finish] = measure(p);
  return launch(out, () => {
    const [to, x, y] = [out, a, b].map((t) => dataOf(t) as Float64Array);
    const shape = [...batch, rows, columns];
    const over = (t: Tensor, own: readonly number[], sizes: readonly number[]): number[] =>
      broadcastStrides([...t.shape.slice(0, -2), ...sizes], [...t.strides.slice(0, -2), ...own], shape);
    const [sa, sb] = [a.strides[a.ndim - 1], b.strides[b.ndim - 1]];
    const plan = walk(
      shape,
      [out.strides, over(a, [a.strides[a.ndim - 2], 0], [rows, 1]), over(b, [0, b.strides[b.ndim - 2]], [1, columns])],
      [0, a.offset, b.offset],
    );
    if (out.numel === 0) return;
    plan.each(([o, i, j]) => {
      for (let k = 0; k < plan.n; k++, o += plan.steps[0], i += plan.steps[1], j += plan.steps[2]) {
        pulse(width);
        let sum = 0;
        for (let c = 0, u = i, v = j; c < width; c++, u += sa, v += sb) sum = step(sum, Math.abs(x[u] - y[v]));
        to[o] = finish(sum);
      }
    });
  });
}
