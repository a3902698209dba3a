import { deleteAttribute, findAttribute } from '../attributes.ts';
import { PyError, typeError, valueError } from '../errors.ts';
import { isSubclass, lookup } from '../mro.ts';
import { namesOf as attributeNames } from '../names-of.ts';
import { PySuper, PyUnion } from '../objects.ts';
import { override } from '../override.ts';
import type { Runtime } from '../runtime.ts';
import { classOf, NONE_TYPE } from '../types.ts';
import { PyClass, PyDict, PyList, PyTuple, type Value } from '../values.ts';
import { define, ONE } from './define.ts';

/** The classes of nested tuples, each tuple looked into once. */
function classesOf(runtime: Runtime, value: Value, name: string): PyClass[] {
  const classes: PyClass[] = [];
  const seen = new Set<Value>();
  const pending = [value];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    runtime.budget.step();
    if (at === null && value instanceof PyUnion) classes.push(NONE_TYPE);
    else if (at instanceof PyUnion) pending.push(...at.args);
    else if (at instanceof PyClass) classes.push(at);
    else if (at instanceof PyTuple) {
      if (seen.has(at)) continue;
      seen.add(at);
      for (let i = at.items.length - 1; i >= 0; i--) pending.push(at.items[i]);
    } else {
      throw typeError(
        `${name}() arg 2 must be a type${name === 'isinstance' ? ', a tuple of types, or a union' : ', a tuple of classes, or a union'}`,
      );
    }
  }
  return classes;
}
define('isinstance', { least: 2, most: 2 }, ([value, of], runtime) => {
  const classes = classesOf(runtime, of!, 'isinstance');
  const cls = classOf(value!, runtime);
  return classes.some((candidate) => {
    runtime.budget.step();
    if (isSubclass(cls, candidate)) return true;
    // A class may have its say: FloatTensor and its like, Parameter.
    const check = override(candidate, '__instancecheck__') ?? lookup(candidate, '__instancecheck__')?.member;
    return check !== undefined && runtime.truth(runtime.call(check, [candidate, value!]));
  });
});
define('issubclass', { least: 2, most: 2 }, ([cls, of], runtime) => {
  if (!(cls instanceof PyClass)) throw typeError('issubclass() arg 1 must be a class');
  return classesOf(runtime, of!, 'issubclass').some((candidate) => {
    if (isSubclass(cls, candidate)) return true;
    const check = override(candidate, '__subclasscheck__');
    return check !== undefined && runtime.truth(runtime.call(check, [candidate, cls]));
  });
});

/** The names of a table are found by V8's hash, which of longer strings is their length. */
const LONGEST_NAME = 10_000;

function named(value: Value | undefined, what: string): string {
  if (typeof value !== 'string') throw typeError(`${what}(): attribute name must be string`);
  if (value.length > LONGEST_NAME)
    throw valueError(`${what}(): an attribute's name has at most ${LONGEST_NAME} characters`);
  return value;
}
define(
  'hasattr',
  { least: 2, most: 2 },
  ([value, name], runtime) => attributeOr(runtime, value!, named(name, 'hasattr')) !== undefined,
);
define('getattr', { least: 2, most: 3 }, ([value, name, fallback], runtime) => {
  if (fallback === undefined) return runtime.getAttribute(value!, named(name, 'getattr'));
  return attributeOr(runtime, value!, named(name, 'getattr')) ?? fallback;
});

function attributeOr(runtime: Runtime, value: Value, name: string): Value | undefined {
  try {
    return findAttribute(runtime, value, name);
  } catch (error) {
    if (error instanceof PyError && error.type === 'AttributeError') return undefined;
    throw error;
  }
}
define('setattr', { least: 3, most: 3 }, ([value, name, to], runtime) => {
  runtime.setAttribute(value!, named(name, 'setattr'), to!);
  return null;
});
define('delattr', { least: 2, most: 2 }, ([value, name], runtime) => {
  deleteAttribute(runtime, value!, named(name, 'delattr'));
  return null;
});
define('super', { least: 1, most: 2 }, ([cls, self]) => {
  if (!(cls instanceof PyClass)) throw typeError('super() argument 1 must be a type');
  return new PySuper(cls, self ?? null);
});
define('globals', { least: 0, most: 0 }, (_, runtime) => namesOf(runtime.globals));
define('vars', ONE, ([value], runtime) => runtime.getAttribute(value!, '__dict__'));
define('dir', { least: 0, most: 1 }, ([value], runtime) => {
  const names = value === undefined ? runtime.globals.keys() : attributeNames(runtime, value);
  return new PyList([...names].sort());
});

function namesOf(names: ReadonlyMap<string, Value>): PyDict {
  const dict = new PyDict();
  for (const [name, value] of names) dict.entries.set(name, [name, value]);
  return dict;
}
