/** How an axis stretches its numbers. */

export type ScaleKind = 'linear' | 'log' | 'symlog';
export const SCALES: readonly ScaleKind[] = ['linear', 'log', 'symlog'];

export interface Scale {
  readonly kind: ScaleKind;
  readonly base: number;
  /** Of symlog: within it the scale is linear. */
  readonly threshold: number;
}

export const LINEAR: Scale = { kind: 'linear', base: 10, threshold: 2 };

/** NaN where a logarithm has no value. */
export function stretched({ kind, base, threshold }: Scale, x: number): number {
  if (kind === 'linear') return x;
  if (kind === 'log') return x > 0 ? Math.log(x) / Math.log(base) : Number.NaN;
  const size = Math.abs(x);
  const linear = 1 / (1 - 1 / base);
  if (size <= threshold) return x * linear;
  return Math.sign(x) * threshold * (linear + Math.log(size / threshold) / Math.log(base));
}

export function relaxed({ kind, base, threshold }: Scale, u: number): number {
  if (kind === 'linear') return u;
  if (kind === 'log') return base ** u;
  const linear = 1 / (1 - 1 / base);
  const size = Math.abs(u);
  if (size <= threshold * linear) return u / linear;
  return Math.sign(u) * threshold * base ** (size / threshold - linear);
}
