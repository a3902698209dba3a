/** Text at places of the data, with a frame and an arrow where it has some. */
import type { Color } from '../color.ts';
import { type Extent, Mark, type View } from '../mark.ts';
import { type Box, digits, fillOf, type Label, labelBox, type Stroke, type Svg, strokeOf } from '../svg.ts';

/** What the numbers of a place count. */
export type Frame = 'data' | 'panel' | 'figure' | 'points';

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly frame: Frame;
}

export interface Arrow {
  readonly color: Color;
  readonly width: number;
  readonly style: string;
  /** How far it bends, in parts of its length. */
  readonly bend: number;
  /** Points that it stays away from what it shows. */
  readonly shrink: number;
}

export interface Frill {
  readonly face: Color;
  readonly edge: Stroke | null;
  readonly round: boolean;
  readonly pad: number;
}

export class WordsMark extends Mark {
  text: string;
  place: Place;
  look: Omit<Label, 'text'>;
  frill: Frill | null = null;
  /** What the arrow shows, and the place of the text is counted from under 'points'. */
  target: Place | null = null;
  arrow: Arrow | null = null;

  constructor(text: string, place: Place, look: Omit<Label, 'text'>) {
    super(3);
    this.text = text;
    this.place = place;
    this.look = look;
    this.clipped = false;
  }

  get size(): number {
    return 8 + this.text.length / 8;
  }

  extend({ x, y }: Extent): void {
    // Text makes no axis longer; what an arrow shows does not either.
    void x;
    void y;
  }

  at(place: Place, view: View, figure: Box): [number, number] {
    const { x, y } = place;
    switch (place.frame) {
      case 'data':
        return [view.x(x), view.y(y)];
      case 'panel':
        return [view.box.left + x * view.width, view.box.bottom - y * view.height];
      case 'figure':
        return [figure.left + x * (figure.right - figure.left), figure.bottom - y * (figure.bottom - figure.top)];
      case 'points': {
        const from = this.target === null ? [view.box.left, view.box.bottom] : this.at(this.target, view, figure);
        return [from[0] + x, from[1] - y];
      }
    }
  }

  draw(svg: Svg, view: View): void {
    this.write(svg, view, view.box);
  }

  write(svg: Svg, view: View, figure: Box): void {
    const [x, y] = this.at(this.place, view, figure);
    if (Number.isNaN(x) || Number.isNaN(y)) return;
    const label = { ...this.look, text: this.text };
    const box = labelBox(x, y, label);
    if (this.arrow !== null && this.target !== null)
      drawArrow(svg, box, this.at(this.target, view, figure), this.arrow);
    if (this.frill !== null) drawFrill(svg, box, this.frill);
    svg.label(x, y, label);
  }
}

function drawFrill(svg: Svg, box: Box, { face, edge, round, pad }: Frill): void {
  const frame = { left: box.left - pad, top: box.top - pad, right: box.right + pad, bottom: box.bottom + pad };
  svg.leaf('rect', {
    x: frame.left,
    y: frame.top,
    width: frame.right - frame.left,
    height: frame.bottom - frame.top,
    rx: round ? Math.max(2, pad) : undefined,
    ...fillOf(face),
    ...(edge === null ? {} : strokeOf(edge)),
  });
  svg.cover(frame);
}

/** From the edge of the text to what it is about. */
function drawArrow(svg: Svg, box: Box, [x, y]: [number, number], { color, width, style, bend, shrink }: Arrow): void {
  const from = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const whole = Math.hypot(x - from[0], y - from[1]);
  if (!(whole > 0)) return;
  const [cos, sin] = [(x - from[0]) / whole, (y - from[1]) / whole];
  const halfWidth = (box.right - box.left) / 2 + 2;
  const halfHeight = (box.bottom - box.top) / 2 + 2;
  const out = Math.min(halfWidth / Math.max(1e-9, Math.abs(cos)), halfHeight / Math.max(1e-9, Math.abs(sin)));
  const length = whole - out - shrink;
  if (length <= 0) return;
  const start: [number, number] = [from[0] + out * cos, from[1] + out * sin];
  const end: [number, number] = [start[0] + length * cos, start[1] + length * sin];
  if (style === 'fancy') {
    const [w, head, half] = [width / 2, Math.min(length, 3 * width), 1.5 * width];
    const corner = (along: number, aside: number): string =>
      `${digits(start[0] + along * cos - aside * sin)} ${digits(start[1] + along * sin + aside * cos)}`;
    const neck = length - head;
    const d = [corner(0, -w), corner(neck, -w), corner(neck, -half), corner(length, 0)];
    svg.path(`M${[...d, corner(neck, half), corner(neck, w), corner(0, w)].join('L')}Z`, {
      ...fillOf(color),
      ...strokeOf({ color: [0, 0, 0, 1], width: 1 }),
    });
    return;
  }
  const middle = [(start[0] + end[0]) / 2 - bend * length * sin, (start[1] + end[1]) / 2 + bend * length * cos];
  const stroke = { fill: 'none', ...strokeOf({ color, width }) };
  const at = (p: readonly number[]): string => p.map(digits).join(' ');
  svg.path(bend === 0 ? `M${at(start)}L${at(end)}` : `M${at(start)}Q${at(middle)} ${at(end)}`, stroke);
  const tip = (point: readonly number[], towards: readonly number[]): void => {
    const angle = Math.atan2(point[1] - towards[1], point[0] - towards[0]);
    const wing = (turn: number): number[] => [
      point[0] - 5 * Math.cos(angle + turn),
      point[1] - 5 * Math.sin(angle + turn),
    ];
    const filled = style.includes('|>') || style.includes('<|');
    const d = `M${at(wing(0.42))}L${at(point)}L${at(wing(-0.42))}`;
    svg.path(filled ? `${d}Z` : d, filled ? { ...stroke, ...fillOf(color) } : stroke);
  };
  if (style.includes('>')) tip(end, bend === 0 ? start : middle);
  if (style.startsWith('<')) tip(start, bend === 0 ? end : middle);
}
