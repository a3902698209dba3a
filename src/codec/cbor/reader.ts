/**
 * Request bodies as CBOR (RFC 8949), strictly: the same documents, slots and values as those of JSON, so
 * that all that comes after is shared. Names that occur twice, other names than text strings, what has no
 * meaning in JSON (undefined, simple values, tags) and bytes after the end are refused; lengths may be
 * indefinite, and need not be written in the shortest way.
 */
import { type Format, type ReadOptions, readSlot, type Slot } from '../slots.ts';
import { readTensor } from './read-tensor.ts';
import { ARRAY, CborSource, MAP } from './source.ts';
import { readValue } from './value.ts';

/** RFC 8949, section 3.4.6: says that CBOR follows, and is written `d9 d9 f7`. */
const SELF_DESCRIBED = 0xd9d9f7;

const FORMAT: Format<CborSource> = {
  opens: (source) => {
    const major = source.major();
    return major === MAP ? 'object' : major === ARRAY ? 'array' : undefined;
  },
  value: readValue,
  tensor: readTensor,
};

/**
 * Reads a whole body, or throws a {@link JsonError}. Null is null in any slot.
 *
 * @example
 * readCbor(body, { fields: { input: 'tensor' } }) // { input: TensorLiteral, beta: 1 }
 */
export function readCbor(bytes: Uint8Array, slot: Slot, { maxDepth = 128, maxCost, check }: ReadOptions = {}): unknown {
  const source = new CborSource(bytes, maxDepth, maxCost, check);
  if (bytes.length >= 3 && source.bytes.readUIntBE(0, 3) === SELF_DESCRIBED) source.pos = 3;
  const value = readSlot(source, slot, FORMAT);
  if (source.pos < bytes.length) {
    throw source.error(`expected the end of the body at byte ${source.pos}, got ${source.describe()}`);
  }
  return value;
}
