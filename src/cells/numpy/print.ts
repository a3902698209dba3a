/** Arrays as NumPy prints them. */

import type { Holder, Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type PyDict, PyList, type Value } from '../runtime/values.ts';
import { type ArrayData, elementAt, elementOf, plainElement } from './array.ts';
import { eachPlace } from './convert.ts';
import { positionalText, scientificText } from './numbers.ts';
import type { NpType } from './types.ts';

/** `np.set_printoptions` */
export interface PrintOptions {
  readonly precision: number;
  readonly threshold: number;
  readonly edgeitems: number;
  readonly linewidth: number;
  readonly suppress: boolean;
  readonly nanstr: string;
  readonly infstr: string;
  readonly sign: string;
  readonly floatmode: string;
  readonly formatter: PyDict | null;
}

export const DEFAULTS: PrintOptions = {
  precision: 8,
  threshold: 1000,
  edgeitems: 3,
  linewidth: 75,
  suppress: false,
  nanstr: 'nan',
  infstr: 'inf',
  sign: '-',
  floatmode: 'maxprec',
  formatter: null,
};

/** The options of a workspace. */
export class Printing implements Holder {
  options: PrintOptions = DEFAULTS;
  references(visit: Visit): void {
    visit(this.options.formatter);
  }
}

type Format = (at: number) => string;

/** The places of what is shown: all, or those at both ends of each dimension. */
function shownPlaces({ tensor }: ArrayData, edge: number | null): number[] {
  const { shape, strides } = tensor;
  const out: number[] = [];
  if (edge === null) {
    eachPlace(tensor, (at) => out.push(at));
    return out;
  }
  const down = (dim: number, at: number): void => {
    if (dim === shape.length) {
      out.push(at);
      return;
    }
    const n = shape[dim];
    for (let i = 0; i < n; i++) {
      if (n > 2 * edge && i === edge) i = n - edge;
      down(dim + 1, at + i * strides[dim]);
    }
  };
  down(0, tensor.offset);
  return out;
}

const widest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, text.length), 0);

function floats(data: ArrayData, places: readonly number[], options: PrintOptions): Format {
  const { precision, suppress, nanstr, infstr, sign, floatmode } = options;
  const { dtype } = data.tensor;
  const all = places.map((at) => elementAt(data.tensor, at) as number);
  const finite = all.filter(Number.isFinite);
  const sizes = finite.map(Math.abs).filter((x) => x !== 0);
  const most = sizes.reduce((a, b) => Math.max(a, b), 0);
  const least = sizes.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const scientific = sizes.length > 0 && (most >= 1e8 || (!suppress && (least < 1e-4 || most / least > 1000)));
  const unique = floatmode !== 'fixed';
  const limit = floatmode === 'unique' ? 400 : precision;
  const plus = (x: number, text: string): string =>
    sign === '+' && !text.startsWith('-') && !Number.isNaN(x) ? `+${text}` : text;
  const read = (x: number): [head: string, tail: string, power: string] => {
    const [text, power] = scientific
      ? scientificText(x, limit, dtype, unique)
      : [positionalText(x, limit, dtype, unique), ''];
    const dot = text.indexOf('.');
    return [plus(x, text.slice(0, dot)), text.slice(dot + 1), power];
  };
  const parts = finite.map(read);
  let left = widest(parts.map(([head]) => head));
  const tail = widest(parts.map(([, digits]) => digits));
  const powerWidth = widest(parts.map(([, , power]) => power)) - 1;
  const right = finite.length === 0 ? 0 : scientific ? powerWidth + 2 + tail : tail;
  const keep = scientific || floatmode === 'fixed' || floatmode === 'maxprec_equal';
  if (sign === ' ' && !parts.some(([head]) => head.startsWith('-'))) left++;
  if (finite.length !== all.length) {
    const negative = sign !== '-' || all.some((x) => x === Number.NEGATIVE_INFINITY) ? 1 : 0;
    const offset = right + 1;
    left = Math.max(left, nanstr.length - offset, infstr.length + negative - offset);
  }
  return (at) => {
    const x = elementAt(data.tensor, at) as number;
    if (!Number.isFinite(x)) {
      const word = Number.isNaN(x) ? nanstr : plus(x, (x < 0 ? '-' : '') + infstr);
      return word.padStart(left + right + 1);
    }
    const [head, digits, power] = read(x);
    if (scientific)
      return `${head.padStart(left)}.${digits.padEnd(tail, '0')}e${power[0]}${power.slice(1).padStart(powerWidth, '0')}`;
    return `${head.padStart(left)}.${keep ? digits.padEnd(tail, '0') : digits.padEnd(right)}`;
  };
}

function custom(type: NpType, options: PrintOptions, interpreter: Interpreter): ((value: Value) => string) | undefined {
  if (options.formatter === null) return undefined;
  const names: Readonly<Record<string, readonly string[]>> = {
    b: ['bool'],
    i: ['int', 'int_kind'],
    u: ['int', 'int_kind'],
    f: ['float', 'float_kind'],
    U: ['numpystr', 'str_kind'],
    O: ['object'],
  };
  for (const name of ['all', ...names[type.kind]]) {
    const found = options.formatter.entries.get(name);
    if (found !== undefined) return (value) => interpreter.str(interpreter.call(found[1], [value]));
  }
  return undefined;
}

function formatOf(data: ArrayData, edge: number | null, options: PrintOptions, interpreter: Interpreter): Format {
  const { tensor, type } = data;
  const own = custom(type, options, interpreter);
  if (own !== undefined) return (at) => own(elementOf(data, at));
  const places = shownPlaces(data, edge);
  if (type.kind === 'f') return floats(data, places, options);
  if (type.kind === 'b') {
    const width = tensor.ndim === 0 ? 4 : 5;
    return (at) => (elementAt(tensor, at) === true ? 'True' : 'False').padStart(width);
  }
  if (type.kind === 'i' || type.kind === 'u') {
    const texts = places.map((at) => String(elementAt(tensor, at)));
    const width = widest(texts);
    return (at) => String(elementAt(tensor, at)).padStart(width);
  }
  return (at) => {
    const value = plainElement(data, at);
    const text = interpreter.repr(value);
    return value instanceof PyList ? `list(${text})` : text;
  };
}

interface Layout {
  readonly separator: string;
  readonly edge: number | null;
  readonly format: Format;
  readonly budget: Interpreter['budget'];
}

/** Adds a word to a line, which goes on in the next one where it would grow too long. */
function extend(lines: { done: string; line: string }, word: string, width: number, indent: string): void {
  if (lines.line.length + word.length > width && lines.line.length > indent.length) {
    lines.done += `${lines.line.trimEnd()}\n`;
    lines.line = indent;
  }
  lines.line += word;
}

function nested({ tensor }: ArrayData, layout: Layout, dim: number, at: number, indent: string, width: number): string {
  if (dim === tensor.ndim) return layout.format(at);
  layout.budget.step();
  const { separator, edge } = layout;
  const { [dim]: n } = tensor.shape;
  const { [dim]: stride } = tensor.strides;
  const cut = edge !== null && n > 2 * edge;
  const places: (number | null)[] = [];
  for (let i = 0; i < n; i++) {
    if (cut && i === edge) {
      places.push(null);
      i = n - (edge as number);
    }
    if (i < n) places.push(at + i * stride);
  }
  const within = `${indent} `;
  const word = (place: number | null): string =>
    place === null ? '...' : nested({ tensor } as ArrayData, layout, dim + 1, place, within, width - 1);
  if (dim === tensor.ndim - 1) {
    const room = width - Math.max(separator.trimEnd().length, 1);
    const lines = { done: '', line: indent };
    places.forEach((place, k) => {
      extend(lines, word(place), room, indent);
      if (k < places.length - 1) lines.line += separator;
    });
    return `[${(lines.done + lines.line).slice(indent.length)}]`;
  }
  const between = separator.trimEnd() + '\n'.repeat(tensor.ndim - dim - 1);
  return `[${places
    .map((place) => indent + word(place))
    .join(between)
    .slice(indent.length)}]`;
}

/** `np.array2string` */
export function arrayText(
  data: ArrayData,
  options: PrintOptions,
  interpreter: Interpreter,
  { separator = ' ', prefix = '', suffix = '' } = {},
): string {
  const { tensor } = data;
  if (tensor.numel === 0) return '[]';
  const edge = tensor.numel > options.threshold ? options.edgeitems : null;
  interpreter.budget.room(edge === null ? tensor.numel : 1);
  const format = formatOf(data, edge, options, interpreter);
  const indent = ` ${' '.repeat(prefix.length)}`;
  const layout = { separator, edge, format, budget: interpreter.budget };
  return nested(data, layout, 0, tensor.offset, indent, options.linewidth - suffix.length);
}

const IMPLIED = new Set(['bool', 'int64', 'float64']);

export const dtypeText = (type: NpType): string =>
  type.kind === 'U' ? `'<U${type.size / 4}'` : type.kind === 'O' ? 'object' : type.name;

/** `repr(array)` */
export function arrayRepr(data: ArrayData, options: PrintOptions, interpreter: Interpreter): string {
  const { tensor, type } = data;
  const implied = IMPLIED.has(type.name) && tensor.numel > 0;
  const prefix = 'array(';
  const suffix = implied ? ')' : ',';
  const shape = tensor.shape.length === 1 ? `(${tensor.shape[0]},)` : `(${tensor.shape.join(', ')})`;
  const body =
    tensor.numel > 0 || (tensor.ndim === 1 && tensor.shape[0] === 0)
      ? arrayText(data, options, interpreter, { separator: ', ', prefix, suffix })
      : `[], shape=${shape}`;
  const text = prefix + body + suffix;
  if (implied) return text;
  const dtype = `dtype=${dtypeText(type)})`;
  const last = text.length - (text.lastIndexOf('\n') + 1);
  return last + dtype.length + 1 > options.linewidth
    ? `${text}\n${' '.repeat(prefix.length)}${dtype}`
    : `${text} ${dtype}`;
}

/** `str(array)` */
export function arrayStr(data: ArrayData, options: PrintOptions, interpreter: Interpreter): string {
  return data.tensor.ndim === 0
    ? interpreter.str(elementOf(data, data.tensor.offset))
    : arrayText(data, options, interpreter);
}
