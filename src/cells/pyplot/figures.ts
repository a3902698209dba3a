/** The class of a figure, and how panels are put on it. */
import { Figure, INCH } from '../../draw/figure.ts';
import { MARGINS, type Margins } from '../../draw/layout.ts';
import type { Cell } from '../../draw/panel.ts';
import { runtimeError, typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyDict, PyInstance, PyList, PySlice, PyTuple, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { setEach } from './artists.ts';
import { axesClass } from './axes.ts';
import { axesArray } from './axes-array.ts';
import { color } from './colors.ts';
import { defineClass, type Methods, make, plainRepr } from './define.ts';
import { colorbar, legend } from './legends.ts';
import { AxesNative, FigureNative, figuresOf, pictureOf } from './part.ts';
import { Keywords } from './properties.ts';
import { flag, integer, itemsOf, number, numberOr, row } from './read.ts';
import { saveFigure } from './saving.ts';
import { newAxes } from './sheet.ts';
import { figureText, TextNative, textClass, titleOf, transform } from './words.ts';

const MOST_INCHES = 100;

export function newFigure(
  k: Keywords,
  number: number | string,
  figsize: Value | undefined,
  interpreter: Interpreter,
): PyInstance {
  const { settings } = k;
  const size = figsize ?? settings.get('figure.figsize') ?? null;
  const items = size === null ? undefined : itemsOf(size, interpreter);
  if (items === undefined) throw typeError(`Value after * must be an iterable, not ${interpreter.repr(size)}`);
  const [width, height] = items.map((part) => numberOr(part, 1, interpreter));
  if (!(width > 0 && height > 0 && width < Number.POSITIVE_INFINITY && height < Number.POSITIVE_INFINITY))
    throw valueError(`figure size must be positive finite not ${interpreter.repr(size)}`);
  if (width > MOST_INCHES || height > MOST_INCHES)
    throw valueError(`a figure has at most ${MOST_INCHES} inches along each side here`);
  const figure = new Figure(width, height, settings.style());
  figure.dpi = k.number('dpi') ?? settings.number('figure.dpi');
  figure.face = k.color('facecolor') ?? settings.color('figure.facecolor');
  const layout = k.text('layout');
  const tight = [
    k.flag(settings.flag('figure.autolayout'), 'tight_layout'),
    k.flag(settings.flag('figure.constrained_layout.use'), 'constrained_layout'),
    layout === 'tight' || layout === 'constrained',
  ];
  if (tight.includes(true)) figure.tight = 1.08;
  k.take('edgecolor', 'frameon', 'FigureClass', 'clear', 'linewidth');
  return make(figureClass, new FigureNative(figure, number));
}

/** Rows and columns of a grid, and how they are shared out. */
interface GridShape {
  readonly rows: number;
  readonly columns: number;
  readonly widths: readonly number[] | null;
  readonly heights: readonly number[] | null;
}

const MOST_CELLS = 200;

function gridShape(rows: number, columns: number, k: Keywords | null): GridShape {
  const count = (n: number, what: string): void => {
    if (!Number.isInteger(n) || n <= 0) throw valueError(`Number of ${what} must be a positive integer, not ${n}`);
  };
  count(rows, 'rows');
  count(columns, 'columns');
  if (rows * columns > MOST_CELLS) throw valueError(`a figure has at most ${MOST_CELLS} panels`);
  const ratios = (name: string): readonly number[] | null => {
    const value = k?.take(name);
    return value === undefined || k === null ? null : [...row(value, k.interpreter)];
  };
  return { rows, columns, widths: ratios('width_ratios'), heights: ratios('height_ratios') };
}

const cellAt = (shape: GridShape, row: readonly [number, number], column: readonly [number, number]): Cell => ({
  ...shape,
  row,
  column,
});

/** `add_subplot(2, 2, 1)`, `add_subplot(221)`, `add_subplot(gs[0, :])`. */
export function addSubplot(
  figure: PyInstance,
  args: readonly Value[],
  rest: ReadonlyMap<string, Value>,
  interpreter: Interpreter,
  reuse = false,
): PyInstance {
  const cell = cellOf(args, interpreter);
  const sheet = figure.native as FigureNative;
  if (reuse) {
    const same = sheet.axes.find((axes) => sameCell((axes.native as AxesNative).panel.cell, cell));
    if (same !== undefined) {
      sheet.current = same;
      return same;
    }
  }
  const k = new Keywords(rest, interpreter);
  const projection = k.text('projection');
  if (k.flag(false, 'polar') || (projection !== undefined && projection !== 'rectilinear'))
    throw valueError(`Unknown projection '${projection ?? 'polar'}'`);
  const shareX = k.take('sharex');
  const shareY = k.take('sharey');
  const axes = newAxes(figure, axesClass, interpreter);
  const { panel } = axes.native as AxesNative;
  panel.cell = cell;
  if (shareX instanceof PyInstance && shareX.native instanceof AxesNative) panel.share('x', shareX.native.panel);
  if (shareY instanceof PyInstance && shareY.native instanceof AxesNative) panel.share('y', shareY.native.panel);
  settle(axes, k, 'AxesSubplot');
  return axes;
}

/** Keywords of a new panel that its own methods take. */
function settle(axes: PyInstance, k: Keywords, owner: string): void {
  const { interpreter } = k;
  k.take('frameon', 'label');
  const rest = new Map<string, Value>();
  for (const name of [
    'title',
    'xlabel',
    'ylabel',
    'xlim',
    'ylim',
    'xticks',
    'yticks',
    'facecolor',
    'aspect',
    'xscale',
    'yscale',
    'xticklabels',
    'yticklabels',
  ]) {
    const value = k.take(name);
    if (value !== undefined) rest.set(name, value);
  }
  k.finish(owner);
  setEach(axes, { given: {}, more: [], rest, interpreter }, owner);
}

const sameCell = (a: Cell | null, b: Cell): boolean =>
  a !== null && a.rows === b.rows && a.columns === b.columns && `${a.row},${a.column}` === `${b.row},${b.column}`;

function cellOf(args: readonly Value[], interpreter: Interpreter): Cell {
  const [first, second, third] = args;
  if (first instanceof PyInstance && first.native instanceof CellNative) return first.native.cell;
  if (args.length === 0) return cellAt(gridShape(1, 1, null), [0, 0], [0, 0]);
  if (args.length === 1) {
    const code = integer(first, interpreter);
    if (code < 100 || code > 999)
      throw valueError(`Integer subplot specification must be a three-digit number, not ${code}`);
    return numbered(Math.floor(code / 100), Math.floor(code / 10) % 10, code % 10, code % 10);
  }
  if (args.length !== 3) throw typeError(`subplot() takes 1 or 3 positional arguments but ${args.length} were given`);
  const [rows, columns] = [integer(first, interpreter), integer(second, interpreter)];
  const items = typeof third === 'bigint' ? undefined : itemsOf(third, interpreter);
  const [from, to] =
    items === undefined
      ? [integer(third, interpreter), integer(third, interpreter)]
      : items.map((one) => integer(one, interpreter));
  return numbered(rows, columns, from, to);
}

function numbered(rows: number, columns: number, from: number, to: number): Cell {
  const shape = gridShape(rows, columns, null);
  for (const at of [from, to])
    if (at < 1 || at > rows * columns) throw valueError(`num must be 1 <= num <= ${rows * columns}, not ${at}`);
  const places = [from - 1, to - 1].map((at) => [Math.floor(at / columns), at % columns]);
  const span = (i: number): [number, number] => [
    Math.min(places[0][i], places[1][i]),
    Math.max(places[0][i], places[1][i]),
  ];
  return cellAt(shape, span(0), span(1));
}

/** `fig.subplots(2, 3, sharex=True)`: what the cell gets for them. */
export function subplots(figure: PyInstance, rows: number, columns: number, call: Call): Value {
  const { interpreter } = call;
  const k = new Keywords(call.rest, interpreter);
  const gridspec = k.take('gridspec_kw');
  const entries = new Map<string, Value>(
    gridspec instanceof PyDict
      ? [...gridspec.entries.values()].map(([key, value]): [string, Value] => [String(key), value])
      : [],
  );
  for (const name of ['width_ratios', 'height_ratios']) {
    const value = k.take(name);
    if (value !== undefined) entries.set(name, value);
  }
  const grid = new Keywords(entries, interpreter);
  const shape = gridShape(rows, columns, grid);
  setMargins((figure.native as FigureNative).figure.margins, grid);
  const share = { x: sharing(k.take('sharex'), interpreter), y: sharing(k.take('sharey'), interpreter) };
  const squeeze = k.flag(true, 'squeeze');
  const inner = k.take('subplot_kw');
  const own = new Map<string, Value>(
    inner instanceof PyDict
      ? [...inner.entries.values()].map(([key, value]): [string, Value] => [String(key), value])
      : [],
  );
  k.finish('Figure.subplots');
  const made: PyInstance[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const axes = addSubplot(
        figure,
        [make(cellClass, new CellNative(cellAt(shape, [r, r], [c, c])))],
        own,
        interpreter,
      );
      const { panel } = axes.native as AxesNative;
      for (const way of ['x', 'y'] as const) {
        const leader = { all: 0, row: r * columns, col: c, none: made.length }[share[way]];
        if (leader < made.length) panel.share(way, (made[leader].native as AxesNative).panel);
      }
      if ((share.x === 'all' || share.x === 'col') && r < rows - 1) panel.xAxis.labelsShown = false;
      if ((share.y === 'all' || share.y === 'row') && c > 0) panel.yAxis.labelsShown = false;
      made.push(axes);
    }
  }
  return axesArray(made, rows, columns, squeeze);
}

function sharing(value: Value | undefined, interpreter: Interpreter): 'all' | 'row' | 'col' | 'none' {
  if (value === 'all' || value === 'row' || value === 'col' || value === 'none') return value;
  return flag(value, false, interpreter) ? 'all' : 'none';
}

export function setMargins(margins: Margins, k: Keywords): void {
  for (const name of Object.keys(MARGINS) as (keyof Margins)[]) {
    const value = k.number(name);
    if (value !== undefined) margins[name] = value;
  }
  if (margins.left >= margins.right) throw valueError('left cannot be >= right');
  if (margins.bottom >= margins.top) throw valueError('bottom cannot be >= top');
}

/** A place in a grid. */
class CellNative extends Native {
  readonly cell: Cell;
  constructor(cell: Cell) {
    super();
    this.cell = cell;
  }
  references(): void {}
}
const cellClass = defineClass(CellNative, { name: 'SubplotSpec', module: 'gridspec' });
cellClass.members.set('__repr__', plainRepr);

class GridNative extends Native {
  readonly shape: GridShape;
  constructor(shape: GridShape) {
    super();
    this.shape = shape;
  }
  references(_: Visit): void {}
}

function spanOf(index: Value, count: number, interpreter: Interpreter): [number, number] {
  const at = (value: Value, fallback: number): number => {
    const i = value === null ? fallback : integer(value, interpreter);
    return i < 0 ? i + count : i;
  };
  const span: [number, number] =
    index instanceof PySlice ? [at(index.start, 0), at(index.stop, count) - 1] : [at(index, 0), at(index, 0)];
  if (span[0] < 0 || span[1] >= count || span[0] > span[1])
    throw valueError('GridSpec slice would result in no space allocated for subplot');
  return span;
}

const gridClass = defineClass(GridNative, {
  name: 'GridSpec',
  module: 'gridspec',
  methods: {
    '__getitem__ key'({ shape }, { given, interpreter }) {
      const { key } = given;
      const [row, column] =
        key instanceof PyTuple
          ? [spanOf(key.items[0], shape.rows, interpreter), spanOf(key.items[1], shape.columns, interpreter)]
          : flatSpan(key as Value, shape, interpreter);
      return make(cellClass, new CellNative(cellAt(shape, row, column)));
    },
    'update **': () => null,
  },
});
gridClass.members.set('__repr__', plainRepr);

function flatSpan(key: Value, shape: GridShape, interpreter: Interpreter): [number, number][] {
  const [from, to] = spanOf(key, shape.rows * shape.columns, interpreter);
  const cell = numbered(shape.rows, shape.columns, from + 1, to + 1);
  return [[...cell.row], [...cell.column]];
}

export function gridSpec(
  rows: number,
  columns: number,
  rest: ReadonlyMap<string, Value>,
  interpreter: Interpreter,
  figure: PyInstance | null,
): PyInstance {
  const k = new Keywords(rest, interpreter);
  const shape = gridShape(rows, columns, k);
  const on = k.take('figure');
  const sheet = on instanceof PyInstance && on.native instanceof FigureNative ? on : figure;
  if (sheet !== null) setMargins((sheet.native as FigureNative).figure.margins, k);
  k.take(
    ...Object.keys(MARGINS)
      .filter((name) => rest.has(name) && sheet === null)
      .slice(0, 1),
  );
  return make(gridClass, new GridNative(shape));
}

const inches = (points: number): number => points / INCH;

const METHODS: Methods<FigureNative> = {
  'add_subplot * **': (_, { more, rest, interpreter }, figure) => addSubplot(figure, more, rest, interpreter),
  'add_axes rect **'(_, { given, rest, interpreter }, figure) {
    const box = [...row(given.rect as Value, interpreter)];
    if (box.length !== 4) throw valueError('add_axes takes [left, bottom, width, height]');
    const axes = newAxes(figure, axesClass, interpreter);
    (axes.native as AxesNative).panel.box = box;
    settle(axes, new Keywords(rest, interpreter), 'Axes');
    return axes;
  },
  'subplots nrows= ncols= **'(_, call, figure) {
    const { given, interpreter } = call;
    return subplots(figure, numberOr(given.nrows, 1, interpreter), numberOr(given.ncols, 1, interpreter), call);
  },
  'add_gridspec nrows= ncols= **': (_, { given, rest, interpreter }, figure) =>
    gridSpec(numberOr(given.nrows, 1, interpreter), numberOr(given.ncols, 1, interpreter), rest, interpreter, figure),
  'gca **': (_, { interpreter }, figure) => currentAxes(figure, interpreter),
  'sca a'(sheet, { given }) {
    if (!(given.a instanceof PyInstance) || !sheet.axes.includes(given.a))
      throw valueError('Argument must be an Axes of this figure');
    sheet.current = given.a;
    return given.a;
  },
  'suptitle t | x= y= **'({ figure }, { given, rest, interpreter }) {
    const k = new Keywords(rest, interpreter);
    k.take('horizontalalignment', 'ha', 'verticalalignment', 'va');
    const title = titleOf(interpreter.str(given.t as Value), k, 0);
    figure.title = { ...title, x: numberOr(given.x, 0.5, interpreter), y: numberOr(given.y, 0.98, interpreter) };
    return make(textClass, new TextNative(figure.title, null, figure.title.x, figure.title.y));
  },
  'supxlabel t **'({ figure }, { given, rest, interpreter }) {
    figure.labels.x = titleOf(interpreter.str(given.t as Value), new Keywords(rest, interpreter), 0);
    return make(textClass, new TextNative(figure.labels.x, null, 0.5, 0.01));
  },
  'supylabel t **'({ figure }, { given, rest, interpreter }) {
    figure.labels.y = titleOf(interpreter.str(given.t as Value), new Keywords(rest, interpreter), 0);
    return make(textClass, new TextNative(figure.labels.y, null, 0.02, 0.5));
  },
  'text x y s **'({ figure }, { given, rest, interpreter }) {
    if (figure.words.length >= 1000) throw runtimeError('a figure has at most 1000 texts');
    const mark = figureText(given.x as Value, given.y as Value, given.s as Value, rest, interpreter);
    figure.words.push(mark);
    return make(textClass, new TextNative(mark, null, mark.place.x, mark.place.y));
  },
  'legend * **': (sheet, call) => legend(sheet.figure.panels, sheet.figure, call),
  'colorbar mappable= cax= ax= **': (_, call, figure) => colorbar(figure, call),
  'tight_layout | pad= h_pad= w_pad= rect='({ figure }, { given, interpreter }) {
    figure.tight = numberOr(given.pad, 1.08, interpreter);
    return null;
  },
  'set_tight_layout b': ({ figure }, { given, interpreter }) => {
    figure.tight = flag(given.b, true, interpreter) ? 1.08 : null;
    return null;
  },
  'subplots_adjust left= bottom= right= top= wspace= hspace='({ figure }, { given, interpreter }) {
    const entries = Object.entries(given).filter((entry): entry is [string, Value] => entry[1] !== undefined);
    setMargins(figure.margins, new Keywords(new Map(entries), interpreter));
    figure.tight = null;
    return null;
  },
  'set_size_inches w h= forward='({ figure }, { given, interpreter }) {
    const [width, height] =
      given.h === undefined
        ? row(given.w as Value, interpreter)
        : [number(given.w as Value, interpreter), number(given.h as Value, interpreter)];
    if (!(width > 0 && height > 0 && width <= MOST_INCHES && height <= MOST_INCHES))
      throw valueError(`figure size must be positive finite not (${width}, ${height})`);
    figure.width = width * INCH;
    figure.height = height * INCH;
    return null;
  },
  get_size_inches: ({ figure }) => new PyTuple([inches(figure.width), inches(figure.height)]),
  'set_figwidth v': ({ figure }, { given, interpreter }) => {
    figure.width = Math.min(MOST_INCHES, number(given.v as Value, interpreter)) * INCH;
    return null;
  },
  'set_figheight v': ({ figure }, { given, interpreter }) => {
    figure.height = Math.min(MOST_INCHES, number(given.v as Value, interpreter)) * INCH;
    return null;
  },
  'set_dpi v': ({ figure }, { given, interpreter }) => {
    figure.dpi = number(given.v as Value, interpreter);
    return null;
  },
  'set_facecolor color': ({ figure }, { given, interpreter }) => {
    figure.face = color(given.color as Value, interpreter);
    return null;
  },
  get_axes: ({ axes }) => new PyList([...axes]),
  'delaxes ax'(_, { given, interpreter }) {
    interpreter.call(interpreter.getAttribute(given.ax as Value, 'remove'), []);
    return null;
  },
  'autofmt_xdate **': (sheet) => {
    for (const { panel } of sheet.axes.map((axes) => axes.native as AxesNative))
      Object.assign(panel.xAxis, { rotation: 30, across: 'right' });
    return null;
  },
  'align_labels axs=': () => null,
  'align_xlabels axs=': () => null,
  'align_ylabels axs=': () => null,
  'clf keep_observers=': (sheet) => clearFigure(sheet),
  'clear keep_observers=': (sheet) => clearFigure(sheet),
  'show warn=': (_, { interpreter }, figure) => {
    showOne(figure, interpreter);
    return null;
  },
  'savefig fname **': (sheet, call) => saveFigure(sheet, call),
  'draw * **': () => null,
  'set **': (_, call, instance) => setEach(instance, call, 'Figure'),
  _repr_svg_(sheet, { interpreter }) {
    sheet.shown = true;
    return pictureOf(sheet.figure, interpreter);
  },
  __repr__: ({ figure, axes }) =>
    `<Figure size ${pixels(figure.width, figure.dpi)}x${pixels(figure.height, figure.dpi)} with ${axes.length} Axes>`,
  __str__: ({ figure }) => `Figure(${pixels(figure.width, figure.dpi)}x${pixels(figure.height, figure.dpi)})`,
};

const pixels = (points: number, dpi: number): number => Math.floor(inches(points) * dpi + 1e-9);

/** fig.canvas: there is no window, so that nothing is to be done. */
class CanvasNative extends Native {
  references(): void {}
}
const canvasClass = defineClass(CanvasNative, {
  name: 'FigureCanvasBase',
  module: 'backend_bases',
  methods: { draw: () => null, draw_idle: () => null, flush_events: () => null, 'set_window_title title': () => null },
});
canvasClass.members.set('__repr__', plainRepr);

export const figureClass = defineClass(FigureNative, {
  name: 'Figure',
  module: 'figure',
  methods: METHODS,
  properties: {
    axes: ({ axes }) => new PyList([...axes]),
    number: ({ number }) => (typeof number === 'number' ? BigInt(number) : number),
    dpi: ({ figure }) => figure.dpi,
    canvas: () => make(canvasClass, new CanvasNative()),
    transFigure: () => transform('figure'),
  },
});

function clearFigure(sheet: FigureNative): null {
  const { figure } = sheet;
  figure.panels.length = 0;
  figure.words.length = 0;
  Object.assign(figure, { title: null, legend: null, labels: { x: null, y: null } });
  sheet.axes.length = 0;
  sheet.current = sheet.image = null;
  return null;
}

export function showOne(figure: PyInstance, interpreter: Interpreter): void {
  const sheet = figure.native as FigureNative;
  interpreter.displays.add('image/svg+xml', pictureOf(sheet.figure, interpreter));
  sheet.shown = true;
}

/** The panel that is drawn into, made where there is none. */
export function currentAxes(figure: PyInstance, interpreter: Interpreter): PyInstance {
  const sheet = figure.native as FigureNative;
  return sheet.current ?? addSubplot(figure, [], new Map(), interpreter);
}

export function currentFigure(interpreter: Interpreter): PyInstance {
  const figures = figuresOf(interpreter);
  if (figures.current !== null) return figures.current;
  const figure = newFigure(new Keywords(new Map(), interpreter), figures.free, undefined, interpreter);
  figures.add(figure);
  return figure;
}
