import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../src/codec/json/reader.ts';
import { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { pack, unpack } from '../../src/codec/parcel.ts';
import { Float } from '../../src/tensor/scalar.ts';

const travelled = (value: unknown): unknown => unpack(structuredClone(pack(value)));

describe('a body that travels to another thread', () => {
  it('is the same there, whatever is in it', () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
      fc.bigInt(),
      fc.double().map((x) => new Float(x)),
      fc.float64Array(),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree')),
        fc.dictionary(fc.string(), tie('tree')),
        fc.array(fc.tuple(fc.string(), tie('tree'))).map((entries) => new Map(entries)),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(travelled(value)).toEqual(value);
      }),
    );
  });

  it('cannot pass for something else', () => {
    for (const value of [
      ['instance', 0, 'shape', [2]],
      { instance: 0 },
      ['map', 1, 2],
      ['buffer', [1]],
      '\u00010',
      ['\u0001map', 1, 2],
      { a: ['\u0001instance', 0, { shape: [2] }], '\u0001buffer': ['\u0001buffer', '\u00010'] },
      JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1}'),
    ]) {
      const there = travelled(value);
      expect(there).toEqual(value);
      expect(Object.getPrototypeOf(there)).toBe(Object.getPrototypeOf(value));
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each([
    '[[1, 2.5], [-0, 1e300]]',
    '{"data": [true, false], "requires_grad": false}',
    '{"base64": "AACAPwAAAEA=", "shape": [2], "dtype": "float32", "requires_grad": true}',
    '{"data": ["9007199254740993", 1], "dtype": "int64"}',
    '["NaN", "-Infinity"]',
  ])('has its tensors: %s', (text) => {
    const literal = readJson(Buffer.from(text), 'tensor') as unknown as TensorLiteral;
    const there = travelled(literal) as TensorLiteral;
    expect(there).toBeInstanceOf(TensorLiteral);
    const dtype = literal.resolveDtype('float64');
    const elements = (l: TensorLiteral): unknown => {
      const kinds = { int64: BigInt64Array, float32: Float32Array, bool: Uint8Array } as const;
      const target = new (kinds[dtype as 'int64'] ?? Float64Array)(l.numel);
      l.writeInto(target as never, dtype);
      return target;
    };
    expect(elements(there)).toEqual(elements(literal));
    expect([there.shape, there.dtype, there.requiresGrad, there.pointer]).toEqual([
      literal.shape,
      literal.dtype,
      literal.requiresGrad,
      literal.pointer,
    ]);
  });
});
