/** Sizes that are one number for all spatial dimensions, or one for each. */

import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Attr, integerOrList, Refusal } from '../params.ts';

export type Sizes = number | readonly number[];
export { integerOrList as sizes };

/** One number for each of `rank` dimensions. */
export function expandSizes(op: string, name: string, value: Sizes, rank: number): readonly number[] {
  if (typeof value === 'number') return new Array<number>(rank).fill(value);
  if (value.length === 1) return new Array<number>(rank).fill(value[0]);
  if (value.length === rank) return value;
  throw valueRange(`${op}: ${name} must be one integer or a list of ${rank}, but got ${showShape(value)}`);
}

/** Sizes of a result, where None leaves one as it is. */
export type OutputSizes = number | readonly (number | null)[];

const whole = (x: unknown): x is number => typeof x === 'number' && Number.isInteger(x);

export const outputSizes: Attr<OutputSizes> = {
  jsonSchema: { type: ['integer', 'array'], items: { type: ['integer', 'null'] } },
  read(value) {
    if (whole(value)) return value;
    if (Array.isArray(value) && value.every((x) => x === null || whole(x))) return value as (number | null)[];
    return new Refusal('an integer, or a list of integers and nulls');
  },
};

/** Refuses an input that does not have the spatial dimensions, a channel dimension and perhaps a batch. */
export function checkSpatial(op: string, input: Tensor, rank: number): void {
  if (input.ndim === rank + 1 || input.ndim === rank + 2) return;
  throw shapeMismatch(
    `${op}: expected ${rank + 1}D (unbatched) or ${rank + 2}D (batched) input, but got input of size: ${showShape(input.shape)}`,
  );
}

export function checkFloating(op: string, input: Tensor): void {
  if (!isFloating(input.dtype)) throw dtypeError(`${op} is not implemented for ${input.dtype}; input must be floating`);
}

/** Refuses sizes of 0 anywhere but in the batch, as pooling does. */
export function checkNotEmpty(op: string, input: Tensor, rank: number): void {
  const first = input.ndim - rank - 1;
  const d = input.shape.findIndex((size, k) => size === 0 && k >= first && !(k === 0 && input.ndim === rank + 2));
  if (d < 0) return;
  throw shapeMismatch(
    `${op}: expected input to have non-zero size for non-batch dimensions, but input has sizes ${showShape(input.shape)} with dimension ${d} being empty`,
  );
}

/** The last `rank` sizes. */
export const spatial = (shape: Shape, rank: number): Shape => shape.slice(shape.length - rank);
