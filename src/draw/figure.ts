/** A figure: panels on a sheet, and its picture as SVG. */
import { type Color, NO_COLOR, WHITE } from './color.ts';
import { drawBar } from './colorbar.ts';
import { drawAxis, drawGrid, drawSpines, drawTitles, shownAxes } from './frame.ts';
import { layOutFigure, MARGINS, type Margins, type Placed } from './layout.ts';
import { drawLegend, type LegendSpec } from './legend.ts';
import { View } from './mark.ts';
import { WordsMark } from './marks/words.ts';
import { type Panel, PLAIN, type Style, type Title } from './panel.ts';
import { LINEAR } from './scale.ts';
import { fillOf, Svg } from './svg.ts';

/** Points in an inch. */
export const INCH = 72;
/** What is left blank around a picture, in points. */
const PAD = 7.2;

export class Figure {
  /** In points. */
  width: number;
  height: number;
  dpi = 100;
  face: Color = WHITE;
  style: Style;
  readonly panels: Panel[] = [];
  readonly margins: Margins = { ...MARGINS };
  /** Room around panels in sizes of their text, where they are laid out by what is written around them. */
  tight: number | null = null;
  title: (Title & { x: number; y: number }) | null = null;
  labels: { x: Title | null; y: Title | null } = { x: null, y: null };
  readonly words: WordsMark[] = [];
  legend: LegendSpec | null = null;

  constructor(width: number, height: number, style: Style = PLAIN) {
    this.width = width * INCH;
    this.height = height * INCH;
    this.style = style;
  }

  /** Numbers that it holds. */
  get size(): number {
    return this.panels.reduce((sum, panel) => sum + panel.size, 64);
  }
}

/** The picture, cut to what is on it unless `whole`. `step` is told what it costs. */
export function svgOf(
  figure: Figure,
  step: (cost: number) => void,
  { whole = false, transparent = false } = {},
): string {
  const svg = new Svg(step);
  const placed = layOutFigure(figure);
  // Panels that lie over others are drawn after them.
  const order = [...placed].sort((a, b) => Number(a.panel.over !== null) - Number(b.panel.over !== null));
  for (const one of order) if (one.panel.visible) drawPanel(svg, figure, one);
  const sheet = { left: 0, top: 0, right: figure.width, bottom: figure.height };
  const page = new View(sheet, LINEAR, LINEAR, [0, 1], [0, 1]);
  for (const words of figure.words) words.write(svg, page, sheet);
  writeTitles(svg, figure, placed);
  if (figure.legend !== null) drawLegend(svg, figure.legend, page, figure.style, []);
  const { ink } = svg;
  const empty = ink.left > ink.right;
  const box =
    whole || empty
      ? sheet
      : { left: ink.left - PAD, top: ink.top - PAD, right: ink.right + PAD, bottom: ink.bottom + PAD };
  return svg.document(box, transparent ? NO_COLOR : figure.face);
}

function writeTitles(svg: Svg, figure: Figure, placed: readonly Placed[]): void {
  const { width, height, style } = figure;
  const font = (title: Title, size: number) => ({
    text: title.text,
    size: title.size ?? size,
    color: title.color ?? style.ink,
    bold: title.bold,
    italic: title.italic,
  });
  if (figure.title !== null) {
    const { x, y } = figure.title;
    const up = figure.tight === null ? (1 - y) * height : Math.min((1 - y) * height, 6);
    svg.label(x * width, up, { ...font(figure.title, style.titleSize), across: 'center', along: 'top' });
  }
  const boxes = placed.map(({ view }) => view.box);
  if (figure.labels.x !== null)
    svg.label(width / 2, height - 4, { ...font(figure.labels.x, style.titleSize), across: 'center', along: 'bottom' });
  if (figure.labels.y !== null && boxes.length > 0)
    svg.label(4, height / 2, {
      ...font(figure.labels.y, style.titleSize),
      across: 'left',
      along: 'center',
      rotation: 90,
    });
}

function drawPanel(svg: Svg, figure: Figure, { panel, view }: Placed): void {
  const { style } = figure;
  const { box } = view;
  const face = panel.face ?? style.face;
  if (panel.axisOn && panel.over === null && face[3] > 0)
    svg.leaf('rect', { x: box.left, y: box.top, width: view.width, height: view.height, ...fillOf(face) });
  svg.cover(box);
  if (panel.bar !== null) drawBar(svg, panel, view);
  const axes = panel.axisOn ? shownAxes(panel, view, style) : [];
  const below = { true: 0.5, line: 1.5, false: 2.5 }[`${panel.gridBelow}`];
  const layers = [
    ...panel.marks.filter((mark) => mark.visible).map((mark) => ({ at: mark.zorder, mark })),
    ...axes.map((shown) => ({ at: below, shown })),
  ].sort((a, b) => a.at - b.at);
  svg.within(box, () => {
    for (const layer of layers) {
      if ('shown' in layer) drawGrid(svg, layer.shown, view);
      else if (layer.mark.clipped) layer.mark.draw(svg, view);
    }
  });
  let top = box.top;
  for (const shown of axes) if (shown.axis.shown) top = Math.min(top, drawAxis(svg, shown, panel, view, style).top);
  if (panel.axisOn && panel.framed) drawSpines(svg, panel, view, style);
  const sheet = { left: 0, top: 0, right: figure.width, bottom: figure.height };
  for (const layer of layers) {
    if ('shown' in layer || layer.mark.clipped) continue;
    if (layer.mark instanceof WordsMark) layer.mark.write(svg, view, sheet);
    else layer.mark.draw(svg, view);
  }
  drawTitles(svg, panel, box, top, style);
  if (panel.legend !== null) drawLegend(svg, panel.legend, view, style, placesOf(panel, view));
}

/** Data that a legend had better not cover; a NaN stands between two marks. */
function* placesOf(panel: Panel, view: View): Generator<readonly [number, number]> {
  let left = 20_000;
  for (const mark of panel.marks) {
    if (!mark.visible) continue;
    yield [Number.NaN, Number.NaN];
    for (const place of mark.places(view)) {
      if (--left < 0) return;
      yield place;
    }
  }
}
