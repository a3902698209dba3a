/** Short hands for the functions of our own that the tables hold. */
import { type PyError, typeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, NativeFunction, type Value } from '../runtime/values.ts';
import { checkOption } from './constants.ts';

/** Arguments by name. Those absent are undefined, or null where the signature has `=`. */
export type Args = ReadonlyMap<string, Value>;

/** Arguments that are checked for all functions alike. */
const OPTIONS = new Set(['names', 'layout', 'dtype']);

const shownName = ({ name, home }: NativeFunction): string =>
  home === null || home === 'type' ? name : `${home}.${name}`;

/**
 * A function with a signature: names in their order, `name=` one that may be absent, `*name` the
 * last, which takes all positional arguments that are left, `|` what follows by keyword only.
 *
 * @example
 * native('manual_seed', 'seed', (a) => ...)
 */
export function native(
  name: string,
  signature: string,
  run: (args: readonly Value[], interpreter: Interpreter, rest: readonly Value[]) => Value,
): NativeFunction {
  const words = signature.split(' ').filter((w) => w !== '');
  const bar = words.indexOf('|');
  const star = words.find((w) => w.startsWith('*'))?.slice(1);
  const params = words
    .filter((w) => w !== '|' && !w.startsWith('*'))
    .map((w) => ({ name: w.replace(/=$/, ''), optional: w.endsWith('=') }));
  const positional = bar < 0 ? params.length : words.slice(0, bar).filter((w) => !w.startsWith('*')).length;
  const places = new Map(params.map((p, i) => [p.name, i]));
  const receivers = params[0]?.name === 'self' ? 1 : 0;
  const options = params.flatMap((p, i) => (OPTIONS.has(p.name) && name !== 'type' ? [i] : []));
  const fn = new NativeFunction(name, (args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter) => {
    const bound: (Value | undefined)[] = params.map(() => undefined);
    args.slice(0, positional).forEach((value, i) => {
      bound[i] = value;
    });
    const rest = args.slice(positional);
    if (rest.length > 0 && star === undefined) {
      throw typeError(
        `${name}() takes ${positional - receivers} positional argument${positional - receivers === 1 ? '' : 's'} but ${args.length - receivers} ${args.length - receivers === 1 ? 'was' : 'were'} given`,
      );
    }
    let spread: readonly Value[] = rest;
    for (const [key, value] of kwargs) {
      const at = places.get(key);
      if (at === undefined) {
        if (key !== star) throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
        spread = [value];
        continue;
      }
      if (bound[at] !== undefined) throw typeError(`${name}() got multiple values for argument '${key}'`);
      bound[at] = value;
    }
    const missing = params.filter((p, i) => !p.optional && bound[i] === undefined).map((p) => p.name);
    if (missing.length > 0) throw missingArguments(shownName(fn), missing, fn.type === 'function');
    for (const at of options) checkOption(name, params[at].name, bound[at] ?? null);
    return run(
      bound.map((value) => value ?? null),
      interpreter,
      spread,
    );
  });
  return fn;
}

/** In the words of Python for what PyTorch wrote in Python, else in those of its parser. */
export function missingArguments(name: string, missing: readonly string[], python: boolean): PyError {
  const { length } = missing;
  if (!python)
    return typeError(
      `${name}() missing ${length} required positional arguments: ${missing.map((m) => `"${m}"`).join(', ')}`,
    );
  const quoted = missing.map((m) => `'${m}'`);
  const last = quoted.pop() as string;
  const list = length === 1 ? last : length === 2 ? `${quoted[0]} and ${last}` : `${quoted.join(', ')}, and ${last}`;
  return typeError(`${name}() missing ${length} required positional argument${length === 1 ? '' : 's'}: ${list}`);
}

/** Puts functions into a table under their names. */
export function into<V extends Value>(table: Map<string, V>, functions: readonly (NativeFunction & V)[]): void {
  for (const fn of functions) table.set(fn.name, fn);
}
