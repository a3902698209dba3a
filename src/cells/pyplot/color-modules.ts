/** matplotlib.cm and matplotlib.colors. */
import { type Color, hex } from '../../draw/color.ts';
import { COLORMAPS, Colormap, isSmooth, Norm } from '../../draw/colormap.ts';
import { valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyStaticMethod } from '../runtime/objects.ts';
import { NativeFunction, type PyClass, PyInstance, PyList, PyModule, PyTuple, type Value } from '../runtime/values.ts';
import { type Call, fn, taking } from './arguments.ts';
import { ColormapNative, cmapOf, color, colorList, colorOf, NormNative } from './colors.ts';
import { defineClass, make, plainRepr } from './define.ts';
import { figuresOf } from './part.ts';
import { arrayOf, asArray, integer, itemsOf, numberOr, numbers, row, text } from './read.ts';

const tuple = (shade: Color, alpha: number | null = null): PyTuple =>
  new PyTuple([shade[0], shade[1], shade[2], alpha ?? shade[3]]);

const MOST_COLORS = 100_000;

/** Colours of numbers from 0 to 1; integers are places in the map's table. */
function lookUp({ map }: ColormapNative, { given, interpreter }: Call): Value {
  const alpha = numberOr(given.alpha, null, interpreter);
  const value = given.X as Value;
  const at = (x: number, whole: boolean): Color => map.at(whole ? (x + 0.5) / map.size : x);
  if (typeof value === 'bigint') return tuple(at(Number(value), true), alpha);
  if (typeof value === 'number') return tuple(at(value, false), alpha);
  const { values, shape, whole } = numbers(value, interpreter);
  if (shape.length === 0) return tuple(at(values[0], whole === true), alpha);
  if (values.length > MOST_COLORS) throw valueError(`at most ${MOST_COLORS} colors`);
  interpreter.budget.room(4 * values.length);
  const rows = Array.from(values, (x): Value => {
    const shade = at(x, whole === true);
    return new PyList([shade[0], shade[1], shade[2], alpha ?? shade[3]]);
  });
  return asArray(new PyList(rows), interpreter);
}

const mapClass = defineClass(ColormapNative, {
  name: 'Colormap',
  module: 'colors',
  methods: {
    '__call__ X alpha= bytes=': lookUp,
    'reversed name=': ({ map }) => mapValue(map.reversed()),
    'resampled lutsize': (self, { given, interpreter }) =>
      resampled(self.map, integer(given.lutsize as Value, interpreter)),
    'set_bad **': () => null,
    'set_under **': () => null,
    'set_over **': () => null,
  },
  properties: {
    name: ({ map }) => map.name,
    N: ({ map }) => BigInt(map.size),
    colors: ({ map }) => new PyList(map.stops.map((stop) => new PyTuple(stop.slice(0, 3)))),
  },
});
mapClass.members.set('__repr__', plainRepr);
const listedClass = subclass('ListedColormap');
const smoothClass = subclass('LinearSegmentedColormap');

function subclass(name: string): PyClass {
  return defineClass(ColormapNative, { name, module: 'colors', bases: [mapClass] });
}

const mapValue = (map: Colormap): PyInstance => make(map.smooth ? smoothClass : listedClass, new ColormapNative(map));

const resampled = (map: Colormap, count: number): PyInstance => {
  if (!(count >= 1 && count <= 1024)) throw valueError('a colour map has 1 to 1024 colours');
  const stops = Array.from({ length: count }, (_, i) => map.at(count === 1 ? 0 : i / (count - 1)));
  return mapValue(new Colormap(map.name, stops, false));
};

listedClass.members.set(
  '__init__',
  initialiser('ListedColormap', 'colors name= N=', (self, { given, interpreter }) => {
    const stops = colorList(given.colors as Value, interpreter, 'colors');
    if (stops.length === 0 || stops.length > 1024) throw valueError('a colour map has 1 to 1024 colours');
    self.native = new ColormapNative(new Colormap(text(given.name, interpreter) ?? 'from_list', stops, false));
  }),
);

function initialiser(name: string, signature: string, init: (self: PyInstance, call: Call) => void): NativeFunction {
  const takes = taking(`${name}.__init__`, signature);
  return new NativeFunction('__init__', ([self, ...args], kwargs, interpreter) => {
    if (self instanceof PyInstance) init(self, takes(args, kwargs, interpreter));
    return null;
  });
}

/** Colours with their places, or evenly spaced. */
const fromList = fn('from_list', 'name colors N= gamma=', ({ given, interpreter }) => {
  const items = itemsOf(given.colors as Value, interpreter) ?? [];
  const placed = items.map((item) => {
    const parts = typeof item === 'string' ? undefined : itemsOf(item, interpreter);
    const own = parts?.length === 2 && typeof parts[0] !== 'string' ? parts : undefined;
    return own === undefined
      ? { at: null, shade: color(item, interpreter) }
      : { at: numberOr(own[0], 0, interpreter), shade: color(own[1], interpreter) };
  });
  if (placed.length < 2 || placed.length > 1024) throw valueError('a colour map is made of 2 to 1024 colours');
  const name = interpreter.str(given.name as Value);
  if (placed.every(({ at }) => at === null))
    return mapValue(
      new Colormap(
        name,
        placed.map(({ shade }) => shade),
        true,
      ),
    );
  const stops = Array.from({ length: 256 }, (_, i): Color => {
    const t = i / 255;
    const next = Math.max(
      1,
      placed.findIndex(({ at }) => (at ?? 0) >= t),
    );
    const [a, b] = [placed[next - 1], placed[next]];
    const share = Math.min(1, Math.max(0, (t - (a.at ?? 0)) / ((b.at ?? 1) - (a.at ?? 0) || 1)));
    return [0, 1, 2, 3].map((c) => a.shade[c] + share * (b.shade[c] - a.shade[c])) as unknown as Color;
  });
  return mapValue(new Colormap(name, stops, true));
});
smoothClass.members.set('from_list', new PyStaticMethod(fromList));

export const getCmap = fn('get_cmap', 'name= lut=', ({ given, interpreter }) => {
  const map = cmapOf(given.name, figuresOf(interpreter).settings.text('image.cmap'), interpreter, 'name');
  const count = numberOr(given.lut, null, interpreter);
  return count === null ? mapValue(map) : resampled(map, count);
});

const normClass = defineClass(NormNative, {
  name: 'Normalize',
  module: 'colors',
  methods: {
    '__call__ value clip='({ norm }, { given, interpreter }) {
      const { values, shape } = numbers(given.value as Value, interpreter);
      norm.fit(values);
      const out = values.map((x) => norm.at(x));
      return shape.length === 0 ? out[0] : arrayOf(out, interpreter);
    },
  },
  properties: { vmin: ({ norm }) => norm.low, vmax: ({ norm }) => norm.high },
});
normClass.members.set('__repr__', plainRepr);
const makesNorm = (name: string, log: boolean): NativeFunction =>
  initialiser(name, 'vmin= vmax= clip=', (self, { given, interpreter }) => {
    self.native = new NormNative(
      new Norm(numberOr(given.vmin, null, interpreter), numberOr(given.vmax, null, interpreter), log),
    );
  });
normClass.members.set('__init__', makesNorm('Normalize', false));
const logNorm = defineClass(NormNative, { name: 'LogNorm', module: 'colors', bases: [normClass] });
logNorm.members.set('__init__', makesNorm('LogNorm', true));
const boundaryNorm = defineClass(NormNative, { name: 'BoundaryNorm', module: 'colors', bases: [normClass] });
boundaryNorm.members.set(
  '__init__',
  initialiser('BoundaryNorm', 'boundaries ncolors clip= | extend=', (self, { given, interpreter }) => {
    const bounds = [...row(given.boundaries as Value, interpreter)];
    if (bounds.length < 2 || bounds.length > 1000) throw valueError('a BoundaryNorm has 2 to 1000 boundaries');
    self.native = new NormNative(new Norm(bounds[0], bounds[bounds.length - 1], false, bounds));
  }),
);

function known(value: Value, interpreter: Interpreter): Color {
  const shade = colorOf(value, interpreter, figuresOf(interpreter).settings.cycle);
  if (shade === undefined) throw valueError(`Invalid RGBA argument: ${interpreter.repr(value)}`);
  return shade;
}

const hexAlpha = (shade: Color, keep: boolean): string =>
  hex(shade) +
  (keep
    ? Math.round(255 * shade[3])
        .toString(16)
        .padStart(2, '0')
    : '');

/** By name: the colours themselves are made when they are asked for. */
const maps = (): [string, Value][] =>
  COLORMAPS.map((name): [string, Value] => [
    name,
    make(isSmooth(name) ? smoothClass : listedClass, new ColormapNative(name)),
  ]);

export const cmModule = new PyModule('matplotlib.cm', new Map<string, Value>([...maps(), ['get_cmap', getCmap]]));

export const colorsModule = new PyModule(
  'matplotlib.colors',
  new Map<string, Value>([
    ['ListedColormap', listedClass],
    ['LinearSegmentedColormap', smoothClass],
    ['Colormap', mapClass],
    ['Normalize', normClass],
    ['LogNorm', logNorm],
    ['BoundaryNorm', boundaryNorm],
    [
      'to_rgb',
      fn('to_rgb', 'c', ({ given, interpreter }) => new PyTuple(known(given.c as Value, interpreter).slice(0, 3))),
    ],
    [
      'to_rgba',
      fn('to_rgba', 'c alpha=', ({ given, interpreter }) =>
        tuple(known(given.c as Value, interpreter), numberOr(given.alpha, null, interpreter)),
      ),
    ],
    [
      'to_hex',
      fn('to_hex', 'c keep_alpha=', ({ given, interpreter }) =>
        hexAlpha(known(given.c as Value, interpreter), given.keep_alpha === true),
      ),
    ],
    [
      'rgb2hex',
      fn('rgb2hex', 'c keep_alpha=', ({ given, interpreter }) =>
        hexAlpha(known(given.c as Value, interpreter), given.keep_alpha === true),
      ),
    ],
    [
      'is_color_like',
      fn('is_color_like', 'c', ({ given, interpreter }) => colorOf(given.c as Value, interpreter) !== undefined),
    ],
  ]),
);
