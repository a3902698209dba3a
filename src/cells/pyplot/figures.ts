/** The class of a figure, and how panels are put on it. */
import { Figure, INCH } from '../../draw/figure.ts';
import { runtimeError, typeError, valueError } from '../runtime/errors.ts';
import { Native } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { setEach } from './artists.ts';
import { axesClass } from './axes.ts';
import { color } from './colors.ts';
import { defineClass, type Methods, make, plainRepr } from './define.ts';
import { addSubplot, gridSpec, setMargins, settle, subplots } from './grids.ts';
import { colorbar, legend } from './legends.ts';
import { type AxesNative, FigureNative, figuresOf, pictureOf } from './part.ts';
import { Keywords } from './properties.ts';
import { flag, itemsOf, number, numberOr, row } from './read.ts';
import { saveFigure } from './saving.ts';
import { newAxes } from './sheet.ts';
import { TextNative, textClass } from './texts.ts';
import { figureText, titleOf, transform } from './words.ts';

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
