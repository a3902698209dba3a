/** Answers as JSON text (RFC 8259). A small one stays one string, a large one is made as bytes. */

import { Float, type Scalar } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { encodeBase64, encodedLength } from '../base64.ts';
import { type DocumentWriter, ElementBudget, type TensorFormat } from '../document-writer.ts';
import { bytesOfTensor } from '../raw.ts';
import { ByteSink } from './byte-sink.ts';
import { float64Text } from './number-text.ts';
import { type TextFormat, visibleShape, writeElements } from './tensor-text.ts';

export type { TensorFormat } from '../document-writer.ts';

/** Of text, before it becomes bytes. */
const TEXT_CHUNK = 64 * 1024;
const FIRST_BYTES = 16 * 1024;
/** Up to here a tensor's text is made in one piece, and kept: graph values often repeat outputs. */
const SMALL_ELEMENTS = 64;

/** For small tensors: even with 64 dimensions an element has at most 128 brackets and a number. */
const smallSink = new ByteSink(SMALL_ELEMENTS * 192);

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
  /** What follows the sink. */
  private text = '';
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
    if (this.text.length >= TEXT_CHUNK) this.flushed();
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
      writeElements(this.flushed(), t, format);
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
    return this.sink === undefined ? this.text : this.flushed().finish();
  }

  /** The elements as a string of base64. */
  base64(t: Tensor): this {
    this.budget.count(t);
    const bytes = bytesOfTensor(t);
    const length = encodedLength(bytes.length);
    if (length < TEXT_CHUNK) return this.raw(`"${bytes.toString('base64')}"`);
    const sink = this.raw('"').flushed();
    sink.expect(length + 1);
    sink.room(length);
    encodeBase64(bytes, sink.bytes, sink.pos);
    sink.pos += length;
    return this.raw('"');
  }

  /** The sink, all text so far in it. */
  private flushed(): ByteSink {
    this.sink ??= new ByteSink(FIRST_BYTES, this.onFlush);
    if (this.text !== '') this.sink.appendText(this.text);
    this.text = '';
    return this.sink;
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
