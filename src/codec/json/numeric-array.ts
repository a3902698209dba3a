/**
 * Nested numbers, from bytes to one flat array and a shape in a single pass, with no JavaScript
 * value made for an element. Where an array proves to be a long one, WebAssembly takes over; whatever
 * is not a plain number, or is wrong, comes back to here, so that each rule and each message is here.
 */
import { giveBack, isKept, keptRoom, loan } from '../loans.ts';
import { type NumericArray, NumericScan } from '../numeric-scan.ts';
import { isIntegerToken, scanNumber, tokenText } from './scan-number.ts';
import {
  CLOSE_BRACKET,
  COMMA,
  isSpace,
  type JsonSource,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  UPPER_I,
  UPPER_N,
} from './source.ts';
import { WindowScan } from './wasm/scan.ts';

/** For all arrays that are no longer. */
const scratch = new Float64Array(1024);
/** Elements that are read here before WebAssembly is asked, and after it had read few. */
const FIRST_ELEMENTS = 256;
const MAX_PAUSE = 4096;

/**
 * Reads a number, a bool, a numeric string, or arrays of them, at the first byte. Without `wasm` the
 * plain scanner reads all of it, to the same result.
 */
export function scanNumericArray(source: JsonSource, wasm = true): NumericArray {
  const scan = new JsonScan(source, wasm);
  try {
    return scan.read();
  } finally {
    scan.end();
  }
}

const isNumberStart = (byte: number): boolean => (byte ^ 0x30) <= 9 || byte === MINUS;

class JsonScan extends NumericScan<JsonSource> {
  private readonly start: number;
  /** Elements so far. */
  private n = 0;
  private values: Float64Array = scratch;
  private window: WindowScan | undefined;
  /** From how many elements on WebAssembly is asked, and how many more that becomes where it had nothing to do. */
  private wasmFrom: number;
  private pause = FIRST_ELEMENTS;
  /** Whether the room was measured by the text to come; where that proves too little it is doubled. */
  private estimated = false;
  /** How many arrays are open. */
  private depth = 0;

  constructor(source: JsonSource, wasm: boolean) {
    super(source);
    this.start = source.pos;
    this.wasmFrom = wasm ? FIRST_ELEMENTS : Number.POSITIVE_INFINITY;
  }

  end(): void {
    this.window?.end();
  }

  read(): NumericArray {
    const { source } = this;
    do {
      const byte = source.peek();
      if (byte === OPEN_BRACKET) {
        this.opens(this.depth++);
        source.pos++;
        if (source.peek() !== CLOSE_BRACKET) continue;
      } else if (this.element(byte)) {
        continue;
      }
      this.close();
    } while (this.depth > 0);
    return this.result(this.ownValues());
  }

  /** Closes all arrays that end here, and passes the comma before the next element. */
  private close(): void {
    const { source, counts } = this;
    while (this.depth > 0) {
      const byte = source.peek();
      if (byte !== COMMA && byte !== CLOSE_BRACKET) throw this.fail(source.unexpected('"," or "]"'), this.depth - 1);
      source.pos++;
      if (byte === COMMA) return;
      const depth = --this.depth;
      this.closes(depth, counts[depth]);
      source.cost.pass(1);
      if (depth > 0) counts[depth - 1]++;
    }
  }

  /** True where it read on to the beginning of another element. */
  private element(byte: number): boolean {
    const { source } = this;
    if (isNumberStart(byte)) {
      this.expect('number', this.depth);
      if (this.n >= this.wasmFrom && this.depth > 0) return this.manyNumbers();
      this.numbers();
    } else if (byte === LOWER_T || byte === LOWER_F) {
      this.expect('bool', this.depth);
      this.append(source.literal() ? 1 : 0);
    } else if (byte === QUOTE) {
      this.expect('number', this.depth);
      this.append(this.numericString(source.string(), this.n, this.depth));
    } else if ((byte === UPPER_N || byte === UPPER_I) && this.bareWord()) {
      return false;
    } else if (byte === LOWER_N) {
      source.literal();
      throw this.fail('expected a number, got null', this.depth);
    } else if (byte === OPEN_BRACE) {
      throw this.fail('expected a number, got an object', this.depth);
    } else {
      throw this.fail(source.unexpected('a number'), this.depth);
    }
    return false;
  }

  /** Takes a bare word, where one may stand here. */
  private bareWord(): boolean {
    const value = this.source.nonFinite();
    if (value === undefined) return false;
    this.expect('number', this.depth);
    this.append(value);
    return true;
  }

  private append(value: number): void {
    this.source.cost.pass(1);
    if (this.n === this.values.length) this.reach(this.n + 1);
    this.values[this.n++] = value;
    if (this.depth > 0) this.counts[this.depth - 1]++;
  }

  /** Numbers and brackets, in WebAssembly, as far as that goes; if that is nowhere, the next number. */
  private manyNumbers(): boolean {
    const { source } = this;
    this.window ??= new WindowScan(source.bytes, this.counts, this.shape, this.rank);
    const { window } = this;
    const before = this.n;
    let more: boolean;
    do {
      more = window.scan(source.pos);
      source.pos = window.pos;
      this.depth = window.depth;
      const { found } = window;
      if (this.n + found.length > this.values.length) this.reach(this.n + found.length);
      this.values.set(found, this.n);
      this.n += found.length;
      // A window of brackets alone has taken its time, too.
      source.cost.pass(found.length + 1);
    } while (more);
    const read = this.n - before;
    this.pause = read >= FIRST_ELEMENTS ? FIRST_ELEMENTS : Math.min(2 * this.pause, MAX_PAUSE);
    if (read < FIRST_ELEMENTS) this.wasmFrom = this.n + this.pause;
    if (read === 0) {
      this.numbers();
      return false;
    }
    return window.beforeElement;
  }

  /** Makes room for `count` elements, and for as many as the numbers so far let expect. */
  private reach(count: number): void {
    const { source, n, start } = this;
    let wanted = 2 * count;
    let larger = keptRoom(16 * count);
    if (larger !== undefined) wanted = larger.length;
    else if (this.depth === 0) wanted = count;
    else if (this.window !== undefined && !this.estimated) {
      const rest = (source.quoteAfter(source.pos) - source.pos) / ((source.pos - start) / count);
      // In steps: a short array may stand first in a long body.
      wanted = Math.min(count + Math.ceil(1.02 * rest) + FIRST_ELEMENTS, 16 * count);
      this.estimated = wanted < 16 * count;
    }
    larger ??= loan(wanted);
    larger.set(this.values.subarray(0, n));
    giveBack(this.values.buffer);
    this.values = larger;
  }

  private ownValues(): Float64Array {
    const { values, n } = this;
    // The room that is kept is as large for any.
    if (values !== scratch && (values.length <= 1.25 * n || isKept(values))) return values.subarray(0, n);
    return values.slice(0, n);
  }

  /** The hot loop: numbers and the commas between them, as long as nothing else comes. */
  private numbers(): void {
    const { source, depth } = this;
    const { bytes } = source;
    const length = bytes.length;
    const first = this.n;
    const last = this.wasmFrom;
    let { values } = this;
    let { pos } = source;
    let n = first;
    for (;;) {
      if (n === values.length) {
        this.n = n;
        source.pos = pos;
        this.reach(n + 1);
        values = this.values;
      }
      const end = scanNumber(bytes, pos, values, n);
      if (end < 0) {
        if (depth > 0) this.counts[depth - 1] += n - first;
        source.pos = pos;
        this.n = n;
        source.cost.pass(n - first);
        if (this.bareWord()) return;
        throw this.fail(source.badNumber(~end), depth);
      }
      const value = values[n];
      if (value >= 2 ** 53 || value <= -(2 ** 53)) this.keepToken(n, value, pos, end);
      n++;
      pos = end;
      if (depth === 0 || n >= last) break;
      while (pos < length && isSpace(bytes[pos])) pos++;
      if (pos === length || bytes[pos] !== COMMA) break;
      let next = pos + 1;
      while (next < length && isSpace(bytes[next])) next++;
      if (next === length || !isNumberStart(bytes[next])) break;
      pos = next;
    }
    source.pos = pos;
    this.n = n;
    if (depth > 0) this.counts[depth - 1] += n - first;
    source.cost.pass(n - first);
  }
  private keepToken(at: number, value: number, start: number, end: number): void {
    const { bytes } = this.source;
    if (isIntegerToken(bytes, start, end)) this.keepLong(at, value, () => BigInt(tokenText(bytes, start, end)));
  }
}
