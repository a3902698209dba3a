/** Points of a scatter plot, each with its own size and colour. */
import type { Color } from '../color.ts';
import type { Mapping } from '../colormap.ts';
import { type Extent, type Key, Mark, type MarkerLook, type View } from '../mark.ts';
import { isOpen, isRound, markerPath, roundSize } from '../markers.ts';
import { fillOf, type Svg, strokeOf } from '../svg.ts';

export interface PointsLook {
  /** Areas in square points: one, or one for each. */
  sizes: ArrayLike<number>;
  /** One, or one for each; where there are values a mapping says the colours. */
  colors: readonly Color[];
  shape: string;
  /** null: the colour of the face. */
  edges: readonly Color[] | null;
  width: number;
  alpha: number | null;
}

export class PointsMark extends Mark {
  x: Float64Array;
  y: Float64Array;
  readonly look: PointsLook;
  mapping: Mapping | null;
  values: Float64Array | null;

  constructor(
    x: Float64Array,
    y: Float64Array,
    look: PointsLook,
    mapping: Mapping | null = null,
    values: Float64Array | null = null,
  ) {
    super(1);
    this.x = x;
    this.y = y;
    this.look = look;
    this.mapping = mapping;
    this.values = values;
  }

  get size(): number {
    return this.x.length + this.y.length + (this.values?.length ?? 0) + this.look.sizes.length;
  }

  extend({ x, y }: Extent): void {
    x.addAll(this.x);
    y.addAll(this.y);
  }

  private faceOf(i: number): Color {
    const { colors, alpha } = this.look;
    const color =
      this.mapping !== null && this.values !== null ? this.mapping.at(this.values[i]) : colors[i % colors.length];
    return alpha === null || color[3] === 0 ? color : [color[0], color[1], color[2], alpha];
  }

  private lookOf(i: number): MarkerLook {
    const { edges, sizes, shape, width, alpha } = this.look;
    const face = this.faceOf(i);
    const own = edges === null || isOpen(shape) ? face : edges[i % edges.length];
    const color: Color = alpha === null || own[3] === 0 ? own : [own[0], own[1], own[2], alpha];
    const edge = color[3] === 0 || width === 0 ? null : { color, width: isOpen(shape) ? Math.max(width, 1.5) : width };
    return { shape, size: Math.sqrt(Math.max(0, sizes[i % sizes.length])), face, edge };
  }

  draw(svg: Svg, view: View): void {
    const { shape, colors, edges, sizes } = this.look;
    // What all have in common is said once.
    const alike = this.mapping === null && colors.length === 1 && (edges?.length ?? 1) === 1;
    const attributes = (look: MarkerLook) => ({
      ...(isOpen(shape) ? { fill: 'none' } : fillOf(look.face)),
      ...(look.edge === null ? {} : strokeOf(look.edge)),
    });
    if (this.x.length === 0 || sizes.length === 0) return;
    svg.open('g', alike ? attributes(this.lookOf(0)) : {});
    for (let i = 0; i < this.x.length; i++) {
      const [x, y] = [view.x(this.x[i]), view.y(this.y[i])];
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      const look = this.lookOf(i);
      if (look.face[3] === 0 && look.edge === null) continue;
      const own = alike ? {} : attributes(look);
      if (isRound(shape)) svg.leaf('circle', { cx: x, cy: y, r: roundSize(shape, look.size) / 2, ...own });
      else svg.leaf('path', { d: markerPath(shape, look.size, x, y), ...own });
    }
    svg.close('g');
  }

  override key(): Key | null {
    return this.x.length === 0 ? null : { marker: this.lookOf(0) };
  }

  override *places(view: View): Generator<readonly [number, number]> {
    for (let i = 0; i < this.x.length; i++) yield [view.x(this.x[i]), view.y(this.y[i])];
  }
}
