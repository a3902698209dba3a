/** The request forms of a tensor in CBOR, to a {@link TensorLiteral}. */
import type { DType } from '../../tensor/dtype.ts';
import { showShape } from '../../tensor/errors.ts';
import { numelOf, sameShape } from '../../tensor/shape.ts';
import { COST } from '../cost.ts';
import { jsonError } from '../json/json-error.ts';
import { TensorLiteral } from '../json/tensor-literal.ts';
import type { NumericArray } from '../numeric-scan.ts';
import {
  type Base64,
  base64Letters,
  checkAgainstShape,
  literalOfTokens,
  type Role,
  readTensorObject,
  shapeMember,
  type TensorParts,
} from '../tensor-members.ts';
import { scanNumericArray } from './numeric-array.ts';
import { ARRAY, BYTES, type CborSource, MAP, NULL, TAG, TEXT } from './source.ts';
import { isTypedArrayTag, readTypedArray, rowMajorOrder, TypedArrayItem } from './typed-array.ts';
import { readValue } from './value.ts';

const TAG_ROW_MAJOR = 40;
const TAG_COLUMN_MAJOR = 1040;

/** Elements with the shape that they show: a typed array is flat, so its shape may still be said beside it. */
interface Data {
  readonly elements: TypedArrayItem | NumericArray;
  readonly shape: number[];
  /** Whether the shape was sent as such. */
  readonly exact: boolean;
}

/**
 * Reads a tensor, or null: a typed array (RFC 8746), an array of several dimensions (tags 40 and 1040),
 * numbers in nested arrays, or an object as in JSON, whose `base64` may be a byte string. As a value of a
 * graph its data may be missing.
 */
export function readTensor(source: CborSource, role: Role): TensorLiteral | null {
  if (source.peek() === NULL) {
    source.pos++;
    return null;
  }
  source.cost.add(COST.tensor);
  const pointer = source.pointer();
  if (source.major() === MAP) return readTensorObject(source, role, pointer, PARTS);
  const data = readData(source);
  return literalOfData(data, undefined, undefined, false, pointer, pointer);
}

const PARTS: TensorParts<CborSource, Data> = {
  value: readValue,
  data: readData,
  base64: readBytes,
  literal: literalOfData,
};

function literalOfData(
  { elements, shape: own, exact }: Data,
  sent: number[] | undefined,
  dtype: DType | undefined,
  requiresGrad: boolean,
  pointer: string,
  at: string,
): TensorLiteral {
  const shape = sent ?? own;
  if (exact && !sameShape(own, shape)) {
    throw jsonError(at, `expected the shape ${showShape(shape)}, the array's own is ${showShape(own)}`);
  }
  if (!(elements instanceof TypedArrayItem)) {
    if (!exact) return literalOfTokens(elements, sent, dtype, requiresGrad, pointer, at);
    return new TensorLiteral(pointer, shape, dtype, requiresGrad, { kind: 'tokens', array: elements, pointer: at });
  }
  if (!exact && sent !== undefined) checkAgainstShape([elements.count], sent, at);
  const type = dtype ?? elements.dtype;
  const bytes = elements.bytesAs(type);
  return new TensorLiteral(
    pointer,
    shape,
    type,
    requiresGrad,
    bytes === undefined
      ? { kind: 'tokens', array: elements.numbers(), pointer: at }
      : { kind: 'bytes', bytes, pointer: at },
  );
}

function readData(source: CborSource): Data {
  if (source.major() !== TAG) {
    if (source.major() === BYTES) {
      throw source.error(
        'a byte string without a tag does not say what its elements are: send a typed array (RFC 8746), or bytes as "base64"',
      );
    }
    return nested(source);
  }
  const at = source.pos;
  const tag = source.argument();
  if (tag === TAG_ROW_MAJOR || tag === TAG_COLUMN_MAJOR) return readDimensions(source, tag);
  source.pos = at;
  if (!isTypedArrayTag(tag)) return nested(source);
  const elements = readTypedArray(source);
  return { elements, shape: [elements.count], exact: false };
}

function nested(source: CborSource): Data {
  const elements = scanNumericArray(source);
  return { elements, shape: elements.shape, exact: false };
}

/** `[sizes, elements]`, after its tag (RFC 8746, section 3.1). */
function readDimensions(source: CborSource, tag: number): Data {
  if (source.major() !== ARRAY) throw source.unexpected('an array of sizes and elements');
  const pointer = source.pointer();
  let shape: number[] | undefined;
  let elements: TypedArrayItem | NumericArray | undefined;
  let count = 0;
  source.elements((i) => {
    count = i + 1;
    if (i === 0) shape = shapeMember(readValue(source), source.pointer());
    else if (i === 1) elements = readFlat(source);
    else throw source.error('expected an array of sizes and elements, got more');
  });
  if (shape === undefined || elements === undefined) {
    throw jsonError(pointer, `expected an array of sizes and elements, got ${count} of the two`);
  }
  const flat = elements instanceof TypedArrayItem ? elements.count : elements.values.length;
  if (flat !== numelOf(shape)) {
    throw jsonError(pointer, `expected the ${numelOf(shape)} elements of the shape ${showShape(shape)}, got ${flat}`);
  }
  if (tag === TAG_COLUMN_MAJOR && flat > 0) {
    elements = elements instanceof TypedArrayItem ? elements.transposed(shape) : transposed(elements, shape);
  }
  return { elements, shape, exact: true };
}

function readFlat(source: CborSource): TypedArrayItem | NumericArray {
  const { elements, shape, exact } = readData(source);
  if (exact || shape.length !== 1) throw source.error('the elements beside sizes are one flat array');
  return elements;
}

/** Numbers of column-major order in row-major order. */
function transposed(array: NumericArray, shape: readonly number[]): NumericArray {
  const order = rowMajorOrder(shape);
  const values = Float64Array.from(order, (from) => array.values[from]);
  const known = new Map(array.longAt.map((at, i) => [at, array.long[i]]));
  const longAt: number[] = [];
  const long: bigint[] = [];
  order.forEach((from, i) => {
    const value = known.get(from);
    if (value === undefined) return;
    longAt.push(i);
    long.push(value);
  });
  return { ...array, values, longAt, long };
}

function readBytes(source: CborSource): Base64 {
  if (source.major() === BYTES) return { bytes: source.byteString() };
  if (source.major() !== TEXT) throw source.unexpected('a byte string, or a text string of base64');
  return base64Letters(Buffer.from(source.text()), source.pointer());
}
