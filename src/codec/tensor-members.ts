/** The members of a tensor object, whatever they were read from: checked, and put together to a literal. */
import { DEFAULT_DTYPE, DTYPES, type DType, elementSize, isDType } from '../tensor/dtype.ts';
import { showShape } from '../tensor/errors.ts';
import { Float } from '../tensor/scalar.ts';
import { MAX_DIMS, numelOf, type Shape, sameShape } from '../tensor/shape.ts';
import { decodedLength, NOT_BASE64 } from './base64.ts';
import { type JsonError, jsonError } from './json/json-error.ts';
import { type Elements, TensorLiteral } from './json/tensor-literal.ts';
import type { JsonValue } from './json/value.ts';
import type { NumericArray } from './numeric-scan.ts';
import type { Source } from './slots.ts';

const TENSOR_MEMBERS = ['data', 'base64', 'shape', 'dtype', 'requires_grad'];
const VALUE_MEMBERS = [...TENSOR_MEMBERS, 'is_leaf', 'grad'];

/**
 * Where a tensor stands: as itself, or as a value of a graph, which may lack data and say more. Of a value that is
 * only to be shown the gradient is kept as well.
 */
export type Role = 'tensor' | 'value' | 'shown';

/** How a media type has the parts of a tensor object. */
export interface TensorParts<S, Data> {
  readonly value: (source: S) => JsonValue;
  readonly data: (source: S) => Data;
  readonly base64: (source: S) => Base64;
  /** `pointer` is the tensor's, its elements stand at `at`. */
  readonly literal: (
    data: Data,
    sent: number[] | undefined,
    dtype: DType | undefined,
    requiresGrad: boolean,
    pointer: string,
    at: string,
  ) => TensorLiteral;
}

/**
 * Reads the object form of a tensor. What the service itself wrote beside the data of a graph's value
 * (`is_leaf`, `grad`) is checked, and left where the value is not only to be shown.
 */
export function readTensorObject<S extends Source, Data>(
  source: S,
  role: Role,
  pointer: string,
  parts: TensorParts<S, Data>,
): TensorLiteral {
  let data: Data | undefined;
  let base64: Base64 | undefined;
  let shape: number[] | undefined;
  let dtype: DType | undefined;
  let requiresGrad = false;
  let grad: TensorLiteral | undefined;
  const seen = new Set<string>();
  source.members((key) => {
    checkMember(source, key, role, seen);
    switch (key) {
      case 'data':
        data = parts.data(source);
        break;
      case 'base64':
        base64 = parts.base64(source);
        break;
      case 'shape':
        shape = shapeMember(parts.value(source), source.pointer());
        break;
      case 'dtype':
        dtype = dtypeMember(parts.value(source), source.pointer());
        break;
      case 'requires_grad':
        requiresGrad = booleanMember(parts.value(source), source.pointer());
        break;
      case 'is_leaf':
        booleanMember(parts.value(source), source.pointer());
        break;
      case 'grad': {
        const at = source.pointer();
        const given = parts.data(source);
        if (role === 'shown') grad = parts.literal(given, undefined, undefined, false, at, at);
      }
    }
  });
  if (data !== undefined && base64 !== undefined) {
    throw jsonError(pointer, 'has both "data" and "base64", elements are sent once');
  }
  if (role === 'tensor' && data === undefined && base64 === undefined)
    throw jsonError(pointer, 'has neither "data" nor "base64"');
  const literal =
    base64 !== undefined
      ? literalOfBytes(base64, shape, dtype ?? DEFAULT_DTYPE, requiresGrad, pointer)
      : data !== undefined
        ? parts.literal(data, shape, dtype, requiresGrad, pointer, `${pointer}/data`)
        : new TensorLiteral(pointer, shape ?? [], dtype, requiresGrad, { kind: 'none', ranked: shape !== undefined });
  if (grad !== undefined) literal.grad = grad;
  return literal;
}

/** A literal of numbers in arrays, flat or nested as a shape says that was sent beside them. */
export function literalOfTokens(
  array: NumericArray,
  sent: number[] | undefined,
  dtype: DType | undefined,
  requiresGrad: boolean,
  pointer: string,
  at: string,
): TensorLiteral {
  if (sent !== undefined) checkAgainstShape(array.shape, sent, at);
  return new TensorLiteral(pointer, sent ?? array.shape, dtype, requiresGrad, { kind: 'tokens', array, pointer: at });
}

/** Refuses a member that a tensor does not have, or has already. */
function checkMember(source: { error(detail: string): JsonError }, key: string, role: Role, seen: Set<string>): void {
  const allowed = role === 'tensor' ? TENSOR_MEMBERS : VALUE_MEMBERS;
  if (!allowed.includes(key)) {
    throw source.error(`unknown member, a tensor's members are ${allowed.join(', ')}`);
  }
  if (seen.has(key)) throw source.error(`member "${key}" occurs twice`);
  seen.add(key);
}

function booleanMember(value: JsonValue, pointer: string): boolean {
  if (typeof value === 'boolean') return value;
  throw jsonError(pointer, `expected true or false, got ${show(value)}`);
}

function dtypeMember(value: JsonValue, pointer: string): DType {
  if (typeof value === 'string' && isDType(value)) return value;
  throw jsonError(pointer, `expected one of ${DTYPES.join(', ')}, got ${show(value)}`);
}

export function shapeMember(value: JsonValue, pointer: string): number[] {
  if (!Array.isArray(value)) throw jsonError(pointer, `expected an array of sizes, got ${show(value)}`);
  if (value.length > MAX_DIMS) {
    throw jsonError(pointer, `a tensor has at most ${MAX_DIMS} dimensions, got ${value.length}`);
  }
  let count = 1;
  for (const [i, size] of value.entries()) {
    if (!Number.isSafeInteger(size) || (size as number) < 0 || Object.is(size, -0)) {
      throw jsonError(`${pointer}/${i}`, `sizes are whole numbers from 0 up, got ${show(size)}`);
    }
    // Zeros are left out, so that the strides of an empty tensor stay exact too.
    count *= Math.max(size as number, 1);
  }
  if (!Number.isSafeInteger(count)) throw jsonError(pointer, 'more than 2^53 elements');
  return value as number[];
}

/** The member `base64`: bytes, or letters for them that are looked at when they are written. */
export type Base64 = { readonly bytes: Uint8Array } | { readonly letters: Buffer };

/** Letters whose number, and whose padding, can be right. */
export function base64Letters(letters: Buffer, pointer: string): Base64 {
  if (decodedLength(letters) === undefined) throw jsonError(pointer, NOT_BASE64);
  return { letters };
}

/** A literal of little-endian bytes; `pointer` is the tensor's, they stand in its `base64`. */
function literalOfBytes(
  base64: Base64,
  sent: Shape | undefined,
  dtype: DType,
  requiresGrad: boolean,
  pointer: string,
): TensorLiteral {
  const width = elementSize(dtype);
  const size = 'bytes' in base64 ? base64.bytes.length : (decodedLength(base64.letters) as number);
  const shape = sent ?? [Math.floor(size / width)];
  const expected = numelOf(shape) * width;
  const at = `${pointer}/base64`;
  if (size !== expected) {
    const wanted =
      sent === undefined
        ? `a multiple of ${width} bytes for ${dtype}`
        : `${expected} bytes for ${dtype} of the shape ${showShape(shape)}`;
    throw jsonError(at, `expected ${wanted}, got ${size}`);
  }
  const elements: Elements =
    'bytes' in base64
      ? { kind: 'bytes', bytes: base64.bytes, pointer: at }
      : { kind: 'base64', letters: base64.letters, pointer: at };
  return new TensorLiteral(pointer, shape, dtype, requiresGrad, elements);
}

/** `data` is either flat or nested as `shape` says; `nested` is the shape that it shows itself. */
export function checkAgainstShape(nested: Shape, shape: Shape, pointer: string): void {
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
export function show(value: JsonValue | undefined): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Float) return Number.isSafeInteger(value.value) ? `${value.value}.0` : `${value.value}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
