/** The parts of collections, functools, itertools, copy, time and typing that tutorials use. */
import { fn, type Given } from '../builtins/native.ts';
import { typeError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { DICT, LIST, ORDERED_DICT, SET, TUPLE } from '../types.ts';
import { NativeClosure, NativeFunction, PyClass, PyModule, type Value } from '../values.ts';
import { itertools } from './itertools.ts';

function reduce([callable, iterable, start]: Given, runtime: Runtime): Value {
  let total = start;
  for (const item of runtime.iterate(iterable!))
    total = total === undefined ? item : runtime.call(callable!, [total, item]);
  if (total === undefined) throw typeError('reduce() of empty iterable with no initial value');
  return total;
}

const partial = new NativeFunction('partial', ([callable, ...first], fixed) => {
  if (callable === undefined) throw typeError("type 'partial' takes at least one argument");
  return new NativeClosure('partial', { callable, first, fixed }, (held, args, kwargs, interpreter) =>
    interpreter.call(held.callable, [...held.first, ...args], new Map([...held.fixed, ...kwargs])),
  );
});

/** `@wraps(f)` and `@lru_cache(…)` leave the function as it is. */
const SAME = new NativeFunction('decorator', ([wrapped]) => wrapped ?? null);
const unchanged = (name: string): NativeFunction =>
  new NativeFunction(name, ([first], kwargs) => {
    if (name === 'lru_cache' && first !== undefined && kwargs.size === 0 && typeof first !== 'bigint' && first !== null)
      return first;
    return SAME;
  });

/** Names that stand for types and are only written, never asked. */
const typing = (): Map<string, Value> => {
  const any = new PyClass('Any', [], new Map<string, Value>([['__class_getitem__', null]]));
  const known: readonly (readonly [string, PyClass])[] = [
    ['List', LIST],
    ['Dict', DICT],
    ['Tuple', TUPLE],
    ['Set', SET],
  ];
  const members = new Map<string, Value>(known);
  for (const name of [
    'Any',
    'Optional',
    'Union',
    'Callable',
    'Iterable',
    'Iterator',
    'Sequence',
    'Mapping',
    'Type',
    'NamedTuple',
    'Literal',
    'Generator',
    'Final',
    'ClassVar',
  ])
    members.set(name, any);
  members.set('TYPE_CHECKING', false);
  return members;
};

const clock = (): NativeFunction =>
  fn('time', { least: 0, most: 0 }, () => performance.timeOrigin / 1000 + performance.now() / 1000);

export const TOOLS: ReadonlyMap<string, () => Map<string, Value>> = new Map<string, () => Map<string, Value>>([
  ['collections', () => new Map<string, Value>([['OrderedDict', ORDERED_DICT]])],
  [
    'functools',
    () =>
      new Map<string, Value>([
        ['reduce', fn('reduce', { least: 2, most: 3 }, reduce)],
        ['partial', partial],
        ['wraps', unchanged('wraps')],
        ['lru_cache', unchanged('lru_cache')],
        ['cache', new NativeFunction('cache', ([wrapped]) => wrapped ?? null)],
      ]),
  ],
  ['itertools', itertools],
  [
    'time',
    () =>
      new Map<string, Value>([
        ['time', clock()],
        ['perf_counter', clock()],
        ['monotonic', clock()],
      ]),
  ],
  ['typing', typing],
  [
    '__future__',
    () =>
      new Map<string, Value>([
        ['annotations', null],
        ['print_function', null],
        ['division', null],
      ]),
  ],
]);

export const toolModule = (name: string): PyModule | undefined => {
  const members = TOOLS.get(name);
  return members === undefined ? undefined : new PyModule(name, members());
};
