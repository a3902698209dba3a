/** One-sided limits, from places close beside a break. */
import type { Point } from '../../answer/curve.ts';
import type { BreakKind } from '../../ops/curve.ts';

const EPSILON = Number.EPSILON;

/**
 * A place so close to `x`, on that side, that no number tells it from the limit, and far enough that the op's
 * own roundings are passed, which are of the size of `scale`.
 */
export function beside(x: number, side: -1 | 1, scale: number): number {
  const step = Math.max(4 * EPSILON * Math.max(Math.abs(x), scale), 4 * Number.MIN_VALUE);
  return x + side * step;
}

/** The number that was meant, where rounding alone sets the two apart. */
function settled(found: number, likely: number): number {
  const slack = 16 * EPSILON * Math.max(Math.abs(found), Math.abs(likely));
  return Math.abs(found - likely) <= Math.max(slack, 1e-300) ? likely : found;
}

/** The limit towards `x`, from what there is at `near` and, if anything, at the place itself. */
export function limitOf(kind: BreakKind, x: number, near: number, found: Point, value: Point | null): Point {
  const { y, dy } = found;
  if (kind === 'pole') return { y: dy * (x - near) > 0 ? Infinity : -Infinity, dy: dy > 0 ? Infinity : -Infinity };
  // The domain has its end: what is there, the function comes to.
  if (kind === 'end' && value !== null && Number.isFinite(value.y)) return value;
  const straight = y + dy * (x - near);
  const limit = Number.isFinite(straight) ? straight : y;
  if (value === null) return { y: limit, dy };
  return { y: kind === 'kink' ? value.y : settled(limit, value.y), dy: settled(dy, value.dy) };
}
