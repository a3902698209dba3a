/** A graph in Graphviz's language. */
import type { Box, Boxes } from './boxes.ts';
import { type PictureSettings, Pieces, type Theme } from './model.ts';
import { PALETTES, type Palette } from './palette.ts';
import {
  attrsOf,
  callOf,
  graphSentence,
  kindOf,
  sentenceOf,
  shownValues,
  timesOf,
  titleOf,
  valueLines,
} from './say.ts';

/** Between two quotes: of a backslash Graphviz makes something else, and no character may be a control. */
const quote = (text: string): string =>
  `"${text
    .toWellFormed()
    .replaceAll('\n', ' ')
    .replace(/\p{Cc}/gu, '')
    .replace(/[\\"]/g, '\\$&')}"`;

/** Lines of a label, one below the other. */
const label = (lines: readonly string[]): string => `"${lines.map((line) => quote(line).slice(1, -1)).join('\\n')}"`;

/** Graphviz has no reader whose scheme it could follow. */
const paletteOf = (theme: Theme): Palette => PALETTES[theme === 'dark' ? 'dark' : 'light'];

function linesOf(boxes: Boxes, box: Box): string[] {
  const title = [titleOf(boxes, box), timesOf(box)].filter((part) => part !== '').join(' ');
  const { values } = boxes.graph;
  return [title, attrsOf(boxes, box), ...shownValues(box).flatMap((value) => valueLines(values[value]))].filter(
    (line) => line !== '',
  );
}

function colorsOf({ graph }: Boxes, box: Box, palette: Palette): { fill: string; line: string } {
  if (box.kind !== 'leaf') return palette[box.back ? 'back' : 'node'];
  const { role, requiresGrad } = graph.values[box.values[0]];
  if (requiresGrad) return palette.parameter;
  return palette[role === 'input' ? 'input' : 'constant'];
}

export function writeDot(boxes: Boxes, { theme, tick }: PictureSettings): string {
  const palette = paletteOf(theme);
  const { graph } = boxes;
  const out = new Pieces(tick);
  out.add('digraph gradwire {\n');
  out.add(
    `  graph [rankdir=TB, bgcolor="${palette.paper}", label=${quote(graphSentence(boxes))}, fontcolor="${palette.ink}", fontname="Arial"];\n`,
  );
  out.add(`  node [style="filled", fontname="Arial", fontsize=11, fontcolor="${palette.ink}"];\n`);
  out.add(`  edge [color="${palette.wire}"];\n`);
  boxes.boxes.forEach((box, i) => {
    const { fill, line } = colorsOf(boxes, box, palette);
    const outputs = box.values.some((value) => graph.values[value].output);
    const shape = box.kind === 'leaf' ? 'ellipse' : box.kind === 'fold' ? 'box3d' : 'box';
    const said = box.kind === 'leaf' ? sentenceOf(graph.values[box.values[0]]) : callOf(boxes, box);
    const wide = outputs ? ', penwidth=2.5' : '';
    const note = box.values.map((value) => kindOf(graph.values[value])).find((kind) => kind.startsWith('gradient'));
    const lines = note === undefined ? linesOf(boxes, box) : [...linesOf(boxes, box), note];
    out.add(
      `  n${i} [label=${label(lines)}, shape=${shape}, fillcolor="${fill}", color="${line}"${wide}, tooltip=${quote(said)}];\n`,
    );
  });
  const beside = new Set<number>();
  boxes.boxes.forEach(({ back, of }, i) => {
    if (!back || of < 0 || boxes.boxes[of].back || beside.has(of)) return;
    beside.add(of);
    out.add(`  { rank=same; n${of}; n${i}; }\n`);
  });
  for (const { value, from, to } of boxes.wires) {
    const several = boxes.boxes[from].values.length > 1 ? `, label=${quote(graph.values[value].name)}` : '';
    for (const target of to) {
      const both = beside.size > 0;
      if (both && boxes.boxes[from].back) {
        // The backward pass goes up, beside the forward pass that it follows.
        out.add(`  n${target} -> n${from} [dir=back, color="${palette.back.line}"${several}];\n`);
      } else if (both && boxes.boxes[target].back) {
        out.add(`  n${from} -> n${target} [constraint=false, style=dashed, color="${palette.saved}"${several}];\n`);
      } else out.add(`  n${from} -> n${target}${several === '' ? '' : ` [${several.slice(2)}]`};\n`);
    }
  }
  return out.add('}\n').toString();
}
