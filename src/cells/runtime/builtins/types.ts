/** Python's classes as functions: int(x), list(x), type(x) …, and the attributes of their instances. */

import { setPlain } from '../attributes.ts';
import { finishClass, makeClass } from '../classes.ts';
import { floatFrom, intFrom } from '../coerce.ts';
import { PyError, typeError, valueError } from '../errors.ts';
import { BASE_EXCEPTION, EXCEPTIONS } from '../exceptions.ts';
import { scaledDecimal } from '../floats.ts';
import { toIndex } from '../indexing.ts';
import { listOf } from '../iterate.ts';
import { OBJECT } from '../mro.ts';
import { bitLength } from '../numbers.ts';
import { PyClassMethod, PyProperty, PyStaticMethod, UserClass } from '../objects.ts';
import { exceptionText } from '../repr.ts';
import type { Runtime } from '../runtime.ts';
import {
  BOOL,
  classOf,
  DICT,
  FLOAT,
  FROZENSET,
  INT,
  LIST,
  NONE_TYPE,
  ORDERED_DICT,
  RANGE,
  SET,
  SLICE,
  STR,
  TUPLE,
  TYPE,
  typeNamed,
} from '../types.ts';
import {
  BoundMethod,
  type Kwargs,
  NativeFunction,
  type PyClass,
  PyDict,
  PyInstance,
  PyList,
  PyRange,
  PySlice,
  PyTuple,
  type Value,
} from '../values.ts';
import { fillDict, makeSet } from './mappings.ts';
import { fn, type Given, method, type Shape } from './native.ts';

function construct(cls: PyClass, run: (args: readonly Value[], kwargs: Kwargs, runtime: Runtime) => Value): void {
  (cls as { construct?: NativeFunction['call'] }).construct = (args, kwargs, interpreter) =>
    run(args, kwargs, interpreter as Runtime);
}

function simple(cls: PyClass, shape: Shape, run: (given: Given, runtime: Runtime) => Value): void {
  const made = fn(cls.name, shape, run);
  construct(cls, (args, kwargs, runtime) => made.call(args, kwargs, runtime));
}

const AT_MOST_ONE: Shape = { least: 0, most: 1 };

simple(INT, { least: 0, most: 2, names: ['', 'base'] }, ([value, base], runtime) =>
  value === undefined ? 0n : intFrom(runtime, value, base === undefined ? undefined : toIndex(runtime, base)),
);
simple(FLOAT, AT_MOST_ONE, ([value], runtime) => (value === undefined ? 0 : floatFrom(runtime, value)));
simple(BOOL, AT_MOST_ONE, ([value], runtime) => (value === undefined ? false : runtime.truth(value)));
simple(STR, { least: 0, most: 3, names: ['object'] }, ([value], runtime) =>
  value === undefined ? '' : runtime.str(value),
);
simple(LIST, AT_MOST_ONE, ([value], runtime) => new PyList(value === undefined ? [] : listOf(runtime, value)));
simple(TUPLE, AT_MOST_ONE, ([value], runtime) =>
  value instanceof PyTuple && value.type === 'tuple'
    ? value
    : new PyTuple(value === undefined ? [] : listOf(runtime, value)),
);
simple(SET, AT_MOST_ONE, ([value], runtime) => makeSet(runtime, value));
simple(FROZENSET, AT_MOST_ONE, ([value], runtime) => makeSet(runtime, value, 'frozenset'));
for (const cls of [DICT, ORDERED_DICT]) {
  construct(cls, ([from, ...more], kwargs, runtime) => {
    if (more.length > 0) throw typeError(`${cls.name} expected at most 1 argument, got ${more.length + 1}`);
    const made = new PyDict(cls.name);
    if (from !== undefined) fillDict(made, from, runtime);
    for (const [name, value] of kwargs) fillDict(made, new PyList([new PyTuple([name, value])]), runtime);
    return made;
  });
}
simple(RANGE, { least: 1, most: 3 }, ([a, b, c], runtime) => {
  const first = toIndex(runtime, a!);
  const step = c === undefined ? 1n : toIndex(runtime, c);
  if (step === 0n) throw valueError('range() arg 3 must not be zero');
  return b === undefined ? new PyRange(0n, first, 1n) : new PyRange(first, toIndex(runtime, b), step);
});
simple(SLICE, { least: 1, most: 3 }, ([a, b, c]) =>
  b === undefined ? new PySlice(null, a!, null) : new PySlice(a!, b, c ?? null),
);
construct(TYPE, ([value, bases, names], kwargs, runtime) => {
  if (value === undefined) throw typeError('type() takes 1 or 3 arguments');
  if (bases === undefined) return classOf(value, runtime);
  if (names === undefined || typeof value !== 'string' || !(bases instanceof PyTuple) || !(names instanceof PyDict))
    throw typeError('type() takes 1 or 3 arguments');
  const members = new Map<string, Value>();
  for (const [key, member] of names.entries.values()) {
    runtime.budget.step();
    if (typeof key === 'string') members.set(key, member);
  }
  const cls = makeClass(runtime, value, bases.items, members, kwargs);
  if (cls instanceof UserClass) finishClass(runtime, cls, kwargs);
  return cls;
});
construct(NONE_TYPE, () => null);
construct(typeNamed('method'), ([callable, self]) => {
  if (callable === undefined || self === undefined) throw typeError('method expected 2 arguments');
  return new BoundMethod(self, callable);
});
construct(OBJECT, (args) => {
  if (args.length > 0) throw typeError('object() takes no arguments');
  return new PyInstance(OBJECT);
});

OBJECT.members.set('__init__', new NativeFunction('__init__', () => null));
OBJECT.members.set(
  '__setattr__',
  new NativeFunction('__setattr__', ([self, name, value], _, interpreter) => {
    if (typeof name !== 'string' || value === undefined) throw typeError('expected 2 arguments');
    setPlain(interpreter as Runtime, self, name, value);
    return null;
  }),
);
BASE_EXCEPTION.members.set(
  '__init__',
  new NativeFunction('__init__', ([self, ...args]) => {
    if (self instanceof PyInstance) self.attributes.set('args', new PyTuple(args));
    return null;
  }),
);
BASE_EXCEPTION.members.set(
  '__str__',
  new NativeFunction('__str__', ([self], _, interpreter) =>
    self instanceof PyInstance ? exceptionText(interpreter as Runtime, self) : '',
  ),
);
BASE_EXCEPTION.members.set(
  'add_note',
  new NativeFunction('add_note', ([self, note]) => {
    if (!(self instanceof PyInstance) || typeof note !== 'string') throw typeError('note must be a str');
    const notes = self.attributes.get('__notes__');
    if (notes instanceof PyList) notes.items.push(note);
    else self.attributes.set('__notes__', new PyList([note]));
    return null;
  }),
);
for (const name of ['__cause__', '__context__', '__traceback__']) BASE_EXCEPTION.members.set(name, null);
BASE_EXCEPTION.members.set('__suppress_context__', false);
for (const [type, name] of [
  ['StopIteration', 'value'],
  ['SystemExit', 'code'],
] as const)
  EXCEPTIONS.get(type)!.members.set(
    name,
    new PyProperty(
      new NativeFunction(name, ([self]) => {
        const args = self instanceof PyInstance ? self.attributes.get('args') : null;
        return args instanceof PyTuple && args.items.length > 0 ? args.items[0] : null;
      }),
    ),
  );
BASE_EXCEPTION.members.set('with_traceback', new NativeFunction('with_traceback', ([self]) => self));

// Attributes of numbers, slices and ranges.
const getter = (cls: PyClass, name: string, get: (self: Value, runtime: Runtime) => Value): void => {
  cls.members.set(
    name,
    new PyProperty(new NativeFunction(name, ([self], _, interpreter) => get(self, interpreter as Runtime))),
  );
};
for (const cls of [INT, FLOAT]) {
  getter(cls, 'real', (self) => (typeof self === 'boolean' ? BigInt(self) : self));
  getter(cls, 'imag', (self) => (typeof self === 'number' ? 0 : 0n));
}
getter(INT, 'numerator', (self) => BigInt(self as bigint));
getter(INT, 'denominator', () => 1n);
const isInt = (value: Value): value is bigint | boolean => typeof value === 'bigint' || typeof value === 'boolean';
const isFloat = (value: Value): value is number => typeof value === 'number';
method(INT, 'bit_length', { least: 0, most: 0 }, isInt, (self) => BigInt(bitLength(BigInt(self))));
method(INT, 'bit_count', { least: 0, most: 0 }, isInt, (self) =>
  BigInt(BigInt(self).toString(2).split('1').length - 1),
);
method(INT, 'conjugate', { least: 0, most: 0 }, isInt, (self) => BigInt(self));
method(INT, 'is_integer', { least: 0, most: 0 }, isInt, () => true);
method(FLOAT, 'is_integer', { least: 0, most: 0 }, isFloat, (self) => Number.isInteger(self));
method(FLOAT, 'conjugate', { least: 0, most: 0 }, isFloat, (self) => self);
method(FLOAT, 'as_integer_ratio', { least: 0, most: 0 }, isFloat, (self) => {
  if (!Number.isFinite(self))
    throw Number.isNaN(self)
      ? valueError('cannot convert NaN to integer ratio')
      : new PyError('OverflowError', 'cannot convert Infinity to integer ratio');
  let denominator = 1n;
  let value = self;
  while (!Number.isInteger(value)) {
    value *= 2;
    denominator *= 2n;
  }
  const numerator = scaledDecimal(value, 0);
  return new PyTuple([self < 0 ? -numerator : numerator, denominator]);
});
for (const part of ['start', 'stop', 'step'] as const) {
  getter(SLICE, part, (self) => (self as PySlice)[part]);
  getter(RANGE, part, (self) => (self as PyRange)[part]);
}

// Decorators that are classes.
export const PROPERTY = typeNamed('property');
simple(
  PROPERTY,
  { least: 0, most: 4, names: ['fget', 'fset', 'fdel', 'doc'] },
  ([get, set, del, doc]) => new PyProperty(get ?? null, set ?? null, del ?? null, doc ?? null),
);
const isProperty = (value: Value): value is PyProperty => value instanceof PyProperty;
method(
  PROPERTY,
  'setter',
  { least: 1, most: 1 },
  isProperty,
  (self, [set]) => new PyProperty(self.get, set!, self.del, self.doc),
);
method(
  PROPERTY,
  'deleter',
  { least: 1, most: 1 },
  isProperty,
  (self, [del]) => new PyProperty(self.get, self.set, del!, self.doc),
);
method(
  PROPERTY,
  'getter',
  { least: 1, most: 1 },
  isProperty,
  (self, [get]) => new PyProperty(get!, self.set, self.del, self.doc),
);
export const STATIC_METHOD = typeNamed('staticmethod');
simple(STATIC_METHOD, { least: 1, most: 1 }, ([wrapped]) => new PyStaticMethod(wrapped!));
export const CLASS_METHOD = typeNamed('classmethod');
simple(CLASS_METHOD, { least: 1, most: 1 }, ([wrapped]) => new PyClassMethod(wrapped!));
