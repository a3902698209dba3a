/**
 * What JavaScript functions hold. Nobody can look into a function; one that keeps tensors or values
 * of a cell from being forgotten, a hook or a rule that a cell brought, says so here.
 */

const held = new WeakMap<object, readonly unknown[]>();

/** Notes what `fn`, a function or an object with functions, keeps from being forgotten. */
export function holds<T extends object>(fn: T, ...what: readonly unknown[]): T {
  held.set(fn, what);
  return fn;
}

export const heldBy = (fn: object): readonly unknown[] => held.get(fn) ?? [];
