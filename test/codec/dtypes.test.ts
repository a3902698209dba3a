/** Every dtype through every codec: there and back, and as the bytes that NumPy and PyTorch write. */
import { describe, expect, it } from 'vitest';
import { readCbor } from '../../src/codec/cbor/reader.ts';
import { CborWriter } from '../../src/codec/cbor/writer.ts';
import { readJson } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { JsonWriter } from '../../src/codec/json/writer.ts';
import { readNpy, writeNpy } from '../../src/codec/npy/npy.ts';
import { readSafetensors, writeSafetensors } from '../../src/codec/safetensors/safetensors.ts';
import { copy } from '../../src/kernels/copy.ts';
import { DTYPES, type DType, halfOf, isFloating, rowOf } from '../../src/tensor/dtype.ts';
import { heapAllocator, storageOf } from '../../src/tensor/storage.ts';
import { fromStorage, type Tensor } from '../../src/tensor/tensor.ts';
import { flat, tensor } from '../support/tensors.ts';

/** Numbers at the ends of each dtype, and between. */
function extremes(dtype: DType, times = 1): Tensor {
  const { min, max, tiny } = rowOf(dtype);
  const some = isFloating(dtype)
    ? [
        0,
        -0,
        1 / 3,
        -2.5,
        Number(min),
        Number(max),
        tiny as number,
        0.1,
        2049,
        Infinity,
        Number.NEGATIVE_INFINITY,
        Number.NaN,
      ]
    : [0, 1, Number(BigInt.asIntN(53, BigInt(max))), min < 0 ? -1 : 0];
  return copy(tensor(Array.from({ length: times }, () => some).flat()), dtype);
}

function back(literal: TensorLiteral): Tensor {
  const dtype = literal.resolveDtype('float32');
  const { data } = heapAllocator.alloc(dtype, literal.numel);
  literal.writeInto(data, dtype);
  return fromStorage(storageOf(dtype, data), literal.shape);
}

const json = (t: Tensor, format: 'flat' | 'base64' = 'flat'): string =>
  String(new JsonWriter().tensor(t, format).finish());

describe.each(DTYPES)('%s', (dtype) => {
  it.each([1, 40])('comes back from JSON, %i times over', (times) => {
    const t = extremes(dtype, times);
    for (const format of ['flat', 'base64'] as const) {
      const again = back(readJson(Buffer.from(json(t, format)), 'tensor') as TensorLiteral);
      expect([again.dtype, flat(again)]).toEqual([dtype, flat(t)]);
    }
  });

  it('comes back from CBOR', () => {
    const t = extremes(dtype);
    for (const format of ['flat', 'base64'] as const) {
      const again = back(readCbor(new CborWriter().tensor(t, format).finish(), 'tensor') as TensorLiteral);
      expect([again.dtype, flat(again)]).toEqual([dtype, flat(t)]);
    }
  });

  it('comes back from safetensors, and from .npy where NumPy has it', () => {
    const t = extremes(dtype);
    const again = readSafetensors(writeSafetensors([['t', t]])).get('t') as Tensor;
    expect([again.dtype, flat(again)]).toEqual([dtype, flat(t)]);
    if (dtype === 'bfloat16') expect(() => writeNpy(t)).toThrow('a .npy file cannot hold bfloat16');
    else expect([readNpy(writeNpy(t)).dtype, flat(readNpy(writeNpy(t)))]).toEqual([dtype, flat(t)]);
  });
});

describe('floats of 16 bits', () => {
  it('are written as the shortest decimal that reads back', () => {
    const some = [1 / 3, 0.1, 65504, 2049, 6e-8, 1e-3, -1.5, -0];
    expect(json(copy(tensor(some), 'float16'))).toContain('[0.3333,0.1,65500,2048,6e-8,0.001,-1.5,-0]');
    expect(json(copy(tensor(some), 'bfloat16'))).toContain('[0.334,0.1,65500,2050,6e-8,0.001,-1.5,-0]');
  });

  it.each(['float16', 'bfloat16'] as const)('%s: every one of them reads back, by the fewest digits', (dtype) => {
    const half = halfOf(dtype);
    if (half === undefined) throw new Error('a half');
    const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
    const data = new Float32Array(bits.length);
    half.unpack(bits, data);
    const t = fromStorage(storageOf(dtype, data), [data.length]);
    const text = json(t);
    expect(flat(back(readJson(Buffer.from(text), 'tensor') as TensorLiteral))).toEqual(flat(t));
    const longest = Math.max(
      ...(text.slice(text.indexOf('data')).match(/[\d.]+(?=[,e\]])/g) ?? []).map(
        (x) => x.replace(/^[0.]+|\./g, '').replace(/0+$/, '').length,
      ),
    );
    expect(longest).toBe(dtype === 'float16' ? 5 : 4);
    // The bits are those that were sent, but for what is no number.
    const packed = half.pack(data);
    expect(packed.every((x, i) => x === bits[i] || Number.isNaN(data[i]))).toBe(true);
  });

  it('have the bytes of NumPy and PyTorch', () => {
    const t = copy(tensor([1, -2.5, 1 / 3]), 'float16');
    expect(writeNpy(t).subarray(-6).toString('hex')).toBe('003c00c15535');
    expect(writeNpy(t).toString('latin1')).toContain("'descr': '<f2'");
    const b = writeSafetensors([['t', copy(tensor([1, -2.5, 1 / 3]), 'bfloat16')]]);
    expect(b.subarray(-6).toString('hex')).toBe('803f20c0ab3e');
    expect(b.toString('latin1')).toContain('"dtype":"BF16"');
  });

  it('are typed arrays of CBOR: half floats, and bits under the name of bfloat16', () => {
    const item = (hex: string): Tensor =>
      back(readCbor(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 'tensor') as TensorLiteral);
    // {"data": float16 little-endian [1, -2.5], "dtype": "float16"}, big-endian, and bare.
    expect(
      [item('a2 64 64617461 d854 44 003c00c1 65 6474797065 67 666c6f61743136')].map((t) => [t.dtype, flat(t)]),
    ).toEqual([['float16', [1, -2.5]]]);
    expect(
      [item('a2 64 64617461 d850 44 3c00c100 65 6474797065 67 666c6f61743136')].map((t) => [t.dtype, flat(t)]),
    ).toEqual([['float16', [1, -2.5]]]);
    expect(item('d854 44 003c00c1').dtype).toBe('float32');
    // {"data": uint16 little-endian [0x3f80, 0xc020], "dtype": "bfloat16"}
    expect(
      [item('a2 64 64617461 d845 44 803f20c0 65 6474797065 68 62666c6f61743136')].map((t) => [t.dtype, flat(t)]),
    ).toEqual([['bfloat16', [1, -2.5]]]);
  });
});

describe('narrow integers', () => {
  it('refuse what they do not hold', () => {
    const read = (dtype: string, x: number) => () =>
      back(readJson(Buffer.from(JSON.stringify({ data: [x], dtype })), 'tensor') as TensorLiteral);
    expect(read('int8', 128)).toThrow('int8 elements go from -128 to 127, got 128');
    expect(read('int16', -32769)).toThrow('int16 elements go from -32768 to 32767, got -32769');
    expect(read('int16', 1.5)).toThrow('int16 elements are whole numbers, got 1.5');
  });

  it('are what typed arrays of CBOR become', () => {
    const item = (hex: string): Tensor => back(readCbor(Buffer.from(hex, 'hex'), 'tensor') as TensorLiteral);
    expect([item('d84842ff01')].map((t) => [t.dtype, flat(t)])).toEqual([['int8', [-1, 1]]]);
    expect([item('d84d42ff01')].map((t) => [t.dtype, flat(t)])).toEqual([['int16', [511]]]);
  });
});
