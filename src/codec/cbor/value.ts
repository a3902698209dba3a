/** Ordinary values of a CBOR body (RFC 8949), as the JSON reader gives them. */
import { type Float, float } from '../../tensor/scalar.ts';
import { type JsonValue, setMember } from '../json/value.ts';
import { ARRAY, BYTES, type CborSource, MAP, NEGATIVE, NULL, TAG, TEXT, UNSIGNED } from './source.ts';

export const TAG_BIGNUM = 2;
export const TAG_NEGATIVE_BIGNUM = 3;

/** The most digits of an integer in JSON are 4300, which are so many bytes. */
const MAX_BIGNUM_BYTES = 1785;

export function readValue(source: CborSource): JsonValue {
  switch (source.major()) {
    case UNSIGNED:
    case NEGATIVE:
      return asJson(source.integer());
    case TEXT:
      return source.text();
    case ARRAY: {
      const array: JsonValue[] = [];
      source.elements(() => array.push(readValue(source)));
      return array;
    }
    case MAP: {
      const object: Record<string, JsonValue> = {};
      source.members((key) => setMember(source, object, key, readValue(source)));
      return object;
    }
    case BYTES:
      throw source.error(`a byte string at byte ${source.pos}, which only "base64" of a tensor can be`);
    case TAG:
      return asJson(readBignum(source));
    default:
      if (source.atFloat()) return float(source.float()) as number | Float;
      return readLiteral(source);
  }
}

/** Reads false, true or null. */
export function readLiteral(source: CborSource): boolean | null {
  const byte = source.peek();
  if (byte < 0xf4 || byte > NULL) throw source.unexpected('a value');
  source.pos++;
  return byte === NULL ? null : byte === 0xf5;
}

/** Reads an integer of any length, at its tag (RFC 8949, section 3.4.3). */
export function readBignum(source: CborSource): bigint {
  const at = source.pos;
  const tag = source.argument();
  if (tag !== TAG_BIGNUM && tag !== TAG_NEGATIVE_BIGNUM) {
    throw source.error(`the tag ${tag} at byte ${at} is not read at this place`);
  }
  if (source.major() !== BYTES) throw source.unexpected('the byte string of a big integer');
  const bytes = source.byteString();
  if (bytes.length > MAX_BIGNUM_BYTES) throw source.error(`an integer of more than ${MAX_BIGNUM_BYTES} bytes`);
  const value = bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
  return tag === TAG_BIGNUM ? value : -1n - value;
}

/** A number as far as a double surely holds it. */
function asJson(value: number | bigint): number | bigint {
  return typeof value === 'bigint' && value <= 2n ** 53n && value >= -(2n ** 53n) ? Number(value) : value;
}
