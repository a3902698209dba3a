/** A graph in Mermaid's language. */
import type { Box, Boxes } from './boxes.ts';
import { type PictureSettings, Pieces, type Theme } from './model.ts';
import { PALETTES, type Palette } from './palette.ts';
import { attrsOf, graphSentence, kindOf, shownValues, timesOf, titleOf, valueLines } from './say.ts';

/**
 * Mermaid looks for directives, styles and Markdown within quotes, too: all that could be read as anything but
 * itself is written by its number.
 */
const written = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .replace(/[^\p{L}\p{M}\p{N} _.,[\]()=+→×·…−-]/gu, (c) => `#${c.codePointAt(0)};`);

const SHAPES = {
  leaf: ['(["', '"])'],
  node: ['["', '"]'],
  fold: ['[["', '"]]'],
} as const;

function classOf({ graph }: Boxes, box: Box): string {
  if (box.kind !== 'leaf') return box.back ? 'back' : 'node';
  const { role, requiresGrad } = graph.values[box.values[0]];
  return requiresGrad ? 'parameter' : role === 'input' ? 'input' : 'constant';
}

function labelOf(boxes: Boxes, box: Box): string {
  const { values } = boxes.graph;
  const title = [titleOf(boxes, box), timesOf(box)].filter((part) => part !== '').join(' ');
  const lines = [title, attrsOf(boxes, box)];
  for (const value of shownValues(box)) {
    lines.push(...valueLines(values[value]));
    const kind = kindOf(values[value]);
    if (kind.startsWith('gradient')) lines.push(kind);
  }
  return lines
    .filter((line) => line !== '')
    .map(written)
    .join('<br/>');
}

const CLASSES = ['node', 'back', 'input', 'parameter', 'constant'] as const;

function styles(palette: Palette): string {
  return CLASSES.map((name) => {
    const { fill, line } = palette[name];
    return `  classDef ${name} fill:${fill},stroke:${line},color:${palette.ink}\n`;
  }).join('');
}

const paletteOf = (theme: Theme): Palette => PALETTES[theme === 'dark' ? 'dark' : 'light'];

export function writeMermaid(boxes: Boxes, { theme, tick }: PictureSettings): string {
  const { graph } = boxes;
  const out = new Pieces(tick);
  out.add('flowchart TD\n').add(`  accTitle: Computation graph\n  accDescr: ${written(graphSentence(boxes))}\n`);
  boxes.boxes.forEach((box, i) => {
    const [open, close] = SHAPES[box.kind];
    out.add(`  n${i}${open}${labelOf(boxes, box)}${close}:::${classOf(boxes, box)}\n`);
  });
  const thick: number[] = [];
  for (const { value, from, to } of boxes.wires) {
    const several = boxes.boxes[from].values.length > 1 ? `|"${written(graph.values[value].name)}"|` : '';
    for (const target of to) {
      const saved = boxes.boxes[target].back && !boxes.boxes[from].back;
      out.add(`  n${from} ${saved ? '-.->' : '-->'}${several} n${target}\n`);
    }
  }
  boxes.boxes.forEach((box, i) => {
    if (box.values.some((value) => graph.values[value].output)) thick.push(i);
  });
  out.add(styles(paletteOf(theme)));
  for (const i of thick) out.add(`  style n${i} stroke-width:3px\n`);
  return out.toString();
}
