/** A function over its derivative, as one SVG with words for who cannot see it. */
import { formulaOf, wrapped } from '../formula.ts';
import { LINEAR } from '../scale.ts';
import { type Box, digits, escapeText, Svg } from '../svg.ts';
import { FONT, layOut, type Run, runsWidth } from '../text.ts';
import { ticksOf } from '../ticks.ts';
import { describe } from './describe.ts';
import { CurvePanel, write } from './panel.ts';
import { COLORS, styleOf, type Theme } from './theme.ts';

export type SideOf = { readonly y: number; readonly dy: number } | null;

export interface CurveSeries {
  readonly name: string;
  readonly pieces: readonly {
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly dy: readonly number[];
  }[];
  /** Drawn with an earlier one, which it is the same as. */
  readonly same?: boolean;
  /** The names under which it is drawn. */
  readonly legend?: string;
}

export interface CurveData {
  readonly from: number;
  readonly to: number;
  /** Where the function has values. */
  readonly domain: { readonly low: number; readonly high: number };
  readonly series: readonly CurveSeries[];
  readonly breaks: readonly {
    readonly x: number;
    readonly kind: 'kink' | 'jump' | 'pole' | 'end';
    readonly series?: string;
    readonly left: SideOf;
    readonly right: SideOf;
    readonly value: SideOf;
  }[];
}

export interface CurvePicture extends CurveData {
  /** The function's name, and the call that it is of. */
  readonly name: string;
  readonly call: string;
  /** What runs along the axis. */
  readonly variable: string;
  /** LaTeX. */
  readonly formula: string;
  readonly derivative?: string;
}

export interface CurveLook {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

/** A picture of more is drawn with less care for the tenths of a unit. */
const MOST_BYTES = 46_000;

/** By the letters of a text: a name for the picture that no other picture in a page has. */
function idOf(text: string): string {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return `curve-${(hash >>> 0).toString(36)}`;
}

/** Series that are everywhere the same are drawn as one, under both names. */
function together(data: CurvePicture): CurvePicture {
  const known = new Map<string, number>();
  const names: string[][] = data.series.map(({ name }) => [name]);
  const same = data.series.map(({ pieces }, s) => {
    const key = data.series.length === 1 ? '' : JSON.stringify(pieces);
    const first = known.get(key);
    if (first === undefined) known.set(key, s);
    else names[first].push(data.series[s].name);
    return first !== undefined;
  });
  return { ...data, series: data.series.map((one, s) => ({ ...one, legend: names[s].join(', '), same: same[s] })) };
}

/** The picture. `step` is told what it costs. */
export function curveSvg(data: CurvePicture, look: CurveLook, step: (cost: number) => void = () => {}): string {
  const joined = together(data);
  let svg = '';
  for (const slack of [0.08, 0.3, 1, 3]) {
    svg = drawn(joined, look, slack, step);
    if (svg.length < MOST_BYTES) break;
  }
  return svg;
}

interface Caption {
  readonly lines: readonly (readonly Run[])[];
  readonly size: number;
}

const plain = (text: string): Run => ({ text, italic: false, scale: 1, rise: 0 });

/** Formula, derivative, and what the signs mean, in as many lines as they take. */
function captionOf(data: CurvePicture, width: number, size: number): Caption {
  const texts: Run[][] = [];
  const add = (latex: string, name: string): void => {
    const { runs, named } = formulaOf(latex);
    texts.push(named ? [...runs] : [plain(`${name} = `), ...runs]);
  };
  const argument = data.variable === 'input' ? '(x)' : '';
  add(data.formula, `${data.name}${argument}`);
  if (data.derivative !== undefined) add(data.derivative, `${data.name}′${argument}`);
  const signs = data.breaks.some(({ kind }) => kind === 'kink' || kind === 'jump');
  if (signs) texts.push([plain('○ limit from one side   ● what PyTorch takes at the place itself, by convention')]);
  return { lines: texts.flatMap((runs) => wrapped(runs, width / size)), size };
}

function drawRuns(svg: Svg, x: number, y: number, size: number, runs: readonly Run[]): void {
  svg.open('text', { x, y, class: 'ink', 'font-size': size, 'xml:space': 'preserve' });
  let line = 0;
  for (const { text, scale, rise } of runs) {
    const shift = line - rise;
    if (shift === 0 && scale === 1) svg.raw(escapeText(text));
    else svg.raw(`<tspan dy="${digits(shift * size)}" font-size="${digits(scale * size)}">${escapeText(text)}</tspan>`);
    line = rise;
  }
  svg.close('text');
}

function drawn(data: CurvePicture, look: CurveLook, slack: number, step: (cost: number) => void): string {
  const { width, height } = look;
  const svg = new Svg(step);
  const id = idOf(`${data.call} ${data.from} ${data.to} ${width} ${height} ${look.theme}`);
  const size = Math.max(6, Math.min(14, width / 58, height / 42));
  const small = height < 22 * size || width < 26 * size;
  const pad = small ? 0.6 * size : 1.4 * size;
  const several = data.series.length > 1;
  const spec = { data, size, slack } as const;

  let top = pad;
  const title = titleOf(data, width - 2 * pad, 1.25 * size);
  if (!small) top += title.size * 1.1;
  const legend = small || !several ? [] : legendOf(data, width - 2 * pad, size);
  const caption = small ? { lines: [], size } : captionOf(data, width - 2 * pad, size);
  const bottom = height - pad - caption.lines.length * caption.size * 1.55;
  const nameRoom = small ? 0.4 * size : 2.3 * size;
  const room = bottom - top - legend.length * 1.6 * size - 2 * nameRoom - (small ? 1.5 : 3.1) * size;
  const heights = [0.55 * room, 0.45 * room];
  const panels = [
    new CurvePanel({ ...spec, of: 'y', first: 0 }, heights[0]),
    new CurvePanel({ ...spec, of: 'dy', first: several ? 0 : 1 }, heights[1]),
  ];
  const left = pad + Math.max(...panels.map((panel) => panel.labelWidth)) + 0.5 * size;
  const right = width - pad - 0.4 * size;
  const xTicks = ticksOf(LINEAR, data.from, data.to, Math.max(2, Math.floor((right - left) / (4 * size))));

  if (!small) write(svg, { x: pad, y: top, text: title.text, size: title.size, kind: 'ink', bold: true });
  for (const row of legend) {
    top += 1.6 * size;
    for (const { x, text, color } of row) write(svg, { x: pad + x, y: top, text, size, kind: `t${color}`, bold: true });
  }
  const argument = data.variable === 'input' ? '(x)' : '';
  const names = [`${data.name}${argument}`, `${data.name}′${argument}, its derivative`];
  let box: Box = { left, right, top, bottom: top };
  panels.forEach((panel, i) => {
    const y = box.bottom + nameRoom;
    box = { left, right, top: y, bottom: y + heights[i] };
    panel.draw(svg, box, xTicks, id);
    const kind = several ? 'ink' : `t${i}`;
    if (!small) write(svg, { x: left, y: y - 0.6 * size, text: names[i], size: 1.05 * size, kind, bold: true });
  });
  const scale = (x: number): number => left + ((x - data.from) / (data.to - data.from)) * (right - left);
  xTicks.at.forEach((x, i) => {
    const text = xTicks.labels[i];
    write(svg, { x: scale(x), y: box.bottom + 1.3 * size, text, size, anchor: 'middle', kind: 'faint' });
  });
  if (!small) {
    const text = `x (${data.variable})${xTicks.offset === '' ? '' : `, in ${xTicks.offset}`}`;
    write(svg, { x: (left + right) / 2, y: box.bottom + 2.6 * size, text, size, anchor: 'middle', kind: 'ink' });
  }
  caption.lines.forEach((runs, i) => {
    const y = height - pad - 0.2 * size - (caption.lines.length - 1 - i) * caption.size * 1.55;
    drawRuns(svg, pad, y, caption.size, runs);
  });
  return page(svg, id, data, look);
}

/** The call, as small as it has to be. */
function titleOf({ call }: CurvePicture, width: number, size: number): { text: string; size: number } {
  // Bold letters are wider.
  const taken = 1.1 * layOut(call, size).width;
  if (taken <= width) return { text: call, size };
  const least = 0.72 * size;
  const fitting = Math.max(least, (size * width) / taken);
  const letters = Math.floor((call.length * width * size) / (taken * fitting));
  return { text: letters < call.length ? `${call.slice(0, Math.max(1, letters - 1))}…` : call, size: fitting };
}

interface Entry {
  readonly x: number;
  readonly text: string;
  readonly color: number;
}

/** Names of series in rows. */
function legendOf({ series }: CurvePicture, width: number, size: number): Entry[][] {
  const rows: Entry[][] = [[]];
  let x = 0;
  series.forEach((one, s) => {
    if (one.same) return;
    const text = `━ ${one.legend ?? one.name}`;
    const taken = 1.12 * runsWidth([plain(text)]) * size + 1.6 * size;
    if (x > 0 && x + taken > width) {
      rows.push([]);
      x = 0;
    }
    rows[rows.length - 1].push({ x, text, color: s % COLORS });
    x += taken;
  });
  return rows;
}

function page(svg: Svg, id: string, data: CurvePicture, { width, height, theme }: CurveLook): string {
  const title = `${data.name} and its derivative`;
  const head = [
    `<svg xmlns="http://www.w3.org/2000/svg" id="${id}" role="img" aria-labelledby="${id}-t ${id}-d"`,
    ` width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeText(FONT)}" stroke-linejoin="round">`,
    `<title id="${id}-t">${escapeText(title)}</title><desc id="${id}-d">${escapeText(describe(data))}</desc>`,
    `<style>${styleOf(id, theme)}</style>`,
    `<defs><pattern id="${id}-h" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">`,
    `<path d="M0 0V8" class="zero" stroke-width="1.6"/></pattern></defs>`,
    `<rect width="${width}" height="${height}" class="paper"/>`,
  ];
  return `${head.join('')}${svg.content}</svg>`;
}
