/** Attributes: found in Maps of ours and of the cell's, and nowhere else. */
import { Tensor } from '../../tensor/tensor.ts';
import { notFound, PyError } from './errors.ts';
import { attributesOf, functionAttribute } from './facts.ts';
import { EntryAttributes, liveDict } from './live-dict.ts';
import { type Found, lookup, lookupAfter, mro } from './mro.ts';
import { objectMethod } from './object-methods.ts';
import { PyClassMethod, PyProperty, PySet, PyStaticMethod, PySuper, UserClass, UserFunction } from './objects.ts';
import type { Runtime } from './runtime.ts';
import { Streams } from './streams.ts';
import { classOf, TYPE, typeName } from './types.ts';
import {
  BoundMethod,
  type Derived,
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyIterator,
  PyList,
  PyModule,
  PyObject,
  PyTuple,
  type Value,
} from './values.ts';

export const attributeError = (message: string): PyError => new PyError('AttributeError', message);

const absent = (message: string, of: Value, name: string): PyError =>
  notFound('AttributeError', message, { name, where: 'attributes', of });

const missing = (runtime: Runtime, value: Value, name: string): PyError =>
  absent(`'${typeName(value, runtime)}' object has no attribute '${name}'`, value, name);

export function getAttribute(runtime: Runtime, value: Value, name: string): Value {
  const found = findAttribute(runtime, value, name);
  if (found !== undefined) return found;
  if (value instanceof PyModule) throw absent(`module '${value.name}' has no attribute '${name}'`, value, name);
  if (value instanceof PyClass) throw absent(`type object '${value.name}' has no attribute '${name}'`, value, name);
  if (value instanceof PySuper) throw absent(`'super' object has no attribute '${name}'`, value, name);
  throw missing(runtime, value, name);
}

/** undefined where there is no such attribute. */
export function findAttribute(runtime: Runtime, value: Value, name: string): Value | undefined {
  if (value instanceof Tensor) {
    const own = runtime.tensors?.getAttribute(value, name, runtime);
    return own === undefined ? common(runtime, value, name) : own;
  }
  if (value instanceof PyInstance) return ofInstance(runtime, value, value.cls, value.attributes, name);
  if (value instanceof PyModule) {
    if (name === '__name__') return value.name;
    if (name === '__dict__') return attributesOf(value.members);
    const member = value.members.get(name);
    if (member !== undefined) return member;
    return runtime.objects?.getAttribute(value, name, runtime) ?? (name === '__doc__' ? null : undefined);
  }
  if (value instanceof PyClass) return ofClass(runtime, value, name);
  if (value instanceof PySuper) return ofSuper(runtime, value, name);
  if (value instanceof UserFunction) return functionAttribute(value, name) ?? common(runtime, value, name);
  if (value instanceof BoundMethod) {
    if (name === '__self__') return value.self;
    if (name === '__func__') return value.fn;
    return findAttribute(runtime, value.fn, name);
  }
  if (value instanceof NativeFunction) {
    if (name === '__name__') return value.name;
    if (name === '__qualname__')
      return value.home === null || value.home === 'type' ? value.name : `${value.home}.${value.name}`;
    if (name === '__module__') return value.module;
  }
  if (value instanceof PyIterator && (name === '__next__' || name === '__iter__'))
    return new BoundMethod(value, runtime.builtins.get(name.slice(2, -2))!);
  const derived = derivedOf(value);
  if (derived !== null) return ofInstance(runtime, value, derived.cls!, derived.attributes, name);
  if (value instanceof PyObject) {
    const own = runtime.objects?.getAttribute(value, name, runtime);
    if (own !== undefined) return own;
  }
  if (value instanceof PyTuple && value.fields !== undefined) {
    const at = value.fields.indexOf(name);
    if (at >= 0) return value.items[at];
  }
  if (value instanceof PyStaticMethod || value instanceof PyClassMethod)
    return name === '__func__' || name === '__wrapped__' ? value.fn : findAttribute(runtime, value.fn, name);
  if (value instanceof PyProperty) {
    if (name === 'fget') return value.get;
    if (name === 'fset') return value.set;
    if (name === 'fdel') return value.del;
    if (name === '__doc__') return value.doc ?? findAttribute(runtime, value.get, '__doc__') ?? null;
  }
  const found = lookup(classOf(value, runtime), name);
  if (found !== undefined) return bind(runtime, found, value);
  return common(runtime, value, name);
}

/** Whether it is of a cell's class that derives from list, tuple, dict or set. */
function derivedOf(value: Value): Derived | null {
  return (value instanceof PyDict || value instanceof PyList || value instanceof PyTuple || value instanceof PySet) &&
    value.cls !== null
    ? value
    : null;
}

function common(runtime: Runtime, value: Value, name: string): Value | undefined {
  if (name === '__class__') return classOf(value, runtime);
  if (name === '__doc__') return null;
  if (name === '__module__' && (value instanceof UserFunction || value instanceof NativeFunction))
    return value instanceof UserFunction ? '__main__' : 'builtins';
  if (!name.startsWith('__')) return undefined;
  const method = objectMethod(name);
  return method === undefined ? undefined : new BoundMethod(value, method);
}

/** The `__get__` of a member that is a descriptor of a cell's class. */
function getterOf(member: Value): Value | undefined {
  return member instanceof PyInstance ? lookup(member.cls, '__get__')?.member : undefined;
}

/** What a member of a class is when it is asked of an instance. */
function bind(runtime: Runtime, { member, owner }: Found, self: Value): Value {
  if (member instanceof UserFunction) return new BoundMethod(self, member);
  if (member instanceof NativeFunction) return owner instanceof UserClass ? member : new BoundMethod(self, member);
  if (member instanceof PyProperty) return property(runtime, member, self);
  if (member instanceof PyStaticMethod) return member.fn;
  if (member instanceof PyClassMethod) return new BoundMethod(classOf(self, runtime), member.fn);
  const get = getterOf(member);
  if (get !== undefined) return runtime.call(get, [member, self, classOf(self, runtime)]);
  return member;
}

function property(runtime: Runtime, member: PyProperty, self: Value): Value {
  if (member.get === null) throw attributeError('unreadable attribute');
  return runtime.call(member.get, [self]);
}

/** Whether a member of the class comes before the attributes of the instance. */
const isData = (member: Value): boolean =>
  member instanceof PyProperty || (member instanceof PyInstance && lookup(member.cls, '__set__') !== undefined);

function ofInstance(
  runtime: Runtime,
  value: Value,
  cls: PyClass,
  attributes: Map<string, Value> | null,
  name: string,
): Value | undefined {
  const found = lookup(cls, name);
  if (found !== undefined && isData(found.member)) {
    const fallback = lookup(cls, '__getattr__');
    if (fallback === undefined) return bind(runtime, found, value);
    try {
      return bind(runtime, found, value);
    } catch (error) {
      if (!(error instanceof PyError) || error.type !== 'AttributeError') throw error;
      return runtime.call(fallback.member, [value, name]);
    }
  }
  const own = attributes?.get(name);
  if (own !== undefined) return own;
  if (found !== undefined) return bind(runtime, found, value);
  if (name === '__class__') return cls;
  if (name === '__dict__') return liveDict(attributesFor(value));
  if (value instanceof PyTuple && value.fields !== undefined) {
    const at = value.fields.indexOf(name);
    if (at >= 0) return value.items[at];
  }
  const object = value instanceof PyObject ? runtime.objects?.getAttribute(value, name, runtime) : undefined;
  if (object !== undefined) return object;
  if (name === '__traceback__' && value instanceof PyInstance && attributes?.has('args') === true) return null;
  const fallback = lookup(cls, '__getattr__');
  if (fallback !== undefined && objectMethod(name) === undefined) return runtime.call(fallback.member, [value, name]);
  return common(runtime, value, name);
}

/** The attributes of an instance, made where it has none yet. */
function attributesFor(value: Value): Map<string, Value> {
  if (value instanceof PyInstance) return value.attributes;
  const derived = value as unknown as Derived;
  derived.attributes ??= new Map();
  return derived.attributes;
}

function ofClass(runtime: Runtime, value: PyClass, name: string): Value | undefined {
  switch (name) {
    case '__name__':
      return value.name;
    case '__mro__':
      return new PyTuple(mro(value));
    case '__bases__':
      return new PyTuple(value.bases);
    case '__base__':
      return value.bases[0] ?? mro(value)[1] ?? null;
    case '__dict__':
      return attributesOf(value.members);
    case '__module__':
      return value.members.get(name) ?? (value instanceof UserClass ? '__main__' : 'builtins');
    case '__qualname__':
      return value.members.get(name) ?? value.name;
    case '__class__':
      return value.metaclass ?? TYPE;
    case '__doc__':
      return value.members.get(name) ?? null;
  }
  const above = value.metaclass === null ? undefined : lookup(value.metaclass, name);
  if (above !== undefined && isData(above.member)) return bind(runtime, above, value);
  const found = lookup(value, name);
  if (found === undefined) {
    if (above !== undefined) return bind(runtime, above, value);
    const get = value.metaclass === null ? undefined : lookup(value.metaclass, '__getattr__');
    if (get !== undefined) return runtime.call(get.member, [value, name]);
    if (name === 'mro') return new BoundMethod(value, TYPE.members.get('mro')!);
    return objectMethod(name);
  }
  const { member } = found;
  if (member instanceof PyStaticMethod) return member.fn;
  if (member instanceof PyClassMethod) return new BoundMethod(value, member.fn);
  const get = getterOf(member);
  if (get !== undefined) return runtime.call(get, [member, null, value]);
  return member;
}

function ofSuper(runtime: Runtime, value: PySuper, name: string): Value | undefined {
  const { self } = value;
  const isClass = self instanceof PyClass;
  const ofMeta = isClass && self.metaclass !== null && mro(self.metaclass).includes(value.from);
  const cls = isClass && !ofMeta ? self : classOf(self, runtime);
  const found = lookupAfter(cls, value.from, name);
  if (found === undefined) {
    if (name === '__class__') return cls;
    const method = objectMethod(name);
    if (method === undefined) return undefined;
    return name === '__new__' ? method : new BoundMethod(self, method);
  }
  if (isClass && !ofMeta) {
    if (found.member instanceof PyClassMethod) return new BoundMethod(self, found.member.fn);
    if (name === '__init_subclass__' && found.member instanceof UserFunction)
      return new BoundMethod(self, found.member);
    return found.member instanceof PyStaticMethod ? found.member.fn : found.member;
  }
  if (name === '__new__') return found.member instanceof PyStaticMethod ? found.member.fn : found.member;
  return bind(runtime, found, self);
}

export function setAttribute(runtime: Runtime, value: Value, name: string, to: Value): void {
  const derived = derivedOf(value);
  if (value instanceof PyInstance || derived !== null) {
    const cls = classOf(value, runtime);
    const own = lookup(cls, '__setattr__');
    if (own !== undefined) runtime.call(own.member, [value, name, to]);
    else setPlain(runtime, value as PyInstance, name, to);
    return;
  }
  if (value instanceof Tensor) {
    if (runtime.tensors === undefined) throw missing(runtime, value, name);
    runtime.tensors.setAttribute(value, name, to, runtime);
    return;
  }
  if (value instanceof PyObject && runtime.objects?.setAttribute?.(value, name, to, runtime) === true) return;
  if (value instanceof UserClass) {
    if (value.metaclass !== null) {
      const own = lookup(value.metaclass, '__setattr__');
      if (own !== undefined && own.owner instanceof UserClass) {
        runtime.call(own.member, [value, name, to]);
        return;
      }
    }
    setMember(runtime, value, name, to);
    return;
  }
  if (value instanceof UserFunction) {
    if (!value.attributes.has(name)) runtime.budget.growth(value.attributes.size);
    value.attributes.set(name, to);
    return;
  }
  if (value instanceof PyClass)
    throw new PyError('TypeError', `cannot set '${name}' attribute of immutable type '${value.name}'`);
  if (value instanceof PyModule) {
    if (value.name !== 'sys' || (name !== 'stdout' && name !== 'stderr'))
      throw attributeError(`module '${value.name}' does not let '${name}' be set`);
    redirect(runtime, value, name, to);
    return;
  }
  if (findAttribute(runtime, value, name) !== undefined)
    throw attributeError(`'${typeName(value, runtime)}' object attribute '${name}' is read-only`);
  throw missing(runtime, value, name);
}

/** `sys.stdout = …`: print, and what is written to the first one, goes there. */
function redirect(runtime: Runtime, sys: PyModule, name: 'stdout' | 'stderr', to: Value): void {
  sys.members.set(name, to);
  runtime.parts.of(Streams)[name] = to === sys.members.get(`__${name}__`) ? null : to;
}

/** type.__setattr__ */
export function setMember(runtime: Runtime, cls: UserClass, name: string, to: Value): void {
  if (!cls.members.has(name)) runtime.budget.growth(cls.members.size);
  cls.members.set(name, to);
}

/** object.__setattr__ */
export function setPlain(runtime: Runtime, value: Value, name: string, to: Value): void {
  const cls = classOf(value, runtime);
  if (!(value instanceof PyInstance) && derivedOf(value) === null)
    throw attributeError(`'${cls.name}' object has no attribute '${name}'`);
  const found = lookup(cls, name);
  if (found !== undefined && found.member instanceof PyProperty) {
    if (found.member.set === null) throw attributeError(`property '${name}' of '${cls.name}' object has no setter`);
    runtime.call(found.member.set, [value, to]);
    return;
  }
  if (found !== undefined && found.member instanceof PyInstance) {
    const set = lookup(found.member.cls, '__set__');
    if (set !== undefined) {
      runtime.call(set.member, [found.member, value, to]);
      return;
    }
  }
  if (name === '__dict__') {
    setAttributes(runtime, value as PyInstance, to);
    return;
  }
  if (name === '__class__') throw attributeError(`'${cls.name}' object does not let '${name}' be set`);
  const slots = slotsOf(cls);
  if (slots !== null && !slots.has(name)) throw attributeError(`'${cls.name}' object has no attribute '${name}'`);
  const attributes = attributesFor(value);
  if (!attributes.has(name)) runtime.budget.growth(attributes.size);
  attributes.set(name, to);
}

/** The names that `__slots__` leave, of classes that all have them; else null. */
function slotsOf(cls: PyClass): ReadonlySet<string> | null {
  if (!cls.members.has('__slots__')) return null;
  const names = new Set<string>();
  for (const one of mro(cls)) {
    const slots = one.members.get('__slots__');
    if (slots === undefined) {
      if (one instanceof UserClass) return null;
      continue;
    }
    if (typeof slots === 'string') names.add(slots);
    else if (slots instanceof PyTuple || slots instanceof PyList)
      for (const slot of slots.items) if (typeof slot === 'string') names.add(slot);
  }
  return names.has('__dict__') ? null : names;
}

/** `x.__dict__ = …` */
function setAttributes(runtime: Runtime, value: PyInstance | (Value & Derived), to: Value): void {
  if (!(to instanceof PyDict))
    throw new PyError('TypeError', `__dict__ must be set to a dictionary, not a '${typeName(to, runtime)}'`);
  if (to === (value as Value)) {
    to.attributes = new EntryAttributes(to);
    return;
  }
  const attributes = attributesFor(value);
  const entries = [...to.entries.values()];
  runtime.budget.room(entries.length);
  attributes.clear();
  for (const [key, item] of entries) {
    runtime.budget.step();
    if (typeof key === 'string') attributes.set(key, item);
  }
}

export function deleteAttribute(runtime: Runtime, value: Value, name: string): void {
  if (value instanceof PyInstance || derivedOf(value) !== null) {
    const own = lookup(classOf(value, runtime), '__delattr__');
    if (own !== undefined) {
      runtime.call(own.member, [value, name]);
      return;
    }
    deletePlain(runtime, value, name);
    return;
  }
  if (value instanceof Tensor && runtime.tensors?.deleteAttribute?.(value, name) === true) return;
  if (
    value instanceof UserClass
      ? value.members.delete(name)
      : value instanceof UserFunction && value.attributes.delete(name)
  )
    return;
  throw missing(runtime, value, name);
}

/** object.__delattr__ */
export function deletePlain(runtime: Runtime, value: Value, name: string): void {
  const cls = classOf(value, runtime);
  const member = lookup(cls, name)?.member;
  if (member instanceof PyProperty) {
    if (member.del === null) throw attributeError(`property '${name}' of '${cls.name}' object has no deleter`);
    runtime.call(member.del, [value]);
    return;
  }
  const erase = member instanceof PyInstance ? lookup(member.cls, '__delete__') : undefined;
  if (erase !== undefined) {
    runtime.call(erase.member, [member!, value]);
    return;
  }
  const attributes = value instanceof PyInstance ? value.attributes : derivedOf(value)?.attributes;
  if (attributes?.delete(name) !== true) throw attributeError(`'${cls.name}' object has no attribute '${name}'`);
}
