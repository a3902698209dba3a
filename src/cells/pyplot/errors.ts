/** Points with what they may be wrong by, and points on stems. */
import type { Color } from '../../draw/color.ts';
import { LineMark, SegmentsMark } from '../../draw/marks/line.ts';
import type { Stroke } from '../../draw/svg.ts';
import { valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { PyClass, PyInstance, Value } from '../runtime/values.ts';
import { ArtistNative, errorbarContainer, lineClass, stemContainer } from './artists.ts';
import { color } from './colors.ts';
import { type Methods, make } from './define.ts';
import type { AxesNative } from './part.ts';
import { dress, formatOf, Keywords, lineLook } from './properties.ts';
import { numberOr, numbers } from './read.ts';
import { addArtist, addMark, along, nextColor } from './sheet.ts';

/** Below and above each point: one number, one for each, or a row for each side. */
export function errorEnds(value: Value, count: number, interpreter: Interpreter): [Float64Array, Float64Array] {
  const { values, shape } = numbers(value, interpreter);
  if (shape.length === 2 && shape[0] === 2 && shape[1] === count) return [values.slice(0, count), values.slice(count)];
  if (values.length !== 1 && values.length !== count)
    throw valueError(
      `'yerr' (shape: (${shape.join(', ')}${shape.length === 1 ? ',' : ''})) must be a scalar or a 1D or (2, n) array-like whose shape matches 'y' (shape: (${count},))`,
    );
  const both = values.length === count ? values : new Float64Array(count).fill(values[0]);
  return [both, both];
}

export function errorBars(
  self: AxesNative,
  way: 'x' | 'y',
  given: Value,
  points: readonly (readonly [number, number])[],
  stroke: Stroke,
  capsize: number,
  interpreter: Interpreter,
): SegmentsMark {
  const [below, above] = errorEnds(given, points.length, interpreter);
  const ends = new Float64Array(4 * points.length);
  const caps: [number, number][] = [];
  points.forEach(([x, y], i) => {
    const [from, to] =
      way === 'y'
        ? [
            [x, y - below[i]],
            [x, y + above[i]],
          ]
        : [
            [x - below[i], y],
            [x + above[i], y],
          ];
    ends.set([...from, ...to], 4 * i);
    caps.push(from as [number, number], to as [number, number]);
  });
  const mark = new SegmentsMark(ends, [stroke]);
  addMark(self, mark, interpreter);
  if (capsize > 0) {
    const sign = {
      shape: way === 'y' ? '_' : '|',
      size: 2 * capsize,
      face: stroke.color,
      edge: { color: stroke.color, width: 1 },
    };
    addMark(
      self,
      new LineMark(
        Float64Array.from(caps, ([x]) => x),
        Float64Array.from(caps, ([, y]) => y),
        null,
        sign,
      ),
      interpreter,
    );
  }
  return mark;
}

/** Everything that an error bar, or a stem plot, is made of is told in a legend by its line. */
const container = (axes: PyInstance, mark: LineMark, cls: PyClass): PyInstance =>
  make(cls, new ArtistNative(mark, axes));

export const ERRORS: Methods<AxesNative> = {
  'errorbar x y yerr= xerr= fmt= ecolor= elinewidth= capsize= barsabove= | capthick= errorevery= lolims= uplims= **'(
    self,
    call,
    axes,
  ) {
    const { given, interpreter } = call;
    const x = along(self.panel.x, given.x as Value, interpreter);
    const y = along(self.panel.y, given.y as Value, interpreter);
    if (x.length !== y.length)
      throw valueError(`x and y must have same first dimension, but have shapes (${x.length},) and (${y.length},)`);
    const none = given.fmt === 'none' || given.fmt === 'None';
    const format = typeof given.fmt === 'string' && !none && given.fmt !== '' ? formatOf(given.fmt, interpreter) : {};
    const look = lineLook(new Keywords(call.rest, interpreter), format, () => nextColor(self, interpreter));
    const mark = new LineMark(x, y, none ? null : look.stroke, none ? null : look.marker);
    dress(mark, look);
    const base = look.stroke?.color ?? look.marker?.face ?? ([0, 0, 0, 1] as Color);
    const tint = given.ecolor === undefined || given.ecolor === null ? base : color(given.ecolor, interpreter);
    const stroke = { color: tint, width: numberOr(given.elinewidth, look.stroke?.width ?? 1.5, interpreter) };
    const capsize = numberOr(given.capsize, 0, interpreter);
    const points = Array.from(x, (at, i): [number, number] => [at, y[i]]);
    for (const [way, value] of [
      ['x', given.xerr],
      ['y', given.yerr],
    ] as const) {
      if (value !== undefined && value !== null) errorBars(self, way, value, points, stroke, capsize, interpreter);
    }
    addArtist(self, axes, mark, lineClass, interpreter);
    return container(axes, mark, errorbarContainer);
  },
  'stem * | linefmt= markerfmt= basefmt= bottom= label= use_line_collection= orientation='(
    self,
    { given, more, interpreter },
    axes,
  ) {
    if (more.length === 0 || more.length > 2) throw valueError('stem takes one or two arrays');
    const y = along(self.panel.y, more[more.length - 1], interpreter);
    const x = more.length === 2 ? along(self.panel.x, more[0], interpreter) : Float64Array.from(y, (_, i) => i);
    if (x.length !== y.length) throw valueError('The lengths of x and y must be the same');
    const bottom = numberOr(given.bottom, 0, interpreter);
    const format = (value: Value | undefined) => (typeof value === 'string' ? formatOf(value, interpreter) : {});
    const stem = format(given.linefmt);
    const none = new Keywords(new Map(), interpreter);
    const lines = lineLook(none, stem, () => nextColor(self, interpreter));
    const tint = lines.stroke?.color ?? ([0x1f / 255, 0x77 / 255, 0xb4 / 255, 1] as Color);
    const ends = new Float64Array(4 * x.length);
    x.forEach((at, i) => {
      ends.set([at, bottom, at, y[i]], 4 * i);
    });
    addMark(self, new SegmentsMark(ends, [lines.stroke ?? { color: tint, width: 1.5 }]), interpreter);
    const heads = lineLook(none, { marker: 'o', ...format(given.markerfmt), line: '' }, () => tint);
    const mark = new LineMark(x, y, null, heads.marker);
    dress(mark, { label: given.label === undefined || given.label === null ? null : interpreter.str(given.label) });
    const base = lineLook(none, { color: 'C3', ...format(given.basefmt) }, () => tint);
    const reach = Float64Array.of(Math.min(...x), Math.max(...x));
    if (given.basefmt !== ' ' && x.length > 0)
      addMark(self, new LineMark(reach, Float64Array.of(bottom, bottom), base.stroke, null), interpreter);
    addArtist(self, axes, mark, lineClass, interpreter);
    return container(axes, mark, stemContainer);
  },
};
