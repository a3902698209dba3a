/** The text of many elements, made in WebAssembly a piece at a time. */
import { linked } from '../../../kernels/wasm/link.ts';
import { bytesOf, type TypedArray } from '../../../tensor/dtype.ts';
import { mark, memoryBytes, reserve, rewind } from '../../../tensor/memory.ts';
import type { Shape } from '../../../tensor/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { ByteSink } from '../../byte-sink.ts';
import { MAX_NUMBER_BYTES, putFloat32, putFloat64 } from '../number-text.ts';
import { WRITE_STATE, WRITE_STATE_BYTES, writeModule } from './write-kernel.ts';

const kernels = linked(writeModule);

/** Of elements, so that they and their text stay in the second-level cache. */
const PIECE_BYTES = 32 * 1024;
const TEXT_BYTES = 128 * 1024;
/** What a writer may overwrite behind its text. */
const SLACK = 64;

/** The elements of a tensor in row-major order, a piece at a time. */
class Elements {
  private readonly t: Tensor;
  private readonly data: TypedArray;
  private readonly index: number[];
  private at: number;

  constructor(t: Tensor, data: TypedArray) {
    this.t = t;
    this.data = data;
    this.at = t.offset;
    this.index = new Array<number>(t.ndim).fill(0);
  }

  /** Copies the next `out.length` ones. */
  next(out: TypedArray): void {
    const { t, data, index } = this;
    const count = out.length;
    if (t.isContiguous) {
      (out as Float64Array).set(data.subarray(this.at, this.at + count) as Float64Array);
      this.at += count;
      return;
    }
    const last = t.ndim - 1;
    const { shape, strides } = t;
    let { at } = this;
    for (let i = 0; i < count; ) {
      const run = Math.min(shape[last] - index[last], count - i);
      for (let j = 0; j < run; j++, at += strides[last]) out[i + j] = data[at];
      i += run;
      index[last] += run;
      for (let dim = last; dim > 0 && index[dim] === shape[dim]; dim--) {
        at += strides[dim - 1] - shape[dim] * strides[dim];
        index[dim] = 0;
        index[dim - 1]++;
      }
    }
    this.at = at;
  }
}

/** A view of `count` elements of the kind that `like` has, in the memory. */
function viewOf(like: TypedArray, address: number, count: number): TypedArray {
  const make = like.constructor as new (buffer: ArrayBufferLike, at: number, count: number) => TypedArray;
  return new make(memoryBytes().buffer, address, count);
}

/**
 * Writes `t`'s elements between the brackets of `shape`, the outermost left out at the beginning, all
 * written at the end: the same bytes that the plain writer makes. Neither `t` nor `shape` is empty.
 */
export function writeMany(sink: ByteSink, t: Tensor, shape: Shape): void {
  const { dtype } = t;
  // Read once, before there is scratch space: elements may only now be computed, and take room themselves.
  const { data } = t.storage;
  const width = bytesOf(dtype);
  // Elements that lie one after the other in the memory are read where they are.
  const { ptr } = t.storage;
  const place = ptr >= 0 && t.isContiguous ? ptr + width * t.offset : -1;
  const elements = new Elements(t, data);
  const rank = shape.length;
  // Where many dimensions have size 1 brackets outweigh numbers.
  const perElement = MAX_NUMBER_BYTES + 2 * rank;
  // Pieces that begin aligned are copied faster.
  const piece = Math.min(Math.floor(PIECE_BYTES / width), Math.floor(TEXT_BYTES / perElement / 8) * 8);

  const base = mark();
  try {
    const state = reserve(WRITE_STATE_BYTES);
    const scratch = place >= 0 ? 0 : reserve(piece * width);
    const text = reserve(piece * perElement + SLACK);
    const words = new Int32Array(memoryBytes().buffer, state, WRITE_STATE_BYTES / 4);
    words[WRITE_STATE.rank / 4] = rank;
    for (let i = 0; i < rank; i++) words[WRITE_STATE.left / 4 + i] = words[WRITE_STATE.sizes / 4 + i] = shape[i];

    for (let left = t.numel; left > 0; ) {
      const count = Math.min(piece, left);
      const from = place >= 0 ? place + width * (t.numel - left) : scratch;
      const source = viewOf(data, from, count);
      if (place < 0) elements.next(source);
      const write = kernels()[dtype];
      let to = write(from, count, text, state, 0);
      // The few that are too close between two decimals: each is written here, and the rest goes on behind it.
      for (let done = words[WRITE_STATE.done / 4]; done < count; done += words[WRITE_STATE.done / 4]) {
        to = (dtype === 'float32' ? putFloat32 : putFloat64)(memoryBytes(), to, Number(source[done]));
        to = write(from + done * width, count - done, to, state, 1);
      }
      if (left === t.numel) sink.expect(Math.ceil((1.02 * (to - text) * left) / count) + SLACK);
      sink.append(Buffer.from(memoryBytes().buffer), text, to);
      left -= count;
    }
  } finally {
    rewind(base);
  }
}
