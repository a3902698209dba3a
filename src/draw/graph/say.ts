/** What is said of a box, the same in every format. */
import { type Box, type Boxes, summaryOf } from './boxes.ts';
import { type PictureValue, shorten, typeOf } from './model.ts';

/** So many characters of a name, or of anything else that a client chose, fit in a box. */
export const NAME_LENGTH = 28;
export const LINE_LENGTH = 36;
/** Ops of a folded box that are named. */
const SUMMARY_OPS = 4;

/** Values of a folded box that are told of: the last ones. */
const MOST_VALUES = 3;

/** The values that a box tells of. */
export const shownValues = ({ kind, values }: Box): readonly number[] =>
  kind === 'fold' ? values.slice(-MOST_VALUES) : values;

/** The first line of a box: what is done there. Names of values stand in lines of their own. */
export function titleOf(boxes: Boxes, box: Box): string {
  if (box.kind === 'fold') return summaryOf(boxes, box, SUMMARY_OPS);
  return box.kind === 'node' ? boxes.graph.nodes[box.nodes[0]].op : '';
}

/** What belongs to the title of a node: its attributes. */
export function attrsOf({ graph }: Boxes, box: Box): string {
  return box.kind === 'node' ? shorten(graph.nodes[box.nodes[0]].attrs, LINE_LENGTH) : '';
}

/** Of a folded box, how often there is what it shows. */
export const timesOf = (box: Box): string => (box.kind === 'fold' ? `× ${box.times}` : '');

/** What a value is beside its name and type; empty where there is nothing to say. */
export function kindOf({ role, requiresGrad, output, gradOf }: PictureValue): string {
  const kinds: string[] = [];
  if (role === 'input') kinds.push('input');
  else if (role === 'constant') kinds.push('constant');
  else if (role === 'saved') kinds.push('saved');
  if (requiresGrad && role !== 'made') kinds.push('requires_grad');
  if (output) kinds.push('output');
  if (gradOf !== undefined) kinds.push(`gradient of ${gradOf}`);
  return kinds.join(', ');
}

/** A value in lines: its name and type, its elements and its gradient where they are known. */
export function valueLines(value: PictureValue): string[] {
  const lines = [`${shorten(value.name, NAME_LENGTH)}  ${typeOf(value)}`.trimEnd()];
  if (value.data !== undefined) lines.push(shorten(`= ${value.data}`, LINE_LENGTH));
  if (value.grad !== undefined) lines.push(shorten(`grad = ${value.grad}`, LINE_LENGTH));
  return lines;
}

/** All that is known of a value in one sentence, its names in full. */
export function sentenceOf(value: PictureValue): string {
  const { name, data, grad } = value;
  const parts = [`${name} ${typeOf(value)}`.trimEnd(), kindOf(value)];
  if (data !== undefined) parts.push(`= ${data}`);
  if (grad !== undefined) parts.push(`grad = ${grad}`);
  return parts.filter((part) => part !== '').join(', ');
}

/** A call as code: `h = mul(x, w, alpha=2)`; of a folded box what it does and how often. */
export function callOf(boxes: Boxes, box: Box): string {
  const { graph } = boxes;
  if (box.kind === 'fold') return `${titleOf(boxes, box)} ${timesOf(box)}`;
  const { op, inputs, outputs, attrs } = graph.nodes[box.nodes[0]];
  const name = (value: number): string => graph.values[value].name;
  const args = [...inputs.map(name), ...(attrs === '' ? [] : [attrs])];
  return `${outputs.map(name).join(', ')} = ${op}(${args.join(', ')})`;
}

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

/** The whole graph in one sentence. */
export function graphSentence({ graph, boxes }: Boxes): string {
  const back = graph.nodes.filter((node) => node.back).length;
  const forward = graph.nodes.length - back;
  const parts: string[] = [];
  if (forward > 0 || back === 0) parts.push(count(forward, 'node'));
  if (back > 0) parts.push(`${count(back, 'node')} of the backward pass`);
  parts.push(count(graph.values.filter(({ role }) => role === 'input').length, 'input'));
  const outputs = graph.values.filter(({ output }) => output).map(({ name }) => shorten(name, NAME_LENGTH));
  if (outputs.length > 0) parts.push(`outputs ${shorten(outputs.join(', '), 80)}`);
  const folded = boxes.filter(({ kind }) => kind === 'fold').length;
  if (folded > 0) parts.push(`${count(folded, 'group')} of nodes folded`);
  return parts.join(', ');
}
