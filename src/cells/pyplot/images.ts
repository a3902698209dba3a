/** Arrays as pictures: images, meshes, contours. */
import type { Color } from '../../draw/color.ts';
import { Mapping, Norm } from '../../draw/colormap.ts';
import { ContourMark, type Grid } from '../../draw/marks/contour.ts';
import { ImageMark, MeshMark } from '../../draw/marks/image.ts';
import { FINE_STEPS, niceNumbers } from '../../draw/ticks.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyInstance, PyList, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { ArtistNative, contourClass, imageClass, quadMesh } from './artists.ts';
import { formatNumber } from './bars.ts';
import { colorList, mappingOf } from './colors.ts';
import type { Methods } from './define.ts';
import type { AxesNative } from './part.ts';
import { dashOf, dress, Keywords } from './properties.ts';
import { itemsOf, type Numbers, number, numberOr, numbers, row } from './read.ts';
import { addImage } from './sheet.ts';

const MOST_CELLS = 40_000;

/** Colours of an image from 0 to 1: integers count to 255. */
function channels({ values, whole }: Numbers, interpreter: Interpreter): Float64Array {
  const scaled = whole === true ? values.map((x) => x / 255) : values;
  if (scaled.some((x) => x < 0 || x > 1)) {
    interpreter.warn(
      'UserWarning',
      'Clipping input data to the valid range for imshow with RGB data ([0..1] for floats or [0..255] for integers).',
    );
    return scaled.map((x) => Math.min(1, Math.max(0, x)));
  }
  return scaled;
}

const shapeText = (shape: readonly number[]): string =>
  shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;

export function imshow(self: AxesNative, call: Call, axes: PyInstance): PyInstance {
  const { given, interpreter } = call;
  const found = numbers(given.X as Value, interpreter);
  const shape = found.shape.length === 3 && found.shape[2] === 1 ? found.shape.slice(0, 2) : found.shape;
  if (shape.length < 2 || shape.length > 3 || (shape.length === 3 && shape[2] !== 3 && shape[2] !== 4))
    throw typeError(`Invalid shape ${shapeText(shape)} for image data`);
  const k = new Keywords(call.rest, interpreter);
  const deep = shape[2] ?? 1;
  const values = deep === 1 ? found.values : channels(found, interpreter);
  const mapping = mappingOf(given, deep === 1 ? values : [], k.settings.text('image.cmap'), interpreter);
  const origin = given.origin ?? k.settings.text('image.origin');
  if (origin !== 'upper' && origin !== 'lower')
    throw valueError(
      `${interpreter.repr(origin)} is not a valid value for origin; supported values are 'upper', 'lower'`,
    );
  const extent = given.extent === undefined || given.extent === null ? null : [...row(given.extent, interpreter)];
  if (extent !== null && extent.length !== 4) throw valueError('extent must be a sequence of 4 numbers');
  const mark = new ImageMark(values, [shape[0], shape[1], deep], mapping, origin === 'upper', extent);
  const alpha = given.alpha === undefined || given.alpha === null ? null : row(given.alpha, interpreter)[0];
  mark.alpha = mapping.alpha = alpha;
  const interpolation = given.interpolation;
  mark.smooth = typeof interpolation === 'string' && !['none', 'nearest', 'antialiased'].includes(interpolation);
  dress(mark, { label: k.text('label') ?? null, zorder: k.number('zorder') });
  k.take('filternorm', 'filterrad', 'resample', 'interpolation_stage', 'transform', 'visible');
  k.finish('AxesImage');
  const { panel } = self;
  const aspect = given.aspect ?? k.settings.get('image.aspect') ?? 'equal';
  panel.aspect = aspect === 'auto' ? null : aspect === 'equal' ? 1 : number(aspect, interpreter);
  panel.fits = 'box';
  // The first image says which way is up, and where the edges are.
  if (origin === 'upper' && panel.y.low === null && panel.y.high === null)
    panel.y.inverted = extent === null || extent[2] > extent[3];
  return addImage(self, axes, mark, imageClass, interpreter);
}

/** Data of a mesh or of contours: heights, and where they are. */
interface Heights {
  readonly z: Numbers;
  readonly x: Numbers | null;
  readonly y: Numbers | null;
  readonly more: readonly Value[];
}

function heights(call: Call, name: string): Heights {
  const { more, interpreter } = call;
  const isArray = (value: Value | undefined): value is Value =>
    value !== undefined && typeof value !== 'bigint' && typeof value !== 'number' && typeof value !== 'string';
  if (more.length === 0) throw typeError(`${name}() takes 1 to 4 positional arguments but 0 were given`);
  const withPlaces = more.length >= 3 && isArray(more[1]) && isArray(more[2]);
  const z = numbers(more[withPlaces ? 2 : 0], interpreter);
  if (z.shape.length !== 2) throw typeError(`Input z must be 2D, not ${z.shape.length}D`);
  return {
    z,
    x: withPlaces ? numbers(more[0], interpreter) : null,
    y: withPlaces ? numbers(more[1], interpreter) : null,
    more: more.slice(withPlaces ? 3 : 1),
  };
}

/** Of each point of a grid, from its rows or columns alone, or as given. */
function places(part: Numbers | null, rows: number, columns: number, across: boolean, name: string): Float64Array {
  const size = rows * columns;
  if (part !== null && part.shape.length === 2) {
    if (part.shape[0] !== rows || part.shape[1] !== columns)
      throw typeError(`Shapes of ${name} (${part.shape.join(', ')}) and z (${rows}, ${columns}) do not match`);
    return part.values;
  }
  const wanted = across ? columns : rows;
  if (part !== null && part.values.length !== wanted)
    throw typeError(
      `Length of ${name} (${part.values.length}) must match number of ${across ? 'columns' : 'rows'} in z (${wanted})`,
    );
  return Float64Array.from({ length: size }, (_, i) => {
    const k = across ? i % columns : Math.floor(i / columns);
    return part === null ? k : part.values[k];
  });
}

/** Levels at nice numbers, as many as were asked for or a few more. */
function autoLevels(z: Float64Array, count: number, filled: boolean, log: boolean): number[] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of z) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  if (low === high) return [low - 0.5, low + 0.5];
  if (log) {
    const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  }
  const levels = niceNumbers(low, high, count + 1, FINE_STEPS, 1);
  const below = levels.filter((level) => level < low).length;
  const above = levels.findIndex((level) => level > high);
  const from = Math.max(0, below - 1);
  const to = above < 0 ? levels.length : above + 1;
  const cut = to - from < 3 ? levels : levels.slice(from, to);
  if (filled) return cut;
  const inside = cut.filter((level) => level > low && level < high);
  return inside.length > 0 ? inside : cut;
}

function contour(self: AxesNative, call: Call, axes: PyInstance, filled: boolean): Value {
  const { given, interpreter } = call;
  const name = filled ? 'contourf' : 'contour';
  const { z, x, y, more } = heights(call, name);
  const [rows, columns] = z.shape;
  if (rows < 2 || columns < 2)
    throw typeError(`Input z must be at least a (2, 2) shaped array, but has shape (${rows}, ${columns})`);
  const grid: Grid = {
    rows,
    columns,
    z: z.values,
    x: places(x, rows, columns, true, 'x'),
    y: places(y, rows, columns, false, 'y'),
  };
  const k = new Keywords(call.rest, interpreter);
  const asked = given.levels ?? more[0] ?? null;
  const log = given.norm instanceof PyInstance && mappingOf(given, [], 'viridis', interpreter).norm.log;
  const listed = asked === null || typeof asked === 'bigint' ? undefined : itemsOf(asked, interpreter);
  const levels =
    listed === undefined
      ? autoLevels(z.values, asked === null ? 7 : Math.min(1000, Math.max(1, number(asked, interpreter))), filled, log)
      : [...row(asked as Value, interpreter)];
  if (levels.length > 1000) throw valueError('at most 1000 levels');
  if (levels.some((level, i) => i > 0 && level <= levels[i - 1])) throw valueError('Contour levels must be increasing');
  if (filled && levels.length < 2) throw valueError('Filled contours require at least 2 levels.');
  interpreter.budget.step(levels.length * z.values.length);
  const own = mappingOf(given, filled ? midpoints(levels) : levels, k.settings.text('image.cmap'), interpreter);
  const mapping = filled ? new Mapping(own.cmap, new Norm(own.norm.low, own.norm.high, own.norm.log)) : own;
  const mark = new ContourMark(grid, levels, filled, mapping);
  mapping.levels = levels;
  const alpha = k.number('alpha') ?? null;
  mark.alpha = mapping.alpha = alpha;
  const colors: readonly Color[] | null =
    given.colors === undefined || given.colors === null
      ? null
      : colorList(given.colors, interpreter, 'colors', k.settings.cycle);
  mark.colors = colors;
  const widths = k.take('linewidths', 'linewidth', 'lw');
  const dash = k.take('linestyles', 'linestyle', 'ls');
  const styles = dash === undefined || typeof dash === 'string' ? [dash] : (itemsOf(dash, interpreter) ?? [dash]);
  const wide = widths === undefined ? [1.5] : [...row(widths, interpreter)];
  mark.strokes = Array.from({ length: Math.max(wide.length, styles.length) }, (_, i) => {
    const width = wide[i % wide.length];
    const style = styles[i % styles.length];
    return {
      width,
      dash: style === undefined || style === null ? undefined : (dashOf(style, width, interpreter) ?? []),
    };
  });
  const extend = k.text('extend') ?? 'neither';
  mark.below = extend === 'both' || extend === 'min';
  mark.above = extend === 'both' || extend === 'max';
  k.take(
    'antialiased',
    'corner_mask',
    'algorithm',
    'nchunk',
    'hatches',
    'origin',
    'negative_linestyles',
    'locator',
    'data',
    'extent',
  );
  dress(mark, { label: null, zorder: k.number('zorder') });
  k.finish(name);
  return addImage(self, axes, mark, contourClass, interpreter);
}

const midpoints = (levels: readonly number[]): number[] => levels.slice(1).map((level, i) => (level + levels[i]) / 2);

function mesh(self: AxesNative, call: Call, axes: PyInstance): Value {
  const { given, interpreter } = call;
  const { z, x, y } = heights(call, 'pcolormesh');
  const [rows, columns] = z.shape;
  if (rows * columns > MOST_CELLS)
    throw new PyError('MemoryError', `a mesh has at most ${MOST_CELLS} cells here: use imshow for even ones`);
  const k = new Keywords(call.rest, interpreter);
  const corner = (part: Numbers | null, across: boolean): Float64Array => {
    if (part === null) return places(null, rows + 1, columns + 1, across, across ? 'x' : 'y');
    const own = across ? columns : rows;
    const deep = part.shape.length === 2;
    const [r, c] = deep ? part.shape : [rows + 1, columns + 1];
    if (deep && r === rows + 1 && c === columns + 1) return part.values;
    if (!deep && part.values.length === own + 1) return places(part, rows + 1, columns + 1, across, 'x');
    const fits = deep ? r === rows && c === columns : part.values.length === own;
    if (!fits)
      throw typeError(
        `Dimensions of C (${rows}, ${columns}) should be one smaller than X and Y, or equal to them, while using shading='auto'`,
      );
    // Where the middles are given the corners lie half way between them.
    const middles = places(part, rows, columns, across, 'x');
    return Float64Array.from({ length: (rows + 1) * (columns + 1) }, (_, i) => {
      const [u, v] = [i % (columns + 1), Math.floor(i / (columns + 1))];
      const at = (cc: number, rr: number): number =>
        middles[Math.min(rows - 1, Math.max(0, rr)) * columns + Math.min(columns - 1, Math.max(0, cc))];
      const way = (n: number, count: number, get: (i: number) => number): number =>
        count === 1
          ? get(0) + n - 0.5
          : n === 0
            ? 1.5 * get(0) - 0.5 * get(1)
            : n === count
              ? 1.5 * get(n - 1) - 0.5 * get(n - 2)
              : (get(n - 1) + get(n)) / 2;
      return across ? way(u, columns, (cc) => at(cc, v)) : way(v, rows, (rr) => at(u, rr));
    });
  };
  const mapping = mappingOf(given, z.values, k.settings.text('image.cmap'), interpreter);
  const mark = new MeshMark(z.values, [rows, columns], corner(x, true), corner(y, false), mapping);
  mark.alpha = mapping.alpha = k.number('alpha') ?? null;
  const edges = k.take('edgecolors', 'edgecolor', 'ec');
  if (edges !== undefined && edges !== 'none' && edges !== 'face') mark.edge = [0, 0, 0, 1];
  k.take('shading', 'linewidth', 'linewidths', 'lw');
  dress(mark, { label: k.text('label') ?? null, zorder: k.number('zorder') });
  k.finish('QuadMesh');
  return addImage(self, axes, mark, quadMesh, interpreter);
}

const MAPPED = '| cmap= norm= vmin= vmax= **';

export const IMAGES: Methods<AxesNative> = {
  'imshow X cmap= norm= aspect= interpolation= alpha= vmin= vmax= origin= extent= **': imshow,
  'matshow Z cmap= norm= | alpha= vmin= vmax= **'(self, call, axes) {
    const image = imshow(self, { ...call, given: { ...call.given, X: call.given.Z, origin: 'upper' } }, axes);
    self.panel.xAxis.side = 'top';
    return image;
  },
  'spy Z **'(self, call, axes) {
    const { values, shape } = numbers(call.given.Z as Value, call.interpreter);
    const full = new PyList(
      Array.from(
        { length: shape[0] },
        (_, r) => new PyList([...values.slice(r * shape[1], (r + 1) * shape[1])].map((x) => (x === 0 ? 0 : 1))),
      ),
    );
    return imshow(self, { ...call, rest: new Map(), given: { X: full, cmap: 'binary' } }, axes);
  },
  [`pcolormesh * ${MAPPED}`]: mesh,
  [`pcolor * ${MAPPED}`]: mesh,
  'contour * | levels= colors= cmap= norm= vmin= vmax= **': (self, call, axes) => contour(self, call, axes, false),
  'contourf * | levels= colors= cmap= norm= vmin= vmax= **': (self, call, axes) => contour(self, call, axes, true),
  'clabel CS levels= | fontsize= fmt= inline= colors= inline_spacing= **'(_, { given, interpreter }) {
    const { CS } = given;
    if (!(CS instanceof PyInstance) || !(CS.native instanceof ArtistNative) || !(CS.native.mark instanceof ContourMark))
      throw typeError('clabel takes what contour answered');
    const { fmt } = given;
    // The texts are made now: nothing of the cell is kept.
    const words = new Map(
      CS.native.mark.levels.map((level) => [
        level,
        typeof fmt === 'string' ? formatNumber(fmt, level, interpreter) : formatNumber('%1.3f', level, interpreter),
      ]),
    );
    CS.native.mark.labels = {
      size: numberOr(given.fontsize, 10, interpreter),
      format: (level) => words.get(level) ?? '',
    };
    return new PyList([]);
  },
};
