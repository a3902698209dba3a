/** Cross products of vectors in space. */
import { broadcastShapes } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { broadcastStrides, walk } from './strided.ts';

/** Cross products along `dim`; both operands are of one dtype and have 3 elements there. */
export function crossRows(a: Tensor, b: Tensor, dim: number): Tensor {
  const shape = broadcastShapes(a.shape, b.shape);
  const out = empty(shape, a.dtype);
  const times = a.dtype === 'int32' ? Math.imul : (x: number, y: number) => x * y;
  return launch(out, () => {
    const [to, x, y] = [dataOf(out), dataOf(a), dataOf(b)] as Float64Array[];
    const strides = [out, a, b].map((t) => broadcastStrides(t.shape, t.strides, shape));
    const [so, sa, sb] = strides.map((s) => s[dim]);
    const rest = shape.filter((_, d) => d !== dim);
    const { steps, stretches } = walk(
      rest,
      strides.map((s) => s.filter((_, d) => d !== dim)),
      [0, a.offset, b.offset],
    );
    stretches(([o, i, j], n) => {
      for (let k = 0; k < n; k++, o += steps[0], i += steps[1], j += steps[2]) {
        const [a0, a1, a2] = [x[i], x[i + sa], x[i + 2 * sa]];
        const [b0, b1, b2] = [y[j], y[j + sb], y[j + 2 * sb]];
        to[o] = times(a1, b2) - times(a2, b1);
        to[o + so] = times(a2, b0) - times(a0, b2);
        to[o + 2 * so] = times(a0, b1) - times(a1, b0);
      }
    });
  });
}
