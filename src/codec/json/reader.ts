/**
 * Request bodies: JSON by RFC 8259, strictly, read from its bytes in one pass. Slots say where
 * tensors stand; those become {@link TensorLiteral}s, so that no array of a million numbers is ever
 * made, walked by the validation, and thrown away.
 */

import { readTensor } from './read-tensor.ts';
import { JsonSource, OPEN_BRACE, OPEN_BRACKET } from './source.ts';
import { readValue, setMember } from './value.ts';

export { JsonError } from './json-error.ts';
export type { JsonNumber, JsonValue } from './value.ts';

/** What is expected at a place. Where something else stands it is read as ordinary JSON. */
export type Slot =
  /** An ordinary JSON value. */
  | 'json'
  /** A tensor in any request form. */
  | 'tensor'
  /** A value of a graph: a tensor, its data optional. */
  | 'value'
  /** An object; members that are not listed are ordinary. */
  | { readonly fields: Readonly<Record<string, Slot>> }
  /** A dictionary, read to an object without a prototype. */
  | { readonly entries: Slot }
  | { readonly items: Slot };

export interface ReadOptions {
  /** Of objects and arrays; tensors have a limit of their own, 64 dimensions. */
  readonly maxDepth?: number;
  /** Bytes of memory that all values may take, but for the elements of tensors. */
  readonly maxCost?: number;
}

/**
 * Reads a whole body, or throws a {@link JsonError}. Null is null in any slot: whether it may stand
 * there is for the validation to say.
 *
 * @example
 * readJson(body, { fields: { input: 'tensor' } }) // { input: TensorLiteral, beta: 1 }
 */
export function readJson(bytes: Uint8Array, slot: Slot, { maxDepth = 128, maxCost }: ReadOptions = {}): unknown {
  const source = new JsonSource(bytes, maxDepth, maxCost);
  const value = readSlot(source, slot);
  source.peek();
  if (source.pos < source.bytes.length) throw source.syntax('the end of the body');
  return value;
}

function readSlot(source: JsonSource, slot: Slot): unknown {
  if (slot === 'json') return readValue(source);
  if (slot === 'tensor' || slot === 'value') return readTensor(source, slot);
  const byte = source.peek();
  if (byte === OPEN_BRACE && 'fields' in slot) {
    const { fields } = slot;
    const object: Record<string, unknown> = {};
    source.members((key) => {
      setMember(source, object, key, readSlot(source, Object.hasOwn(fields, key) ? fields[key] : 'json'));
    });
    return object;
  }
  if (byte === OPEN_BRACE && 'entries' in slot) {
    const dictionary: Record<string, unknown> = Object.create(null);
    source.members((key) => setMember(source, dictionary, key, readSlot(source, slot.entries)));
    return dictionary;
  }
  if (byte === OPEN_BRACKET && 'items' in slot) {
    const array: unknown[] = [];
    source.elements(() => array.push(readSlot(source, slot.items)));
    return array;
  }
  return readValue(source);
}
