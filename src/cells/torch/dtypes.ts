/** torch.float32 and its like, and what torch.finfo and torch.iinfo tell of them. */
import { bytesOf, DTYPES, type DType, isFloating } from '../../tensor/dtype.ts';
import { typeError } from '../runtime/errors.ts';
import { DTypeValue, PyObject, type Value } from '../runtime/values.ts';
import { ForeignDType, toDType, typeName } from './convert.ts';

const values = new Map<DType, DTypeValue>(DTYPES.map((d) => [d, new DTypeValue(d)]));

/** The one value of a dtype: `x.dtype is torch.float32`. */
export const dtypeValue = (dtype: DType): DTypeValue => values.get(dtype) as DTypeValue;

const SHORT: Readonly<Record<string, DType>> = { float: 'float32', double: 'float64', long: 'int64', int: 'int32' };
const FOREIGN = [
  'float16',
  'bfloat16',
  'int8',
  'int16',
  'complex64',
  'complex128',
  'complex32',
  'quint8',
  'qint8',
  'qint32',
];
const FOREIGN_SHORT: Readonly<Record<string, string>> = {
  half: 'float16',
  short: 'int16',
  cfloat: 'complex64',
  cdouble: 'complex128',
  chalf: 'complex32',
};

/** All names of dtypes in torch. */
export function dtypeNames(): [string, Value][] {
  const foreign = new Map(FOREIGN.map((name) => [name, new ForeignDType(name)]));
  return [
    ...DTYPES.map((d): [string, Value] => [d, dtypeValue(d)]),
    ...Object.entries(SHORT).map(([name, d]): [string, Value] => [name, dtypeValue(d)]),
    ...foreign,
    ...Object.entries(FOREIGN_SHORT).map(([name, of]): [string, Value] => [name, foreign.get(of) as ForeignDType]),
  ];
}

const TYPE_NAMES: Record<DType, string> = {
  float32: 'Float',
  float64: 'Double',
  int64: 'Long',
  int32: 'Int',
  uint8: 'Byte',
  bool: 'Bool',
};
export const tensorTypeName = (dtype: DType): string => `torch.${TYPE_NAMES[dtype]}Tensor`;

/** The classes of old, each a tensor of one dtype: torch.FloatTensor. */
export const TENSOR_TYPES: readonly [name: string, dtype: DType][] = DTYPES.map((d) => [`${TYPE_NAMES[d]}Tensor`, d]);

/** A dtype by the name of such a class. */
export const dtypeOfTensorType = (name: string): DType | undefined => DTYPES.find((d) => tensorTypeName(d) === name);

/** torch.finfo and torch.iinfo. */
export class TypeInfo extends PyObject {
  readonly type: string;
  readonly facts: ReadonlyMap<string, Value>;
  readonly text: string;
  constructor(type: string, facts: ReadonlyMap<string, Value>, text: string) {
    super();
    this.type = type;
    this.facts = facts;
    this.text = text;
  }
}

const FLOATS = {
  float32: {
    eps: 2 ** -23,
    max: 3.4028234663852886e38,
    tiny: 2 ** -126,
    resolution: 1e-6,
    text: 'finfo(resolution=1e-06, min=-3.40282e+38, max=3.40282e+38, eps=1.19209e-07, smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=float32)',
  },
  float64: {
    eps: 2 ** -52,
    max: Number.MAX_VALUE,
    tiny: 2 ** -1022,
    resolution: 1e-15,
    text: 'finfo(resolution=1e-15, min=-1.79769e+308, max=1.79769e+308, eps=2.22045e-16, smallest_normal=2.22507e-308, tiny=2.22507e-308, dtype=float64)',
  },
} as const;

export function finfo(dtype: DType): TypeInfo {
  if (dtype !== 'float32' && dtype !== 'float64')
    throw typeError(`torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'`);
  const f = FLOATS[dtype];
  const facts = new Map<string, Value>([
    ['eps', f.eps],
    ['max', f.max],
    ['min', -f.max],
    ['tiny', f.tiny],
    ['smallest_normal', f.tiny],
    ['resolution', f.resolution],
    ['bits', BigInt(8 * bytesOf(dtype))],
    ['dtype', dtype],
  ]);
  return new TypeInfo('torch.finfo', facts, f.text);
}

export function iinfo(dtype: DType): TypeInfo {
  if (isFloating(dtype) || dtype === 'bool')
    throw typeError(`torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'`);
  const bits = BigInt(8 * bytesOf(dtype));
  const [min, max] = dtype === 'uint8' ? [0n, 255n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  const facts = new Map<string, Value>([
    ['min', min],
    ['max', max],
    ['bits', bits],
    ['dtype', dtype],
  ]);
  return new TypeInfo('torch.iinfo', facts, `iinfo(min=${min}, max=${max}, dtype=${dtype})`);
}

export function checkDType(value: Value): DType {
  if (value instanceof DTypeValue) return value.dtype;
  if (value instanceof ForeignDType) return toDType(value);
  throw typeError(`expected torch.dtype, not ${typeName(value)}`);
}
