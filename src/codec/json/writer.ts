/** Answers as JSON text (RFC 8259). A small one stays one string, of a large one chunks of bytes are made. */

import { Float, type Scalar } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { encodeBase64, encodedLength } from '../base64.ts';
import { type DocumentWriter, ElementBudget, heldBytes, type TensorFormat } from '../document-writer.ts';
import { ByteSink } from './byte-sink.ts';
import { float64Text } from './number-text.ts';
import { type TextFormat, visibleShape, writeElements } from './tensor-text.ts';

export type { TensorFormat } from '../document-writer.ts';

const CHUNK_BYTES = 64 * 1024;
/** Up to here a tensor's text is made in one piece, and kept: graph values often repeat outputs. */
const SMALL_ELEMENTS = 64;

/** Holds any small tensor: even with 64 dimensions an element has at most 128 brackets and a number. */
const smallSink = new ByteSink(Buffer.alloc(SMALL_ELEMENTS * 192), () => {
  throw new RangeError('a small tensor has outgrown its buffer');
});

/** Whatever may need an escape; most names are plain ASCII words, and a simple class is quicker to test. */
const ESCAPED = /[^ !#-[\]-~]/;

/**
 * Appends to a document, piece by piece. The tensors must stay as they are until it is finished.
 *
 * @example
 * const writer = new JsonWriter();
 * writer.raw('{"output":').tensor(output, 'nested').raw('}').finish();
 */
export class JsonWriter implements DocumentWriter {
  /** What follows `chunks` and the sink. */
  private text = '';
  private readonly chunks: (Buffer | Letters)[] = [];
  private sink: ByteSink | undefined;
  private nestedTexts: Map<Tensor, string> | undefined;
  private flatTexts: Map<Tensor, string> | undefined;
  private readonly onFlush: (() => void) | undefined;
  private readonly budget: ElementBudget;

  /**
   * `onFlush` is called for each 64 KiB or so; it may throw to give up. A document of more than
   * `maxElements` tensor elements is refused before they are written.
   */
  constructor(onFlush?: () => void, maxElements = Number.POSITIVE_INFINITY) {
    this.onFlush = onFlush;
    this.budget = new ElementBudget(maxElements);
  }

  /** Text that is JSON already. */
  raw(text: string): this {
    this.text += text;
    if (this.text.length >= CHUNK_BYTES) this.flushText();
    return this;
  }

  string(text: string): this {
    return this.raw(ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`);
  }

  number(value: number): this {
    return this.raw(float64Text(value));
  }

  /** A Python number, such that it is read back as the same: `2.0` is not `2`. */
  scalar(value: Scalar): this {
    return this.raw(scalarText(value));
  }

  /** `{"dtype", "shape", "data"}`, or `base64` in place of `data`. */
  tensor(t: Tensor, format: TensorFormat): this {
    this.raw(`{"dtype":"${t.dtype}","shape":[${t.shape.join(',')}],`);
    if (format === 'base64') return this.raw('"base64":').base64(t).raw('}');
    return this.raw('"data":').tensorData(t, format).raw('}');
  }

  /** The elements alone. */
  tensorData(t: Tensor, format: TextFormat): this {
    this.budget.count(t);
    if (textCells(t, format) > SMALL_ELEMENTS) {
      this.flushText();
      this.sink ??= new ByteSink(Buffer.allocUnsafeSlow(CHUNK_BYTES), (full) => {
        this.push(full);
        return Buffer.allocUnsafeSlow(CHUNK_BYTES);
      });
      writeElements(this.sink, t, format);
      return this;
    }
    const known = format === 'nested' ? (this.nestedTexts ??= new Map()) : (this.flatTexts ??= new Map());
    let text = known.get(t);
    if (text === undefined) {
      smallSink.pos = 0;
      writeElements(smallSink, t, format);
      text = smallSink.bytes.toString('latin1', 0, smallSink.pos);
      known.set(t, text);
    }
    return this.raw(text);
  }

  /** The whole document. */
  finish(): string | Buffer {
    if (this.chunks.length === 0 && this.sink === undefined) return this.text;
    this.flushText();
    this.flushSink();
    return joined(this.chunks);
  }

  /** The elements as a string of base64. */
  base64(t: Tensor): this {
    this.budget.count(t);
    const bytes = heldBytes(t);
    if (bytes.length < CHUNK_BYTES) return this.raw(`"${bytes.toString('base64')}"`);
    this.raw('"').flushText();
    this.push(new Letters(bytes));
    return this.raw('"');
  }

  private push(chunk: Buffer | Letters): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.onFlush?.();
  }

  private flushText(): void {
    if (this.text === '') return;
    this.flushSink();
    const chunk = Buffer.from(this.text);
    this.text = '';
    this.push(chunk);
  }

  private flushSink(): void {
    const { sink } = this;
    if (sink === undefined || sink.pos === 0) return;
    const { pos } = sink;
    // The rest of its buffer is still free.
    const chunk = sink.bytes.subarray(0, pos);
    sink.bytes = sink.bytes.subarray(pos);
    sink.pos = 0;
    this.push(chunk);
  }
}

/** Bytes that become base64 at their place in the document. */
class Letters {
  readonly bytes: Buffer;
  readonly length: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = encodedLength(bytes.length);
  }
}

function joined(chunks: readonly (Buffer | Letters)[]): Buffer {
  let size = 0;
  for (const { length } of chunks) size += length;
  const document = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const chunk of chunks) {
    if (chunk instanceof Letters) encodeBase64(chunk.bytes, document, at);
    else document.set(chunk, at);
    at += chunk.length;
  }
  return document;
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
