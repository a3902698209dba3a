/** The binary form of requests: whatever lengths they announce, elements come out as they went in, or are refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonError } from '../../../src/codec/json/reader.ts';
import { materialize } from '../../../src/graph/materialize.ts';
import { DATATYPES } from '../../../src/models/oip/datatypes.ts';
import { type InferRequest, readInferRequest } from '../../../src/models/oip/request.ts';

const read = (head: unknown, tail: Uint8Array = new Uint8Array(0), length?: number): InferRequest => {
  const json = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head));
  return readInferRequest(Buffer.concat([json, tail]), length ?? json.length, () => {});
};

const elements = (request: InferRequest, name = 'x'): unknown[] => {
  const { storage } = materialize((request.inputs.get(name) as NonNullable<unknown> as never as Sent).literal());
  return Array.from(storage.data as Float32Array);
};
interface Sent {
  literal(wanted?: 'int32' | 'int64'): Parameters<typeof materialize>[0];
}

const tensor = (datatype: string, shape: readonly number[], rest: object) => ({ name: 'x', datatype, shape, ...rest });
const binary = (bytes: number) => ({ parameters: { binary_data_size: bytes } });

const ARRAYS = {
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

describe('binary tensors', () => {
  it.each(Object.keys(ARRAYS) as (keyof typeof ARRAYS)[])('%s keeps its elements, at any address', (datatype) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.string({ maxLength: 5 }), (given, id) => {
        const array = new ARRAYS[datatype](given.slice(0, given.length - (given.length % 8)).buffer);
        const bytes = new Uint8Array(array.buffer);
        const request = read({ id, inputs: [tensor(datatype, [array.length], binary(bytes.length))] }, bytes);
        expect(elements(request).map(Number)).toEqual(Array.from(array));
      }),
    );
  });

  it('any two of them lie one after the other, and every other length is refused', () => {
    const sizes = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(sizes, sizes, fc.integer({ min: -3, max: 3 }), (a, b, wrong) => {
        const bytes = new Uint8Array(Float32Array.from({ length: a + b }, (_, i) => i).buffer);
        const head = {
          inputs: [tensor('FP32', [a], binary(4 * a)), { ...tensor('FP32', [b], binary(4 * b)), name: 'y' }],
        };
        const tail = wrong < 0 ? bytes.subarray(0, Math.max(bytes.length + wrong, 0)) : bytes;
        const more = wrong > 0 ? Buffer.concat([tail, new Uint8Array(wrong)]) : tail;
        if (more.length !== bytes.length) {
          expect(() => read(head, more)).toThrow(JsonError);
          return;
        }
        const request = read(head, more);
        expect([...elements(request), ...elements(request, 'y')]).toEqual([...Array(a + b).keys()]);
      }),
    );
  });

  it('halves are read, and unsigned integers of 64 bits where they fit', () => {
    const half = new Uint8Array(new Uint16Array([0x3c00, 0xc000]).buffer);
    expect(elements(read({ inputs: [tensor('FP16', [2], binary(4))] }, half))).toEqual([1, -2]);
    const brain = new Uint8Array(new Uint16Array([0x3f80, 0xc000]).buffer);
    expect(elements(read({ inputs: [tensor('BF16', [2], binary(4))] }, brain))).toEqual([1, -2]);
    const wide = (value: bigint) => new Uint8Array(new BigUint64Array([value]).buffer);
    const head = { inputs: [tensor('UINT64', [1], binary(8))] };
    expect(elements(read(head, wide(2n ** 63n - 1n)))).toEqual([2n ** 63n - 1n]);
    expect(() => elements(read(head, wide(2n ** 63n)))).toThrow('element 0 is 9223372036854775808');
  });

  it('lengths that lie, and bools that are none, are refused', () => {
    const one = (rest: object) => ({ inputs: [tensor('FP32', [2], rest)] });
    const bytes = new Uint8Array(8);
    for (const size of [7, 9, -8, 1.5, '8', 2 ** 60, null, {}, Number.MAX_VALUE])
      expect(() => read(one({ parameters: { binary_data_size: size } }), bytes), String(size)).toThrow(JsonError);
    expect(() => read(one(binary(8)), bytes, 10_000)).toThrow('announces 10000 bytes');
    expect(() => read(one(binary(8)), bytes, 3)).toThrow(JsonError);
    expect(() => read(one({ ...binary(8), data: [1, 2] }), bytes)).toThrow('as well');
    expect(() => read({ inputs: [tensor('FP32', [2 ** 40, 2 ** 40], binary(8))] }, bytes)).toThrow(JsonError);
    expect(() => elements(read({ inputs: [tensor('BOOL', [2], binary(2))] }, Uint8Array.of(1, 2)))).toThrow('bool');
  });

  it('no bytes whatever make it fail otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.option(fc.nat(120), { nil: undefined }), (bytes, length) => {
        try {
          readInferRequest(bytes, length, () => {});
        } catch (error) {
          expect(error).toBeInstanceOf(JsonError);
        }
      }),
    );
  });
});

describe('tensors in JSON', () => {
  it('stand in one array or nested in any way, with bare words for what is not finite', () => {
    const head = (data: string) => `{"inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":${data}}]}`;
    const all = [1, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const data of [
      '[1,NaN,-Infinity,Infinity]',
      '[[1, NaN],[ -Infinity , Infinity]]',
      '[[1,"NaN","-Infinity","Infinity"]]',
    ])
      expect(elements(read(head(data))), data).toEqual(all);
    for (const data of [
      '[1,2,3]',
      '[1,2,3,nan]',
      '[1,2,3,Inf]',
      '[1,2,3,-Inf]',
      '[[1,2],[3]]',
      '{"base64":"AAAAAA=="}',
      '"a"',
      'null',
    ])
      expect(() => read(head(data)), data).toThrow(JsonError);
  });

  it('bare words among many numbers', () => {
    const many = Array.from({ length: 3000 }, (_, i) =>
      i % 700 === 300 ? 'NaN' : i % 700 === 301 ? '-Infinity' : `${i}.5`,
    );
    const head = `{"inputs":[{"name":"x","datatype":"FP64","shape":[3000],"data":[${many}]}]}`;
    expect(elements(read(head))).toEqual(many.map(Number));
  });

  it('integers are held to their own range, and to that of the dtype that is wanted', () => {
    const one = (datatype: string, value: number) => read({ inputs: [tensor(datatype, [1], { data: [value] })] });
    expect(elements(one('INT8', -128))).toEqual([-128]);
    expect(() => elements(one('INT8', 128))).toThrow('int8');
    expect(() => elements(one('UINT16', -1))).toThrow('UINT16');
    expect(elements(one('UINT32', 2 ** 32 - 1))).toEqual([2n ** 32n - 1n]);
    const wide = one('INT64', 2 ** 40).inputs.get('x');
    expect(() => wide?.literal('int32')).toThrow('int32');
    expect(wide?.literal('int64').resolveDtype('float32')).toBe('int64');
  });

  it('BYTES is refused with a sentence, in either form', () => {
    for (const rest of [{ data: ['a'] }, { data: [] }, binary(5)])
      expect(() => read({ inputs: [tensor('BYTES', [1], rest)] }, new Uint8Array(5))).toThrow('hold strings');
  });

  it('names are sent once, and members that are not known pass', () => {
    const x = tensor('FP32', [], { data: [1] });
    expect(() => read({ inputs: [x, x] })).toThrow('sent twice');
    expect(() => read({ inputs: [x], outputs: [{ name: 'o' }, { name: 'o' }] })).toThrow('twice');
    const request = read({ inputs: [{ ...x, more: 1 }], model_name: 'm', outputs: [], priority: 1 });
    expect([elements(request), request.outputs]).toEqual([[1], undefined]);
  });
});

it('every datatype has a dtype', () => {
  expect([...DATATYPES.keys()]).toHaveLength(13);
});
