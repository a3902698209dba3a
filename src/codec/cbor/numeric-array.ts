/** Nested arrays of CBOR numbers to one flat array and a shape, as the JSON reader gives them. */
import { MAX_DIMS } from '../../tensor/shape.ts';
import { type JsonError, jsonError } from '../json/json-error.ts';
import type { NumericArray } from '../json/numeric-array.ts';
import { ARRAY, type CborSource, INDEFINITE, MAP, NEGATIVE, NULL, SIMPLE, TAG, TEXT, UNSIGNED } from './source.ts';
import { readBignum, TAG_BIGNUM, TAG_NEGATIVE_BIGNUM } from './value.ts';

/** RFC 8746, section 3.2: all elements are of one kind, which those of a tensor are in any case. */
const TAG_HOMOGENEOUS = 41;

const NON_FINITE: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity };
const DECIMAL = /^-?(?:0|[1-9][0-9]*)$/;

/** Elements that room is made for on an array's word alone. */
const MAX_RESERVED = 2 ** 16;

/** Reads a number, a bool, a numeric string, or arrays of them. */
export function scanNumericArray(source: CborSource): NumericArray {
  return new Scan(source).read();
}

class Scan {
  private readonly source: CborSource;
  private values = new Float64Array(16);
  private n = 0;
  private tokens: 'bool' | 'number' | undefined;
  private readonly longAt: number[] = [];
  private readonly long: bigint[] = [];
  private firstString = -1;
  /** How many elements each open array has so far: also the path to the next one. */
  private readonly counts: number[] = [];
  /** The number of dimensions, once the first element, or the first empty array, was seen. */
  private rank = -1;
  /** -1 until the first array of that depth ends. */
  private readonly shape: number[] = [];

  constructor(source: CborSource) {
    this.source = source;
  }

  read(): NumericArray {
    this.item(0);
    return {
      values: this.n === this.values.length ? this.values : this.values.slice(0, this.n),
      tokens: this.tokens ?? 'number',
      shape: this.shape,
      longAt: this.longAt,
      long: this.long,
      firstString: this.firstString,
    };
  }

  private item(depth: number): void {
    const { source } = this;
    if (source.peek() === 0xd8 && source.bytes[source.pos + 1] === TAG_HOMOGENEOUS) {
      source.argument();
      if (source.major() !== ARRAY) throw this.fail(`the tag ${TAG_HOMOGENEOUS} stands before an array`, depth);
    }
    if (source.major() === ARRAY) this.array(depth);
    else this.append(this.element(depth));
  }

  private array(depth: number): void {
    const { source, counts, shape } = this;
    if (depth === this.rank) {
      const wanted = shape[depth - 1] === 0 ? 'no elements as in the first row' : 'a number';
      throw this.fail(`expected ${wanted}, got an array`, depth);
    }
    if (depth === MAX_DIMS) {
      throw source.error(`nested deeper than the ${MAX_DIMS} dimensions that a tensor can have`);
    }
    const announced = source.length(1);
    if (depth === shape.length) shape.push(-1);
    if (announced > 0) this.reserve(Math.min(announced, MAX_RESERVED));
    let count = 0;
    for (; announced === INDEFINITE ? !source.atBreak() : count < announced; count++) {
      counts[depth] = count;
      this.item(depth + 1);
    }
    if (count === 0 && this.rank === -1) this.rank = depth + 1;
    if (shape[depth] === -1) shape[depth] = count;
    if (shape[depth] !== count) {
      const wanted = shape[depth] === 1 ? '1 element' : `${shape[depth]} elements`;
      throw this.fail(`expected ${wanted} as in the first row, got ${count}`, depth);
    }
  }

  private element(depth: number): number {
    const { source } = this;
    const byte = source.peek();
    if (source.atFloat()) {
      this.expect('number', depth);
      return source.float();
    }
    switch (byte >> 5) {
      case UNSIGNED:
      case NEGATIVE:
        this.expect('number', depth);
        return this.whole(source.integer());
      case TEXT:
        this.expect('number', depth);
        return this.numericString(source.text(), depth);
      case TAG:
        return this.tagged(depth);
      case SIMPLE:
        if (byte !== 0xf4 && byte !== 0xf5) break;
        this.expect('bool', depth);
        source.pos++;
        return byte - 0xf4;
      case MAP:
        throw this.fail('expected a number, got an object', depth);
    }
    throw this.fail(
      byte === NULL ? 'expected a number, got null' : `expected a number, got ${source.describe()}`,
      depth,
    );
  }

  private tagged(depth: number): number {
    const { source } = this;
    const at = source.pos;
    const tag = source.argument();
    source.pos = at;
    if (tag === TAG_BIGNUM || tag === TAG_NEGATIVE_BIGNUM) {
      this.expect('number', depth);
      return this.whole(readBignum(source));
    }
    const detail =
      tag >= 64 && tag <= 87
        ? 'a typed array among other elements; send one typed array with a shape'
        : `expected a number, got the tag ${tag}`;
    throw this.fail(detail, depth);
  }

  /** Checks that an element of this kind may come here. */
  private expect(kind: 'bool' | 'number', depth: number): void {
    if (this.tokens !== kind) {
      if (this.tokens !== undefined) {
        throw this.fail(`a ${nameOf(kind)} among ${nameOf(this.tokens)}s, a tensor is made of either`, depth);
      }
      this.tokens = kind;
    }
    if (depth !== this.rank) {
      if (this.rank !== -1) throw this.fail(`expected an array, got a ${nameOf(kind)}`, depth);
      this.rank = depth;
    }
  }

  private reserve(count: number): void {
    if (this.n + count <= this.values.length) return;
    const larger = new Float64Array(Math.max(2 * this.values.length, this.n + count));
    larger.set(this.values.subarray(0, this.n));
    this.values = larger;
  }

  private append(value: number): void {
    if (this.n === this.values.length) this.reserve(1);
    this.values[this.n++] = value;
  }

  /** Keeps an integer that its double may not hold, where some dtype might. */
  private whole(value: number | bigint): number {
    const number = Number(value);
    if (typeof value === 'bigint' && Math.abs(number) >= 2 ** 53 && Math.abs(number) <= 2 ** 63) {
      this.longAt.push(this.n);
      this.long.push(value);
    }
    return number;
  }

  private numericString(text: string, depth: number): number {
    if (Object.hasOwn(NON_FINITE, text)) return NON_FINITE[text];
    if (!DECIMAL.test(text)) {
      const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
      throw this.fail(`expected a number, got the string ${shown}`, depth);
    }
    if (this.firstString === -1) this.firstString = this.n;
    const value = Number(text);
    return Math.abs(value) >= 2 ** 53 && Math.abs(value) <= 2 ** 63 ? this.whole(BigInt(text)) : value;
  }

  /** An error at the element that is being read at `depth`. */
  private fail(detail: string, depth: number): JsonError {
    let pointer = this.source.pointer();
    for (let i = 0; i < depth; i++) pointer += `/${this.counts[i]}`;
    return jsonError(pointer, detail);
  }
}

const nameOf = (tokens: 'bool' | 'number'): string => (tokens === 'bool' ? 'boolean' : 'number');
