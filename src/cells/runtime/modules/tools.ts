/** The parts of collections, functools, itertools, copy, time, typing and warnings that tutorials use. */
import { fn, type Given } from '../builtins/native.ts';
import { PyError, typeError } from '../errors.ts';
import { toIndex } from '../indexing.ts';
import { iteratorOf, listOf } from '../iterate.ts';
import { binary } from '../operators.ts';
import type { Runtime } from '../runtime.ts';
import { DICT, LIST, ORDERED_DICT, SET, TUPLE } from '../types.ts';
import { NativeFunction, PyClass, PyContext, PyIterator, PyList, PyModule, PyTuple, type Value } from '../values.ts';

const DONE: IteratorResult<Value> = { done: true, value: undefined };

function reduce([callable, iterable, start]: Given, runtime: Runtime): Value {
  let total = start;
  for (const item of runtime.iterate(iterable!))
    total = total === undefined ? item : runtime.call(callable!, [total, item]);
  if (total === undefined) throw typeError('reduce() of empty iterable with no initial value');
  return total;
}

const partial = new NativeFunction('partial', ([callable, ...first], fixed) => {
  if (callable === undefined) throw typeError("type 'partial' takes at least one argument");
  return new NativeFunction('partial', (args, kwargs, interpreter) =>
    interpreter.call(callable, [...first, ...args], new Map([...fixed, ...kwargs])),
  );
});

/** `@wraps(f)` and `@lru_cache(…)` leave the function as it is. */
const unchanged = (name: string): NativeFunction =>
  new NativeFunction(name, ([first], kwargs) => {
    if (name === 'lru_cache' && first !== undefined && kwargs.size === 0 && typeof first !== 'bigint' && first !== null)
      return first;
    return new NativeFunction(name, ([wrapped]) => wrapped);
  });

function product(args: readonly Value[], runtime: Runtime): PyList {
  let rows: Value[][] = [[]];
  for (const arg of args) {
    const items = listOf(runtime, arg);
    runtime.budget.room(rows.length * items.length * args.length);
    rows = rows.flatMap((row) => items.map((item) => [...row, item]));
  }
  return new PyList(rows.map((row) => new PyTuple(row)));
}

function combinations(items: readonly Value[], size: number, ordered: boolean, runtime: Runtime): PyList {
  const found: Value[] = [];
  const chosen: number[] = [];
  const extend = (from: number): void => {
    runtime.budget.step();
    if (chosen.length === size) {
      runtime.budget.room(found.length + 1);
      found.push(new PyTuple(chosen.map((i) => items[i])));
      return;
    }
    for (let i = ordered ? 0 : from; i < items.length; i++) {
      if (ordered && chosen.includes(i)) continue;
      chosen.push(i);
      runtime.nested(() => extend(i + 1));
      chosen.pop();
    }
  };
  if (size <= items.length) extend(0);
  return new PyList(found);
}

const iterator = (runtime: Runtime, list: PyList, type: string): PyIterator =>
  new PyIterator(iteratorOf(runtime, list), type);

const itertools = (): Map<string, Value> =>
  new Map<string, Value>([
    [
      'product',
      new NativeFunction('product', (args, kwargs, interpreter) => {
        const runtime = interpreter as Runtime;
        const times = kwargs.has('repeat') ? Number(toIndex(runtime, kwargs.get('repeat')!)) : 1;
        if (times > 64) throw new PyError('MemoryError', 'too many repeats');
        return iterator(
          runtime,
          product(Array.from({ length: Math.max(0, times) }, () => args).flat(), runtime),
          'itertools.product',
        );
      }),
    ],
    [
      'combinations',
      fn('combinations', { least: 2, most: 2 }, ([items, size], runtime) =>
        iterator(
          runtime,
          combinations(listOf(runtime, items!), Number(toIndex(runtime, size!)), false, runtime),
          'itertools.combinations',
        ),
      ),
    ],
    [
      'permutations',
      fn('permutations', { least: 1, most: 2 }, ([items, size], runtime) => {
        const all = listOf(runtime, items!);
        return iterator(
          runtime,
          combinations(
            all,
            size === undefined || size === null ? all.length : Number(toIndex(runtime, size)),
            true,
            runtime,
          ),
          'itertools.permutations',
        );
      }),
    ],
    [
      'chain',
      new NativeFunction('chain', (args, _, interpreter) => {
        const runtime = interpreter as Runtime;
        const left = args.slice();
        let current: Iterator<Value> | null = null;
        return new PyIterator(
          {
            next(): IteratorResult<Value> {
              for (;;) {
                runtime.budget.step();
                if (current === null) {
                  const following = left.shift();
                  if (following === undefined) return DONE;
                  current = iteratorOf(runtime, following);
                }
                const item = current.next();
                if (item.done !== true) return item;
                current = null;
              }
            },
          },
          'itertools.chain',
        );
      }),
    ],
    [
      'count',
      fn('count', { least: 0, most: 2 }, ([start, step], runtime) => {
        let at: Value = start ?? 0n;
        return new PyIterator(
          {
            next(): IteratorResult<Value> {
              runtime.budget.step();
              const value = at;
              at = binary(runtime, '+', at, step ?? 1n);
              return { done: false, value };
            },
          },
          'itertools.count',
        );
      }),
    ],
    [
      'islice',
      fn('islice', { least: 2, most: 4 }, ([items, a, b, c], runtime) => {
        const source = iteratorOf(runtime, items!);
        const start = b === undefined || a === null ? 0 : Number(toIndex(runtime, a!));
        const end = b === undefined ? a! : b;
        const stop = end === null ? Number.POSITIVE_INFINITY : Number(toIndex(runtime, end));
        const step = c === undefined || c === null ? 1 : Number(toIndex(runtime, c));
        let at = 0;
        let wanted = start;
        return new PyIterator(
          {
            next(): IteratorResult<Value> {
              if (wanted >= stop) return DONE;
              for (;;) {
                runtime.budget.step();
                const item = source.next();
                if (item.done === true) return DONE;
                if (at++ === wanted) {
                  wanted += step;
                  return item;
                }
              }
            },
          },
          'itertools.islice',
        );
      }),
    ],
    [
      'accumulate',
      fn('accumulate', { least: 1, most: 2 }, ([items, callable], runtime) => {
        const totals: Value[] = [];
        for (const item of runtime.iterate(items!)) {
          const before = totals.at(-1);
          totals.push(
            before === undefined
              ? item
              : callable === undefined || callable === null
                ? binary(runtime, '+', before, item)
                : runtime.call(callable, [before, item]),
          );
        }
        return iterator(runtime, new PyList(totals), 'itertools.accumulate');
      }),
    ],
  ]);

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

const quiet = (name: string): NativeFunction => new NativeFunction(name, () => null);

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
        ['cache', new NativeFunction('cache', ([wrapped]) => wrapped)],
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
    'warnings',
    () =>
      new Map<string, Value>([
        ['filterwarnings', quiet('filterwarnings')],
        ['simplefilter', quiet('simplefilter')],
        ['warn', quiet('warn')],
        [
          'catch_warnings',
          new NativeFunction(
            'catch_warnings',
            () =>
              new PyContext(
                'catch_warnings',
                () => null,
                () => {},
              ),
          ),
        ],
      ]),
  ],
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
