/** numpy.dtype: what its objects are asked, and what numpy tells of types. */
import { greatestOf, rowOf } from '../../tensor/dtype.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import { Native } from '../runtime/holding.ts';
import { isSubclass } from '../runtime/mro.ts';
import { NativeFunction, PyClass, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { dataIn } from './array.ts';
import { dataOfValue, operandOf } from './convert.ts';
import { constructs, fn, getter, members, nativeOf, numpyClass, raw } from './define.ts';
import { scalarText } from './numbers.ts';
import { dtypeText } from './print.ts';
import { ScalarData, scalarOf } from './scalar.ts';
import {
  DTYPE_CLASS,
  DTypeData,
  dtypeObject,
  FLOAT64,
  INT64,
  type NpType,
  type Operand,
  promote,
  rankOf,
  resultType,
  toType,
} from './types.ts';

const typeIn = (value: Value | undefined): NpType => nativeOf(value, DTypeData).type;

constructs(DTYPE_CLASS, ([value], kwargs) => dtypeObject(toType(value ?? kwargs.get('dtype') ?? null) ?? FLOAT64));

const nameOf = (type: NpType): string => (type.kind === 'U' ? `<U${type.size / 4}` : type.name);

function same(self: Value | undefined, other: Value = null): boolean {
  typeIn(self);
  try {
    const type = toType(other);
    return type === typeIn(self) || (other === null && typeIn(self) === FLOAT64);
  } catch {
    return false;
  }
}

members(DTYPE_CLASS, [
  new NativeFunction('__repr__', ([self]) => {
    const type = typeIn(self);
    return `dtype(${type.kind === 'U' ? dtypeText(type) : type.kind === 'O' ? "'O'" : `'${type.name}'`})`;
  }),
  new NativeFunction('__str__', ([self]) => nameOf(typeIn(self))),
  new NativeFunction('__eq__', ([self, other]) => same(self, other)),
  new NativeFunction('__ne__', ([self, other]) => !same(self, other)),
  new NativeFunction('__hash__', ([self]) => nameOf(typeIn(self))),
  new NativeFunction('__call__', () => {
    throw typeError("'numpy.dtype[]' object is not callable");
  }),
]);
for (const [name, property] of [
  getter('name', (self) => typeIn(self).name),
  getter('kind', (self) => typeIn(self).kind),
  getter('char', (self) => typeIn(self).char),
  getter('itemsize', (self) => BigInt(typeIn(self).size)),
  getter('type', (self) => typeIn(self).cls),
  getter('str', (self) => {
    const type = typeIn(self);
    if (type.kind === 'U') return `<U${type.size / 4}`;
    return `${type.size === 1 || type.kind === 'O' ? '|' : '<'}${type.kind}${type.kind === 'O' ? '' : type.size}`;
  }),
  getter('byteorder', (self) => (typeIn(self).size === 1 || typeIn(self).kind === 'O' ? '|' : '=')),
  getter('shape', () => new PyTuple([])),
  getter('ndim', () => 0n),
  getter('fields', () => null),
  getter('names', () => null),
])
  DTYPE_CLASS.members.set(name, property);

/** numpy.finfo and numpy.iinfo. */
class InfoData extends Native {
  readonly facts: ReadonlyMap<string, Value>;
  readonly text: string;
  constructor(facts: ReadonlyMap<string, Value>, text: string) {
    super();
    this.facts = facts;
    this.text = text;
  }
  references(): void {}
}

function infoClass(name: string, facts: readonly string[], make: (type: NpType) => InfoData): PyClass {
  const cls = numpyClass(name);
  constructs(cls, ([value]) => {
    const type = value instanceof PyInstance && value.native instanceof ScalarData ? value.native.type : undefined;
    const array = dataIn(value ?? null);
    const made = new PyInstance(cls);
    const plain = typeof value === 'number' ? FLOAT64 : typeof value === 'bigint' ? INT64 : undefined;
    made.native = make(type ?? array?.type ?? plain ?? toType(value ?? null) ?? FLOAT64);
    return made;
  });
  const dataOf = (self: Value | undefined): InfoData => nativeOf(self, InfoData);
  members(cls, [new NativeFunction('__repr__', ([self]) => dataOf(self).text)]);
  for (const fact of facts) {
    const [key, property] = getter(fact, (self) => dataOf(self).facts.get(fact) ?? null);
    cls.members.set(key, property);
  }
  return cls;
}

const FLOAT_FACTS = [
  'bits',
  'eps',
  'epsneg',
  'max',
  'min',
  'tiny',
  'smallest_normal',
  'resolution',
  'precision',
  'dtype',
];

const FINFO = infoClass('finfo', FLOAT_FACTS, (type) => {
  const { eps, tiny } = rowOf(type.dtype);
  if (type.kind !== 'f' || eps === undefined || tiny === undefined)
    throw valueError(`data type ${nameOf(type)} not inexact`);
  const most = Number(greatestOf(type.dtype));
  const precision = Math.floor(-Math.log10(eps));
  const number = (x: number): Value => scalarOf(x, type);
  const facts = new Map<string, Value>([
    ['bits', BigInt(type.size * 8)],
    ['eps', number(eps)],
    ['epsneg', number(eps / 2)],
    ['max', number(most)],
    ['min', number(-most)],
    ['tiny', number(tiny)],
    ['smallest_normal', number(tiny)],
    ['resolution', number(10 ** -precision)],
    ['precision', BigInt(precision)],
    ['dtype', dtypeObject(type)],
  ]);
  const text = (x: number): string => scalarText(x, type.dtype);
  return new InfoData(
    facts,
    `finfo(resolution=${text(10 ** -precision)}, min=${text(-most)}, max=${text(most)}, dtype=${type.name})`,
  );
});

const IINFO = infoClass('iinfo', ['bits', 'min', 'max', 'dtype', 'kind'], (type) => {
  if (type.kind !== 'i' && type.kind !== 'u') throw valueError(`Invalid integer data type '${type.kind}'.`);
  const { min, max } = rowOf(type.dtype);
  const facts = new Map<string, Value>([
    ['bits', BigInt(type.size * 8)],
    ['min', BigInt(min)],
    ['max', BigInt(max)],
    ['dtype', dtypeObject(type)],
    ['kind', type.kind],
  ]);
  return new InfoData(facts, `iinfo(min=${min}, max=${max}, dtype=${type.name})`);
});

/** A class, or that of a dtype's scalars. */
const classIn = (value: Value): PyClass => {
  if (value instanceof PyClass && toKnown(value) === undefined) return value;
  const type = toType(value);
  if (type === undefined) throw typeError(`issubdtype() arg must be a type, not ${typeName(value)}`);
  return type.cls;
};

/** The type of a class that stands for one alone. */
const toKnown = (cls: PyClass): NpType | undefined => {
  const type = toType(cls);
  return type !== undefined && (type.cls === cls || !cls.members.has('__module__')) ? type : undefined;
};

/** What a value brings to type promotion: a dtype or an array its type, a number its value too. */
const operand = (value: Value, i: Parameters<typeof dataOfValue>[1]): Operand =>
  typeof value === 'string' ||
  value instanceof PyClass ||
  (value instanceof PyInstance && value.native instanceof DTypeData)
    ? { type: toType(value) as NpType }
    : operandOf(dataOfValue(value, i));

export const TYPES: readonly NativeFunction[] = [
  fn('issubdtype', 'arg1, arg2', ({ arg1, arg2 }) => isSubclass(classIn(arg1), classIn(arg2))),
  raw('result_type', 1, (args, _, i) => dtypeObject(resultType(args.map((value) => operand(value, i))))),
  fn('promote_types', 'type1, type2', ({ type1, type2 }) =>
    dtypeObject(promote(toType(type1) as NpType, toType(type2) as NpType)),
  ),
  fn('can_cast', "from_, to, casting='safe'", ({ from_, to, casting }, i) => {
    const from = operand(from_, i);
    const type = toType(to) as NpType;
    if (casting === 'unsafe') return true;
    const safe = promote(resultType([from, { type }]), type) === type && rankOf(from.type) <= rankOf(type);
    return casting === 'same_kind' ? rankOf(from.type) <= rankOf(type) : casting === 'no' ? from.type === type : safe;
  }),
  fn('min_scalar_type', 'a', ({ a }, i) => {
    const own = operand(a, i);
    return dtypeObject(own.value === undefined ? own.type : resultType([own, { type: toType('bool') as NpType }]));
  }),
  fn('isscalar', 'element', ({ element }) => {
    if (typeof element === 'number' || typeof element === 'bigint') return true;
    if (typeof element === 'boolean' || typeof element === 'string') return true;
    return element instanceof PyInstance && element.native instanceof ScalarData;
  }),
  fn('isrealobj', 'x', () => true),
  fn('iscomplexobj', 'x', () => false),
];

export const TYPE_CLASSES: readonly PyClass[] = [FINFO, IINFO];
