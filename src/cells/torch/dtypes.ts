/** torch.float32 and its like, and what torch.finfo and torch.iinfo tell of them. */
import { DTYPES, type DType, elementSize, isFloating, rowOf, typeNameOf } from '../../tensor/dtype.ts';
import { exponentText } from '../../tensor/print/number-text.ts';
import { typeError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import { DTypeValue, PyObject, type Value } from '../runtime/values.ts';
import { ForeignDType, toDType, typeName } from './convert.ts';

const values = new Map<DType, DTypeValue>(DTYPES.map((d) => [d, new DTypeValue(d)]));

/** The one value of a dtype: `x.dtype is torch.float32`. */
export const dtypeValue = (dtype: DType): DTypeValue => values.get(dtype) as DTypeValue;

const FOREIGN = ['complex64', 'complex128', 'complex32', 'quint8', 'qint8', 'qint32'];
const FOREIGN_SHORT = [
  ['cfloat', 'complex64'],
  ['cdouble', 'complex128'],
  ['chalf', 'complex32'],
] as const;

const foreign = new Map(FOREIGN.map((name) => [name, new ForeignDType(name)]));

/** The one value of a dtype that the engine has not. */
export const foreignDType = (name: string): ForeignDType => foreign.get(name) as ForeignDType;

/** All names of dtypes in torch. */
export function dtypeNames(): [string, Value][] {
  return [
    ...DTYPES.map((d): [string, Value] => [d, dtypeValue(d)]),
    ...DTYPES.flatMap((d): [string, Value][] => {
      const { alias } = rowOf(d);
      return alias === undefined ? [] : [[alias, dtypeValue(d)]];
    }),
    ...foreign,
    ...FOREIGN_SHORT.map(([name, of]): [string, Value] => [name, foreign.get(of) as ForeignDType]),
  ];
}

export const tensorTypeName = (dtype: DType): string => `torch.${typeNameOf(dtype)}Tensor`;

/** The classes of old, each a tensor of one dtype: torch.FloatTensor. */
export const TENSOR_TYPES: readonly [name: string, dtype: DType][] = DTYPES.map((d) => [`${typeNameOf(d)}Tensor`, d]);

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
  references(visit: Visit): void {
    visit(this.facts);
  }
}

/** C's `%g`: six digits, an exponent of two digits where the number is very small or very great. */
function sixDigits(x: number): string {
  const [mantissa, exponent] = exponentText(x, 5).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(`${mantissa}e${exponent}`));
  return `${Number(mantissa)}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

export function finfo(dtype: DType): TypeInfo {
  const { eps, tiny, max } = rowOf(dtype);
  if (eps === undefined || tiny === undefined)
    throw typeError(`torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'`);
  // As many decimal digits as every number of the dtype has.
  const resolution = Number(`1e-${Math.floor(-Math.log10(eps))}`);
  const facts = new Map<string, Value>([
    ['eps', eps],
    ['max', Number(max)],
    ['min', -Number(max)],
    ['tiny', tiny],
    ['smallest_normal', tiny],
    ['resolution', resolution],
    ['bits', BigInt(8 * elementSize(dtype))],
    ['dtype', dtype],
  ]);
  const shown = ['resolution', 'min', 'max', 'eps', 'smallest_normal', 'tiny'];
  const text = shown.map((name) => `${name}=${sixDigits(facts.get(name) as number)}`).join(', ');
  return new TypeInfo('torch.finfo', facts, `finfo(${text}, dtype=${dtype})`);
}

export function iinfo(dtype: DType): TypeInfo {
  if (isFloating(dtype) || dtype === 'bool')
    throw typeError(`torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'`);
  const { min, max } = rowOf(dtype);
  const facts = new Map<string, Value>([
    ['min', BigInt(min)],
    ['max', BigInt(max)],
    ['bits', BigInt(8 * elementSize(dtype))],
    ['dtype', dtype],
  ]);
  return new TypeInfo('torch.iinfo', facts, `iinfo(min=${min}, max=${max}, dtype=${dtype})`);
}

export function checkDType(value: Value): DType {
  if (value instanceof DTypeValue) return value.dtype;
  if (value instanceof ForeignDType) return toDType(value);
  throw typeError(`expected torch.dtype, not ${typeName(value)}`);
}
