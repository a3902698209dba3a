/** Scatter plots and fields of arrows. */
import { type Color, NO_COLOR } from '../../draw/color.ts';
import type { Mapping } from '../../draw/colormap.ts';
import { ArrowsMark } from '../../draw/marks/arrows.ts';
import { PointsMark } from '../../draw/marks/points.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { pathCollection, quiverClass } from './artists.ts';
import { colorList, colorOf, mappingOf } from './colors.ts';
import type { Methods } from './define.ts';
import type { AxesNative } from './part.ts';
import { dress, Keywords, markerOf } from './properties.ts';
import { itemsOf, type Numbers, numberOr, numbers, row } from './read.ts';
import { addArtist, addImage, along, nextColor, spread } from './sheet.ts';

interface Colors {
  readonly colors: readonly Color[];
  readonly values: Float64Array | null;
}

/** `c` of a scatter plot: a colour, one for each point, or numbers that a map makes colours of. */
function colorsOf(c: Value, count: number, { interpreter }: Call): Colors {
  const refuse = () =>
    valueError(
      `'c' argument must be a color, a sequence of colors, or a sequence of numbers, not ${interpreter.repr(c)}`,
    );
  if (typeof c === 'string') {
    const one = colorOf(c, interpreter);
    if (one === undefined) throw refuse();
    return { colors: [one], values: null };
  }
  const items = itemsOf(c, interpreter);
  if (items === undefined) throw refuse();
  if (items.some((item) => typeof item === 'string')) {
    if (items.length !== count && items.length !== 1)
      throw valueError(
        `'c' argument has ${items.length} elements, which is inconsistent with 'x' and 'y' with size ${count}.`,
      );
    return { colors: items.map((item) => colorOf(item, interpreter) ?? fail(refuse())), values: null };
  }
  let found: Numbers;
  try {
    found = numbers(c, interpreter);
  } catch (error) {
    if (error instanceof PyError && error.type === 'ValueError') throw refuse();
    throw error;
  }
  const { values, shape } = found;
  if (values.length === count) return { colors: [], values };
  if (shape.length === 1 && (shape[0] === 3 || shape[0] === 4)) {
    const one = colorOf(c, interpreter);
    if (one !== undefined) return { colors: [one], values: null };
  }
  if (shape.length === 2 && (shape[1] === 3 || shape[1] === 4) && (shape[0] === count || shape[0] === 1))
    return { colors: colorList(c, interpreter, 'c'), values: null };
  throw valueError(
    `'c' argument has ${shape.length === 0 ? 1 : shape[0]} elements, which is inconsistent with 'x' and 'y' with size ${count}.`,
  );
}

const fail = (error: PyError): never => {
  throw error;
};

export const POINTS: Methods<AxesNative> = {
  'scatter x y s= c= marker= cmap= norm= vmin= vmax= alpha= linewidths= | edgecolors= plotnonfinite= **'(
    self,
    call,
    axes,
  ) {
    const { given, interpreter } = call;
    const x = along(self.panel.x, given.x as Value, interpreter);
    const y = along(self.panel.y, given.y as Value, interpreter);
    if (x.length !== y.length) throw valueError('x and y must be the same size');
    const k = new Keywords(call.rest, interpreter);
    const sizes =
      given.s === undefined || given.s === null
        ? Float64Array.of(k.settings.number('lines.markersize') ** 2)
        : row(given.s, interpreter);
    if (sizes.length !== 1 && sizes.length !== x.length)
      throw valueError('s must be a scalar, or float array-like with the same size as x and y');
    const named = k.take('color', 'facecolors', 'facecolor', 'fc');
    let colors: readonly Color[] = [];
    let values: Float64Array | null = null;
    let mapping: Mapping | null = null;
    if (given.c !== undefined && given.c !== null) {
      if (named !== undefined && call.rest.has('color'))
        throw valueError(
          "Supply a 'c' argument or a 'color' kwarg but not both; they differ but their functionalities overlap.",
        );
      ({ colors, values } = colorsOf(given.c, x.length, call));
      if (values !== null) mapping = mappingOf(given, values, k.settings.text('image.cmap'), interpreter);
    } else if (named !== undefined) colors = colorList(named, interpreter, 'color', k.settings.cycle);
    else colors = [nextColor(self, interpreter, 'takenPatches')];
    const edgeName = given.edgecolors ?? k.take('edgecolor', 'ec');
    const edges =
      edgeName === undefined || edgeName === null || edgeName === 'face'
        ? null
        : edgeName === 'none'
          ? [NO_COLOR]
          : colorList(edgeName, interpreter, 'edgecolors');
    const width = given.linewidths ?? k.take('linewidth', 'lw') ?? null;
    const shape =
      given.marker === undefined || given.marker === null ? 'o' : (markerOf(given.marker, interpreter) ?? ',');
    const look = {
      sizes,
      colors,
      shape,
      edges,
      width: width === null ? k.settings.number('lines.linewidth') : (row(width, interpreter)[0] ?? 1),
      alpha: given.alpha === undefined || given.alpha === null ? null : row(given.alpha, interpreter)[0],
    };
    const mark = new PointsMark(x, y, look, mapping, values);
    if (mapping !== null) mapping.alpha = look.alpha;
    dress(mark, { label: k.text('label') ?? null, zorder: k.number('zorder') });
    k.take('transform', 'hatch');
    k.finish('PathCollection');
    const add = mapping === null ? addArtist : addImage;
    return add(self, axes, mark, pathCollection, interpreter);
  },
  'quiver * | scale= scale_units= angles= units= width= pivot= cmap= norm= vmin= vmax= headwidth= headlength= headaxislength= minlength= **'(
    self,
    call,
    axes,
  ) {
    const { given, more, interpreter } = call;
    const parts = more.map((part) => numbers(part, interpreter));
    const withPlaces = parts.length >= 4;
    const [u, v, c] = withPlaces ? parts.slice(2) : parts;
    if (u === undefined || v === undefined)
      throw new PyError('TypeError', 'Function takes 2 to 5 positional arguments');
    if (u.values.length !== v.values.length) throw valueError('Argument U has a size different from argument V');
    const [rows, columns] = u.shape.length === 2 ? u.shape : [1, u.values.length];
    const grid = (part: Numbers | undefined, across: boolean): Float64Array => {
      if (part !== undefined && part.values.length === u.values.length) return part.values;
      const count = across ? columns : rows;
      if (part !== undefined && part.values.length !== count)
        throw valueError(
          `Argument U has a size ${u.values.length} which does not match ${part.values.length}, the number of arrow positions`,
        );
      return Float64Array.from(u.values, (_, i) => {
        const k = across ? i % columns : Math.floor(i / columns);
        return part === undefined ? k : part.values[k];
      });
    };
    const k = new Keywords(call.rest, interpreter);
    const named = k.take('color', 'facecolor', 'fc', 'colors');
    const alpha = k.number('alpha');
    const colors: Color[] = named === undefined ? [[0, 0, 0, 1]] : colorList(named, interpreter);
    const faded = colors.map(([r, g, b, a]): Color => [r, g, b, alpha ?? a]);
    const mark = new ArrowsMark(
      grid(withPlaces ? parts[0] : undefined, true),
      grid(withPlaces ? parts[1] : undefined, false),
      u.values,
      v.values,
      faded,
    );
    if (c !== undefined) {
      mark.values = spread(more[withPlaces ? 4 : 2], u.values.length, 0, interpreter);
      mark.mapping = mappingOf(given, mark.values, k.settings.text('image.cmap'), interpreter);
    }
    mark.scale = numberOr(given.scale, null, interpreter);
    mark.angled = given.angles === 'xy';
    mark.inData = given.scale_units === 'xy' && given.angles === 'xy';
    mark.width = numberOr(given.width, null, interpreter);
    mark.pivot = given.pivot === 'mid' || given.pivot === 'middle' ? 'mid' : given.pivot === 'tip' ? 'tip' : 'tail';
    dress(mark, { label: k.text('label') ?? null, zorder: k.number('zorder') });
    k.finish('Quiver');
    return addImage(self, axes, mark, quiverClass, interpreter);
  },
  'quiverkey **': () => null,
};
