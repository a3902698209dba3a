/** Bars that were drawn, and each one of them. */
import type { Color } from '../../draw/color.ts';
import type { RectsMark } from '../../draw/marks/rects.ts';
import { PyError } from '../runtime/errors.ts';
import { Native, type Walk } from '../runtime/holding.ts';
import { type PyInstance, PyIterator, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { ArtistNative, artistClass, numberIn } from './artists.ts';
import { color } from './colors.ts';
import { defineClass, make, plainRepr } from './define.ts';
import { integer } from './read.ts';

/** One of many bars. */
class BarNative extends Native {
  readonly mark: RectsMark;
  readonly place: number;
  constructor(mark: RectsMark, place: number) {
    super();
    this.mark = mark;
    this.place = place;
  }
  part(i: number): number {
    return this.mark.rects[4 * this.place + i];
  }
  references(): void {}
}

const barPart = (i: number) => (bar: BarNative) => bar.part(i);

const barClass = defineClass(BarNative, {
  name: 'Rectangle',
  module: 'patches',
  methods: {
    get_x: barPart(0),
    get_y: barPart(1),
    get_width: barPart(2),
    get_height: barPart(3),
    get_xy: (bar) => new PyTuple([bar.part(0), bar.part(1)]),
    'set_height h': (bar, call) => {
      bar.mark.rects[4 * bar.place + 3] = numberIn(call, 'h');
      return null;
    },
    'set_color c': (bar, { given, interpreter }) => {
      bar.mark.faces = eachFace(bar, color(given.c as Value, interpreter));
      return null;
    },
    'set_facecolor c': (bar, { given, interpreter }) => {
      bar.mark.faces = eachFace(bar, color(given.c as Value, interpreter));
      return null;
    },
    'set_alpha a': (bar, call) => {
      const face = bar.mark.faces[bar.place % bar.mark.faces.length];
      bar.mark.faces = eachFace(bar, [face[0], face[1], face[2], numberIn(call, 'a')]);
      return null;
    },
    'set_edgecolor c': (bar, { given, interpreter }) => {
      bar.mark.edge = { color: color(given.c as Value, interpreter), width: bar.mark.edge?.width ?? 1 };
      return null;
    },
    'set_label s': () => null,
    'set_hatch h': () => null,
  },
});
barClass.members.set('__repr__', plainRepr);

const eachFace = ({ mark, place }: BarNative, face: Color): Color[] =>
  Array.from({ length: mark.rects.length / 4 }, (_, i) => (i === place ? face : mark.faces[i % mark.faces.length]));

const barsOf = ({ mark }: ArtistNative): PyInstance[] => {
  const rects = mark as RectsMark;
  return Array.from({ length: rects.rects.length / 4 }, (_, i) => make(barClass, new BarNative(rects, i)));
};

export const barContainer = defineClass(ArtistNative, {
  name: 'BarContainer',
  module: 'container',
  bases: [artistClass],
  methods: {
    __len__: ({ mark }) => BigInt((mark as RectsMark).rects.length / 4),
    __iter__: (self) => new PyIterator(new ArrayWalk(barsOf(self)) satisfies Walk),
    '__getitem__ at': (self, { given, interpreter }) => {
      const bars = barsOf(self);
      const at = integer(given.at as Value, interpreter);
      const found = bars[at < 0 ? at + bars.length : at];
      if (found === undefined) throw new PyError('IndexError', 'tuple index out of range');
      return found;
    },
    __repr__: ({ mark }) => `<BarContainer object of ${(mark as RectsMark).rects.length / 4} artists>`,
  },
  properties: { patches: (self) => new PyList(barsOf(self)) },
});
