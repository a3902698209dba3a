/** Ordinary JSON values (RFC 8259), with integers and floats kept apart as Python keeps them. */
import { type Float, float } from '../../tensor/scalar.ts';
import { isIntegerToken, scanNumber, tokenText } from './scan-number.ts';
import {
  type JsonSource,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  UPPER_I,
  UPPER_N,
} from './source.ts';

/**
 * What a number token becomes: `2` a number, `2.0` a {@link Float}, an integer beyond 2^53 a bigint.
 * A minus zero is the number -0, written either way.
 */
export type JsonNumber = number | bigint | Float;
export type JsonValue = null | boolean | string | JsonNumber | JsonValue[] | { [key: string]: JsonValue };

/** Python's own limit: turning digits into an integer takes more than linear time. */
const MAX_INTEGER_DIGITS = 4300;

const result = new Float64Array(1);

export function readValue(source: JsonSource): JsonValue {
  const byte = source.peek();
  switch (byte) {
    case QUOTE:
      return source.string();
    case OPEN_BRACE: {
      const object: Record<string, JsonValue> = {};
      source.members((key) => setMember(source, object, key, readValue(source)));
      return object;
    }
    case OPEN_BRACKET: {
      const array: JsonValue[] = [];
      source.elements(() => array.push(readValue(source)));
      return array;
    }
    case LOWER_T:
    case LOWER_F:
    case LOWER_N:
      return source.literal();
    case UPPER_I:
    case UPPER_N: {
      const value = source.nonFinite();
      if (value === undefined) throw source.syntax('a JSON value');
      return float(value) as number | Float;
    }
    default:
      if (byte !== MINUS && (byte ^ 0x30) > 9) throw source.syntax('a JSON value');
      return readNumber(source);
  }
}

/** Sets an own property, whatever its name; a name that came before is refused. */
export function setMember(
  source: Pick<JsonSource, 'error'>,
  object: Record<string, unknown>,
  key: string,
  value: unknown,
): void {
  if (Object.hasOwn(object, key)) throw source.error(`member ${JSON.stringify(key)} occurs twice`);
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

function readNumber(source: JsonSource): JsonNumber {
  const { bytes, pos: start } = source;
  const end = scanNumber(bytes, start, result, 0);
  if (end < 0) {
    const infinite = source.nonFinite();
    if (infinite !== undefined) return float(infinite) as number | Float;
    throw source.error(source.badNumber(~end));
  }
  source.pos = end;
  const value = result[0];
  const magnitude = Math.abs(value);
  if (!isIntegerToken(bytes, start, end)) return float(value) as number | Float;
  if (magnitude < 2 ** 53) return value;
  if (end - start > MAX_INTEGER_DIGITS) throw source.error(`integer of more than ${MAX_INTEGER_DIGITS} digits`);
  const exact = BigInt(tokenText(bytes, start, end));
  return exact === 2n ** 53n || exact === -(2n ** 53n) ? value : exact;
}
