/** The classes of scalars: how they are made, what they are asked, and how they print. */
import { PyError, typeError } from '../runtime/errors.ts';
import { roundHalfEven, roundTo } from '../runtime/floats.ts';
import { formatPlain } from '../runtime/format.ts';
import { truncate } from '../runtime/numbers.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { NativeFunction, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { type ArrayData, arrayOn, elementOf, NDARRAY } from './array.ts';
import { asArray } from './convert.ts';
import { constructs, getter, members } from './define.ts';
import { scalarText } from './numbers.ts';
import { giveOperators } from './operators.ts';
import { quiet } from './quiet.ts';
import { ScalarData, scalarOf } from './scalar.ts';
import { dtypeObject, GENERIC, type NpType, numericTypes, OBJECT_TYPE, STRING } from './types.ts';

const own = (value: Value): ScalarData => {
  if (value instanceof PyInstance && value.native instanceof ScalarData) return value.native;
  throw typeError('a method of a scalar of numpy needs one');
};

export function textOf({ value, type }: ScalarData): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'bigint' ? String(value) : scalarText(value as number, type.dtype);
}

const special = (
  name: string,
  run: (self: ScalarData, args: readonly Value[], runtime: Runtime) => Value,
): NativeFunction => new NativeFunction(name, ([self, ...args], _, i) => run(own(self ?? null), args, i as Runtime));

const toWhole = (value: number | bigint | boolean): bigint =>
  typeof value === 'number' ? truncate(value) : BigInt(value);

const SHARED = [
  special('__repr__', (self) => textOf(self)),
  special('__str__', (self) => textOf(self)),
  special('__float__', ({ value }) => Number(value)),
  special('__int__', ({ value }) => toWhole(value)),
  special('__bool__', ({ value }) => Boolean(value)),
  special('__format__', (self, [spec], runtime) => {
    if (spec === '') return textOf(self);
    return formatPlain(runtime, self.value, spec as string);
  }),
  special('__round__', ({ value, type }, [digits]) => {
    if (type.kind !== 'f') return digits === undefined || digits === null ? toWhole(value) : scalarOf(value, type);
    if (digits === undefined || digits === null) return roundHalfEven(value as number);
    return scalarOf(roundTo(value as number, Number(digits)), type);
  }),
  special('item', ({ value }) => value),
  special('tolist', ({ value }) => value),
  special('is_integer', ({ value }) => Number.isInteger(Number(value))),
  special('copy', ({ value, type }) => scalarOf(value, type)),
  special('conjugate', ({ value, type }) => scalarOf(value, type)),
  special('conj', ({ value, type }) => scalarOf(value, type)),
  special('__getitem__', (self, [key]) => {
    if (key instanceof PyTuple && key.items.length === 0) return scalarOf(self.value, self.type);
    throw new PyError('IndexError', 'invalid index to scalar variable.');
  }),
];

/** Methods of arrays that scalars have too: each is asked of the array without dimensions. */
const BORROWED = [
  'sum',
  'mean',
  'std',
  'var',
  'max',
  'min',
  'any',
  'all',
  'prod',
  'round',
  'astype',
  'reshape',
  'flatten',
  'ravel',
  'argmax',
  'argmin',
  'clip',
  'squeeze',
  'cumsum',
  'dot',
  'repeat',
];

const borrowed = (name: string): NativeFunction =>
  new NativeFunction(name, ([self, ...args], kwargs, i) => {
    const { type } = own(self);
    const made = quiet(() => asArray(self, i, type));
    const result = i.call(NDARRAY.members.get(name) as Value, [made, ...args], kwargs);
    const data = result instanceof PyInstance ? (result.native as ArrayData | null) : null;
    return name === 'astype' && data !== null && 'tensor' in data ? elementOf(data, data.tensor.offset) : result;
  });

const ATTRIBUTES = [
  getter('dtype', (self) => dtypeObject(own(self).type)),
  getter('shape', () => new PyTuple([])),
  getter('ndim', () => 0n),
  getter('size', () => 1n),
  getter('itemsize', (self) => BigInt(own(self).type.size)),
  getter('nbytes', (self) => BigInt(own(self).type.size)),
  getter('T', (self) => self),
  getter('real', (self) => self),
  getter('imag', (self) => scalarOf(0, own(self).type)),
];

members(GENERIC, [...SHARED, ...BORROWED.map(borrowed)]);
for (const [name, property] of ATTRIBUTES) GENERIC.members.set(name, property);
giveOperators(GENERIC, false);

/** Looked up before the bases' own: float64 is a float of Python's too, whose methods know nothing of it. */
function complete(type: NpType): void {
  const { cls } = type;
  if (type.kind === 'i' || type.kind === 'u' || type.kind === 'b')
    members(cls, [special('__index__', ({ value }) => BigInt(value))]);
  constructs(cls, ([value], _, i) =>
    quiet(() => {
      if (value === undefined) return scalarOf(0, type);
      const made = asArray(value, i, type);
      const data = made.native as ArrayData;
      return data.tensor.ndim === 0 ? elementOf(data, data.tensor.offset) : arrayOn(data.tensor, type);
    }),
  );
}
for (const type of numericTypes()) complete(type);
constructs(STRING.cls, ([value], _, i) => (value === undefined ? '' : i.str(value)));
constructs(OBJECT_TYPE.cls, ([value]) => value ?? null);
