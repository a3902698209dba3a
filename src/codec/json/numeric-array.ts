/**
 * Nested numbers, from bytes to one flat array and a shape in a single pass, with no JavaScript
 * value made for an element. Where an array proves to be a long one, WebAssembly takes over; whatever
 * is not a plain number, or is wrong, comes back to here, so that each rule and each message is here.
 */
import { MAX_DIMS } from '../../tensor/shape.ts';
import { giveBack, isKept, keptRoom, loan } from '../loans.ts';
import { type JsonError, jsonError } from './json-error.ts';
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
} from './source.ts';
import { WindowScan } from './wasm/scan.ts';

export interface NumericArray {
  /** Row-major; true and false as 1 and 0. */
  readonly values: Float64Array;
  readonly tokens: 'bool' | 'number';
  /** As the brackets say; a shape with a zero ends there, since nothing can be seen beyond it. */
  readonly shape: number[];
  /** Where, in rising order, integers stood that a double does not hold, and what they were. */
  readonly longAt: readonly number[];
  readonly long: readonly bigint[];
  /** The first element that was a decimal string, which only int64 takes; -1 for none. */
  readonly firstString: number;
}

const NON_FINITE: Record<string, number> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };
const DECIMAL = /^-?(?:0|[1-9][0-9]*)$/;
const NUMERIC = /^\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*$/;

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
  const scan = new Scan(source, wasm);
  try {
    return scan.read();
  } finally {
    scan.end();
  }
}

const isNumberStart = (byte: number): boolean => (byte ^ 0x30) <= 9 || byte === MINUS;

class Scan {
  private readonly source: JsonSource;
  private readonly start: number;
  /** Elements so far. */
  private n = 0;
  private values: Float64Array = scratch;
  private window: WindowScan | undefined;
  /** From how many elements on WebAssembly is asked, and how many more that becomes where it had nothing to do. */
  private wasmFrom: number;
  private pause = FIRST_ELEMENTS;
  private tokens: 'bool' | 'number' | undefined;
  private readonly longAt: number[] = [];
  private readonly long: bigint[] = [];
  private firstString = -1;
  /** Whether the room was measured by the text to come; where that proves too little it is doubled. */
  private estimated = false;
  /** How many arrays are open, and how many elements each has so far: also the path to the next one. */
  private depth = 0;
  private readonly counts: number[] = [];
  /** The number of dimensions, once the first element, or the first empty array, was seen. */
  private rank = -1;
  /** -1 until the first array of that depth closes. */
  private readonly shape: number[] = [];

  constructor(source: JsonSource, wasm: boolean) {
    this.source = source;
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
        this.open();
        if (source.peek() !== CLOSE_BRACKET) continue;
        if (this.rank === -1) this.rank = this.depth;
      } else if (this.element(byte)) {
        continue;
      }
      this.close();
    } while (this.depth > 0);
    return {
      values: this.ownValues(),
      tokens: this.tokens ?? 'number',
      shape: this.shape,
      longAt: this.longAt,
      long: this.long,
      firstString: this.firstString,
    };
  }

  private open(): void {
    if (this.depth === this.rank) {
      const wanted = this.shape[this.depth - 1] === 0 ? 'no elements as in the first row' : 'a number';
      throw this.fail(`expected ${wanted}, got an array`);
    }
    if (this.depth === MAX_DIMS) {
      throw this.source.error(`nested deeper than the ${MAX_DIMS} dimensions that a tensor can have`);
    }
    this.counts[this.depth++] = 0;
    if (this.shape.length < this.depth) this.shape.push(-1);
    this.source.pos++;
  }

  /** Closes all arrays that end here, and passes the comma before the next element. */
  private close(): void {
    const { source, counts, shape } = this;
    while (this.depth > 0) {
      const byte = source.peek();
      if (byte !== COMMA && byte !== CLOSE_BRACKET) throw this.fail(source.unexpected('"," or "]"'), this.depth - 1);
      source.pos++;
      if (byte === COMMA) return;
      const depth = --this.depth;
      const count = counts[depth];
      if (shape[depth] === -1) shape[depth] = count;
      if (shape[depth] !== count) {
        const wanted = shape[depth] === 1 ? '1 element' : `${shape[depth]} elements`;
        throw this.fail(`expected ${wanted} as in the first row, got ${count}`);
      }
      if (depth > 0) counts[depth - 1]++;
    }
  }

  /** True where it read on to the beginning of another element. */
  private element(byte: number): boolean {
    const { source } = this;
    if (isNumberStart(byte)) {
      this.expect('number');
      if (this.n >= this.wasmFrom && this.depth > 0) return this.manyNumbers();
      this.numbers();
    } else if (byte === LOWER_T || byte === LOWER_F) {
      this.expect('bool');
      this.append(source.literal() ? 1 : 0);
    } else if (byte === QUOTE) {
      this.expect('number');
      this.append(this.numericString(source.string()));
    } else if (byte === LOWER_N) {
      source.literal();
      throw this.fail('expected a number, got null');
    } else if (byte === OPEN_BRACE) {
      throw this.fail('expected a number, got an object');
    } else {
      throw this.fail(source.unexpected('a number'));
    }
    return false;
  }

  /** Checks that an element of this kind may come here. */
  private expect(kind: 'bool' | 'number'): void {
    if (this.tokens !== kind) {
      if (this.tokens !== undefined) {
        throw this.fail(`a ${nameOf(kind)} among ${nameOf(this.tokens)}s, a tensor is made of either`);
      }
      this.tokens = kind;
    }
    if (this.depth !== this.rank) {
      if (this.rank !== -1) throw this.fail(`expected an array, got a ${nameOf(kind)}`);
      this.rank = this.depth;
    }
  }

  private append(value: number): void {
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
        throw this.fail(source.badNumber(~end));
      }
      const value = values[n];
      if (value >= 2 ** 53 || value <= -(2 ** 53)) this.keepLong(n, value, pos, end);
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
  }

  /** Keeps an integer that its double may not hold, where some dtype might. */
  private keepLong(at: number, value: number, start: number, end: number): void {
    const { bytes } = this.source;
    if (Math.abs(value) > 2 ** 63 || !isIntegerToken(bytes, start, end)) return;
    this.longAt.push(at);
    this.long.push(BigInt(tokenText(bytes, start, end)));
  }

  private numericString(text: string): number {
    if (Object.hasOwn(NON_FINITE, text)) return NON_FINITE[text];
    if (!DECIMAL.test(text)) {
      throw this.fail(
        NUMERIC.test(text)
          ? `numeric string ${quoted(text)}, numbers are written without quotes`
          : `expected a number, got the string ${quoted(text)}`,
      );
    }
    const value = Number(text);
    if (Math.abs(value) >= 2 ** 53 && Math.abs(value) <= 2 ** 63) {
      this.longAt.push(this.n);
      this.long.push(BigInt(text));
    }
    if (this.firstString === -1) this.firstString = this.n;
    return value;
  }

  /** An error at the next element, or `steps` deep on the way to it. */
  private fail(detail: string, steps = this.depth): JsonError {
    let pointer = this.source.pointer();
    for (let i = 0; i < steps; i++) pointer += `/${this.counts[i]}`;
    return jsonError(pointer, detail);
  }
}

const nameOf = (tokens: 'bool' | 'number'): string => (tokens === 'bool' ? 'boolean' : 'number');
const quoted = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
