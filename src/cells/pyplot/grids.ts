/** How panels are put on a figure: in rows and columns, and in cells of a grid. */
import { MARGINS, type Margins } from '../../draw/layout.ts';
import type { Cell } from '../../draw/panel.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyDict, PyInstance, PySlice, PyTuple, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { setEach } from './artists.ts';
import { axesClass } from './axes.ts';
import { axesArray } from './axes-array.ts';
import { defineClass, make, plainRepr } from './define.ts';
import { AxesNative, FigureNative } from './part.ts';
import { Keywords } from './properties.ts';
import { flag, integer, itemsOf, row } from './read.ts';
import { newAxes } from './sheet.ts';

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
export function settle(axes: PyInstance, k: Keywords, owner: string): void {
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
