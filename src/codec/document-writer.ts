/** What a document is written with, whatever its media type. */

import type { TextFormat } from '../codec/json/tensor-text.ts';
import { bytesOfTensor } from '../codec/raw.ts';
import { EngineError, showShape } from '../tensor/errors.ts';
import type { Scalar } from '../tensor/scalar.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type TensorFormat = TextFormat | 'base64';

/**
 * Appends to a document, piece by piece. What is no tensor is said as JSON text: a graph has many parts
 * and few bytes, and is most often answered as that text. The tensors must stay as they are until the
 * document is finished.
 */
export interface DocumentWriter {
  /** Text that is JSON already; no string, number or word is cut by the end of a piece. */
  raw(text: string): this;
  string(text: string): this;
  number(value: number): this;
  /** A Python number, such that it is read back as the same: `2.0` is not `2`. */
  scalar(value: Scalar): this;
  /** `{"dtype", "shape", "data"}`, or `base64` in place of `data`. */
  tensor(t: Tensor, format: TensorFormat): this;
  /** The elements alone. */
  tensorData(t: Tensor, format: TextFormat): this;
  /** The elements alone, as bytes in the way of the media type: the value of a member `base64`. */
  base64(t: Tensor): this;
  /** The whole document. */
  finish(): string | Buffer;
}

/** The elements as bytes that stay until the document is finished: their room is not given back before. */
export function heldBytes(t: Tensor): Buffer {
  t.storage.keepers++;
  return bytesOfTensor(t);
}

/** Elements that a document may still hold. */
export class ElementBudget {
  private left: number;

  constructor(max: number) {
    this.left = max;
  }

  /** Counts a tensor that is to be written, or refuses it. */
  count(t: Tensor): void {
    this.left -= t.numel;
    if (this.left >= 0) return;
    throw new EngineError(
      'budget',
      `the answer would hold too many elements: a value of shape ${showShape(t.shape)} is over what is left`,
    );
  }
}
