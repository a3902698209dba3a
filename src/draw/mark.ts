/** What is drawn into a panel: a mark knows the data that it covers, and draws itself through a view. */
import type { Color } from './color.ts';
import { type Scale, stretched } from './scale.ts';
import type { Box, Stroke, Svg } from './svg.ts';

/** The data that marks cover, in one direction. */
export class Span {
  low = Number.POSITIVE_INFINITY;
  high = Number.NEGATIVE_INFINITY;
  /** The least that a logarithm can show. */
  positive = Number.POSITIVE_INFINITY;
  /** Ends at which no margin is added. */
  readonly sticky: number[] = [];

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    if (value < this.low) this.low = value;
    if (value > this.high) this.high = value;
    if (value > 0 && value < this.positive) this.positive = value;
  }

  addAll(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.add(values[i]);
  }
}

export interface Extent {
  readonly x: Span;
  readonly y: Span;
}

/** From data to places in the picture, in points from its upper left corner. */
export class View {
  readonly box: Box;
  /** Points for each unit of the stretched axes, and the place of their zero. */
  private readonly kx: number;
  private readonly ky: number;
  private readonly x0: number;
  private readonly y0: number;
  readonly xScale: Scale;
  readonly yScale: Scale;

  constructor(box: Box, xScale: Scale, yScale: Scale, xLimits: readonly number[], yLimits: readonly number[]) {
    this.box = box;
    this.xScale = xScale;
    this.yScale = yScale;
    const [left, right] = xLimits.map((x) => stretched(xScale, x));
    const [bottom, top] = yLimits.map((y) => stretched(yScale, y));
    this.kx = (box.right - box.left) / (right - left);
    this.ky = (box.bottom - box.top) / (top - bottom);
    this.x0 = box.left - left * this.kx;
    this.y0 = box.bottom + bottom * this.ky;
  }

  x(value: number): number {
    return near(this.x0 + this.kx * (this.xScale.kind === 'linear' ? value : stretched(this.xScale, value)));
  }

  y(value: number): number {
    return near(this.y0 - this.ky * (this.yScale.kind === 'linear' ? value : stretched(this.yScale, value)));
  }

  get width(): number {
    return this.box.right - this.box.left;
  }

  get height(): number {
    return this.box.bottom - this.box.top;
  }
}

/** Far outside is far enough. */
const FAR = 20_000;
const near = (place: number): number => (place > FAR ? FAR : place < -FAR ? -FAR : place);

/** How a mark is told in a legend. */
export interface Key {
  readonly line?: Stroke;
  readonly patch?: { readonly face: Color; readonly edge?: Stroke; readonly hatch?: boolean };
  readonly marker?: MarkerLook;
}

export interface MarkerLook {
  readonly shape: string;
  /** Across, in points. */
  readonly size: number;
  readonly face: Color;
  readonly edge: Stroke | null;
}

export abstract class Mark {
  label: string | null = null;
  visible = true;
  zorder: number;
  /** Whether it is cut off at the edges of its panel. */
  clipped = true;

  constructor(zorder: number) {
    this.zorder = zorder;
  }

  /** Numbers that it holds. */
  abstract get size(): number;
  abstract extend(extent: Extent): void;
  abstract draw(svg: Svg, view: View): void;
  key(): Key | null {
    return null;
  }
  /** Calls with places that a legend had better not cover. */
  *places(_view: View): Generator<readonly [x: number, y: number]> {}
}
