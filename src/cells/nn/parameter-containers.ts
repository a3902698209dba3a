/** ParameterList, ParameterDict. */
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import { raised } from '../runtime/exceptions.ts';
import type { Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { restores, type Saved } from '../runtime/saving.ts';
import { PyClass, PyDict, PyInstance, PyIterator, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { itemsOf, typeName } from '../torch/convert.ts';
import { integer } from './convert.ts';
import { type Method, methodsOf } from './define.ts';
import { namedEntries } from './dicts.ts';
import { isParameter, makeParameter } from './parameter.ts';
import { assign, begin, fillState, ModuleState, memberOf, moduleClass, release, torchTypeName } from './state.ts';

class ContainerState extends ModuleState {
  /** Of what the container holds, in order. */
  readonly names: string[] = [];

  override fresh(): ModuleState {
    const made = new ContainerState();
    made.names.push(...this.names);
    return made;
  }

  override references(visit: Visit): void {
    super.references(visit);
    visit(this.names);
  }

  override toSave(): Saved | null {
    const value = this.parts();
    return value === null
      ? null
      : { kind: 'module_container', value: new PyTuple([value, new PyList([...this.names])]) };
  }
}

restores('module_container', (value) => {
  const [parts, names] = value instanceof PyTuple ? value.items : [];
  const state = new ContainerState();
  fillState(state, parts ?? null);
  for (const name of names instanceof PyList ? names.items : []) if (typeof name === 'string') state.names.push(name);
  return state;
});

const isContainer = (self: PyInstance): boolean => self.native instanceof ContainerState;
const namesOf = (self: PyInstance): string[] => (self.native instanceof ContainerState ? self.native.names : []);
const entryOf = (self: PyInstance, name: string): Value => memberOf(self, name) ?? null;

/** Tensors that are no parameters are made such. */
function put(self: PyInstance, name: string, value: Value): void {
  const list = namesOf(self);
  if (!list.includes(name)) list.push(name);
  assign(self, name, value instanceof Tensor && !isParameter(value) ? makeParameter(value) : value);
}

function start(self: PyInstance): void {
  begin(self, new ContainerState());
}

function shown(self: PyInstance, dtypeWord: (t: Tensor) => string): string {
  return namesOf(self)
    .map((name) => {
      const value = entryOf(self, name);
      const kind = isParameter(value) ? 'Parameter' : 'Object';
      const what =
        value instanceof Tensor
          ? `[${dtypeWord(value)} of size ${value.shape.join('x')}]`
          : `of type: ${typeName(value)}`;
      return `  (${name}): ${kind} containing: ${what}`;
    })
    .join('\n');
}

const iterator = (items: readonly Value[]): PyIterator => new PyIterator(new ArrayWalk(items), 'generator');

function place(self: PyInstance, index: Value): string {
  const n = namesOf(self).length;
  const at = integer(index);
  if (at < -n || at >= n) throw new PyError('IndexError', `index ${at} is out of range`);
  return String(at < 0 ? at + n : at);
}

function extend(self: PyInstance, values: Value, interpreter: Interpreter): void {
  for (const value of [...interpreter.iterate(values)]) put(self, String(namesOf(self).length), value);
}

const listMethods: Readonly<Record<string, Method>> = {
  '__init__(values=None)': (self, [values], _kwargs, interpreter) => {
    start(self);
    if (values !== null) extend(self, values, interpreter);
    return null;
  },
  '__len__()': (self) => BigInt(namesOf(self).length),
  '__iter__()': (self) => iterator(namesOf(self).map((name) => entryOf(self, name))),
  '__getitem__(index)': (self, [index]) => entryOf(self, place(self, index)),
  '__setitem__(index, value)': (self, [index, value]) => {
    put(self, place(self, index), value);
    return null;
  },
  'append(value)': (self, [value]) => {
    put(self, String(namesOf(self).length), value);
    return self;
  },
  'extend(values)': (self, [values], _kwargs, interpreter) => {
    extend(self, values, interpreter);
    return self;
  },
  'extra_repr()': (self) => shown(self, (t) => `torch.${t.dtype}`),
};

/** Pairs of what ParameterDict takes. */
function* entries(value: Value, walk: (value: Value) => Iterable<Value>): Generator<[string, Value]> {
  if (value instanceof PyDict) {
    const given = [...namedEntries(value)];
    // The names of a plain dict are sorted, as in PyTorch 1.13.
    yield* value.type === 'OrderedDict' ? given : given.sort(([a], [b]) => (a < b ? -1 : 1));
  } else if (value instanceof PyInstance && isContainer(value)) {
    for (const name of namesOf(value)) yield [name, entryOf(value, name)];
  } else {
    for (const pair of walk(value)) {
      const items = itemsOf(pair);
      if (items?.length !== 2 || typeof items[0] !== 'string') {
        throw typeError('ParameterDict update sequence element should be a pair of a name and a parameter');
      }
      yield [items[0], items[1]];
    }
  }
}

const key = (value: Value): string => {
  if (typeof value !== 'string')
    throw typeError(
      `Index given to ParameterDict cannot be used as a key as it is not a string (type is '${typeName(value)}').`,
    );
  return value;
};

function find(self: PyInstance, name: Value, interpreter: Interpreter): Value {
  if (!namesOf(self).includes(key(name))) throw raised('KeyError', [name], interpreter.repr(name));
  return entryOf(self, key(name));
}

function remove(self: PyInstance, name: Value, interpreter: Interpreter): Value {
  const value = find(self, name, interpreter);
  const list = namesOf(self);
  list.splice(list.indexOf(key(name)), 1);
  release(self, key(name));
  return value;
}

function update(self: PyInstance, value: Value, interpreter: Interpreter): void {
  for (const [name, each] of [...entries(value, (v) => interpreter.iterate(v))]) put(self, name, each);
}

const dictMethods: Readonly<Record<string, Method>> = {
  '__init__(parameters=None)': (self, [values], _kwargs, interpreter) => {
    start(self);
    if (values !== null) update(self, values, interpreter);
    return null;
  },
  '__len__()': (self) => BigInt(namesOf(self).length),
  '__iter__()': (self) => iterator([...namesOf(self)]),
  '__contains__(key)': (self, [name]) => typeof name === 'string' && namesOf(self).includes(name),
  '__getitem__(key)': (self, [name], _kwargs, interpreter) => {
    return find(self, name, interpreter);
  },
  '__setitem__(key, value)': (self, [name, value]) => {
    put(self, key(name), value);
    return null;
  },
  '__delitem__(key)': (self, [name], _kwargs, interpreter) => {
    remove(self, name, interpreter);
    return null;
  },
  'pop(key)': (self, [name], _kwargs, interpreter) => {
    return remove(self, name, interpreter);
  },
  'update(parameters)': (self, [value], _kwargs, interpreter) => {
    update(self, value, interpreter);
    return null;
  },
  'keys()': (self) => new PyList([...namesOf(self)]),
  'values()': (self) => new PyList(namesOf(self).map((name) => entryOf(self, name))),
  'items()': (self) => new PyList(namesOf(self).map((name) => new PyTuple([name, entryOf(self, name)]))),
  'extra_repr()': (self) => shown(self, torchTypeName),
};

export const parameterContainers: readonly PyClass[] = [
  new PyClass('ParameterList', [moduleClass], methodsOf('ParameterList', listMethods)),
  new PyClass('ParameterDict', [moduleClass], methodsOf('ParameterDict', dictMethods)),
];
