/** Terms that several divergences have. */
import type { PyClass } from '../runtime/values.ts';
import type { Self } from './classes.ts';
import { continuousLogNorm } from './counts.ts';
import type { Divergence, Row } from './divergences.ts';
import type { Quantity } from './quantity.ts';
export const EULER = 0.5772156649015329;
export const INFINITY = Number.POSITIVE_INFINITY;
export const TWO_PI = 2 * Math.PI;

export const xLogX = (x: Quantity): Quantity => x.mul(x.log());
/** `infinite(name)`: of the shape of a parameter of the first. */
export const infinite =
  (name: string): Divergence =>
  (p) =>
    p.q(name).like(INFINITY);

/** What the support of the second leaves out. */
export const rows = (p: PyClass, others: readonly PyClass[], of: Divergence): Row[] =>
  others.map((q): Row => [p, q, of]);

export const width = (p: Self): Quantity => p.q('high').sub(p.q('low'));
export const unitary: Divergence = (p, q) =>
  p
    .callQ('entropy')
    .neg()
    .add(q.q('low').neg().add(q.q('high')).log());
/** ln Γ(a) − a ln r */
export const gammaNorm = (q: Self): Quantity =>
  q
    .q('concentration')
    .lgamma()
    .sub(q.q('concentration').mul(q.q('rate').log()));
export const continuous: Divergence = (p, q) =>
  p
    .callQ('entropy')
    .neg()
    .sub(p.q('mean').mul(q.q('logits')))
    .sub(q.q('probs').neg().log1p())
    .sub(continuousLogNorm(q));
