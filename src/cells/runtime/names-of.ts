/** The names that a value has behind its dot. */
import { lookup, mro } from './mro.ts';
import { UserFunction } from './objects.ts';
import type { Runtime } from './runtime.ts';
import { classOf } from './types.ts';
import { NativeFunction, PyClass, PyInstance, PyModule, PyTuple, type Value } from './values.ts';

/** As `dir` gives them, in no order; `__dir__` is asked where a class has one, of the cell's own only if `all`. */
export function namesOf(runtime: Runtime, value: Value, all = true): Set<string> {
  const names = new Set<string>();
  if (value instanceof PyModule) {
    for (const name of value.members.keys()) names.add(name);
    return names;
  }
  const own = value instanceof PyClass ? undefined : lookup(classOf(value, runtime), '__dir__');
  if (own !== undefined && (all || own.member instanceof NativeFunction)) {
    for (const name of runtime.iterate(runtime.call(own.member, [value])))
      if (typeof name === 'string') names.add(name);
    return names;
  }
  if (value instanceof PyInstance || value instanceof UserFunction)
    for (const name of value.attributes.keys()) names.add(name);
  if (value instanceof PyTuple) for (const name of value.fields ?? []) names.add(name);
  for (const cls of mro(value instanceof PyClass ? value : classOf(value, runtime)))
    for (const name of cls.members.keys()) names.add(name);
  runtime.budget.room(names.size);
  return names;
}
