/** The frame of a panel: ticks, their labels, grid, spines and titles. */
import type { View } from './mark.ts';
import type { Axis, Panel, Style } from './panel.ts';
import { type Scale, stretched } from './scale.ts';
import { type Box, digits, type Label, labelBox, type Stroke, type Svg, strokeOf } from './svg.ts';
import { fixedTicks, type Ticks, ticksOf } from './ticks.ts';

const upright = (axis: Axis): boolean => axis.side === 'left' || axis.side === 'right';

/** What an axis of this length, in points, says. */
export function axisTicks(
  axis: Axis,
  scale: Scale,
  limits: readonly [number, number],
  length: number,
  style: Style,
  categories: readonly string[] = [],
): Ticks {
  const [low, high] = [Math.min(...limits), Math.max(...limits)];
  const size = axis.tickSize ?? style.tickSize;
  const room = Math.floor(length / (size * (upright(axis) ? 2 : 3)));
  const fixed = axis.at ?? (categories.length > 0 ? categories.map((_, i) => i) : null);
  const found = fixed === null ? ticksOf(scale, low, high, room) : fixedTicks(scale, fixed, low, high);
  const told = axis.labels ?? (axis.at === null && categories.length > 0 ? [...categories] : null) ?? found.labels;
  const slack = 1e-9 * Math.abs(stretched(scale, high) - stretched(scale, low));
  const inside = (x: number): boolean => {
    const u = stretched(scale, x);
    return u >= stretched(scale, low) - slack && u <= stretched(scale, high) + slack;
  };
  const shown = found.at.map((x, i) => ({ x, label: told[i] ?? '' })).filter(({ x }) => inside(x));
  const { format } = axis;
  return {
    at: shown.map(({ x }) => x),
    labels: format === null ? shown.map(({ label }) => label) : shown.map(({ x }, i) => format(x, i)),
    minor: (axis.minor ?? (fixed === null ? minorOf(axis, scale, found, low, high) : [])).filter(inside),
    offset: fixed === null && format === null ? found.offset : '',
  };
}

function minorOf(axis: Axis, scale: Scale, { at, minor }: Ticks, low: number, high: number): readonly number[] {
  if (!axis.minorOn || scale.kind !== 'linear' || at.length < 2) return minor;
  const step = at[1] - at[0];
  const lead = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
  const parts = [1, 2.5, 5, 10].some((x) => Math.abs(x - lead) < 1e-6) ? 5 : 4;
  const out: number[] = [];
  for (let k = Math.ceil(((low - at[0]) / step) * parts); at[0] + (k * step) / parts <= high; k++)
    if (k % parts !== 0) out.push(at[0] + (k * step) / parts);
  return out;
}

interface Shown {
  readonly axis: Axis;
  readonly ticks: Ticks;
  readonly place: (value: number) => number;
}

export const shownAxes = (panel: Panel, view: View, style: Style): Shown[] =>
  bothAxes(panel, view, style).filter((_, i) => !(i === 0 ? panel.hidden.x : panel.hidden.y));

const bothAxes = (panel: Panel, view: View, style: Style): Shown[] => [
  {
    axis: panel.xAxis,
    ticks: axisTicks(panel.xAxis, panel.x.scale, panel.x.limits(), view.width, style, panel.x.categories),
    place: (value) => view.x(value),
  },
  {
    axis: panel.yAxis,
    ticks: axisTicks(panel.yAxis, panel.y.scale, panel.y.limits(), view.height, style, panel.y.categories),
    place: (value) => view.y(value),
  },
];

export function drawGrid(svg: Svg, { axis, ticks, place }: Shown, { box }: View): void {
  const draw = (at: readonly number[], stroke: Stroke): void => {
    const d = at
      .map((value) => digits(place(value)))
      .map((p) =>
        upright(axis)
          ? `M${digits(box.left)} ${p}L${digits(box.right)} ${p}`
          : `M${p} ${digits(box.top)}L${p} ${digits(box.bottom)}`,
      );
    svg.path(d.join(''), { fill: 'none', ...strokeOf(stroke) });
  };
  if (axis.grid !== null) draw(ticks.at, axis.grid);
  if (axis.minorGrid !== null) draw(ticks.minor, axis.minorGrid);
}

/** Ticks and what stands beside them; answers how far out that reaches. */
export function drawAxis(svg: Svg | null, { axis, ticks, place }: Shown, panel: Panel, view: View, style: Style): Box {
  const { box } = view;
  const spine = panel.spines[axis.side];
  const edge = spine.at === null ? box[axis.side] : upright(axis) ? view.x(spine.at) : view.y(spine.at);
  const out = axis.side === 'left' || axis.side === 'top' ? -1 : 1;
  const reach = { ...box };
  const cover = (other: Box): void => {
    reach.left = Math.min(reach.left, other.left);
    reach.top = Math.min(reach.top, other.top);
    reach.right = Math.max(reach.right, other.right);
    reach.bottom = Math.max(reach.bottom, other.bottom);
  };
  const write = (x: number, y: number, label: Label): void => {
    if (label.text === '') return;
    if (svg === null) cover(labelBox(x, y, label));
    else cover(svg.label(x, y, label));
  };
  const parts = { out: [0, 1], in: [-1, 0], inout: [-0.5, 0.5] }[axis.direction];
  const tick = (values: readonly number[], length: number, width: number): void => {
    const d = values.map((value) => {
      const p = digits(place(value));
      const [from, to] = parts.map((part) => digits(edge + out * part * length));
      return upright(axis) ? `M${from} ${p}L${to} ${p}` : `M${p} ${from}L${p} ${to}`;
    });
    svg?.path(d.join(''), { fill: 'none', ...strokeOf({ color: axis.tickColor ?? style.ink, width }) });
  };
  if (axis.ticksShown) {
    tick(ticks.at, axis.tickLength, axis.tickWidth);
    tick(ticks.minor, axis.tickLength * (2 / 3.5), 0.6);
  }
  const away = (axis.ticksShown ? parts[1] * axis.tickLength : 0) + axis.tickPad;
  const size = axis.tickSize ?? style.tickSize;
  const color = axis.tickTextColor ?? axis.tickColor ?? style.ink;
  const side = { left: 'right', right: 'left', bottom: 'center', top: 'center' } as const;
  const along = { left: 'center', right: 'center', bottom: 'top', top: 'bottom' } as const;
  const beside = edge + out * away;
  if (axis.labelsShown) {
    ticks.at.forEach((value, i) => {
      const at = place(value);
      const across = axis.across ?? side[axis.side];
      const label = { text: ticks.labels[i], size, color, across, along: along[axis.side], rotation: axis.rotation };
      if (upright(axis)) write(beside, at, label);
      else write(at, beside, label);
    });
    const end = upright(axis)
      ? {
          x: axis.side === 'left' ? box.left : box.right,
          y: box.top - 3,
          across: 'left' as const,
          along: 'bottom' as const,
        }
      : { x: box.right, y: reach.bottom + 2, across: 'right' as const, along: 'top' as const };
    if (ticks.offset !== '')
      write(end.x, end.y, { text: ticks.offset, size, color, across: end.across, along: end.along });
  }
  if (axis.label !== '') {
    const font = { size: axis.labelSize ?? style.labelSize, color: axis.labelColor ?? style.ink, bold: axis.labelBold };
    const from = { left: reach.left, right: reach.right, bottom: reach.bottom, top: reach.top }[axis.side];
    const at = from + out * axis.labelPad;
    if (upright(axis)) {
      const rotation = axis.labelRotation ?? 90;
      write(at, (box.top + box.bottom) / 2, {
        ...font,
        text: axis.label,
        across: side[axis.side],
        along: 'center',
        rotation,
      });
    } else
      write((box.left + box.right) / 2, at, { ...font, text: axis.label, across: 'center', along: along[axis.side] });
  }
  return reach;
}

export function drawSpines(svg: Svg, panel: Panel, view: View, style: Style): void {
  const { left, right, top, bottom } = view.box;
  for (const side of ['left', 'right', 'bottom', 'top'] as const) {
    const { shown, color, width, at } = panel.spines[side];
    if (!shown) continue;
    const stroke: Stroke = { color: color ?? style.edge, width, cap: 'square' };
    if (side === 'left' || side === 'right') {
      const x = at === null ? view.box[side] : view.x(at);
      svg.line(x, bottom, x, top, stroke);
    } else {
      const y = at === null ? view.box[side] : view.y(at);
      svg.line(left, y, right, y, stroke);
    }
  }
}

/** Above a panel and what stands on its upper side. */
export function drawTitles(svg: Svg | null, panel: Panel, box: Box, top: number, style: Style): number {
  let reach = top;
  for (const across of ['left', 'center', 'right'] as const) {
    const title = panel.titles[across];
    if (title === null || title.text === '') continue;
    const x = { left: box.left, center: (box.left + box.right) / 2, right: box.right }[across];
    const label: Label = {
      text: title.text,
      size: title.size ?? style.titleSize,
      color: title.color ?? style.ink,
      bold: title.bold,
      italic: title.italic,
      across,
      along: 'bottom',
    };
    const y = Math.min(box.top, top) - title.pad + 0.24 * label.size;
    const covered = svg === null ? labelBox(x, y, label) : svg.label(x, y, label);
    reach = Math.min(reach, covered.top);
  }
  return reach;
}
