/** What a function tells of itself. */
import type { UserFunction } from './objects.ts';
import { PyDict, PyTuple, type Value } from './values.ts';

/** A copy: writing to it does not write to the object. */
export function attributesOf(attributes: ReadonlyMap<string, Value>): PyDict {
  const dict = new PyDict();
  for (const [name, value] of attributes) dict.entries.set(name, [name, value]);
  return dict;
}

export function annotationsOf(fn: UserFunction): PyDict {
  const kept = fn.attributes.get('__annotations__');
  if (kept instanceof PyDict) return kept;
  const dict = new PyDict();
  const { annotations } = fn;
  if (annotations !== null)
    for (const [name, code] of annotations.codes) dict.entries.set(name, [name, code(annotations.frame)]);
  fn.attributes.set('__annotations__', dict);
  return dict;
}

export function functionAttribute(fn: UserFunction, name: string): Value | undefined {
  const own = fn.attributes.get(name);
  if (own !== undefined) return own;
  const { code } = fn;
  switch (name) {
    case '__name__':
      return code.name;
    case '__qualname__':
      return code.qualname;
    case '__doc__':
      return code.doc;
    case '__defaults__':
      return fn.defaults.length === 0 ? null : new PyTuple(fn.defaults);
    case '__kwdefaults__':
      return fn.keywordDefaults.size === 0 ? null : attributesOf(fn.keywordDefaults);
    case '__annotations__':
      return annotationsOf(fn);
    case '__dict__':
      return attributesOf(fn.attributes);
    default:
      return undefined;
  }
}
