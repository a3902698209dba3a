/** A tensor's elements as JSON text, through any strides, straight to bytes. */
import { halfOf, type NumberArray, type TypedArray } from '../../tensor/dtype.ts';
import type { Half } from '../../tensor/halves.ts';
import { MAX_DIMS, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { ByteSink } from '../byte-sink.ts';
import { MAX_NUMBER_BYTES, putAscii, putFloat32, putFloat64, putHalf, putWhole } from './number-text.ts';
import { writeMany } from './wasm/write.ts';

export type TextFormat = 'nested' | 'flat';

const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;

/**
 * An empty tensor of more rows than this is written flat, as `[]`: a shape of `[1000000000000, 0]`
 * costs its sender nothing, and its brackets would fill the memory.
 */
const MAX_EMPTY_ROWS = 2 ** 16;

/** The shape as far as brackets can show it: nothing is seen inside of a dimension of size 0. */
export function visibleShape(shape: Shape, format: TextFormat): Shape {
  const zero = shape.indexOf(0);
  if (zero < 0) return shape;
  let rows = 1;
  for (let i = 0; i < zero; i++) rows *= shape[i];
  return format === 'flat' || rows > MAX_EMPTY_ROWS ? [0] : shape.slice(0, zero + 1);
}

/** From so many elements on a call into WebAssembly is repaid. */
const MANY_ELEMENTS = 64;

/**
 * Writes `t`'s elements; a flat 0-d tensor is an array of one. Without `wasm` the plain writer makes
 * all of it, the same bytes.
 */
export function writeElements(sink: ByteSink, t: Tensor, format: TextFormat, wasm = true): void {
  const shape = visibleShape(t.shape, format);
  const { strides, offset } = t;
  const data = t.storage.data;
  const rank = shape.length;
  const nested = format === 'nested';
  sink.room(MAX_DIMS + MAX_NUMBER_BYTES);

  if (nested) putBrackets(sink, OPEN_BRACKET, rank);
  else putBrackets(sink, OPEN_BRACKET, 1);
  if (wasm && t.numel >= MANY_ELEMENTS && halfOf(t.dtype) === undefined) {
    writeMany(sink, t, nested ? shape : [t.numel]);
    return;
  }
  if (rank === 0 || (!nested && t.isContiguous)) {
    putRun(sink, t.dtype, data, offset, 1, shape[0] === 0 ? 0 : t.numel);
  } else {
    const last = rank - 1;
    const index = new Array<number>(rank).fill(0);
    let start = offset;
    for (;;) {
      putRun(sink, t.dtype, data, start, strides[last], shape[last]);
      // On to the next row: `closed` dimensions have come to their end.
      let dim = last - 1;
      for (; dim >= 0; dim--) {
        start += strides[dim];
        if (++index[dim] < shape[dim]) break;
        start -= shape[dim] * strides[dim];
        index[dim] = 0;
      }
      if (dim < 0) break;
      sink.room(2 * MAX_DIMS + 1);
      if (nested) putBrackets(sink, CLOSE_BRACKET, last - dim);
      sink.bytes[sink.pos++] = COMMA;
      if (nested) putBrackets(sink, OPEN_BRACKET, last - dim);
    }
  }
  sink.room(MAX_DIMS);
  putBrackets(sink, CLOSE_BRACKET, nested ? rank : 1);
}

function putBrackets(sink: ByteSink, bracket: number, count: number): void {
  for (let i = 0; i < count; i++) sink.bytes[sink.pos++] = bracket;
}

/** `count` elements, commas between them. One loop for each way of writing, so that each stays typed. */
function putRun(
  sink: ByteSink,
  dtype: Tensor['dtype'],
  data: TypedArray,
  start: number,
  stride: number,
  count: number,
): void {
  if (count === 0) return;
  const half = halfOf(dtype);
  if (half !== undefined) putHalves(sink, data as Float32Array, half, start, stride, count);
  else if (data instanceof Float32Array) putFloat32s(sink, data, start, stride, count);
  else if (data instanceof Float64Array) putFloat64s(sink, data, start, stride, count);
  else if (data instanceof BigInt64Array) putBigInts(sink, data, start, stride, count);
  else if (dtype === 'bool') putBooleans(sink, data as Uint8Array, start, stride, count);
  else putWholes(sink, data, start, stride, count);
}

function putHalves(sink: ByteSink, data: Float32Array, half: Half, start: number, stride: number, count: number): void {
  for (let i = 0, at = start; i < count; i++, at += stride) {
    sink.room(MAX_NUMBER_BYTES);
    if (i > 0) sink.bytes[sink.pos++] = COMMA;
    sink.pos = putHalf(sink.bytes, sink.pos, data[at], half);
  }
}

function putFloat32s(sink: ByteSink, data: Float32Array, start: number, stride: number, count: number): void {
  for (let i = 0, at = start; i < count; i++, at += stride) {
    sink.room(MAX_NUMBER_BYTES);
    if (i > 0) sink.bytes[sink.pos++] = COMMA;
    sink.pos = putFloat32(sink.bytes, sink.pos, data[at]);
  }
}

function putFloat64s(sink: ByteSink, data: Float64Array, start: number, stride: number, count: number): void {
  for (let i = 0, at = start; i < count; i++, at += stride) {
    sink.room(MAX_NUMBER_BYTES);
    if (i > 0) sink.bytes[sink.pos++] = COMMA;
    sink.pos = putFloat64(sink.bytes, sink.pos, data[at]);
  }
}

function putWholes(sink: ByteSink, data: NumberArray, start: number, stride: number, count: number): void {
  for (let i = 0, at = start; i < count; i++, at += stride) {
    sink.room(MAX_NUMBER_BYTES);
    if (i > 0) sink.bytes[sink.pos++] = COMMA;
    sink.pos = putWhole(sink.bytes, sink.pos, data[at]);
  }
}

function putBooleans(sink: ByteSink, data: Uint8Array, start: number, stride: number, count: number): void {
  for (let i = 0, at = start; i < count; i++, at += stride) {
    sink.room(MAX_NUMBER_BYTES);
    if (i > 0) sink.bytes[sink.pos++] = COMMA;
    sink.pos = putAscii(sink.bytes, sink.pos, data[at] === 0 ? 'false' : 'true');
  }
}

const MAX_EXACT = 2n ** 53n;

/** Numbers as far as every reader's doubles hold them, decimal strings beyond. */
function putBigInts(sink: ByteSink, data: BigInt64Array, start: number, stride: number, count: number): void {
  for (let i = 0, at = start; i < count; i++, at += stride) {
    sink.room(MAX_NUMBER_BYTES);
    if (i > 0) sink.bytes[sink.pos++] = COMMA;
    const value = data[at];
    sink.pos =
      value <= MAX_EXACT && value >= -MAX_EXACT
        ? putWhole(sink.bytes, sink.pos, Number(value))
        : putAscii(sink.bytes, sink.pos, `"${value}"`);
  }
}
