/** Nested arrays of CBOR numbers to one flat array and a shape, as the JSON reader gives them. */
import { type NumericArray, NumericScan } from '../numeric-scan.ts';
import { ARRAY, type CborSource, INDEFINITE, MAP, NEGATIVE, NULL, SIMPLE, TAG, TEXT, UNSIGNED } from './source.ts';
import { readBignum, TAG_BIGNUM, TAG_NEGATIVE_BIGNUM } from './value.ts';

/** RFC 8746, section 3.2: all elements are of one kind, which those of a tensor are in any case. */
const TAG_HOMOGENEOUS = 41;

/** Kept from call to call up to this many elements, so that growing is paid once. */
const KEPT_ELEMENTS = 2 ** 20;
let scratch = new Float64Array(1024);
/** Numbers between two looks at the clock. */
const STRETCH = 2 ** 16;

/** Reads a number, a bool, a numeric string, or arrays of them. */
export function scanNumericArray(source: CborSource): NumericArray {
  try {
    return new CborScan(source).read();
  } finally {
    if (scratch.length > KEPT_ELEMENTS) scratch = new Float64Array(1024);
  }
}

class CborScan extends NumericScan<CborSource> {
  private n = 0;

  read(): NumericArray {
    this.item(0);
    return this.result(scratch.slice(0, this.n));
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
    const { source, counts } = this;
    this.opens(depth);
    const announced = source.length(1);
    let count = 0;
    while (announced === INDEFINITE ? !source.atBreak() : count < announced) {
      counts[depth] = count;
      this.item(depth + 1);
      count++;
      source.cost.pass(1);
      if (this.rank !== depth + 1 || this.tokens !== 'number') continue;
      let read: number;
      do {
        const left = announced === INDEFINITE ? STRETCH : announced - count;
        read = this.numbers(Math.min(left, STRETCH));
        count += read;
        source.cost.pass(read);
      } while (read === STRETCH);
    }
    this.closes(depth, count);
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
        return this.numericString(source.text(), this.n, depth);
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

  private whole(value: number | bigint): number {
    const number = Number(value);
    if (typeof value === 'bigint') this.keepLong(this.n, number, () => value);
    return number;
  }
}

function grow(): void {
  const larger = new Float64Array(2 * scratch.length);
  larger.set(scratch);
  scratch = larger;
}
