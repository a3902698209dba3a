/** repr() and str(). */
import { Tensor } from '../../tensor/tensor.ts';
import { bytesRepr, PyBytes } from './bytes.ts';
import { complexRepr, PyComplex } from './complex.ts';
import { typeError } from './errors.ts';
import { isException } from './exceptions.ts';
import { floatRepr } from './floats.ts';
import { identityOf } from './keys.ts';
import { lookup, mro } from './mro.ts';
import { intText } from './numbers.ts';
import { PyAlias, PyDictView, PySet, PyUnion, UserClass, UserFunction } from './objects.ts';
import { openClass, override } from './override.ts';
import { Primitive } from './primitive.ts';
import type { Runtime } from './runtime.ts';
import { joinText, mapText, PIECE } from './text.ts';
import { classOf, typeName } from './types.ts';
import {
  BoundMethod,
  DTypeValue,
  NativeFunction,
  PyClass,
  PyDict,
  PyEllipsis,
  PyInstance,
  PyList,
  PyModule,
  PyObject,
  PyRange,
  PySlice,
  PyTuple,
  type Value,
} from './values.ts';
import { DictWalk } from './walks.ts';

const addressAt = (identity: number): string => `0x${(0x7f0000000000 + identity * 16).toString(16).padStart(12, '0')}`;
/** Where an object is said to be. */
export const addressOf = (value: object): string => addressAt(identityOf(value));

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\\', '\\\\'],
]);

/** A string as Python writes it, in quotes. */
export function quote(text: string): string {
  const mark = quoteMark(text);
  return mark + escaped(text, mark) + mark;
}

const quoteMark = (text: string): string => (text.includes("'") && !text.includes('"') ? '"' : "'");

const escaped = (text: string, mark: string): string =>
  text.replace(/[\\'"\p{C}\p{Zl}\p{Zp}]|[^\S ]/gu, (c) => {
    if (c === "'" || c === '"') return c === mark ? `\\${c}` : c;
    const simple = ESCAPES.get(c);
    if (simple !== undefined) return simple;
    const code = c.codePointAt(0)!;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  });

function quoted(runtime: Runtime, text: string): string {
  if (text.length <= PIECE) return quote(text);
  const mark = quoteMark(text);
  return mark + mapText(runtime.budget, text, (piece) => escaped(piece, mark)) + mark;
}

export function reprOf(runtime: Runtime, value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return intText(value, runtime.budget);
    case 'number':
      return floatRepr(value);
    case 'string':
      runtime.budget.characters(value.length);
      return quoted(runtime, value);
  }
  if (value === null) return 'None';
  if (value instanceof Tensor) return runtime.tensors!.repr(value, runtime);
  return runtime.nested(() => reprOfObject(runtime, value));
}

/** Containers whose repr is being made, which contain themselves. */
const open = new Set<PyObject>();

function within(value: PyObject, cycle: string, make: () => string): string {
  if (open.has(value)) return cycle;
  open.add(value);
  try {
    return make();
  } finally {
    open.delete(value);
  }
}

function join(runtime: Runtime, items: Iterable<Value>): string {
  const parts: string[] = [];
  let length = 0;
  for (const item of items) {
    runtime.budget.step();
    const text = reprOf(runtime, item);
    length += text.length + 2;
    if (length > runtime.budget.limits.maxStringLength) runtime.budget.characters(length);
    parts.push(text);
  }
  return joinText(runtime.budget, parts, ', ');
}

function* pairsOf(dict: PyDict): Generator<Value> {
  for (const [key, item] of dict.entries.values()) yield new PyTuple([key, item]);
}

export function reprOfClass(cls: PyClass): string {
  const module = cls.members.get('__module__');
  if (cls instanceof UserClass)
    return `<class '${typeof module === 'string' ? module : '__main__'}.${(cls.members.get('__qualname__') as string) ?? cls.name}'>`;
  return `<class '${typeof module === 'string' ? `${module}.` : ''}${cls.name}'>`;
}

/** A type as it stands in brackets: `int`, `list[int]`, `...`. */
function typeText(runtime: Runtime, value: Value): string {
  if (value instanceof PyEllipsis) return '...';
  if (value instanceof PyClass) {
    const module = value.members.get('__module__') ?? (value instanceof UserClass ? '__main__' : 'builtins');
    return module === 'builtins' ? value.name : `${module}.${value.name}`;
  }
  if (value instanceof PyList) return `[${value.items.map((item) => typeText(runtime, item)).join(', ')}]`;
  return reprOf(runtime, value);
}

function unionRepr(runtime: Runtime, value: PyUnion): string {
  return value.args.map((arg) => (arg === null ? 'None' : typeText(runtime, arg))).join(' | ');
}

function aliasRepr(runtime: Runtime, value: PyAlias): string {
  return `${typeText(runtime, value.origin)}[${value.args.map((arg) => typeText(runtime, arg)).join(', ')}]`;
}

function reprOfObject(runtime: Runtime, value: PyObject): string {
  if (value instanceof PyInstance) return reprOfInstance(runtime, value);
  if (openClass(value) !== null) {
    const text = textFrom(runtime, value, '__repr__');
    if (text !== undefined) return text;
  }
  return plainRepr(runtime, value);
}

/** As the language's own classes have it. */
export function plainRepr(runtime: Runtime, value: Value): string {
  if (!(value instanceof PyObject)) return reprOf(runtime, value);
  if (value instanceof PyInstance) return plainInstance(runtime, value);
  const own = runtime.objects?.repr(value, runtime);
  if (own !== undefined) return own;
  if (value instanceof PyList) return within(value, '[...]', () => `[${join(runtime, value.items)}]`);
  if (value instanceof PyTuple) return within(value, '(...)', () => reprOfTuple(runtime, value));
  if (value instanceof PyDict) return within(value, '{...}', () => reprOfDict(runtime, value));
  if (value instanceof PySet) {
    const body = join(runtime, value.entries.values());
    if (value.type === 'frozenset') return body === '' ? 'frozenset()' : `frozenset({${body}})`;
    return body === '' ? 'set()' : `{${body}}`;
  }
  if (value instanceof PyDictView) {
    return `${value.type}([${join(runtime, new DictWalk(value.dict, value.part))}])`;
  }
  if (value instanceof PyBytes) {
    runtime.budget.characters(value.data.length * 4);
    return bytesRepr(value);
  }
  if (value instanceof PyComplex) return complexRepr(value);
  if (value instanceof PyAlias) return aliasRepr(runtime, value);
  if (value instanceof PyUnion) return unionRepr(runtime, value);
  if (value instanceof PyRange)
    return value.step === 1n
      ? `range(${value.start}, ${value.stop})`
      : `range(${value.start}, ${value.stop}, ${value.step})`;
  if (value instanceof PySlice)
    return `slice(${reprOf(runtime, value.start)}, ${reprOf(runtime, value.stop)}, ${reprOf(runtime, value.step)})`;
  if (value instanceof PyEllipsis) return 'Ellipsis';
  if (value instanceof PyClass) return reprOfClass(value);
  if (value instanceof PyModule) return `<module '${value.name}'>`;
  if (value instanceof UserFunction)
    return `<function ${value.attributes.get('__qualname__') ?? value.code.qualname} at ${addressOf(value)}>`;
  if (value instanceof NativeFunction) return reprOfNative(value);
  if (value instanceof BoundMethod) return reprOfMethod(runtime, value);
  if (value instanceof DTypeValue) return `torch.${value.dtype}`;
  if (value.type === 'NotImplementedType') return 'NotImplemented';
  if (value.type === 'generator') return `<generator object at ${addressOf(value)}>`;
  return `<${value.type} object at ${addressOf(value)}>`;
}

/** As Python names it: written in Python, in C, or in C++ that hangs on a class of its own. */
function reprOfNative(fn: NativeFunction): string {
  if (fn.type === 'function')
    return `<function ${fn.home === null ? '' : `${fn.home}.`}${fn.name} at ${addressOf(fn)}>`;
  return fn.home === 'type'
    ? `<built-in method ${fn.name} of type object at ${addressOf(fn)}>`
    : `<built-in function ${fn.name}>`;
}

function reprOfMethod(runtime: Runtime, { self, fn }: BoundMethod): string {
  if (fn instanceof UserFunction) return `<bound method ${fn.code.qualname} of ${reprOf(runtime, self)}>`;
  if (!(fn instanceof NativeFunction)) return `<bound method of ${reprOf(runtime, self)}>`;
  if (fn.type === 'function')
    return `<bound method ${fn.home ?? typeName(self, runtime)}.${fn.name} of ${reprOf(runtime, self)}>`;
  const place = typeof self === 'object' && self !== null ? identityOf(self) : identityOf(fn);
  return `<built-in method ${fn.name} of ${typeName(self, runtime)} object at ${addressAt(place)}>`;
}

function reprOfTuple(runtime: Runtime, value: PyTuple): string {
  const { items, fields } = value;
  if (fields !== undefined) {
    const parts = items.map((item, i) => `${fields[i]}=${reprOf(runtime, item)}`);
    return value.type.startsWith('torch.return_types')
      ? `${value.type}(\n${parts.join(',\n')})`
      : `${value.type.slice(value.type.lastIndexOf('.') + 1)}(${parts.join(', ')})`;
  }
  if (value.type !== 'tuple' && value.cls === null) return `${value.type}([${join(runtime, items)}])`;
  return items.length === 1 ? `(${reprOf(runtime, items[0])},)` : `(${join(runtime, items)})`;
}

function reprOfDict(runtime: Runtime, value: PyDict): string {
  if (value.cls === null && value.type !== 'dict' && value.type !== 'defaultdict' && value.type !== 'Counter') {
    const pairs = join(runtime, pairsOf(value));
    return pairs === '' ? `${value.type}()` : `${value.type}([${pairs}])`;
  }
  let length = 0;
  const parts: string[] = [];
  for (const [key, item] of value.entries.values()) {
    runtime.budget.step();
    const text = `${reprOf(runtime, key)}: ${reprOf(runtime, item)}`;
    length += text.length + 2;
    if (length > runtime.budget.limits.maxStringLength) runtime.budget.characters(length);
    parts.push(text);
  }
  return `{${joinText(runtime.budget, parts, ', ')}}`;
}

function textFrom(runtime: Runtime, value: PyObject, name: '__repr__' | '__str__'): string | undefined {
  const own = override(value, name);
  if (own === undefined || own === null) return undefined;
  const text = runtime.call(own, [value]);
  if (typeof text !== 'string') throw typeError(`${name} returned non-string (type ${typeName(text, runtime)})`);
  runtime.budget.characters(text.length);
  return text;
}

function reprOfInstance(runtime: Runtime, value: PyInstance): string {
  const own = textFrom(runtime, value, '__repr__');
  return own ?? plainInstance(runtime, value);
}

function plainInstance(runtime: Runtime, value: PyInstance): string {
  if (value.native instanceof Primitive) return reprOf(runtime, value.native.value);
  if (isException(value.cls)) {
    const args = value.attributes.get('args');
    return `${value.cls.name}(${args instanceof PyTuple ? join(runtime, args.items) : ''})`;
  }
  const cls = classOf(value, runtime);
  const module = cls.members.get('__module__') ?? (cls instanceof UserClass ? '__main__' : '');
  return `<${module === '' || module === 'builtins' ? '' : `${module}.`}${cls instanceof UserClass ? (cls.members.get('__qualname__') ?? cls.name) : cls.name} object at ${addressOf(value)}>`;
}

export function strOf(runtime: Runtime, value: Value): string {
  if (typeof value === 'string') return value;
  if (!(value instanceof PyInstance) && value instanceof PyObject && openClass(value) !== null) {
    const own = textFrom(runtime, value, '__str__');
    if (own !== undefined) return own;
  }
  if (value instanceof PyInstance) {
    const own = textFrom(runtime, value, '__str__');
    if (own !== undefined) return own;
    if (value.native instanceof Primitive && lookup(value.cls, '__repr__') === undefined)
      return strOf(runtime, value.native.value);
    if (isException(value.cls) && lookup(value.cls, '__repr__') === undefined) return exceptionText(runtime, value);
  } else if (value instanceof PyObject) {
    const own = runtime.objects?.str?.(value);
    if (own !== undefined) return own;
  }
  return reprOf(runtime, value);
}

export function exceptionText(runtime: Runtime, value: PyInstance): string {
  const args = value.attributes.get('args');
  if (!(args instanceof PyTuple) || args.items.length === 0) return '';
  if (args.items.length > 1) return reprOf(runtime, args);
  const keyed = mro(value.cls).some((cls) => cls.name === 'KeyError');
  return keyed ? reprOf(runtime, args.items[0]) : strOf(runtime, args.items[0]);
}
