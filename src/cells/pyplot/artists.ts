/** What drawing calls answer: lines, patches, collections, texts. */
import type { Color } from '../../draw/color.ts';
import type { Mark } from '../../draw/mark.ts';
import { ContourMark } from '../../draw/marks/contour.ts';
import { ImageMark, MeshMark } from '../../draw/marks/image.ts';
import { LineMark, SegmentsMark } from '../../draw/marks/line.ts';
import { PointsMark } from '../../draw/marks/points.ts';
import { PolygonsMark } from '../../draw/marks/polygons.ts';
import { RectsMark } from '../../draw/marks/rects.ts';
import { PyError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import { type PyClass, type PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { cmapOf, color } from './colors.ts';
import { defineClass, plainRepr } from './define.ts';
import type { AxesNative } from './part.ts';
import { dashOf, markerOf } from './properties.ts';
import { arrayOf, flag, number, numberOr, pair, row, text } from './read.ts';

/** A mark in the hands of a cell. */
export class ArtistNative extends Native {
  readonly mark: Mark;
  /** Where it is drawn, once it is. */
  axes: PyInstance | null;
  constructor(mark: Mark, axes: PyInstance | null) {
    super();
    this.mark = mark;
    this.axes = axes;
  }
  references(visit: Visit): void {
    visit(this.axes);
    visit.weigh(this.mark.size / 8);
  }
}

const alpha = ([r, g, b]: Color, a: number): Color => [r, g, b, a];

function fade(mark: Mark, a: number): void {
  if (mark instanceof LineMark) {
    if (mark.stroke !== null) mark.stroke = { ...mark.stroke, color: alpha(mark.stroke.color, a) };
    if (mark.marker !== null) mark.marker = { ...mark.marker, face: alpha(mark.marker.face, a) };
  } else if (mark instanceof PointsMark) mark.look.alpha = a;
  else if (mark instanceof RectsMark) mark.faces = mark.faces.map((face) => alpha(face, a));
  else if (mark instanceof PolygonsMark)
    mark.looks = mark.looks.map((look) => ({ ...look, face: alpha(look.face, a) }));
  else if (mark instanceof ImageMark || mark instanceof MeshMark || mark instanceof ContourMark) mark.alpha = a;
}

function paint(mark: Mark, to: Color, part: 'both' | 'face' | 'edge'): void {
  if (mark instanceof LineMark) {
    if (mark.stroke !== null) mark.stroke = { ...mark.stroke, color: to };
    if (mark.marker !== null)
      mark.marker = { ...mark.marker, face: to, edge: { color: to, width: mark.marker.edge?.width ?? 1 } };
  } else if (mark instanceof PointsMark) {
    if (part !== 'edge') {
      mark.look.colors = [to];
      mark.mapping = null;
    }
    if (part !== 'face') mark.look.edges = [to];
  } else if (mark instanceof RectsMark) {
    if (part !== 'edge') mark.faces = [to];
    if (part !== 'face') mark.edge = { color: to, width: mark.edge?.width ?? 1 };
  } else if (mark instanceof PolygonsMark) {
    mark.looks = mark.looks.map((look) => ({
      face: part === 'edge' ? look.face : to,
      edge: part === 'face' ? look.edge : { color: to, width: look.edge?.width ?? 1 },
    }));
  } else if (mark instanceof SegmentsMark) mark.strokes = mark.strokes.map((stroke) => ({ ...stroke, color: to }));
}

/** `set(a=1, b=2)`: each by its own method. */
export function setEach(instance: PyInstance, { rest, interpreter }: Call, owner: string): Value {
  for (const [name, value] of rest) {
    let method: Value;
    try {
      method = interpreter.getAttribute(instance, `set_${name}`);
    } catch (error) {
      if (error instanceof PyError && error.type === 'AttributeError')
        throw new PyError('AttributeError', `${owner}.set() got an unexpected keyword argument '${name}'`);
      throw error;
    }
    interpreter.call(method, [value]);
  }
  return null;
}

export const numberIn = ({ given, interpreter }: Call, name: string): number =>
  number(given[name] as Value, interpreter);

export const artistClass = defineClass(ArtistNative, {
  name: 'Artist',
  module: 'artist',
  methods: {
    'set **': (_, call, instance) => setEach(instance, call, instance.cls.name),
    'set_label s': ({ mark }, { given, interpreter }) => {
      mark.label = text(given.s, interpreter);
      return null;
    },
    get_label: ({ mark }) => mark.label,
    'set_visible b': ({ mark }, { given, interpreter }) => {
      mark.visible = flag(given.b, true, interpreter);
      return null;
    },
    get_visible: ({ mark }) => mark.visible,
    'set_zorder level': ({ mark }, call) => {
      mark.zorder = numberIn(call, 'level');
      return null;
    },
    get_zorder: ({ mark }) => mark.zorder,
    'set_alpha alpha': ({ mark }, { given, interpreter }) => {
      fade(mark, numberOr(given.alpha, 1, interpreter));
      return null;
    },
    'set_color c': ({ mark }, { given, interpreter }) => {
      paint(mark, color(given.c as Value, interpreter), 'both');
      return null;
    },
    'set_facecolor color': ({ mark }, { given, interpreter }) => {
      paint(mark, color(given.color as Value, interpreter), 'face');
      return null;
    },
    'set_edgecolor color': ({ mark }, { given, interpreter }) => {
      paint(mark, color(given.color as Value, interpreter), 'edge');
      return null;
    },
    'set_clip_on b': () => null,
    'set_rasterized b': () => null,
    'set_gid b': () => null,
    remove: (self, _, instance) => {
      const axes = self.axes?.native as AxesNative | undefined;
      if (axes === undefined) throw new PyError('NotImplementedError', 'cannot remove artist');
      const at = axes.panel.marks.indexOf(self.mark);
      if (at >= 0) axes.panel.marks.splice(at, 1);
      const own = axes.artists.indexOf(instance);
      if (own >= 0) axes.artists.splice(own, 1);
      self.axes = null;
      return null;
    },
  },
  properties: {
    axes: ({ axes }) => axes,
    figure: ({ axes }) => (axes?.native as AxesNative | undefined)?.figure ?? null,
  },
});
artistClass.members.set('__repr__', plainRepr);

const lineOf = ({ mark }: ArtistNative): LineMark => mark as LineMark;

export const lineClass = defineClass(ArtistNative, {
  name: 'Line2D',
  module: 'lines',
  bases: [artistClass],
  methods: {
    'get_xdata orig=': (self, { interpreter }) => arrayOf(lineOf(self).x, interpreter),
    'get_ydata orig=': (self, { interpreter }) => arrayOf(lineOf(self).y, interpreter),
    'get_data orig=': (self, { interpreter }) =>
      new PyTuple([arrayOf(lineOf(self).x, interpreter), arrayOf(lineOf(self).y, interpreter)]),
    'set_xdata x': (self, { given, interpreter }) => {
      lineOf(self).x = row(given.x as Value, interpreter);
      return null;
    },
    'set_ydata y': (self, { given, interpreter }) => {
      lineOf(self).y = row(given.y as Value, interpreter);
      return null;
    },
    'set_data x y=': (self, { given, interpreter }) => {
      const parts = given.y === undefined ? [...interpreter.iterate(given.x as Value)] : [given.x as Value, given.y];
      if (parts.length !== 2) throw new PyError('ValueError', 'set_data takes x and y');
      const [x, y] = parts.map((part) => row(part, interpreter));
      if (x.length !== y.length) throw new PyError('RuntimeError', 'xdata and ydata must be the same length');
      lineOf(self).x = x;
      lineOf(self).y = y;
      return null;
    },
    get_color: (self) => hexOf(lineOf(self).stroke?.color ?? lineOf(self).marker?.face),
    'set_linewidth w': (self, call) => {
      const line = lineOf(self);
      if (line.stroke !== null) line.stroke = { ...line.stroke, width: numberIn(call, 'w') };
      return null;
    },
    get_linewidth: (self) => lineOf(self).stroke?.width ?? 0,
    'set_linestyle ls': (self, { given, interpreter }) => {
      const line = lineOf(self);
      const dash = dashOf(given.ls as Value, line.stroke?.width ?? 1.5, interpreter);
      line.stroke = dash === null ? null : { color: [0, 0, 0, 1], width: 1.5, ...line.stroke, dash };
      return null;
    },
    'set_marker marker': (self, { given, interpreter }) => {
      const line = lineOf(self);
      const shape = markerOf(given.marker as Value, interpreter);
      const tint = line.stroke?.color ?? ([0, 0, 0, 1] as const);
      line.marker =
        shape === null ? null : { size: 6, face: tint, edge: { color: tint, width: 1 }, ...line.marker, shape };
      return null;
    },
    'set_markersize sz': (self, call) => {
      const line = lineOf(self);
      if (line.marker !== null) line.marker = { ...line.marker, size: numberIn(call, 'sz') };
      return null;
    },
  },
});
for (const [alias, name] of [
  ['set_lw', 'set_linewidth'],
  ['set_ls', 'set_linestyle'],
])
  lineClass.members.set(alias, lineClass.members.get(name) as Value);

const hexOf = (shade: Color | undefined): string =>
  shade === undefined
    ? 'none'
    : `#${shade
        .slice(0, 3)
        .map((part) =>
          Math.round(part * 255)
            .toString(16)
            .padStart(2, '0'),
        )
        .join('')}`;

/** Artists whose colours come from numbers: a colour bar can tell them. */
export const mappingOfArtist = ({ mark }: ArtistNative) => {
  if (mark instanceof ImageMark || mark instanceof MeshMark || mark instanceof ContourMark) return mark.mapping;
  if (mark instanceof PointsMark) return mark.mapping;
  return null;
};

export const mappableClass = defineClass(ArtistNative, {
  name: 'ScalarMappable',
  module: 'cm',
  bases: [artistClass],
  methods: {
    'set_cmap cmap': (self, { given, interpreter }) => {
      const mapping = mappingOfArtist(self);
      if (mapping !== null) mapping.cmap = cmapOf(given.cmap, 'viridis', interpreter);
      return null;
    },
    'set_clim vmin= vmax=': (self, { given, interpreter }) => {
      const mapping = mappingOfArtist(self);
      if (mapping === null) return null;
      if (
        given.vmin !== undefined &&
        given.vmin !== null &&
        given.vmax === undefined &&
        typeof given.vmin === 'object'
      ) {
        [mapping.norm.low, mapping.norm.high] = pair(given.vmin, interpreter);
        return null;
      }
      mapping.norm.low = numberOr(given.vmin, mapping.norm.low, interpreter);
      mapping.norm.high = numberOr(given.vmax, mapping.norm.high, interpreter);
      return null;
    },
    get_clim: (self) =>
      new PyTuple([mappingOfArtist(self)?.norm.low ?? null, mappingOfArtist(self)?.norm.high ?? null]),
    'set_data A': (self, { given, interpreter }) => {
      if (!(self.mark instanceof ImageMark)) throw new PyError('NotImplementedError', 'set_data is for images');
      const values = row(given.A as Value, interpreter);
      if (values.length !== self.mark.values.length)
        throw new PyError('NotImplementedError', 'an image keeps its shape here');
      self.mark.values = values;
      return null;
    },
    'set_offsets offsets': (self, { given, interpreter }) => {
      if (!(self.mark instanceof PointsMark)) return null;
      const values = row(given.offsets as Value, interpreter);
      self.mark.x = values.filter((_, i) => i % 2 === 0);
      self.mark.y = values.filter((_, i) => i % 2 === 1);
      return null;
    },
    'set_array A': (self, { given, interpreter }) => {
      if (self.mark instanceof PointsMark) self.mark.values = row(given.A as Value, interpreter);
      return null;
    },
    'set_sizes sizes': (self, { given, interpreter }) => {
      if (self.mark instanceof PointsMark) self.mark.look.sizes = row(given.sizes as Value, interpreter);
      return null;
    },
    'legend_elements **': () => {
      throw new PyError(
        'NotImplementedError',
        'legend_elements is not supported here: scatter once for each class, with a label',
      );
    },
  },
});

const collection = (name: string, module = 'collections'): PyClass =>
  defineClass(ArtistNative, { name, module, bases: [mappableClass] });
export const pathCollection = collection('PathCollection');
export const polyCollection = collection('PolyCollection');
export const lineCollection = collection('LineCollection');
export const quadMesh = collection('QuadMesh');
export const imageClass = collection('AxesImage', 'image');
export const contourClass = collection('QuadContourSet', 'contour');
export const quiverClass = collection('Quiver', 'quiver');
export const patchClass = defineClass(ArtistNative, {
  name: 'Patch',
  module: 'patches',
  bases: [artistClass],
  methods: {
    'set_linewidth w': ({ mark }, call) => {
      const width = numberIn(call, 'w');
      if (mark instanceof PolygonsMark)
        mark.looks = mark.looks.map((look) => ({ ...look, edge: look.edge === null ? null : { ...look.edge, width } }));
      return null;
    },
    'set_hatch hatch': () => null,
    get_facecolor: ({ mark }) => {
      const face = mark instanceof PolygonsMark ? mark.looks[0].face : mark instanceof RectsMark ? mark.faces[0] : null;
      return face === null ? null : new PyTuple([...face]);
    },
  },
});
export const polygonClass = defineClass(ArtistNative, { name: 'Polygon', module: 'patches', bases: [patchClass] });

/** Of a few artists that one call drew together. */
const together = (name: string): PyClass =>
  defineClass(ArtistNative, {
    name,
    module: 'container',
    bases: [artistClass],
    methods: { __repr__: () => `<${name} object of 3 artists>` },
  });
export const errorbarContainer = together('ErrorbarContainer');
export const stemContainer = together('StemContainer');
