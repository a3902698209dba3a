/** The class of a panel: everything that can be drawn into it. */
import { WHITE } from '../../draw/color.ts';
import type { Range, Side } from '../../draw/panel.ts';
import { LINEAR } from '../../draw/scale.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import { isSubclass } from '../runtime/mro.ts';
import { type PyInstance, PyIterator, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { AREAS } from './areas.ts';
import type { Call } from './arguments.ts';
import { imageClass, lineClass, mappableClass, patchClass, setEach } from './artists.ts';
import { axisObject } from './axis.ts';
import { barContainer } from './bar-artists.ts';
import { BARS } from './bars.ts';
import { BOXES } from './boxes.ts';
import { color } from './colors.ts';
import { addMethods, defineClass, type Methods, make, plainRepr } from './define.ts';
import { ERRORS } from './errors.ts';
import { HISTOGRAMS } from './histograms.ts';
import { IMAGES } from './images.ts';
import { LEGENDS } from './legends.ts';
import { LINES } from './lines.ts';
import { AxesNative } from './part.ts';
import { POINTS } from './points.ts';
import { flag, itemsOf, number, row } from './read.ts';
import { limitsOf, SCALES_AND_TICKS } from './scales.ts';
import { dressPanel, newAxes } from './sheet.ts';
import { transform, WORDS } from './words.ts';

const SIDES: readonly Side[] = ['left', 'right', 'bottom', 'top'];

/** ax.spines, or some of them. */
class SpinesNative extends Native {
  readonly axes: PyInstance;
  readonly sides: readonly Side[];
  constructor(axes: PyInstance, sides: readonly Side[]) {
    super();
    this.axes = axes;
    this.sides = sides;
  }
  get all() {
    const { spines } = (this.axes.native as AxesNative).panel;
    return this.sides.map((side) => spines[side]);
  }
  references(visit: Visit): void {
    visit(this.axes);
  }
}

const spinesOf = (axes: PyInstance, sides: readonly Side[]): PyInstance =>
  make(spinesClass, new SpinesNative(axes, sides));

const spinesClass = defineClass(SpinesNative, {
  name: 'Spines',
  module: 'spines',
  methods: {
    '__getitem__ key'({ axes }, { given, interpreter }) {
      const key = given.key as Value;
      const names = typeof key === 'string' ? [key] : (itemsOf(key, interpreter) ?? SIDES);
      for (const name of names)
        if (!SIDES.includes(name as Side)) throw new PyError('KeyError', interpreter.repr(name as Value));
      return spinesOf(axes, names as Side[]);
    },
    __iter__: ({ sides }) => new PyIterator(new ArrayWalk([...sides])),
    __len__: ({ sides }) => BigInt(sides.length),
    keys: ({ sides }) => new PyList([...sides]),
    values: ({ axes, sides }) => new PyList(sides.map((side) => spinesOf(axes, [side]))),
    items: ({ axes, sides }) => new PyList(sides.map((side) => new PyTuple([side, spinesOf(axes, [side])]))),
    'set_visible b'({ all }, { given, interpreter }) {
      for (const spine of all) spine.shown = flag(given.b, true, interpreter);
      return null;
    },
    'set_color c'({ all }, { given, interpreter }) {
      const named = color(given.c as Value, interpreter);
      for (const spine of all) spine.color = named;
      return null;
    },
    'set_linewidth w'({ all }, { given, interpreter }) {
      for (const spine of all) spine.width = number(given.w as Value, interpreter);
      return null;
    },
    'set_position position'({ all }, { given, interpreter }) {
      const { position } = given;
      const items = position instanceof PyTuple || position instanceof PyList ? position.items : null;
      let at: number;
      if (position === 'zero') at = 0;
      else if (items !== null && items[0] === 'data') at = number(items[1], interpreter);
      else throw new PyError('NotImplementedError', "a spine stands at 'zero' or at ('data', x) here");
      for (const spine of all) spine.at = at;
      return null;
    },
    'set_alpha a': () => null,
    'set **': (_, call, instance) => setEach(instance, call, 'Spine'),
  },
  properties: Object.fromEntries(SIDES.map((side) => [side, ({ axes }: SpinesNative) => spinesOf(axes, [side])])),
});
spinesClass.members.set('__repr__', plainRepr);

/** `ax.axis(…)`: 'off', 'equal', limits. */
function axis({ panel }: AxesNative, { given, interpreter }: Call): Value {
  const how = given.arg;
  const tight = (): void => {
    for (const range of [panel.x, panel.y]) {
      range.tight = true;
      range.low = range.high = null;
    }
  };
  if (typeof how === 'boolean') panel.axisOn = how;
  else if (typeof how === 'string') {
    if (how === 'off' || how === 'on') panel.axisOn = how === 'on';
    else if (how === 'equal') [panel.aspect, panel.fits] = [1, 'data'];
    else if (how === 'scaled') [panel.aspect, panel.fits] = [1, 'box'];
    else if (how === 'image') {
      [panel.aspect, panel.fits] = [1, 'box'];
      tight();
    } else if (how === 'square') {
      const [x, y] = [panel.x.limits(), panel.y.limits()];
      const span = Math.max(x[1] - x[0], y[1] - y[0]);
      panel.x.high = (panel.x.low = x[0]) + span;
      panel.y.high = (panel.y.low = y[0]) + span;
      [panel.aspect, panel.fits] = [1, 'box'];
    } else if (how === 'tight') tight();
    else if (how === 'auto') panel.aspect = null;
    else throw valueError(`Unrecognized string ${interpreter.repr(how)} to axis; try 'on' or 'off'`);
  } else if (how !== undefined && how !== null) {
    const limits = row(how, interpreter);
    if (limits.length !== 4)
      throw typeError('the first argument to axis() must be an iterable of the form [xmin, xmax, ymin, ymax]');
    [panel.x.low, panel.x.high, panel.y.low, panel.y.high] = limits;
    panel.x.inverted = limits[0] > limits[1];
    panel.y.inverted = limits[2] > limits[3];
  }
  for (const [name, range, end] of [
    ['xmin', panel.x, 'low'],
    ['xmax', panel.x, 'high'],
    ['ymin', panel.y, 'low'],
    ['ymax', panel.y, 'high'],
  ] as const) {
    const value = given[name];
    if (value !== undefined && value !== null) (range as Range)[end] = number(value, interpreter);
  }
  return new PyTuple([...limitsOf(panel.x).items, ...limitsOf(panel.y).items]);
}

/** Empties a panel, as it was when it was made. */
export function clear(self: AxesNative, interpreter: Call['interpreter']): void {
  const { panel } = self;
  panel.marks.length = 0;
  panel.size = 64;
  self.artists.length = 0;
  self.image = null;
  for (const range of [panel.x, panel.y]) {
    range.low = range.high = null;
    range.inverted = range.tight = false;
    range.scale = LINEAR;
    range.categories = [];
  }
  for (const one of [panel.xAxis, panel.yAxis]) {
    Object.assign(one, {
      label: '',
      at: null,
      labels: null,
      minor: null,
      grid: null,
      minorGrid: null,
      rotation: 0,
      labelsShown: true,
      ticksShown: true,
      shown: true,
    });
  }
  Object.assign(panel.titles, { left: null, center: null, right: null });
  Object.assign(panel, { legend: null, axisOn: true, aspect: null, taken: 0, takenPatches: 0 });
  dressPanel(panel, interpreter);
}

const twin = (self: AxesNative, { interpreter }: Call, axes: PyInstance, shared: 'x' | 'y'): Value => {
  const other = newAxes(self.figure, axes.cls, interpreter);
  const { panel } = other.native as AxesNative;
  panel.over = self.panel.over ?? self.panel;
  panel.share(shared, self.panel);
  panel.face = [...WHITE.slice(0, 3), 0] as never;
  // What is said of the axis that they share is said of both.
  panel.hidden[shared] = true;
  if (shared === 'x') panel.xAxis = self.panel.xAxis;
  else panel.yAxis = self.panel.yAxis;
  if (shared === 'x') panel.yAxis.side = 'right';
  else panel.xAxis.side = 'top';
  return other;
};

const boxOf = ({ panel, sheet }: AxesNative): readonly number[] => {
  if (panel.box !== null) return panel.box;
  const { cell } = panel;
  const { margins } = sheet.figure;
  const [width, height] = [margins.right - margins.left, margins.top - margins.bottom];
  if (cell === null) return [margins.left, margins.bottom, width, height];
  const w = width / (cell.columns + margins.wspace * (cell.columns - 1));
  const h = height / (cell.rows + margins.hspace * (cell.rows - 1));
  return [
    margins.left + cell.column[0] * w * (1 + margins.wspace),
    margins.top - (cell.row[1] + 1) * h - cell.row[1] * h * margins.hspace,
    w * (cell.column[1] - cell.column[0] + 1) + w * margins.wspace * (cell.column[1] - cell.column[0]),
    h * (cell.row[1] - cell.row[0] + 1) + h * margins.hspace * (cell.row[1] - cell.row[0]),
  ];
};

const short = (x: number): string => `${Number(x.toPrecision(6))}`;

const PANEL: Methods<AxesNative> = {
  'axis arg= emit= | xmin= xmax= ymin= ymax=': axis,
  'set_aspect aspect adjustable= anchor= share='({ panel }, { given, interpreter }) {
    const { aspect } = given;
    panel.aspect = aspect === 'auto' ? null : aspect === 'equal' ? 1 : number(aspect as Value, interpreter);
    panel.fits = given.adjustable === 'datalim' ? 'data' : 'box';
    return null;
  },
  'set_box_aspect aspect=': () => null,
  set_axis_off: ({ panel }) => {
    panel.axisOn = false;
    return null;
  },
  set_axis_on: ({ panel }) => {
    panel.axisOn = true;
    return null;
  },
  'set_frame_on b': ({ panel }, { given, interpreter }) => {
    panel.framed = flag(given.b, true, interpreter);
    return null;
  },
  'set_facecolor color': ({ panel }, { given, interpreter }) => {
    panel.face = color(given.color as Value, interpreter);
    return null;
  },
  'set_visible b': ({ panel }, { given, interpreter }) => {
    panel.visible = flag(given.b, true, interpreter);
    return null;
  },
  'set_prop_cycle **': () => null,
  'set_position pos which='({ panel }, { given, interpreter }) {
    panel.box = [...row(given.pos as Value, interpreter)];
    return null;
  },
  label_outer({ panel }) {
    const { cell } = panel;
    if (cell === null) return null;
    if (cell.row[1] < cell.rows - 1) {
      panel.xAxis.labelsShown = false;
      panel.xAxis.label = '';
    }
    if (cell.column[0] > 0) {
      panel.yAxis.labelsShown = false;
      panel.yAxis.label = '';
    }
    return null;
  },
  'set **': (_, call, instance) => setEach(instance, call, 'AxesSubplot'),
  cla: (self, { interpreter }) => {
    clear(self, interpreter);
    return null;
  },
  clear: (self, { interpreter }) => {
    clear(self, interpreter);
    return null;
  },
  twinx: (self, call, axes) => twin(self, call, axes, 'x'),
  twiny: (self, call, axes) => twin(self, call, axes, 'y'),
  get_figure: ({ figure }) => figure,
  'inset_axes bounds **'(self, { given, interpreter }, axes) {
    const [u, v, w, h] = row(given.bounds as Value, interpreter);
    const [left, bottom, width, height] = boxOf(self);
    const inset = newAxes(self.figure, axes.cls, interpreter);
    (inset.native as AxesNative).panel.box = [left + u * width, bottom + v * height, w * width, h * height];
    self.sheet.current = axes;
    return inset;
  },
  remove(self, _, axes) {
    const { sheet, panel } = self;
    const at = sheet.figure.panels.indexOf(panel);
    if (at >= 0) sheet.figure.panels.splice(at, 1);
    const own = sheet.axes.indexOf(axes);
    if (own >= 0) sheet.axes.splice(own, 1);
    if (sheet.current === axes) sheet.current = sheet.axes.at(-1) ?? null;
    return null;
  },
  __repr__({ panel }, { interpreter }) {
    const parts = [
      panel.titles.center === null ? '' : `title={'center': ${interpreter.repr(panel.titles.center.text)}}`,
      panel.xAxis.label === '' ? '' : `xlabel=${interpreter.repr(panel.xAxis.label)}`,
      panel.yAxis.label === '' ? '' : `ylabel=${interpreter.repr(panel.yAxis.label)}`,
    ].filter((part) => part !== '');
    return `<AxesSubplot: ${parts.join(', ')}>`;
  },
  __str__(self) {
    const [left, bottom, width, height] = boxOf(self).map(short);
    return `AxesSubplot(${left},${bottom};${width}x${height})`;
  },
};

export const axesClass = defineClass(AxesNative, {
  name: 'AxesSubplot',
  module: 'axes._subplots',
  methods: {
    ...PANEL,
    ...LINES,
    ...POINTS,
    ...BARS,
    ...HISTOGRAMS,
    ...BOXES,
    ...ERRORS,
    ...AREAS,
    ...IMAGES,
    ...SCALES_AND_TICKS,
    ...WORDS,
    ...LEGENDS,
  },
  properties: {
    figure: ({ figure }) => figure,
    spines: (_, __, axes) => spinesOf(axes, SIDES),
    xaxis: (_, __, axes) => axisObject(axes, 'x'),
    yaxis: (_, __, axes) => axisObject(axes, 'y'),
    lines: ({ artists }) => new PyList(artists.filter((one) => isSubclass(one.cls, lineClass))),
    images: ({ artists }) => new PyList(artists.filter((one) => one.cls === imageClass)),
    patches: ({ artists }, interpreter) =>
      new PyList(
        artists.flatMap((one): Value[] => {
          if (one.cls === barContainer) return [...interpreter.iterate(one)];
          return isSubclass(one.cls, patchClass) ? [one] : [];
        }),
      ),
    containers: ({ artists }) => new PyList(artists.filter((one) => one.cls === barContainer)),
    collections: ({ artists }) =>
      new PyList(artists.filter((one) => isSubclass(one.cls, mappableClass) && one.cls !== imageClass)),
    transAxes: () => transform('panel'),
    transData: () => transform('data'),
  },
});
addMethods(axesClass, AxesNative, {
  get_lines: ({ artists }) => new PyList(artists.filter((one) => isSubclass(one.cls, lineClass))),
  get_xaxis: (_, __, axes) => axisObject(axes, 'x'),
  get_yaxis: (_, __, axes) => axisObject(axes, 'y'),
});
