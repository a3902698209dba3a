/** What stands in each box, line by line, and how large that makes it. */
import { textWidth } from '../text.ts';
import type { Box, Boxes } from './boxes.ts';
import { attrsOf, kindOf, shownValues, timesOf, titleOf, valueLines } from './say.ts';

export interface Line {
  readonly text: string;
  readonly style: 'op' | 'name' | 'note';
  /** The value that it tells of; −1 of what belongs to the node. */
  readonly value: number;
}

export interface Sized {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
}

export const SIZES = { op: 13, name: 11, note: 10.5 } as const;
export const LINE_HEIGHT = 15;
export const PAD_X = 12;
export const PAD_Y = 8;
/** Bold letters are wider than those that widths are known of. */
const BOLD = 1.09;
const LEAST_WIDTH = 64;

const widthOf = ({ text, style }: Line): number => textWidth(text) * SIZES[style] * (style === 'op' ? BOLD : 1);

function linesOf(boxes: Boxes, box: Box): Line[] {
  const lines: Line[] = [];
  const add = (text: string, style: Line['style'], value = -1): void => {
    if (text !== '') lines.push({ text, style, value });
  };
  add(titleOf(boxes, box), 'op');
  add(timesOf(box), 'op');
  add(attrsOf(boxes, box), 'note');
  for (const place of shownValues(box)) {
    const value = boxes.graph.values[place];
    const [first, ...others] = valueLines(value);
    add(first, 'name', place);
    for (const other of others) add(other, 'note', place);
    if (value.gradOf !== undefined) add(kindOf({ ...value, output: false }), 'note', place);
  }
  return lines;
}

export function sizesOf(boxes: Boxes, tick: () => void): Sized[] {
  return boxes.boxes.map((box) => {
    tick();
    const lines = linesOf(boxes, box);
    const width = Math.max(LEAST_WIDTH, ...lines.map(widthOf)) + 2 * PAD_X;
    return { lines, width: Math.ceil(width), height: lines.length * LINE_HEIGHT + 2 * PAD_Y };
  });
}
