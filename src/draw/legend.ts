/** Which line is which. */
import { type Color, WHITE } from './color.ts';
import type { Key, View } from './mark.ts';
import { drawMarkers } from './marks/line.ts';
import type { Style } from './panel.ts';
import { type Box, fillOf, type Svg, strokeOf } from './svg.ts';
import { DESCENT, layOut } from './text.ts';

export interface LegendSpec {
  readonly entries: readonly { readonly label: string; readonly key: Key }[];
  readonly loc: string;
  readonly size: number | null;
  readonly title: string | null;
  readonly columns: number;
  readonly frame: boolean;
  readonly opacity: number;
  readonly face: Color | null;
  readonly edge: Color | null;
  /** Where `loc` of the legend stands, in parts of the panel. */
  readonly anchor: readonly number[] | null;
  readonly markerScale: number;
}

export const PLACES = [
  'best',
  'upper right',
  'upper left',
  'lower left',
  'lower right',
  'right',
  'center left',
  'center right',
  'lower center',
  'upper center',
  'center',
] as const;

/** In sizes of its text, as matplotlib has them. */
const PAD = 0.4;
const SPACING = 0.5;
const HANDLE = 2;
const HANDLE_HEIGHT = 0.7;
const HANDLE_PAD = 0.8;
const GAP = 0.5;
const COLUMN_GAP = 2;

export function drawLegend(
  svg: Svg,
  spec: LegendSpec,
  view: View,
  style: Style,
  marks: Iterable<readonly [number, number]>,
): void {
  const size = spec.size ?? style.font;
  const blocks = spec.entries.map(({ label }) => layOut(label, size));
  const columns = Math.max(1, Math.min(spec.columns, blocks.length));
  const perColumn = Math.ceil(blocks.length / columns);
  const titled = spec.title === null || spec.title === '' ? null : layOut(spec.title, size);
  const widths = Array.from({ length: columns }, (_, c) => {
    const own = blocks.slice(c * perColumn, (c + 1) * perColumn);
    return own.length === 0 ? 0 : (HANDLE + HANDLE_PAD) * size + Math.max(...own.map((block) => block.width));
  });
  const rows = Array.from({ length: perColumn }, (_, r) =>
    Math.max(size, ...blocks.filter((_, i) => i % perColumn === r).map((block) => block.height)),
  );
  const inner = widths.reduce((sum, w) => sum + w, 0) + (columns - 1) * COLUMN_GAP * size;
  const width = Math.max(inner, titled?.width ?? 0) + 2 * PAD * size;
  const head = titled === null ? 0 : titled.height + SPACING * size;
  const height = rows.reduce((sum, h) => sum + h, 0) + (perColumn - 1) * SPACING * size + 2 * PAD * size + head;
  const at = placed(spec, view, width, height, size, marks);
  const box = { left: at[0], top: at[1], right: at[0] + width, bottom: at[1] + height };
  svg.cover(box);
  if (spec.frame) {
    const face = spec.face ?? (style.face[3] === 0 ? WHITE : style.face);
    svg.leaf('rect', {
      x: box.left,
      y: box.top,
      width,
      height,
      rx: 0.2 * size,
      ...fillOf([face[0], face[1], face[2], spec.opacity]),
      ...strokeOf({ color: spec.edge ?? [0.8, 0.8, 0.8, spec.opacity], width: 1 }),
    });
  }
  let top = box.top + PAD * size;
  if (titled !== null) {
    svg.label((box.left + box.right) / 2, top, {
      text: spec.title!,
      size,
      color: style.ink,
      across: 'center',
      along: 'top',
    });
    top += head;
  }
  spec.entries.forEach(({ label, key }, i) => {
    const [column, row] = [Math.floor(i / perColumn), i % perColumn];
    const x = box.left + PAD * size + widths.slice(0, column).reduce((sum, w) => sum + w + COLUMN_GAP * size, 0);
    const y = top + rows.slice(0, row).reduce((sum, h) => sum + h + SPACING * size, 0);
    const middle = y + rows[row] / 2;
    drawKey(svg, key, x, middle, size, spec.markerScale);
    svg.label(x + (HANDLE + HANDLE_PAD) * size, y + rows[row] / 2 - DESCENT * 0.1 * size, {
      text: label,
      size,
      color: style.ink,
      along: 'center',
    });
  });
}

function drawKey(svg: Svg, key: Key, x: number, y: number, size: number, markerScale: number): void {
  const right = x + HANDLE * size;
  if (key.patch !== undefined) {
    const half = (HANDLE_HEIGHT * size) / 2;
    const { face, edge } = key.patch;
    const rim = edge === undefined ? {} : strokeOf(edge);
    svg.leaf('rect', { x, y: y - half, width: right - x, height: 2 * half, ...fillOf(face), ...rim });
  }
  if (key.line !== undefined) svg.line(x, y, right, y, key.line);
  if (key.marker !== undefined)
    drawMarkers(svg, [[(x + right) / 2, y]], { ...key.marker, size: key.marker.size * markerScale });
}

const ACROSS: Readonly<Record<string, number>> = { left: 0, right: 1 };
const DOWN: Readonly<Record<string, number>> = { upper: 0, lower: 1 };

function corner(loc: string): [number, number] {
  const words = loc === 'right' ? ['center', 'right'] : loc.split(' ');
  return [ACROSS[words[1] ?? ''] ?? 0.5, DOWN[words[0]] ?? 0.5];
}

function placed(
  spec: LegendSpec,
  view: View,
  width: number,
  height: number,
  size: number,
  marks: Iterable<readonly [number, number]>,
): [number, number] {
  const gap = GAP * size;
  if (spec.anchor !== null) {
    const [u, v, w = 0, h = 0] = spec.anchor;
    const [across, down] = corner(spec.loc === 'best' ? 'upper right' : spec.loc);
    const left = view.box.left + u * view.width;
    const bottom = view.box.bottom - v * view.height;
    const [right, top] = [left + w * view.width, bottom - h * view.height];
    const at = (from: number, to: number, part: number, length: number): number =>
      from + part * (to - from - length) + (0.5 - part) * 2 * gap;
    return [at(left, right, across, width), at(top, bottom, down, height)];
  }
  const inner = { left: view.box.left + gap, top: view.box.top + gap };
  const free = [view.width - 2 * gap - width, view.height - 2 * gap - height];
  const at = (loc: string): [number, number] => {
    const [across, down] = corner(loc);
    return [inner.left + across * free[0], inner.top + down * free[1]];
  };
  if (spec.loc !== 'best') return at(spec.loc);
  const candidates = PLACES.slice(1).map(at);
  const covered = candidates.map(() => 0);
  const boxes: Box[] = candidates.map(([left, top]) => ({ left, top, right: left + width, bottom: top + height }));
  let before: readonly [number, number] | null = null;
  for (const place of marks) {
    for (const [x, y] of before === null ? [place] : between(before, place)) {
      boxes.forEach((box, i) => {
        if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) covered[i]++;
      });
    }
    before = place;
  }
  return candidates[covered.indexOf(Math.min(...covered))];
}

/** Places on the way, so that a long stroke counts where it passes. NaN ends a line. */
function between(from: readonly [number, number], to: readonly [number, number]): (readonly [number, number])[] {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (!Number.isFinite(length)) return [to];
  const steps = Math.min(40, Math.max(1, Math.floor(length / 10)));
  return Array.from({ length: steps }, (_, k) => {
    const share = (k + 1) / steps;
    return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])] as const;
  });
}
