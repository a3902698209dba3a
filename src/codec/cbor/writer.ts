/** Documents as CBOR (RFC 8949): those that JSON would be, their tensors as typed arrays (RFC 8746). */
import { rowOf } from '../../tensor/dtype.ts';
import { Float, type Scalar } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { ByteSink } from '../byte-sink.ts';
import { DocumentWriter, type WriterOptions } from '../document-writer.ts';
import { bytesOfTensor } from '../raw.ts';
import { ARRAY, BYTES, MAP, NEGATIVE, TAG, TEXT, UNSIGNED } from './source.ts';

const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const FLOAT32 = 0xfa;
const FLOAT64 = 0xfb;
const BIGNUM = 0xc2;
const NEGATIVE_BIGNUM = 0xc3;

/** Of a head: an initial byte and an argument. */
const MAX_HEAD_BYTES = 9;
/** So many letters fit a head of one byte. */
const SHORT = 23;
/** Elements of so many bytes are copied at once; more are copied once, into the finished document. */
const COPIED = 1024;

/** Bytes that stand in the document at a place of the sink, counted without all that is inserted. */
interface Insertion {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Lengths are definite, and written in the shortest way: those that take more than one byte are put in at the end. */
export class CborWriter extends DocumentWriter {
  /** Of each map and list that is open: where it begins, and how many items the one around it has so far. */
  private readonly starts: number[] = [];
  private readonly around: number[] = [];
  /** Of the innermost one. */
  private items = 0;
  /** In the order of their places. */
  private readonly held: Insertion[] = [];
  /** What follows the first byte of a map or list: the rest of its length. */
  private readonly lengths: Insertion[] = [];
  private readonly onFlush: (() => void) | undefined;

  constructor(options: WriterOptions = {}) {
    super(options);
    this.onFlush = options.onFlush;
  }

  map(): this {
    return this.open(MAP);
  }

  list(): this {
    return this.open(ARRAY);
  }

  end(): this {
    const { sink, items } = this;
    const start = this.starts.pop();
    if (start === undefined) throw new Error('no map or list is open');
    this.items = this.around.pop() as number;
    const major = sink.bytes[start] >> 5;
    // Names and values are items both.
    const count = major === MAP ? items / 2 : items;
    if (!Number.isInteger(count)) throw new Error('a name of a map has no value');
    if (count < 24) sink.bytes[start] |= count;
    else {
      const head = Buffer.alloc(MAX_HEAD_BYTES);
      const size = putHead(head, 0, major, count);
      sink.bytes[start] = head[0];
      this.lengths.push({ at: start + 1, bytes: head.subarray(1, size) });
    }
    return this;
  }

  key(name: string): this {
    return this.string(name);
  }

  string(text: string): this {
    this.begin();
    const { sink } = this;
    const { length } = text;
    if (length > SHORT) return this.longString(text);
    sink.room(length + 1);
    const { bytes, pos } = sink;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return this.longString(text);
      bytes[pos + 1 + i] = code;
    }
    bytes[pos] = (TEXT << 5) | length;
    sink.pos = pos + 1 + length;
    return this;
  }

  private longString(text: string): this {
    this.head(TEXT, Buffer.byteLength(text));
    this.sink.appendText(text);
    return this;
  }

  number(value: number): this {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.begin();
      if (value < 0) this.head(NEGATIVE, -1 - value);
      else this.head(UNSIGNED, value);
      return this;
    }
    return Number.isInteger(value) && value !== 0 ? this.integer(BigInt(value)) : this.float(value);
  }

  boolean(value: boolean): this {
    return this.simple(value ? TRUE : FALSE);
  }

  null(): this {
    return this.simple(NULL);
  }

  scalar(value: Scalar): this {
    if (typeof value === 'boolean') return this.boolean(value);
    if (typeof value === 'number') return this.number(value);
    return value instanceof Float ? this.float(value.value) : this.integer(value);
  }

  base64(t: Tensor): this {
    this.begin();
    this.count(t);
    this.byteString(t);
    return this;
  }

  finish(): Buffer {
    const { sink } = this;
    const insertions = this.insertions();
    if (insertions.length === 0) return sink.finish();
    let size = sink.pos;
    for (const { bytes } of insertions) size += bytes.length;
    const out = Buffer.allocUnsafeSlow(size);
    let from = 0;
    let to = 0;
    const copy = (bytes: Uint8Array): void => {
      out.set(bytes, to);
      to += bytes.length;
    };
    for (const { at, bytes } of insertions) {
      copy(sink.bytes.subarray(from, at));
      copy(bytes);
      from = at;
    }
    copy(sink.bytes.subarray(from, sink.pos));
    sink.end();
    return out;
  }

  protected begin(): void {
    this.items++;
  }

  /** A typed array is flat, so that nested and flat are one. */
  protected putElements(t: Tensor): void {
    this.head(TAG, rowOf(t.dtype).cbor.tag);
    this.byteString(t);
  }

  protected cut(places: readonly number[]): Uint8Array[] {
    const insertions = this.insertions();
    const document = this.finish();
    const pieces: Uint8Array[] = [];
    let next = 0;
    let inserted = 0;
    let from = 0;
    for (const place of places) {
      // Where a list begins with elements, its length comes before them.
      while (next < insertions.length && insertions[next].at <= place) inserted += insertions[next++].bytes.length;
      pieces.push(document.subarray(from, place + inserted));
      from = place + inserted;
    }
    pieces.push(document.subarray(from));
    return pieces;
  }

  /** All that is to be put in, in order; of a length and elements at one place the length comes first. */
  private insertions(): readonly Insertion[] {
    if (this.starts.length > 0) throw new Error(`${this.starts.length} maps or lists are not closed`);
    return this.lengths.length === 0 ? this.held : [...this.lengths, ...this.held].sort((a, b) => a.at - b.at);
  }

  private open(major: number): this {
    this.begin();
    const { sink } = this;
    sink.room(1);
    this.starts.push(sink.pos);
    this.around.push(this.items);
    this.items = 0;
    sink.bytes[sink.pos++] = major << 5;
    return this;
  }

  private simple(byte: number): this {
    this.begin();
    const { sink } = this;
    sink.room(1);
    sink.bytes[sink.pos++] = byte;
    return this;
  }

  private head(major: number, argument: number): void {
    const { sink } = this;
    sink.room(MAX_HEAD_BYTES);
    sink.pos = putHead(sink.bytes, sink.pos, major, argument);
  }

  private integer(value: bigint): this {
    this.begin();
    const { sink } = this;
    const argument = value < 0n ? -1n - value : value;
    sink.room(MAX_HEAD_BYTES);
    if (argument < 2n ** 64n) {
      const major = value < 0n ? NEGATIVE : UNSIGNED;
      if (argument <= BigInt(Number.MAX_SAFE_INTEGER)) this.head(major, Number(argument));
      else {
        sink.bytes[sink.pos] = (major << 5) | 27;
        sink.pos = sink.bytes.writeBigUInt64BE(argument, sink.pos + 1);
      }
      return this;
    }
    const digits = argument.toString(16);
    sink.bytes[sink.pos++] = value < 0n ? NEGATIVE_BIGNUM : BIGNUM;
    const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
    this.head(BYTES, magnitude.length);
    sink.appendAll(magnitude);
    return this;
  }

  /** In 32 bits where they hold it, else in 64. */
  private float(value: number): this {
    this.begin();
    const { sink } = this;
    sink.room(MAX_HEAD_BYTES);
    if (Object.is(Math.fround(value), value)) {
      sink.bytes[sink.pos] = FLOAT32;
      sink.pos = sink.bytes.writeFloatBE(value, sink.pos + 1);
    } else {
      sink.bytes[sink.pos] = FLOAT64;
      sink.pos = sink.bytes.writeDoubleBE(value, sink.pos + 1);
    }
    return this;
  }

  private byteString(t: Tensor): void {
    const { sink } = this;
    const bytes = bytesOfTensor(t);
    this.head(BYTES, bytes.length);
    if (bytes.length <= COPIED) sink.appendAll(bytes);
    else {
      // They stay until the document is finished: their room is not given back before.
      t.storage.keepers++;
      this.held.push({ at: sink.pos, bytes });
      this.onFlush?.();
    }
  }
}

/** Writes an initial byte with its argument in the shortest way, and gives the position after it. */
function putHead(bytes: ByteSink['bytes'], at: number, major: number, argument: number): number {
  const high = major << 5;
  if (argument < 24) {
    bytes[at] = high | argument;
    return at + 1;
  }
  if (argument < 2 ** 8) {
    bytes[at] = high | 24;
    bytes[at + 1] = argument;
    return at + 2;
  }
  if (argument < 2 ** 16) {
    bytes[at] = high | 25;
    return bytes.writeUInt16BE(argument, at + 1);
  }
  if (argument < 2 ** 32) {
    bytes[at] = high | 26;
    return bytes.writeUInt32BE(argument, at + 1);
  }
  bytes[at] = high | 27;
  bytes.writeUInt32BE(Math.floor(argument / 2 ** 32), at + 1);
  return bytes.writeUInt32BE(argument % 2 ** 32, at + 5);
}
