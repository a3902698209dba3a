/** The WebAssembly scanner against the plain one, and both against JSON.parse. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { JsonError } from '../../../../src/codec/json/json-error.ts';
import { scanNumericArray } from '../../../../src/codec/json/numeric-array.ts';
import { JsonSource } from '../../../../src/codec/json/source.ts';
import { WindowScan } from '../../../../src/codec/json/wasm/scan.ts';
import type { NumericArray } from '../../../../src/codec/numeric-scan.ts';
import { mark, releaseAll, reserve, theMemory } from '../../../../src/tensor/memory.ts';

/** What either scanner makes of a text: the result to the bit, or the complaint; and where it stopped. */
function outcome(text: string, wasm: boolean): unknown {
  const source = new JsonSource(Buffer.from(text), 128);
  let result: NumericArray;
  try {
    result = scanNumericArray(source, wasm);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return error.errors;
  }
  const { values } = result;
  const bits = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');
  return { ...result, values: bits, pos: source.pos };
}

function sameOutcome(text: string): void {
  const before = mark();
  const [plain, wasm] = [outcome(text, false), outcome(text, true)];
  expect(mark()).toBe(before);
  // A whole diff of some thousand numbers would take longer than all the rest.
  if (JSON.stringify(plain, replacer) !== JSON.stringify(wasm, replacer)) {
    expect.fail(
      `differs for ${text.length > 3000 ? `${text.slice(0, 1500)} … ${text.slice(-1500)}` : text}: ` +
        `plain ${JSON.stringify(plain, replacer).slice(0, 500)}, wasm ${JSON.stringify(wasm, replacer).slice(0, 500)}`,
    );
  }
}

const replacer = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);

/** Enough for WebAssembly to have its turn. */
const HEAD = Array.from({ length: 300 }, (_, i) => i % 10).join();

describe('tokens', () => {
  /** The values of tokens that the kernel reads, by bits against JSON.parse; how many it left to others. */
  function readAll(tokens: string[]): number {
    const text = `[${tokens.join()},0`;
    const scan = new WindowScan(Buffer.from(text), [0], [-1], 1);
    let [pos, i, left] = [1, 0, 0];
    try {
      while (i < tokens.length) {
        scan.scan(pos);
        for (const value of scan.found) {
          if (i === tokens.length) break;
          if (!Object.is(value, JSON.parse(tokens[i]))) expect.fail(`${tokens[i]} became ${value}`);
          pos += tokens[i++].length + 1;
        }
        if (i === tokens.length) break;
        expect(pos).toBe(scan.pos);
        if (scan.found.length === 0) {
          left++;
          pos += tokens[i++].length + 1;
        }
      }
    } finally {
      scan.end();
    }
    return left;
  }

  const bits = new BigUint64Array(1);
  const double = new Float64Array(bits.buffer);
  const fromBits = (pattern: bigint): number => {
    bits[0] = pattern;
    return double[0];
  };
  const random = (() => {
    let state = 0x1234_5678_9abc_def1n;
    return (): bigint => {
      state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
      return state ^ (state >> 29n);
    };
  })();

  test('everyday numbers are left to nobody', () => {
    const tokens = [
      '0',
      '-0',
      '0.0',
      '-0.0',
      '5',
      '-12.5',
      '0.26894143',
      '-1.1754944e-38',
      '1E5',
      '1e+5',
      '123456789012345',
    ];
    for (let i = 0; i < 2000; i++) {
      const x = Number(random() % 2_000_001n) / 1e6 - 1;
      tokens.push(`${x}`, x.toFixed(9), x.toExponential(7), String(Math.fround(x)), `${Math.trunc(x * 1e5)}`);
    }
    expect(readAll(tokens)).toBe(0);
  });

  test('the shortest text, and 15 to 19 digits, of any double', () => {
    const tokens: string[] = [];
    for (let i = 0; i < 20_000; i++) {
      const value = fromBits(BigInt.asUintN(64, random()));
      if (!Number.isFinite(value)) continue;
      tokens.push(
        Object.is(value, -0) ? '-0' : `${value}`.includes('e') ? `${value}` : `${value}.0`.replace(/(\..*)\.0$/, '$1'),
      );
      for (const digits of [15, 16, 17, 18, 19]) tokens.push(value.toExponential(digits - 1));
    }
    expect(readAll(tokens)).toBe(0);
  });

  test('powers of ten and of two, and what lies beside them', () => {
    const tokens: string[] = [];
    for (let k = -345; k <= 310; k++) {
      for (const m of ['1', '9', '1.5', '99999999999999999', '1234567890123456789', '18446744073709551615']) {
        tokens.push(`${m}e${k}`, `-${m}e${k}`);
      }
    }
    for (let e = -1074; e < 1024; e++) {
      const exact = 2 ** e;
      double[0] = exact;
      const pattern = bits[0];
      for (const near of [pattern - 1n, pattern, pattern + 1n]) tokens.push(fromBits(near).toExponential());
    }
    // Of 20 digits only the exponents at either end are undecided by 19.
    expect(readAll(tokens)).toBeLessThan(20);
  });

  test('20 to 800 digits: read right, or left to others', () => {
    const tokens: string[] = [];
    for (let i = 0; i < 3000; i++) {
      let digits = '';
      const length = 20 + Number(random() % (i % 10 === 0 ? 780n : 40n));
      while (digits.length < length) digits += String(BigInt.asUintN(64, random()));
      digits = digits.slice(0, length);
      const power = Number(random() % 700n) - 350 - length;
      const point = Number(random() % BigInt(length - 1)) + 1;
      const whole = digits.slice(0, point).replace(/^0+(?=.)/, '');
      tokens.push(`${whole}.${digits.slice(point)}e${power}`, `0.${'0'.repeat(i % 30)}${digits}`, `0.${digits}e-5`);
    }
    const left = readAll(tokens);
    expect(left).toBeLessThan(tokens.length / 10);
  });

  test('14 to 33 bytes, the point at each of them, with a sign and with zeros before the digits', () => {
    const tokens: string[] = [];
    for (let length = 14; length <= 33; length++) {
      for (let point = 1; point < length - 1; point++) {
        for (const zeros of [0, 1, point, length - 4]) {
          const digits = Array.from({ length: length - 1 }, (_, i) => (i < zeros ? 0 : ((7 * i + length) % 9) + 1));
          const whole = digits.slice(0, point).join('');
          const text = `${zeros > 0 ? whole.replace(/^0+(?=.)/, '') : whole}.${digits.slice(point).join('')}`;
          tokens.push(text, `-${text}`);
        }
      }
    }
    // Only what has more than nineteen digits that count may be left.
    const long = tokens.filter((token) => token.replace(/^[-0.]+|[.]/g, '').length > 19).length;
    expect(long).toBeLessThan(tokens.length / 2);
    expect(readAll(tokens)).toBeLessThanOrEqual(long);
  });

  test('midpoints between doubles, and one digit to either side', () => {
    const tokens: string[] = [];
    for (let i = 0; i < 3000; i++) {
      const pattern = BigInt.asUintN(64, random()) >> (i % 5 === 0 ? 11n + (random() & 31n) : 1n);
      const field = Number(pattern >> 52n);
      if (field >= 2046) continue;
      const fraction = pattern & (2n ** 52n - 1n);
      const mantissa = 2n * (field === 0 ? fraction : fraction + 2n ** 52n) + 1n;
      const exponent = Math.max(field, 1) - 1076;
      const digits = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
      const power = Math.min(exponent, 0);
      tokens.push(`${digits}e${power}`, `${digits}1e${power - 1}`, `${digits - 1n}e${power}`);
      const text = String(digits);
      if (text.length > 19) tokens.push(`${text.slice(0, 19)}e${power + text.length - 19}`);
    }
    // Those that a few digits write out, halfway exactly.
    for (let i = 0; i < 3000; i++) {
      const odd = 2n ** 53n + 2n * (random() & 0xf_ffff_ffff_ffffn) + 1n;
      tokens.push(
        `${odd}.0`,
        `${odd}e0`,
        `${odd * 5n}e-1`,
        `${odd * 2n}.0`,
        `${(odd >> 3n) * 10n}e1`,
        `${(odd >> 40n) | 1n}e22`,
      );
    }
    expect(readAll(tokens)).toBeLessThan(tokens.length);
  });

  test('the smallest and the largest', () => {
    readAll([
      '5e-324', '2e-324', '3e-324', '2.4703282292062327e-324', '2.4703282292062328e-324', '4.9406564584124654e-324',
      '2.2250738585072011e-308', '2.2250738585072014e-308', '2.225073858507201e-308', '1.7976931348623157e308',
      '1.7976931348623158e308', '1.7976931348623159e308', '8.9884656743115795e307', '1e308', '1e309', '-1e999',
      '1e99999999999999999999', '0e99999999999', '1e-99999999999999999999', '7.2057594037927933e16', '1e23', '-1e-23',
    ]); // biome-ignore format: a list
  });
});

describe('arrays', () => {
  const token = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -999, max: 999 }).map(String) },
    { weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => JSON.stringify(x)) },
    { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('"NaN"', '"-Infinity"', '"12"', 'true', 'null', '01', '1.', '-', '{}', '1e', ''),
    },
  );
  const space = fc.constantFrom('', '', '', '', ' ', '\n', '\t ', ' \r\n', '  ');

  /** A text of this shape; the elements and the white space come from streams. */
  function nested(shape: number[], next: () => string, gap: () => string): string {
    const [size, ...inner] = shape;
    if (size === undefined) return next();
    const rows = Array.from({ length: size }, () => `${gap()}${nested(inner, next, gap)}${gap()}`);
    return `[${rows.join()}${size === 0 ? gap() : ''}]`;
  }

  const shape = fc.oneof(
    fc.tuple(fc.integer({ min: 250, max: 900 })).map((sizes): number[] => sizes),
    fc.tuple(fc.integer({ min: 90, max: 300 }), fc.integer({ min: 1, max: 6 })).map((sizes): number[] => sizes),
    fc
      .tuple(fc.integer({ min: 20, max: 60 }), fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 5 }))
      .map(([first, rest]): number[] => [first, ...rest]),
  );

  test('valid documents', () => {
    fc.assert(
      fc.property(
        shape,
        fc.infiniteStream(fc.double({ noNaN: true })),
        fc.infiniteStream(space),
        (sizes, numbers, gaps) => {
          const next = (): string => {
            const x = numbers.next().value;
            return Number.isFinite(x) ? JSON.stringify(x) : `"${x}"`;
          };
          sameOutcome(nested(sizes, next, () => gaps.next().value));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('odd elements', () => {
    fc.assert(
      fc.property(shape, fc.array(token, { minLength: 1, maxLength: 20 }), fc.nat(1000), (sizes, tokens, from) => {
        let i = 0;
        sameOutcome(
          nested(
            sizes,
            () => (i++ >= from ? tokens[i % tokens.length] : '7'),
            () => '',
          ),
        );
      }),
      { numRuns: 400 },
    );
  });

  test('a byte changed, left out or put in', () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.integer({ min: 0, max: 3 }),
      put: fc.constantFrom(
        '',
        '',
        ',',
        '[',
        ']',
        '],[',
        '[]',
        '"',
        ' ',
        '0',
        '.',
        '-',
        'e',
        'null',
        '"NaN"',
        '}',
        '\0',
        '\x80',
        '1',
      ),
    });
    fc.assert(
      fc.property(
        shape,
        fc.array(change, { minLength: 1, maxLength: 2 }),
        fc.infiniteStream(space),
        (sizes, changes, gaps) => {
          let i = 0;
          let text = nested(
            sizes,
            () => `${(i++ % 13) / 4 - 1}`,
            () => (i % 7 === 0 ? gaps.next().value : ''),
          );
          for (const { at, cut, put } of changes) {
            const from = Math.floor(at * text.length);
            text = text.slice(0, from) + put + text.slice(from + cut);
          }
          sameOutcome(text);
        },
      ),
      { numRuns: 600 },
    );
  });

  test.each<[string, string]>([
    ['ends at once', `[${HEAD}`],
    ['ends after a comma', `[${HEAD},`],
    ['ends in a number', `[${HEAD},1`],
    ['a ragged row', `[[${HEAD}],[${HEAD},1]]`],
    ['a short row', `[[${HEAD}],[1,2]]`],
    ['an empty row', `[[${HEAD}],[]]`],
    ['a row too deep', `[[${HEAD}],[[1]]]`],
    ['a number for a row', `[[${HEAD}],1]`],
    ['one bracket too many', `[${HEAD}]]`],
    ['another tensor behind', `[${HEAD}],"y":[1]`],
    ['no comma', `[${HEAD} 1]`],
    ['a leading zero', `[${HEAD},01]`],
    ['two points', `[${HEAD},1.2.3]`],
    ['a point last', `[${HEAD},1.]`],
    ['a point first', `[${HEAD},.5]`],
    ['no exponent', `[${HEAD},1e]`],
    ['a plus', `[${HEAD},+1]`],
    ['a lone minus', `[${HEAD},-]`],
    ['Infinity', `[${HEAD},-Infinity]`],
    ['a long token', `[${HEAD},0.${'1'.repeat(200_000)},5]`],
    [
      'long tokens',
      `[${HEAD},${Array(20)
        .fill(`1.${'3'.repeat(9000)}`)
        .join()}]`,
    ],
    ['much white space', `[${HEAD},${' '.repeat(100_000)}5${'\n'.repeat(100_000)},6${' '.repeat(70_000)}]`],
    [
      'white space between rows',
      `[[${HEAD}]${' '.repeat(70_000)},${' '.repeat(70_000)}[${HEAD}${' '.repeat(70_000)}]]`,
    ],
    ['long integers', `[${HEAD},9007199254740993,-9007199254740992,9223372036854775808,1e300,99999999999999999999]`],
    ['64 dimensions', `${'['.repeat(63)}${Array(400).fill('[1]').join()}${']'.repeat(63)}`],
    ['bools', `[${Array(400).fill('true').join()}]`],
  ])('%s', (_, text) => sameOutcome(text));

  test('windows of every phase: the same text, moved on byte by byte', () => {
    const text = Array.from({ length: 4000 }, (_, i) => `[${i / 7},${-i}]`).join(', ');
    for (let i = 0; i < 40; i++) sameOutcome(`${' '.repeat(i)}[[1,2],${Array(300).fill('[3,4]').join()},${text}]`);
  });

  test('each byte is copied about once, and seldom asked about, whatever stands between the numbers', () => {
    const scan = vi.spyOn(WindowScan.prototype, 'scan');
    const set = vi.spyOn(Uint8Array.prototype, 'set');
    const grown = vi.spyOn(Float64Array.prototype, 'set');
    try {
      for (const element of [
        '7',
        '"NaN",1',
        '"NaN",1,2,3,4',
        `1,${' '.repeat(30)}"NaN"`,
        '9007199254740993,1',
        '"12"',
      ]) {
        const text = `[${HEAD},${Array(100_000).fill(element).join()}]`;
        for (const spy of [scan, set, grown]) spy.mockClear();
        const { values } = scanNumericArray(new JsonSource(Buffer.from(text), 128));
        const total = (spy: typeof set | typeof grown): number =>
          spy.mock.calls.reduce((sum, [from]) => sum + from.length, 0);
        expect(total(set)).toBeLessThan(1.5 * text.length + 100_000);
        expect(total(grown)).toBeLessThan(3 * values.length + 10_000);
        expect(scan.mock.calls.length).toBeLessThan(100 + text.length / 8000);
      }
    } finally {
      for (const spy of [scan, set, grown]) spy.mockRestore();
    }
  });

  test('a memory that was given up is laid out anew', () => {
    const text = `[${HEAD},0.25,1e-30,12345678901234567.5]`;
    sameOutcome(text);
    const lost = theMemory();
    reserve(600 * 2 ** 20);
    releaseAll();
    expect(theMemory()).not.toBe(lost);
    sameOutcome(text);
  });
});
