/** Rectangles that stand on data: bars and histograms. */
import type { Color } from '../color.ts';
import { type Extent, type Key, Mark, type View } from '../mark.ts';
import { fillOf, type Stroke, type Svg, strokeOf } from '../svg.ts';

export class RectsMark extends Mark {
  /** Left, bottom, width and height in turn. */
  readonly rects: Float64Array;
  faces: readonly Color[];
  edge: Stroke | null;
  /** Along which direction they stand on a base at which no margin is added. */
  readonly base: 'x' | 'y' | null;
  hatch = false;

  constructor(rects: Float64Array, faces: readonly Color[], edge: Stroke | null, base: 'x' | 'y' | null) {
    super(1);
    this.rects = rects;
    this.faces = faces;
    this.edge = edge;
    this.base = base;
  }

  get size(): number {
    return this.rects.length;
  }

  extend({ x, y }: Extent): void {
    const { rects, base } = this;
    for (let i = 0; i + 3 < rects.length; i += 4) {
      x.add(rects[i]);
      x.add(rects[i] + rects[i + 2]);
      y.add(rects[i + 1]);
      y.add(rects[i + 1] + rects[i + 3]);
    }
    if (base !== null && rects.length > 0) (base === 'y' ? y : x).sticky.push(rects[base === 'y' ? 1 : 0]);
  }

  /** Of one of them: left, top, right, bottom. A logarithm shows what stands on 0 down to the edge. */
  private boxOf(i: number, view: View): [number, number, number, number] {
    const { rects } = this;
    const place = (at: number, edge: number): number => (Number.isNaN(at) ? edge : at);
    const x = [view.x(rects[i]), view.x(rects[i] + rects[i + 2])].map((at) => place(at, view.box.left));
    const y = [view.y(rects[i + 1]), view.y(rects[i + 1] + rects[i + 3])].map((at) => place(at, view.box.bottom));
    return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
  }

  draw(svg: Svg, view: View): void {
    const { rects, faces, edge } = this;
    const rim = edge === null ? {} : strokeOf(edge);
    const alike = faces.length === 1;
    svg.open('g', { ...rim, ...(alike ? fillOf(faces[0]) : {}) });
    for (let i = 0; i + 3 < rects.length; i += 4) {
      if (Number.isNaN(rects[i] + rects[i + 1] + rects[i + 2] + rects[i + 3])) continue;
      const [left, top, right, bottom] = this.boxOf(i, view);
      const own = alike ? {} : fillOf(faces[(i / 4) % faces.length]);
      svg.leaf('rect', { x: left, y: top, width: right - left, height: bottom - top, ...own });
    }
    svg.close('g');
  }

  override key(): Key | null {
    return this.faces.length === 0 ? null : { patch: { face: this.faces[0], edge: this.edge ?? undefined } };
  }

  override *places(view: View): Generator<readonly [number, number]> {
    for (let i = 0; i + 3 < this.rects.length; i += 4) {
      const [left, top, right, bottom] = this.boxOf(i, view);
      for (let k = 0; k <= 4; k++) yield [(left + right) / 2, top + ((bottom - top) * k) / 4];
      yield [left, top];
      yield [right, top];
    }
  }
}
