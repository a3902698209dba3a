/** Numbers at even distances. */
import { countUp, deferFrom, evenlySpaced, fillBy } from '../../kernels/index.ts';
import { DEFAULT_DTYPE, type DType, elementSize, isFloating, rounded } from '../../tensor/dtype.ts';
import { EngineError, valueRange } from '../../tensor/errors.ts';
import { type Scalar, scalarKind, scalarToBigInt, scalarToNumber } from '../../tensor/scalar.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { empty } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { defineOp } from '../define.ts';
import { attr, integer, number, optionalAttr, scalarAttr } from '../params.ts';
import { castScalar, dtypeParam } from './filled.ts';

/** How many elements PyTorch computes side by side (256-bit registers). */
const lanesOf = (dtype: DType): number => 32 / elementSize(dtype);

/**
 * PyTorch computes long ranges in runs of lanes: the first lane by the formula, rounded to the dtype,
 * the others by adding multiples of the step to that; what is left over, one by one. Integers cut in
 * this way differ from the formula by whole numbers, so this is followed to the letter.
 */
function inRuns(
  n: number,
  dtype: DType,
  at: (i: number) => number,
  along: (first: number, k: number) => number,
): (i: number) => number {
  const lanes = lanesOf(dtype);
  const runs = n - (n % (2 * lanes));
  const round = isFloating(dtype) ? (x: number): number => rounded(x, dtype) : Math.trunc;
  return (i) => (i < runs ? along(round(at(i - (i % lanes))), i % lanes) : at(i));
}

/** `a * b + c` rounded once: the errors of the product and of the sum are found and added. */
function fma(a: number, b: number, c: number): number {
  const p = a * b;
  const s = p + c;
  if (!Number.isFinite(p) || !Number.isFinite(s) || Math.abs(a) > 1e290 || Math.abs(b) > 1e290) return s;
  const high = (x: number): number => {
    const t = 134217729 * x;
    return t - (t - x);
  };
  const [ah, bh] = [high(a), high(b)];
  const [al, bl] = [a - ah, b - bh];
  const lost = al * bl - (p - ah * bh - al * bh - ah * bl);
  const v = s - p;
  return s + (lost + (p - (s - v) + (c - v)));
}

const refuseBool = (op: string, dtype: DType): void => {
  if (dtype === 'bool') throw new EngineError('dtype', `"${op}" not implemented for 'Bool'`);
};

export const arange = defineOp({
  name: 'arange',
  category: 'creation',
  takes: 'end | dtype / start end step | dtype',
  summary: 'Numbers from start up to, without, end',
  params: [
    optionalAttr('start', scalarAttr, { doc: 'Default 0. Where end is absent, this is the end' }),
    optionalAttr('end', scalarAttr),
    attr('step', scalarAttr, { default: 1 as Scalar }),
    dtypeParam,
  ],
  formula: String.raw`\mathrm{start} + i\,\mathrm{step}`,
  forward: ({ start, end, step, dtype }) => {
    const from = end === undefined ? 0 : (start ?? 0);
    const to = end ?? start;
    if (to === undefined) throw valueRange('arange() needs an end');
    const given = [from, to, step];
    const type = dtype ?? (given.some((x) => scalarKind(x) === 'float') ? DEFAULT_DTYPE : 'int64');
    refuseBool('arange_cpu', type);
    const whole = !isFloating(type);
    const [a, b, s] = given.map(scalarToNumber);
    if (!Number.isFinite(a) || !Number.isFinite(b)) throw valueRange(`unsupported range: ${a} -> ${b}`);
    // Integer dtypes cut bounds and step; int64 counts by what was cut, the others by what was asked.
    const [first, last, by] = whole ? [Math.trunc(a), Math.trunc(b), Math.trunc(s)] : [a, b, s];
    if (by === 0 || Number.isNaN(by)) throw valueRange(`step must be nonzero, but got ${s}`);
    if (by > 0 ? last < first : last > first)
      throw valueRange(`upper bound and larger bound inconsistent with step sign: from ${a} to ${b} by ${s}`);
    const [start64, end64, step64] = type === 'int64' ? given.map(scalarToBigInt) : [0n, 0n, 1n];
    const count =
      type === 'int64'
        ? Number((end64 - start64 + step64 - (step64 > 0n ? 1n : -1n)) / step64)
        : Math.ceil((b - a) / s);
    if (!Number.isSafeInteger(count))
      throw valueRange(`invalid size, possible overflow? There are ${count} numbers from ${a} to ${b} by ${s}`);
    const out = empty([count], type);
    if (type === 'int64') {
      return countUp(out, start64, step64);
    }
    const at = (i: number): number => fma(by, i, first);
    return fillBy(out, whole ? at : inRuns(count, type, at, (x, k) => fma(by, k, x)));
  },
  gradient: {},
  examples: [{ end: 5 }, { start: 1, end: 2.5, step: 0.5 }],
});

export const range = defineOp({
  name: 'range',
  category: 'creation',
  takes: 'start end step | dtype',
  summary: 'Numbers from start up to end, which is included',
  params: [
    attr('start', scalarAttr, { default: 0 as Scalar }),
    attr('end', scalarAttr),
    attr('step', scalarAttr, { default: 1 as Scalar }),
    dtypeParam,
  ],
  formula: String.raw`\mathrm{start} + i\,\mathrm{step}`,
  forward: ({ start, end, step, dtype = DEFAULT_DTYPE }) => {
    warn(
      "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
    );
    refuseBool('range_cpu', dtype);
    const [a, b, s] = [start, end, step].map(scalarToNumber);
    if (s === 0 || Number.isNaN(s)) throw valueRange('step must be nonzero');
    if (!Number.isFinite(a) || !Number.isFinite(b)) throw valueRange(`unsupported range: ${a} -> ${b}`);
    if (s > 0 ? b < a : b > a) throw valueRange('upper bound and larger bound inconsistent with step sign');
    const count = Math.floor((b - a) / s + 1);
    checkNumel([count]);
    return fillBy(empty([count], dtype), (i) => fma(s, i, a));
  },
  gradient: {},
  examples: [{ start: 1, end: 2.5, step: 0.5 }],
});

const stepsParam = attr('steps', integer(), { doc: 'How many' });

/** The positions of `linspace`, counted from the nearer end, so that both ends are met. */
function evenly(start: number, end: number, steps: number, dtype: DType): (i: number) => number {
  // float32 is computed in float32 throughout, as PyTorch does.
  const round = (x: number): number => rounded(x, dtype);
  const step = round(round(end - start) / (steps - 1));
  const half = Math.floor(steps / 2);
  const at = (i: number): number => round(i < half ? fma(step, i, start) : fma(-step, steps - i - 1, end));
  return inRuns(steps, dtype, at, (x, k) => x + round(step * k));
}

function checkSteps(op: string, steps: number, dtype: DType): void {
  if (steps < 0) throw valueRange('number of steps must be non-negative');
  refuseBool(op, dtype);
}

/** An end as the dtype holds it: integers are cut. */
const bound = (x: Scalar, dtype: DType): number => {
  if (!isFloating(dtype)) return Number(castScalar(x, dtype));
  const value = scalarToNumber(x);
  return rounded(value, dtype);
};

export const linspace = defineOp({
  name: 'linspace',
  category: 'creation',
  summary: 'So many numbers from start to end, both included',
  params: [attr('start', scalarAttr), attr('end', scalarAttr), stepsParam, dtypeParam],
  formula: String.raw`\mathrm{start} + i\,\tfrac{\mathrm{end} - \mathrm{start}}{\mathrm{steps} - 1}`,
  forward: ({ start, end, steps, dtype = DEFAULT_DTYPE }) => {
    checkSteps('linspace_cpu', steps, dtype);
    const [a, b] = [bound(start, dtype), bound(end, dtype)];
    if (dtype === 'float32' && steps > 1 && steps >= deferFrom()) {
      const large = evenlySpaced(a, b, Math.fround(Math.fround(b - a) / (steps - 1)), steps);
      if (large !== undefined) return large;
    }
    const out = empty([steps], dtype);
    return fillBy(out, steps === 1 ? () => a : evenly(a, b, steps, dtype));
  },
  gradient: {},
  examples: [{ start: 0, end: 1, steps: 5 }],
});

export const logspace = defineOp({
  name: 'logspace',
  category: 'creation',
  summary: 'So many powers of a base, their exponents evenly from start to end',
  params: [
    attr('start', scalarAttr),
    attr('end', scalarAttr),
    stepsParam,
    attr('base', number(), { default: 10 }),
    dtypeParam,
  ],
  formula: String.raw`\mathrm{base}^{\,\mathrm{start} + i\,\frac{\mathrm{end} - \mathrm{start}}{\mathrm{steps} - 1}}`,
  forward: ({ start, end, steps, base, dtype = DEFAULT_DTYPE }) => {
    checkSteps('logspace_cpu', steps, dtype);
    const out = empty([steps], dtype);
    const [a, b] = [bound(start, dtype), bound(end, dtype)];
    // Exponents stay in double, so that the power is rounded once.
    const step = (b - a) / (steps - 1);
    const half = Math.floor(steps / 2);
    return fillBy(out, (i) => base ** (steps === 1 ? a : i < half ? a + step * i : b - step * (steps - i - 1)));
  },
  gradient: {},
  examples: [{ start: 0, end: 3, steps: 4 }],
});
