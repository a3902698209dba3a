/**
 * A CBOR document on its way out. What it says between its tensors comes as JSON text (RFC 8949, section
 * 6.2), in pieces that end where a token ends. That text is our own: it is followed, and not checked.
 */
import { ARRAY, BYTES, MAP, NEGATIVE, TAG, TEXT, UNSIGNED } from './source.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** So many letters fit a head of one byte. */
const SHORT = 23;

/** Bytes that stand in the document at `at`, counted without all that is inserted. */
interface Insertion {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** An array or a map that is not closed yet. */
interface Open {
  /** Where its initial byte stands. */
  readonly at: number;
  readonly major: number;
  items: number;
}

/** Appends items. Lengths are definite and written in the shortest way: they are put in once they are known. */
export class CborSink {
  private bytes = Buffer.allocUnsafe(1024);
  private pos = 0;
  private readonly insertions: Insertion[] = [];
  private readonly open: Open[] = [];

  /** Notes that an item begins. */
  private item(): void {
    const { open } = this;
    if (open.length > 0) open[open.length - 1].items++;
  }

  private room(count: number): void {
    if (this.pos + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.pos + count));
    larger.set(this.bytes.subarray(0, this.pos));
    this.bytes = larger;
  }

  private head(major: number, argument: number): void {
    this.room(9);
    this.pos = putHead(this.bytes, this.pos, major, argument);
  }

  string(text: string): void {
    this.item();
    const size = Buffer.byteLength(text);
    this.head(TEXT, size);
    this.room(size);
    this.pos += this.bytes.write(text, this.pos);
  }

  integer(value: number | bigint): void {
    this.item();
    const negative = value < 0;
    if (typeof value === 'number' && Number.isSafeInteger(value)) {
      this.head(negative ? NEGATIVE : UNSIGNED, negative ? -1 - value : value);
      return;
    }
    const argument = negative ? -1n - BigInt(value) : BigInt(value);
    if (argument < 2n ** 64n) {
      this.room(9);
      this.bytes[this.pos] = ((negative ? NEGATIVE : UNSIGNED) << 5) | 27;
      this.bytes.writeBigUInt64BE(argument, this.pos + 1);
      this.pos += 9;
      return;
    }
    const digits = argument.toString(16);
    this.room(1);
    this.bytes[this.pos++] = negative ? 0xc3 : 0xc2;
    const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
    this.head(BYTES, magnitude.length);
    this.room(magnitude.length);
    this.bytes.set(magnitude, this.pos);
    this.pos += magnitude.length;
  }

  /** In 32 bits where they hold it, else in 64. */
  float(value: number): void {
    this.item();
    this.room(9);
    if (Object.is(Math.fround(value), value)) {
      this.bytes[this.pos] = 0xfa;
      this.pos = this.bytes.writeFloatBE(value, this.pos + 1);
    } else {
      this.bytes[this.pos] = 0xfb;
      this.pos = this.bytes.writeDoubleBE(value, this.pos + 1);
    }
  }

  /** A byte string under tags, the outermost first; its bytes are copied when the document is finished. */
  byteString(bytes: Uint8Array, ...tags: readonly number[]): void {
    this.item();
    for (const tag of tags) this.head(TAG, tag);
    this.head(BYTES, bytes.length);
    if (bytes.length > 0) this.insertions.push({ at: this.pos, bytes });
  }

  private begin(major: number): void {
    this.item();
    this.room(1);
    this.open.push({ at: this.pos, major, items: 0 });
    this.pos++;
  }

  private end(): void {
    const { at, major, items } = this.open.pop() as Open;
    // Names and values are items both.
    const count = major === MAP ? items / 2 : items;
    const head = Buffer.alloc(9);
    const size = putHead(head, 0, major, count);
    this.bytes[at] = head[0];
    if (size > 1) this.insertions.push({ at: at + 1, bytes: head.subarray(1, size) });
  }

  /** JSON text that ends where a token ends. */
  json(text: string): void {
    let pos = 0;
    while (pos < text.length) {
      const code = text.charCodeAt(pos);
      switch (code) {
        case COMMA:
        case COLON:
        case 0x20:
          pos++;
          break;
        case 0x7b:
          this.begin(MAP);
          pos++;
          break;
        case 0x5b:
          this.begin(ARRAY);
          pos++;
          break;
        case 0x7d:
        case 0x5d:
          this.end();
          pos++;
          break;
        case QUOTE: {
          pos = this.stringText(text, pos);
          break;
        }
        case 0x74:
          this.literal(0xf5);
          pos += 4;
          break;
        case 0x66:
          this.literal(0xf4);
          pos += 5;
          break;
        case 0x6e:
          this.literal(0xf6);
          pos += 4;
          break;
        default:
          pos = this.numberText(text, pos);
      }
    }
  }

  /** A string in quotes; short plain ones, of which most text is made, are copied as they stand. */
  private stringText(text: string, start: number): number {
    this.room(SHORT + 1);
    const { bytes } = this;
    const at = this.pos;
    const limit = Math.min(text.length, start + 1 + SHORT);
    let pos = start + 1;
    for (; pos < limit; pos++) {
      const code = text.charCodeAt(pos);
      if (code === QUOTE) {
        const size = pos - start - 1;
        bytes[at] = (TEXT << 5) | size;
        this.pos = at + 1 + size;
        this.item();
        return pos + 1;
      }
      if (code === BACKSLASH || code > 0x7e) break;
      bytes[at + pos - start] = code;
    }
    const end = endOfString(text, start);
    const inner = text.slice(start + 1, end - 1);
    this.string(inner.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : inner);
    return end;
  }

  private literal(byte: number): void {
    this.item();
    this.room(1);
    this.bytes[this.pos++] = byte;
  }

  private numberText(text: string, start: number): number {
    NUMBER.lastIndex = start;
    const token = NUMBER.exec(text)?.[0];
    if (token === undefined) throw new SyntaxError(`no JSON token at ${start} of ${text.slice(start, start + 20)}`);
    if (!/^-?[0-9]+$/.test(token) || token === '-0') this.float(Number(token));
    else this.integer(token.length < 16 ? Number(token) : BigInt(token));
    return start + token.length;
  }

  /** The whole document; to be called once. */
  finish(): Buffer {
    if (this.open.length > 0) throw new SyntaxError(`${this.open.length} arrays or objects are not closed`);
    const insertions = this.insertions.sort((a, b) => a.at - b.at);
    let size = this.pos;
    for (const { bytes } of insertions) size += bytes.length;
    const out = Buffer.allocUnsafeSlow(size);
    let from = 0;
    let to = 0;
    for (const { at, bytes } of insertions) {
      out.set(this.bytes.subarray(from, at), to);
      to += at - from;
      out.set(bytes, to);
      to += bytes.length;
      from = at;
    }
    out.set(this.bytes.subarray(from, this.pos), to);
    return out;
  }
}

const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;

/** The place after the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let end = start;
  do {
    end = text.indexOf('"', end + 1);
    if (end < 0) throw new SyntaxError('a string is cut by the end of a piece');
  } while (isEscaped(text, end));
  return end + 1;
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text: string, at: number): boolean {
  let count = 0;
  while (text.charCodeAt(at - 1 - count) === BACKSLASH) count++;
  return count % 2 === 1;
}

/** Writes an initial byte with its argument in the shortest way, and gives the position after it. */
function putHead(bytes: Buffer, at: number, major: number, argument: number): number {
  const high = major << 5;
  if (argument < 24) {
    bytes[at] = high | argument;
    return at + 1;
  }
  if (argument < 2 ** 8) {
    bytes[at] = high | 24;
    return bytes.writeUInt8(argument, at + 1);
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
