/** Answers as CBOR (RFC 8949): the document that JSON would be, its tensors as typed arrays (RFC 8746). */
import { rowOf } from '../../tensor/dtype.ts';
import { Float, type Scalar } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type DocumentWriter, ElementBudget, heldBytes, type TensorFormat } from '../document-writer.ts';
import { CborSink } from './sink.ts';

/**
 * Appends to a document, piece by piece. Elements are copied once, when it is finished; the tensors must
 * stay as they are until then.
 *
 * @example
 * const writer = new CborWriter();
 * writer.raw('{"output":').tensor(output).raw('}').finish();
 */
export class CborWriter implements DocumentWriter {
  private readonly sink = new CborSink();
  private readonly budget: ElementBudget;
  private readonly onTensor: (() => void) | undefined;

  /** `onTensor` is called before each tensor; it may throw to give up. */
  constructor(onTensor?: () => void, maxElements = Number.POSITIVE_INFINITY) {
    this.onTensor = onTensor;
    this.budget = new ElementBudget(maxElements);
  }

  raw(text: string): this {
    this.sink.json(text);
    return this;
  }

  string(text: string): this {
    this.sink.string(text);
    return this;
  }

  number(value: number): this {
    if (Number.isInteger(value) && !Object.is(value, -0)) this.sink.integer(value);
    else this.sink.float(value);
    return this;
  }

  scalar(value: Scalar): this {
    if (typeof value === 'boolean') return this.raw(String(value));
    if (typeof value === 'number') return this.number(value);
    if (value instanceof Float) this.sink.float(value.value);
    else this.sink.integer(value);
    return this;
  }

  /** `{"dtype", "shape", "data"}`; a typed array is flat, so that nested and flat are one. */
  tensor(t: Tensor, format: TensorFormat = 'nested'): this {
    this.raw(`{"dtype":"${t.dtype}","shape":[${t.shape.join(',')}],`);
    if (format === 'base64') return this.raw('"base64":').base64(t).raw('}');
    return this.raw('"data":').tensorData(t).raw('}');
  }

  tensorData(t: Tensor): this {
    this.sink.byteString(this.bytesOf(t), rowOf(t.dtype).cbor.tag);
    return this;
  }

  base64(t: Tensor): this {
    this.sink.byteString(this.bytesOf(t));
    return this;
  }

  finish(): Buffer {
    return this.sink.finish();
  }

  private bytesOf(t: Tensor): Buffer {
    this.budget.count(t);
    this.onTensor?.();
    return heldBytes(t);
  }
}

/** JSON text as CBOR; its strings stay strings, those of numbers that JSON has not as well. */
export const jsonAsCbor = (text: string): Buffer => new CborWriter().raw(text).finish();
