import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../src/codec/safetensors/safetensors.ts';
import { DTYPES } from '../../../src/tensor/dtype.ts';
import { flat, tensor } from '../../support/tensors.ts';

function file(header: unknown, data = Buffer.alloc(0)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, data]);
}

const f32 = (begin: number, end: number, shape = [(end - begin) / 4]): object => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('come back as they went, of every dtype and shape', () => {
    const tensors = new Map(
      DTYPES.map((dtype) => [
        dtype,
        tensor(
          [
            [1, 0],
            [1, 1],
          ],
          dtype,
        ),
      ]),
    );
    tensors.set('scalar' as never, tensor(2.5));
    tensors.set('empty' as never, tensor([], 'float32', [0, 3]));
    tensors.set(
      'turned' as never,
      tensor(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        'float32',
      ).alias([3, 2], [1, 3]),
    );
    tensors.set('__proto__' as never, tensor([7]));
    const back = readSafetensors(writeSafetensors(tensors));
    expect([...back.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, t] of tensors) {
      const got = back.get(name);
      expect([got?.dtype, got?.shape, flat(got ?? null)]).toEqual([t.dtype, t.shape, flat(t)]);
    }
  });

  it('have a header of a multiple of 8 bytes, padded with spaces, and begin aligned', () => {
    const bytes = writeSafetensors([
      ['b', tensor([1], 'bool')],
      ['d', tensor([1, 2])],
    ]);
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const text = bytes.toString('utf8', 8, 8 + length);
    expect(JSON.parse(text)).toEqual({
      d: { dtype: 'F64', shape: [2], data_offsets: [0, 16] },
      b: { dtype: 'BOOL', shape: [1], data_offsets: [16, 17] },
    });
    expect(bytes.length).toBe(8 + length + 17);
  });

  it('are read as the specification lays them out', () => {
    const data = Buffer.alloc(12);
    data.writeFloatLE(1.5, 0);
    data.writeFloatLE(-2, 4);
    data.writeInt32LE(-7, 8);
    const got = readSafetensors(
      file(
        { __metadata__: { format: 'pt' }, n: { dtype: 'I32', shape: [], data_offsets: [8, 12] }, x: f32(0, 8) },
        data,
      ),
    );
    expect([...got].map(([name, t]) => [name, t.shape, flat(t)])).toEqual([
      ['n', [], [-7]],
      ['x', [2], [1.5, -2]],
    ]);
  });

  it.each([
    ['less than 8 bytes', Buffer.alloc(7), 'less than 8 bytes'],
    ['a header that is too long', Buffer.from('ffffffffffffff7f', 'hex'), 'more than 100000000'],
    ['a header past the end', file('{}').subarray(0, 9), 'ends in its header'],
    ['a header that is no object', file('[]'), 'does not begin with {'],
    ['a header that is no JSON', file('{x}'), 'no JSON'],
    [
      'a name twice',
      file('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      'twice',
    ],
    ['a hole', file({ a: f32(4, 8) }, Buffer.alloc(8)), 'leaves a hole'],
    ['an overlap', file({ a: f32(0, 8), b: f32(4, 12) }, Buffer.alloc(12)), 'overlaps'],
    ['data that nothing covers', file({ a: f32(0, 4) }, Buffer.alloc(8)), 'but 8 follow'],
    ['data past the end', file({ a: f32(0, 8) }, Buffer.alloc(4)), 'but 4 follow'],
    ['a shape that does not fit', file({ a: f32(0, 8, [3]) }, Buffer.alloc(8)), 'its shape needs 12'],
    ['a negative size', file({ a: f32(0, 8, [-2]) }, Buffer.alloc(8)), 'no shape'],
    [
      'a dtype that is not here',
      file({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, Buffer.alloc(1)),
      '"F8_E4M3"',
    ],
    [
      'a bool that is none',
      file({ a: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] } }, Buffer.from([3])),
      'bool elements',
    ],
  ])('are refused with %s', (_, bytes, detail) => {
    expect(() => readSafetensors(bytes)).toThrow(detail);
  });
});
