/** Classes of matplotlib: tables of methods over what an instance draws. */

import { typeError } from '../runtime/errors.ts';
import type { Native } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { lookup } from '../runtime/mro.ts';
import { PyProperty } from '../runtime/objects.ts';
import { addressOf } from '../runtime/repr.ts';
import { NativeFunction, PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { type Call, methodOf } from './arguments.ts';

/** An instance of ours with what it draws. */
export interface Self<N extends Native> {
  readonly instance: PyInstance;
  readonly native: N;
}

/** By name and signature: `'set_text s'`. */
export type Methods<N extends Native> = Readonly<Record<string, (self: N, call: Call, instance: PyInstance) => Value>>;
export type Properties<N extends Native> = Readonly<
  Record<string, (self: N, interpreter: Interpreter, instance: PyInstance) => Value>
>;

// biome-ignore lint/suspicious/noExplicitAny: of constructors only the class that they make matters
type Kind<N extends Native> = abstract new (...args: any[]) => N;

export function receiver<N extends Native>(kind: Kind<N>, name: string): (value: Value | undefined) => Self<N> {
  return (value) => {
    if (value instanceof PyInstance && value.native instanceof kind) return { instance: value, native: value.native };
    throw typeError(`a method of '${name}' needs an object of its class as its first argument`);
  };
}

export function addMethods<N extends Native>(cls: PyClass, kind: Kind<N>, methods: Methods<N>): void {
  const self = receiver(kind, cls.name);
  for (const [key, run] of Object.entries(methods)) {
    const [, name, signature] = /^(\w+)\s*(.*)$/.exec(key) as RegExpExecArray;
    cls.members.set(
      name,
      methodOf(cls.name, self, name, signature, ({ native, instance }, call) => run(native, call, instance)),
    );
  }
}

export function addProperties<N extends Native>(cls: PyClass, kind: Kind<N>, properties: Properties<N>): void {
  const self = receiver(kind, cls.name);
  for (const [name, get] of Object.entries(properties)) {
    const read = new NativeFunction(name, ([value], _, interpreter) => {
      const { native, instance } = self(value);
      return get(native, interpreter, instance);
    });
    cls.members.set(name, new PyProperty(read));
  }
}

export interface ClassSpec<N extends Native> {
  readonly name: string;
  /** After `matplotlib.`, as its printed form names it. */
  readonly module: string;
  readonly bases?: readonly PyClass[];
  readonly methods?: Methods<N>;
  readonly properties?: Properties<N>;
}

export function defineClass<N extends Native>(kind: Kind<N>, spec: ClassSpec<N>): PyClass {
  const cls = new PyClass(spec.name, spec.bases ?? []);
  cls.members.set('__module__', `matplotlib.${spec.module}`);
  addMethods(cls, kind, spec.methods ?? {});
  addProperties(cls, kind, spec.properties ?? {});
  return cls;
}

/** `<matplotlib.lines.Line2D object at 0x…>` */
export const plainRepr = new NativeFunction('__repr__', ([self]) => {
  const cls = self instanceof PyInstance ? self.cls : null;
  const module = cls === null ? undefined : lookup(cls, '__module__')?.member;
  return `<${typeof module === 'string' ? `${module}.` : ''}${cls?.name ?? ''} object at ${addressOf(self as PyInstance)}>`;
});

export function make(cls: PyClass, native: Native): PyInstance {
  const instance = new PyInstance(cls);
  instance.native = native;
  return instance;
}
