/** The request forms of a tensor, as the wire contract lists them, to a {@link TensorLiteral}. */
import { COST } from '../cost.ts';
import type { NumericArray } from '../numeric-scan.ts';
import {
  type Base64,
  base64Letters,
  literalOfTokens,
  type Role,
  readTensorObject,
  show,
  type TensorParts,
} from '../tensor-members.ts';
import { scanNumericArray } from './numeric-array.ts';
import { BACKSLASH, type JsonSource, LOWER_N, OPEN_BRACE, QUOTE } from './source.ts';
import type { TensorLiteral } from './tensor-literal.ts';
import { readValue } from './value.ts';

/** Reads a tensor, or null. As a value of a graph its data may be missing. */
export function readTensor(source: JsonSource, role: Role): TensorLiteral | null {
  const byte = source.peek();
  if (byte === LOWER_N) return source.literal() as null;
  source.cost.add(COST.tensor);
  const pointer = source.pointer();
  if (byte === OPEN_BRACE) return readTensorObject(source, role, pointer, PARTS);
  return literalOfTokens(scanNumericArray(source), undefined, undefined, false, pointer, pointer);
}

const PARTS: TensorParts<JsonSource, NumericArray> = {
  value: readValue,
  data: (source) => scanNumericArray(source),
  base64: readBase64,
  literal: literalOfTokens,
};

/** Base64, which most often is a window on the body. */
function readBase64(source: JsonSource): Base64 {
  if (source.peek() !== QUOTE) throw source.error(`expected a string of base64, got ${show(readValue(source))}`);
  const { bytes, pos } = source;
  const end = bytes.indexOf(QUOTE, pos + 1);
  const letters = bytes.subarray(pos + 1, end);
  // Letters may be escaped, and what is no string at all is said to be none.
  if (end < 0 || letters.includes(BACKSLASH)) {
    return base64Letters(Buffer.from(source.string()), source.pointer());
  }
  source.pos = end + 1;
  return base64Letters(letters, source.pointer());
}
