/** Filled shapes by their corners. */
import type { Color } from '../color.ts';
import { type Extent, type Key, Mark, type View } from '../mark.ts';
import { digits, fillOf, type Stroke, type Svg, strokeOf } from '../svg.ts';

/** Corners one after the other: x, y, x, y. */
export type Ring = Float64Array;

export interface PolygonLook {
  face: Color;
  edge: Stroke | null;
}

export class PolygonsMark extends Mark {
  rings: Ring[];
  looks: PolygonLook[];
  readonly closed: boolean;
  /** Whether no margin is added beyond it. */
  readonly sticky: boolean;
  /** Numbers are parts of the panel, by direction: a band from one edge to the other. */
  wholeX = false;
  wholeY = false;

  constructor(rings: Ring[], looks: PolygonLook[], { closed = true, sticky = false, zorder = 1 } = {}) {
    super(zorder);
    this.rings = rings;
    this.looks = looks;
    this.closed = closed;
    this.sticky = sticky;
  }

  get size(): number {
    return this.rings.reduce((sum, ring) => sum + ring.length, 0);
  }

  extend(extent: Extent): void {
    for (const ring of this.rings) {
      for (let i = 0; i + 1 < ring.length; i += 2) {
        if (!this.wholeX) extent.x.add(ring[i]);
        if (!this.wholeY) extent.y.add(ring[i + 1]);
      }
    }
    if (this.sticky) {
      extent.x.sticky.push(extent.x.low, extent.x.high);
      extent.y.sticky.push(extent.y.low, extent.y.high);
    }
  }

  private place(view: View, x: number, y: number): [number, number] {
    return [
      this.wholeX ? view.box.left + x * view.width : view.x(x),
      this.wholeY ? view.box.bottom - y * view.height : view.y(y),
    ];
  }

  private pathOf(ring: Ring, view: View): string {
    let d = '';
    for (let i = 0; i + 1 < ring.length; i += 2) {
      const [x, y] = this.place(view, ring[i], ring[i + 1]);
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      d += `${d === '' ? 'M' : 'L'}${digits(x)} ${digits(y)}`;
    }
    return d === '' || !this.closed ? d : `${d}Z`;
  }

  draw(svg: Svg, view: View): void {
    this.rings.forEach((ring, i) => {
      const { face, edge } = this.looks[i % this.looks.length];
      svg.path(this.pathOf(ring, view), { ...fillOf(face), ...(edge === null ? {} : strokeOf(edge)) });
    });
  }

  override key(): Key | null {
    const [look] = this.looks;
    return look === undefined ? null : { patch: { face: look.face, edge: look.edge ?? undefined } };
  }

  override *places(view: View): Generator<readonly [number, number]> {
    if (this.wholeX || this.wholeY) return;
    for (const ring of this.rings)
      for (let i = 0; i + 1 < ring.length; i += 2) yield this.place(view, ring[i], ring[i + 1]);
  }
}

/** Corners of a slice of a round: angles in radians, from the right against the clock. */
export function wedge(x: number, y: number, radius: number, from: number, to: number, inner = 0, ratio = 1): Ring {
  const steps = Math.max(2, Math.ceil((Math.abs(to - from) / (2 * Math.PI)) * 120));
  const whole = Math.abs(to - from) >= 2 * Math.PI - 1e-9;
  const points: number[] = [];
  for (let i = 0; i <= steps; i++) {
    const angle = from + ((to - from) * i) / steps;
    points.push(x + radius * Math.cos(angle), y + radius * ratio * Math.sin(angle));
  }
  if (inner > 0) {
    for (let i = steps; i >= 0; i--) {
      const angle = from + ((to - from) * i) / steps;
      points.push(x + inner * Math.cos(angle), y + inner * ratio * Math.sin(angle));
    }
  } else if (!whole) points.push(x, y);
  return Float64Array.from(points);
}
