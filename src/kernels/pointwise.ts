/**
 * Loops of pointwise ops. The formula is a scalar function; the loop brings it to every element,
 * broadcasting on the way. Floating formulas run in float64 and are rounded once, at the store.
 */
import { arrayOf, type DType, isFloating, rounded } from '../tensor/dtype.ts';
import { broadcastAll, broadcastShapes, numelOf, type Shape, sameShape } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { cast, contiguous, copy } from './copy.ts';
import { asRun, deferFrom, deferred, type Run } from './deferred.ts';
import { isOperandKind, kernelOf, type OperandKind, type ResultKind } from './formula/compile.ts';
import { select as selectTerm } from './formula/expression.ts';
import { type AnyFormula, type Formula1, type Formula2, type Formula3, narrow } from './formula/formula.ts';
import { integerKernelOf, isIntegral } from './formula/integers.ts';
import { launch, settleHalf } from './launch.ts';
import { inOrderOf, layoutOf } from './layout.ts';
import { pulse, STRETCH } from './pulse.ts';
import { broadcastStrides, walk } from './strided.ts';

export type { Formula1, Formula2, Formula3 } from './formula/formula.ts';

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

/** The number that a tensor shows at every place; undefined where it may show several. */
function sole(t: Tensor, dtype: DType): number | undefined {
  if (t.numel !== 1 && !t.strides.every((stride, d) => stride === 0 || t.shape[d] === 1)) return undefined;
  const value = Number(t.storage.data[t.offset]);
  return rounded(value, dtype);
}

const RESULTS: ReadonlySet<DType> = new Set(['float32', 'float64', 'bool']);

/** Many elements by a kernel of the formula's expression; undefined where there is none, or only shapes are wanted. */
function byKernel(
  formula: Pick<AnyFormula, 'expression' | 'narrow'>,
  operands: readonly (Tensor | number)[],
  shape: Shape,
  dtype: DType,
  outDtype: DType,
): Tensor | undefined {
  const n = numelOf(shape);
  if (n < deferFrom() || formula.expression === undefined) return undefined;
  if (dtype === 'int32' || dtype === 'int64') return byIntegerKernel(formula, operands, shape, dtype, outDtype);
  // Flags are computed with as the numbers 0 and 1.
  if (!RESULTS.has(outDtype)) return undefined;
  if (!isFloating(dtype) && !(dtype === 'bool' && outDtype === 'bool')) return undefined;
  if (operands.some((t) => typeof t !== 'number' && t.storage.meta)) return undefined;
  const kinds: OperandKind[] = [];
  const runs = operands.map((t): Run | number => {
    const number = typeof t === 'number' ? t : sole(t, dtype);
    if (typeof t === 'number' || number !== undefined) {
      kinds.push('number');
      return number as number;
    }
    // Flags and bytes are the same numbers in any floating dtype; kernels read them as they are.
    const plain = t.dtype === dtype || ((t.dtype === 'bool' || t.dtype === 'uint8') && isOperandKind(t.dtype));
    const own = t.numel === n ? contiguous(plain ? t : cast(t, dtype)) : copy(t, dtype, shape);
    // Floats of 16 bits are held as float32.
    kinds.push(arrayOf(own.dtype) === Float32Array ? 'float32' : (own.dtype as OperandKind));
    return asRun(own, n);
  });
  const compute = formula.narrow && dtype !== 'float64' ? 'float32' : 'float64';
  const kernel = kernelOf(formula.expression, kinds, compute, outDtype as ResultKind);
  return deferred(kernel, runs, outDtype, shape);
}

/** Whole numbers up to here are the same as doubles. */
const MOST_EXACT = 2 ** 53;

/** Many integers by a kernel of the formula, where their vectors can say the formula. */
function byIntegerKernel(
  formula: Pick<AnyFormula, 'expression' | 'int64'>,
  operands: readonly (Tensor | number)[],
  shape: Shape,
  dtype: 'int32' | 'int64',
  outDtype: DType,
): Tensor | undefined {
  const { expression } = formula;
  if (expression === undefined || !isIntegral(expression) || formula.int64 === undefined) return undefined;
  if (outDtype !== dtype && outDtype !== 'bool') return undefined;
  if (operands.some((t) => typeof t !== 'number' && (t.storage.meta || t.dtype !== dtype))) return undefined;
  const n = numelOf(shape);
  const numbers = operands.map((t) => (typeof t === 'number' ? t : sole(t, dtype)));
  if (numbers.some((x) => x !== undefined && !(Number.isInteger(x) && Math.abs(x) < MOST_EXACT))) return undefined;
  const runs = operands.map((t, i): Run | number => {
    if (typeof t === 'number') return t;
    return numbers[i] ?? asRun(t.numel === n ? contiguous(t) : copy(t, dtype, shape), n);
  });
  const alone = numbers.map((x) => x !== undefined);
  return deferred(integerKernelOf(expression, alone, dtype, outDtype), runs, outDtype, shape);
}

/**
 * Computes a result whose operands lie in another order than row-major in the order of its memory: seen in
 * that, they are walked one after the other. Undefined where row-major order it is.
 */
function inOwnOrder<T extends readonly (Tensor | number)[]>(
  operands: T,
  shape: Shape,
  compute: (operands: T) => Tensor,
): Tensor | undefined {
  const layout = layoutOf(operands, shape);
  if (layout === null) return undefined;
  const seen = operands.map((t) => (typeof t === 'number' ? t : inOrderOf(layout, t, shape)));
  return compute(seen as unknown as T).alias(shape, layout.strides);
}

/** `out[i] = f(x[i])` in `dtype` (the elements are cast to it first), stored as `outDtype`. */
export function map1(formula: Formula1, x: Tensor, dtype: DType = x.dtype, outDtype: DType = dtype): Tensor {
  const turned = x.isContiguous
    ? undefined
    : inOwnOrder([x] as const, x.shape, ([t]) => plain1(formula, t, dtype, outDtype));
  return turned ?? plain1(formula, x, dtype, outDtype);
}

function plain1(formula: Formula1, x: Tensor, dtype: DType, outDtype: DType): Tensor {
  const large = x.numel < deferFrom() ? undefined : byKernel(formula as AnyFormula, [x], x.shape, dtype, outDtype);
  if (large !== undefined) return large;
  const src = cast(x, dtype);
  const out = empty(src.shape, outDtype);
  const f = bare(dtype, outDtype, pick(formula, dtype));
  if (src.isContiguous) return inOrder1(f, src, out);
  return launch(out, () => {
    const from = dataOf(src) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const { steps, stretches } = walk(src.shape, [out.strides, src.strides], [0, src.offset]);
    const [so, si] = steps;
    stretches(([o, i], n) => {
      for (let k = 0; k < n; k++, o += so, i += si) to[o] = f(from[i]);
    });
  });
}

/** `out[i] = f(x[i], y[i])` over the broadcast shape. */
export function map2(formula: Formula2, x: Tensor, y: Tensor, dtype: DType, outDtype: DType = dtype): Tensor {
  if (x.isContiguous && y.isContiguous) return plain2(formula, x, y, dtype, outDtype);
  const shape = broadcastShapes(x.shape, y.shape);
  const turned = inOwnOrder([x, y] as const, shape, ([s, t]) => plain2(formula, s, t, dtype, outDtype));
  return turned ?? plain2(formula, x, y, dtype, outDtype);
}

function plain2(formula: Formula2, x: Tensor, y: Tensor, dtype: DType, outDtype: DType): Tensor {
  const same = sameShape(x.shape, y.shape);
  const shape = same ? x.shape : broadcastAll([x.shape, y.shape]);
  const n = numelOf(shape);
  const large = n < deferFrom() ? undefined : byKernel(formula as AnyFormula, [x, y], shape, dtype, outDtype);
  if (large !== undefined) return large;
  const a = cast(x, dtype);
  const b = cast(y, dtype);
  const out = empty(shape, outDtype);
  const f = bare(dtype, outDtype, pick(formula, dtype));
  // The usual layouts need no plan: both in order, or one of them a single number.
  const stepA = stepOf(a, n);
  const stepB = stepOf(b, n);
  if (stepA >= 0 && stepB >= 0) return inOrder2(f, a, stepA, b, stepB, out);
  return launch(out, () => {
    const u = dataOf(a) as Float64Array;
    const v = dataOf(b) as Float64Array;
    const to = dataOf(out) as Float64Array;
    const sa = same ? a.strides : broadcastStrides(a.shape, a.strides, shape);
    const sb = same ? b.strides : broadcastStrides(b.shape, b.strides, shape);
    const plan = walk(shape, [out.strides, sa, sb], [0, a.offset, b.offset]);
    const [so, si, sj] = plan.steps;
    plan.stretches(([o, i, j], count) => {
      for (let k = 0; k < count; k++, o += so, i += si, j += sj) to[o] = f(u[i], v[j]);
    });
  });
}

// Small tensors spend their time on the way to the loop: here no closure stands before it.

function inOrder1(f: Loose, src: Tensor, out: Tensor): Tensor {
  if (out.storage.meta) return out;
  const from = dataOf(src) as Float64Array;
  const to = dataOf(out) as Float64Array;
  const { offset } = src;
  const n = to.length;
  for (let k = 0; k < n; ) {
    const end = Math.min(k + STRETCH, n);
    for (; k < end; k++) to[k] = f(from[offset + k]);
    pulse(n > STRETCH ? STRETCH : n);
  }
  return settleHalf(out);
}

function inOrder2(f: Loose, a: Tensor, stepA: number, b: Tensor, stepB: number, out: Tensor): Tensor {
  if (out.storage.meta) return out;
  const u = dataOf(a) as Float64Array;
  const v = dataOf(b) as Float64Array;
  const to = dataOf(out) as Float64Array;
  const n = to.length;
  let i = a.offset;
  let j = b.offset;
  for (let k = 0; k < n; ) {
    const end = Math.min(k + STRETCH, n);
    for (; k < end; k++, i += stepA, j += stepB) to[k] = f(u[i], v[j]);
    pulse(n > STRETCH ? STRETCH : n);
  }
  return settleHalf(out);
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
  const shape = broadcastAll([x.shape, y.shape, z.shape]);
  const turned = inOwnOrder([x, y, z] as const, shape, (seen) => plain3(formula, seen, dtype, outDtype));
  return turned ?? plain3(formula, [x, y, z], dtype, outDtype);
}

function plain3(
  formula: Formula3,
  [x, y, z]: readonly [Tensor, Tensor, Tensor],
  dtype: DType,
  outDtype: DType,
): Tensor {
  const shape = broadcastAll([x.shape, y.shape, z.shape]);
  const large = byKernel(formula as AnyFormula, [x, y, z], shape, dtype, outDtype);
  if (large !== undefined) return large;
  const [a, b, c] = [cast(x, dtype), cast(y, dtype), cast(z, dtype)];
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

/**
 * `out[i] = f(x[i], …)` of up to three tensors and the numbers that follow them, for floating dtypes. The
 * numbers have to be rounded to `dtype` already where the formula is a narrow one.
 */
export function mapN(
  formula: AnyFormula,
  operands: readonly (Tensor | number)[],
  dtype: DType,
  outDtype: DType = dtype,
): Tensor {
  const tensors = operands.filter((x) => typeof x !== 'number');
  const shape = broadcastAll(tensors.map((t) => t.shape));
  const turned = inOwnOrder(operands, shape, (seen) => plainN(formula, seen, dtype, outDtype));
  return turned ?? plainN(formula, operands, dtype, outDtype);
}

function plainN(formula: AnyFormula, operands: readonly (Tensor | number)[], dtype: DType, outDtype: DType): Tensor {
  const tensors = operands.filter((x) => typeof x !== 'number');
  const large = byKernel(formula, operands, broadcastAll(tensors.map((t) => t.shape)), dtype, outDtype);
  if (large !== undefined) return large;
  const { number: f } = formula;
  const [x, y, z] = tensors;
  const [p, q, r] = operands.slice(tensors.length) as number[];
  if (z !== undefined) return plain3({ number: (a, b, c) => f(a, b, c, p, q, r) }, [x, y, z], dtype, outDtype);
  if (y !== undefined) return plain2({ number: (a, b) => f(a, b, p, q, r) }, x, y, dtype, outDtype);
  return plain1({ number: (a) => f(a, p, q, r) }, x, dtype, outDtype);
}

const SELECT = narrow((condition, x, y) => selectTerm(condition, x, y));

/** `out[i] = condition[i] ? x[i] : y[i]`, in any dtype. */
export function select(condition: Tensor, x: Tensor, y: Tensor, dtype: DType): Tensor {
  const shape = broadcastAll([condition.shape, x.shape, y.shape]);
  const turned = inOwnOrder([condition, x, y] as const, shape, (seen) => plainSelect(seen, dtype));
  return turned ?? plainSelect([condition, x, y], dtype);
}

function plainSelect([condition, x, y]: readonly [Tensor, Tensor, Tensor], dtype: DType): Tensor {
  const shape = broadcastAll([condition.shape, x.shape, y.shape]);
  const large = byKernel(SELECT, [condition, x, y], shape, dtype, dtype);
  if (large !== undefined) return large;
  const [a, b] = [cast(x, dtype), cast(y, dtype)];
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
