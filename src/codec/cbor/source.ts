/**
 * A CBOR body being read: its bytes, how far we are, and the JSON Pointer of where we are (RFC 8949, RFC 6901).
 *
 * The decoder is our own since the packages that there are build the whole value before anyone can say
 * what was expected where. Here that would mean a copy or a JavaScript number for every element of every
 * tensor, floats and integers no longer told apart (Python's `2.0` is not `2`), and refusals that name no
 * place. Of the well-kept ones, cbor-x lets the last of two equal names win, cborg reads neither strings of
 * indefinite length nor typed arrays, and cbor2, which reads all of that, takes 10 ms and more for a typed
 * array of 4 MB; it serves the tests as the independent opinion.
 */
import { isUtf8 } from 'node:buffer';
import { COST, CostLimit, MAX_COST } from '../cost.ts';
import { type JsonError, jsonError, pointerStep } from '../json/json-error.ts';
import { intern, MAX_INTERNED_LENGTH } from '../json/source.ts';
import type { Mark } from '../slots.ts';

export const UNSIGNED = 0;
export const NEGATIVE = 1;
export const BYTES = 2;
export const TEXT = 3;
export const ARRAY = 4;
export const MAP = 5;
export const TAG = 6;
export const SIMPLE = 7;

export const NULL = 0xf6;
const BREAK = 0xff;

/** The argument of an item of indefinite length. */
export const INDEFINITE = -1;

export class CborSource {
  readonly bytes: Buffer;
  pos = 0;
  /** Keys and indices from the root to the value being read. */
  readonly path: (string | number)[] = [];
  private lazyView: DataView | undefined;
  readonly cost: CostLimit;
  private readonly maxDepth: number;
  private depth = 0;

  constructor(bytes: Uint8Array, maxDepth: number, maxCost = MAX_COST, check?: () => void) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.maxDepth = maxDepth;
    this.cost = new CostLimit(maxCost, check);
  }

  /** Of the whole body; made when it is first needed, which in a small body is often never. */
  get view(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.lazyView ??= new DataView(buffer, byteOffset, byteLength);
    return this.lazyView;
  }

  mark(): Mark {
    return { pos: this.pos, steps: this.path.length, depth: this.depth };
  }

  rewind({ pos, steps, depth }: Mark): void {
    this.pos = pos;
    this.path.length = steps;
    this.depth = depth;
  }

  pointer(): string {
    let pointer = '';
    for (const key of this.path) pointer += pointerStep(key);
    return pointer;
  }

  /** An error at this very place. */
  error(detail: string): JsonError {
    return jsonError(this.pointer(), detail);
  }

  /** Something else than `expected` stands at `pos`. */
  unexpected(expected: string): JsonError {
    return this.error(`expected ${expected} at byte ${this.pos}, got ${this.describe()}`);
  }

  /** The initial byte of the next item, not yet consumed. */
  peek(): number {
    const { bytes, pos } = this;
    if (pos < bytes.length) return bytes[pos];
    throw this.error(
      bytes.length === 0 ? 'the body is empty, CBOR was expected' : `the body ends at byte ${pos}, within an item`,
    );
  }

  /** The major type of the next item, not yet consumed. */
  major(): number {
    return this.peek() >> 5;
  }

  /**
   * Reads an initial byte with its argument: a value, a length or a tag. Beyond 2^53 it is rounded, see
   * {@link integer}; {@link INDEFINITE} where the length is left open.
   */
  argument(): number {
    const info = this.peek() & 31;
    if (info < 24) {
      this.pos++;
      return info;
    }
    if (info === 31) {
      const major = this.major();
      if (major < BYTES || major > MAP) throw this.unexpected('a CBOR item');
      this.pos++;
      return INDEFINITE;
    }
    if (info > 27)
      throw this.error(`the byte 0x${this.bytes[this.pos].toString(16)} at byte ${this.pos} is reserved in CBOR`);
    const at = this.take(1 + (1 << (info - 24))) + 1;
    if (info === 24) return this.bytes[at];
    const { view } = this;
    if (info === 25) return view.getUint16(at);
    if (info === 26) return view.getUint32(at);
    return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
  }

  /** Reads an integer; a bigint where it lies beyond 2^53, since a double need not hold it. */
  integer(): number | bigint {
    const start = this.peek();
    const negative = start >> 5 === NEGATIVE;
    const value = this.argument();
    if (value < 2 ** 53) return negative ? -1 - value : value;
    const exact = this.view.getBigUint64(this.pos - 8);
    return negative ? -1n - exact : exact;
  }

  /** Whether an item of the major type 7 is a float. */
  atFloat(): boolean {
    const byte = this.peek();
    return byte >= 0xf9 && byte <= 0xfb;
  }

  /** Reads a float of 16, 32 or 64 bits. */
  float(): number {
    const byte = this.peek();
    if (byte === 0xfb) return this.view.getFloat64(this.take(9) + 1);
    if (byte === 0xfa) return this.view.getFloat32(this.take(5) + 1);
    return halfToNumber(this.view.getUint16(this.take(3) + 1));
  }

  /** Passes `count` bytes and gives the position of the first. */
  private take(count: number): number {
    const at = this.pos;
    if (count > this.bytes.length - at) {
      throw this.error(`${count} bytes announced at byte ${at}, of which the body has ${this.bytes.length - at}`);
    }
    this.pos = at + count;
    return at;
  }

  /** Passes the end of an item of indefinite length, if it stands here. */
  atBreak(): boolean {
    if (this.peek() !== BREAK) return false;
    this.pos++;
    return true;
  }

  /** Reads the length of an array or a map. Each item takes a byte at least: more are not believed. */
  length(bytesEach: number): number {
    const at = this.pos;
    const count = this.argument();
    const left = Math.floor((this.bytes.length - this.pos) / bytesEach);
    if (count <= left) return count;
    throw this.error(`${count} items announced at byte ${at}, the body has room for ${left}`);
  }

  /** Reads a map, at its head; `visit` is called at each value and reads it. */
  members(visit: (key: string) => void): void {
    this.enter();
    this.cost.add(COST.object);
    const count = this.length(2);
    for (let i = 0; count === INDEFINITE ? !this.atBreak() : i < count; i++) {
      if (this.major() !== TEXT) throw this.unexpected('a member name, which is a text string,');
      this.cost.add(COST.member);
      const key = this.text();
      this.path.push(key);
      visit(key);
      this.path.pop();
    }
    this.depth--;
  }

  /** Reads an array, at its head; `visit` is called at each element and reads it. */
  elements(visit: (index: number) => void): void {
    this.enter();
    this.cost.add(COST.array);
    const count = this.length(1);
    for (let i = 0; count === INDEFINITE ? !this.atBreak() : i < count; i++) {
      this.cost.add(COST.element);
      this.path.push(i);
      visit(i);
      this.path.pop();
    }
    this.depth--;
  }

  private enter(): void {
    if (++this.depth > this.maxDepth) throw this.error(`nested deeper than ${this.maxDepth} levels`);
  }

  /** Reads a text string, at its head. */
  text(): string {
    const length = this.argument();
    if (length !== INDEFINITE) return this.characters(length);
    let text = '';
    while (!this.atBreak()) {
      if (this.major() !== TEXT) throw this.unexpected('a piece of a text string');
      this.cost.add(COST.piece);
      text += this.characters(this.pieceLength());
    }
    return text;
  }

  private characters(length: number): string {
    const { bytes } = this;
    const start = this.take(length);
    const end = start + length;
    if (length <= MAX_INTERNED_LENGTH) {
      let hash = 0;
      let pos = start;
      for (; pos < end && bytes[pos] < 0x80; pos++) hash = (Math.imul(hash, 31) + bytes[pos]) | 0;
      if (pos === end) return intern(bytes, start, end, hash & 1023);
    }
    if (!isUtf8(bytes.subarray(start, end))) throw this.error(`the string at byte ${start} is not valid UTF-8`);
    return bytes.toString('utf8', start, end);
  }

  /** Reads a byte string, at its head; where it is in one piece, it is a window on the body. */
  byteString(): Buffer {
    const { bytes } = this;
    const length = this.argument();
    if (length !== INDEFINITE) {
      const start = this.take(length);
      return bytes.subarray(start, start + length);
    }
    const pieces: Buffer[] = [];
    while (!this.atBreak()) {
      if (this.major() !== BYTES) throw this.unexpected('a piece of a byte string');
      this.cost.add(COST.piece);
      const size = this.pieceLength();
      const start = this.take(size);
      if (size > 0) pieces.push(bytes.subarray(start, start + size));
    }
    return Buffer.concat(pieces);
  }

  private pieceLength(): number {
    const at = this.pos;
    const length = this.argument();
    if (length === INDEFINITE) throw this.error(`the piece of a string at byte ${at} has no length`);
    return length;
  }

  /** What stands at `pos`, in a few words. */
  describe(): string {
    const { bytes, pos } = this;
    if (pos >= bytes.length) return 'the end of the body';
    const byte = bytes[pos];
    switch (byte >> 5) {
      case UNSIGNED:
      case NEGATIVE:
        return 'an integer';
      case BYTES:
        return 'a byte string';
      case TEXT:
        return 'a text string';
      case ARRAY:
        return 'an array';
      case MAP:
        return 'a map';
      case TAG:
        return this.describeTag();
    }
    if (byte === BREAK) return 'a break where nothing is open';
    if (this.atFloat()) return 'a float';
    return ['false', 'true', 'null', 'undefined'][byte - 0xf4] ?? 'a simple value without a meaning here';
  }

  private describeTag(): string {
    const { pos } = this;
    if ((this.bytes[pos] & 31) === 31) return 'a tag without a number';
    try {
      return `the tag ${this.argument()}`;
    } finally {
      this.pos = pos;
    }
  }
}

/** IEEE 754 binary16 to the number that it is (RFC 8949, appendix D). */
export function halfToNumber(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}
