/** Pictures of numbers: an array as pixels, a mesh as cells. */
import type { Color } from '../color.ts';
import type { Mapping } from '../colormap.ts';
import { type Extent, Mark, type View } from '../mark.ts';
import { dataUri } from '../png.ts';
import { digits, fillOf, type Svg } from '../svg.ts';

/** Of a picture, along each side: more than a screen shows is left out. */
const MOST_PIXELS = 1024;
/** Up to so many, cells are drawn larger than they are as pixels, so that no viewer blurs them. */
const FEW_PIXELS = 512;

const byte = (x: number): number => Math.round(255 * Math.min(1, Math.max(0, x)));

export class ImageMark extends Mark {
  values: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** 1: through the mapping; 3 or 4: colours themselves, from 0 to 1. */
  readonly channels: number;
  readonly mapping: Mapping;
  readonly upper: boolean;
  /** Left, right, bottom, top in data. */
  readonly box: readonly number[];
  alpha: number | null = null;
  smooth = false;

  constructor(
    values: Float64Array,
    [rows, columns, channels]: readonly number[],
    mapping: Mapping,
    upper: boolean,
    box: readonly number[] | null,
  ) {
    super(0);
    this.values = values;
    this.rows = rows;
    this.columns = columns;
    this.channels = channels;
    this.mapping = mapping;
    this.upper = upper;
    this.box = box ?? (upper ? [-0.5, columns - 0.5, rows - 0.5, -0.5] : [-0.5, columns - 0.5, -0.5, rows - 0.5]);
  }

  get size(): number {
    return this.values.length;
  }

  extend({ x, y }: Extent): void {
    const [left, right, bottom, top] = this.box;
    x.addAll([left, right]);
    y.addAll([bottom, top]);
    x.sticky.push(left, right);
    y.sticky.push(bottom, top);
  }

  colorAt(row: number, column: number): Color {
    const { values, channels, alpha } = this;
    const at = (row * this.columns + column) * channels;
    if (channels === 1) {
      const color = this.mapping.at(values[at]);
      return alpha === null || color[3] === 0 ? color : [color[0], color[1], color[2], alpha];
    }
    return [values[at], values[at + 1], values[at + 2], (channels === 4 ? values[at + 3] : 1) * (alpha ?? 1)];
  }

  draw(svg: Svg, view: View): void {
    const { rows, columns } = this;
    if (rows === 0 || columns === 0) return;
    const [left, right, bottom, top] = this.box;
    const [x1, x2] = [view.x(left), view.x(right)];
    const [y1, y2] = [view.y(top), view.y(bottom)];
    const flipX = x2 < x1;
    const flipY = y2 < y1 !== !this.upper;
    const grow = (n: number): number => (this.smooth || n >= FEW_PIXELS ? 1 : Math.ceil(FEW_PIXELS / n));
    const [width, height] = [columns, rows].map((n) => Math.min(MOST_PIXELS, n * Math.min(grow(n), 64)));
    const pixels = new Uint8Array(4 * width * height);
    const cells = new Map<number, Color>();
    for (let v = 0; v < height; v++) {
      const row = Math.floor((v * rows) / height);
      if (cells.size > 4096) cells.clear();
      for (let u = 0; u < width; u++) {
        const column = Math.floor((u * columns) / width);
        const key = row * columns + column;
        let color = cells.get(key);
        if (color === undefined) {
          color = this.colorAt(flipY ? rows - 1 - row : row, flipX ? columns - 1 - column : column);
          cells.set(key, color);
        }
        const at = 4 * (v * width + u);
        pixels[at] = byte(color[0]);
        pixels[at + 1] = byte(color[1]);
        pixels[at + 2] = byte(color[2]);
        pixels[at + 3] = byte(color[3]);
      }
    }
    svg.leaf('image', {
      x: Math.min(x1, x2),
      y: Math.min(y1, y2),
      width: Math.abs(x2 - x1),
      height: Math.abs(y2 - y1),
      preserveAspectRatio: 'none',
      style: this.smooth ? undefined : 'image-rendering:pixelated',
      href: dataUri(width, height, pixels),
    });
  }
}

/** Cells between the lines of a grid that need not be even, nor straight. */
export class MeshMark extends Mark {
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** Of the corners: one more than cells in each direction. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly mapping: Mapping;
  edge: Color | null = null;
  alpha: number | null = null;

  constructor(
    values: Float64Array,
    [rows, columns]: readonly number[],
    x: Float64Array,
    y: Float64Array,
    mapping: Mapping,
  ) {
    super(0);
    this.values = values;
    this.rows = rows;
    this.columns = columns;
    this.x = x;
    this.y = y;
    this.mapping = mapping;
  }

  get size(): number {
    return this.values.length + this.x.length + this.y.length;
  }

  extend({ x, y }: Extent): void {
    x.addAll(this.x);
    y.addAll(this.y);
    x.sticky.push(x.low, x.high);
    y.sticky.push(y.low, y.high);
  }

  draw(svg: Svg, view: View): void {
    const { rows, columns, x, y, alpha } = this;
    const wide = columns + 1;
    svg.open('g', { 'shape-rendering': this.edge === null ? 'crispEdges' : undefined });
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const color = this.mapping.at(this.values[r * columns + c]);
        if (color[3] === 0) continue;
        const corners = [r * wide + c, r * wide + c + 1, (r + 1) * wide + c + 1, (r + 1) * wide + c];
        const d = corners.map((k) => `${digits(view.x(x[k]))} ${digits(view.y(y[k]))}`).join('L');
        const fill = fillOf(alpha === null ? color : [color[0], color[1], color[2], alpha]);
        svg.path(`M${d}Z`, this.edge === null ? fill : { ...fill, stroke: 'black', 'stroke-width': 0.5 });
      }
    }
    svg.close('g');
  }
}
