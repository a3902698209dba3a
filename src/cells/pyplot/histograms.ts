/** Histograms. */

import { binEdges, counted } from '../../draw/histogram.ts';
import { MeshMark } from '../../draw/marks/image.ts';
import { PolygonsMark } from '../../draw/marks/polygons.ts';
import { RectsMark } from '../../draw/marks/rects.ts';
import type { Stroke } from '../../draw/svg.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { patchClass, quadMesh } from './artists.ts';
import { barContainer } from './bar-artists.ts';
import { colorList, mappingOf } from './colors.ts';
import type { Methods } from './define.ts';
import type { AxesNative } from './part.ts';
import { dress, Keywords, patchLook } from './properties.ts';
import { arrayOf, flag, integer, itemsOf, numberOr, numbers, pair, row, text } from './read.ts';
import { addArtist, addImage, nextColor, spread } from './sheet.ts';

const MOST_BINS = 100_000;
/** Of the two directions together. */
const MOST_CELLS = 40_000;

/** Data of a histogram or a box plot: one row of numbers, or several. */
function rows(value: Value, interpreter: Interpreter): Float64Array[] {
  const items = itemsOf(value, interpreter);
  if (items === undefined || items.length === 0) return [row(value, interpreter)];
  const nested = items.map((item) => (typeof item === 'string' ? undefined : itemsOf(item, interpreter)));
  if (nested.every((inner) => inner === undefined)) return [row(value, interpreter)];
  const parts = items.map((item) => numbers(item, interpreter));
  return parts.map((part) => part.values);
}

/** As `rows`; a matrix is told by its columns. */
export function columns(value: Value, interpreter: Interpreter): Float64Array[] {
  const parts = rows(value, interpreter);
  const isList = value instanceof PyList || value instanceof PyTuple;
  if (isList || parts.length === 1) return parts;
  return Array.from({ length: parts[0].length }, (_, c) => Float64Array.from(parts, (part) => part[c]));
}

function hist(self: AxesNative, call: Call, axes: PyInstance): Value {
  const { given, interpreter } = call;
  const k = new Keywords(call.rest, interpreter);
  const data = columns(given.x as Value, interpreter);
  const range = given.range === undefined || given.range === null ? null : pair(given.range, interpreter);
  const total = Float64Array.from(data.flatMap((part) => [...part]));
  interpreter.budget.step(total.length);
  const edges = edgesOf(given.bins ?? k.settings.get('hist.bins') ?? 10n, total, range, interpreter);
  const weights = given.weights === undefined || given.weights === null ? null : columns(given.weights, interpreter);
  if (weights?.some((part, i) => part.length !== data[i]?.length))
    throw valueError('weights should have the same shape as x');
  let counts = data.map((part, i) => counted(part, edges, weights?.[i] ?? null));
  const width = (b: number): number => edges[b + 1] - edges[b];
  const density = flag(given.density, false, interpreter);
  const stacked = flag(given.stacked, false, interpreter);
  if (density) {
    const sums = counts.map((part) => part.reduce((sum, n) => sum + n, 0));
    const all = sums.reduce((sum, n) => sum + n, 0);
    counts = counts.map((part, i) => part.map((n, b) => n / ((stacked ? all : sums[i]) * width(b))));
  }
  if (given.cumulative !== undefined && given.cumulative !== null && given.cumulative !== false) {
    const back = typeof given.cumulative !== 'boolean' && numberOr(given.cumulative, 1, interpreter) < 0;
    counts = counts.map((part) => {
      const steps = density ? part.map((n, b) => n * width(b)) : part;
      let sum = 0;
      const out = (back ? steps.toReversed() : steps).map((n) => {
        sum += n;
        return sum;
      });
      return back ? out.reverse() : out;
    });
  }
  const type = given.histtype ?? 'bar';
  const flat = given.orientation === 'horizontal';
  const n = data.length;
  const named = k.take('color');
  const colors =
    named === undefined
      ? data.map(() => nextColor(self, interpreter))
      : colorList(named, interpreter, 'color', k.settings.cycle);
  const labels = k.take('label');
  const names = labels === undefined || typeof labels === 'string' ? undefined : itemsOf(labels, interpreter);
  const filled = type === 'stepfilled' || type === 'bar' || type === 'barstacked';
  const pile = stacked || type === 'barstacked';
  const rwidth = numberOr(given.rwidth, n > 1 && !pile ? 0.8 : 1, interpreter);
  const base = new Float64Array(edges.length - 1);
  if (given.bottom !== undefined && given.bottom !== null) base.set(spread(given.bottom, base.length, 0, interpreter));
  if (given.log === true) (flat ? self.panel.x : self.panel.y).scale = { kind: 'log', base: 10, threshold: 2 };
  const align = given.align ?? 'mid';
  const patches: Value[] = [];
  const tops: Float64Array[] = [];
  const shared = new Map<string, Value>();
  for (const name of [
    'alpha',
    'edgecolor',
    'ec',
    'linewidth',
    'lw',
    'linestyle',
    'ls',
    'zorder',
    'hatch',
    'facecolor',
    'fc',
    'fill',
  ]) {
    const value = k.take(name);
    if (value !== undefined) shared.set(name, value);
  }
  k.finish('Rectangle');
  counts.forEach((part, i) => {
    const color = colors[i % colors.length];
    const look = patchLook(new Keywords(shared, interpreter), () => color, 'Rectangle');
    const name = names === undefined ? (i === 0 ? text(labels, interpreter) : null) : text(names[i], interpreter);
    tops.push(pile ? part.map((value, b) => base[b] + value) : part);
    if (type === 'step' || type === 'stepfilled') {
      const points: number[] = [edges[0], base[0]];
      part.forEach((value, b) => {
        points.push(edges[b], base[b] + value, edges[b + 1], base[b] + value);
      });
      points.push(edges[edges.length - 1], base[base.length - 1]);
      const ring = Float64Array.from(flat ? swap(points) : points);
      const stroke: Stroke = {
        color: look.edge?.color ?? [color[0], color[1], color[2], look.alpha ?? 1],
        width: look.edge?.width ?? 1,
        dash: look.edge?.dash,
      };
      const mark = new PolygonsMark(
        [ring],
        [filled ? { face: look.face, edge: look.edge } : { face: [0, 0, 0, 0], edge: stroke }],
        { closed: filled },
      );
      dress(mark, { label: name, zorder: look.zorder });
      patches.push(new PyList([addArtist(self, axes, mark, patchClass, interpreter)]));
    } else {
      const rects = new Float64Array(4 * part.length);
      part.forEach((value, b) => {
        const slot = (rwidth * width(b)) / (pile ? 1 : n);
        const shift = align === 'left' ? -width(b) / 2 : align === 'right' ? width(b) / 2 : 0;
        const from = edges[b] + ((1 - rwidth) * width(b)) / 2 + (pile ? 0 : i * slot) + shift;
        rects.set(flat ? [base[b], from, value, slot] : [from, base[b], slot, value], 4 * b);
      });
      const mark = new RectsMark(rects, [look.face], look.edge, flat ? 'x' : 'y');
      dress(mark, { label: name, zorder: look.zorder });
      patches.push(addArtist(self, axes, mark, barContainer, interpreter));
    }
    if (pile)
      part.forEach((value, b) => {
        base[b] += value;
      });
  });
  const found = tops.map((part) => arrayOf(part, interpreter));
  return new PyTuple([
    n === 1 ? found[0] : arrayOfArrays(found, interpreter),
    arrayOf(edges, interpreter),
    n === 1 ? patches[0] : new PyList(patches),
  ]);
}

const arrayOfArrays = (parts: readonly Value[], interpreter: Interpreter): Value => {
  interpreter.budget.room(parts.length);
  return new PyList([...parts]);
};

export const swap = (points: readonly number[]): number[] => points.map((_, i) => points[i % 2 === 0 ? i + 1 : i - 1]);

export function edgesOf(
  bins: Value,
  values: Float64Array,
  range: [number, number] | null,
  interpreter: Interpreter,
): Float64Array {
  if (typeof bins === 'string') {
    const found = binEdges(values, bins, range);
    if (found === undefined) throw valueError(`${interpreter.repr(bins)} is not a valid estimator for \`bins\``);
    return found;
  }
  if (typeof bins !== 'bigint' && itemsOf(bins, interpreter) !== undefined) {
    const edges = row(bins, interpreter);
    if (edges.length < 2) throw valueError('`bins` must have at least two edges');
    if (edges.some((edge, i) => i > 0 && edge < edges[i - 1]))
      throw valueError('`bins` must increase monotonically, when an array');
    return edges;
  }
  if (typeof bins === 'number') throw typeError('`bins` must be an integer, a string, or an array');
  const count = integer(bins, interpreter);
  if (count < 1) throw valueError('`bins` must be positive, when an integer');
  if (count > MOST_BINS) throw valueError(`at most ${MOST_BINS} bins`);
  interpreter.budget.room(count);
  if (values.some((x) => !Number.isFinite(x)) && range === null) {
    const finite = values.filter((x) => !Number.isNaN(x));
    if (finite.some((x) => !Number.isFinite(x))) throw valueError('autodetected range of [-inf, inf] is not finite');
    return binEdges(finite, count, range) as Float64Array;
  }
  return binEdges(values, count, range) as Float64Array;
}

export const HISTOGRAMS: Methods<AxesNative> = {
  'hist x bins= range= density= weights= cumulative= bottom= histtype= align= orientation= rwidth= log= | stacked= **':
    hist,
  'hist2d x y bins= range= density= weights= cmin= cmax= | cmap= norm= vmin= vmax= **'(self, call, axes) {
    const { given, interpreter } = call;
    const [x, y] = [row(given.x as Value, interpreter), row(given.y as Value, interpreter)];
    if (x.length !== y.length) throw valueError('x and y must have the same length.');
    const { bins } = given;
    const both =
      bins === undefined || bins === null || typeof bins === 'bigint' ? undefined : itemsOf(bins, interpreter);
    const each = both?.length === 2 ? both : [bins ?? 10n, bins ?? 10n];
    const [xEdges, yEdges] = [edgesOf(each[0], x, null, interpreter), edgesOf(each[1], y, null, interpreter)];
    const [columns, rows] = [xEdges.length - 1, yEdges.length - 1];
    if (rows * columns > MOST_CELLS) throw valueError(`at most ${MOST_CELLS} cells`);
    const counts = new Float64Array(rows * columns);
    const place = (edges: Float64Array, value: number): number =>
      counted(Float64Array.of(value), edges, null).indexOf(1);
    x.forEach((value, i) => {
      interpreter.budget.step(1 + ((rows + columns) >> 2));
      const [c, r] = [place(xEdges, value), place(yEdges, y[i])];
      if (c >= 0 && r >= 0) counts[r * columns + c]++;
    });
    const k = new Keywords(call.rest, interpreter);
    const mapping = mappingOf(given, counts, k.settings.text('image.cmap'), interpreter);
    const corners = (pick: (c: number, r: number) => number): Float64Array =>
      Float64Array.from({ length: (rows + 1) * (columns + 1) }, (_, i) =>
        pick(i % (columns + 1), Math.floor(i / (columns + 1))),
      );
    const mark = new MeshMark(
      counts,
      [rows, columns],
      corners((c) => xEdges[c]),
      corners((_, r) => yEdges[r]),
      mapping,
    );
    mark.alpha = k.number('alpha') ?? null;
    k.finish('QuadMesh');
    const image = addImage(self, axes, mark, quadMesh, interpreter);
    const table = new PyList(
      Array.from({ length: columns }, (_, c) =>
        arrayOf(
          Float64Array.from({ length: rows }, (_, r) => counts[r * columns + c]),
          interpreter,
        ),
      ),
    );
    return new PyTuple([table, arrayOf(xEdges, interpreter), arrayOf(yEdges, interpreter), image]);
  },
};
