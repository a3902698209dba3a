/** The request forms of a tensor, as the wire contract lists them, to a {@link TensorLiteral}. */
import { DEFAULT_DTYPE, type DType } from '../../tensor/dtype.ts';
import { decodeBase64 } from '../base64.ts';
import {
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
import { type JsonSource, LOWER_N, OPEN_BRACE, QUOTE } from './source.ts';
import { type Elements, TensorLiteral } from './tensor-literal.ts';
import { readValue } from './value.ts';

/**
 * Reads a tensor, or null. As a value of a graph its data may be missing, and what the service itself
 * wrote there beside it (`is_leaf`, `grad`) is checked and left.
 */
export function readTensor(source: JsonSource, role: Role): TensorLiteral | null {
  const byte = source.peek();
  if (byte === LOWER_N) return source.literal() as null;
  const pointer = source.pointer();
  if (byte === OPEN_BRACE) return readTensorObject(source, role, pointer);
  const array = scanNumericArray(source);
  return new TensorLiteral(pointer, array.shape, undefined, false, { kind: 'tokens', array, pointer });
}

interface Members {
  data?: NumericArray;
  base64?: Uint8Array;
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

/** Base64 of RFC 4648, section 4, in its one canonical form. */
function readBase64(source: JsonSource): Uint8Array {
  if (source.peek() !== QUOTE) throw source.error(`expected a string of base64, got ${show(readValue(source))}`);
  const { bytes, pos } = source;
  const end = bytes.indexOf(QUOTE, pos + 1);
  if (end >= 0) {
    const decoded = decodeBase64(bytes.subarray(pos + 1, end));
    if (decoded !== undefined) {
      source.pos = end + 1;
      return decoded;
    }
  }
  // Letters may be escaped, and what is no string at all is said to be none.
  const decoded = decodeBase64(Buffer.from(source.string(), 'utf8'));
  if (decoded === undefined) throw source.error('not canonical base64 with padding (RFC 4648, section 4)');
  return decoded;
}
