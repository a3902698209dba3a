/** Powers of ten for the kernels that read and write numbers, as they stand in the memory. */
import { reserveForGood } from '../../../tensor/memory.ts';

export const MIN_POWER = -342;
/** Numbers end at 10^308, but the smallest double, too, must be brought up to 17 digits. */
export const MAX_POWER = 324;

const bitLength = (x: bigint): number => x.toString(2).length;

/**
 * The upper 128 bits of 10^k, the highest bit set: 10^k = n · 2^(floor(log2 10^k) − 127). Cut off, but
 * for the negative powers whose inverse has 64 bits at most: those are rounded up, so that a product
 * with one shows whether it comes out even (Lemire, "Number parsing at a gigabyte per second", 2021).
 */
export function powerOfTen(k: number): bigint {
  const five = 5n ** BigInt(Math.abs(k));
  const length = bitLength(five);
  if (k < 0) return (1n << BigInt(length + 127)) / five + (k >= -27 ? 1n : 0n);
  return length <= 128 ? five << BigInt(128 - length) : five >> BigInt(length - 128);
}

/** Of each power its upper and its lower half. */
export const POWER_BYTES = 16;
export const POWERS_AT = reserveForGood((MAX_POWER - MIN_POWER + 1) * POWER_BYTES);
/** Where 10^0 would stand: the address of 10^k is this plus k times {@link POWER_BYTES}. */
export const POWER_ZERO_AT = POWERS_AT - MIN_POWER * POWER_BYTES;

/** All of them, for a module's segment at {@link POWERS_AT}. */
export function powerTable(): Uint8Array {
  const halves = new BigUint64Array((MAX_POWER - MIN_POWER + 1) * 2);
  for (let k = MIN_POWER; k <= MAX_POWER; k++) {
    const power = powerOfTen(k);
    halves[2 * (k - MIN_POWER)] = power >> 64n;
    halves[2 * (k - MIN_POWER) + 1] = power & 0xffff_ffff_ffff_ffffn;
  }
  return new Uint8Array(halves.buffer);
}
