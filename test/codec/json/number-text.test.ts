import fc from 'fast-check';
import { expect, test } from 'vitest';
import { float32Text, float64Text, putWhole } from '../../../src/codec/json/number-text.ts';

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const fromBits = (pattern: number): number => {
  bits[0] = pattern;
  return float[0];
};

/** A decimal text as digits times a power of ten. */
function parts(text: string): { digits: bigint; power: number } {
  const [mantissa, exponent = '0'] = text.split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), power: Number(exponent) - fraction.length };
}

/** The definition: all decimals of k digits around the value, in integers, shortest and closest first. */
function oracle(pattern: number): string {
  const value = fromBits(pattern);
  const field = pattern >>> 23;
  const fraction = pattern & 0x7fffff;
  const mantissa = BigInt(field === 0 ? fraction : fraction + 2 ** 23);
  // Units of 2^-151 take the value and the middles between it and its neighbours to whole numbers.
  const shift = BigInt(Math.max(field, 1) + 1);
  const at = mantissa << shift;
  const above = at + (1n << (shift - 1n));
  const below = at - (1n << (shift - (fraction === 0 && field > 1 ? 2n : 1n)));
  for (let k = 1; ; k++) {
    const { digits, power } = parts(value.toExponential(k - 1));
    let best: { distance: bigint; digits: bigint } | undefined;
    for (const candidate of [digits - 1n, digits, digits + 1n]) {
      // candidate * 10^power in the same units, both sides times 10^-power where that is negative.
      const scale = 10n ** BigInt(Math.max(-power, 0));
      const there = (candidate * 10n ** BigInt(Math.max(power, 0))) << 151n;
      if (there < below * scale || there > above * scale) continue;
      if (mantissa % 2n === 1n && (there === below * scale || there === above * scale)) continue;
      const distance = there < at * scale ? at * scale - there : there - at * scale;
      if (best === undefined || distance < best.distance || (distance === best.distance && candidate % 2n === 0n)) {
        best = { distance, digits: candidate };
      }
    }
    // Read as a double, which holds so few digits apart, it is laid out as JavaScript does.
    if (best !== undefined) return String(Number(`${best.digits}e${power}`));
  }
}

const check = (pattern: number): void => {
  const got = float32Text(fromBits(pattern));
  const wanted = oracle(pattern);
  if (got !== wanted) expect.fail(`0x${pattern.toString(16)}: got ${got}, should be ${wanted}`);
};

test.each([
  [0.26894142, '0.26894143'],
  [0.5, '0.5'],
  [0.1, '0.1'],
  [1 / 3, '0.33333334'],
  [-0, '-0'],
  [0, '0'],
  [-1.5, '-1.5'],
  [100, '100'],
  [16777216, '16777216'],
  [33554432, '33554432'],
  [123456789, '123456790'],
  [2 ** 60, '1152921500000000000'],
  [1e20, '100000000000000000000'],
  [1e21, '1e+21'],
  [1.5e21, '1.5e+21'],
  [1e-6, '0.000001'],
  [1e-7, '1e-7'],
  [1.25e-7, '1.25e-7'],
  [1.6655e-34, '1.6655e-34'],
  [3.4028234663852886e38, '3.4028235e+38'],
  [1.1754943508222875e-38, '1.1754944e-38'],
  [1e-45, '1e-45'],
  [9.8e-45, '1e-44'],
  [-1e-45, '-1e-45'],
  [Number.NaN, '"NaN"'],
  [Infinity, '"Infinity"'],
  [-Infinity, '"-Infinity"'],
])('float32 %d is %s', (x, text) => {
  expect(float32Text(Math.fround(x))).toBe(text);
});

test('a decimal that is one float read directly, and another read through a double, is written for neither', () => {
  // So close to the middle of two floats that the nearest double is that middle itself.
  for (const [text, middle] of [
    ['7.038531e-26', 22841339 * 2 ** -108],
    ['9.3503233e-30', 24857423 * 2 ** -121],
    ['2.8874659e+22', 25645849 * 2 ** 50],
  ] as const) {
    expect(Number(text)).toBe(middle);
    const gap = middle * 2 ** -25;
    const around = [Math.fround(middle - gap), Math.fround(middle + gap)];
    expect(around[0]).not.toBe(around[1]);
    for (const value of around) {
      expect(float32Text(value)).not.toBe(text);
      expect(Math.fround(Number(float32Text(value)))).toBe(value);
    }
  }
});

test('powers of two, their neighbours, and the ends of every range', () => {
  for (let field = 0; field < 255; field++) {
    for (const fraction of [0, 1, 2, 3, 0x400000, 0x7ffffe, 0x7fffff])
      if (field + fraction > 0) check(field * 2 ** 23 + fraction);
  }
});

test('powers of ten and what lies beside them', () => {
  for (let k = -44; k <= 38; k++) {
    for (let d = 1; d <= 9; d++) {
      float[0] = d * Number(`1e${k}`);
      const pattern = bits[0];
      for (const near of [pattern - 1, pattern, pattern + 1]) if (near > 0 && near < 0x7f800000) check(near);
    }
  }
});

test('denormals', () => {
  for (let pattern = 1; pattern < 2000; pattern++) check(pattern);
  fc.assert(fc.property(fc.integer({ min: 1, max: 0x7fffff }), check), { numRuns: 2000 });
});

test('whole numbers around and beyond 2^24', () => {
  fc.assert(fc.property(fc.integer({ min: 0x4b000000, max: 0x5f000000 }), check), { numRuns: 5000 });
});

test('any float32, by the definition', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 0x7f7fffff }), check), { numRuns: 10_000 });
});

test('a million float32s read back, with one digit less they would not, and none is closer', () => {
  let state = 0x9e3779b9;
  for (let i = 0; i < 1_000_000; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const value = fromBits(state >>> 1);
    if (!Number.isFinite(value) || value === 0) continue;
    const text = float32Text(value);
    if (Math.fround(Number(text)) !== value) expect.fail(`${value} became ${text}`);
    const digits = text.replace(/^0\.0*|e.*|\./g, '').replace(/0+$/, '').length;
    if (digits > 1 && Math.fround(Number(value.toPrecision(digits - 1))) === value)
      expect.fail(`${text} could be shorter`);
    // Where toPrecision has another, by a tie or beside a power of two, the definition decides.
    if (Number(value.toPrecision(digits)) !== Number(text) && oracle(bits[0]) !== text) {
      expect.fail(`${text} is not the closest of ${digits} digits to ${value}`);
    }
  }
});

test('float64 text reads back, signs of zero included', () => {
  fc.assert(
    fc.property(fc.double(), (x) => {
      const back = JSON.parse(float64Text(x));
      expect(Number(back)).toBe(x);
      expect(typeof back).toBe(Number.isFinite(x) ? 'number' : 'string');
    }),
  );
  expect(float64Text(-0)).toBe('-0');
});

test('whole numbers of up to 53 bits', () => {
  const bytes = Buffer.alloc(32);
  const text = (x: number) => bytes.toString('latin1', 0, putWhole(bytes, 0, x));
  for (const x of [0, 9, 10, 999999999, 1e9, 1000000001, 1e15, 2 ** 53, -(2 ** 53), -1])
    expect(text(x)).toBe(String(x));
  fc.assert(
    fc.property(fc.maxSafeInteger(), (x) => {
      expect(text(x)).toBe(String(x));
    }),
  );
});
