/** The curve of an activation or a loss: sampled piece by piece between its breaks. */
import type { Curve, CurveBreak, Piece, Point } from '../../answer/curve.ts';
import type { Break } from '../../ops/curve.ts';
import { valueRange } from '../../tensor/errors.ts';
import type { Scope } from '../scope.ts';
import { Evaluator, numbersOf, type Subject } from './evaluate.ts';
import { gridOf, refined } from './sample.ts';
import { beside, limitOf } from './sides.ts';

export interface CurveRequest extends Subject {
  readonly from: number;
  readonly to: number;
  readonly points: number;
  /** As the answer tells them, by PyTorch's names. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Where the function has values: all numbers, or those to one side of its ends. */
export interface Domain {
  readonly low: number;
  readonly high: number;
}

export interface SampledCurve extends Curve {
  readonly domain: Domain;
}

const WEIGHT: Readonly<Record<Break['kind'], number>> = { kink: 0, jump: 1, end: 2, pole: 3 };

/** Where the op says that it breaks: in order, each place once. */
function breaksOf(subject: Subject): Break[] {
  const declared = subject.op.breaks?.(numbersOf(subject)) ?? [];
  const at = new Map<number, Break>();
  for (const one of declared) {
    // 0 and -0 are one place.
    const x = one.x + 0;
    const other = at.get(x);
    if (Number.isFinite(x) && (other === undefined || WEIGHT[one.kind] > WEIGHT[other.kind])) at.set(x, { ...one, x });
  }
  return [...at.values()].sort((a, b) => a.x - b.x);
}

const domainOf = (breaks: readonly Break[]): Domain => ({
  low: Math.max(-Infinity, ...breaks.filter((b) => b.outside === 'below').map((b) => b.x)),
  high: Math.min(Infinity, ...breaks.filter((b) => b.outside === 'above').map((b) => b.x)),
});

/** What the op's own roundings beside a break are of the size of. */
const scaleOf = ({ op, at, attrs }: Subject): number =>
  op.curve?.at === undefined ? 0 : Math.max(1, ...at.map(Math.abs), Math.abs(Number(attrs.margin ?? 0)));

/** A break with what there is around it, by series. */
interface Met {
  readonly at: Break;
  readonly left: readonly (Point | null)[];
  readonly right: readonly (Point | null)[];
  readonly value: readonly (Point | null)[];
}

/** Looks at all breaks at once: at each place, and close beside it. */
function meet(evaluator: Evaluator, breaks: readonly Break[], scale: number): Met[] {
  const places = breaks.map(({ x, outside }) => ({
    below: outside === 'below' ? null : beside(x, -1, scale),
    above: outside === 'above' ? null : beside(x, 1, scale),
  }));
  const xs = breaks.flatMap(({ x }, i) => [x, places[i].below ?? x, places[i].above ?? x]);
  const samples = evaluator.at(xs);
  const point = (series: number, i: number): Point => ({ y: samples.y[series][i], dy: samples.dy[series][i] });
  return breaks.map((at, i) => {
    const series = evaluator.names.map((_, s) => s);
    const value = series.map((s) => (Number.isNaN(samples.y[s][3 * i]) ? null : point(s, 3 * i)));
    const side = (near: number | null, place: number): (Point | null)[] =>
      series.map((s) => (near === null ? null : limitOf(at.kind, at.x, near, point(s, place), value[s])));
    return { at, value, left: side(places[i].below, 3 * i + 1), right: side(places[i].above, 3 * i + 2) };
  });
}

/**
 * Samples the curve.
 *
 * @throws EngineError where the op refuses its arguments
 */
export function sampleCurve(request: CurveRequest, scope: Scope): SampledCurve {
  const { op, from, to, parameters } = request;
  const numbers = numbersOf(request);
  const refusal = op.curve?.refuses?.(numbers);
  if (refusal !== undefined) throw valueRange(`${op.name}: ${refusal}`);
  const breaks = breaksOf(request);
  const domain = domainOf(breaks);
  const [low, high] = [Math.max(from, domain.low), Math.min(to, domain.high)];
  const probe = Math.min(Math.max((from + to) / 2, domain.low), domain.high);
  const evaluator = new Evaluator(request, scope, probe);
  const inside = breaks.filter(({ x }) => x >= low && x <= high);
  const met = meet(evaluator, inside, scaleOf(request));
  const shown = met.filter(({ at }) => at.x > from && at.x < to);
  const series = evaluator.names.map((name) => ({ name, pieces: [] as Piece[] }));
  for (const piece of low < high ? piecesOf(evaluator, met, low, high, request) : []) {
    piece.forEach((part, s) => {
      series[s].pieces.push(part);
    });
  }
  const { formula, derivative } = op;
  const several = series.length > 1;
  const told = shown
    .flatMap(({ at: { x, kind }, left, right, value }) =>
      series.map(({ name }, s): CurveBreak => {
        const sides = { left: left[s], right: right[s], value: value[s] };
        return { x, kind, series: several ? name : undefined, ...sides };
      }),
    )
    // Of several series some may go on as they were.
    .filter(({ kind, left: a, right: b }) => !several || kind !== 'kink' || a?.dy !== b?.dy);
  return { op: op.name, parameters, from, to, formula, derivative, series, breaks: told, domain };
}

/** The samples between each break and the next, by series. */
function piecesOf(
  evaluator: Evaluator,
  met: readonly Met[],
  low: number,
  high: number,
  { from, to, points }: CurveRequest,
): Piece[][] {
  const cuts = [low, ...met.map(({ at }) => at.x).filter((x) => x > low && x < high), high];
  const grids = cuts.slice(1).map((end, i) => gridOf(from, to, points, [cuts[i], end], [low, high]));
  const samples = evaluator.at(grids.flat());
  let start = 0;
  const pieces = grids.map((x) => {
    const part = (list: readonly Float64Array[]): number[][] =>
      list.map((all) => Array.from(all.subarray(start, start + x.length)));
    const piece = { x, y: part(samples.y), dy: part(samples.dy) };
    start += x.length;
    const ends = [
      { i: 0, met: met.find(({ at }) => at.x === x[0])?.right },
      { i: x.length - 1, met: met.find(({ at }) => at.x === x[x.length - 1])?.left },
    ];
    for (const { i, met: limits } of ends) {
      limits?.forEach((limit, s) => {
        if (limit === null) return;
        piece.y[s][i] = limit.y;
        piece.dy[s][i] = limit.dy;
      });
    }
    return piece;
  });
  return refined(evaluator, pieces, Math.max(points, 100)).map(({ x, y, dy }) =>
    y.map((values, s) => ({ x, y: values, dy: dy[s] })),
  );
}
