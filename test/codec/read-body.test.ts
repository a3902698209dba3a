import { encode } from 'cbor2';
import { expect, test } from 'vitest';
import { JsonError } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { readBody } from '../../src/codec/read-body.ts';

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
