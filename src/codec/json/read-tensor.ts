/** The request forms of a tensor, as the wire contract lists them, to a {@link TensorLiteral}. */
import { DEFAULT_DTYPE, type DType } from '../../tensor/dtype.ts';
import { COST } from '../cost.ts';
import {
  type Base64,
  base64Letters,
  booleanMember,
  checkAgainstShape,
  checkMember,
  dtypeMember,
  literalOfBytes,
  type Role,
  shapeMember,
  show,
} from '../tensor-members.ts';
import { jsonError } from './json-error.ts';
import { type NumericArray, scanNumericArray } from './numeric-array.ts';
import { BACKSLASH, type JsonSource, LOWER_N, OPEN_BRACE, QUOTE } from './source.ts';
import { type Elements, TensorLiteral } from './tensor-literal.ts';
import { readValue } from './value.ts';

/**
 * Reads a tensor, or null. As a value of a graph its data may be missing, and what the service itself
 * wrote there beside it (`is_leaf`, `grad`) is checked and left.
 */
export function readTensor(source: JsonSource, role: Role): TensorLiteral | null {
  const byte = source.peek();
  if (byte === LOWER_N) return source.literal() as null;
  source.cost.add(COST.tensor);
  const pointer = source.pointer();
  if (byte === OPEN_BRACE) return readTensorObject(source, role, pointer);
  const array = scanNumericArray(source);
  return new TensorLiteral(pointer, array.shape, undefined, false, { kind: 'tokens', array, pointer });
}

interface Members {
  data?: NumericArray;
  base64?: Base64;
  shape?: number[];
  dtype?: DType;
  requiresGrad?: boolean;
}

function readTensorObject(source: JsonSource, role: Role, pointer: string): TensorLiteral {
  const members: Members = {};
  const seen = new Set<string>();
  source.members((key) => {
    checkMember(source, key, role, seen);
    readMember(source, key, members);
  });

  const { data, base64, shape, dtype, requiresGrad = false } = members;
  if (data !== undefined && base64 !== undefined) {
    throw jsonError(pointer, 'has both "data" and "base64", elements are sent once');
  }
  if (base64 !== undefined) return literalOfBytes(base64, shape, dtype ?? DEFAULT_DTYPE, requiresGrad, pointer);
  if (data !== undefined) {
    const elements: Elements = { kind: 'tokens', array: data, pointer: `${pointer}/data` };
    if (shape !== undefined) checkAgainstShape(data.shape, shape, elements.pointer);
    return new TensorLiteral(pointer, shape ?? data.shape, dtype, requiresGrad, elements);
  }
  if (role === 'tensor') throw jsonError(pointer, 'has neither "data" nor "base64"');
  return new TensorLiteral(pointer, shape ?? [], dtype, requiresGrad, { kind: 'none' });
}

function readMember(source: JsonSource, key: string, members: Members): void {
  switch (key) {
    case 'data':
      members.data = scanNumericArray(source);
      break;
    case 'base64':
      members.base64 = readBase64(source);
      break;
    case 'shape':
      members.shape = shapeMember(readValue(source), source.pointer());
      break;
    case 'dtype':
      members.dtype = dtypeMember(readValue(source), source.pointer());
      break;
    case 'requires_grad':
      members.requiresGrad = booleanMember(readValue(source), source.pointer());
      break;
    case 'is_leaf':
      booleanMember(readValue(source), source.pointer());
      break;
    case 'grad':
      scanNumericArray(source);
  }
}

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
