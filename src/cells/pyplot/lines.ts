/** plot and its kin. */
import type { Color } from '../../draw/color.ts';
import { type DrawStyle, LineMark, SegmentsMark } from '../../draw/marks/line.ts';
import { PolygonsMark } from '../../draw/marks/polygons.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import { PyInstance, PyList, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { type ArtistNative, lineClass, lineCollection, polygonClass } from './artists.ts';
import { colorList } from './colors.ts';
import type { Methods } from './define.ts';
import type { AxesNative } from './part.ts';
import { dress, type Format, formatOf, Keywords, lineLook, patchLook } from './properties.ts';
import { itemsOf, number, numberOr, numbers, row, texts } from './read.ts';
import { setScale } from './scales.ts';
import { addArtist, along, nextColor } from './sheet.ts';

const shapeText = (shape: readonly number[]): string =>
  shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;

/** Columns of a matrix; a row of numbers is one. */
function columnsOf(values: Float64Array, shape: readonly number[]): Float64Array[] {
  if (shape.length < 2) return [values];
  const [rows, columns] = shape;
  return Array.from({ length: columns }, (_, c) =>
    Float64Array.from({ length: rows }, (_, r) => values[r * columns + c]),
  );
}

interface Pair {
  readonly x: Float64Array[];
  readonly y: Float64Array[];
  readonly format: Format;
}

function pairOf(self: AxesNative, group: readonly Value[], { interpreter }: Call): Pair {
  const last = group.at(-1);
  const format = group.length > 1 && typeof last === 'string' ? last : null;
  const data = format === null ? group : group.slice(0, -1);
  if (data.length === 3) throw valueError('third arg must be a format string');
  const matrix = (value: Value, range: AxesNative['panel']['x']) => {
    if (texts(value, interpreter) !== undefined) {
      const values = along(range, value, interpreter);
      return { values, shape: [values.length] };
    }
    const { values, shape } = numbers(value, interpreter);
    if (shape.length > 2)
      throw valueError(
        `x and y can be no greater than 2D, but have shapes ${shapeText(shape)} and ${shapeText(shape)}`,
      );
    return { values, shape: shape.length === 0 ? [1] : shape };
  };
  const { panel } = self;
  const y = matrix(data[data.length - 1], panel.y);
  const x =
    data.length === 2
      ? matrix(data[0], panel.x)
      : { values: Float64Array.from({ length: y.shape[0] }, (_, i) => i), shape: [y.shape[0]] };
  if (x.shape[0] !== y.shape[0])
    throw valueError(
      `x and y must have same first dimension, but have shapes ${shapeText(x.shape)} and ${shapeText(y.shape)}`,
    );
  return {
    x: columnsOf(x.values, x.shape),
    y: columnsOf(y.values, y.shape),
    format: format === null ? {} : formatOf(format, interpreter),
  };
}

export function plot(self: AxesNative, call: Call, axes: PyInstance, style?: DrawStyle): PyList {
  const { interpreter } = call;
  const lines: Value[] = [];
  let left = call.more;
  while (left.length > 0) {
    const take = typeof left[2] === 'string' ? 3 : Math.min(2, left.length);
    const { x, y, format } = pairOf(self, left.slice(0, take), call);
    left = left.slice(take);
    const labels = call.rest.get('label');
    const each = labels === undefined || typeof labels === 'string' ? undefined : itemsOf(labels, interpreter);
    const count = Math.max(x.length, y.length);
    for (let i = 0; i < count; i++) {
      const rest = new Map(call.rest);
      if (each !== undefined && each.length === count) rest.set('label', each[i]);
      const look = lineLook(new Keywords(rest, interpreter), format, () => nextColor(self, interpreter));
      const mark = new LineMark(x[i % x.length], y[i % y.length], look.stroke, look.marker);
      mark.style = style ?? look.drawStyle;
      mark.every = look.every;
      dress(mark, look);
      lines.push(addArtist(self, axes, mark, lineClass, interpreter));
    }
  }
  return new PyList(lines);
}

/** A line from edge to edge, at one number. */
function across(self: AxesNative, axes: PyInstance, call: Call, upright: boolean): Value {
  const { given, rest, interpreter } = call;
  const at = numberOr(given.at, 0, interpreter);
  const ends = Float64Array.of(numberOr(given.from, 0, interpreter), numberOr(given.to, 1, interpreter));
  const look = lineLook(new Keywords(rest, interpreter), {}, () => [0x1f / 255, 0x77 / 255, 0xb4 / 255, 1]);
  const here = Float64Array.of(at, at);
  const mark = upright
    ? new LineMark(here, ends, look.stroke, look.marker)
    : new LineMark(ends, here, look.stroke, look.marker);
  if (upright) mark.wholeY = true;
  else mark.wholeX = true;
  dress(mark, look);
  return addArtist(self, axes, mark, lineClass, interpreter);
}

/** A band from edge to edge, between two numbers. */
function band(self: AxesNative, axes: PyInstance, call: Call, upright: boolean): Value {
  const { given, rest, interpreter } = call;
  const [low, high] = [number(given.low as Value, interpreter), number(given.high as Value, interpreter)];
  const [from, to] = [numberOr(given.from, 0, interpreter), numberOr(given.to, 1, interpreter)];
  const look = patchLook(new Keywords(rest, interpreter), () => [0x1f / 255, 0x77 / 255, 0xb4 / 255, 1], 'Polygon');
  const ring = upright ? [low, from, high, from, high, to, low, to] : [from, low, to, low, to, high, from, high];
  const mark = new PolygonsMark([Float64Array.from(ring)], [{ face: look.face, edge: look.edge }]);
  if (upright) mark.wholeY = true;
  else mark.wholeX = true;
  dress(mark, look);
  return addArtist(self, axes, mark, polygonClass, interpreter);
}

/** Several lines along one direction. */
function several(self: AxesNative, axes: PyInstance, call: Call, upright: boolean): Value {
  const { given, interpreter } = call;
  const at = along(upright ? self.panel.x : self.panel.y, given.at as Value, interpreter);
  const [low, high] = [row(given.low as Value, interpreter), row(given.high as Value, interpreter)];
  const k = new Keywords(call.rest, interpreter);
  const width = k.number('linewidths', 'linewidth', 'lw') ?? 1.5;
  const dash = k.dash(width, 'linestyles', 'linestyle', 'ls') ?? [];
  const alpha = k.number('alpha');
  const named = given.colors ?? k.take('colors', 'color', 'c');
  const colors: Color[] =
    named === undefined || named === null ? [[0x1f / 255, 0x77 / 255, 0xb4 / 255, 1]] : colorList(named, interpreter);
  const ends = new Float64Array(4 * at.length);
  at.forEach((place, i) => {
    const [a, b] = [low[i % low.length], high[i % high.length]];
    ends.set(upright ? [place, a, place, b] : [a, place, b, place], 4 * i);
  });
  const strokes = colors.map(([r, g, b, a]) => ({ color: [r, g, b, alpha ?? a] as Color, width, dash }));
  const mark = new SegmentsMark(ends, strokes);
  dress(mark, { label: k.text('label') ?? null, zorder: k.number('zorder') });
  k.finish('LineCollection');
  return addArtist(self, axes, mark, lineCollection, interpreter);
}

/** A name and a signature for each direction. */
export const LINES: Methods<AxesNative> = {
  'plot * **': (self, call, axes) => plot(self, call, axes),
  'step x y * | where= **'(self, call, axes) {
    const where = call.given.where ?? 'pre';
    if (where !== 'pre' && where !== 'post' && where !== 'mid')
      throw valueError(
        `${call.interpreter.repr(where)} is not a valid value for where; supported values are 'pre', 'post', 'mid'`,
      );
    const more = [call.given.x as Value, call.given.y as Value, ...call.more];
    return plot(self, { ...call, more }, axes, `steps-${where}`);
  },
  'semilogx * **'(self, call, axes) {
    setScale(self.panel.x, 'log', call);
    return plot(self, withoutScale(call), axes);
  },
  'semilogy * **'(self, call, axes) {
    setScale(self.panel.y, 'log', call);
    return plot(self, withoutScale(call), axes);
  },
  'loglog * **'(self, call, axes) {
    setScale(self.panel.x, 'log', call);
    setScale(self.panel.y, 'log', call);
    return plot(self, withoutScale(call), axes);
  },
  'axhline at= from= to= **': (self, call, axes) => across(self, axes, renamed(call, 'y', 'xmin', 'xmax'), false),
  'axvline at= from= to= **': (self, call, axes) => across(self, axes, renamed(call, 'x', 'ymin', 'ymax'), true),
  'axhspan low= high= from= to= **': (self, call, axes) =>
    band(self, axes, renamed(call, '', 'xmin', 'xmax', 'ymin', 'ymax'), false),
  'axvspan low= high= from= to= **': (self, call, axes) =>
    band(self, axes, renamed(call, '', 'ymin', 'ymax', 'xmin', 'xmax'), true),
  'hlines at= low= high= colors= **': (self, call, axes) =>
    several(self, axes, renamed(call, 'y', '', '', 'xmin', 'xmax'), false),
  'vlines at= low= high= colors= **': (self, call, axes) =>
    several(self, axes, renamed(call, 'x', '', '', 'ymin', 'ymax'), true),
  'axline xy1 xy2= | slope= **'(self, call, axes) {
    const { given, rest, interpreter } = call;
    const [x, y] = row(given.xy1 as Value, interpreter);
    const to = given.xy2 === undefined || given.xy2 === null ? null : row(given.xy2, interpreter);
    const slope = to === null ? numberOr(given.slope, 0, interpreter) : (to[1] - y) / (to[0] - x);
    const look = lineLook(new Keywords(rest, interpreter), {}, () => nextColor(self, interpreter));
    // As long as any panel needs it; it makes no axis longer.
    const far = 1e3 * Math.max(1, Math.abs(x), Math.abs(y));
    const steep = !Number.isFinite(slope);
    const mark = new LineMark(
      Float64Array.of(steep ? x : x - far, x, steep ? x : x + far),
      Float64Array.of(steep ? y - far : y - slope * far, y, steep ? y + far : y + slope * far),
      look.stroke,
      look.marker,
    );
    dress(mark, look);
    const artist = addArtist(self, axes, mark, lineClass, interpreter);
    self.panel.marks.pop();
    self.panel.addUnmeasured(mark);
    return artist;
  },
  'add_line line'(self, { given, interpreter }, axes) {
    const line = given.line as Value;
    if (!(line instanceof PyInstance) || line.cls !== lineClass) throw valueError('add_line takes a Line2D');
    const native = line.native as ArtistNative;
    native.axes = axes;
    self.artists.push(line);
    self.panel.marks.push(native.mark);
    interpreter.budget.step();
    return line;
  },
};

/** Keywords by the names that the two directions share. */
function renamed(call: Call, at: string, from: string, to: string, low = '', high = ''): Call {
  const given: Record<string, Value | undefined> = { ...call.given };
  const rest = new Map(call.rest);
  for (const [name, key] of [
    [at, 'at'],
    [from, 'from'],
    [to, 'to'],
    [low, 'low'],
    [high, 'high'],
  ]) {
    if (name === '' || !rest.has(name)) continue;
    given[key] = rest.get(name);
    rest.delete(name);
  }
  for (const [name, key] of [
    [low, 'low'],
    [high, 'high'],
  ]) {
    if (name !== '' && given[key] === undefined)
      throw new PyError('TypeError', `missing a required argument: '${name}'`);
  }
  return { ...call, given, rest };
}

function withoutScale(call: Call): Call {
  const rest = new Map(call.rest);
  for (const name of ['base', 'basex', 'basey', 'subs', 'nonpositive']) rest.delete(name);
  return { ...call, rest };
}
