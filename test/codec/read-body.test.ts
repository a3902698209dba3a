import { encode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonError } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { type DOCUMENT_TYPES, readBody } from '../../src/codec/read-body.ts';
import { heapAllocator } from '../../src/tensor/storage.ts';

const slot = { fields: { input: 'tensor' } } as const;
const document = { input: { data: [1.5, 2.5], dtype: 'float64' }, name: 'a', dim: -1 };

test('a document is the same in any media type', () => {
  const bodies = [
    readBody(Buffer.from(JSON.stringify(document)), 'application/json', slot),
    readBody(encode(document), 'application/cbor', slot),
    readBody(encode({ ...document, input: new Float64Array([1.5, 2.5]) }), 'application/cbor', slot),
  ] as { input: TensorLiteral; name: string; dim: number }[];
  for (const { input, ...rest } of bodies) {
    const target = new Float64Array(2);
    input.writeInto(target, input.resolveDtype('int64') as 'float64');
    expect([input.shape, input.pointer, ...target, rest]).toEqual([[2], '/input', 1.5, 2.5, { name: 'a', dim: -1 }]);
  }
});

test('one is not taken for the other', () => {
  expect(() => readBody(encode(document), 'application/json', slot)).toThrow(JsonError);
  expect(() => readBody(Buffer.from(JSON.stringify(document)), 'application/cbor', slot)).toThrow(JsonError);
});

describe('elements of a tensor', () => {
  /** Nested as it comes, most of it wrong: ragged, of two kinds, too deep, of words. */
  const elements = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.integer({ min: -3, max: 300 }),
      fc.constantFrom(
        0.5,
        -1.25e10,
        true,
        false,
        null,
        'NaN',
        '-Infinity',
        '12',
        '1.5',
        ' 7',
        'abc',
        '9007199254740993',
      ),
      fc.constant({}),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.array(fc.integer(), { minLength: 2, maxLength: 2 }),
    ),
  })).any;

  /** What is read, or where and why it is refused. */
  const outcome = (bytes: Uint8Array, type: (typeof DOCUMENT_TYPES)[number]): unknown => {
    try {
      const { x } = readBody(bytes, type, { fields: { x: 'tensor' } }) as { x: TensorLiteral | null };
      if (x === null) return null;
      const dtype = x.resolveDtype('float64');
      const data = heapAllocator.alloc(dtype, x.numel).data;
      x.writeInto(data, dtype);
      return { shape: x.shape, dtype, data: Array.from<unknown>(data) };
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      return error.errors;
    }
  };

  test('are read, or refused at the same place in the same words, in either media type', () => {
    fc.assert(
      fc.property(elements, fc.constantFrom(undefined, 'int64', 'bool'), fc.boolean(), (data, dtype, bare) => {
        const document = { x: bare ? data : dtype === undefined ? { data } : { data, dtype } };
        const text = Buffer.from(JSON.stringify(document));
        expect(outcome(encode(document), 'application/cbor')).toEqual(outcome(text, 'application/json'));
      }),
      { numRuns: 2000 },
    );
  });
});
