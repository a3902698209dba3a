/** A tensor as a request holds it: its elements not yet in the dtype and the memory that they will have. */
import { type DType, elementSize, halfOf, isFloating, rowOf, type TypedArray } from '../../tensor/dtype.ts';
import { numelOf, type Shape } from '../../tensor/shape.ts';
import { decodeBase64, NOT_BASE64 } from '../base64.ts';
import type { NumericArray } from '../numeric-scan.ts';
import { putBytes } from '../raw.ts';
import { type JsonError, jsonError } from './json-error.ts';

/** Where a literal's elements come from: number tokens, little-endian bytes, letters for them, or nowhere. */
export type Elements =
  | { readonly kind: 'tokens'; readonly array: NumericArray; readonly pointer: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly pointer: string }
  | { readonly kind: 'base64'; readonly letters: Buffer; readonly pointer: string }
  /** In the kind of array that the dtype has, and to be read only. */
  | { readonly kind: 'held'; readonly array: TypedArray }
  | { readonly kind: 'none'; readonly ranked: boolean };

export class TensorLiteral {
  /** JSON Pointer to where it stood. */
  readonly pointer: string;
  readonly shape: Shape;
  /** As sent; `float32` for base64 without one, whose bytes must mean something. */
  readonly dtype: DType | undefined;
  readonly requiresGrad: boolean;
  /** Of a graph's value that is to be shown, where it was sent beside the data. */
  declare grad?: TensorLiteral;
  private readonly elements: Elements;

  constructor(pointer: string, shape: Shape, dtype: DType | undefined, requiresGrad: boolean, elements: Elements) {
    this.pointer = pointer;
    this.shape = shape;
    this.dtype = dtype;
    this.requiresGrad = requiresGrad;
    this.elements = elements;
  }

  get numel(): number {
    return numelOf(this.shape);
  }

  /** False for a graph value that was sent without elements. */
  get hasData(): boolean {
    return this.elements.kind !== 'none';
  }

  /** False for a graph value that was sent with neither elements nor a shape. */
  get ranked(): boolean {
    return this.elements.kind !== 'none' || this.elements.ranked;
  }

  /** The elements, where they lie in memory as they are. */
  get held(): TypedArray | undefined {
    return this.elements.kind === 'held' ? this.elements.array : undefined;
  }

  /** The same elements, said to be of another dtype or to require their gradient. */
  as({ dtype = this.dtype, requiresGrad }: { dtype?: DType; requiresGrad: boolean }): TensorLiteral {
    return new TensorLiteral(this.pointer, this.shape, dtype, requiresGrad, this.elements);
  }

  get tokens(): 'bool' | 'number' {
    if (this.elements.kind === 'tokens') return this.elements.array.tokens;
    return this.dtype === 'bool' ? 'bool' : 'number';
  }

  /** The dtype that this literal takes where a parameter by default wants `wanted`. */
  resolveDtype(wanted: DType): DType {
    return this.dtype ?? (this.tokens === 'bool' ? 'bool' : wanted);
  }

  /** JSON Pointer to an element, counted in row-major order. */
  elementPointer(index: number): string {
    if (this.elements.kind === 'none') return this.pointer;
    if (this.elements.kind === 'held') return this.pointer;
    let { pointer } = this.elements;
    if (this.elements.kind !== 'tokens') return pointer;
    const { shape } = this.elements.array;
    let step = numelOf(shape);
    let rest = index;
    for (const size of shape) {
      step /= size;
      pointer += `/${Math.floor(rest / step)}`;
      rest %= step;
    }
    return pointer;
  }

  /** The same elements in another shape of as many, said to be of another dtype. */
  shaped(shape: Shape, dtype: DType, requiresGrad: boolean): TensorLiteral {
    return new TensorLiteral(this.pointer, shape, dtype, requiresGrad, this.elements);
  }

  /** Its rows along the first dimension, as if they had been sent one by one; undefined where it was not sent as an array. */
  rows(): TensorLiteral[] | undefined {
    const { elements, shape } = this;
    if (elements.kind !== 'tokens' || shape.length === 0) return undefined;
    const [count, ...rest] = shape;
    const n = numelOf(rest);
    const { values, tokens, longAt, long, firstString } = elements.array;
    return Array.from({ length: count }, (_, i) => {
      const pointer = `${this.pointer}/${i}`;
      const [from, to] = [i * n, (i + 1) * n];
      const places = longAt.flatMap((at, k) => (at >= from && at < to ? [k] : []));
      const array: NumericArray = {
        values: values.subarray(from, to),
        tokens,
        shape: rest,
        longAt: places.map((k) => longAt[k] - from),
        long: places.map((k) => long[k]),
        firstString: firstString >= from && firstString < to ? firstString - from : -1,
      };
      return new TensorLiteral(pointer, rest, this.dtype, false, { kind: 'tokens', array, pointer });
    });
  }

  /**
   * Writes the elements to `target`, an array of the kind that `dtype` has and of `numel` elements.
   * Throws a {@link JsonError} at the first element that `dtype` cannot hold.
   */
  writeInto(target: TypedArray, dtype: DType): void {
    const { elements } = this;
    if (elements.kind === 'none') throw new TypeError('a literal without data has nothing to write');
    if (elements.kind === 'held') {
      if (dtype !== this.dtype) throw new TypeError(`elements of ${this.dtype} cannot be written as ${dtype}`);
      (target as Float32Array).set(elements.array as Float32Array);
    } else if (elements.kind === 'tokens') this.writeNumbers(elements.array, target, dtype);
    else this.writeBytes(elements, target, dtype);
  }

  private writeBytes(
    elements: Extract<Elements, { kind: 'bytes' | 'base64' }>,
    target: TypedArray,
    dtype: DType,
  ): void {
    if (dtype !== this.dtype) throw new TypeError(`bytes of ${this.dtype} cannot be written as ${dtype}`);
    const size = this.numel * elementSize(dtype);
    let bytes: Uint8Array;
    if (elements.kind === 'bytes') bytes = elements.bytes;
    else {
      // Node's machines are little-endian, as the wire is; elements that are held wider are decoded first.
      const room =
        halfOf(dtype) === undefined
          ? Buffer.from(target.buffer, target.byteOffset, size)
          : Buffer.allocUnsafeSlow(size);
      if (!decodeBase64(elements.letters, room)) throw jsonError(elements.pointer, NOT_BASE64);
      bytes = room;
    }
    putBytes(target, dtype, bytes, (detail, at) => this.refuse(at, detail));
  }

  private writeNumbers(array: NumericArray, target: TypedArray, dtype: DType): void {
    const { values, firstString } = array;
    if (firstString >= 0 && dtype !== 'int64') {
      throw this.refuse(firstString, `numeric string, which int64 takes and ${dtype} does not`);
    }
    if (isFloating(dtype)) {
      (target as Float32Array).set(values);
      halfOf(dtype)?.roundAll(target as Float32Array, 0, values.length);
    } else if (target instanceof BigInt64Array) this.writeInt64(array, target);
    else if (dtype === 'bool') {
      for (let i = 0; i < values.length; i++) {
        if (values[i] !== 0 && values[i] !== 1)
          throw this.refuse(i, `bool elements are true, false, 0 or 1, got ${values[i]}`);
        target[i] = values[i];
      }
    } else this.writeWhole(values, target as Int32Array, dtype);
  }

  private writeWhole(values: Float64Array, target: Int32Array, dtype: DType): void {
    for (let i = 0; i < values.length; i++) {
      target[i] = values[i];
      // What an integer array changes on the way in was no such integer.
      if (target[i] !== values[i]) throw this.misfit(i, values[i], dtype);
    }
  }

  private writeInt64({ values, longAt, long }: NumericArray, target: BigInt64Array): void {
    // As pairs of 32-bit halves: a bigint made for each element would take ten times longer.
    const halves = new Int32Array(target.buffer, target.byteOffset, 2 * values.length);
    let next = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (longAt[next] === i) {
        if (BigInt.asIntN(64, long[next]) !== long[next]) throw this.misfit(i, long[next], 'int64');
        target[i] = long[next++];
        continue;
      }
      if (!Number.isInteger(value) || value < -(2 ** 63) || value >= 2 ** 63) throw this.misfit(i, value, 'int64');
      halves[2 * i] = value;
      halves[2 * i + 1] = Math.floor(value / 2 ** 32);
    }
  }

  private misfit(index: number, value: number | bigint, dtype: DType): JsonError {
    const { min, max } = rowOf(dtype);
    return this.refuse(
      index,
      typeof value === 'number' && !Number.isInteger(value)
        ? `${dtype} elements are whole numbers, got ${value}`
        : `${dtype} elements go from ${min} to ${max}, got ${value}`,
    );
  }

  private refuse(index: number, detail: string): JsonError {
    return jsonError(this.elementPointer(index), detail);
  }
}
