/** Fields of arrows. */
import type { Color } from '../color.ts';
import type { Mapping } from '../colormap.ts';
import { type Extent, Mark, type View } from '../mark.ts';
import { digits, fillOf, type Svg } from '../svg.ts';

export class ArrowsMark extends Mark {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly u: Float64Array;
  readonly v: Float64Array;
  colors: readonly Color[];
  mapping: Mapping | null = null;
  values: Float64Array | null = null;
  /** Data units of an arrow for each width of the panel, or of the axis under `inData`; null: as it looks well. */
  scale: number | null = null;
  /** Whether arrows are as long as the data say. */
  inData = false;
  /** Whether their directions are those of the data too. */
  angled = false;
  /** Of the shafts, in parts of the panel's width. */
  width: number | null = null;
  pivot: 'tail' | 'mid' | 'tip' = 'tail';

  constructor(x: Float64Array, y: Float64Array, u: Float64Array, v: Float64Array, colors: readonly Color[]) {
    super(1);
    this.x = x;
    this.y = y;
    this.u = u;
    this.v = v;
    this.colors = colors;
  }

  get size(): number {
    return 4 * this.x.length + (this.values?.length ?? 0);
  }

  extend({ x, y }: Extent): void {
    x.addAll(this.x);
    y.addAll(this.y);
  }

  draw(svg: Svg, view: View): void {
    const { x, y, u, v } = this;
    const count = Math.max(1, x.length);
    let total = 0;
    for (let i = 0; i < x.length; i++) total += Number.isFinite(u[i] + v[i]) ? Math.hypot(u[i], v[i]) : 0;
    const many = Math.min(25, Math.max(8, Math.sqrt(count)));
    const width = (this.width ?? 0.06 / many) * view.width;
    const mean = total / count;
    const scale = this.scale ?? (mean === 0 ? 1 : 1.8 * mean * Math.max(10, Math.sqrt(count)));
    for (let i = 0; i < x.length; i++) {
      const [px, py] = [view.x(x[i]), view.y(y[i])];
      let [du, dv] = [(u[i] / scale) * view.width, (-v[i] / scale) * view.width];
      if (this.inData) {
        const one = this.scale ?? 1;
        [du, dv] = [view.x(x[i] + u[i] / one) - px, view.y(y[i] + v[i] / one) - py];
      } else if (this.angled) {
        const length = Math.hypot(du, dv);
        [du, dv] = [view.x(x[i] + u[i]) - px, view.y(y[i] + v[i]) - py];
        const along = Math.hypot(du, dv) || 1;
        [du, dv] = [(du * length) / along, (dv * length) / along];
      }
      const length = Math.hypot(du, dv);
      if (!Number.isFinite(px + py + length)) continue;
      const color =
        this.mapping !== null && this.values !== null
          ? this.mapping.at(this.values[i])
          : this.colors[i % this.colors.length];
      const back = { tail: 0, mid: 0.5, tip: 1 }[this.pivot];
      const from: [number, number] = [px - back * du, py - back * dv];
      svg.path(arrowPath(from, [du, dv], length, width), fillOf(color));
    }
  }
}

/** An arrow of this length and width of shaft; a short one shrinks as a whole. */
export function arrowPath(
  [x, y]: readonly [number, number],
  [du, dv]: readonly [number, number],
  length: number,
  width: number,
): string {
  if (length < width * 0.5) return '';
  const small = Math.min(1, length / (5 * width));
  const [head, neck, half, shaft] = [5, 4.5, 1.5, 0.5].map((part) => part * width * small);
  const [cos, sin] = [du / length, dv / length];
  const points = [
    [0, -shaft],
    [length - neck, -shaft],
    [length - head, -half],
    [length, 0],
    [length - head, half],
    [length - neck, shaft],
    [0, shaft],
  ];
  return `M${points.map(([a, b]) => `${digits(x + a * cos - b * sin)} ${digits(y + a * sin + b * cos)}`).join('L')}Z`;
}
