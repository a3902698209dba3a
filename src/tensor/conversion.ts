/** From one dtype to another, as C++ does it on x86-64. */
import { arrayOf, type DType, halfOf, isFloating } from './dtype.ts';

const INT64_MIN = -(2n ** 63n);

/** Cut towards zero, and the smallest integer for what does not fit. */
const toInt64 = (x: number): bigint =>
  Number.isFinite(x) && Math.abs(x) < 2 ** 63 ? BigInt(Math.trunc(x)) : INT64_MIN;
/** Through int64, as PyTorch's conversions to narrower integers go. */
const toInt32 = (x: number): number => (Number.isFinite(x) ? Number(BigInt.asIntN(32, toInt64(x))) : x | 0);
const toInt32Fast = (x: number): number => (x > -2147483649 && x < 2147483648 ? x | 0 : toInt32(x));

/** Whether elements are bigints. */
const isBig = (dtype: DType): boolean => arrayOf(dtype) === BigInt64Array;

/** How one element of `from` becomes one of `to`; undefined where a plain store does it. */
export function converter(from: DType, to: DType): ((x: never) => number | bigint) | undefined {
  if (from === to) return undefined;
  const half = halfOf(to);
  if (half !== undefined) {
    const { round } = half;
    return isBig(from) ? (x: bigint) => round(Math.fround(Number(x))) : (x: number) => round(Math.fround(x));
  }
  if (isBig(from)) {
    if (to === 'bool') return (x: bigint) => (x === 0n ? 0 : 1);
    return isFloating(to) ? Number : (x: bigint) => Number(BigInt.asIntN(32, x));
  }
  if (isBig(to)) return isFloating(from) ? toInt64 : BigInt;
  if (to === 'bool') return (x: number) => (x === 0 ? 0 : 1);
  return isFloating(from) && !isFloating(to) ? toInt32Fast : undefined;
}
