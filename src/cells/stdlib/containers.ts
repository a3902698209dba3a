/** What collections is made of: deque and namedtuple. */
import { matches, order } from '../runtime/compare.ts';
import { indexError, runtimeError, typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit, Walk } from '../runtime/holding.ts';
import { toIndex } from '../runtime/indexing.ts';
import { listOf } from '../runtime/iterate.ts';
import { NOT_IMPLEMENTED, PyClassMethod, UserClass } from '../runtime/objects.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { restores, type Saved } from '../runtime/saving.ts';
import { ORDERED_DICT, TUPLE } from '../runtime/types.ts';
import {
  type Kwargs,
  NativeClosure,
  NativeFunction,
  PyClass,
  PyDict,
  PyIterator,
  PyList,
  PySlice,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { DONE } from '../runtime/walks.ts';
import { ClassOf, NONE, ONE } from './classes.ts';

class Deque extends Native {
  items: Value[] = [];
  /** Of the first that has not been taken from the left. */
  start = 0;
  most: number | null = null;
  changes = 0;

  get size(): number {
    return this.items.length - this.start;
  }

  at(index: number): Value {
    return this.items[this.start + index];
  }

  all(): Value[] {
    return this.start === 0 ? this.items : this.items.slice(this.start);
  }

  set(items: Value[]): void {
    this.items = items;
    this.start = 0;
    this.changes++;
  }

  push(value: Value, runtime: Runtime): void {
    if (this.most === 0) return;
    if (this.size >= runtime.budget.limits.maxItems) runtime.budget.room(this.size + 1);
    this.items.push(value);
    this.changes++;
    if (this.most !== null && this.size > this.most) this.shift();
  }

  unshift(value: Value, runtime: Runtime): void {
    if (this.most === 0) return;
    if (this.start === 0) {
      // Room on the left, as much as there is on the right.
      const gap = Math.max(8, this.size);
      runtime.budget.room(this.size + 1);
      this.items = [...new Array<Value>(gap).fill(null), ...this.items];
      this.start = gap;
    }
    this.items[--this.start] = value;
    this.changes++;
    if (this.most !== null && this.size > this.most) this.items.pop();
  }

  shift(): Value {
    const value = this.items[this.start];
    this.items[this.start++] = null;
    this.changes++;
    if (this.start > 32 && this.start * 2 > this.items.length) {
      this.items = this.items.slice(this.start);
      this.start = 0;
    }
    return value;
  }

  references(visit: Visit): void {
    visit(this.items);
  }

  override toSave(): Saved {
    return {
      kind: 'deque',
      value: new PyTuple([new PyList([...this.all()]), this.most === null ? null : BigInt(this.most)]),
    };
  }
}

restores('deque', (value) => {
  const deque = new Deque();
  const [items, most] = value instanceof PyTuple ? value.items : [];
  if (items instanceof PyList) deque.set([...items.items]);
  if (typeof most === 'bigint') deque.most = Number(most);
  return deque;
});

class DequeWalk extends Walk {
  private readonly deque: Deque;
  private readonly changes: number;
  private at = 0;
  constructor(deque: Deque) {
    super();
    this.deque = deque;
    this.changes = deque.changes;
  }
  next(): IteratorResult<Value, undefined> {
    if (this.deque.changes !== this.changes) throw runtimeError('deque mutated during iteration');
    return this.at < this.deque.size ? { done: false, value: this.deque.at(this.at++) } : DONE;
  }
  references(visit: Visit): void {
    visit(this.deque);
  }
}

function makeDeque(args: readonly Value[], kwargs: Kwargs, runtime: Runtime): Deque {
  const deque = new Deque();
  const most = args[1] ?? kwargs.get('maxlen') ?? null;
  if (most !== null) {
    deque.most = Number(toIndex(runtime, most));
    if (deque.most < 0) throw valueError('maxlen must be non-negative');
  }
  const from = args[0] ?? kwargs.get('iterable');
  if (from !== undefined) for (const item of listOf(runtime, from)) deque.push(item, runtime);
  return deque;
}

const DEQUE = new ClassOf('deque', 'collections', Deque, makeDeque);

function place(deque: Deque, index: Value, runtime: Runtime): number {
  const given = Number(toIndex(runtime, index));
  const at = given < 0 ? given + deque.size : given;
  if (at < 0 || at >= deque.size) throw indexError('deque index out of range');
  return at;
}

DEQUE.method('append', ONE, (self, [item], runtime) => {
  self.push(item!, runtime);
  return null;
})
  .method('appendleft', ONE, (self, [item], runtime) => {
    self.unshift(item!, runtime);
    return null;
  })
  .method('pop', NONE, (self) => {
    if (self.size === 0) throw indexError('pop from an empty deque');
    self.changes++;
    return self.items.pop()!;
  })
  .method('popleft', NONE, (self) => {
    if (self.size === 0) throw indexError('pop from an empty deque');
    return self.shift();
  })
  .method('extend', ONE, (self, [items], runtime) => {
    for (const item of listOf(runtime, items!)) self.push(item, runtime);
    return null;
  })
  .method('extendleft', ONE, (self, [items], runtime) => {
    for (const item of listOf(runtime, items!)) self.unshift(item, runtime);
    return null;
  })
  .method('clear', NONE, (self) => {
    self.set([]);
    return null;
  })
  .method('rotate', { least: 0, most: 1 }, (self, [by], runtime) => {
    const { size } = self;
    if (size === 0) return null;
    runtime.budget.room(size);
    const n = (((by === undefined ? 1 : Number(toIndex(runtime, by))) % size) + size) % size;
    const items = self.all();
    self.set([...items.slice(size - n), ...items.slice(0, size - n)]);
    return null;
  })
  .method('reverse', NONE, (self, _, runtime) => {
    runtime.budget.room(self.size);
    self.set(self.all().slice().reverse());
    return null;
  })
  .method('copy', NONE, (self, _, runtime) => copyOf(self, runtime))
  .method('__copy__', NONE, (self, _, runtime) => copyOf(self, runtime))
  .method('count', ONE, (self, [item], runtime) => {
    let count = 0n;
    for (const each of self.all()) {
      runtime.budget.step();
      if (matches(runtime, each, item!)) count++;
    }
    return count;
  })
  .method('index', { least: 1, most: 3 }, (self, [item], runtime) => {
    for (let i = 0; i < self.size; i++) {
      runtime.budget.step();
      if (matches(runtime, self.at(i), item!)) return BigInt(i);
    }
    throw valueError(`${runtime.repr(item!)} is not in deque`);
  })
  .method('remove', ONE, (self, [item], runtime) => {
    const items = self.all();
    for (let i = 0; i < items.length; i++) {
      runtime.budget.step();
      if (!matches(runtime, items[i], item!)) continue;
      self.set([...items.slice(0, i), ...items.slice(i + 1)]);
      return null;
    }
    throw valueError('deque.remove(x): x not in deque');
  })
  .method('insert', { least: 2, most: 2 }, (self, [index, item], runtime) => {
    if (self.most !== null && self.size >= self.most) throw indexError('deque already at its maximum size');
    const items = self.all().slice();
    runtime.budget.room(items.length + 1);
    items.splice(Number(toIndex(runtime, index!)), 0, item!);
    self.set(items);
    return null;
  })
  .method('__len__', NONE, (self) => BigInt(self.size))
  .method('__bool__', NONE, (self) => self.size > 0)
  .method('__getitem__', ONE, (self, [index], runtime) => {
    if (index instanceof PySlice) throw typeError("sequence index must be integer, not 'slice'");
    return self.at(place(self, index!, runtime));
  })
  .method('__setitem__', { least: 2, most: 2 }, (self, [index, value], runtime) => {
    self.items[self.start + place(self, index!, runtime)] = value!;
    return null;
  })
  .method('__delitem__', ONE, (self, [index], runtime) => {
    const at = place(self, index!, runtime);
    runtime.budget.room(self.size);
    const items = self.all();
    self.set([...items.slice(0, at), ...items.slice(at + 1)]);
    return null;
  })
  .method('__iter__', NONE, (self) => new PyIterator(new DequeWalk(self), '_collections._deque_iterator'))
  .method('__reversed__', NONE, (self, _, runtime) => {
    runtime.budget.room(self.size);
    return runtime.call(runtime.builtins.get('iter')!, [new PyList(self.all().slice().reverse())]);
  })
  .method('__contains__', ONE, (self, [item], runtime) =>
    self.all().some((each) => {
      runtime.budget.step();
      return matches(runtime, each, item!);
    }),
  )
  .method('__repr__', NONE, (self, _, runtime) => {
    const most = self.most === null ? '' : `, maxlen=${self.most}`;
    return `deque(${runtime.repr(new PyList(self.all()))}${most})`;
  })
  .method('__eq__', ONE, (self, [other], runtime) => {
    const others = dequeOf(other);
    return others === undefined ? NOT_IMPLEMENTED : matches(runtime, new PyList(self.all()), new PyList(others.all()));
  })
  .method('__lt__', ONE, (self, [other], runtime) => {
    const others = dequeOf(other);
    return others === undefined
      ? NOT_IMPLEMENTED
      : order(runtime, '<', new PyList(self.all()), new PyList(others.all()));
  })
  .method('__add__', ONE, (self, [other], runtime) => {
    const others = dequeOf(other);
    if (others === undefined) return NOT_IMPLEMENTED;
    const made = new Deque();
    made.most = self.most;
    for (const item of [...self.all(), ...others.all()]) made.push(item, runtime);
    return DEQUE.of(made);
  })
  .method('__iadd__', ONE, (self, [items], runtime, instance) => {
    for (const item of listOf(runtime, items!)) self.push(item, runtime);
    return instance;
  })
  .property('maxlen', (self) => (self.most === null ? null : BigInt(self.most)));
DEQUE.cls.members.set('__hash__', null);

const dequeOf = (value: Value | undefined): Deque | undefined => {
  try {
    return DEQUE.native(value);
  } catch {
    return undefined;
  }
};

function copyOf(self: Deque, runtime: Runtime): Value {
  runtime.budget.room(self.size);
  const made = new Deque();
  made.most = self.most;
  made.set(self.all().slice());
  return DEQUE.of(made);
}

const KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

/** `namedtuple(name, fields)`: a class derived from tuple. */
const namedtuple = new NativeFunction('namedtuple', ([name, given, ...more], kwargs, interpreter) => {
  const runtime = interpreter as Runtime;
  if (typeof name !== 'string' || given === undefined || more.length > 0)
    throw typeError('namedtuple() takes 2 positional arguments');
  const listed =
    typeof given === 'string'
      ? given
          .replaceAll(',', ' ')
          .split(/\s+/)
          .filter((word) => word !== '')
      : listOf(runtime, given).map((field) => runtime.str(field));
  runtime.budget.room(listed.length);
  const rename = runtime.truth(kwargs.get('rename') ?? false);
  const seen = new Set<string>();
  const fields = listed.map((field, i) => {
    const bad =
      !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(field) || KEYWORDS.has(field) || field.startsWith('_') || seen.has(field);
    if (bad && rename) return `_${i}`;
    if (seen.has(field)) throw valueError(`Encountered duplicate field name: '${field}'`);
    if (field.startsWith('_')) throw valueError(`Field names cannot start with an underscore: '${field}'`);
    if (bad)
      throw valueError(
        KEYWORDS.has(field)
          ? `Type names and field names cannot be a keyword: '${field}'`
          : `Type names and field names must be valid identifiers: '${field}'`,
      );
    seen.add(field);
    return field;
  });
  const given2 = kwargs.get('defaults') ?? null;
  const defaults = given2 === null ? [] : listOf(runtime, given2);
  if (defaults.length > fields.length) throw typeError('Got more default values than field names');
  const first = fields.length - defaults.length;
  const members = new Map<string, Value>([
    ['__qualname__', name],
    ['__slots__', new PyTuple([])],
    ['_fields', new PyTuple(fields)],
    ['__match_args__', new PyTuple(fields)],
    ['_field_defaults', fieldDefaults(fields, defaults)],
    ['__new__', new NativeClosure('__new__', { fields, defaults, first }, makeTuple)],
    ['_make', new PyClassMethod(MAKE)],
    ['_replace', REPLACE],
    ['_asdict', AS_DICT],
    ['__getnewargs__', GET_ARGS],
  ]);
  const module = kwargs.get('module');
  if (typeof module === 'string') members.set('__module__', module);
  const base = new PyClass(
    name,
    [TUPLE],
    new Map<string, Value>([
      ['_replace', REPLACE],
      ['_asdict', AS_DICT],
    ]),
  );
  members.delete('_replace');
  members.delete('_asdict');
  const cls = new UserClass(name, [base], members);
  return cls;
});

function fieldDefaults(fields: readonly string[], defaults: readonly Value[]): PyDict {
  const dict = new PyDict();
  defaults.forEach((value, i) => {
    const field = fields[fields.length - defaults.length + i];
    dict.entries.set(field, [field, value]);
  });
  return dict;
}

interface Shape {
  readonly [name: string]: unknown;
  readonly fields: readonly string[];
  readonly defaults: readonly Value[];
  readonly first: number;
}

function makeTuple({ fields, defaults, first }: Shape, [cls, ...args]: readonly Value[], kwargs: Kwargs): Value {
  if (!(cls instanceof PyClass)) throw typeError('__new__() needs a class');
  const label = `${cls.name}.__new__()`;
  if (args.length > fields.length)
    throw typeError(
      `${label} takes ${defaults.length > 0 ? `from ${first + 1} to ${fields.length + 1}` : fields.length + 1} positional arguments but ${args.length + 1} were given`,
    );
  const items: (Value | undefined)[] = fields.map((_, i) => args[i]);
  for (const [key, value] of kwargs) {
    const at = fields.indexOf(key);
    if (at < 0) throw typeError(`${label} got an unexpected keyword argument '${key}'`);
    if (items[at] !== undefined) throw typeError(`${label} got multiple values for argument '${key}'`);
    items[at] = value;
  }
  const absent = fields.filter((_, i) => items[i] === undefined && i < first).map((field) => `'${field}'`);
  if (absent.length > 0) {
    const last = absent.pop()!;
    const text = absent.length === 0 ? last : `${absent.join(', ')}${absent.length > 1 ? ',' : ''} and ${last}`;
    throw typeError(
      `${label} missing ${absent.length + 1} required positional argument${absent.length === 0 ? '' : 's'}: ${text}`,
    );
  }
  return new PyTuple(
    items.map((item, i) => item ?? defaults[i - first] ?? null),
    cls.name,
    fields,
    cls,
  );
}

const namedOf = (value: Value | undefined): PyTuple & { fields: readonly string[] } => {
  if (value instanceof PyTuple && value.fields !== undefined) return value as PyTuple & { fields: readonly string[] };
  throw typeError('a named tuple is needed');
};

const MAKE = new NativeFunction('_make', ([cls, items], _, interpreter) =>
  interpreter.call(cls, listOf(interpreter as Runtime, items ?? null)),
);
const REPLACE = new NativeFunction('_replace', ([self], kwargs) => {
  const from = namedOf(self);
  const odd = [...kwargs.keys()].filter((key) => !from.fields.includes(key));
  if (odd.length > 0) throw valueError(`Got unexpected field names: [${odd.map((key) => `'${key}'`).join(', ')}]`);
  return new PyTuple(
    from.items.map((item, i) => kwargs.get(from.fields[i]) ?? (kwargs.has(from.fields[i]) ? null : item)),
    from.type,
    from.fields,
    from.cls,
  );
});
const AS_DICT = new NativeFunction('_asdict', ([self]) => {
  const from = namedOf(self);
  const dict = new PyDict();
  for (const [i, field] of from.fields.entries()) dict.entries.set(field, [field, from.items[i]]);
  return dict;
});
const GET_ARGS = new NativeFunction('__getnewargs__', ([self]) => new PyTuple(namedOf(self).items));

export const CONTAINERS = (): Map<string, Value> =>
  new Map<string, Value>([
    ['deque', DEQUE.cls],
    ['namedtuple', namedtuple],
    ['OrderedDict', ORDERED_DICT],
  ]);
