/** The request forms of a tensor, as the wire contract lists them, to a {@link TensorLiteral}. */
import { bytesOf, DEFAULT_DTYPE, DTYPES, type DType, isDType } from '../../tensor/dtype.ts';
import { showShape } from '../../tensor/errors.ts';
import { Float } from '../../tensor/scalar.ts';
import { MAX_DIMS, numelOf, type Shape, sameShape } from '../../tensor/shape.ts';
import { type JsonError, jsonError } from './json-error.ts';
import { type NumericArray, scanNumericArray } from './numeric-array.ts';
import { type JsonSource, LOWER_N, OPEN_BRACE, QUOTE } from './source.ts';
import { type Elements, TensorLiteral } from './tensor-literal.ts';
import { type JsonValue, readValue } from './value.ts';

const TENSOR_MEMBERS = ['data', 'base64', 'shape', 'dtype', 'requires_grad'];
const VALUE_MEMBERS = [...TENSOR_MEMBERS, 'is_leaf', 'grad'];

/**
 * Reads a tensor, or null. As a value of a graph its data may be missing, and what the service itself
 * wrote there beside it (`is_leaf`, `grad`) is checked and left.
 */
export function readTensor(source: JsonSource, role: 'tensor' | 'value'): TensorLiteral | null {
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

function readTensorObject(source: JsonSource, role: 'tensor' | 'value', pointer: string): TensorLiteral {
  const allowed = role === 'value' ? VALUE_MEMBERS : TENSOR_MEMBERS;
  const members: Members = {};
  const seen = new Set<string>();
  source.members((key) => {
    if (!allowed.includes(key)) {
      throw source.error(`unknown member, a tensor's members are ${allowed.join(', ')}`);
    }
    if (seen.has(key)) throw source.error(`member "${key}" occurs twice`);
    seen.add(key);
    readMember(source, key, members);
  });

  const { data, base64, shape, dtype, requiresGrad = false } = members;
  if (data !== undefined && base64 !== undefined) {
    throw jsonError(pointer, 'has both "data" and "base64", elements are sent once');
  }
  if (base64 !== undefined) return fromBytes(base64, shape, dtype ?? DEFAULT_DTYPE, requiresGrad, pointer);
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
      members.shape = readShape(source);
      break;
    case 'dtype':
      members.dtype = readDType(source);
      break;
    case 'requires_grad':
      members.requiresGrad = readBoolean(source);
      break;
    case 'is_leaf':
      readBoolean(source);
      break;
    case 'grad':
      scanNumericArray(source);
  }
}

function readBoolean(source: JsonSource): boolean {
  const value = readValue(source);
  if (typeof value !== 'boolean') throw source.error(`expected true or false, got ${show(value)}`);
  return value;
}

function readDType(source: JsonSource): DType {
  const value = readValue(source);
  if (typeof value === 'string' && isDType(value)) return value;
  throw source.error(`expected one of ${DTYPES.join(', ')}, got ${show(value)}`);
}

function readShape(source: JsonSource): number[] {
  const value = readValue(source);
  if (!Array.isArray(value)) throw source.error(`expected an array of sizes, got ${show(value)}`);
  if (value.length > MAX_DIMS) {
    throw source.error(`a tensor has at most ${MAX_DIMS} dimensions, got ${value.length}`);
  }
  let count = 1;
  for (const [i, size] of value.entries()) {
    if (!Number.isSafeInteger(size) || (size as number) < 0 || Object.is(size, -0)) {
      throw jsonError(`${source.pointer()}/${i}`, `sizes are whole numbers from 0 up, got ${show(size)}`);
    }
    // Zeros are left out, so that the strides of an empty tensor stay exact too.
    count *= Math.max(size as number, 1);
  }
  if (!Number.isSafeInteger(count)) throw source.error('more than 2^53 elements');
  return value as number[];
}

/** Base64 of RFC 4648, section 4, in its one canonical form. */
function readBase64(source: JsonSource): Uint8Array {
  if (source.peek() !== QUOTE) throw source.error(`expected a string of base64, got ${show(readValue(source))}`);
  const text = source.string();
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder forgives; writing it again does not, and is quicker than looking at each letter.
  if (bytes.toString('base64') !== text) throw source.error('not canonical base64 with padding (RFC 4648, section 4)');
  return bytes;
}

function fromBytes(
  bytes: Uint8Array,
  sent: Shape | undefined,
  dtype: DType,
  requiresGrad: boolean,
  pointer: string,
): TensorLiteral {
  const width = bytesOf(dtype);
  const shape = sent ?? [Math.floor(bytes.length / width)];
  const expected = numelOf(shape) * width;
  if (bytes.length !== expected) {
    const wanted =
      sent === undefined
        ? `a multiple of ${width} bytes for ${dtype}`
        : `${expected} bytes for ${dtype} of the shape ${showShape(shape)}`;
    throw jsonError(`${pointer}/base64`, `expected ${wanted}, got ${bytes.length}`);
  }
  return new TensorLiteral(pointer, shape, dtype, requiresGrad, { kind: 'bytes', bytes, pointer: `${pointer}/base64` });
}

/** `data` is either flat or nested as `shape` says; `nested` is the shape of its brackets. */
function checkAgainstShape(nested: Shape, shape: Shape, pointer: string): void {
  const zero = shape.indexOf(0);
  if (sameShape(nested, zero < 0 ? shape : shape.slice(0, zero + 1))) return;
  if (nested.length !== 1) throw mismatch(`data nested as ${showShape(nested)}`, shape, pointer);
  if (nested[0] !== numelOf(shape)) {
    throw mismatch(`${nested[0]} ${nested[0] === 1 ? 'element' : 'elements'}`, shape, pointer);
  }
}

const mismatch = (got: string, shape: Shape, pointer: string): JsonError =>
  jsonError(
    pointer,
    `expected the ${numelOf(shape)} elements of the shape ${showShape(shape)}, flat or nested, got ${got}`,
  );

/** A value in a few words. */
function show(value: JsonValue | undefined): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Float) return Number.isSafeInteger(value.value) ? `${value.value}.0` : `${value.value}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
