import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonError, readJson, type Slot } from '../../../src/codec/json/reader.ts';
import { TensorLiteral } from '../../../src/codec/json/tensor-literal.ts';
import { Float } from '../../../src/tensor/scalar.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string | Uint8Array, slot: Slot = 'json'): unknown =>
  readJson(typeof text === 'string' ? bytes(text) : text, slot);

/** The pointer and the detail of the one thing that is wrong. */
function complaint(text: string | Uint8Array, slot: Slot = 'json'): [string, string] {
  try {
    read(text, slot);
  } catch (error) {
    expect(error).toBeInstanceOf(JsonError);
    const { errors } = error as JsonError;
    expect(errors).toHaveLength(1);
    return [errors[0].pointer, errors[0].detail];
  }
  return expect.fail(`${text} was accepted`);
}

describe('ordinary JSON', () => {
  test('any document without numbers reads as JSON.parse reads it, spaced in any way', () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('tree')),
        fc.dictionary(fc.string({ unit: 'grapheme' }), tie('tree'), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 1, '\t', '\r\n'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(read(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, unknown]>([
    ['2', 2],
    ['2.0', new Float(2)],
    ['2e0', new Float(2)],
    ['-0', -0],
    ['-0.0', -0],
    ['0.0', new Float(0)],
    ['0.5', 0.5],
    ['1e999', Infinity],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['123456789012345678901234567890', 123456789012345678901234567890n],
    ['1e20', new Float(1e20)],
  ])('%s keeps its kind', (text, value) => {
    expect(read(text)).toStrictEqual(value);
  });

  test('an integer of a million digits is refused at once', () => {
    expect(complaint(`{"a":${'9'.repeat(1e6)}}`)[0]).toBe('/a');
  });

  test('escapes', () => {
    expect(read(String.raw`"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é😀"`)).toBe('"\\/\b\f\n\r\té😀é😀');
  });

  test('__proto__ is a member like any other', () => {
    for (const slot of ['json', { fields: {} }, { entries: 'json' }] as const) {
      const object = read('{"__proto__":{"polluted":true},"constructor":1}', slot) as Record<string, unknown>;
      expect(Object.keys(object)).toEqual(['__proto__', 'constructor']);
      expect(object.polluted).toBeUndefined();
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    }
  });

  test('short strings that share a hash stay apart', () => {
    for (const text of ['Aa', 'BB', 'AaAa', 'BBBB', 'AaBB', 'BBAa', '', 'Aa']) expect(read(`"${text}"`)).toBe(text);
  });
});

describe('refused', () => {
  test.each([
    ['', '', 'the body is empty'],
    ['  ', '', 'expected a JSON value at byte 2, got the end of the body'],
    ['{"a":[1,2,]}', '/a/2', 'expected a JSON value at byte 10, got "]"'],
    ['{"a":1,}', '', 'expected a member name in double quotes at byte 7, got "}"'],
    ['{"a" 1}', '/a', 'expected ":" at byte 5'],
    ["{'a':1}", '', 'expected a member name'],
    ['{"a":1 "b":2}', '', 'expected "," or "}" at byte 7'],
    ['[1 2]', '', 'expected "," or "]" at byte 3'],
    ['{"a":[1', '/a', 'got the end of the body'],
    ['[1]]', '', 'expected the end of the body at byte 3'],
    ['1\0', '', 'expected the end of the body at byte 1, got the byte 0x00'],
    ['// x\n1', '', 'expected a JSON value at byte 0'],
    ['\ufeff1', '', 'a byte order mark at byte 0'],
    ['{"a":NaN}', '/a', 'write "NaN" as a string'],
    ['[Infinity]', '/0', 'write "Infinity" as a string'],
    ['[0,-Infinity]', '/1', 'write "-Infinity" as a string'],
    ['[01]', '/0', 'the number at byte 1 starts with a zero'],
    ['-', '', 'expected a digit at byte 1'],
    ['1.', '', 'expected a digit at byte 2'],
    ['+1', '', 'expected a JSON value at byte 0, got "+"'],
    ['[tru]', '/0', 'expected a JSON value at byte 1'],
    ['"a\nb"', '', 'control character 0x0a at byte 2'],
    ['"a', '', 'expected the closing quote'],
    ['"\\x"', '', 'bad escape at byte 1'],
    ['"\\u12g4"', '', 'four hexadecimal digits'],
    ['"\\ud800"', '', 'lone surrogate at byte 1'],
    ['"\\ud800\\u0041"', '', 'lone surrogate at byte 1'],
    ['"\\udc00"', '', 'lone surrogate at byte 1'],
    ['{"a":1,"b":2,"a":3}', '/a', 'member "a" occurs twice'],
    ['{"a":{"__proto__":1,"__proto__":2}}', '/a/__proto__', 'occurs twice'],
    ['{"a":1,"\\u0061":3}', '/a', 'occurs twice'],
    ['{"a/b":{"m~n":[0,x]}}', '/a~1b/m~0n/1', 'expected a JSON value at byte 17, got "x"'],
  ])('%j at %j: %s', (text, pointer, detail) => {
    const got = complaint(text);
    expect(got[0]).toBe(pointer);
    expect(got[1]).toContain(detail);
  });

  test('bytes that are no UTF-8', () => {
    for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xc3], [0xf4, 0x90, 0x80, 0x80]]) {
      const [pointer, detail] = complaint(Uint8Array.from([...bytes('{"k":"a'), ...bad, ...bytes('"}')]));
      expect([pointer, detail]).toEqual(['/k', expect.stringContaining('not valid UTF-8')]);
      complaint(Uint8Array.from([...bytes('{"k'), ...bad, ...bytes('":1}')]));
    }
  });

  test('a cut at any place, in any slot', () => {
    const text = '{"input":{"data":[[1.5,-2],["NaN",3e5]],"shape":[2,2]},"x":[true,null,"\\u00e9"],"o":{"k":1}}';
    const slot: Slot = { fields: { input: 'tensor' } };
    expect(read(text, slot)).toBeTypeOf('object');
    for (let i = 0; i < text.length; i++) complaint(text.slice(0, i), slot);
  });

  test('whatever bytes come, the error is a JsonError', () => {
    const slot: Slot = { fields: { a: 'tensor', b: { entries: 'value' } } };
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"data"',
      '"shape"',
      '1',
      '-',
      '0.5',
      'true',
      'null',
      '"NaN"',
      ' ',
      '\\',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(token).map((list) => bytes(list.join(''))),
          fc.uint8Array(),
        ),
        (body) => {
          try {
            read(body, slot);
          } catch (error) {
            if (!(error instanceof JsonError)) throw error;
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each<[string, Slot]>([
    ['[', 'json'],
    ['{"a":', 'json'],
    ['[', 'tensor'],
    ['[', { items: 'json' }],
    ['{"data":', 'tensor'],
  ])('100,000 times %s', (opening, slot) => {
    complaint(opening.repeat(100_000), slot);
  });

  test('128 levels are read, 129 are not', () => {
    expect(read('['.repeat(128) + ']'.repeat(128))).toBeInstanceOf(Array);
    expect(complaint('['.repeat(129) + ']'.repeat(129))).toEqual(['/0'.repeat(128), 'nested deeper than 128 levels']);
    expect(() => readJson(bytes('[[]]'), 'json', { maxDepth: 1 })).toThrow(JsonError);
    // Closed levels count no more.
    expect(read(`[${Array(1000).fill('[{}]').join()}]`)).toHaveLength(1000);
  });

  test('the message joins pointer and detail', () => {
    expect(() => read('{"a":x}')).toThrow('/a: expected a JSON value at byte 5, got "x"');
  });
});

describe('slots', () => {
  test('say where tensors stand', () => {
    const slot: Slot = {
      fields: { input: 'tensor', of: { items: 'tensor' }, graph: { fields: { values: { entries: 'value' } } } },
    };
    const body = read(
      '{"input":[1,2],"beta":1,"of":[1,null,[2]],"graph":{"values":{"x":{"shape":[3]},"toString":[1]},"nodes":[{"input":[1,2]}]}}',
      slot,
    ) as {
      input: TensorLiteral;
      beta: number;
      of: TensorLiteral[];
      graph: { values: Record<string, TensorLiteral>; nodes: unknown[] };
    };
    expect(body.input).toBeInstanceOf(TensorLiteral);
    expect(body.input.pointer).toBe('/input');
    expect(body.beta).toBe(1);
    expect(body.of[0].pointer).toBe('/of/0');
    expect(body.of[1]).toBeNull();
    expect(body.of[2].shape).toEqual([1]);
    expect(Object.getPrototypeOf(body.graph.values)).toBeNull();
    expect(body.graph.values.x.hasData).toBe(false);
    expect(body.graph.values.x.shape).toEqual([3]);
    expect(Object.values(body.graph.values).map(({ pointer }) => pointer)).toEqual([
      '/graph/values/x',
      '/graph/values/toString',
    ]);
    expect(body.graph.nodes).toEqual([{ input: [1, 2] }]);
  });

  test('names of Object.prototype are no fields', () => {
    expect(read('{"toString":[1],"hasOwnProperty":2}', { fields: {} })).toEqual({ toString: [1], hasOwnProperty: 2 });
  });

  test('fields that are not known are few', () => {
    const text = (n: number): string =>
      JSON.stringify(Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i])));
    const slot: Slot = { fields: { input: 'tensor' } };
    expect(Object.keys(read(text(1000), slot) as object)).toHaveLength(1000);
    expect(complaint(text(1001), slot)[1]).toBe('more than 1000 fields that are not known');
    expect(Object.keys(read(text(1001)) as object)).toHaveLength(1001);
    expect(Object.keys(read(text(1001), { entries: 'json' }) as object)).toHaveLength(1001);
  });

  test('another kind than expected is read as it is', () => {
    expect(read('[1]', { fields: {} })).toEqual([1]);
    expect(read('3', { entries: 'tensor' })).toBe(3);
    expect(read('{"a":[1]}', { items: 'tensor' })).toEqual({ a: [1] });
    for (const slot of ['tensor', 'value', { fields: {} }, { entries: 'json' }, { items: 'json' }] as const) {
      expect(read('null', slot)).toBeNull();
    }
  });

  test('a dictionary refuses a name twice', () => {
    expect(complaint('{"x":[1],"x":[2]}', { entries: 'tensor' })).toEqual(['/x', 'member "x" occurs twice']);
  });

  test('a view into a larger buffer is read from its own first byte', () => {
    const inside = bytes('xx[9007199254740993,0.1234567890123456789]yy').subarray(2, -2);
    expect(read(inside)).toEqual([9007199254740993n, Number('0.1234567890123456789')]);
  });
});
