/** What colours and lines of a picture mean, as far as they occur in it. */
import { textWidth } from '../text.ts';
import type { Boxes } from './boxes.ts';
import type { Layout } from './layout.ts';

export interface LegendItem {
  readonly text: string;
  /** The class of a box, or of a line. */
  readonly style: string;
  readonly line: boolean;
  readonly left: number;
  readonly top: number;
}

export interface Legend {
  readonly items: readonly LegendItem[];
  readonly height: number;
  /** The least width of the picture. */
  readonly width: number;
}

const ROW = 20;
const SAMPLE = 24;
const BETWEEN = 20;
const NARROWEST = 420;

export function legendOf({ graph, boxes }: Boxes, { routes, width }: Layout, margin: number): Legend {
  const leaves = boxes.filter(({ kind }) => kind === 'leaf').map(({ values }) => graph.values[values[0]]);
  const kinds = new Set(routes.map(({ kind }) => kind));
  const wanted: [text: string, style: string, line: boolean, there: boolean][] = [
    ['input', 'input', false, leaves.some(({ role, requiresGrad }) => role === 'input' && !requiresGrad)],
    ['requires grad', 'parameter', false, leaves.some(({ requiresGrad }) => requiresGrad)],
    ['constant', 'constant', false, leaves.some(({ role, requiresGrad }) => role === 'constant' && !requiresGrad)],
    ['value of the forward pass', 'constant', false, leaves.some(({ role }) => role === 'saved')],
    ['node', 'node', false, boxes.some(({ kind, back }) => kind === 'node' && !back)],
    ['backward node', 'back', false, boxes.some(({ kind, back }) => kind !== 'leaf' && back)],
    ['repeated, × times', 'node fold', false, boxes.some(({ kind }) => kind === 'fold')],
    ['output', 'node output', false, graph.values.some(({ output }) => output)],
    ['value', 'wire', true, kinds.has('wire')],
    ['read by the backward pass', 'saved', true, kinds.has('saved')],
    ['gradient', 'grad', true, kinds.has('back')],
  ];
  const right = Math.max(width, NARROWEST) - margin;
  const items: LegendItem[] = [];
  let [left, top, widest] = [margin, 0, 0];
  for (const [text, style, line, there] of wanted) {
    if (!there) continue;
    const size = SAMPLE + 6 + textWidth(text) * 10.5;
    if (left + size > right && left > margin) [left, top] = [margin, top + ROW];
    items.push({ text, style, line, left, top });
    left += size + BETWEEN;
    widest = Math.max(widest, left - BETWEEN);
  }
  return { items, height: items.length === 0 ? 0 : top + ROW, width: widest + margin };
}

export const SAMPLE_WIDTH = SAMPLE;
