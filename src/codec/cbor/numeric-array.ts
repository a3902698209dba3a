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

/** Kept from call to call up to this many elements, so that growing is paid once. */
const KEPT_ELEMENTS = 2 ** 20;
let scratch = new Float64Array(1024);

/** Reads a number, a bool, a numeric string, or arrays of them. */
export function scanNumericArray(source: CborSource): NumericArray {
  try {
    return new Scan(source).read();
  } finally {
    if (scratch.length > KEPT_ELEMENTS) scratch = new Float64Array(1024);
  }
}

class Scan {
  private readonly source: CborSource;
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
      values: scratch.slice(0, this.n),
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
    let count = 0;
    while (announced === INDEFINITE ? !source.atBreak() : count < announced) {
      counts[depth] = count;
      this.item(depth + 1);
      count++;
      if (this.rank === depth + 1 && this.tokens === 'number' && count < announced)
        count += this.numbers(announced - count);
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

  private append(value: number): void {
    if (this.n === scratch.length) grow();
    scratch[this.n++] = value;
  }

  /** The hot loop: plain numbers one after the other, at most `count`; gives how many there were. */
  private numbers(count: number): number {
    const { bytes, view } = this.source;
    const first = this.n;
    const last = first + count;
    // The longest kind takes nine bytes; what stands at the very end is left to the careful way.
    const safe = bytes.length - 9;
    let { pos } = this.source;
    let n = first;
    while (n < last && pos <= safe) {
      if (n === scratch.length) grow();
      const byte = bytes[pos];
      if (byte === 0xfb) {
        scratch[n] = view.getFloat64(pos + 1);
        pos += 9;
      } else if (byte === 0xfa) {
        scratch[n] = view.getFloat32(pos + 1);
        pos += 5;
      } else if (byte < 0x18) {
        scratch[n] = byte;
        pos++;
      } else if (byte === 0x18) {
        scratch[n] = bytes[pos + 1];
        pos += 2;
      } else if (byte === 0x19) {
        scratch[n] = view.getUint16(pos + 1);
        pos += 3;
      } else if (byte === 0x1a) {
        scratch[n] = view.getUint32(pos + 1);
        pos += 5;
      } else break;
      n++;
    }
    this.source.pos = pos;
    this.n = n;
    return n - first;
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

function grow(): void {
  const larger = new Float64Array(2 * scratch.length);
  larger.set(scratch);
  scratch = larger;
}

const nameOf = (tokens: 'bool' | 'number'): string => (tokens === 'bool' ? 'boolean' : 'number');
