/** Lines through points, with signs at the points. */
import { shapes } from '../libraries.ts';
import { type Extent, type Key, Mark, type MarkerLook, type View } from '../mark.ts';
import { isOpen, isRound, markerPath, roundSize } from '../markers.ts';
import { digits, fillOf, type Stroke, type Svg, strokeOf } from '../svg.ts';

export type DrawStyle = 'default' | 'steps-pre' | 'steps-mid' | 'steps-post';

/** From so many points on, those that cannot be told apart are left out. */
const MANY = 2000;

export class LineMark extends Mark {
  x: Float64Array;
  y: Float64Array;
  stroke: Stroke | null;
  marker: MarkerLook | null;
  style: DrawStyle = 'default';
  /** A sign at each point whose number this divides. */
  every = 1;
  /** Whether its numbers are parts of the panel rather than data, by direction. */
  wholeX = false;
  wholeY = false;

  constructor(x: Float64Array, y: Float64Array, stroke: Stroke | null, marker: MarkerLook | null) {
    super(2);
    this.x = x;
    this.y = y;
    this.stroke = stroke;
    this.marker = marker;
  }

  get size(): number {
    return this.x.length + this.y.length;
  }

  extend({ x, y }: Extent): void {
    if (!this.wholeX) x.addAll(this.x);
    if (!this.wholeY) y.addAll(this.y);
  }

  private placesIn(view: View): [number, number][] {
    const out: [number, number][] = [];
    for (let i = 0; i < this.x.length; i++) {
      const x = this.wholeX ? view.box.left + this.x[i] * view.width : view.x(this.x[i]);
      const y = this.wholeY ? view.box.bottom - this.y[i] * view.height : view.y(this.y[i]);
      out.push([x, y]);
    }
    return out;
  }

  override *places(view: View): Generator<readonly [number, number]> {
    if (!this.wholeX && !this.wholeY) yield* this.placesIn(view);
  }

  draw(svg: Svg, view: View): void {
    const places = this.placesIn(view);
    if (this.stroke !== null) svg.path(this.pathOf(places) ?? '', { fill: 'none', ...strokeOf(this.stroke) });
    if (this.marker !== null)
      drawMarkers(
        svg,
        places.filter((_, i) => i % this.every === 0),
        this.marker,
      );
  }

  private pathOf(places: [number, number][]): string | null {
    const d3 = shapes();
    const curve = {
      default: d3.curveLinear,
      'steps-pre': d3.curveStepBefore,
      'steps-mid': d3.curveStep,
      'steps-post': d3.curveStepAfter,
    }[this.style];
    const line = d3.line().digits(2).curve(curve);
    return line.defined(([x, y]) => !Number.isNaN(x) && !Number.isNaN(y))(
      places.length > MANY ? thinned(places) : places,
    );
  }

  override key(): Key {
    return { line: this.stroke ?? undefined, marker: this.marker ?? undefined };
  }
}

/** Of points within a tenth of a unit across, the first, the lowest, the highest and the last. */
function thinned(places: [number, number][]): [number, number][] {
  const out: [number, number][] = [];
  let from = 0;
  while (from < places.length) {
    const column = Math.round(places[from][0] * 10);
    let to = from + 1;
    while (to < places.length && Math.round(places[to][0] * 10) === column) to++;
    if (to - from <= 4) for (let i = from; i < to; i++) out.push(places[i]);
    else {
      let low = from;
      let high = from;
      for (let i = from; i < to; i++) {
        if (places[i][1] < places[low][1]) low = i;
        if (places[i][1] > places[high][1]) high = i;
      }
      for (const i of [...new Set([from, low, high, to - 1])].sort((a, b) => a - b)) out.push(places[i]);
    }
    from = to;
  }
  return out;
}

export function drawMarkers(
  svg: Svg,
  places: readonly (readonly [number, number])[],
  { shape, size, face, edge }: MarkerLook,
): void {
  const rim = edge === null ? {} : strokeOf(edge);
  svg.open('g', { ...(isOpen(shape) ? { fill: 'none' } : fillOf(face)), ...rim });
  for (const [x, y] of places) {
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    if (isRound(shape)) svg.leaf('circle', { cx: x, cy: y, r: roundSize(shape, size) / 2 });
    else svg.leaf('path', { d: markerPath(shape, size, x, y) });
  }
  svg.close('g');
}

/** Many lines that look alike, each of two points: x1, y1, x2, y2 in turn. */
export class SegmentsMark extends Mark {
  readonly ends: Float64Array;
  strokes: readonly Stroke[];
  marker: MarkerLook | null = null;

  constructor(ends: Float64Array, strokes: readonly Stroke[], zorder = 2) {
    super(zorder);
    this.ends = ends;
    this.strokes = strokes;
  }

  get size(): number {
    return this.ends.length;
  }

  extend({ x, y }: Extent): void {
    this.ends.forEach((value, i) => {
      (i % 2 === 0 ? x : y).add(value);
    });
  }

  draw(svg: Svg, view: View): void {
    const { ends, strokes } = this;
    const paths = strokes.map(() => '');
    for (let i = 0; i + 3 < ends.length; i += 4) {
      const at = [view.x(ends[i]), view.y(ends[i + 1]), view.x(ends[i + 2]), view.y(ends[i + 3])];
      if (at.some(Number.isNaN)) continue;
      const [x1, y1, x2, y2] = at.map(digits);
      paths[(i / 4) % strokes.length] += `M${x1} ${y1}L${x2} ${y2}`;
    }
    paths.forEach((d, i) => {
      svg.path(d, { fill: 'none', ...strokeOf(strokes[i]) });
    });
  }

  override key(): Key {
    return { line: this.strokes[0], marker: this.marker ?? undefined };
  }

  override *places(view: View): Generator<readonly [number, number]> {
    for (let i = 0; i + 1 < this.ends.length; i += 2) yield [view.x(this.ends[i]), view.y(this.ends[i + 1])];
  }
}
