/** Where the panels of a figure stand. */
import type { Figure } from './figure.ts';
import { drawAxis, drawTitles, shownAxes } from './frame.ts';
import { View } from './mark.ts';
import type { BarOfColors, Cell, Panel } from './panel.ts';
import { relaxed, stretched } from './scale.ts';
import type { Box } from './svg.ts';

/** Of the grid, in parts of the figure; the gaps in parts of a cell. */
export interface Margins {
  left: number;
  right: number;
  bottom: number;
  top: number;
  wspace: number;
  hspace: number;
}

export const MARGINS: Readonly<Margins> = {
  left: 0.125,
  right: 0.9,
  bottom: 0.11,
  top: 0.88,
  wspace: 0.2,
  hspace: 0.2,
};

const sum = (parts: readonly number[]): number => parts.reduce((total, part) => total + part, 0);

/** From where to where, of cells from `first` to `last`, in parts of what there is. */
function cells(
  count: number,
  gap: number,
  ratios: readonly number[] | null,
  first: number,
  last: number,
): [number, number] {
  const one = 1 / (count + gap * (count - 1));
  const shares = ratios === null || ratios.length !== count ? Array<number>(count).fill(1) : ratios;
  const widths = shares.map((share) => (share * count * one) / sum(shares));
  const start = (i: number): number => sum(widths.slice(0, i)) + i * gap * one;
  return [start(first), start(last) + widths[last]];
}

function cellBox(cell: Cell, margins: Margins, width: number, height: number): Box {
  const [x1, x2] = cells(cell.columns, margins.wspace, cell.widths, ...cell.column);
  const [y1, y2] = cells(cell.rows, margins.hspace, cell.heights, ...cell.row);
  const [left, right] = [margins.left * width, margins.right * width];
  const [top, bottom] = [(1 - margins.top) * height, (1 - margins.bottom) * height];
  return {
    left: left + x1 * (right - left),
    right: left + x2 * (right - left),
    top: top + y1 * (bottom - top),
    bottom: top + y2 * (bottom - top),
  };
}

/** What a strip of colours leaves of the panel beside it. */
const leftOver = (box: Box, { upright, fraction, pad }: BarOfColors): Box =>
  upright
    ? { ...box, right: box.right - (fraction + pad) * (box.right - box.left) }
    : { ...box, bottom: box.bottom - (fraction + pad) * (box.bottom - box.top) };

function barBox(whole: Box, { upright, fraction, shrink, aspect }: BarOfColors): Box {
  const [width, height] = [whole.right - whole.left, whole.bottom - whole.top];
  if (upright) {
    const tall = height * shrink;
    const left = whole.right - fraction * width;
    const top = whole.top + (height - tall) / 2;
    return { left, right: left + Math.min(fraction * width, tall / aspect), top, bottom: top + tall };
  }
  const long = width * shrink;
  const left = whole.left + (width - long) / 2;
  const top = whole.bottom - fraction * height;
  return { left, right: left + long, top, bottom: top + Math.min(fraction * height, long / aspect) };
}

const union = (boxes: readonly Box[]): Box => ({
  left: Math.min(...boxes.map((box) => box.left)),
  top: Math.min(...boxes.map((box) => box.top)),
  right: Math.max(...boxes.map((box) => box.right)),
  bottom: Math.max(...boxes.map((box) => box.bottom)),
});

type Sheet = Pick<Figure, 'panels' | 'width' | 'height'>;

/** The boxes of all panels, aspects not yet kept. */
function boxesOf({ panels, width, height }: Sheet, margins: Margins): Map<Panel, Box> {
  const boxes = new Map<Panel, Box>();
  for (const panel of panels) {
    if (panel.over !== null || panel.bar !== null) continue;
    if (panel.box !== null) {
      const [left, bottom, w, h] = panel.box;
      const top = (1 - bottom - h) * height;
      boxes.set(panel, { left: left * width, right: (left + w) * width, top, bottom: top + h * height });
    } else if (panel.cell !== null) boxes.set(panel, cellBox(panel.cell, margins, width, height));
  }
  for (const panel of panels) {
    const { bar } = panel;
    if (bar === null || panel.box !== null) continue;
    const own = bar.beside.flatMap((other) => boxes.get(other) ?? []);
    if (own.length === 0) continue;
    const whole = union(own);
    boxes.set(panel, barBox(whole, bar));
    const rest = leftOver(whole, bar);
    const shrink = (at: number, from: 'left' | 'top', to: 'right' | 'bottom'): number =>
      rest[from] + ((at - whole[from]) / (whole[to] - whole[from])) * (rest[to] - rest[from]);
    for (const other of bar.beside) {
      const box = boxes.get(other);
      if (box === undefined) continue;
      boxes.set(other, {
        left: shrink(box.left, 'left', 'right'),
        right: shrink(box.right, 'left', 'right'),
        top: shrink(box.top, 'top', 'bottom'),
        bottom: shrink(box.bottom, 'top', 'bottom'),
      });
    }
  }
  for (const panel of panels) {
    if (panel.bar !== null && panel.box !== null) {
      const [left, bottom, w, h] = panel.box;
      const top = (1 - bottom - h) * height;
      boxes.set(panel, { left: left * width, right: (left + w) * width, top, bottom: top + h * height });
    }
    const under = panel.over === null ? undefined : boxes.get(panel.over);
    if (under !== undefined) boxes.set(panel, under);
  }
  return boxes;
}

export interface Placed {
  readonly panel: Panel;
  readonly view: View;
}

/** A view of the panel within its box, its aspect kept. */
function viewOf(panel: Panel, box: Box): View {
  let [x1, x2] = panel.x.limits();
  let [y1, y2] = panel.y.limits();
  let place = box;
  const aspect = panel.aspect ?? panel.over?.aspect ?? null;
  if (aspect !== null) {
    const [u1, u2] = [x1, x2].map((x) => stretched(panel.x.scale, x));
    const [v1, v2] = [y1, y2].map((y) => stretched(panel.y.scale, y));
    const wanted = (aspect * Math.abs(v2 - v1)) / Math.abs(u2 - u1);
    const [width, height] = [box.right - box.left, box.bottom - box.top];
    if (Number.isFinite(wanted) && wanted > 0 && panel.fits === 'box') {
      const [w, h] = height / width > wanted ? [width, width * wanted] : [height / wanted, height];
      const left = box.left + (width - w) / 2;
      const top = box.top + (height - h) / 2;
      place = { left, right: left + w, top, bottom: top + h };
    } else if (Number.isFinite(wanted) && wanted > 0) {
      // The shorter direction shows more than its data.
      const grow = (from: number, to: number, by: number): [number, number] => {
        const [middle, half] = [(from + to) / 2, ((to - from) / 2) * by];
        return [middle - half, middle + half];
      };
      const ratio = height / width / wanted;
      if (ratio > 1) [y1, y2] = grow(v1, v2, ratio).map((v) => relaxed(panel.y.scale, v));
      else [x1, x2] = grow(u1, u2, 1 / ratio).map((u) => relaxed(panel.x.scale, u));
      if (ratio > 1) [panel.y.low, panel.y.high] = [y1, y2];
      else [panel.x.low, panel.x.high] = [x1, x2];
    }
  }
  return new View(place, panel.x.scale, panel.y.scale, [x1, x2], [y1, y2]);
}

const place = (figure: Figure, margins: Margins): Placed[] => {
  const boxes = boxesOf(figure, margins);
  return figure.panels.flatMap((panel) => {
    const box = boxes.get(panel);
    return box === undefined ? [] : [{ panel, view: viewOf(panel, box) }];
  });
};

/** How far what is written around a panel reaches. */
function reachOf(figure: Figure, { panel, view }: Placed): Box {
  const { style } = figure;
  if (!panel.axisOn || !panel.visible)
    return { ...view.box, top: drawTitles(null, panel, view.box, view.box.top, style) };
  const reach = union([
    view.box,
    ...shownAxes(panel, view, style)
      .filter(({ axis }) => axis.shown)
      .map((shown) => drawAxis(null, shown, panel, view, style)),
  ]);
  return { ...reach, top: Math.min(reach.top, drawTitles(null, panel, view.box, reach.top, style)) };
}

export function layOutFigure(figure: Figure): Placed[] {
  if (figure.tight === null) return place(figure, figure.margins);
  let margins = figure.margins;
  // What ticks say hangs on where they stand: twice is near enough.
  for (let round = 0; round < 2; round++) margins = tightened(figure, place(figure, margins), margins);
  return place(figure, margins);
}

/** Margins with room for all that is written, as `tight_layout` has them. */
function tightened(figure: Figure, placed: readonly Placed[], margins: Margins): Margins {
  const pad = figure.tight! * figure.style.font;
  const { width, height } = figure;
  const inGrid = placed.filter(({ panel }) => cellOf(panel) !== null);
  if (inGrid.length === 0) return margins;
  const first = cellOf(inGrid[0].panel)!;
  const { rows, columns } = first;
  const boxes = boxesOf({ width, height, panels: figure.panels.filter((p) => p.bar === null) }, margins);
  const left = Array<number>(columns + 1).fill(0);
  const right = Array<number>(columns + 1).fill(0);
  const top = Array<number>(rows + 1).fill(0);
  const bottom = Array<number>(rows + 1).fill(0);
  for (const one of inGrid) {
    const cell = cellOf(one.panel)!;
    if (cell.rows !== rows || cell.columns !== columns) continue;
    const box = boxes.get(cellPanel(one.panel)) ?? one.view.box;
    const reach = reachOf(figure, one);
    const put = (of: number[], at: number, by: number): void => {
      of[at] = Math.max(of[at], by);
    };
    put(left, cell.column[0], box.left - reach.left);
    put(right, cell.column[1] + 1, reach.right - box.right);
    put(top, cell.row[0], box.top - reach.top);
    put(bottom, cell.row[1] + 1, reach.bottom - box.bottom);
  }
  const title = figure.title === null ? 0 : (figure.title.size ?? figure.style.titleSize) + pad;
  const next = { ...margins };
  next.left = (left[0] + pad) / width;
  next.right = 1 - (right[columns] + pad) / width;
  next.top = 1 - (top[0] + pad + title) / height;
  next.bottom = (bottom[rows] + pad) / height;
  if (next.left >= next.right || next.bottom >= next.top) return margins;
  const gapX = Math.max(0, ...Array.from({ length: columns - 1 }, (_, i) => right[i + 1] + left[i + 1] + pad));
  const gapY = Math.max(0, ...Array.from({ length: rows - 1 }, (_, i) => bottom[i + 1] + top[i + 1] + pad));
  const inner = [(next.right - next.left) * width, (next.top - next.bottom) * height];
  const [w, h] = [(inner[0] - gapX * (columns - 1)) / columns, (inner[1] - gapY * (rows - 1)) / rows];
  if (columns > 1 && w > 0) next.wspace = gapX / w;
  if (rows > 1 && h > 0) next.hspace = gapY / h;
  return next;
}

const cellPanel = (panel: Panel): Panel => panel.over ?? panel.bar?.beside[0] ?? panel;
const cellOf = (panel: Panel): Cell | null => (panel.box === null ? cellPanel(panel).cell : null);
