/** Classes and functions by the names that lead to them: what is written of them into a file. */

import { findAttribute } from '../../runtime/attributes.ts';
import { PyError } from '../../runtime/errors.ts';
import { importModule } from '../../runtime/imports.ts';
import { UserClass, UserFunction } from '../../runtime/objects.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { NativeFunction, PyClass, type PyModule, type Value } from '../../runtime/values.ts';

/** Where classes and functions of ours are looked for. */
const HOMES =
  'builtins torch torch.nn torch.nn.functional torch.nn.parameter torch.nn.utils torch.nn.init torch.optim torch.optim.lr_scheduler torch.utils.data torch.distributions torch.special torch.linalg collections functools itertools random math datetime operator numpy numpy.random'.split(
    ' ',
  );

function moduleNamed(runtime: Runtime, name: string): PyModule | undefined {
  try {
    return importModule(runtime, name);
  } catch {
    return undefined;
  }
}

const unpicklable = (value: Value, module: string, name: string, runtime: Runtime): PyError =>
  new PyError(
    name.includes('<locals>') ? 'AttributeError' : 'PicklingError',
    name.includes('<locals>')
      ? `Can't pickle local object '${name}'`
      : `Can't pickle ${runtime.repr(value)}: attribute lookup ${name} on ${module} failed`,
  );

/** The module and the dotted name. */
export function nameOf(
  value: PyClass | UserFunction | NativeFunction,
  runtime: Runtime,
): [module: string, name: string] {
  if (value instanceof UserClass || value instanceof UserFunction) {
    const members = value instanceof UserClass ? value.members : value.attributes;
    const module = String(members.get('__module__') ?? '__main__');
    const name = String(members.get('__qualname__') ?? (value instanceof UserClass ? value.name : value.code.qualname));
    if (resolve(module, name, runtime) !== value) throw unpicklable(value, module, name, runtime);
    return [module, name];
  }
  for (const home of HOMES) {
    const module = moduleNamed(runtime, home);
    if (module?.members.get(value.name) === value) return [home, value.name];
  }
  for (const home of HOMES)
    for (const [name, member] of moduleNamed(runtime, home)?.members ?? []) if (member === value) return [home, name];
  throw new PyError('PicklingError', `Can't pickle ${runtime.repr(value)}: it is not found by its name`);
}

/** What a name leads to; undefined where there is nothing. */
export function resolve(module: string, name: string, runtime: Runtime): Value | undefined {
  const [first, ...rest] = name.split('.');
  let value = module === '__main__' ? runtime.globals.get(first) : moduleNamed(runtime, module)?.members.get(first);
  for (const part of rest) value = value instanceof PyClass ? findAttribute(runtime, value, part) : undefined;
  return value;
}

/** A class or a function that a file names. */
export function loaded(module: Value, name: Value, runtime: Runtime): Value {
  if (typeof module !== 'string' || typeof name !== 'string' || name.length > 1000)
    throw new PyError('UnpicklingError', 'pickle data was truncated');
  const value = resolve(module, name, runtime);
  if (value instanceof PyClass || value instanceof UserFunction || value instanceof NativeFunction) return value;
  throw new PyError('AttributeError', `Can't get attribute '${name}' on <module '${module}'>`);
}
