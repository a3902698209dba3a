/** Which places a curve is looked at: equally spaced ones, and more where it bends. */
import type { Evaluator } from './evaluate.ts';

/** One piece of all series, as it grows. */
export interface Growing {
  x: number[];
  /** By series. */
  y: number[][];
  dy: number[][];
}

/** So many equally spaced places, both ends among them. */
export function spaced(from: number, to: number, count: number): number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? to : from + i * step));
}

/**
 * The places of the piece between two cuts: its ends, and between them those of the request's. Where the
 * domain leaves few of these, as many as were asked for are spread over what it leaves.
 */
export function gridOf(
  from: number,
  to: number,
  points: number,
  [start, end]: readonly [number, number],
  [low, high]: readonly [number, number],
): number[] {
  const inner = spaced(from, to, points).filter((x) => x > start && x < end);
  if (low > from || high < to) {
    const count = 1 + Math.ceil(points * Math.min(1, (end - start) / (high - low)));
    inner.push(...spaced(start, end, Math.max(3, count)).filter((x) => x > start && x < end));
  }
  return [...new Set([start, ...inner.sort((a, b) => a - b), end])];
}

/** How far a curve may be from the line between two samples, in parts of what it spans. */
const TOLERANCE = 1 / 800;
/** How often an interval is halved. */
const ROUNDS = 10;

/** What most of the values span: poles and steep ends aside. */
function spanOf(lists: readonly (readonly number[])[]): number {
  const finite = lists.flat().filter(Number.isFinite);
  const sorted = Float64Array.from(finite).sort();
  if (sorted.length === 0) return 0;
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))];
  return at(0.98) - at(0.02) || at(1) - at(0);
}

interface Interval {
  readonly piece: number;
  readonly from: number;
  readonly to: number;
}

/** By how much the middle is beside the line between the ends. */
function deviation(ends: readonly [number, number], middle: number, span: number): number {
  const off = Math.abs(middle - (ends[0] + ends[1]) / 2);
  if (Number.isNaN(off)) return ends.every(Number.isFinite) ? 0 : Infinity;
  return span > 0 ? off / span : 0;
}

/** Adds up to `budget` samples where a curve, or its slope, bends between two that are there. */
export function refined(evaluator: Evaluator, pieces: Growing[], budget: number): Growing[] {
  const series = evaluator.names.map((_, s) => s);
  const spans = series.map((s) => ({
    y: spanOf(pieces.map((piece) => piece.y[s])),
    dy: spanOf(pieces.map((piece) => piece.dy[s])),
  }));
  const known = pieces.map((piece) => new Map(piece.x.map((x, i) => [x, i])));
  let open: Interval[] = pieces.flatMap((piece, p) =>
    piece.x.slice(1).map((to, i) => ({ piece: p, from: piece.x[i], to })),
  );
  let left = budget;
  for (let round = 0; round < ROUNDS && open.length > 0 && left > 0; round++) {
    const middles = open.map(({ from, to }) => from + (to - from) / 2);
    const { y, dy } = evaluator.at(middles);
    const bent = open
      .map((interval, k) => {
        const piece = pieces[interval.piece];
        const [i, j] = [interval.from, interval.to].map((x) => known[interval.piece].get(x) as number);
        const off = series.map((s) =>
          Math.max(
            deviation([piece.y[s][i], piece.y[s][j]], y[s][k], spans[s].y),
            deviation([piece.dy[s][i], piece.dy[s][j]], dy[s][k], spans[s].dy),
          ),
        );
        return { interval, k, x: middles[k], off: Math.max(...off) };
      })
      .filter(({ interval, x, off }) => off > TOLERANCE && x > interval.from && x < interval.to)
      .sort((a, b) => b.off - a.off)
      .slice(0, left);
    left -= bent.length;
    open = bent.flatMap(({ interval: { piece, from, to }, k, x }) => {
      const growing = pieces[piece];
      known[piece].set(x, growing.x.length);
      growing.x.push(x);
      for (const s of series) {
        growing.y[s].push(y[s][k]);
        growing.dy[s].push(dy[s][k]);
      }
      return [
        { piece, from, to: x },
        { piece, from: x, to },
      ];
    });
  }
  return pieces.map(ordered);
}

function ordered({ x, y, dy }: Growing): Growing {
  const order = x.map((_, i) => i).sort((a, b) => x[a] - x[b]);
  const pick = (list: readonly number[]): number[] => order.map((i) => list[i]);
  return { x: pick(x), y: y.map(pick), dy: dy.map(pick) };
}
