/** A body being read: its bytes, how far we are, and the JSON Pointer of where we are (RFC 8259, RFC 6901). */
import { isUtf8 } from 'node:buffer';
import { COST, CostLimit, MAX_COST } from '../cost.ts';
import type { Mark } from '../slots.ts';
import { type JsonError, jsonError, pointerStep } from './json-error.ts';

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const UPPER_I = 0x49;
export const UPPER_N = 0x4e;
export const LOWER_F = 0x66;
export const LOWER_N = 0x6e;
export const LOWER_T = 0x74;

export const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Letters after a backslash, and the code points that they stand for. */
const ESCAPES: ReadonlyMap<string, number> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
    ([letter, text]) => [letter, text.charCodeAt(0)],
  ),
);

const NON_FINITE = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
] as const;

/** Short ASCII strings seen before, by hash: names come again in every request. */
const INTERNED = new Array<string>(1024).fill('');
export const MAX_INTERNED_LENGTH = 24;

export class JsonSource {
  readonly bytes: Buffer;
  pos = 0;
  /** Keys and indices from the root to the value being read. */
  readonly path: (string | number)[] = [];
  readonly cost: CostLimit;
  private readonly bare: boolean;
  private readonly maxDepth: number;
  private depth = 0;
  private quoteAt = -1;

  constructor(bytes: Uint8Array, maxDepth: number, maxCost = MAX_COST, check?: () => void, bare = false) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.maxDepth = maxDepth;
    this.bare = bare;
    this.cost = new CostLimit(maxCost, check);
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

  /** The next byte that is not white space, not yet consumed; 0 at the end. */
  peek(): number {
    const { bytes } = this;
    const end = bytes.length;
    let { pos } = this;
    while (pos < end) {
      const byte = bytes[pos];
      if (!isSpace(byte)) {
        this.pos = pos;
        return byte;
      }
      pos++;
    }
    this.pos = pos;
    return 0;
  }

  /** Where the next quote from `pos` on stands, or the end: numbers reach no further. Found in one pass over the body. */
  quoteAfter(pos: number): number {
    if (this.quoteAt < pos) {
      const at = this.bytes.indexOf(QUOTE, pos);
      this.quoteAt = at < 0 ? this.bytes.length : at;
    }
    return this.quoteAt;
  }

  /** An error at this very place. */
  error(detail: string): JsonError {
    return jsonError(this.pointer(), detail);
  }

  /** A syntax error at `pos`. */
  syntax(expected: string): JsonError {
    return this.error(this.unexpected(expected));
  }

  /** What stands at `pos`, and what should have been there. */
  unexpected(expected: string): string {
    const { bytes, pos } = this;
    if (bytes.length === 0) return 'the body is empty, JSON was expected';
    const text = bytes.toString('latin1', pos, pos + 9);
    const nonFinite = /^(?:NaN|-?Infinity)/.exec(text)?.[0];
    if (nonFinite !== undefined) return `${nonFinite} at byte ${pos} is not JSON, write "${nonFinite}" as a string`;
    if (text.startsWith('\xef\xbb\xbf')) return `a byte order mark at byte ${pos} is not JSON`;
    return `expected ${expected} at byte ${pos}, got ${describeByte(bytes, pos)}`;
  }

  /** Passes a bare word at `pos` that stands for a number which is not finite; undefined where there is none, or none may be. */
  nonFinite(): number | undefined {
    if (!this.bare) return undefined;
    const { bytes, pos } = this;
    for (const [word, value] of NON_FINITE) {
      if (bytes.toString('latin1', pos, pos + word.length) !== word) continue;
      this.pos = pos + word.length;
      return value;
    }
    return undefined;
  }

  /** What is wrong with the number at `pos`, which no longer is one at `bad`. */
  badNumber(bad: number): string {
    const { bytes, pos } = this;
    if (bytes[bad] === 0x49) return this.unexpected('a number'); // -Infinity
    this.pos = bad;
    return bad < bytes.length && (bytes[bad] ^ 0x30) <= 9
      ? `the number at byte ${pos} starts with a zero`
      : this.unexpected('a digit');
  }

  /** Reads an object, at its `{`; `visit` is called at each value and reads it. */
  members(visit: (key: string) => void): void {
    this.enter();
    this.cost.add(COST.object);
    if (this.peek() === CLOSE_BRACE) {
      this.pos++;
      this.depth--;
      return;
    }
    for (;;) {
      if (this.peek() !== QUOTE) throw this.syntax('a member name in double quotes');
      this.cost.add(COST.member);
      const key = this.string();
      this.path.push(key);
      if (this.peek() !== COLON) throw this.syntax('":"');
      this.pos++;
      visit(key);
      this.path.pop();
      if (this.endsAfterValue(CLOSE_BRACE)) return;
    }
  }

  /** Reads an array, at its `[`; `visit` is called at each element and reads it. */
  elements(visit: (index: number) => void): void {
    this.enter();
    this.cost.add(COST.array);
    if (this.peek() === CLOSE_BRACKET) {
      this.pos++;
      this.depth--;
      return;
    }
    for (let i = 0; ; i++) {
      this.cost.add(COST.element);
      this.path.push(i);
      visit(i);
      this.path.pop();
      if (this.endsAfterValue(CLOSE_BRACKET)) return;
    }
  }

  private enter(): void {
    if (++this.depth > this.maxDepth) throw this.error(`nested deeper than ${this.maxDepth} levels`);
    this.pos++;
  }

  private endsAfterValue(close: number): boolean {
    const byte = this.peek();
    if (byte !== COMMA && byte !== close) throw this.syntax(`"," or "${String.fromCharCode(close)}"`);
    this.pos++;
    if (byte === COMMA) return false;
    this.depth--;
    return true;
  }

  /** Reads `true`, `false` or `null`, at its first letter. */
  literal(): boolean | null {
    switch (this.bytes[this.pos]) {
      case LOWER_T:
        return this.word('true', true);
      case LOWER_F:
        return this.word('false', false);
      default:
        return this.word('null', null);
    }
  }

  private word<T>(text: string, value: T): T {
    const { bytes, pos } = this;
    for (let i = 0; i < text.length; i++) if (bytes[pos + i] !== text.charCodeAt(i)) throw this.syntax('a JSON value');
    this.pos = pos + text.length;
    return value;
  }

  /** Reads a string, at its opening quote. */
  string(): string {
    const { bytes } = this;
    const start = this.pos + 1;
    const end = bytes.length;
    let hash = 0;
    let pos = start;
    for (; pos < end; pos++) {
      const byte = bytes[pos];
      if (byte === QUOTE) {
        this.pos = pos + 1;
        return pos - start <= MAX_INTERNED_LENGTH
          ? intern(bytes, start, pos, hash & 1023)
          : bytes.toString('latin1', start, pos);
      }
      if (byte === BACKSLASH || byte < 0x20 || byte > 0x7f) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    return this.longString(start);
  }

  /** A string with escapes, or with more than ASCII. It is put together as bytes, and made a string once. */
  private longString(start: number): string {
    const { bytes } = this;
    let escaped = false;
    let end = start;
    for (; bytes[end] !== QUOTE; end++) {
      if (end >= bytes.length) {
        this.pos = bytes.length;
        throw this.syntax('the closing quote of a string');
      }
      const byte = bytes[end];
      if (byte < 0x20) {
        this.pos = end;
        throw this.error(`control character ${hex(byte)} at byte ${end} inside a string, it must be escaped`);
      }
      if (byte === BACKSLASH) {
        escaped = true;
        end++;
      }
    }
    const whole = bytes.subarray(start, end);
    if (!isUtf8(whole)) throw this.error(`the string at byte ${start} is not valid UTF-8`);
    const text = escaped ? this.unescaped(start, end) : whole.toString('utf8');
    this.pos = end + 1;
    return text;
  }

  private unescaped(start: number, end: number): string {
    const { bytes } = this;
    // An escape is longer than the character that it stands for.
    const out = Buffer.allocUnsafe(end - start);
    let length = 0;
    this.pos = start;
    while (this.pos < end) {
      const byte = bytes[this.pos];
      if (byte !== BACKSLASH) {
        out[length++] = byte;
        this.pos++;
        continue;
      }
      const code = this.escape();
      if (code < 0x80) out[length++] = code;
      else length += out.write(String.fromCodePoint(code), length, 'utf8');
    }
    return out.toString('utf8', 0, length);
  }

  /** The code point that the escape at `pos` stands for. */
  private escape(): number {
    const at = this.pos;
    const letter = String.fromCharCode(this.bytes[at + 1]);
    this.pos = at + 2;
    const plain = ESCAPES.get(letter);
    if (plain !== undefined) return plain;
    if (letter !== 'u') throw this.error(`bad escape at byte ${at} inside a string`);
    const unit = this.hexUnit();
    if (unit < 0xd800 || unit > 0xdfff) return unit;
    if (unit < 0xdc00 && this.bytes[this.pos] === BACKSLASH && this.bytes[this.pos + 1] === 0x75) {
      this.pos += 2;
      const low = this.hexUnit();
      if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    throw this.error(`lone surrogate at byte ${at} inside a string`);
  }

  private hexUnit(): number {
    let unit = 0;
    for (let i = 0; i < 4; i++) {
      const digit = hexDigit(this.bytes[this.pos + i]);
      if (digit < 0) {
        throw this.error(`bad escape at byte ${this.pos - 2} inside a string, \\u takes four hexadecimal digits`);
      }
      unit = 16 * unit + digit;
    }
    this.pos += 4;
    return unit;
  }
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(byte: number): number {
  if ((byte ^ 0x30) <= 9) return byte ^ 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** A short ASCII string, the same one where it came before; `slot` is its hash. */
export function intern(bytes: Buffer, start: number, end: number, slot: number): string {
  const known = INTERNED[slot];
  if (known.length === end - start) {
    let i = 0;
    while (i < known.length && known.charCodeAt(i) === bytes[start + i]) i++;
    if (i === known.length) return known;
  }
  const text = bytes.toString('latin1', start, end);
  INTERNED[slot] = text;
  return text;
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;

function describeByte(bytes: Uint8Array, pos: number): string {
  if (pos >= bytes.length) return 'the end of the body';
  const byte = bytes[pos];
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `the byte ${hex(byte)}`;
}
