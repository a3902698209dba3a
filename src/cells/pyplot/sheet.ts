/** What all drawing calls do with a panel: take colours in turn, read places, add what they draw. */
import { type Color, namedColor } from '../../draw/color.ts';
import type { Mark } from '../../draw/mark.ts';
import type { Range } from '../../draw/panel.ts';
import { Panel } from '../../draw/panel.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { ArtistNative } from './artists.ts';
import { make } from './define.ts';
import { AxesNative, type FigureNative, figuresOf } from './part.ts';
import { numbers, row, texts } from './read.ts';

/** Panels of one figure, and artists of one panel. */
const MOST_PANELS = 200;
const MOST_ARTISTS = 10_000;

/** The next colour of the cycle: lines and fills each have their own turn. */
export function nextColor(
  { panel }: AxesNative,
  interpreter: Interpreter,
  of: 'taken' | 'takenPatches' = 'taken',
): Color {
  const { cycle } = figuresOf(interpreter).settings;
  const name = cycle[panel[of]++ % cycle.length];
  return namedColor(name) as Color;
}

export function addMark(self: AxesNative, mark: Mark, interpreter: Interpreter): void {
  if (self.panel.marks.length >= MOST_ARTISTS)
    throw new PyError('MemoryError', `a panel has at most ${MOST_ARTISTS} artists`);
  figuresOf(interpreter).room(mark.size);
  interpreter.budget.step(1 + (mark.size >> 4));
  self.panel.marks.push(mark);
  self.panel.size += mark.size + 16;
}

/** Adds a mark to a panel; what the cell gets for it. */
export function addArtist(
  self: AxesNative,
  axes: PyInstance,
  mark: Mark,
  cls: PyClass,
  interpreter: Interpreter,
): PyInstance {
  addMark(self, mark, interpreter);
  const artist = make(cls, new ArtistNative(mark, axes));
  self.artists.push(artist);
  self.sheet.shown = false;
  return artist;
}

/** One that a colour bar may be about. */
export function addImage(
  self: AxesNative,
  axes: PyInstance,
  mark: Mark,
  cls: PyClass,
  interpreter: Interpreter,
): PyInstance {
  const artist = addArtist(self, axes, mark, cls, interpreter);
  self.image = artist;
  self.sheet.image = artist;
  return artist;
}

/** Numbers along an axis; texts stand for 0, 1, 2, … there from then on. */
export function along(range: Range, value: Value, interpreter: Interpreter): Float64Array {
  const names = texts(value, interpreter);
  if (names === undefined) return row(value, interpreter);
  return Float64Array.from(names, (name) => {
    if (range.categories.length > 1000) throw valueError('an axis has at most 1000 categories');
    interpreter.budget.step(1 + (range.categories.length >> 3));
    return range.categoryOf(name);
  });
}

/** As many numbers as `count`: one number stands for all. */
export function spread(
  value: Value | undefined,
  count: number,
  fallback: number,
  interpreter: Interpreter,
): Float64Array {
  if (value === undefined || value === null) return new Float64Array(count).fill(fallback);
  const { values } = numbers(value, interpreter);
  if (values.length === count) return values;
  if (values.length === 1) return new Float64Array(count).fill(values[0]);
  throw valueError(
    `shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between arg 0 with shape (${count},) and arg 1 with shape (${values.length},).`,
  );
}

/** A new panel of a figure. */
export function newAxes(figure: PyInstance, cls: PyClass, interpreter: Interpreter): PyInstance {
  const native = figure.native as FigureNative;
  if (native.axes.length >= MOST_PANELS) throw new PyError('MemoryError', `a figure has at most ${MOST_PANELS} panels`);
  const panel = new Panel();
  dressPanel(panel, interpreter);
  native.figure.panels.push(panel);
  const axes = make(cls, new AxesNative(panel, figure));
  native.axes.push(axes);
  native.current = axes;
  return axes;
}

/** As the settings of the workspace say. */
export function dressPanel(panel: Panel, interpreter: Interpreter): void {
  const { settings } = figuresOf(interpreter);
  const style = settings.style();
  panel.face = style.face;
  panel.x.margin = settings.number('axes.xmargin');
  panel.y.margin = settings.number('axes.ymargin');
  const below = settings.get('axes.axisbelow');
  panel.gridBelow = below === 'line' ? 'line' : below === true;
  for (const side of ['left', 'right', 'bottom', 'top'] as const) {
    panel.spines[side].shown = settings.flag(`axes.spines.${side}`);
    panel.spines[side].width = settings.number('axes.linewidth');
    panel.spines[side].color = settings.color('axes.edgecolor');
  }
  for (const [axis, name] of [
    [panel.xAxis, 'xtick'],
    [panel.yAxis, 'ytick'],
  ] as const) {
    axis.labelColor = settings.color('axes.labelcolor');
    axis.labelSize = settings.size('axes.labelsize');
    axis.tickColor = settings.color(`${name}.color`);
    axis.tickSize = settings.size(`${name}.labelsize`);
    axis.tickLength = settings.number(`${name}.major.size`);
    axis.minorOn = settings.flag(`${name}.minor.visible`);
    const direction = settings.text(`${name}.direction`);
    axis.direction = direction === 'in' || direction === 'inout' ? direction : 'out';
    if (settings.flag('axes.grid')) axis.grid = style.grid;
  }
}

export const isAxes = (value: Value | undefined): value is PyInstance =>
  value instanceof PyInstance && value.native instanceof AxesNative;
