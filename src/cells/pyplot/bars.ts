/** Bars. */
import type { Color } from '../../draw/color.ts';
import { RectsMark } from '../../draw/marks/rects.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type PyInstance, PyList, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { barContainer } from './bar-artists.ts';
import { colorList } from './colors.ts';
import type { Methods } from './define.ts';
import { errorBars } from './errors.ts';
import type { AxesNative } from './part.ts';
import { dress, Keywords, patchLook } from './properties.ts';
import { itemsOf, numberOr, row, texts } from './read.ts';
import { addArtist, along, nextColor, spread } from './sheet.ts';
import { addWords } from './words.ts';

/** `color` of bars may be one for each; the rest of their look is common. */
function barLook(k: Keywords, next: () => Color, count: number) {
  const named = k.take('color', 'facecolor', 'fc');
  const colors = named === undefined ? [next()] : colorList(named, k.interpreter, 'color', k.settings.cycle);
  const edge = k.take('edgecolor', 'ec');
  const width = k.take('linewidth', 'lw');
  const rest = new Map<string, Value>();
  if (edge !== undefined)
    rest.set(
      'edgecolor',
      typeof edge === 'string' || itemsOf(edge, k.interpreter) === undefined
        ? edge
        : (itemsOf(edge, k.interpreter)?.[0] ?? null),
    );
  if (width !== undefined) rest.set('linewidth', row(width, k.interpreter)[0]);
  for (const name of ['alpha', 'zorder', 'hatch', 'linestyle', 'fill']) {
    const value = k.take(name);
    if (value !== undefined) rest.set(name, value);
  }
  const look = patchLook(new Keywords(rest, k.interpreter), () => colors[0], 'Rectangle');
  const faces = colors
    .slice(0, Math.max(1, count))
    .map(([r, g, b, a]): Color => [r, g, b, look.face[3] === 0 ? 0 : (look.alpha ?? a)]);
  return { ...look, faces };
}

function bar(self: AxesNative, axes: PyInstance, call: Call, flat: boolean): Value {
  const { given, interpreter } = call;
  const { panel } = self;
  const [places, heights] = flat ? [panel.y, panel.x] : [panel.x, panel.y];
  const k = new Keywords(call.rest, interpreter);
  const at = along(places, given.at as Value, interpreter);
  const length = along(heights, given.length as Value, interpreter);
  const count = Math.max(at.length, length.length);
  const x = spread(arrayLike(at), count, 0, interpreter);
  const h = spread(arrayLike(length), count, 0, interpreter);
  const w = spread(given.width ?? k.take('width', 'height'), count, 0.8, interpreter);
  const base = spread(given.base ?? k.take('bottom', 'left'), count, 0, interpreter);
  const align = given.align ?? 'center';
  if (align !== 'center' && align !== 'edge')
    throw valueError(
      `${interpreter.repr(align)} is not a valid value for align; supported values are 'center', 'edge'`,
    );
  const rects = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    const from = x[i] - (align === 'center' ? w[i] / 2 : 0);
    rects.set(flat ? [base[i], from, h[i], w[i]] : [from, base[i], w[i], h[i]], 4 * i);
  }
  const errors = { x: k.take('xerr'), y: k.take('yerr') };
  const errorColor = k.color('ecolor') ?? ([0, 0, 0, 1] as Color);
  const capsize = k.number('capsize') ?? 0;
  k.take('error_kw');
  const names = k.take('tick_label');
  if (k.flag(false, 'log')) heights.scale = { kind: 'log', base: 10, threshold: 2 };
  const label = k.take('label');
  const look = barLook(k, () => nextColor(self, interpreter, 'takenPatches'), count);
  k.finish('Rectangle');
  const mark = new RectsMark(rects, look.faces, look.edge, flat ? 'x' : 'y');
  dress(mark, {
    label: typeof label === 'string' || label === undefined ? (label ?? null) : null,
    zorder: look.zorder,
  });
  const container = addArtist(self, axes, mark, barContainer, interpreter);
  const middle = (i: number): [number, number] => {
    const centre = align === 'center' ? x[i] : x[i] + w[i] / 2;
    return flat ? [base[i] + h[i], centre] : [centre, base[i] + h[i]];
  };
  for (const way of ['x', 'y'] as const) {
    const given = errors[way];
    if (given === undefined) continue;
    errorBars(
      self,
      way,
      given,
      Array.from({ length: count }, (_, i) => middle(i)),
      { color: errorColor, width: 1.5 },
      capsize,
      interpreter,
    );
  }
  if (names !== undefined) {
    const written = texts(names, interpreter) ?? [...interpreter.iterate(names)].map((name) => interpreter.str(name));
    const axis = flat ? panel.yAxis : panel.xAxis;
    axis.at = [...x];
    axis.labels = written;
  }
  return container;
}

/** So that what was read once can be spread. */
const arrayLike = (values: Float64Array): Value => new PyList([...values]);

export const BARS: Methods<AxesNative> = {
  'bar x height width= bottom= | align= **': (self, call, axes) => {
    const { x, height, width, bottom, align } = call.given;
    return bar(self, axes, { ...call, given: { at: x, length: height, width, base: bottom, align } }, false);
  },
  'barh y width height= left= | align= **': (self, call, axes) => {
    const { y, width, height, left, align } = call.given;
    return bar(self, axes, { ...call, given: { at: y, length: width, width: height, base: left, align } }, true);
  },
  'bar_label container labels= | fmt= label_type= padding= **'(self, { given, rest, interpreter }, axes) {
    const bars = given.container as PyInstance;
    const mark = (bars.native as { mark?: unknown } | null)?.mark;
    if (!(mark instanceof RectsMark)) throw typeError('bar_label takes a BarContainer');
    const flat = mark.base === 'x';
    const labels = given.labels === undefined || given.labels === null ? null : [...interpreter.iterate(given.labels)];
    const template = typeof given.fmt === 'string' ? given.fmt : '%g';
    const pad = numberOr(given.padding, 0, interpreter) + 3;
    const out: Value[] = [];
    for (let i = 0; i < mark.rects.length / 4; i++) {
      const [x, y, w, h] = mark.rects.subarray(4 * i, 4 * i + 4);
      const value = flat ? w : h;
      const centred = given.label_type === 'center';
      const words = labels === null ? formatNumber(template, value, interpreter) : interpreter.str(labels[i] ?? '');
      const place = flat ? [centred ? x + w / 2 : x + w, y + h / 2] : [x + w / 2, centred ? y + h / 2 : y + h];
      const away = centred ? 0 : value < 0 ? -pad : pad;
      out.push(
        addWords(self, axes, words, { x: place[0], y: place[1] }, flat ? [away, 0] : [0, away], rest, interpreter),
      );
    }
    return new PyList(out);
  },
};

export function formatNumber(template: string, value: number, interpreter: Interpreter): string {
  if (template.includes('{'))
    return interpreter.str(interpreter.call(interpreter.getAttribute(template, 'format'), [value]));
  const percent = /%([-+ 0#]*\d*(?:\.\d+)?)([dfgeis])/.exec(template);
  if (percent === null) return template;
  const spec = `${percent[1]}${percent[2] === 's' ? '' : percent[2]}`;
  const number: Value = 'di'.includes(percent[2]) ? BigInt(Math.trunc(value)) : value;
  const shown = interpreter.call(interpreter.getAttribute(`{:${spec.replace('i', 'd')}}`, 'format'), [number]);
  return template.replace(percent[0], () => interpreter.str(shown)).replaceAll('%%', '%');
}
