/** How NumPy's functions, methods and classes are written down. */
import { signature } from '../nn/signature.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import type { Native } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyProperty } from '../runtime/objects.ts';
import { type Kwargs, NativeFunction, PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { quiet } from './quiet.ts';

export type Given = Readonly<Record<string, Value>>;
export type Run = (given: Given, interpreter: Interpreter) => Value;

/**
 * A function with a signature in Python's own writing.
 *
 * @example
 * fn('roll', 'a, shift, axis=None', ({ a, shift, axis }, interpreter) => …)
 */
export function fn(name: string, takes: string, run: Run): NativeFunction {
  const bind = signature(name, takes, 0);
  return new NativeFunction(name, (args, kwargs, interpreter) => {
    const given = bind(args, kwargs);
    return quiet(() => run(given, interpreter));
  });
}

/** A function that calls back into the cell, which is to run as it always does. */
export function calling(name: string, takes: string, run: Run): NativeFunction {
  const bind = signature(name, takes, 0);
  return new NativeFunction(name, (args, kwargs, interpreter) => run(bind(args, kwargs), interpreter));
}

export type Raw = (args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter) => Value;

/** Refuses a call with too few arguments. */
export function atLeast(name: string, least: number, args: readonly Value[]): void {
  if (args.length < least)
    throw typeError(
      `${name}() missing ${least - args.length} required positional argument${least - args.length === 1 ? '' : 's'}`,
    );
}

/** A function that takes whatever comes, from so many arguments on. */
export const raw = (name: string, least: number, run: Raw): NativeFunction =>
  new NativeFunction(name, (args, kwargs, interpreter) => {
    atLeast(name, least, args);
    return quiet(() => run(args, kwargs, interpreter));
  });

/** A method of the language's own, with its receiver and so many arguments. */
export const special = (name: string, count: number, run: Raw): NativeFunction =>
  new NativeFunction(name, (args, kwargs, interpreter) => {
    atLeast(name, count + 1, args);
    return run(args, kwargs, interpreter);
  });

export const getter = (
  name: string,
  get: (self: Value, interpreter: Interpreter) => Value,
  set?: (self: Value, to: Value, interpreter: Interpreter) => void,
): [string, PyProperty] => [
  name,
  new PyProperty(
    new NativeFunction(name, ([self], _, interpreter) => get(self, interpreter)),
    set === undefined
      ? null
      : new NativeFunction(name, ([self, to], _, interpreter) => {
          set(self, to, interpreter);
          return null;
        }),
  ),
];

/** Nothing is kept on objects that all workspaces share, nor on arrays: an attribute is set only where there is a setter. */
const SET_ATTRIBUTE = special('__setattr__', 2, ([self, name, to], _, interpreter) => {
  const cls = interpreter.getAttribute(self, '__class__') as PyClass;
  const property = cls.members.get(name as string);
  if (property instanceof PyProperty && property.set !== null) return interpreter.call(property.set, [self, to]);
  throw new PyError(
    'AttributeError',
    property === undefined
      ? `'${cls.said ?? cls.name}' object has no attribute '${String(name)}'`
      : `attribute '${String(name)}' of '${cls.said ?? cls.name}' objects is not writable`,
  );
});

/** A class of NumPy's, known in messages with its module. */
export function numpyClass(name: string, bases: readonly PyClass[] = [], module = 'numpy'): PyClass {
  const cls = new PyClass(name, bases, new Map<string, Value>([['__module__', module]]), () => {
    throw typeError(`cannot create '${module}.${name}' instances`);
  });
  cls.members.set('__setattr__', SET_ATTRIBUTE);
  cls.said = `${module}.${name}`;
  return cls;
}

/** Gives a class its constructor, once all that it needs is there. */
export function constructs(cls: PyClass, construct: NativeFunction['call']): void {
  (cls as { construct?: NativeFunction['call'] }).construct = construct;
}

/** What a class of ours keeps in its objects; whatever else a method is called on is refused. */
export function nativeOf<N extends Native>(value: Value | undefined, kind: abstract new (...args: never[]) => N): N {
  if (value instanceof PyInstance && value.native instanceof kind) return value.native;
  throw typeError('a method of numpy needs an object of its class as its first argument');
}

export function members(cls: PyClass, functions: readonly NativeFunction[]): void {
  for (const made of functions) cls.members.set(made.name, made);
}
