import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isIntegerToken, scanNumber } from '../../../src/codec/json/scan-number.ts';

const out = new Float64Array(2);

/** Reads `text` with something before and behind it, as tokens stand in a body. */
function scan(text: string): number {
  const bytes = Buffer.from(` ${text},`);
  expect(scanNumber(bytes, 1, out, 1)).toBe(text.length + 1);
  return out[1];
}

/** By bits, so that -0 counts. */
function agrees(text: string): void {
  const wanted = JSON.parse(text);
  const got = scan(text);
  if (!Object.is(got, wanted)) expect.fail(`${text}: got ${got}, JSON.parse gives ${wanted}`);
}

const bits = new BigUint64Array(1);
const double = new Float64Array(bits.buffer);
const fromBits = (pattern: bigint): number => {
  bits[0] = pattern;
  return double[0];
};

/** The exact decimal expansion of mantissa * 2^exponent, in the form `digits` + `e` + power. */
function exactDecimal(mantissa: bigint, exponent: number): string {
  return exponent >= 0 ? `${mantissa * 2n ** BigInt(exponent)}` : `${mantissa * 5n ** BigInt(-exponent)}e${exponent}`;
}

/** Halfway between a positive double and the next one up. */
function midpoint(pattern: bigint): { digits: string; power: number } {
  const field = Number(pattern >> 52n);
  const fraction = pattern & (2n ** 52n - 1n);
  const mantissa = field === 0 ? fraction : fraction | (2n ** 52n);
  const [digits, power = '0'] = exactDecimal(2n * mantissa + 1n, Math.max(field, 1) - 1076).split('e');
  return { digits, power: Number(power) };
}

test.each([
  '0',
  '-0',
  '-0.0',
  '0e5',
  '0.000',
  '1',
  '-1',
  '10',
  '123456789',
  '1234567890',
  '0.1',
  '1e22',
  '1e23',
  '-1e-22',
  '1e-23',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '9007199254740993.0',
  '9223372036854775807',
  '18446744073709551616',
  '123456789012345678901234567890',
  '1.7976931348623157e308',
  '1.7976931348623159e308',
  '1e308',
  '1e309',
  '1e999',
  '-1e999',
  '1e99999999999999999999',
  '0e99999999999',
  '1e-99999999999999999999',
  '5e-324',
  '2e-324',
  '3e-324',
  '2.2250738585072011e-308',
  '2.2250738585072014e-308',
  '4.9406564584124654e-324',
  '2.4703282292062327e-324',
  '2.4703282292062328e-324',
  '1.00000000000000011102230246251565404236316680908203125',
  '1.00000000000000011102230246251565404236316680908203124',
  '1.00000000000000011102230246251565404236316680908203126',
  '7.2057594037927933e16',
  '6.8985652990435400e-290',
  '1E5',
  '1E+5',
  '1E-5',
  '8.9884656743115795e307',
])('%s is what JSON.parse makes of it', (text) => agrees(text));

test('zeros before the first digit and long exponents cancel', () => {
  agrees(`0.${'0'.repeat(500)}1e501`);
  agrees(`1${'0'.repeat(500)}e-500`);
  agrees(`${'9'.repeat(800)}e-790`);
  agrees(`0.${'0'.repeat(30)}${'123456789'.repeat(4)}`);
});

test('every power of ten and its neighbours', () => {
  for (let k = -330; k <= 310; k++)
    for (const m of ['1', '9', '1.5', '99999999999999999', '1234567890123456789']) agrees(`${m}e${k}`);
});

test('the shortest text, and 17 digits, of any double', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (pattern) => {
      const value = fromBits(pattern);
      if (!Number.isFinite(value)) return;
      agrees(Object.is(value, -0) ? '-0' : String(value));
      for (const digits of [9, 15, 16, 17, 18, 21, 30, 60]) agrees(value.toPrecision(digits));
    }),
    { numRuns: 5000 },
  );
});

test('decimals of 1 to 800 digits with any exponent', () => {
  const digits = fc
    .integer({ min: 1, max: 800 })
    .chain((length) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }));
  fc.assert(
    fc.property(digits, fc.nat(800), fc.integer({ min: -420, max: 420 }), fc.boolean(), (list, point, power, minus) => {
      const text = list.join('');
      const whole = text.slice(0, point).replace(/^0+(?=.)/, '') || '0';
      const fraction = text.slice(point);
      agrees(`${minus ? '-' : ''}${whole}${fraction && `.${fraction}`}e${power}`);
    }),
    { numRuns: 5000 },
  );
});

test('midpoints between doubles, and one digit to either side of them', () => {
  const pattern = fc.oneof(
    fc.bigInt(1n, 0x7fe_fffffffffffffn),
    fc.bigInt(1n, 2n ** 53n), // denormals
    fc.bigInt(0x3f0_0000000000000n, 0x440_0000000000000n), // everyday sizes
  );
  fc.assert(
    fc.property(pattern, (bits) => {
      const { digits, power } = midpoint(bits);
      agrees(`${digits}e${power}`);
      agrees(`${digits}1e${power - 1}`);
      agrees(`${BigInt(digits) - 1n}e${power}`);
      agrees(`${digits.slice(0, 17)}e${power + digits.length - 17}`.replace(/^0+(?=\d)/, ''));
      agrees(
        `${digits.slice(0, 1)}.${digits.slice(1, 27)}${digits.length > 27 ? digits.slice(27) : '0'}e${power + digits.length - 1}`,
      );
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['', 0],
  ['-', 1],
  ['+1', 0],
  ['.5', 0],
  ['01', 1],
  ['-01', 2],
  ['00', 1],
  ['1.', 2],
  ['1.e5', 2],
  ['1e', 2],
  ['1e+', 3],
  ['-.5', 1],
  ['e5', 0],
  ['-Infinity', 1],
  ['1.-5', 2],
])('%j is no number from byte %i on', (text, at) => {
  expect(scanNumber(Buffer.from(text), 0, out, 0)).toBe(~at);
});

test('a token ends where it ends', () => {
  expect(scanNumber(Buffer.from('1.5.5'), 0, out, 0)).toBe(3);
  expect(scanNumber(Buffer.from('1e5e5'), 0, out, 0)).toBe(3);
  expect(scanNumber(Buffer.from('12-3'), 0, out, 0)).toBe(2);
});

test('an integer token has neither fraction nor exponent', () => {
  const is = (text: string) => isIntegerToken(Buffer.from(text), 0, text.length);
  expect(['-12', '1.0', '1e2', '1E2'].map(is)).toEqual([true, false, false, false]);
});
