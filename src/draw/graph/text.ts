/** A graph as lines of text: what comes in, what is called in which order, what comes out. */
import type { Box, Boxes } from './boxes.ts';
import { type PictureSettings, type PictureValue, Pieces, typeOf } from './model.ts';
import { callOf, graphSentence, kindOf, shownValues } from './say.ts';

/** Longer columns are not waited for. */
const MOST_PAD = 56;

/** One line: control characters of names would make it several. */
const oneLine = (text: string): string => text.toWellFormed().replace(/[\p{Cc}\u2028\u2029]/gu, ' ');

const rightOf = (value: PictureValue): string => {
  const { data, grad } = value;
  const parts = [typeOf(value)];
  if (data !== undefined) parts.push(`= ${data}`);
  if (grad !== undefined) parts.push(`grad = ${grad}`);
  return parts.filter((part) => part !== '').join('  ');
};

interface Row {
  readonly left: string;
  readonly right: readonly string[];
}

function writeRows(out: Pieces, heading: string, rows: readonly Row[]): void {
  if (rows.length === 0) return;
  out.add(`\n${heading}\n`);
  let pad = 0;
  for (const { left } of rows) if (left.length <= MOST_PAD) pad = Math.max(pad, left.length);
  for (const { left, right } of rows) {
    const [first = '', ...others] = right.filter((part) => part !== '');
    out.add(`  ${left.padEnd(pad)}  ${first}`.trimEnd()).add('\n');
    for (const other of others) out.add(`  ${' '.repeat(pad)}  ${other}\n`);
  }
}

function nodeRow(boxes: Boxes, box: Box): Row {
  const { graph } = boxes;
  const node = graph.nodes[box.nodes[0]];
  const forward = node.of < 0 ? undefined : graph.nodes[node.of];
  const last = box.nodes.length - 1;
  const place = last === 0 ? `${box.nodes[0]}` : `${box.nodes[0]}…${box.nodes[last]}`;
  const notes = box.kind === 'node' && node.gradFn !== undefined ? [node.gradFn] : [];
  if (forward !== undefined && box.kind === 'node') notes.push(`rule of ${node.of} ${forward.op}`);
  const shown = shownValues(box).map((value) => {
    const { name } = graph.values[value];
    const said = [rightOf(graph.values[value]), kindOf(graph.values[value])].filter((part) => part !== '').join('  ');
    return box.values.length > 1 || box.kind === 'fold' ? `${name}: ${said}` : said;
  });
  const note = notes.length === 0 ? '' : `  # ${notes.join(', ')}`;
  const [first = '', ...others] = shown;
  return {
    left: oneLine(`${place}  ${callOf(boxes, box)}`),
    right: [oneLine(`${first}${note}`.trimStart()), ...others.map(oneLine)],
  };
}

export function writeText(boxes: Boxes, { tick }: PictureSettings): string {
  const { graph } = boxes;
  const out = new Pieces(tick);
  out.add(`${oneLine(graphSentence(boxes))}\n`);
  const leaves = boxes.boxes.filter(({ kind }) => kind === 'leaf').map(({ values }) => graph.values[values[0]]);
  const rowOf = (value: PictureValue): Row => ({
    left: oneLine(value.name),
    right: [
      oneLine([rightOf(value), value.requiresGrad ? 'requires_grad' : ''].filter((part) => part !== '').join('  ')),
    ],
  });
  const rows = (role: PictureValue['role']): Row[] => leaves.filter((leaf) => leaf.role === role).map(rowOf);
  writeRows(out, 'inputs', rows('input'));
  writeRows(out, 'constants', rows('constant'));
  writeRows(out, 'values of the forward pass', rows('saved'));
  const nodes = boxes.boxes.filter(({ kind }) => kind !== 'leaf');
  const part = (back: boolean): Row[] => nodes.filter((box) => box.back === back).map((box) => nodeRow(boxes, box));
  writeRows(out, 'forward', part(false));
  writeRows(out, 'backward', part(true));
  return out.toString();
}
