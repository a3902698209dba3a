import { spanOf } from '../indexing.ts';
import type { Runtime } from '../runtime.ts';
import { PySlice } from '../values.ts';
import type { Given } from './native.ts';

/** The part of the string that a search looks at, and where it begins. */
export function region(self: string, given: Given, runtime: Runtime): [part: string, from: number] {
  if (given[1] === undefined && given[2] === undefined) return [self, 0];
  const { start, length } = spanOf(runtime, new PySlice(given[1] ?? null, given[2] ?? null, null), self.length);
  return [self.slice(start, start + length), start];
}
