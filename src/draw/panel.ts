/** A panel of a figure: marks within a frame, on two axes. */
import { BLACK, type Color, WHITE } from './color.ts';
import type { Mapping } from './colormap.ts';
import type { LegendSpec } from './legend.ts';
import { type Mark, Span } from './mark.ts';
import { LINEAR, type Scale } from './scale.ts';
import type { Stroke } from './svg.ts';
import { widened } from './ticks.ts';

export interface Style {
  readonly font: number;
  readonly titleSize: number;
  readonly labelSize: number;
  readonly tickSize: number;
  readonly grid: Stroke;
  readonly face: Color;
  readonly edge: Color;
  readonly ink: Color;
}

export const PLAIN: Style = {
  font: 10,
  titleSize: 12,
  labelSize: 10,
  tickSize: 10,
  grid: { color: [0.69, 0.69, 0.69, 1], width: 0.8 },
  face: WHITE,
  edge: BLACK,
  ink: BLACK,
};

/** How far an axis reaches. Panels that share an axis share this. */
export class Range {
  readonly way: 'x' | 'y';
  readonly panels = new Set<Panel>();
  scale: Scale = LINEAR;
  /** As they were set; either may be left to the data. */
  low: number | null = null;
  high: number | null = null;
  inverted = false;
  margin = 0.05;
  /** Whether it fits the data exactly. */
  tight = false;
  /** Strings that stand for 0, 1, 2, … */
  categories: string[] = [];

  constructor(way: 'x' | 'y') {
    this.way = way;
  }

  private span(): Span {
    const extent = { x: new Span(), y: new Span() };
    for (const panel of this.panels) {
      for (const mark of panel.marks) if (mark.visible && panel.measured(mark)) mark.extend(extent);
    }
    return extent[this.way];
  }

  /** From the left to the right, or from the bottom to the top. */
  limits(): [number, number] {
    if (this.low !== null && this.high !== null) return [this.low, this.high];
    const [low, high] = this.fitted(this.span());
    const ends: [number, number] = this.inverted ? [high, low] : [low, high];
    return [this.low ?? ends[0], this.high ?? ends[1]];
  }

  private fitted(span: Span): [number, number] {
    const { scale, margin } = this;
    const log = scale.kind === 'log';
    let low = log ? Math.max(span.low, span.positive) : span.low;
    let high = log ? Math.max(span.high, low) : span.high;
    if (!(low <= high) || !Number.isFinite(low)) return log ? [1, 10] : [0, 1];
    if (low === high) {
      if (log) return [low / scale.base, high * scale.base];
      const gap = low === 0 ? 0.05 : Math.abs(low) * 0.05;
      low -= gap;
      high += gap;
      if (low < high) return this.tight ? [low, high] : [low, high];
    }
    if (this.tight) return [low, high];
    const stuck = (end: number): boolean => span.sticky.some((at) => Math.abs(at - end) <= 1e-9 * (high - low));
    return widened(scale, low, high, stuck(low) ? 0 : margin, stuck(high) ? 0 : margin);
  }

  /** The place of a string on an axis of categories. */
  categoryOf(name: string): number {
    const at = this.categories.indexOf(name);
    return at >= 0 ? at : this.categories.push(name) - 1;
  }
}

export type Side = 'left' | 'right' | 'bottom' | 'top';

/** What is written along one side of a panel. */
export class Axis {
  side: Side;
  label = '';
  labelPad = 4;
  labelSize: number | null = null;
  labelColor: Color | null = null;
  labelRotation: number | null = null;
  labelBold = false;
  /** null: as the numbers ask for. */
  at: number[] | null = null;
  labels: string[] | null = null;
  minor: number[] | null = null;
  minorOn = false;
  shown = true;
  ticksShown = true;
  labelsShown = true;
  tickSize: number | null = null;
  tickColor: Color | null = null;
  tickTextColor: Color | null = null;
  tickLength = 3.5;
  tickWidth = 0.8;
  tickPad = 3.5;
  direction: 'in' | 'out' | 'inout' = 'out';
  rotation = 0;
  across: 'left' | 'center' | 'right' | null = null;
  format: ((value: number, place: number) => string) | null = null;
  sci: boolean | null = null;
  grid: Stroke | null = null;
  minorGrid: Stroke | null = null;

  constructor(side: Side) {
    this.side = side;
  }
}

export interface Title {
  text: string;
  size: number | null;
  color: Color | null;
  bold: boolean;
  italic: boolean;
  pad: number;
}

/** Where a panel stands in a grid: from which cell to which, both inclusive. */
export interface Cell {
  readonly rows: number;
  readonly columns: number;
  readonly row: readonly [number, number];
  readonly column: readonly [number, number];
  readonly widths: readonly number[] | null;
  readonly heights: readonly number[] | null;
}

/** A strip beside a panel that tells which number has which colour. */
export interface BarOfColors {
  readonly mapping: Mapping;
  readonly beside: readonly Panel[];
  readonly upright: boolean;
  readonly fraction: number;
  readonly pad: number;
  readonly shrink: number;
  readonly aspect: number;
}

export class Panel {
  readonly marks: Mark[] = [];
  x = new Range('x');
  y = new Range('y');
  xAxis = new Axis('bottom');
  yAxis = new Axis('left');
  /** Whether the axis is written by the panel that this one stands on. */
  readonly hidden = { x: false, y: false };
  readonly titles: Record<'left' | 'center' | 'right', Title | null> = { left: null, center: null, right: null };
  legend: LegendSpec | null = null;
  /** In parts of the figure, from its lower left corner: left, bottom, width, height. */
  box: readonly number[] | null = null;
  cell: Cell | null = null;
  /** Stands on the same place as that one. */
  over: Panel | null = null;
  bar: BarOfColors | null = null;
  readonly spines: Record<Side, { shown: boolean; color: Color | null; width: number; at: number | null }> = {
    left: { shown: true, color: null, width: 0.8, at: null },
    right: { shown: true, color: null, width: 0.8, at: null },
    bottom: { shown: true, color: null, width: 0.8, at: null },
    top: { shown: true, color: null, width: 0.8, at: null },
  };
  framed = true;
  axisOn = true;
  visible = true;
  face: Color | null = null;
  /** How long a unit up is for one across; null: as the box has it. */
  aspect: number | null = null;
  /** What gives way to the aspect: the box or the limits. */
  fits: 'box' | 'data' = 'box';
  gridBelow: boolean | 'line' = 'line';
  /** Of colours that were taken from the cycle. */
  taken = 0;
  takenPatches = 0;

  constructor() {
    this.x.panels.add(this);
    this.y.panels.add(this);
  }

  share(way: 'x' | 'y', of: Panel): void {
    this[way].panels.delete(this);
    this[way] = of[way];
    of[way].panels.add(this);
  }

  /** Marks that make no axis longer. */
  private readonly unmeasured = new WeakSet<Mark>();
  measured(mark: Mark): boolean {
    return !this.unmeasured.has(mark);
  }
  addUnmeasured(mark: Mark): void {
    this.unmeasured.add(mark);
    this.marks.push(mark);
  }

  /** Numbers that it holds, counted as marks are added. */
  size = 64;
}

/** Whether a colour bar of it shows bands. */
export const isFilledScale = (mapping: Mapping): boolean => mapping.levels !== null && mapping.levels.length > 1;
