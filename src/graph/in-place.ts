/** In-place ops, as nodes of a graph that is functional all the same: each makes the next version of a value. */
import type { OpDef } from '../ops/define.ts';
import { findOp } from '../ops/registry.ts';

/** By names that exist, so that there are no more of them than a few for each op. */
const known = new Map<string, OpDef>();

/**
 * The op whose result an in-place op writes over its input, under the in-place op's name.
 *
 * @example
 * findInPlace('add_')?.name // 'add_': what it calls is add
 */
export function findInPlace(name: string): OpDef | undefined {
  const found = known.get(name);
  if (found !== undefined) return found;
  const base = /^(.*[^_])_$/.exec(name)?.[1] ?? /^__(.+)__$/.exec(name)?.[1];
  const op = base === undefined ? undefined : findOp(base);
  if (op === undefined) return undefined;
  const inPlace = { ...op, name };
  known.set(name, inPlace);
  return inPlace;
}
