/** Filled areas: between lines, in a round, of a patch that the cell made. */
import type { Color } from '../../draw/color.ts';
import { PolygonsMark, type Ring, wedge } from '../../draw/marks/polygons.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import { NativeFunction, type PyClass, PyDict, PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { type Call, taking } from './arguments.ts';
import { ArtistNative, patchClass, polyCollection, polygonClass } from './artists.ts';
import { formatNumber } from './bars.ts';
import { colorList } from './colors.ts';
import { defineClass, type Methods } from './define.ts';
import type { AxesNative } from './part.ts';
import { dress, Keywords, patchLook } from './properties.ts';
import { itemsOf, number, numberOr, numbers, pair, row, texts } from './read.ts';
import { addArtist, addMark, along, nextColor, spread } from './sheet.ts';
import { addWords } from './words.ts';

/** Shapes between two lines, one for each stretch over which `where` holds. */
function between(
  x: Float64Array,
  low: Float64Array,
  high: Float64Array,
  where: readonly boolean[] | null,
  step: string | null,
  flat: boolean,
): Ring[] {
  const rings: Ring[] = [];
  const holds = (i: number): boolean => (where === null || where[i] === true) && !Number.isNaN(x[i] + low[i] + high[i]);
  for (let from = 0; from < x.length; from++) {
    if (!holds(from)) continue;
    let to = from;
    while (to + 1 < x.length && holds(to + 1)) to++;
    if (to > from) {
      const there = edge(x, high, from, to, step);
      const back = edge(x, low, from, to, step).reverse();
      rings.push(Float64Array.from([...there, ...back].flatMap(([u, v]) => (flat ? [v, u] : [u, v]))));
    }
    from = to;
  }
  return rings;
}

function edge(x: Float64Array, y: Float64Array, from: number, to: number, step: string | null): [number, number][] {
  const out: [number, number][] = [];
  for (let i = from; i <= to; i++) {
    if (i > from && step === 'pre') out.push([x[i - 1], y[i]]);
    if (i > from && step === 'post') out.push([x[i], y[i - 1]]);
    if (i > from && step === 'mid') out.push([(x[i - 1] + x[i]) / 2, y[i - 1]], [(x[i - 1] + x[i]) / 2, y[i]]);
    out.push([x[i], y[i]]);
  }
  return out;
}

function fillBetween(self: AxesNative, axes: PyInstance, call: Call, flat: boolean): Value {
  const { given, interpreter } = call;
  const x = along(flat ? self.panel.y : self.panel.x, given.at as Value, interpreter);
  const first = spread(given.first, x.length, 0, interpreter);
  const second = spread(given.second, x.length, 0, interpreter);
  const where =
    given.where === undefined || given.where === null ? null : [...row(given.where, interpreter)].map((w) => w !== 0);
  if (where !== null && where.length !== x.length)
    throw valueError(`where size (${where.length}) does not match 'x' size (${x.length})`);
  const step = typeof given.step === 'string' ? given.step : null;
  const look = patchLook(
    new Keywords(withoutInterpolate(call.rest), interpreter),
    () => nextColor(self, interpreter, 'takenPatches'),
    'PolyCollection',
  );
  const rings = between(x, first, second, where, step, flat);
  const mark = new PolygonsMark(rings, [{ face: look.face, edge: look.edge }]);
  dress(mark, look);
  return addArtist(self, axes, mark, polyCollection, interpreter);
}

const withoutInterpolate = (rest: ReadonlyMap<string, Value>): Map<string, Value> =>
  new Map([...rest].filter(([name]) => name !== 'interpolate'));

function pie(self: AxesNative, call: Call, axes: PyInstance): Value {
  const { given, interpreter } = call;
  const { values, shape } = numbers(given.x as Value, interpreter);
  if (shape.length > 1) throw valueError('x must be 1D');
  if (values.some((x) => x < 0)) throw valueError("Wedge sizes 'x' must be non negative values");
  const k = new Keywords(call.rest, interpreter);
  const sum = values.reduce((total, x) => total + x, 0);
  const total = (given.normalize ?? true) === false ? 1 : sum;
  if (total === 0) throw valueError('All wedge sizes are zero');
  const labels =
    given.labels === undefined || given.labels === null
      ? null
      : (texts(given.labels, interpreter) ?? [...interpreter.iterate(given.labels)].map((one) => interpreter.str(one)));
  if (labels !== null && labels.length !== values.length) throw valueError("'label' must be of length 'x'");
  const explode = spread(given.explode, values.length, 0, interpreter);
  const colors: readonly Color[] | null =
    given.colors === undefined || given.colors === null
      ? null
      : colorList(given.colors, interpreter, 'colors', k.settings.cycle);
  const start = (numberOr(k.take('startangle'), 0, interpreter) * Math.PI) / 180;
  const clockwise = !k.flag(true, 'counterclock');
  const radius = numberOr(k.take('radius'), 1, interpreter);
  const away = numberOr(k.take('labeldistance'), 1.1, interpreter);
  const inside = numberOr(k.take('pctdistance'), 0.6, interpreter);
  const props = wedgeProps(k);
  const words = dictEntries(k.take('textprops'));
  k.take('shadow', 'frame', 'rotatelabels', 'hatch');
  k.finish('pie');
  const patches: Value[] = [];
  const [labelTexts, percents]: Value[][] = [[], []];
  let angle = start;
  values.forEach((value, i) => {
    const turn = (value / total) * 2 * Math.PI * (clockwise ? -1 : 1);
    const middle = angle + turn / 2;
    const [x, y] = [explode[i] * radius * Math.cos(middle), explode[i] * radius * Math.sin(middle)];
    const face = colors === null ? nextColor(self, interpreter, 'takenPatches') : colors[i % colors.length];
    const inner = props.width === undefined ? 0 : Math.max(0, radius - props.width);
    const ring = wedge(x, y, radius, angle, angle + turn, inner);
    const mark = new PolygonsMark(
      [ring],
      [{ face: props.alpha === undefined ? face : [face[0], face[1], face[2], props.alpha], edge: props.edge }],
    );
    mark.label = labels?.[i] ?? null;
    mark.clipped = false;
    patches.push(addArtist(self, axes, mark, patchClass, interpreter));
    const write = (distance: number, text: string, aside: boolean): Value => {
      const [u, v] = [x + distance * radius * Math.cos(middle), y + distance * radius * Math.sin(middle)];
      const [right] = aside ? [Math.cos(middle) >= 0 ? 0.01 : -0.01] : [0];
      return addWords(self, axes, text, { x: u, y: v }, [right, 0], words, interpreter);
    };
    if (labels !== null) labelTexts.push(write(away, labels[i], true));
    if (given.autopct !== undefined && given.autopct !== null) {
      const percent = (100 * value) / total;
      const text =
        typeof given.autopct === 'string'
          ? formatNumber(given.autopct, percent, interpreter)
          : interpreter.str(interpreter.call(given.autopct, [percent]));
      percents.push(write(inside, text, false));
    }
    angle += turn;
  });
  const { panel } = self;
  panel.axisOn = false;
  panel.aspect = 1;
  [panel.x.low, panel.x.high, panel.y.low, panel.y.high] = [
    -1.25 * radius,
    1.25 * radius,
    -1.25 * radius,
    1.25 * radius,
  ];
  const parts = [new PyList(patches), new PyList(labelTexts)];
  return new PyTuple(given.autopct === undefined || given.autopct === null ? parts : [...parts, new PyList(percents)]);
}

function wedgeProps(k: Keywords): {
  width: number | undefined;
  alpha: number | undefined;
  edge: { color: Color; width: number } | null;
} {
  const value = k.take('wedgeprops');
  const inner = new Keywords(dictEntries(value), k.interpreter);
  const color = inner.color('edgecolor', 'ec');
  const line = inner.number('linewidth', 'lw') ?? 1;
  return {
    width: inner.number('width'),
    alpha: inner.number('alpha'),
    edge: color === undefined || line === 0 ? null : { color, width: line },
  };
}

function dictEntries(value: Value | undefined): Map<string, Value> {
  const out = new Map<string, Value>();
  if (value === undefined || value === null || !(value instanceof PyDict)) return out;
  for (const [key, item] of value.entries.values()) if (typeof key === 'string') out.set(key, item);
  return out;
}

/** Corners of a patch that the cell makes. */
type Corners = (call: Call) => Ring;

const middleOf = ({ given, interpreter }: Call): [number, number] => pair(given.xy as Value, interpreter);

/** A class of patches: made by the cell, drawn once it is added to a panel. */
function patch(name: string, signature: string, corners: Corners): PyClass {
  const cls = defineClass(ArtistNative, { name, module: 'patches', bases: [patchClass] });
  const takes = taking(`${name}.__init__`, `${signature} **`);
  cls.members.set(
    '__init__',
    new NativeFunction('__init__', ([self, ...args], kwargs, interpreter) => {
      const call = takes(args, kwargs, interpreter);
      const ring = corners(call);
      const look = patchLook(
        new Keywords(call.rest, interpreter),
        () => [0x1f / 255, 0x77 / 255, 0xb4 / 255, 1],
        name,
        true,
      );
      const plain = !['edgecolor', 'ec', 'color', 'fill', 'linewidth', 'lw'].some((key) => call.rest.has(key));
      const mark = new PolygonsMark([ring], [{ face: look.face, edge: plain ? null : look.edge }]);
      dress(mark, look);
      if (self instanceof PyInstance) self.native = new ArtistNative(mark, null);
      return null;
    }),
  );
  return cls;
}

function rounded(x: number, y: number, width: number, height: number, degrees: number): Ring {
  const ring = wedge(0, 0, 1, 0, 2 * Math.PI);
  const angle = (degrees * Math.PI) / 180;
  const out = new Float64Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    const [u, v] = [(ring[i] * width) / 2, (ring[i + 1] * height) / 2];
    out[i] = x + u * Math.cos(angle) - v * Math.sin(angle);
    out[i + 1] = y + u * Math.sin(angle) + v * Math.cos(angle);
  }
  return out;
}

export const PATCHES: readonly PyClass[] = [
  patch('Patch', '', () => Float64Array.of(0, 0, 0, 0)),
  patch('Circle', 'xy radius=', (call) => {
    const radius = numberOr(call.given.radius, 5, call.interpreter);
    return rounded(...middleOf(call), 2 * radius, 2 * radius, 0);
  }),
  patch('Ellipse', 'xy width height angle=', (call) => {
    const { given, interpreter } = call;
    const [width, height] = [number(given.width as Value, interpreter), number(given.height as Value, interpreter)];
    return rounded(...middleOf(call), width, height, numberOr(given.angle, 0, interpreter));
  }),
  patch('Rectangle', 'xy width height angle= | rotation_point=', (call) => {
    const { given, interpreter } = call;
    const [x, y] = middleOf(call);
    const [w, h] = [number(given.width as Value, interpreter), number(given.height as Value, interpreter)];
    const angle = (numberOr(given.angle, 0, interpreter) * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return Float64Array.from(
      [
        [0, 0],
        [w, 0],
        [w, h],
        [0, h],
      ].flatMap(([u, v]) => [x + u * cos - v * sin, y + u * sin + v * cos]),
    );
  }),
  patch('Polygon', 'xy closed=', ({ given, interpreter }) => {
    const { values, shape } = numbers(given.xy as Value, interpreter);
    if (shape.length !== 2 || shape[1] !== 2)
      throw valueError(
        `'vertices' must be 2D with shape (N, 2). Your input has shape (${shape.join(', ')}${shape.length === 1 ? ',' : ''}).`,
      );
    return values;
  }),
  patch('Wedge', 'center r theta1 theta2 width=', ({ given, interpreter }) => {
    const [x, y] = pair(given.center as Value, interpreter);
    const [r, from, to] = ['r', 'theta1', 'theta2'].map((name) => number(given[name] as Value, interpreter));
    const end = to < from ? to + 360 : to;
    const width = numberOr(given.width, 0, interpreter);
    return wedge(x, y, r, (from * Math.PI) / 180, (end * Math.PI) / 180, width === 0 ? 0 : r - width);
  }),
];

export const AREAS: Methods<AxesNative> = {
  'fill_between x y1 y2= where= interpolate= step= **': (self, call, axes) => {
    const { x, y1, y2, where, step } = call.given;
    return fillBetween(self, axes, { ...call, given: { at: x, first: y1, second: y2, where, step } }, false);
  },
  'fill_betweenx y x1 x2= where= step= interpolate= **': (self, call, axes) => {
    const { y, x1, x2, where, step } = call.given;
    return fillBetween(self, axes, { ...call, given: { at: y, first: x1, second: x2, where, step } }, true);
  },
  'fill * **'(self, call, axes) {
    const { interpreter } = call;
    const patches: Value[] = [];
    const data = call.more.filter((part) => typeof part !== 'string');
    for (let i = 0; i + 1 < data.length; i += 2) {
      const [x, y] = [row(data[i], interpreter), row(data[i + 1], interpreter)];
      const named = call.more[call.more.indexOf(data[i + 1]) + 1];
      const rest = new Map(call.rest);
      if (typeof named === 'string' && !rest.has('color')) rest.set('color', named);
      const look = patchLook(new Keywords(rest, interpreter), () => nextColor(self, interpreter), 'Polygon');
      const ring = Float64Array.from(
        { length: 2 * Math.min(x.length, y.length) },
        (_, k) => (k % 2 === 0 ? x : y)[k >> 1],
      );
      const mark = new PolygonsMark([ring], [{ face: look.face, edge: look.edge }]);
      dress(mark, look);
      patches.push(addArtist(self, axes, mark, polygonClass, interpreter));
    }
    return new PyList(patches);
  },
  'stackplot x * | labels= colors= baseline= **'(self, call, axes) {
    const { given, more, interpreter } = call;
    const x = along(self.panel.x, given.x as Value, interpreter);
    const rows = more.flatMap((part) => {
      const { values, shape } = numbers(part, interpreter);
      return shape.length < 2
        ? [values]
        : Array.from({ length: shape[0] }, (_, r) => values.slice(r * shape[1], (r + 1) * shape[1]));
    });
    if (given.baseline !== undefined && given.baseline !== null && given.baseline !== 'zero')
      throw new PyError('NotImplementedError', "stackplot has only the baseline 'zero' here");
    const labels =
      given.labels === undefined || given.labels === null ? [] : (itemsOf(given.labels, interpreter) ?? []);
    const colors = given.colors === undefined || given.colors === null ? null : colorList(given.colors, interpreter);
    let base = new Float64Array(x.length);
    const out: Value[] = [];
    rows.forEach((part, i) => {
      if (part.length !== x.length)
        throw valueError(`operands could not be broadcast together with shapes (${x.length},) (${part.length},)`);
      const top = base.map((value, k) => value + part[k]);
      const look = patchLook(
        new Keywords(call.rest, interpreter),
        () => colors?.[i % colors.length] ?? nextColor(self, interpreter),
        'PolyCollection',
      );
      const mark = new PolygonsMark(between(x, base, top, null, null, false), [{ face: look.face, edge: look.edge }]);
      dress(mark, { label: labels[i] === undefined ? null : interpreter.str(labels[i]), zorder: look.zorder });
      out.push(addArtist(self, axes, mark, polyCollection, interpreter));
      base = top;
    });
    return new PyList(out);
  },
  'pie x explode= labels= colors= autopct= | normalize= **': pie,
  'add_patch p'(self, { given, interpreter }, axes) {
    const { p } = given;
    if (!(p instanceof PyInstance) || !(p.native instanceof ArtistNative) || !(p.native.mark instanceof PolygonsMark))
      throw new PyError(
        'TypeError',
        `'p' must be an instance of matplotlib.patches.Patch, not a ${interpreter.repr(p as Value)}`,
      );
    if (p.native.axes !== null) throw new PyError('RuntimeError', 'Can not put single artist in more than one figure');
    p.native.axes = axes;
    addMark(self, p.native.mark, interpreter);
    self.artists.push(p);
    // As far as the panel can tell, it covers its corners.
    return p;
  },
  'add_artist artist'(self, { given, interpreter }, axes) {
    const { artist } = given;
    if (!(artist instanceof PyInstance) || !(artist.native instanceof ArtistNative))
      throw new PyError('TypeError', 'add_artist takes an artist');
    if (artist.native.axes === null) {
      artist.native.axes = axes;
      addMark(self, artist.native.mark, interpreter);
    }
    return artist;
  },
};
