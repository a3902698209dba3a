/**
 * Loops of pointwise ops. The formula is a scalar function; the loop brings it to every element,
 * broadcasting on the way. Floating formulas run in float64 and are rounded once, at the store.
 */
import type { DType } from '../tensor/dtype.ts';
import { broadcastAll, sameShape } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { cast } from './copy.ts';
import { launch } from './launch.ts';
import { inStretches } from './pulse.ts';
import { broadcastStrides, walk } from './strided.ts';

/**
 * A formula of so many numbers, and where integers differ from floats, its integer forms:
 * `int32` for products that a double does not hold, `int64` in bigints (wrapped at the store).
 */
export interface Formula<N extends (...xs: number[]) => number, B extends (...xs: bigint[]) => bigint> {
  readonly number: N;
  readonly int32?: N;
  readonly int64?: B;
}

export type Formula1 = Formula<(x: number) => number, (x: bigint) => bigint>;
export type Formula2 = Formula<(x: number, y: number) => number, (x: bigint, y: bigint) => bigint>;
export type Formula3 = Formula<
  (x: number, y: number, z: number) => number,
  (x: bigint, y: bigint, z: bigint) => bigint
>;

type Loose = (...xs: number[]) => number;

/** The formula for operands of `dtype`; int64 elements are bigints, whatever the type here says. */
function pick(formula: { number: unknown; int32?: unknown; int64?: unknown }, dtype: DType): Loose {
  if (dtype === 'int64') {
    if (formula.int64 === undefined) throw new Error('this formula has no int64 form');
    return formula.int64 as Loose;
  }
  return (dtype === 'int32' && formula.int32 !== undefined ? formula.int32 : formula.number) as Loose;
}

/** Comparisons of int64 give numbers, for a bool result. */
const bare = (dtype: DType, out: DType, f: Loose): Loose =>
  dtype === 'int64' && out !== 'int64' ? (...xs) => Number(f(...xs)) : f;

/** `out[i] = f(x[i])` in `dtype` (the elements are cast to it first), stored as `outDtype`. */
export function map1(formula: Formula1, x: Tensor, dtype: DType = x.dtype, outDtype: DType = dtype): Tensor {
  const src = cast(x, dtype);
  const out = empty(src.shape, outDtype);
  const f = bare(dtype, outDtype, pick(formula, dtype));
  return launch(out, () => {
    const from = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    if (src.isContiguous) {
      inStretches(to.length, (k, end) => {
        for (let i = src.offset + k; k < end; k++, i++) to[k] = f(from[i]);
      });
      return;
    }
    const { steps, stretches } = walk(src.shape, [out.strides, src.strides], [0, src.offset]);
    const [so, si] = steps;
    stretches(([o, i], n) => {
      for (let k = 0; k < n; k++, o += so, i += si) to[o] = f(from[i]);
    });
  });
}

/** `out[i] = f(x[i], y[i])` over the broadcast shape. */
export function map2(formula: Formula2, x: Tensor, y: Tensor, dtype: DType, outDtype: DType = dtype): Tensor {
  const a = cast(x, dtype);
  const b = cast(y, dtype);
  const same = sameShape(a.shape, b.shape);
  const shape = same ? a.shape : broadcastAll([a.shape, b.shape]);
  const out = empty(shape, outDtype);
  const f = bare(dtype, outDtype, pick(formula, dtype));
  return launch(out, () => {
    const u = dataOf(a) as Float64Array;
    const v = dataOf(b) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const n = to.length;
    // The usual layouts need no plan: both in order, or one of them a single number.
    const stepA = stepOf(a, n);
    const stepB = stepOf(b, n);
    if (stepA >= 0 && stepB >= 0) {
      inStretches(n, (k, end) => {
        for (let i = a.offset + k * stepA, j = b.offset + k * stepB; k < end; k++, i += stepA, j += stepB) {
          to[k] = f(u[i], v[j]);
        }
      });
      return;
    }
    const sa = same ? a.strides : broadcastStrides(a.shape, a.strides, shape);
    const sb = same ? b.strides : broadcastStrides(b.shape, b.strides, shape);
    const plan = walk(shape, [out.strides, sa, sb], [0, a.offset, b.offset]);
    const [so, si, sj] = plan.steps;
    plan.stretches(([o, i, j], count) => {
      for (let k = 0; k < count; k++, o += so, i += si, j += sj) to[o] = f(u[i], v[j]);
    });
  });
}

/** The step through an operand of a result of `n` elements: 1 in order, 0 for one number, −1 for other layouts. */
function stepOf(t: Tensor, n: number): number {
  const own = t.numel;
  if (own === 1) return 0;
  return own === n && t.isContiguous ? 1 : -1;
}

/** `out[i] = f(x[i], y[i], z[i])` over the broadcast shape. */
export function map3(
  formula: Formula3,
  x: Tensor,
  y: Tensor,
  z: Tensor,
  dtype: DType,
  outDtype: DType = dtype,
): Tensor {
  const [a, b, c] = [cast(x, dtype), cast(y, dtype), cast(z, dtype)];
  const shape = broadcastAll([a.shape, b.shape, c.shape]);
  const out = empty(shape, outDtype);
  const f = bare(dtype, outDtype, pick(formula, dtype));
  return launch(out, () => {
    const [u, v, w] = [dataOf(a), dataOf(b), dataOf(c)] as Float64Array[];
    const to = dataOf(out) as Float64Array;
    const strides = [a, b, c].map((t) => broadcastStrides(t.shape, t.strides, shape));
    const { steps, stretches } = walk(shape, [out.strides, ...strides], [0, a.offset, b.offset, c.offset]);
    const [so, si, sj, sl] = steps;
    stretches(([o, i, j, l], n) => {
      for (let k = 0; k < n; k++, o += so, i += si, j += sj, l += sl) to[o] = f(u[i], v[j], w[l]);
    });
  });
}

/** `out[i] = condition[i] ? x[i] : y[i]`, in any dtype. */
export function select(condition: Tensor, x: Tensor, y: Tensor, dtype: DType): Tensor {
  const [a, b] = [cast(x, dtype), cast(y, dtype)];
  const shape = broadcastAll([condition.shape, a.shape, b.shape]);
  const out = empty(shape, dtype);
  return launch(out, () => {
    const mask = dataOf(condition) as Uint8Array;
    const [u, v, to] = [dataOf(a), dataOf(b), dataOf(out)] as Float64Array[];
    const strides = [condition, a, b].map((t) => broadcastStrides(t.shape, t.strides, shape));
    const { steps, stretches } = walk(shape, [out.strides, ...strides], [0, condition.offset, a.offset, b.offset]);
    const [so, sc, si, sj] = steps;
    stretches(([o, c, i, j], n) => {
      for (let k = 0; k < n; k++, o += so, c += sc, i += si, j += sj) to[o] = mask[c] ? u[i] : v[j];
    });
  });
}

/** Every element set to one value. */
export function fill(out: Tensor, value: number | bigint): Tensor {
  return launch(out, () => {
    if (out.dtype === 'int64') (dataOf(out) as BigInt64Array).fill(BigInt(value));
    else (dataOf(out) as Float64Array).fill(Number(value));
  });
}
