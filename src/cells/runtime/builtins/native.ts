/** How functions of ours are written: their arguments counted and named as Python's. */
import { typeError } from '../errors.ts';
import { plainOf } from '../primitive.ts';
import type { Runtime } from '../runtime.ts';
import { type Kwargs, NativeFunction, type PyClass, type Value } from '../values.ts';

export type Given = readonly (Value | undefined)[];

export interface Shape {
  readonly least: number;
  readonly most: number;
  /** Names by which arguments may be given too, by position; '' where there is none. */
  readonly names?: readonly string[];
}

function arrange(name: string, shape: Shape, args: readonly Value[], kwargs: Kwargs): Given {
  const { least, most, names } = shape;
  if (args.length > most) {
    if (most === 0) throw typeError(`${name}() takes no arguments (${args.length} given)`);
    throw typeError(
      least === most
        ? `${name}() takes exactly ${most === 1 ? 'one argument' : `${most} arguments`} (${args.length} given)`
        : `${name} expected at most ${most} argument${most === 1 ? '' : 's'}, got ${args.length}`,
    );
  }
  let given: Given = args;
  if (kwargs.size > 0) {
    const filled: (Value | undefined)[] = [...args];
    for (const [key, value] of kwargs) {
      const at = names?.indexOf(key) ?? -1;
      if (at < 0)
        throw typeError(
          names === undefined
            ? `${name}() takes no keyword arguments`
            : `'${key}' is an invalid keyword argument for ${name}()`,
        );
      if (filled[at] !== undefined)
        throw typeError(`argument for ${name}() given by name ('${key}') and position (${at + 1})`);
      while (filled.length < at) filled.push(undefined);
      filled[at] = value;
    }
    given = filled;
  }
  for (let i = 0; i < least; i++) {
    if (given[i] === undefined) {
      throw typeError(
        least === most
          ? `${name}() takes exactly ${least === 1 ? 'one argument' : `${least} arguments`} (${args.length} given)`
          : `${name} expected at least ${least} argument${least === 1 ? '' : 's'}, got ${args.length}`,
      );
    }
  }
  return given;
}

export function fn(name: string, shape: Shape, run: (given: Given, runtime: Runtime) => Value): NativeFunction {
  return new NativeFunction(name, (args, kwargs, interpreter) =>
    run(arrange(name, shape, args, kwargs), interpreter as Runtime),
  );
}

/** Adds a method to a class of Python's. */
export function method<T extends Value>(
  cls: PyClass,
  name: string,
  shape: Shape,
  is: (value: Value) => value is T,
  run: (self: T, given: Given, runtime: Runtime) => Value,
): void {
  cls.members.set(
    name,
    new NativeFunction(
      name,
      (args, kwargs, interpreter) => {
        const [given, ...rest] = args;
        const self = given === undefined ? undefined : plainOf(given);
        if (self === undefined) throw typeError(`unbound method ${cls.name}.${name}() needs an argument`);
        if (!is(self))
          throw typeError(
            `descriptor '${name}' for '${cls.name}' objects doesn't apply to a '${interpreter.str(interpreter.getAttribute(interpreter.getAttribute(self, '__class__'), '__name__'))}' object`,
          );
        return run(self, arrange(name, shape, rest, kwargs), interpreter as Runtime);
      },
      'method_descriptor',
    ),
  );
}
