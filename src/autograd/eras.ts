/**
 * What tensors looked like when they were used, where they were given another shape since. An era lasts
 * from one such change to the next. A node knows the era that it was made in, and each era leads to the
 * next: what was before a change is forgotten with the last node that was made before it.
 */
import type { Tensor } from '../tensor/tensor.ts';

export interface Era {
  readonly number: number;
  /** The tensor whose change ended it, as it was before; null while it lasts. */
  end: { readonly changed: Tensor; readonly before: Tensor; readonly next: Era } | null;
}

/** The first of a workspace. */
export const firstEra = (): Era => ({ number: 0, end: null });

let now = firstEra();
/** The first era in which a changed tensor looks as it does now. */
const since = new WeakMap<Tensor, number>();

export const currentEra = (): Era => now;

/** Goes on in the eras of another workspace, whose nodes keep nothing of others; gives the era that it was. */
export function setEra(era: Era): Era {
  const before = now;
  now = era;
  return before;
}

/** Notes that `t` gets another shape or dtype: who used it used what looked as `before`. */
export function beginEra(t: Tensor, before: Tensor): void {
  const next: Era = { number: now.number + 1, end: null };
  now.end = { changed: t, before, next };
  now = next;
  since.set(t, next.number);
}

/** The tensor itself if it looks as it did in an era, else what stands for it as it was. */
export function asIn(era: Era, t: Tensor): Tensor {
  const changed = since.get(t);
  if (changed === undefined || era.number >= changed) return t;
  let { end } = era;
  while (end !== null && end.changed !== t) end = end.next.end;
  return end?.before ?? t;
}
