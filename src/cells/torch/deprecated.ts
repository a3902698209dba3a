/** Functions under names that PyTorch wants to be given up: the same functions, and a warning. */
import { type NativeCall, NativeFunction, type Value } from '../runtime/values.ts';
import { place } from './naming.ts';

/** `fn` under another name, with a warning of it. */
export function deprecated(fn: NativeFunction, message: string, name = fn.name): NativeFunction {
  const call: NativeCall = (args, kwargs, interpreter) => {
    interpreter.warn('UserWarning', message);
    return fn.call(args, kwargs, interpreter);
  };
  return new NativeFunction(name, call, fn.type);
}

const IN_FUNCTIONAL = ['tanh', 'sigmoid'];

/** torch.nn.functional as cells import it; modules call the functions themselves. */
export function withDeprecated(table: ReadonlyMap<string, Value>): Map<string, Value> {
  const out = new Map(table);
  for (const name of IN_FUNCTIONAL) {
    const fn = table.get(name);
    if (fn instanceof NativeFunction)
      out.set(name, deprecated(fn, `nn.functional.${name} is deprecated. Use torch.${name} instead.`));
  }
  place('torch.nn.functional', out);
  return out;
}

/** Names of torch.nn.init before those that end in `_`. */
const OF_INIT =
  'uniform normal constant eye dirac xavier_uniform xavier_normal kaiming_uniform kaiming_normal orthogonal sparse';

/** The functions of torch.nn.init under their older names. */
export function olderNames(functions: readonly (readonly [string, Value])[]): [string, Value][] {
  const known = new Map(functions);
  return OF_INIT.split(' ').flatMap((name): [string, Value][] => {
    const fn = known.get(`${name}_`);
    if (!(fn instanceof NativeFunction)) return [];
    return [[name, deprecated(fn, `nn.init.${name} is now deprecated in favor of nn.init.${name}_.`, name)]];
  });
}
