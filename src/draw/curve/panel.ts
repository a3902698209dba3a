/** One of the two panels of a curve: its grid, its lines, and the signs at its breaks. */
import { View } from '../mark.ts';
import { LINEAR } from '../scale.ts';
import { type Box, digits, escapeText, type Svg } from '../svg.ts';
import { layOut } from '../text.ts';
import { type Ticks, ticksOf } from '../ticks.ts';
import { limitsOf } from './limits.ts';
import { pathThrough } from './path.ts';
import type { CurveData, SideOf } from './picture.ts';
import { COLORS } from './theme.ts';

export interface PanelSpec {
  readonly data: CurveData;
  readonly of: 'y' | 'dy';
  readonly size: number;
  /** Which colour the first series has. */
  readonly first: number;
  /** How far a line may be from where it belongs. */
  readonly slack: number;
}

/** Farther out nothing is seen of where a line goes. */
const FAR = 4000;

export interface Word {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly kind: string;
  readonly bold?: boolean;
}

export function write(svg: Svg, { x, y, text, size, anchor, kind, bold }: Word): void {
  svg.open('text', {
    x,
    y,
    class: kind,
    'font-size': size,
    'text-anchor': anchor === 'start' ? undefined : anchor,
    'font-weight': bold === true ? 600 : undefined,
  });
  svg.raw(escapeText(text));
  svg.close('text');
}

export class CurvePanel {
  readonly ticks: Ticks;
  readonly limits: readonly [number, number];
  private readonly spec: PanelSpec;

  constructor(spec: PanelSpec, height: number) {
    this.spec = spec;
    this.limits = limitsOf(spec.data.series, spec.of);
    this.ticks = ticksOf(LINEAR, ...this.limits, Math.max(2, Math.floor(height / (2.6 * spec.size))));
  }

  /** What the numbers beside it take. */
  get labelWidth(): number {
    return Math.max(0, ...this.ticks.labels.map((label) => layOut(label, this.spec.size).width));
  }

  /** `id` begins the names of what is referred to within the picture. */
  draw(svg: Svg, box: Box, xTicks: Ticks, id: string): void {
    const { data, of } = this.spec;
    const view = new View(box, LINEAR, LINEAR, [data.from, data.to], this.limits);
    this.drawGrid(svg, view, xTicks);
    const clip = `${id}-${of}`;
    svg.open('clipPath', { id: clip });
    svg.leaf('rect', { x: box.left, y: box.top, width: view.width, height: view.height });
    svg.close('clipPath');
    svg.open('g', { 'clip-path': `url(#${clip})` });
    this.drawOutside(svg, view, `${id}-h`);
    for (const { x, kind } of data.breaks) if (kind === 'pole') this.drawPole(svg, view, x);
    this.drawLines(svg, view);
    for (const one of data.breaks) {
      if (of === 'dy') this.drawSigns(svg, view, one, 'dy');
      else if (one.kind === 'jump' || one.kind === 'end') this.drawSigns(svg, view, one, 'y');
    }
    svg.close('g');
  }

  private drawGrid(svg: Svg, view: View, xTicks: Ticks): void {
    const { box } = view;
    const { size } = this.spec;
    const across = this.ticks.at.map((y) => `M${digits(box.left)} ${digits(view.y(y))}H${digits(box.right)}`);
    const along = xTicks.at.map((x) => `M${digits(view.x(x))} ${digits(box.top)}V${digits(box.bottom)}`);
    svg.path([...across, ...along].join(''), { class: 'grid', fill: 'none' });
    const [low, high] = this.limits;
    const { from, to } = this.spec.data;
    let zero = '';
    if (low < 0 && high > 0) zero += `M${digits(box.left)} ${digits(view.y(0))}H${digits(box.right)}`;
    if (from < 0 && to > 0) zero += `M${digits(view.x(0))} ${digits(box.top)}V${digits(box.bottom)}`;
    svg.path(zero, { class: 'zero', fill: 'none' });
    const kind = 'faint';
    this.ticks.at.forEach((y, i) => {
      const text = this.ticks.labels[i];
      write(svg, { x: box.left - 0.5 * size, y: view.y(y) + 0.36 * size, text, size, anchor: 'end', kind });
    });
    if (this.ticks.offset === '') return;
    write(svg, { x: box.right, y: box.top - 0.45 * size, text: this.ticks.offset, size, anchor: 'end', kind });
  }

  private drawOutside(svg: Svg, view: View, hatch: string): void {
    const { box } = view;
    const { domain, from, to } = this.spec.data;
    const parts: [number, number][] = [];
    if (domain.low > from) parts.push([box.left, view.x(Math.min(domain.low, to))]);
    if (domain.high < to) parts.push([view.x(Math.max(domain.high, from)), box.right]);
    for (const [left, right] of parts) {
      svg.leaf('rect', { x: left, y: box.top, width: right - left, height: view.height, fill: `url(#${hatch})` });
      const { size } = this.spec;
      const text = 'outside the domain';
      const { width } = layOut(text, size);
      if (right - left < width + 3 * size || view.height < 5 * size) continue;
      const middle = (left + right) / 2;
      const y = (box.top + box.bottom) / 2;
      svg.leaf('rect', {
        x: middle - width / 2 - size / 2,
        y: y - size,
        width: width + size,
        height: 1.6 * size,
        class: 'paper',
      });
      write(svg, { x: middle, y: y + 0.16 * size, text, size, anchor: 'middle', kind: 'faint' });
    }
  }

  private drawPole(svg: Svg, view: View, x: number): void {
    const { top, bottom } = view.box;
    const d = `M${digits(view.x(x))} ${digits(top)}V${digits(bottom)}`;
    svg.path(d, { class: 'line', fill: 'none', 'stroke-width': 1.5, 'stroke-dasharray': '6 4' });
  }

  private drawLines(svg: Svg, view: View): void {
    const { data, of, slack, size } = this.spec;
    const { box } = view;
    data.series.forEach(({ pieces, same }, s) => {
      if (same) return;
      const d = pieces
        .map(({ x, ...piece }) => {
          const places = x.map((value, i): [number, number] => {
            const at = piece[of][i];
            return [view.x(value), Math.max(box.top - FAR, Math.min(box.bottom + FAR, view.y(at)))];
          });
          return pathThrough(places, slack);
        })
        .join('');
      svg.path(d, {
        class: this.color('s', s),
        fill: 'none',
        'stroke-width': digits(Math.max(1.2, size / 5.5)),
        'stroke-dasharray': this.dash(s),
      });
    });
  }

  /** What one-sided limits there are, as open circles, and what PyTorch takes, as a dot. */
  private drawSigns(svg: Svg, view: View, one: CurveData['breaks'][number], of: 'y' | 'dy'): void {
    const { data, size } = this.spec;
    const s = one.series === undefined ? 0 : data.series.findIndex(({ name }) => name === one.series);
    const [low, high] = this.limits;
    const r = 0.4 * size;
    const place = (at: SideOf): number | undefined => {
      const value = at?.[of];
      return value !== undefined && value >= low && value <= high ? view.y(value) : undefined;
    };
    const cx = view.x(one.x);
    for (const at of [one.left, one.right]) {
      const cy = place(at);
      if (cy !== undefined)
        svg.leaf('circle', { cx, cy, r, class: `paper ${this.color('s', s)}`, 'stroke-width': 1.5 });
    }
    const cy = place(one.value);
    if (cy !== undefined) svg.leaf('circle', { cx, cy, r: 0.6 * r, class: this.color('t', s) });
  }

  private color(kind: 's' | 't', series: number): string {
    return `${kind}${(this.spec.first + series) % COLORS}`;
  }

  private dash(series: number): string | undefined {
    return series < COLORS ? undefined : '5 3';
  }
}
