/** Lines along which a height stays the same, and the bands between them. */
import type { Color } from '../color.ts';
import { BLACK } from '../color.ts';
import type { Mapping } from '../colormap.ts';
import { contours } from '../libraries.ts';
import { type Extent, Mark, type View } from '../mark.ts';
import { digits, fillOf, type Stroke, type Svg, strokeOf } from '../svg.ts';
import { numberText } from '../ticks.ts';

export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly z: Float64Array;
  /** Of each point, as `z`. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

type Line = [number, number][];

export class ContourMark extends Mark {
  readonly grid: Grid;
  readonly levels: readonly number[];
  readonly filled: boolean;
  readonly mapping: Mapping;
  /** Instead of the mapping: one for each level, in turn. */
  colors: readonly Color[] | null = null;
  strokes: readonly Omit<Stroke, 'color'>[] = [{ width: 1.5 }];
  alpha: number | null = null;
  /** Whether the bands go on beyond the lowest and the highest level. */
  below = false;
  above = false;
  labels: { size: number; format: (level: number) => string } | null = null;

  constructor(grid: Grid, levels: readonly number[], filled: boolean, mapping: Mapping) {
    super(filled ? 1 : 2);
    this.grid = grid;
    this.levels = levels;
    this.filled = filled;
    this.mapping = mapping;
  }

  get size(): number {
    return 3 * this.grid.z.length;
  }

  extend({ x, y }: Extent): void {
    x.addAll(this.grid.x);
    y.addAll(this.grid.y);
    x.sticky.push(x.low, x.high);
    y.sticky.push(y.low, y.high);
  }

  private colorOf(i: number, value: number): Color {
    const { colors, alpha } = this;
    const color = colors === null ? this.mapping.at(value) : colors[i % colors.length];
    return alpha === null ? color : [color[0], color[1], color[2], alpha];
  }

  /** Of the bands, or lines, in order. */
  private bands(): [number, number][] {
    const { levels } = this;
    const bands = levels.slice(1).map((high, i): [number, number] => [levels[i], high]);
    if (this.below) bands.unshift([Number.NEGATIVE_INFINITY, levels[0]]);
    if (this.above) bands.push([levels[levels.length - 1], Number.POSITIVE_INFINITY]);
    return bands;
  }

  draw(svg: Svg, view: View): void {
    const { grid } = this;
    if (grid.rows < 2 || grid.columns < 2) return;
    if (this.filled) {
      const dust = 1e-9 * (this.levels[this.levels.length - 1] - this.levels[0]);
      this.bands().forEach(([low, high], i) => {
        // A band holds its upper end, the lowest one both.
        const from = i === 0 ? low : low + dust;
        const within = this.regionPath(from, view) + (high === Infinity ? '' : this.regionPath(high + dust, view));
        const middle = low === -Infinity ? high - 1e-9 : high === Infinity ? low + 1e-9 : (low + high) / 2;
        const value = low === -Infinity ? -Infinity : high === Infinity ? Infinity : middle;
        svg.path(within, { ...fillOf(this.colorOf(i, value)), 'fill-rule': 'evenodd' });
      });
      return;
    }
    this.levels.forEach((level, i) => {
      const color = this.colorOf(i, level);
      const look = this.strokes[i % this.strokes.length];
      // Below 0 lines of one colour are dashed.
      const dash = look.dash ?? (level < 0 && this.colors?.length === 1 ? [3.7 * look.width, 1.6 * look.width] : []);
      const lines = this.linesAt(level, view);
      svg.path(lines.map((line) => `M${line.map(([x, y]) => `${digits(x)} ${digits(y)}`).join('L')}`).join(''), {
        fill: 'none',
        ...strokeOf({ color, width: look.width, dash }),
      });
      if (this.labels !== null) this.writeLevel(svg, lines, this.labels.format(level), color, this.labels.size);
    });
  }

  private writeLevel(svg: Svg, lines: readonly Line[], text: string, color: Color, size: number): void {
    for (const line of lines) {
      if (line.length < 12) continue;
      const at = Math.floor(line.length / 2);
      const [x, y] = line[at];
      const [a, b] = [line[at - 3], line[Math.min(line.length - 1, at + 3)]];
      let angle = (-Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;
      if (angle > 90) angle -= 180;
      if (angle < -90) angle += 180;
      svg.open('g', { stroke: '#ffffff', 'stroke-width': 3, 'paint-order': 'stroke' });
      svg.label(x, y, { text, size, color, across: 'center', along: 'center', rotation: angle });
      svg.close('g');
    }
  }

  private rings(level: number): [number, number][][] {
    const { rows, columns, z } = this.grid;
    const shape = contours().contours().size([columns, rows]).contour(Array.from(z), level);
    return shape.coordinates.flat() as [number, number][][];
  }

  /** All that lies above a level. */
  private regionPath(level: number, view: View): string {
    const { rows, columns } = this.grid;
    const rings =
      level === -Infinity
        ? [
            [
              [0.5, 0.5],
              [columns - 0.5, 0.5],
              [columns - 0.5, rows - 0.5],
              [0.5, rows - 0.5],
            ] as Line,
          ]
        : this.rings(level);
    return rings.map((ring) => `M${ring.map((at) => this.place(at, view).map(digits).join(' ')).join('L')}Z`).join('');
  }

  /** The edges of that region, but for those along the edge of the grid. */
  private linesAt(level: number, view: View): Line[] {
    const { rows, columns } = this.grid;
    const outside = ([u, v]: readonly number[]): boolean =>
      u <= 0.5 || v <= 0.5 || u >= columns - 0.5 || v >= rows - 0.5;
    const lines: Line[] = [];
    for (const ring of this.rings(level)) {
      let line: Line = [];
      const first = ring.findIndex((at, i) => outside(at) && outside(ring[(i + 1) % ring.length]));
      const closed = first < 0;
      const start = closed ? 0 : first + 1;
      for (let k = 0; k < ring.length; k++) {
        const at = ring[(start + k) % ring.length];
        const before = line.length === 0 ? null : ring[(start + k - 1) % ring.length];
        if (before !== null && outside(before) && outside(at)) {
          if (line.length > 1) lines.push(line);
          line = [];
        }
        line.push(this.place(at, view));
      }
      if (line.length > 1) lines.push(line);
    }
    return lines;
  }

  /** From the grid, whose first point is at a half, to the picture. */
  private place([u, v]: readonly [number, number] | readonly number[], view: View): [number, number] {
    const { rows, columns, x, y } = this.grid;
    const across = Math.min(columns - 1, Math.max(0, u - 0.5));
    const along = Math.min(rows - 1, Math.max(0, v - 0.5));
    const c = Math.min(columns - 2, Math.floor(across));
    const r = Math.min(rows - 2, Math.floor(along));
    const [s, t] = [across - c, along - r];
    const at = r * columns + c;
    const mix = (of: Float64Array): number =>
      (1 - t) * ((1 - s) * of[at] + s * of[at + 1]) + t * ((1 - s) * of[at + columns] + s * of[at + columns + 1]);
    return [view.x(mix(x)), view.y(mix(y))];
  }
}

export const levelText = (level: number): string => numberText(level, 3);
export const LEVEL_COLOR = BLACK;
