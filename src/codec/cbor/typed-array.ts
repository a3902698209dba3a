/**
 * RFC 8746 typed arrays, tags 64 to 87: a byte string of numbers, its tag says of which kind and byte order.
 * What has a dtype of ours is taken as it is; other kinds go to the smallest dtype that holds them.
 */
import { type DType, rowOf } from '../../tensor/dtype.ts';
import type { NumericArray } from '../numeric-scan.ts';
import { BYTES, type CborSource, halfToNumber } from './source.ts';

export const isTypedArrayTag = (tag: number): boolean => tag >= 64 && tag <= 87;

type Source = ArrayLike<number> | ArrayLike<bigint>;

/** One kind of numbers on the wire. */
interface Kind {
  readonly name: string;
  readonly width: 1 | 2 | 4 | 8;
  /** What a tensor of them is where nothing else is said. */
  readonly dtype: DType;
  /** The elements, from bytes that are aligned and little-endian. */
  readonly view: (bytes: Buffer) => Source;
}

const KINDS: readonly Kind[] = [
  { name: 'uint8', width: 1, dtype: 'uint8', view: (b) => b },
  { name: 'uint16', width: 2, dtype: 'int32', view: (b) => new Uint16Array(b.buffer, b.byteOffset, b.length / 2) },
  { name: 'uint32', width: 4, dtype: 'int64', view: (b) => new Uint32Array(b.buffer, b.byteOffset, b.length / 4) },
  { name: 'uint64', width: 8, dtype: 'int64', view: (b) => new BigUint64Array(b.buffer, b.byteOffset, b.length / 8) },
  { name: 'int8', width: 1, dtype: 'int8', view: (b) => new Int8Array(b.buffer, b.byteOffset, b.length) },
  { name: 'int16', width: 2, dtype: 'int16', view: (b) => new Int16Array(b.buffer, b.byteOffset, b.length / 2) },
  { name: 'int32', width: 4, dtype: 'int32', view: (b) => new Int32Array(b.buffer, b.byteOffset, b.length / 4) },
  { name: 'int64', width: 8, dtype: 'int64', view: (b) => new BigInt64Array(b.buffer, b.byteOffset, b.length / 8) },
  { name: 'float16', width: 2, dtype: 'float32', view: (b) => halves(b) },
  { name: 'float32', width: 4, dtype: 'float32', view: (b) => new Float32Array(b.buffer, b.byteOffset, b.length / 4) },
  { name: 'float64', width: 8, dtype: 'float64', view: (b) => new Float64Array(b.buffer, b.byteOffset, b.length / 8) },
];

/** The tag's bits are 010, float, signed, little-endian, and two of size (RFC 8746, section 2.1). */
function kindOf(tag: number): Kind | undefined {
  const size = tag & 3;
  return tag & 16 ? KINDS[8 + size] : KINDS[(tag & 8 ? 4 : 0) + size];
}

export class TypedArrayItem {
  /** The number of elements. */
  readonly count: number;
  /** The dtype of the elements where none is sent beside them. */
  readonly dtype: DType;
  private readonly kind: Kind;
  private readonly bytes: Buffer;
  private readonly bigEndian: boolean;

  constructor(kind: Kind, bytes: Buffer, bigEndian: boolean) {
    this.kind = kind;
    this.bytes = bytes;
    this.bigEndian = bigEndian && kind.width > 1;
    this.count = bytes.length / kind.width;
    this.dtype = kind.dtype;
  }

  /** The elements as they would be in row-major order, where they are column-major of this shape. */
  transposed(shape: readonly number[]): TypedArrayItem {
    const { width } = this.kind;
    const out = Buffer.allocUnsafeSlow(this.bytes.length);
    const order = rowMajorOrder(shape);
    for (let i = 0; i < order.length; i++) {
      const from = order[i] * width;
      for (let k = 0; k < width; k++) out[i * width + k] = this.bytes[from + k];
    }
    return new TypedArrayItem(this.kind, out, this.bigEndian);
  }

  /** The elements as little-endian bytes of `dtype`, where they are such; not copied where they stand so. */
  bytesAs(dtype: DType): Buffer | undefined {
    const { kind } = this;
    if (kind.name !== rowOf(dtype).cbor.kind) return undefined;
    return this.bigEndian ? this.aligned() : this.bytes;
  }

  /** The elements as numbers, of which `dtype` then takes what it can hold. */
  numbers(): NumericArray {
    const view = this.kind.view(this.aligned());
    const long: bigint[] = [];
    const longAt: number[] = [];
    let values: Float64Array;
    if (view instanceof BigInt64Array || view instanceof BigUint64Array) {
      values = new Float64Array(view.length);
      for (let i = 0; i < view.length; i++) {
        const value = (values[i] = Number(view[i]));
        if (value < 2 ** 53 && value > -(2 ** 53)) continue;
        if (value > 2 ** 63) continue;
        longAt.push(i);
        long.push(view[i]);
      }
    } else {
      values = new Float64Array(view as ArrayLike<number>);
    }
    return { values, tokens: 'number', shape: [values.length], longAt, long, firstString: -1 };
  }

  /** A copy in memory of its own, at its beginning, in this machine's byte order. */
  private aligned(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.bytes.length);
    copy.set(this.bytes);
    if (!this.bigEndian) return copy;
    if (this.kind.width === 2) return copy.swap16();
    return this.kind.width === 4 ? copy.swap32() : copy.swap64();
  }
}

/** Reads a typed array, at its tag. */
export function readTypedArray(source: CborSource): TypedArrayItem {
  const at = source.pos;
  const tag = source.argument();
  const kind = kindOf(tag);
  if (kind === undefined || tag === 76) {
    const what = tag === 76 ? 'is reserved' : 'has elements of 128 bits, which no dtype holds';
    throw source.error(`the typed array at byte ${at} of the tag ${tag} ${what}`);
  }
  if (source.major() !== BYTES) throw source.unexpected(`the byte string of a ${kind.name} array`);
  const bytes = source.byteString();
  if (bytes.length % kind.width !== 0) {
    throw source.error(`expected a multiple of ${kind.width} bytes for ${kind.name} elements, got ${bytes.length}`);
  }
  const little = (tag & 4) !== 0;
  return new TypedArrayItem(kind, bytes, !little);
}

function halves(bytes: Buffer): Float64Array {
  const bits = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return Float64Array.from(bits, halfToNumber);
}

/** For each element in row-major order, where it stands in column-major order. */
export function rowMajorOrder(shape: readonly number[]): Uint32Array {
  let count = 1;
  for (const size of shape) count *= size;
  const order = new Uint32Array(count);
  const steps: number[] = [];
  let step = 1;
  for (const size of shape) {
    steps.push(step);
    step *= size;
  }
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < count; i++) {
    order[i] = at;
    for (let dim = shape.length - 1; dim >= 0; dim--) {
      at += steps[dim];
      if (++index[dim] < shape[dim]) break;
      at -= shape[dim] * steps[dim];
      index[dim] = 0;
    }
  }
  return order;
}
