/** Attributes: found in Maps of ours and of the cell's, and nowhere else. */
import { Tensor } from '../../tensor/tensor.ts';
import { PyError } from './errors.ts';
import { type Found, lookup, lookupAfter, mro } from './mro.ts';
import { PyClassMethod, PyProperty, PyStaticMethod, PySuper, UserClass, UserFunction } from './objects.ts';
import type { Runtime } from './runtime.ts';
import { classOf, typeName } from './types.ts';
import {
  BoundMethod,
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyModule,
  PyObject,
  PyTuple,
  type Value,
} from './values.ts';

export const attributeError = (message: string): PyError => new PyError('AttributeError', message);

const missing = (runtime: Runtime, value: Value, name: string): PyError =>
  attributeError(`'${typeName(value, runtime)}' object has no attribute '${name}'`);

export function getAttribute(runtime: Runtime, value: Value, name: string): Value {
  const found = findAttribute(runtime, value, name);
  if (found !== undefined) return found;
  if (value instanceof PyModule) throw attributeError(`module '${value.name}' has no attribute '${name}'`);
  if (value instanceof PyClass) throw attributeError(`type object '${value.name}' has no attribute '${name}'`);
  throw missing(runtime, value, name);
}

/** undefined where there is no such attribute. */
export function findAttribute(runtime: Runtime, value: Value, name: string): Value | undefined {
  if (value instanceof Tensor) {
    const own = runtime.tensors?.getAttribute(value, name, runtime);
    return own === undefined ? common(runtime, value, name) : own;
  }
  if (value instanceof PyInstance) return ofInstance(runtime, value, name);
  if (value instanceof PyModule) return name === '__name__' ? value.name : value.members.get(name);
  if (value instanceof PyClass) return ofClass(runtime, value, name);
  if (value instanceof PySuper) return ofSuper(runtime, value, name);
  if (value instanceof UserFunction) {
    const own = value.attributes.get(name);
    if (own !== undefined) return own;
    if (name === '__name__') return value.code.name;
    if (name === '__qualname__') return value.code.qualname;
    if (name === '__doc__') return value.code.doc;
    return common(runtime, value, name);
  }
  if (value instanceof BoundMethod) {
    if (name === '__self__') return value.self;
    if (name === '__func__') return value.fn;
    return findAttribute(runtime, value.fn, name);
  }
  if (value instanceof NativeFunction && (name === '__name__' || name === '__qualname__')) return value.name;
  if (value instanceof PyObject) {
    const own = runtime.objects?.getAttribute(value, name, runtime);
    if (own !== undefined) return own;
  }
  if (value instanceof PyTuple && value.fields !== undefined) {
    const at = value.fields.indexOf(name);
    if (at >= 0) return value.items[at];
  }
  const found = lookup(classOf(value, runtime), name);
  if (found !== undefined) return bind(runtime, found, value);
  return common(runtime, value, name);
}

function common(runtime: Runtime, value: Value, name: string): Value | undefined {
  if (name === '__class__') return classOf(value, runtime);
  if (name === '__doc__') return null;
  return undefined;
}

/** What a member of a class is when it is asked of an instance. */
function bind(runtime: Runtime, { member, owner }: Found, self: Value): Value {
  if (member instanceof UserFunction) return new BoundMethod(self, member);
  if (member instanceof NativeFunction) return owner instanceof UserClass ? member : new BoundMethod(self, member);
  if (member instanceof PyProperty) return runtime.call(member.get, [self]);
  if (member instanceof PyStaticMethod) return member.fn;
  if (member instanceof PyClassMethod) return new BoundMethod(classOf(self, runtime), member.fn);
  return member;
}

function ofInstance(runtime: Runtime, value: PyInstance, name: string): Value | undefined {
  const found = lookup(value.cls, name);
  if (found !== undefined && found.member instanceof PyProperty) return runtime.call(found.member.get, [value]);
  const own = value.attributes.get(name);
  if (own !== undefined) return own;
  if (found !== undefined) return bind(runtime, found, value);
  if (name === '__class__') return value.cls;
  if (name === '__dict__') return attributesOf(value.attributes);
  const object = runtime.objects?.getAttribute(value, name, runtime);
  if (object !== undefined) return object;
  const fallback = lookup(value.cls, '__getattr__');
  if (fallback !== undefined) return runtime.call(fallback.member, [value, name]);
  return common(runtime, value, name);
}

/** A copy: writing to it does not write to the object. */
function attributesOf(attributes: ReadonlyMap<string, Value>): PyDict {
  const dict = new PyDict();
  for (const [name, value] of attributes) dict.entries.set(name, [name, value]);
  return dict;
}

function ofClass(runtime: Runtime, value: PyClass, name: string): Value | undefined {
  switch (name) {
    case '__name__':
      return value.name;
    case '__mro__':
      return new PyTuple(mro(value));
    case '__bases__':
      return new PyTuple(value.bases);
    case '__dict__':
      return attributesOf(value.members);
    case '__module__':
      return value.members.get(name) ?? (value instanceof UserClass ? '__main__' : 'builtins');
    case '__qualname__':
      return value.members.get(name) ?? value.name;
  }
  const found = lookup(value, name);
  if (found === undefined) return common(runtime, value, name);
  const { member } = found;
  if (member instanceof PyStaticMethod) return member.fn;
  if (member instanceof PyClassMethod) return new BoundMethod(value, member.fn);
  return member;
}

function ofSuper(runtime: Runtime, value: PySuper, name: string): Value | undefined {
  const cls = value.self instanceof PyClass ? value.self : classOf(value.self, runtime);
  const found = lookupAfter(cls, value.from, name);
  if (found === undefined) {
    if (name === '__class__') return cls;
    throw attributeError(`'super' object has no attribute '${name}'`);
  }
  if (value.self instanceof PyClass) {
    if (found.member instanceof PyClassMethod) return new BoundMethod(value.self, found.member.fn);
    return found.member instanceof PyStaticMethod ? found.member.fn : found.member;
  }
  return bind(runtime, found, value.self);
}

export function setAttribute(runtime: Runtime, value: Value, name: string, to: Value): void {
  if (value instanceof PyInstance) {
    const own = lookup(value.cls, '__setattr__');
    if (own !== undefined) runtime.call(own.member, [value, name, to]);
    else setPlain(runtime, value, name, to);
    return;
  }
  if (value instanceof Tensor) {
    if (runtime.tensors === undefined) throw missing(runtime, value, name);
    runtime.tensors.setAttribute(value, name, to, runtime);
    return;
  }
  if (value instanceof PyObject && runtime.objects?.setAttribute?.(value, name, to, runtime) === true) return;
  if (value instanceof UserClass) {
    if (!value.members.has(name)) runtime.budget.growth(value.members.size);
    value.members.set(name, to);
    return;
  }
  if (value instanceof UserFunction) {
    if (!value.attributes.has(name)) runtime.budget.growth(value.attributes.size);
    value.attributes.set(name, to);
    return;
  }
  if (value instanceof PyClass)
    throw new PyError('TypeError', `cannot set '${name}' attribute of immutable type '${value.name}'`);
  if (value instanceof PyModule) throw attributeError(`module '${value.name}' does not let '${name}' be set`);
  if (findAttribute(runtime, value, name) !== undefined)
    throw attributeError(`'${typeName(value, runtime)}' object attribute '${name}' is read-only`);
  throw missing(runtime, value, name);
}

/** object.__setattr__ */
export function setPlain(runtime: Runtime, value: PyInstance, name: string, to: Value): void {
  const found = lookup(value.cls, name);
  if (found !== undefined && found.member instanceof PyProperty) {
    if (found.member.set === null)
      throw attributeError(`property '${name}' of '${value.cls.name}' object has no setter`);
    runtime.call(found.member.set, [value, to]);
    return;
  }
  if (name === '__class__' || name === '__dict__')
    throw attributeError(`'${value.cls.name}' object does not let '${name}' be set`);
  if (!value.attributes.has(name)) runtime.budget.growth(value.attributes.size);
  value.attributes.set(name, to);
}

export function deleteAttribute(runtime: Runtime, value: Value, name: string): void {
  if (value instanceof PyInstance) {
    const own = lookup(value.cls, '__delattr__');
    if (own !== undefined) {
      runtime.call(own.member, [value, name]);
      return;
    }
    if (value.attributes.delete(name)) return;
  } else if (value instanceof Tensor && runtime.tensors?.deleteAttribute?.(value, name) === true) return;
  else if (
    value instanceof UserClass
      ? value.members.delete(name)
      : value instanceof UserFunction && value.attributes.delete(name)
  )
    return;
  throw missing(runtime, value, name);
}
