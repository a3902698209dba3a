/** In-place ops, as nodes of a graph that is functional all the same: each makes the next version of a value. */
import type { OpDef } from '../ops/define.ts';
import { findOp } from '../ops/registry.ts';

const known = new Map<string, OpDef | undefined>();

/**
 * The op whose result an in-place op writes over its input, under the in-place op's name.
 *
 * @example
 * findInPlace('add_')?.name // 'add_': what it calls is add
 */
export function findInPlace(name: string): OpDef | undefined {
  const base = /^(.*[^_])_$/.exec(name)?.[1] ?? /^__(.+)__$/.exec(name)?.[1];
  if (base === undefined) return undefined;
  if (!known.has(name)) {
    const op = findOp(base);
    known.set(name, op === undefined ? undefined : { ...op, name });
  }
  return known.get(name);
}
