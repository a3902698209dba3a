/** The class of every value. Members of Python's own classes are filled in by the method tables. */
import { Tensor } from '../../tensor/tensor.ts';
import { OBJECT } from './mro.ts';
import { PySet } from './objects.ts';
import type { Runtime } from './runtime.ts';
import { type Derived, PyClass, PyDict, PyInstance, PyList, PyObject, PyTuple, type Value } from './values.ts';

const cls = (name: string, ...bases: PyClass[]): PyClass => new PyClass(name, bases);

export const TYPE = cls('type');
export const NONE_TYPE = cls('NoneType');
export const INT = cls('int');
export const BOOL = cls('bool', INT);
export const FLOAT = cls('float');
export const COMPLEX = cls('complex');
export const STR = cls('str');
export const LIST = cls('list');
export const TUPLE = cls('tuple');
export const DICT = cls('dict');
export const ORDERED_DICT = cls('OrderedDict', DICT);
export const SET = cls('set');
export const FROZENSET = cls('frozenset');
export const RANGE = cls('range');
export const SLICE = cls('slice');
export const FUNCTION = cls('function');
export const TENSOR = cls('Tensor');

const byName = new Map<string, PyClass>();
for (const known of [
  OBJECT,
  TYPE,
  NONE_TYPE,
  INT,
  BOOL,
  FLOAT,
  COMPLEX,
  STR,
  LIST,
  TUPLE,
  DICT,
  ORDERED_DICT,
  SET,
  FROZENSET,
  RANGE,
  SLICE,
  FUNCTION,
]) {
  byName.set(known.name, known);
}

/** The class of a kind of ours that has no methods of its own. The names come from our tables. */
export function typeNamed(name: string, ...bases: PyClass[]): PyClass {
  let found = byName.get(name);
  if (found === undefined) {
    const at = name.lastIndexOf('.');
    found = new PyClass(name.slice(at + 1), bases);
    if (at > 0) found.members.set('__module__', name.slice(0, at));
    byName.set(name, found);
  }
  return found;
}

export function classOf(value: Value, runtime: Runtime): PyClass {
  switch (typeof value) {
    case 'bigint':
      return INT;
    case 'number':
      return FLOAT;
    case 'boolean':
      return BOOL;
    case 'string':
      return STR;
  }
  if (value === null) return NONE_TYPE;
  if (value instanceof Tensor) return runtime.tensors?.classOf(value) ?? TENSOR;
  if (value instanceof PyInstance) return value.cls;
  if (value instanceof PyClass) return value.metaclass ?? TYPE;
  if (
    (value instanceof PyList || value instanceof PyTuple || value instanceof PyDict || value instanceof PySet) &&
    value.cls !== null
  )
    return value.cls;
  if (value instanceof PyTuple && value.type !== 'tuple')
    return runtime.objects?.classOf(value) ?? typeNamed(value.type, TUPLE);
  if (value instanceof PyDict && value.type !== 'dict') return typeNamed(value.type, DICT);
  return byName.get(value.type) ?? runtime.objects?.classOf(value) ?? typeNamed(value.type);
}

/** As error messages name it. */
export function typeName(value: Value, runtime: Runtime): string {
  return value instanceof PyObject &&
    !(value instanceof PyInstance) &&
    !(value instanceof PyClass) &&
    ((value as Partial<Derived>).cls ?? null) === null
    ? value.type
    : nameInMessages(classOf(value, runtime));
}

const nameInMessages = (cls: PyClass): string => cls.said ?? cls.name;
