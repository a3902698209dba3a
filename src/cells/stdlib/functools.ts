/** What functools is made of: partial objects, reduce, and comparison by a function. */
import { fn, type Given } from '../runtime/builtins/native.ts';
import { typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { restores, type Saved } from '../runtime/saving.ts';
import { type Kwargs, NativeFunction, PyDict, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { ClassOf, NONE, ONE } from './classes.ts';

class Partial extends Native {
  readonly callable: Value;
  readonly args: readonly Value[];
  readonly kwargs: Kwargs;
  constructor(callable: Value, args: readonly Value[], kwargs: Kwargs) {
    super();
    this.callable = callable;
    this.args = args;
    this.kwargs = kwargs;
  }
  references(visit: Visit): void {
    visit(this.callable);
    visit(this.args);
    visit(this.kwargs);
  }
  override toSave(): Saved {
    const kwargs = new PyDict();
    for (const [name, value] of this.kwargs) kwargs.entries.set(name, [name, value]);
    return { kind: 'partial', value: new PyTuple([this.callable, new PyTuple(this.args), kwargs]) };
  }
}

restores('partial', (value) => {
  const [callable, args, given] = value instanceof PyTuple ? value.items : [];
  const kwargs = new Map<string, Value>();
  if (given instanceof PyDict)
    for (const [key, item] of given.entries.values()) if (typeof key === 'string') kwargs.set(key, item);
  return new Partial(callable ?? null, args instanceof PyTuple ? args.items : [], kwargs);
});

const PARTIAL = new ClassOf('partial', 'functools', Partial, ([callable, ...args], kwargs, runtime) => {
  if (callable === undefined) throw typeError("type 'partial' takes at least one argument");
  if (!runtime.truth(runtime.call(runtime.builtins.get('callable')!, [callable])))
    throw typeError('the first argument must be callable');
  if (callable instanceof PyInstance && callable.native instanceof Partial) {
    const inner = callable.native;
    return new Partial(inner.callable, [...inner.args, ...args], new Map([...inner.kwargs, ...kwargs]));
  }
  return new Partial(callable, args, kwargs);
});
PARTIAL.property('func', (self) => self.callable)
  .property('args', (self) => new PyTuple(self.args))
  .property('keywords', (self) => {
    const dict = new PyDict();
    for (const [name, value] of self.kwargs) dict.entries.set(name, [name, value]);
    return dict;
  })
  .method('__repr__', NONE, (self, _, runtime) => {
    const parts = [self.callable, ...self.args].map((each) => runtime.repr(each));
    for (const [name, value] of self.kwargs) parts.push(`${name}=${runtime.repr(value)}`);
    return `functools.partial(${parts.join(', ')})`;
  });
PARTIAL.cls.members.set(
  '__call__',
  new NativeFunction('__call__', ([self, ...args], kwargs, interpreter) => {
    const { callable, args: first, kwargs: fixed } = PARTIAL.native(self);
    return interpreter.call(callable, [...first, ...args], new Map([...fixed, ...kwargs]));
  }),
);

function reduce([callable, iterable, start]: Given, runtime: Runtime): Value {
  let total = start;
  for (const item of runtime.iterate(iterable!))
    total = total === undefined ? item : runtime.call(callable!, [total, item]);
  if (total === undefined) throw typeError('reduce() of empty iterable with no initial value');
  return total;
}

/** A key that is compared by a function. */
class Key extends Native {
  readonly compare: Value;
  readonly value: Value;
  constructor(compare: Value, value: Value) {
    super();
    this.compare = compare;
    this.value = value;
  }
  references(visit: Visit): void {
    visit(this.compare);
    visit(this.value);
  }
}

const KEY = new ClassOf('KeyWrapper', 'functools', Key, ([compare, value]) => new Key(compare, value ?? null));
const COMPARE: readonly (readonly [string, (sign: number) => boolean])[] = [
  ['__lt__', (sign) => sign < 0],
  ['__le__', (sign) => sign <= 0],
  ['__gt__', (sign) => sign > 0],
  ['__ge__', (sign) => sign >= 0],
  ['__eq__', (sign) => sign === 0],
];
for (const [name, holds] of COMPARE)
  KEY.method(name, ONE, (self, [other], runtime) => {
    const sign = runtime.call(self.compare, [self.value, KEY.native(other).value]);
    return holds(Number(sign as bigint));
  });
KEY.cls.members.set(
  '__call__',
  new NativeFunction('__call__', ([self, value]) => KEY.of(new Key(KEY.native(self).compare, value ?? null))),
);

export const FUNCTOOLS = (): Map<string, Value> =>
  new Map<string, Value>([
    ['partial', PARTIAL.cls],
    ['reduce', fn('reduce', { least: 2, most: 3 }, reduce)],
    [
      'cmp_to_key',
      fn('cmp_to_key', { least: 1, most: 1, names: ['mycmp'] }, ([compare]) => KEY.of(new Key(compare!, null))),
    ],
  ]);
