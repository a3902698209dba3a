/** The dunder methods of values whose class may have some of a cell's own. */
import { lookup } from './mro.ts';
import { PySet, UserClass } from './objects.ts';
import { type Derived, PyClass, PyDict, PyInstance, PyList, PyTuple, type Value } from './values.ts';

/** The class in which a cell may have defined dunders; null for values that are never asked for any. */
export function openClass(value: Value): PyClass | null {
  if (value instanceof PyInstance) return value.cls;
  if (value instanceof PyList || value instanceof PyTuple || value instanceof PyDict || value instanceof PySet)
    return (value as Derived).cls;
  return value instanceof PyClass ? value.metaclass : null;
}

/**
 * The method of an instance's class. Of a list, tuple, dict or set of a derived class, and of a class, only
 * what a cell has defined: what comes with the language is done where it always is.
 */
export function override(value: Value, name: string): Value | undefined {
  if (value instanceof PyInstance) return lookup(value.cls, name)?.member;
  const cls = openClass(value);
  if (cls === null) return undefined;
  const found = lookup(cls, name);
  return found !== undefined && found.owner instanceof UserClass ? found.member : undefined;
}
