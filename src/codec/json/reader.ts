/**
 * Request bodies: JSON by RFC 8259, strictly, read from its bytes in one pass. Slots say where
 * tensors stand; those become {@link TensorLiteral}s, so that no array of a million numbers is ever
 * made, walked by the validation, and thrown away.
 */

import { type Format, type ReadOptions, readSlot, type Slot } from '../slots.ts';
import { readTensor } from './read-tensor.ts';
import { JsonSource, OPEN_BRACE, OPEN_BRACKET } from './source.ts';
import { readValue } from './value.ts';

export type { ReadOptions, Slot } from '../slots.ts';
export { JsonError } from './json-error.ts';
export type { JsonNumber, JsonValue } from './value.ts';

const FORMAT: Format<JsonSource> = {
  opens: (source) => {
    const byte = source.peek();
    return byte === OPEN_BRACE ? 'object' : byte === OPEN_BRACKET ? 'array' : undefined;
  },
  value: readValue,
  tensor: readTensor,
};

/**
 * Reads a whole body, or throws a {@link JsonError}. Null is null in any slot: whether it may stand
 * there is for the validation to say.
 *
 * @example
 * readJson(body, { fields: { input: 'tensor' } }) // { input: TensorLiteral, beta: 1 }
 */
export function readJson(
  bytes: Uint8Array,
  slot: Slot,
  { maxDepth = 128, maxCost, check, bare }: ReadOptions = {},
): unknown {
  const source = new JsonSource(bytes, maxDepth, maxCost, check, bare);
  const value = readSlot(source, slot, FORMAT);
  source.peek();
  if (source.pos < source.bytes.length) throw source.syntax('the end of the body');
  return value;
}
