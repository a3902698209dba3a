/** Modules that hold modules: Sequential, ModuleList, ModuleDict. */
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { raised } from '../runtime/exceptions.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { isSubclass } from '../runtime/mro.ts';
import { reprOfClass } from '../runtime/repr.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { classOf } from '../runtime/types.ts';
import {
  PyInstance as Instance,
  PyClass,
  PyDict,
  type PyInstance,
  PyIterator,
  PyList,
  PySlice,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { itemsOf, typeName } from '../torch/convert.ts';
import { integer } from './convert.ts';
import { type Method, methodsOf } from './define.ts';
import { namedEntries } from './dicts.ts';
import { addModule, begin, isModule, moduleClass, stateOf, torchTypeName } from './state.ts';

const children = (self: PyInstance): Map<string, PyInstance | null> => stateOf(self).modules;

function asModule(value: Value): PyInstance | null {
  if (value === null || isModule(value)) return value;
  throw typeError(`${torchTypeName(value)} is not a Module subclass`);
}

/** The children anew, numbered from 0. */
function renumber(self: PyInstance, modules: readonly (PyInstance | null)[]): void {
  const map = children(self);
  map.clear();
  modules.forEach((module, i) => {
    map.set(String(i), module);
  });
}

function place(value: Value, length: number): number {
  const at = integer(value);
  if (at < -length || at >= length) throw new PyError('IndexError', `index ${at} is out of range`);
  return at < 0 ? at + length : at;
}

/** Positions that a slice names. */
function positions(slice: PySlice, length: number): number[] {
  const step = slice.step === null ? 1 : Number(slice.step as bigint);
  if (step === 0) throw new PyError('ValueError', 'slice step cannot be zero');
  const clip = (value: Value, absent: number): number => {
    if (value === null) return absent;
    const at = Number(value as bigint);
    const from = at < 0 ? at + length : at;
    return step > 0 ? Math.min(Math.max(from, 0), length) : Math.min(Math.max(from, -1), length - 1);
  };
  const start = clip(slice.start, step > 0 ? 0 : length - 1);
  const stop = clip(slice.stop, step > 0 ? length : -1);
  const out: number[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) out.push(i);
  return out;
}

/** A container of the same class with other children. */
function another(self: PyInstance, entries: Iterable<[string, PyInstance | null]>): PyInstance {
  const made = new Instance(self.cls);
  begin(made);
  for (const [name, module] of entries) addModule(made, name, module);
  return made;
}

const iterator = (items: readonly Value[]): PyIterator => new PyIterator(new ArrayWalk(items), 'generator');

function extend(self: PyInstance, modules: Value, interpreter: Interpreter): void {
  for (const module of [...interpreter.iterate(modules)]) {
    addModule(self, String(children(self).size), asModule(module));
  }
}

const listMembers: Readonly<Record<string, Method>> = {
  '__len__()': (self) => BigInt(children(self).size),
  '__iter__()': (self) => iterator([...children(self).values()]),
  '__getitem__(index)': (self, [index]) => {
    const entries = [...children(self)];
    if (index instanceof PySlice) {
      const chosen = positions(index, entries.length).map((i) => entries[i]);
      return another(
        self,
        self.cls === moduleList ? chosen.map(([, m], i): [string, typeof m] => [String(i), m]) : chosen,
      );
    }
    return entries[place(index, entries.length)][1];
  },
  '__setitem__(index, module)': (self, [index, module]) => {
    const entries = [...children(self)];
    children(self).set(entries[place(index, entries.length)][0], asModule(module));
    return null;
  },
  '__delitem__(index)': (self, [index]) => {
    const entries = [...children(self)];
    const gone = new Set(index instanceof PySlice ? positions(index, entries.length) : [place(index, entries.length)]);
    renumber(
      self,
      entries.filter((_, i) => !gone.has(i)).map(([, module]) => module),
    );
    return null;
  },
  '__contains__(module)': (self, [module]) => [...children(self).values()].includes(module as PyInstance),
  'append(module)': (self, [module]) => {
    addModule(self, String(children(self).size), asModule(module));
    return self;
  },
  'extend(modules)': (self, [modules], _kwargs, interpreter) => {
    extend(self, modules, interpreter);
    return self;
  },
  'insert(index, module)': (self, [index, module]) => {
    const modules = [...children(self).values()];
    modules.splice(integer(index), 0, asModule(module));
    renumber(self, modules);
    return null;
  },
  'pop(index=-1)': (self, [index]) => {
    const modules = [...children(self).values()];
    const [gone] = modules.splice(place(index, modules.length), 1);
    renumber(self, modules);
    return gone;
  },
};

/** The children of another Sequential, for `+`. */
function addend(other: Value, interpreter: Interpreter): (PyInstance | null)[] {
  if (other instanceof Instance && isSubclass(other.cls, sequential)) return [...children(other).values()];
  throw valueError(
    `add operator supports only objects of Sequential class, but ${reprOfClass(classOf(other, interpreter as Runtime))} is given.`,
  );
}

/** How many times, for `*`. */
function factor(self: PyInstance, value: Value, interpreter: Interpreter): number {
  if (typeof value !== 'bigint') {
    throw typeError(
      `unsupported operand type(s) for *: ${reprOfClass(sequential)} and ${reprOfClass(classOf(value, interpreter as Runtime))}`,
    );
  }
  if (value <= 0n) throw valueError(`Non-positive multiplication factor ${value} for ${reprOfClass(sequential)}`);
  const times = Number(value);
  interpreter.budget.room(times * children(self).size);
  return times;
}

const joined = (self: PyInstance, modules: readonly (PyInstance | null)[]): PyInstance => {
  const made = new Instance(sequential);
  begin(made);
  renumber(made, [...children(self).values(), ...modules]);
  return made;
};

function grow(self: PyInstance, modules: readonly (PyInstance | null)[]): PyInstance {
  renumber(self, [...children(self).values(), ...modules]);
  return self;
}

const again = (self: PyInstance, times: number): (PyInstance | null)[] =>
  Array.from({ length: times - 1 }, () => [...children(self).values()]).flat();

const arithmetic: Readonly<Record<string, Method>> = {
  '__add__(other)': (self, [other], _kwargs, interpreter) => joined(self, addend(other, interpreter)),
  '__iadd__(other)': (self, [other], _kwargs, interpreter) => grow(self, addend(other, interpreter)),
  '__mul__(other)': (self, [n], _kwargs, interpreter) => joined(self, again(self, factor(self, n, interpreter))),
  '__rmul__(other)': (self, [n], _kwargs, interpreter) => joined(self, again(self, factor(self, n, interpreter))),
  '__imul__(other)': (self, [n], _kwargs, interpreter) => grow(self, again(self, factor(self, n, interpreter))),
};

export const sequential: PyClass = new PyClass(
  'Sequential',
  [moduleClass],
  methodsOf('Sequential', {
    ...listMembers,
    ...arithmetic,
    'insert(index, module)': (self, [index, module], kwargs, interpreter) => {
      listMembers['insert(index, module)'](self, [index, module], kwargs, interpreter);
      return self;
    },
    __init__(self, args) {
      begin(self);
      const [first] = args;
      if (args.length === 1 && first instanceof PyDict) {
        for (const [name, module] of namedEntries(first)) addModule(self, name, asModule(module));
      } else for (const [i, module] of args.entries()) addModule(self, String(i), asModule(module));
      return null;
    },
    'forward(input)': (self, [input], _kwargs, interpreter) => {
      let value = input;
      for (const module of children(self).values()) value = interpreter.call(module, [value]);
      return value;
    },
  }),
);

export const moduleList: PyClass = new PyClass(
  'ModuleList',
  [moduleClass],
  methodsOf('ModuleList', {
    ...listMembers,
    '__init__(modules=None)': (self, [modules], _kwargs, interpreter) => {
      begin(self);
      if (modules !== null) extend(self, modules, interpreter);
      return null;
    },
    '__iadd__(other)': (self, [other], _kwargs, interpreter) => {
      extend(self, other, interpreter);
      return self;
    },
    '__add__(other)': (self, [other], _kwargs, interpreter) => {
      const modules = [...children(self).values(), ...[...interpreter.iterate(other)].map(asModule)];
      return another(
        self,
        modules.map((module, i) => [String(i), module]),
      );
    },
  }),
);

/** Name and module of what ModuleDict takes: a dict, another ModuleDict, or pairs. */
function* moduleEntries(value: Value, interpreter: Interpreter): Generator<[string, Value]> {
  if (value instanceof PyDict) yield* namedEntries(value);
  else if (isModule(value)) yield* children(value);
  else {
    for (const pair of interpreter.iterate(value)) {
      const items = itemsOf(pair);
      if (items?.length !== 2 || typeof items[0] !== 'string') {
        throw typeError('ModuleDict update sequence element should be a pair of a name and a module');
      }
      yield [items[0], items[1]];
    }
  }
}

const name = (key: Value): string => {
  if (typeof key !== 'string') throw typeError(`module name should be a string. Got ${typeName(key)}`);
  return key;
};

function find(self: PyInstance, key: Value, interpreter: Interpreter): PyInstance | null {
  const module = typeof key === 'string' ? children(self).get(key) : undefined;
  if (module === undefined) throw raised('KeyError', [key], interpreter.repr(key));
  return module;
}

function update(self: PyInstance, value: Value, interpreter: Interpreter): void {
  for (const [key, module] of [...moduleEntries(value, interpreter)]) addModule(self, key, asModule(module));
}

export const moduleDict: PyClass = new PyClass(
  'ModuleDict',
  [moduleClass],
  methodsOf('ModuleDict', {
    '__init__(modules=None)': (self, [modules], _kwargs, interpreter) => {
      begin(self);
      if (modules !== null) update(self, modules, interpreter);
      return null;
    },
    '__len__()': (self) => BigInt(children(self).size),
    '__iter__()': (self) => iterator([...children(self).keys()]),
    '__contains__(key)': (self, [key]) => typeof key === 'string' && children(self).has(key),
    '__getitem__(key)': (self, [key], _kwargs, interpreter) => find(self, key, interpreter),
    '__setitem__(key, module)': (self, [key, module]) => {
      addModule(self, name(key), asModule(module));
      return null;
    },
    '__delitem__(key)': (self, [key], _kwargs, interpreter) => {
      find(self, key, interpreter);
      children(self).delete(name(key));
      return null;
    },
    'keys()': (self) => new PyList([...children(self).keys()]),
    'values()': (self) => new PyList([...children(self).values()]),
    'items()': (self) => new PyList([...children(self)].map((item) => new PyTuple(item))),
    'update(modules)': (self, [value], _kwargs, interpreter) => {
      update(self, value, interpreter);
      return null;
    },
    'pop(key)': (self, [key], _kwargs, interpreter) => {
      const module = find(self, key, interpreter);
      children(self).delete(name(key));
      return module;
    },
    'clear()': (self) => {
      children(self).clear();
      return null;
    },
  }),
);

export const containers: readonly PyClass[] = [sequential, moduleList, moduleDict];
