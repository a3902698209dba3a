/** NumPy's element types, its classes of scalars, and its rules for mixing them. */
import { DTYPES, type DType, rowOf } from '../../tensor/dtype.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import { isSubclass, OBJECT } from '../runtime/mro.ts';
import { BOOL, FLOAT, INT, STR } from '../runtime/types.ts';
import { DTypeValue, NativeFunction, PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { numpyClass } from './define.ts';

export type Kind = 'b' | 'i' | 'u' | 'f' | 'U' | 'O';

/** A type of elements. Strings and objects stand in a table; the tensor of such an array holds their places. */
export interface NpType {
  readonly name: string;
  readonly kind: Kind;
  readonly char: string;
  /** What the tensor of such an array holds. */
  readonly dtype: DType;
  readonly size: number;
  /** Of the scalars. */
  readonly cls: PyClass;
}

export const GENERIC = numpyClass('generic');
export const NUMBER = numpyClass('number', [GENERIC]);
export const INTEGER = numpyClass('integer', [NUMBER]);
export const SIGNED = numpyClass('signedinteger', [INTEGER]);
export const UNSIGNED = numpyClass('unsignedinteger', [INTEGER]);
export const INEXACT = numpyClass('inexact', [NUMBER]);
export const FLOATING = numpyClass('floating', [INEXACT]);
const FLEXIBLE = numpyClass('flexible', [GENERIC]);
const CHARACTER = numpyClass('character', [FLEXIBLE]);

/** The abstract classes of scalars, by name. */
export const ABSTRACT: readonly PyClass[] = [
  GENERIC,
  NUMBER,
  INTEGER,
  SIGNED,
  UNSIGNED,
  INEXACT,
  FLOATING,
  FLEXIBLE,
  CHARACTER,
];

const CHARS: Partial<Record<DType, string>> = {
  bool: '?',
  int8: 'b',
  uint8: 'B',
  int16: 'h',
  int32: 'i',
  int64: 'l',
  float16: 'e',
  float32: 'f',
  float64: 'd',
};

const BASES: Readonly<Record<Kind, readonly PyClass[]>> = {
  b: [GENERIC],
  i: [SIGNED],
  u: [UNSIGNED],
  f: [FLOATING],
  U: [CHARACTER],
  O: [GENERIC],
};

function numeric(dtype: DType): NpType {
  const npy = rowOf(dtype).npy as string;
  const kind = npy[0] as Kind;
  // Python's own float is a base of float64, as in NumPy.
  const bases = dtype === 'float64' ? [FLOATING, FLOAT] : BASES[kind];
  return {
    name: dtype,
    kind,
    char: CHARS[dtype] as string,
    dtype,
    size: Number(npy.slice(1)),
    cls: numpyClass(dtype === 'bool' ? 'bool_' : dtype, bases),
  };
}

const NUMERIC = new Map<DType, NpType>(
  DTYPES.filter((d) => rowOf(d).npy !== undefined).map((d): [DType, NpType] => [d, numeric(d)]),
);

export const numericTypes = (): Iterable<NpType> => NUMERIC.values();

/** NumPy's type of a tensor's elements. */
export function typeOf(dtype: DType): NpType {
  const known = NUMERIC.get(dtype);
  if (known === undefined) throw typeError(`Got unsupported ScalarType ${rowOf(dtype).typeName}`);
  return known;
}

export const BOOLEAN = typeOf('bool');
export const INT64 = typeOf('int64');
export const FLOAT64 = typeOf('float64');
export const OBJECT_TYPE: NpType = {
  name: 'object',
  kind: 'O',
  char: 'O',
  dtype: 'int64',
  size: 8,
  cls: numpyClass('object_', [GENERIC]),
};
const STRING_CLASS = numpyClass('str_', [STR, CHARACTER]);

const strings: NpType[] = [];
const MOST_LENGTHS = 4096;

/** Strings of at most so many characters. */
export function stringType(length: number): NpType {
  const known = strings[length];
  if (known !== undefined) return known;
  const made: NpType = {
    name: `str${length * 32}`,
    kind: 'U',
    char: 'U',
    dtype: 'int64',
    size: length * 4,
    cls: STRING_CLASS,
  };
  if (length < MOST_LENGTHS) strings[length] = made;
  return made;
}

export const STRING = stringType(0);
export const isNumeric = (type: NpType): boolean => type.kind !== 'U' && type.kind !== 'O';

/** dtype('float64') and its like. */
export const DTYPE_CLASS = numpyClass('dtype');

export class DTypeData extends Native {
  readonly type: NpType;
  constructor(type: NpType) {
    super();
    this.type = type;
  }
  references(_visit: Visit): void {}
}

const dtypeObjects = new Map<NpType, PyInstance>();

/** The one object of a type. */
export function dtypeObject(type: NpType): PyInstance {
  const known = dtypeObjects.get(type);
  if (known !== undefined) return known;
  const made = new PyInstance(DTYPE_CLASS);
  made.native = new DTypeData(type);
  if (type.kind !== 'U' || type.size < 4 * MOST_LENGTHS) dtypeObjects.set(type, made);
  return made;
}

const ALIASES: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['bool_', 'bool'],
  ['bool8', 'bool'],
  ['int', 'int64'],
  ['int_', 'int64'],
  ['intp', 'int64'],
  ['long', 'int64'],
  ['longlong', 'int64'],
  ['intc', 'int32'],
  ['short', 'int16'],
  ['byte', 'int8'],
  ['ubyte', 'uint8'],
  ['float', 'float64'],
  ['float_', 'float64'],
  ['double', 'float64'],
  ['single', 'float32'],
  ['half', 'float16'],
]);

/** NumPy's further names of classes. */
export const SCALAR_ALIASES: readonly (readonly [string, NpType])[] = [...ALIASES]
  .filter(([name]) => !['int', 'float', 'long'].includes(name))
  .map(([name, dtype]) => [name, typeOf(dtype)] as const);

/** What NumPy has and the engine has not. */
export const FOREIGN_TYPES = [
  'uint16',
  'uint32',
  'uint64',
  'ushort',
  'uintc',
  'uint',
  'ulonglong',
  'uintp',
  'complex64',
  'complex128',
  'csingle',
  'cdouble',
  'complex_',
  'longdouble',
  'float128',
  'datetime64',
  'timedelta64',
  'void',
  'bytes_',
];

export const notYet = (name: string): PyError =>
  new PyError('NotImplementedError', `numpy.${name} is numpy's and not there yet`);

function typeNamed(text: string): NpType {
  const name = text.replace(/^[<=|]/, '');
  for (const type of NUMERIC.values()) {
    if (type.name === name || type.char === name || rowOf(type.dtype).npy === name) return type;
  }
  const alias = ALIASES.get(name);
  if (alias !== undefined) return typeOf(alias);
  if (name === 'str' || name === 'str_' || name === 'U') return STRING;
  if (/^U\d{1,6}$/.test(name)) return stringType(Number(name.slice(1)));
  if (name === 'object' || name === 'O') return OBJECT_TYPE;
  if (FOREIGN_TYPES.includes(name) || /^(u2|u4|u8|c8|c16|[HIL])$/.test(name)) throw notYet(name);
  throw typeError(`data type '${text}' not understood`);
}

/** A dtype argument; undefined where there is none. */
export function toType(value: Value): NpType | undefined {
  if (value === null) return undefined;
  if (value instanceof PyInstance && value.native instanceof DTypeData) return value.native.type;
  if (typeof value === 'string') return typeNamed(value);
  if (value instanceof PyClass) {
    for (const type of NUMERIC.values()) if (type.cls === value) return type;
    if (value === FLOAT || value === FLOATING) return FLOAT64;
    if (value === INT || value === INTEGER || value === SIGNED) return INT64;
    if (value === BOOL) return BOOLEAN;
    if (value === STR || value === STRING_CLASS) return STRING;
    if (value === OBJECT || value === OBJECT_TYPE.cls) return OBJECT_TYPE;
    return OBJECT_TYPE;
  }
  if (value instanceof NativeFunction && FOREIGN_TYPES.includes(value.name)) throw notYet(value.name);
  if (value instanceof DTypeValue) throw typeError(`Cannot interpret 'torch.${value.dtype}' as a data type`);
  throw typeError(`Cannot interpret '${typeName(value)}' as a data type`);
}

export const isSubtype = (type: NpType, cls: PyClass): boolean => isSubclass(type.cls, cls);

const RANK: Readonly<Record<Kind, number>> = { b: 0, u: 1, i: 1, f: 2, U: 3, O: 4 };

export const rankOf = (type: NpType): number => RANK[type.kind];

/** How many characters the numbers of a kind may take as text. */
const WIDEST_TEXT: Partial<Record<Kind, number>> = { f: 32, b: 5 };

const INTS: readonly DType[] = ['int8', 'int16', 'int32', 'int64'];

/** The type that holds what both hold. */
export function promote(a: NpType, b: NpType): NpType {
  if (a === b) return a;
  const [low, high] = RANK[a.kind] <= RANK[b.kind] ? [a, b] : [b, a];
  if (high.kind === 'O') return high;
  if (high.kind === 'U')
    return low.kind === 'U'
      ? low.size > high.size
        ? low
        : high
      : stringType(Math.max(WIDEST_TEXT[low.kind] ?? 21, high.size / 4));
  if (low.kind === 'b') return high;
  if (RANK[low.kind] === RANK[high.kind]) {
    if (low.kind === high.kind) return low.size > high.size ? low : high;
    const [signed, unsigned] = low.kind === 'i' ? [low, high] : [high, low];
    return signed.size > unsigned.size ? signed : typeOf(INTS[Math.log2(unsigned.size) + 1]);
  }
  // A float holds integers of half its width.
  const needed = low.size === 1 ? 2 : low.size === 2 ? 4 : 8;
  if (high.size >= needed) return high;
  return typeOf(needed === 4 ? 'float32' : 'float64');
}

/** An operand: an array's type, or a scalar's with its value. */
export interface Operand {
  readonly type: NpType;
  /** Of what has no dimensions: it only widens as far as its value needs. */
  readonly value?: number | bigint | boolean;
}

/** The least type of a kind that holds a value, as NumPy's value-based casting finds it, beside arrays of `beside`. */
function leastType({ type, value }: Operand, beside: NpType): NpType {
  if (value === undefined || type.kind === 'b' || !isNumeric(type)) return type;
  if (type.kind === 'f') {
    const size = Math.abs(Number(value));
    const fits = (most: number): boolean => !Number.isFinite(size) || size <= most;
    return fits(65500) ? typeOf('float16') : fits(3.4e38) ? typeOf('float32') : FLOAT64;
  }
  const whole = BigInt(value);
  if (beside.kind !== 'i' && whole >= 0n && whole <= 255n) return typeOf('uint8');
  for (const dtype of INTS) {
    const { min, max } = rowOf(dtype);
    if (whole >= BigInt(min) && whole <= BigInt(max)) return typeOf(dtype);
  }
  return INT64;
}

/** `numpy.result_type`: arrays decide, and scalars of no higher kind widen only as far as their values need. */
export function resultType(operands: readonly Operand[]): NpType {
  const arrays = operands.filter((x) => x.value === undefined);
  const scalars = operands.filter((x) => x.value !== undefined);
  const all = (list: readonly NpType[]): NpType => list.reduce(promote);
  if (arrays.length === 0 || scalars.length === 0) return all(operands.map((x) => x.type));
  const highest = Math.max(...arrays.map((x) => RANK[x.type.kind]));
  if (scalars.some((x) => RANK[x.type.kind] > highest)) return all(operands.map((x) => x.type));
  const array = all(arrays.map((x) => x.type));
  return scalars.reduce((type, scalar) => promote(type, leastType(scalar, array)), array);
}

/** The float that functions such as sin compute in. */
export function floatType(type: NpType): NpType {
  if (type.kind === 'f') return type;
  return type.size === 1 ? typeOf('float16') : type.size === 2 ? typeOf('float32') : FLOAT64;
}
