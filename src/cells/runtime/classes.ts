/** Making classes: of a class statement, and of `type(name, bases, names)`. */
import { PyError, typeError } from './errors.ts';
import { isSubclass, lookup, mro, OBJECT } from './mro.ts';
import { PyAlias, PyClassMethod, PyProperty, PyStaticMethod, UserClass, UserFunction } from './objects.ts';
import type { Runtime } from './runtime.ts';
import { TYPE, typeName } from './types.ts';
import { type Kwargs, PyClass, PyDict, PyInstance, PyTuple, type Value } from './values.ts';

/** What the metaclass makes of a class's body. Finish what comes out with {@link finishClass}. */
export function makeClass(
  runtime: Runtime,
  name: string,
  given: readonly Value[],
  names: Map<string, Value>,
  kwargs: Kwargs,
): Value {
  const bases = given.map((base) => baseOf(runtime, base));
  const metaclass = metaclassOf(runtime, bases, kwargs.get('metaclass'));
  const rest = new Map(kwargs);
  rest.delete('metaclass');
  if (metaclass !== null) {
    const make = lookup(metaclass, '__new__');
    const call = metaclass.metaclass === null ? undefined : lookup(metaclass.metaclass, '__call__');
    if (call === undefined && make !== undefined && make.owner instanceof UserClass) {
      const dict = new PyDict();
      for (const [key, value] of names) dict.entries.set(key, [key, value]);
      const member = make.member instanceof PyStaticMethod ? make.member.fn : make.member;
      const made = runtime.call(member, [metaclass, name, new PyTuple(bases), dict], rest);
      initialiseClass(runtime, metaclass, made, [name, new PyTuple(bases), dict], rest);
      return made;
    }
  }
  const cls = newClass(runtime, name, bases, names, metaclass);
  if (metaclass !== null) {
    const dict = new PyDict();
    for (const [key, value] of names) dict.entries.set(key, [key, value]);
    initialiseClass(runtime, metaclass, cls, [name, new PyTuple(bases), dict], rest);
  }
  return cls;
}

function initialiseClass(runtime: Runtime, metaclass: PyClass, made: Value, args: Value[], kwargs: Kwargs): void {
  const init = lookup(metaclass, '__init__');
  if (init !== undefined && init.owner instanceof UserClass) runtime.call(init.member, [made, ...args], kwargs);
}

function baseOf(runtime: Runtime, base: Value): PyClass {
  if (base instanceof PyAlias) return base.origin;
  if (!(base instanceof PyClass)) throw typeError(`${typeName(base, runtime)} cannot be the base of a class`);
  if ((base.name === 'bool' || base.name === 'range' || base.name === 'slice') && !(base instanceof UserClass))
    throw typeError(`type '${base.name}' is not an acceptable base type`);
  return base;
}

function metaclassOf(runtime: Runtime, bases: readonly PyClass[], given: Value | undefined): PyClass | null {
  if (given !== undefined && !(given instanceof PyClass))
    throw new PyError('NotImplementedError', `a metaclass that is a '${typeName(given, runtime)}' is not supported`);
  let found: PyClass | null = given === undefined || given === TYPE ? null : given;
  for (const { metaclass } of bases) {
    if (metaclass === null || metaclass === found) continue;
    if (found === null || isSubclass(metaclass, found)) found = metaclass;
    else if (!isSubclass(found, metaclass))
      throw typeError(
        'metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases',
      );
  }
  return found;
}

/** `type.__new__` */
export function newClass(
  runtime: Runtime,
  name: string,
  bases: readonly PyClass[],
  names: Map<string, Value>,
  metaclass: PyClass | null,
): UserClass {
  runtime.budget.step(1 + names.size);
  if (name.length > 1000) throw new PyError('ValueError', 'the name of a class is too long');
  const cls = new UserClass(name, bases, names, metaclass);
  mro(cls);
  return cls;
}

const finished = new WeakSet<UserClass>();

/** Members are told their names, abstract ones are noted, and the class above hears of it. */
export function finishClass(runtime: Runtime, cls: UserClass, kwargs: Kwargs): void {
  if (finished.has(cls)) return;
  finished.add(cls);
  for (const [name, member] of [...cls.members]) {
    runtime.budget.step();
    if (!(member instanceof PyInstance)) continue;
    const set = lookup(member.cls, '__set_name__');
    if (set !== undefined) runtime.call(set.member, [member, cls, name]);
  }
  noteAbstract(runtime, cls);
  const rest = new Map(kwargs);
  rest.delete('metaclass');
  const parents = mro(cls).slice(1);
  for (const parent of parents) {
    const hook = parent.members.get('__init_subclass__');
    if (hook === undefined) continue;
    runtime.call(hook instanceof PyClassMethod ? hook.fn : hook, [cls], rest);
    return;
  }
  if (rest.size > 0 && cls.metaclass === null)
    throw typeError(`${cls.name}.__init_subclass__() takes no keyword arguments`);
}

function isAbstract(member: Value): boolean {
  if (member instanceof UserFunction) return member.attributes.get('__isabstractmethod__') === true;
  if (member instanceof PyProperty) return isAbstract(member.get) || (member.set !== null && isAbstract(member.set));
  if (member instanceof PyStaticMethod || member instanceof PyClassMethod) return isAbstract(member.fn);
  return false;
}

/** Of a class with `abc.ABCMeta` above it: the methods that are still to be written. */
function noteAbstract(runtime: Runtime, cls: UserClass): void {
  if (cls.metaclass === null || !mro(cls.metaclass).some((one) => one.name === 'ABCMeta')) return;
  const open = new Set<string>();
  for (const base of [...mro(cls)].reverse()) {
    runtime.budget.step();
    if (base === OBJECT) continue;
    for (const [name, member] of base.members) {
      if (isAbstract(member)) open.add(name);
      else open.delete(name);
    }
  }
  cls.members.set('__abstractmethods__', new PyTuple([...open].sort()));
}
