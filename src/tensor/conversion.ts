/** From one dtype to another, as C++ does it on x86-64. */
import { arrayOf, type DType, halfOf, isFloating, isSigned } from './dtype.ts';

const INT64_MIN = -(2n ** 63n);

/** Cut towards zero, and the smallest integer for what does not fit. */
const toInt64 = (x: number): bigint =>
  Number.isFinite(x) && Math.abs(x) < 2 ** 63 ? BigInt(Math.trunc(x)) : INT64_MIN;
/** Cut towards zero to a signed integer of at most 32 bits, the smallest for what does not fit; narrower ones take the lower bits of what this gives. */
const toInt32 = (x: number): number => (x > -2147483649 && x < 2147483648 ? x | 0 : -2147483648);
/** Unsigned bytes go through int64, of which they take the lower bits. */
const toByte = (x: number): number =>
  x > -2147483649 && x < 2147483648 ? x | 0 : Number(BigInt.asUintN(8, toInt64(x)));

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
  if (!isFloating(from) || isFloating(to)) return undefined;
  return isSigned(to) ? toInt32 : toByte;
}
