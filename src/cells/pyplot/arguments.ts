/** How functions of matplotlib take their arguments. */
import { typeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, NativeFunction, type Value } from '../runtime/values.ts';

/** A call: by name what was given, undefined what was not. */
export interface Call {
  readonly given: Readonly<Record<string, Value | undefined>>;
  /** Positional arguments beyond those that have names, where the signature has `*`. */
  readonly more: readonly Value[];
  /** Keywords without a place in the signature, where it ends in `**`: properties of what is drawn. */
  readonly rest: Map<string, Value>;
  readonly interpreter: Interpreter;
}

/**
 * Reads arguments by a signature: names in order, `name=` one that may be absent, `|` before those that
 * go by keyword only, `*` where more may come, `**` where other keywords may.
 */
export function taking(
  name: string,
  signature: string,
): (args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter) => Call {
  const words = signature.split(' ').filter((word) => word !== '');
  const open = words.includes('**');
  const spread = words.includes('*');
  const bar = words.indexOf('|');
  const isName = (word: string): boolean => word !== '|' && word !== '*' && word !== '**';
  const names = words.filter(isName).map((word) => word.replace(/=$/, ''));
  const needed = words.filter((word) => isName(word) && !word.endsWith('='));
  const places = (bar < 0 ? words : words.slice(0, bar)).filter(isName).length;
  return (args, kwargs, interpreter) => {
    if (args.length > places && !spread) {
      throw typeError(
        `${name}() takes ${places === 0 ? 'no' : `from ${needed.length} to ${places}`} positional arguments but ${args.length} were given`,
      );
    }
    const given: Record<string, Value | undefined> = {};
    args.slice(0, places).forEach((value, i) => {
      given[names[i]] = value;
    });
    const rest = new Map<string, Value>();
    for (const [key, value] of kwargs) {
      if (!names.includes(key)) {
        if (!open) throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
        rest.set(key, value);
      } else if (given[key] !== undefined) throw typeError(`${name}() got multiple values for argument '${key}'`);
      else given[key] = value;
    }
    const missing = needed.filter((key) => given[key] === undefined).map((key) => `'${key}'`);
    if (missing.length > 0) {
      const listed =
        missing.length < 3 ? missing.join(' and ') : `${missing.slice(0, -1).join(', ')}, and ${missing.at(-1)}`;
      throw typeError(
        `${name}() missing ${missing.length} required positional argument${missing.length === 1 ? '' : 's'}: ${listed}`,
      );
    }
    return { given, more: args.slice(places), rest, interpreter };
  };
}

/** A function of a module. */
export function fn(name: string, signature: string, run: (call: Call) => Value): NativeFunction {
  const takes = taking(name, signature);
  return new NativeFunction(name, (args, kwargs, interpreter) => run(takes(args, kwargs, interpreter)), 'function');
}

/** A method of a class, of which `receiver` knows the instances. */
export function methodOf<S>(
  owner: string,
  receiver: (value: Value | undefined) => S,
  name: string,
  signature: string,
  run: (self: S, call: Call) => Value,
): NativeFunction {
  const takes = taking(`${owner}.${name}`, signature);
  return new NativeFunction(
    name,
    ([self, ...args], kwargs, interpreter) => run(receiver(self), takes(args, kwargs, interpreter)),
    'function',
  );
}
