/** The rules of nested elements, and what is kept of them, whatever they are read from. */
import { MAX_DIMS } from '../tensor/shape.ts';
import { type JsonError, jsonError } from './json/json-error.ts';
import { show } from './tensor-members.ts';

/** The elements of a tensor as a body has them. */
export interface NumericArray {
  /** Row-major; true and false as 1 and 0. */
  readonly values: Float64Array;
  readonly tokens: Tokens;
  /** As the brackets say; a shape with a zero ends there, since nothing can be seen beyond it. */
  readonly shape: number[];
  /** Where, in rising order, integers stood that a double does not hold, and what they were. */
  readonly longAt: readonly number[];
  readonly long: readonly bigint[];
  /** The first element that was a decimal string, which only int64 takes; -1 for none. */
  readonly firstString: number;
}

type Tokens = 'bool' | 'number';

const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
const DECIMAL = /^-?(?:0|[1-9][0-9]*)$/;
const NUMERIC = /^\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*$/;

/** A pass over nested elements; what reads their bytes extends it. Depths count the arrays that are open. */
export abstract class NumericScan<S extends { pointer(): string; error(detail: string): JsonError }> {
  protected readonly source: S;
  protected tokens: Tokens | undefined;
  protected readonly longAt: number[] = [];
  protected readonly long: bigint[] = [];
  private firstString = -1;
  /** How many elements each open array has so far: also the path to the next one. */
  protected readonly counts: number[] = [];
  /** The number of dimensions, once the first element, or the first empty array, was seen. */
  protected rank = -1;
  /** -1 until the first array of that depth closes. */
  protected readonly shape: number[] = [];

  constructor(source: S) {
    this.source = source;
  }

  /** That an array begins inside of `depth` others. */
  protected opens(depth: number): void {
    const { shape } = this;
    if (depth === this.rank) {
      const wanted = shape[depth - 1] === 0 ? 'no elements as in the first row' : 'a number';
      throw this.fail(`expected ${wanted}, got an array`, depth);
    }
    if (depth === MAX_DIMS) {
      throw this.source.error(`nested deeper than the ${MAX_DIMS} dimensions that a tensor can have`);
    }
    this.counts[depth] = 0;
    if (depth === shape.length) shape.push(-1);
  }

  /** That an array inside of `depth` others has so many elements. */
  protected closes(depth: number, count: number): void {
    const { shape } = this;
    if (count === 0 && this.rank === -1) this.rank = depth + 1;
    if (shape[depth] === -1) shape[depth] = count;
    if (shape[depth] === count) return;
    const wanted = shape[depth] === 1 ? '1 element' : `${shape[depth]} elements`;
    throw this.fail(`expected ${wanted} as in the first row, got ${count}`, depth);
  }

  /** Checks that an element of this kind may come here. */
  protected expect(kind: Tokens, depth: number): void {
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

  /** Keeps an integer, the element `at`, that its double may not hold, where some dtype might. */
  protected keepLong(at: number, value: number, exact: () => bigint): void {
    if (Math.abs(value) < 2 ** 53 || Math.abs(value) > 2 ** 63) return;
    this.longAt.push(at);
    this.long.push(exact());
  }

  /** What the element `at` is, where it is a string. */
  protected numericString(text: string, at: number, depth: number): number {
    const known = NON_FINITE.get(text);
    if (known !== undefined) return known;
    if (!DECIMAL.test(text)) {
      throw this.fail(
        NUMERIC.test(text)
          ? `numeric string ${show(text)}, numbers are written without quotes`
          : `expected a number, got the string ${show(text)}`,
        depth,
      );
    }
    const value = Number(text);
    this.keepLong(at, value, () => BigInt(text));
    if (this.firstString === -1) this.firstString = at;
    return value;
  }

  protected result(values: Float64Array): NumericArray {
    const { tokens = 'number', shape, longAt, long, firstString } = this;
    return { values, tokens, shape, longAt, long, firstString };
  }

  /** An error at the next element inside of `depth` arrays. */
  protected fail(detail: string, depth: number): JsonError {
    let pointer = this.source.pointer();
    for (let i = 0; i < depth; i++) pointer += `/${this.counts[i]}`;
    return jsonError(pointer, detail);
  }
}

const nameOf = (tokens: Tokens): string => (tokens === 'bool' ? 'boolean' : 'number');
