/**
 * The element types of tensors: one table that all else is made from, and PyTorch's rules for mixing
 * them. CONTRIBUTING.md says what a new row asks for.
 */
import { BFLOAT16, FLOAT16, type Half } from './halves.ts';

/** PyTorch's promotion categories, in rising order. */
export type Category = 'bool' | 'integer' | 'floating';

export type NumberArray = Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array;
export type TypedArray = NumberArray | BigInt64Array;

interface Row {
  readonly category: Category;
  /** Of an element in files and messages, and as PyTorch counts them. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** What holds the elements in memory. */
  readonly array:
    | Float32ArrayConstructor
    | Float64ArrayConstructor
    | BigInt64ArrayConstructor
    | Int32ArrayConstructor
    | Int16ArrayConstructor
    | Int8ArrayConstructor
    | Uint8ArrayConstructor;
  /** The least and the greatest finite value. */
  readonly min: number | bigint;
  readonly max: number | bigint;
  /** Of a floating dtype: the step from 1 to the next number, and the least normal one. */
  readonly eps?: number;
  readonly tiny?: number;
  /** Of a floating dtype that is held wider than it is: how it is rounded. */
  readonly half?: Half;
  /** In PyTorch's messages and classes: `Float` of torch.FloatTensor. */
  readonly typeName: string;
  /** Its short name in torch, and the method that casts to it. */
  readonly alias?: string;
  readonly method: string;
  /** NumPy's kind and width in a .npy file; absent where NumPy has no such dtype. */
  readonly npy?: string;
  /** Its name in a safetensors file. */
  readonly safetensors: string;
  /** RFC 8746's kind of typed array, and the tag of its little-endian form. */
  readonly cbor: { readonly kind: string; readonly tag: number };
}

const TABLE = {
  float32: {
    category: 'floating',
    bytes: 4,
    array: Float32Array,
    min: -3.4028234663852886e38,
    max: 3.4028234663852886e38,
    eps: 2 ** -23,
    tiny: 2 ** -126,
    typeName: 'Float',
    alias: 'float',
    method: 'float',
    npy: 'f4',
    safetensors: 'F32',
    cbor: { kind: 'float32', tag: 85 },
  },
  float64: {
    category: 'floating',
    bytes: 8,
    array: Float64Array,
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    eps: 2 ** -52,
    tiny: 2 ** -1022,
    typeName: 'Double',
    alias: 'double',
    method: 'double',
    npy: 'f8',
    safetensors: 'F64',
    cbor: { kind: 'float64', tag: 86 },
  },
  int64: {
    category: 'integer',
    bytes: 8,
    array: BigInt64Array,
    min: -(2n ** 63n),
    max: 2n ** 63n - 1n,
    typeName: 'Long',
    alias: 'long',
    method: 'long',
    npy: 'i8',
    safetensors: 'I64',
    cbor: { kind: 'int64', tag: 79 },
  },
  int32: {
    category: 'integer',
    bytes: 4,
    array: Int32Array,
    min: -(2 ** 31),
    max: 2 ** 31 - 1,
    typeName: 'Int',
    alias: 'int',
    method: 'int',
    npy: 'i4',
    safetensors: 'I32',
    cbor: { kind: 'int32', tag: 78 },
  },
  int16: {
    category: 'integer',
    bytes: 2,
    array: Int16Array,
    min: -(2 ** 15),
    max: 2 ** 15 - 1,
    typeName: 'Short',
    alias: 'short',
    method: 'short',
    npy: 'i2',
    safetensors: 'I16',
    cbor: { kind: 'int16', tag: 77 },
  },
  int8: {
    category: 'integer',
    bytes: 1,
    array: Int8Array,
    min: -128,
    max: 127,
    typeName: 'Char',
    method: 'char',
    npy: 'i1',
    safetensors: 'I8',
    cbor: { kind: 'int8', tag: 72 },
  },
  uint8: {
    category: 'integer',
    bytes: 1,
    array: Uint8Array,
    min: 0,
    max: 255,
    typeName: 'Byte',
    method: 'byte',
    npy: 'u1',
    safetensors: 'U8',
    cbor: { kind: 'uint8', tag: 64 },
  },
  bool: {
    category: 'bool',
    bytes: 1,
    array: Uint8Array,
    min: 0,
    max: 1,
    typeName: 'Bool',
    method: 'bool',
    npy: 'b1',
    safetensors: 'BOOL',
    cbor: { kind: 'uint8', tag: 64 },
  },
  float16: {
    category: 'floating',
    bytes: 2,
    array: Float32Array,
    min: -65504,
    max: 65504,
    eps: 2 ** -10,
    tiny: 2 ** -14,
    half: FLOAT16,
    typeName: 'Half',
    alias: 'half',
    method: 'half',
    npy: 'f2',
    safetensors: 'F16',
    cbor: { kind: 'float16', tag: 84 },
  },
  bfloat16: {
    category: 'floating',
    bytes: 2,
    array: Float32Array,
    min: -3.3895313892515355e38,
    max: 3.3895313892515355e38,
    eps: 2 ** -7,
    tiny: 2 ** -126,
    half: BFLOAT16,
    typeName: 'BFloat16',
    method: 'bfloat16',
    safetensors: 'BF16',
    // There is no such kind: its bits travel as whole numbers under the name of the dtype.
    cbor: { kind: 'uint16', tag: 69 },
  },
} as const satisfies Record<string, Row>;

export type DType = keyof typeof TABLE;

const ROWS: Readonly<Record<DType, Row>> = TABLE;

export const DTYPES = Object.keys(TABLE) as readonly DType[] as readonly [DType, ...DType[]];

/** The dtype of floats that say none. Cells may change it for the time that they run. */
export let DEFAULT_DTYPE: DType = 'float32';

/** Sets the default dtype and gives back what it was; pair it with a `finally`. */
export function setDefaultDType(dtype: DType): DType {
  const before = DEFAULT_DTYPE;
  DEFAULT_DTYPE = dtype;
  return before;
}

export const isDType = (name: string): name is DType => Object.hasOwn(ROWS, name);

/** All that is known of a dtype. */
export const rowOf = (dtype: DType): Row => ROWS[dtype];

// The usual ones first: this is asked several times in every call of an op.
export const isFloating = (dtype: DType): boolean =>
  dtype === 'float32' || dtype === 'float64' || ROWS[dtype].category === 'floating';
/** Integer types, `bool` not among them. */
export const isIntegral = (dtype: DType): boolean => ROWS[dtype].category === 'integer';
/** Whether negative numbers fit. */
/** The greatest finite value of a dtype. */
export const greatestOf = (dtype: DType): number | bigint => ROWS[dtype].max;
export const isSigned = (dtype: DType): boolean => ROWS[dtype].min < 0;
export const categoryOf = (dtype: DType): Category => ROWS[dtype].category;
/** Bytes of an element in files and messages; in PyTorch `element_size()`. */
export const elementSize = (dtype: DType): Row['bytes'] => ROWS[dtype].bytes;
/** Bytes of an element in memory. */
export const bytesOf = (dtype: DType): number => ROWS[dtype].array.BYTES_PER_ELEMENT;
/** The array that holds elements in memory. */
export const arrayOf = (dtype: DType): Row['array'] => ROWS[dtype].array;
/** How elements are rounded that are held wider than they are; undefined for most dtypes. */
export const halfOf = (dtype: DType): Half | undefined =>
  dtype === 'float32' || dtype === 'float64' ? undefined : ROWS[dtype].half;
/** PyTorch's class of such tensors, as messages name it: `Float`. */
export const typeNameOf = (dtype: DType): string => ROWS[dtype].typeName;
/** The dtype that a floating one is computed in: floats of 16 bits are held as float32. */
export const computeType = (dtype: DType): 'float32' | 'float64' => (dtype === 'float64' ? 'float64' : 'float32');
/** A number as a floating dtype rounds it; any other dtype's is left as it is. */
export function rounded(value: number, dtype: DType): number {
  if (dtype === 'float64') return value;
  const half = halfOf(dtype);
  if (half !== undefined) return half.round(Math.fround(value));
  return dtype === 'float32' ? Math.fround(value) : value;
}

const CATEGORY_RANK: Record<Category, number> = { bool: 0, integer: 1, floating: 2 };

/** Categories rise from bool to floating. */
export const categoryRank = (dtype: DType): number => CATEGORY_RANK[ROWS[dtype].category];

/** Whether every value of `b` is one of `a`, both of one category. */
const holds = (a: Row, b: Row): boolean =>
  a.min <= b.min && a.max >= b.max && (a.eps ?? 0) <= (b.eps ?? 0) && (a.tiny ?? 0) <= (b.tiny ?? 0);

/** The narrowest dtype of the higher category that holds both, as far as they are of that category. */
function joinOf(a: DType, b: DType): DType {
  const rank = Math.max(categoryRank(a), categoryRank(b));
  const both = [a, b].filter((d) => categoryRank(d) === rank);
  const fitting = DTYPES.filter((d) => categoryRank(d) === rank && both.every((x) => holds(ROWS[d], ROWS[x])));
  return fitting.reduce((least, d) => (ROWS[d].bytes < ROWS[least].bytes ? d : least));
}

const JOINS: Readonly<Record<string, Readonly<Record<string, DType>>>> = Object.fromEntries(
  DTYPES.map((a) => [a, Object.fromEntries(DTYPES.map((b) => [b, joinOf(a, b)]))]),
);

/** `torch.promote_types`: the smallest type that both fit in. */
export const promoteTypes = (a: DType, b: DType): DType => (a === b ? a : JOINS[a][b]);

/** `torch.can_cast`: whether the category holds it; widths and signs do not count. */
export const canCast = (from: DType, to: DType): boolean => categoryRank(from) <= categoryRank(to);

/** What takes part in promotion: a tensor's dtype and its rank, or a Python number. */
export interface Operand {
  readonly dtype: DType;
  /** `tensor`: one or more dimensions; `zero`: a 0-d tensor; `number`: a Python number. */
  readonly priority: 'tensor' | 'zero' | 'number';
}

/**
 * `torch.result_type`: dimensioned tensors decide, unless a 0-d tensor, or else a number, is of a
 * higher category.
 */
export function resultType(operands: readonly Operand[]): DType {
  let result: DType | undefined;
  for (const priority of ['tensor', 'zero', 'number'] as const) {
    let level: DType | undefined;
    for (const operand of operands) {
      if (operand.priority !== priority) continue;
      level = level === undefined ? operand.dtype : promoteTypes(level, operand.dtype);
    }
    if (level === undefined) continue;
    if (result === undefined || categoryRank(level) > categoryRank(result)) result = level;
  }
  return result ?? DEFAULT_DTYPE;
}
