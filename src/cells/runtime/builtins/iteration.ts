/** Builtin functions that walk: iter, zip, map, sorted, sum, max and their kin. */
import { Tensor } from '../../../tensor/tensor.ts';
import { order } from '../compare.ts';
import { typeError, valueError } from '../errors.ts';
import type { Walk } from '../holding.ts';
import { toIndex } from '../indexing.ts';
import { isStop, iteratorOf, listOf, stopOf } from '../iterate.ts';
import { lookup } from '../mro.ts';
import { binary } from '../operators.ts';
import { override } from '../override.ts';
import type { Runtime } from '../runtime.ts';
import { lengthOf } from '../truth.ts';
import { typeName } from '../types.ts';
import {
  NativeFunction,
  PyDict,
  PyInstance,
  PyIterator,
  PyList,
  PyObject,
  PyRange,
  PyTuple,
  type Value,
} from '../values.ts';
import { define, FUNCTIONS, ONE } from './define.ts';
import { BackWalk, EnumerateWalk, FilterWalk, MapWalk, UntilWalk, ZipWalk } from './lazy.ts';
import { sortedList } from './sequences.ts';

define('iter', { least: 1, most: 2 }, ([value, until], runtime) => {
  if (until !== undefined) return new PyIterator(new UntilWalk(runtime, value!, until), 'callable_iterator');
  if (value instanceof PyIterator) return value;
  const own = override(value!, '__iter__');
  if (own !== undefined && own !== null) return runtime.call(own, [value!]);
  return new PyIterator(iteratorOf(runtime, value!), `${typeName(value!, runtime)}_iterator`);
});
define('next', { least: 1, most: 2 }, ([value, fallback], runtime) => {
  if (value instanceof PyInstance) {
    const own = lookup(value.cls, '__next__');
    if (own === undefined) throw typeError(`'${value.cls.name}' object is not an iterator`);
    if (fallback === undefined) return runtime.call(own.member, [value]);
    try {
      return runtime.call(own.member, [value]);
    } catch (error) {
      if (isStop(error)) return fallback;
      throw error;
    }
  }
  if (!(value instanceof PyIterator)) throw typeError(`'${typeName(value!, runtime)}' object is not an iterator`);
  const next = value.iterator.next();
  if (next.done !== true) return next.value;
  if (fallback === undefined) throw stopOf(value.iterator);
  return fallback;
});

define('enumerate', { least: 1, most: 2, names: ['iterable', 'start'] }, ([value, start], runtime) => {
  const first = start === undefined ? 0n : toIndex(runtime, start);
  return new PyIterator(new EnumerateWalk(iteratorOf(runtime, value!), first), 'enumerate');
});
FUNCTIONS.set(
  'zip',
  new NativeFunction('zip', (args, kwargs, interpreter) => {
    const runtime = interpreter as Runtime;
    for (const key of kwargs.keys())
      if (key !== 'strict') throw typeError(`'${key}' is an invalid keyword argument for zip()`);
    const strict = runtime.truth(kwargs.get('strict') ?? false);
    const walks: Walk[] = [];
    for (const arg of args) {
      runtime.budget.step();
      walks.push(iteratorOf(runtime, arg));
    }
    return new PyIterator(new ZipWalk(runtime, walks, strict), 'zip');
  }),
);
define('map', { least: 2, most: 32 }, ([callable, ...iterables], runtime) => {
  const walks = iterables.map((iterable) => iteratorOf(runtime, iterable!));
  return new PyIterator(new MapWalk(runtime, callable!, walks), 'map');
});
define(
  'filter',
  { least: 2, most: 2 },
  ([callable, iterable], runtime) =>
    new PyIterator(new FilterWalk(runtime, callable!, iteratorOf(runtime, iterable!)), 'filter'),
);
define('reversed', ONE, ([value], runtime) => {
  const own = override(value!, '__reversed__');
  if (own !== undefined) return runtime.call(own, [value!]);
  if (value instanceof PyInstance) {
    if (lookup(value.cls, '__len__') === undefined || lookup(value.cls, '__getitem__') === undefined)
      throw typeError(`'${typeName(value, runtime)}' object is not reversible`);
  } else if (
    !(
      value instanceof PyList ||
      value instanceof PyTuple ||
      value instanceof PyRange ||
      typeof value === 'string' ||
      value instanceof PyDict ||
      value instanceof Tensor ||
      (value instanceof PyObject && value.type.startsWith('dict_'))
    )
  ) {
    throw typeError(`'${typeName(value!, runtime)}' object is not reversible`);
  }
  const indexed = value instanceof PyRange || value instanceof PyInstance || value instanceof Tensor;
  const from = indexed ? value : new PyTuple(listOf(runtime, value!));
  return new PyIterator(new BackWalk(runtime, from, lengthOf(runtime, from)), 'list_reverseiterator');
});
define('sorted', { least: 1, most: 3, names: ['', 'key', 'reverse'] }, ([value, key, reverse], runtime) =>
  sortedList(runtime, value!, key ?? null, reverse !== undefined && runtime.truth(reverse)),
);
define('sum', { least: 1, most: 2, names: ['', 'start'] }, ([value, start], runtime) => {
  let total: Value = start ?? 0n;
  if (typeof total === 'string') throw typeError("sum() can't sum strings [use ''.join(seq) instead]");
  for (const item of runtime.iterate(value!)) total = binary(runtime, '+', total, item);
  return total;
});
define('any', ONE, ([value], runtime) => {
  for (const item of runtime.iterate(value!)) if (runtime.truth(item)) return true;
  return false;
});
define('all', ONE, ([value], runtime) => {
  for (const item of runtime.iterate(value!)) if (!runtime.truth(item)) return false;
  return true;
});

function extreme(name: 'max' | 'min', op: '>' | '<'): void {
  FUNCTIONS.set(
    name,
    new NativeFunction(name, (args, kwargs, interpreter) => {
      const runtime = interpreter as Runtime;
      if (args.length === 0) throw typeError(`${name} expected at least 1 argument, got 0`);
      for (const key of kwargs.keys())
        if (key !== 'key' && key !== 'default')
          throw typeError(`'${key}' is an invalid keyword argument for ${name}()`);
      const key = kwargs.get('key') ?? null;
      const fallback = kwargs.get('default');
      let best: { item: Value; by: Value } | undefined;
      for (const item of args.length === 1 ? runtime.iterate(args[0]) : args) {
        runtime.budget.step();
        const by = key === null ? item : runtime.call(key, [item]);
        if (best === undefined || runtime.truth(order(runtime, op, by, best.by))) best = { item, by };
      }
      if (best !== undefined) return best.item;
      if (fallback !== undefined) return fallback;
      throw valueError(`${name}() arg is an empty sequence`);
    }),
  );
}
extreme('max', '>');
extreme('min', '<');
