/** Python's dicts with names for keys, as state dicts and parameter groups are. */
import { PyDict, type Value } from '../runtime/values.ts';

export function dictOf(entries: Iterable<readonly [string, Value]>, type = 'dict'): PyDict {
  const dict = new PyDict(type);
  for (const [key, value] of entries) dict.entries.set(key, [key, value]);
  return dict;
}

export const getName = (dict: PyDict, name: string): Value | undefined => dict.entries.get(name)?.[1];

export function setName(dict: PyDict, name: string, value: Value): void {
  const entry = dict.entries.get(name);
  if (entry === undefined) dict.entries.set(name, [name, value]);
  else entry[1] = value;
}

/** The entries whose keys are strings. */
export function* namedEntries(dict: PyDict): Generator<[string, Value]> {
  for (const [key, value] of dict.entries.values()) if (typeof key === 'string') yield [key, value];
}
