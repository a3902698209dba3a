/** What `object` and `type` give to every value and class, and the operators of the language's classes as methods. */
import { deletePlain, findAttribute, setMember, setPlain } from '../attributes.ts';
import { allocate, instantiate } from '../calls.ts';
import { newClass } from '../classes.ts';
import { containsPlain, equal, order } from '../compare.ts';
import { PyError, typeError } from '../errors.ts';
import { formatValue } from '../format.ts';
import { deletePlainItem, plainItem, setPlainItem } from '../indexing.ts';
import { listOf, plainIterator } from '../iterate.ts';
import { keyOf } from '../keys.ts';
import { mro, OBJECT } from '../mro.ts';
import { OBJECT_METHODS } from '../object-methods.ts';
import { NOT_IMPLEMENTED, PySet, UserClass } from '../objects.ts';
import { attempt, SPECIAL } from '../operators.ts';
import { Primitive, plainOf } from '../primitive.ts';
import { plainRepr } from '../repr.ts';
import type { Runtime } from '../runtime.ts';
import { lengthOf } from '../truth.ts';
import {
  classOf,
  DICT,
  FLOAT,
  FROZENSET,
  INT,
  LIST,
  ORDERED_DICT,
  RANGE,
  SET,
  STR,
  TUPLE,
  TYPE,
  typeName,
  typeNamed,
} from '../types.ts';
import {
  type Kwargs,
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyIterator,
  PyList,
  PyTuple,
  type Value,
} from '../values.ts';
import { hashOf } from './functions.ts';
import { fillDict, makeSet } from './mappings.ts';

type Body = (self: Value, args: readonly Value[], runtime: Runtime, kwargs: Kwargs) => Value;

/** What a method cannot do without. */
const LEAST: Readonly<Record<string, number>> = {
  __contains__: 1,
  __getitem__: 1,
  __delitem__: 1,
  __setitem__: 2,
  __setattr__: 2,
  __delattr__: 1,
  __getattribute__: 1,
  __instancecheck__: 1,
  __lt__: 1,
  __le__: 1,
  __gt__: 1,
  __ge__: 1,
};

const made = (name: string, run: Body): NativeFunction =>
  new NativeFunction(
    name,
    ([self, ...args], kwargs, interpreter) => {
      if (self === undefined) throw typeError(`unbound method object.${name}() needs an argument`);
      const least = LEAST[name] ?? 0;
      if (args.length < least)
        throw typeError(`expected ${least} argument${least === 1 ? '' : 's'}, got ${args.length}`);
      return run(self, args, interpreter as Runtime, kwargs);
    },
    'method-wrapper',
  );

const ofObject = (name: string, run: Body): void => {
  OBJECT_METHODS.set(name, made(name, run));
};

const nameOf = (value: Value | undefined): string => {
  if (typeof value !== 'string') throw typeError('attribute name must be string');
  return value;
};

ofObject('__repr__', (self, _, runtime) => plainRepr(runtime, self));
ofObject('__str__', (self, _, runtime) => {
  const plain = plainOf(self);
  return typeof plain === 'string' ? plain : self instanceof PyInstance ? runtime.repr(self) : runtime.str(self);
});
ofObject('__hash__', (self, _, runtime) =>
  hashOf(
    self instanceof PyInstance && !(self.native instanceof Primitive) ? self : keyOf(plainOf(self), runtime),
    runtime,
  ),
);
ofObject('__eq__', (self, [other], runtime) => {
  if (self instanceof PyInstance && !(self.native instanceof Primitive)) return self === other ? true : NOT_IMPLEMENTED;
  return equal(runtime, plainOf(self), plainOf(other ?? null));
});
ofObject('__ne__', (self, [other], runtime) => {
  const result = equal(runtime, self, other ?? null);
  return !runtime.truth(result);
});
ofObject('__format__', (self, [spec], runtime) => {
  const plain = plainOf(self);
  if (self instanceof PyInstance && !(self.native instanceof Primitive)) {
    if (spec !== '' && spec !== undefined)
      throw typeError(`unsupported format string passed to ${typeName(self, runtime)}.__format__`);
    return runtime.str(self);
  }
  return formatValue(runtime, plain, typeof spec === 'string' ? spec : '');
});
ofObject('__setattr__', (self, [name, value], runtime) => {
  if (self instanceof UserClass) setMember(runtime, self, nameOf(name), value);
  else setPlain(runtime, self as PyInstance, nameOf(name), value);
  return null;
});
ofObject('__delattr__', (self, [name], runtime) => {
  deletePlain(runtime, self, nameOf(name));
  return null;
});
ofObject('__getattribute__', (self, [name], runtime) => {
  const found = findAttribute(runtime, self, nameOf(name));
  if (found !== undefined) return found;
  throw new PyError('AttributeError', `'${typeName(self, runtime)}' object has no attribute '${nameOf(name)}'`);
});
ofObject('__dir__', (self, _, runtime) => runtime.call(runtime.builtins.get('dir')!, [self]));
ofObject('__init_subclass__', () => null);
ofObject('__sizeof__', () => 64n);
ofObject('__init__', () => null);
ofObject('__new__', (cls, args, runtime, kwargs) => {
  if (!(cls instanceof PyClass))
    throw typeError(`object.__new__(X): X is not a type object (${typeName(cls, runtime)})`);
  if (cls.metaclass === null && mro(cls).includes(TYPE)) return newType(runtime, cls, args);
  runtime.budget.step();
  return cls.construct !== undefined && cls !== OBJECT
    ? cls.construct(args, kwargs, runtime)
    : allocate(runtime, cls, args, kwargs);
});

/** `type(name, bases, names)`, and what a metaclass's `super().__new__` makes. */
export function newType(runtime: Runtime, metaclass: PyClass, [name, bases, names]: readonly Value[]): PyClass {
  if (typeof name !== 'string' || !(bases instanceof PyTuple) || !(names instanceof PyDict))
    throw typeError('type.__new__() takes a name, a tuple of bases and a dict of names');
  const members = new Map<string, Value>();
  for (const [key, value] of names.entries.values()) {
    runtime.budget.step();
    if (typeof key === 'string') members.set(key, value);
  }
  const above = bases.items.filter((base): base is PyClass => base instanceof PyClass);
  const inherited = above.map((base) => base.metaclass).find((each) => each !== null) ?? null;
  return newClass(runtime, name, above, members, metaclass === TYPE ? inherited : metaclass);
}

const ofType = (name: string, run: Body): void => {
  TYPE.members.set(name, made(name, run));
};
ofType('__new__', (cls, args, runtime) => newType(runtime, cls as PyClass, args));
ofType('__init__', () => null);
ofType('__call__', (cls, args, runtime, kwargs) => {
  if (!(cls instanceof PyClass)) throw typeError('type.__call__() needs a class');
  return instantiate(runtime, cls, args, kwargs);
});
ofType('mro', (cls) => new PyList([...mro(cls as PyClass)]));
ofType('__instancecheck__', (cls, [value], runtime) => mro(classOf(value, runtime)).includes(cls as PyClass));
ofType('__subclasscheck__', (cls, [other]) => other instanceof PyClass && mro(other).includes(cls as PyClass));

// What the classes of the language do without asking anybody, as methods: for `super()` of derived classes.
for (const cls of [LIST, TUPLE, DICT, SET, FROZENSET, STR, RANGE, typeNamed('bytes'), typeNamed('bytearray')]) {
  const put = (name: string, run: Body): void => {
    cls.members.set(name, made(name, run));
  };
  put('__len__', (self, _, runtime) => BigInt(plainLengthOf(runtime, self)));
  put('__contains__', (self, [item], runtime) => containsPlain(runtime, plainOf(self), item));
  put('__iter__', (self, _, runtime) => new PyIterator(plainIterator(runtime, plainOf(self)), `${cls.name}_iterator`));
  if (cls !== SET && cls !== FROZENSET)
    put('__getitem__', (self, [index], runtime) => plainItem(runtime, plainOf(self), index));
  if (cls !== LIST && cls !== DICT) continue;
  put('__setitem__', (self, [index, value], runtime) => {
    setPlainItem(runtime, self, index, value);
    return null;
  });
  put('__delitem__', (self, [index], runtime) => {
    deletePlainItem(runtime, self, index);
    return null;
  });
}

/** The length of what is in it, whatever `__len__` says. */
function plainLengthOf(runtime: Runtime, self: Value): number {
  if (self instanceof PyList || self instanceof PyTuple) return self.items.length;
  if (self instanceof PyDict || self instanceof PySet) return self.entries.size;
  return lengthOf(runtime, plainOf(self));
}

const COMPARE = { __lt__: '<', __le__: '<=', __gt__: '>', __ge__: '>=' } as const;
for (const cls of [INT, FLOAT, STR, LIST, TUPLE, DICT, SET, FROZENSET]) {
  for (const [op, word] of Object.entries(SPECIAL)) {
    if (op === '@') continue;
    const run =
      (reflected: boolean): Body =>
      (self, [other], runtime) => {
        const [a, b] = [plainOf(self), plainOf(other ?? null)];
        if (a instanceof PyInstance) return NOT_IMPLEMENTED;
        if (b instanceof PyInstance && reflected) return NOT_IMPLEMENTED;
        if (typeof a === 'string' && op === '+' && typeof b !== 'string') return NOT_IMPLEMENTED;
        return attempt(runtime, op as never, reflected ? b : a, reflected ? a : b, true) ?? NOT_IMPLEMENTED;
      };
    cls.members.set(`__${word}__`, made(`__${word}__`, run(false)));
    if (cls === INT || cls === FLOAT) cls.members.set(`__r${word}__`, made(`__r${word}__`, run(true)));
  }
  cls.members.set(
    '__eq__',
    made('__eq__', (self, [other], runtime) => {
      const [a, b] = [plainOf(self), plainOf(other ?? null)];
      if (b instanceof PyInstance) return NOT_IMPLEMENTED;
      return equal(runtime, a, b);
    }),
  );
  for (const [name, op] of Object.entries(COMPARE)) {
    cls.members.set(
      name,
      made(name, (self, [other], runtime) => {
        const [a, b] = [plainOf(self), plainOf(other ?? null)];
        const number = (value: Value): boolean =>
          typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
        if ((number(a) && number(b)) || typeof a === typeof b)
          return a instanceof PyInstance || b instanceof PyInstance ? NOT_IMPLEMENTED : order(runtime, op, a, b);
        return NOT_IMPLEMENTED;
      }),
    );
  }
}
for (const cls of [INT, FLOAT, STR]) {
  const put = (name: string, run: (self: Value, runtime: Runtime) => Value): void => {
    cls.members.set(
      name,
      made(name, (self, _, runtime) => run(plainOf(self), runtime)),
    );
  };
  cls.members.set(
    '__hash__',
    made('__hash__', (self, _, runtime) => hashOf(keyOf(plainOf(self), runtime), runtime)),
  );
  put('__bool__', (self, runtime) => runtime.truth(self));
  if (cls === STR) continue;
  put('__int__', (self, runtime) => runtime.call(INT, [self]));
  put('__float__', (self, runtime) => runtime.call(FLOAT, [self]));
  put('__abs__', (self, runtime) => runtime.call(runtime.builtins.get('abs')!, [self]));
  put('__neg__', (self) => (typeof self === 'number' ? -self : -BigInt(self as bigint)));
  put('__pos__', (self) => (typeof self === 'number' ? self : BigInt(self as bigint)));
  cls.members.set(
    '__round__',
    made('__round__', (self, [digits], runtime) =>
      runtime.call(runtime.builtins.get('round')!, digits === undefined ? [plainOf(self)] : [plainOf(self), digits]),
    ),
  );
  if (cls === FLOAT) continue;
  put('__index__', (self) => BigInt(self as bigint));
  put('__invert__', (self) => ~BigInt(self as bigint));
}

// Instances of derived classes.
LIST.allocate = (cls) => new PyList([], cls);
DICT.allocate = (cls) => new PyDict(mro(cls).includes(ORDERED_DICT) ? 'OrderedDict' : 'dict', cls);
SET.allocate = (cls) => new PySet('set', cls);
TUPLE.allocate = (cls, [items], _, interpreter) =>
  new PyTuple(items === undefined ? [] : listOf(interpreter as Runtime, items), cls.name, undefined, cls);
FROZENSET.allocate = (cls, [items], _, interpreter) => {
  const set = new PySet('frozenset', cls);
  for (const [key, item] of makeSet(interpreter as Runtime, items).entries) set.entries.set(key, item);
  return set;
};
for (const cls of [INT, FLOAT, STR]) {
  cls.allocate = (of, args, _, interpreter) => {
    const instance = new PyInstance(of);
    instance.native = new Primitive(interpreter.call(cls, args.slice(0, cls === INT ? 2 : 1)));
    return instance;
  };
}
const initialiser = (cls: PyClass, run: Body): void => {
  cls.members.set('__init__', made('__init__', run));
};
initialiser(LIST, (self, [items], runtime) => {
  if (self instanceof PyList) self.items = items === undefined ? [] : listOf(runtime, items);
  return null;
});
initialiser(DICT, (self, [from], runtime, kwargs) => {
  if (!(self instanceof PyDict)) throw typeError("descriptor '__init__' requires a 'dict' object");
  if (from !== undefined) fillDict(self, from, runtime);
  for (const [name, value] of kwargs) fillDict(self, new PyList([new PyTuple([name, value])]), runtime);
  return null;
});
initialiser(SET, (self, [items], runtime) => {
  if (self instanceof PySet) for (const [key, item] of makeSet(runtime, items).entries) self.entries.set(key, item);
  return null;
});
