/** Documents as JSON text (RFC 8259). A small one becomes a string, a large one bytes. */
import { Float, type Scalar } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { encodeBase64, encodedLength } from '../base64.ts';
import { DocumentWriter, type WriterOptions } from '../document-writer.ts';
import { bytesOfTensor } from '../raw.ts';
import { float64Text, MAX_NUMBER_BYTES, putAscii, putFloat64 } from './number-text.ts';
import { type TextFormat, visibleShape, writeElements } from './tensor-text.ts';

/** Strings of so many letters are copied letter by letter. */
const SHORT = 64;
/** Up to here a tensor's text is written once, and then copied: graph values often repeat outputs. */
const SMALL_ELEMENTS = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const OPEN_MAP = 0x7b;

/** Whatever may need an escape, or more than one byte. */
const UNPLAIN = /[^ !#-[\]-~]/;

/** A place in the document. */
interface Range {
  readonly start: number;
  readonly end: number;
}

export class JsonWriter extends DocumentWriter {
  /** Whether a comma stands before the next item. */
  private follows = false;
  /** What closes each map and list that is open. */
  private readonly closing: number[] = [];
  private nested: Map<Tensor, Range> | undefined;
  private flat: Map<Tensor, Range> | undefined;
  private readonly bare: boolean;

  constructor(options: WriterOptions = {}) {
    super(options);
    this.bare = options.bare ?? false;
  }

  map(): this {
    return this.open(OPEN_MAP);
  }

  list(): this {
    return this.open(OPEN_LIST);
  }

  end(): this {
    const { sink } = this;
    const closer = this.closing.pop();
    if (closer === undefined) throw new Error('no map or list is open');
    sink.room(1);
    sink.bytes[sink.pos++] = closer;
    this.follows = true;
    return this;
  }

  key(name: string): this {
    this.quoted(name);
    const { sink } = this;
    sink.bytes[sink.pos++] = COLON;
    this.follows = false;
    return this;
  }

  string(text: string): this {
    this.quoted(text);
    return this;
  }

  /** A string, and room for one more byte. */
  private quoted(text: string): void {
    const { length } = text;
    if (length > SHORT) {
      this.longString(text);
      return;
    }
    const { sink } = this;
    sink.room(length + 4);
    const { bytes } = sink;
    let { pos } = sink;
    if (this.follows) bytes[pos++] = COMMA;
    bytes[pos++] = QUOTE;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) {
        this.longString(text);
        return;
      }
      bytes[pos++] = code;
    }
    bytes[pos++] = QUOTE;
    sink.pos = pos;
    this.follows = true;
  }

  private longString(text: string): void {
    this.begin();
    this.sink.appendText(UNPLAIN.test(text) ? JSON.stringify(text) : `"${text}"`);
    this.sink.room(1);
  }

  number(value: number): this {
    this.lead(MAX_NUMBER_BYTES);
    const { sink } = this;
    sink.pos = putFloat64(sink.bytes, sink.pos, value);
    return this;
  }

  boolean(value: boolean): this {
    return this.token(value ? 'true' : 'false');
  }

  null(): this {
    return this.token('null');
  }

  scalar(value: Scalar): this {
    return this.token(scalarText(value));
  }

  base64(t: Tensor): this {
    this.begin();
    this.count(t);
    const bytes = bytesOfTensor(t);
    const length = encodedLength(bytes.length);
    const { sink } = this;
    sink.expect(length + 2);
    sink.room(length + 2);
    sink.bytes[sink.pos++] = QUOTE;
    encodeBase64(bytes, sink.bytes, sink.pos);
    sink.pos += length;
    sink.bytes[sink.pos++] = QUOTE;
    return this;
  }

  finish(): string | Buffer {
    const { sink } = this;
    return sink.small ? sink.finishText() : sink.finish();
  }

  protected begin(): void {
    this.lead(0);
  }

  /** Begins an item, with room for so many bytes of it. */
  private lead(count: number): void {
    const { sink } = this;
    sink.room(count + 1);
    if (this.follows) sink.bytes[sink.pos++] = COMMA;
    this.follows = true;
  }

  protected putElements(t: Tensor, format: TextFormat): void {
    const { sink } = this;
    if (this.bare) {
      const start = sink.pos;
      writeElements(sink, t, format);
      sink.remove(QUOTE, start);
      return;
    }
    if (textCells(t, format) > SMALL_ELEMENTS) {
      writeElements(sink, t, format);
      return;
    }
    const known = format === 'nested' ? (this.nested ??= new Map()) : (this.flat ??= new Map());
    const range = known.get(t);
    if (range !== undefined) {
      sink.repeat(range.start, range.end);
      return;
    }
    const start = sink.pos;
    writeElements(sink, t, format);
    known.set(t, { start, end: sink.pos });
  }

  protected cut(places: readonly number[]): Uint8Array[] {
    const document = this.sink.finish();
    return [...places, document.length].map((end, i) => document.subarray(i === 0 ? 0 : places[i - 1], end));
  }

  private open(bracket: number): this {
    this.lead(1);
    const { sink } = this;
    sink.bytes[sink.pos++] = bracket;
    // In ASCII a closing bracket stands two after its opening one.
    this.closing.push(bracket + 2);
    this.follows = false;
    return this;
  }

  /** An item of plain ASCII letters. */
  private token(text: string): this {
    this.lead(text.length);
    const { sink } = this;
    sink.pos = putAscii(sink.bytes, sink.pos, text);
    return this;
  }
}

/** Elements and, where there are none, the empty rows: what the length of the text goes by. */
function textCells(t: Tensor, format: TextFormat): number {
  let cells = 1;
  for (const size of visibleShape(t.shape, format)) cells *= Math.max(size, 1);
  return cells;
}

function scalarText(value: Scalar): string {
  if (value instanceof Float) {
    const text = float64Text(value.value);
    return /^-?[0-9]+$/.test(text) ? `${text}.0` : text;
  }
  if (Object.is(value, -0)) return '-0.0';
  if (typeof value !== 'number') return String(value);
  // Beyond 2^53 toString gives the shortest digits, which for an integer are other digits.
  return Number.isInteger(value) && Math.abs(value) > 2 ** 53 ? String(BigInt(value)) : float64Text(value);
}
