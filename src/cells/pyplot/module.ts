/** matplotlib.pyplot: the functions of a session, which draw into the current panel. */
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { NativeFunction, PyInstance, PyList, PyModule, PyTuple, type Value } from '../runtime/values.ts';
import { PATCHES } from './areas.ts';
import { type Call, fn } from './arguments.ts';
import { setEach } from './artists.ts';
import { axesClass } from './axes.ts';
import { cmModule, getCmap } from './color-modules.ts';
import { currentAxes, currentFigure, figureClass, newFigure } from './figures.ts';
import { addSubplot, subplots } from './grids.ts';
import { colorbar } from './legends.ts';
import { type AxesNative, FigureNative, figuresOf } from './part.ts';
import { imread, imsave } from './picture-files.ts';
import { Keywords } from './properties.ts';
import { rc, rcContext, rcdefaults, rcParams, styleModule } from './rc.ts';
import { integer, itemsOf, numberOr } from './read.ts';
import { limitsCall, ticksCall } from './scales.ts';

/** Methods of a panel that pyplot has under the same name, or another. */
const OF_AXES =
  'annotate arrow axhline axhspan axis axline axvline axvspan bar bar_label barh boxplot cla clabel contour contourf errorbar fill fill_between fill_betweenx grid hist hist2d hlines imshow legend loglog margins minorticks_off minorticks_on matshow pcolor pcolormesh pie plot quiver scatter semilogx semilogy spy stackplot stem step text tick_params ticklabel_format locator_params autoscale vlines twinx twiny title:set_title xlabel:set_xlabel ylabel:set_ylabel xscale:set_xscale yscale:set_yscale'.split(
    ' ',
  );
const OF_FIGURE =
  'suptitle tight_layout savefig subplots_adjust figtext:text clf sca delaxes autofmt_xdate figlegend:legend gca supxlabel supylabel'.split(
    ' ',
  );

const MOST_PAUSES = 50;

const forward = (
  entry: string,
  cls: typeof axesClass,
  receiver: (interpreter: Interpreter) => PyInstance,
): [string, Value] => {
  const [name, method = name] = entry.split(':');
  const own = cls.members.get(method);
  if (!(own instanceof NativeFunction)) throw new Error(`there is no method ${method}`);
  return [
    name,
    new NativeFunction(
      name,
      (args, kwargs, interpreter) => own.call([receiver(interpreter), ...args], kwargs, interpreter),
      'function',
    ),
  ];
};

const gca = (interpreter: Interpreter): PyInstance => currentAxes(currentFigure(interpreter), interpreter);
const panelOf = (interpreter: Interpreter): AxesNative => gca(interpreter).native as AxesNative;

function openFigure({ given, rest, interpreter }: Call): PyInstance {
  const figures = figuresOf(interpreter);
  const { num } = given;
  if (num instanceof PyInstance && num.native instanceof FigureNative) {
    figures.current = num;
    return num;
  }
  const id =
    num === undefined || num === null ? figures.free : typeof num === 'string' ? num : integer(num, interpreter);
  const known = figures.find(id);
  const k = new Keywords(rest, interpreter);
  if (known !== undefined) {
    figures.current = known;
    if (k.flag(false, 'clear')) interpreter.call(interpreter.getAttribute(known, 'clf'), []);
    return known;
  }
  const figure = newFigure(k, id, given.figsize ?? undefined, interpreter);
  k.finish('Figure');
  const most = figures.settings.number('figure.max_open_warning');
  if (most > 0 && figures.open.length === most)
    interpreter.warn(
      'RuntimeWarning',
      `More than ${most} figures have been opened. Figures created through the pyplot interface (\`matplotlib.pyplot.figure\`) are retained until explicitly closed and may consume too much memory. (To control this warning, see the rcParam \`figure.max_open_warning\`). Consider using \`matplotlib.pyplot.close()\`.`,
    );
  figures.add(figure);
  return figure;
}

const SHEET = [
  'figsize',
  'dpi',
  'facecolor',
  'edgecolor',
  'tight_layout',
  'constrained_layout',
  'layout',
  'num',
  'clear',
  'frameon',
];

/** Keywords of a figure, and the rest. */
function split(rest: ReadonlyMap<string, Value>): [Map<string, Value>, Map<string, Value>] {
  const [sheet, other] = [new Map<string, Value>(), new Map<string, Value>()];
  for (const [key, value] of rest) (SHEET.includes(key) ? sheet : other).set(key, value);
  return [sheet, other];
}

function show({ interpreter }: Call): Value {
  figuresOf(interpreter).show(interpreter);
  return null;
}

function pause({ interpreter }: Call): Value {
  const figures = figuresOf(interpreter);
  if (++figures.paused <= MOST_PAUSES) figures.show(interpreter);
  else figures.closeAll();
  return null;
}

function close({ given, interpreter }: Call): Value {
  const figures = figuresOf(interpreter);
  const { fig } = given;
  if (fig === undefined || fig === null) {
    if (figures.current !== null) figures.close(figures.current);
  } else if (fig === 'all') figures.closeAll();
  else if (fig instanceof PyInstance && fig.native instanceof FigureNative) figures.close(fig);
  else if (typeof fig === 'string' || typeof fig === 'bigint') {
    const found = figures.find(typeof fig === 'string' ? fig : Number(fig));
    if (found !== undefined) figures.close(found);
  } else throw typeError(`close() argument must be a Figure, an int, string, or None, not ${interpreter.repr(fig)}`);
  return null;
}

/** `setp(artists, rotation=45)` */
function setp({ given, more, rest, interpreter }: Call): Value {
  const all = new Map(rest);
  for (let i = 0; i + 1 < more.length; i += 2) all.set(interpreter.str(more[i]), more[i + 1]);
  const artists = itemsOf(given.obj as Value, interpreter) ?? [given.obj as Value];
  for (const artist of artists) {
    if (!(artist instanceof PyInstance)) throw typeError('setp takes artists');
    setEach(artist, { given: {}, more: [], rest: all, interpreter }, artist.cls.name);
  }
  return null;
}

const quiet = (name: string): NativeFunction => fn(name, '* **', () => null);

const FUNCTIONS: readonly NativeFunction[] = [
  fn('figure', 'num= figsize= **', openFigure),
  fn('subplots', 'nrows= ncols= **', (call) => {
    const { given, rest, interpreter } = call;
    const [sheet, other] = split(rest);
    const figure = openFigure({
      given: { num: sheet.get('num'), figsize: sheet.get('figsize') },
      more: [],
      rest: without(sheet, 'num', 'figsize'),
      interpreter,
    });
    const [rows, columns] = [numberOr(given.nrows, 1, interpreter), numberOr(given.ncols, 1, interpreter)];
    return new PyTuple([figure, subplots(figure, rows, columns, { ...call, rest: other })]);
  }),
  fn('subplot', '* **', ({ more, rest, interpreter }) =>
    addSubplot(currentFigure(interpreter), more, rest, interpreter, true),
  ),
  fn('subplot2grid', 'shape loc rowspan= colspan= **', ({ given, rest, interpreter }) => {
    const [shape, loc] = [given.shape, given.loc].map((part) =>
      (itemsOf(part as Value, interpreter) ?? []).map((n) => integer(n, interpreter)),
    );
    if (shape.length !== 2 || loc.length !== 2) throw valueError('subplot2grid takes two pairs');
    const to = [
      loc[0] + numberOr(given.rowspan, 1, interpreter) - 1,
      loc[1] + numberOr(given.colspan, 1, interpreter) - 1,
    ];
    const at = ([r, c]: readonly number[]): bigint => BigInt(r * shape[1] + c + 1);
    const span = new PyTuple([at(loc), at(to)]);
    return addSubplot(currentFigure(interpreter), [BigInt(shape[0]), BigInt(shape[1]), span], rest, interpreter);
  }),
  fn('axes', 'arg= **', ({ given, rest, interpreter }) => {
    const figure = currentFigure(interpreter);
    if (given.arg === undefined || given.arg === null) return addSubplot(figure, [], rest, interpreter);
    return interpreter.call(interpreter.getAttribute(figure, 'add_axes'), [given.arg], rest);
  }),
  fn('gcf', '', ({ interpreter }) => currentFigure(interpreter)),
  fn('gci', '', ({ interpreter }) => (currentFigure(interpreter).native as FigureNative).image),
  fn('sci', 'im', ({ given, interpreter }) => {
    const sheet = currentFigure(interpreter).native as FigureNative;
    if (given.im instanceof PyInstance) sheet.image = given.im;
    return null;
  }),
  fn('clim', 'vmin= vmax=', ({ given, interpreter }) => {
    const image = (currentFigure(interpreter).native as FigureNative).image;
    if (image === null) throw new PyError('RuntimeError', 'You must first define an image, e.g., with imshow');
    return interpreter.call(interpreter.getAttribute(image, 'set_clim'), [given.vmin ?? null, given.vmax ?? null]);
  }),
  fn('set_cmap', 'cmap', ({ given, interpreter }) => {
    figuresOf(interpreter).settings.set('image.cmap', interpreter.str(given.cmap as Value));
    return null;
  }),
  fn('colorbar', 'mappable= cax= ax= **', (call) => colorbar(currentFigure(call.interpreter), call)),
  fn('xlim', 'low= high= | left= right= xmin= xmax= emit= auto=', (call) =>
    limitsCall(panelOf(call.interpreter), 'x', call),
  ),
  fn('ylim', 'low= high= | bottom= top= ymin= ymax= emit= auto=', (call) =>
    limitsCall(panelOf(call.interpreter), 'y', call),
  ),
  fn('xticks', 'ticks= labels= | minor= **', (call) =>
    ticksCall(panelOf(call.interpreter), gca(call.interpreter), 'x', call),
  ),
  fn('yticks', 'ticks= labels= | minor= **', (call) =>
    ticksCall(panelOf(call.interpreter), gca(call.interpreter), 'y', call),
  ),
  fn('box', 'on=', ({ given, interpreter }) => {
    const { panel } = panelOf(interpreter);
    panel.framed = given.on === undefined || given.on === null ? !panel.framed : interpreter.truth(given.on);
    return null;
  }),
  fn('show', '* | block= close=', show),
  fn('pause', 'interval', pause),
  fn('close', 'fig=', close),
  fn('setp', 'obj * **', setp),
  fn('get_fignums', '', ({ interpreter }) => {
    const numbers = figuresOf(interpreter).open.map((figure) => (figure.native as FigureNative).number);
    return new PyList(
      numbers
        .filter((n) => typeof n === 'number')
        .sort((a, b) => a - b)
        .map(BigInt),
    );
  }),
  fn(
    'fignum_exists',
    'num',
    ({ given, interpreter }) =>
      figuresOf(interpreter).find(
        typeof given.num === 'string' ? given.num : integer(given.num as Value, interpreter),
      ) !== undefined,
  ),
  fn('colormaps', '', () => new PyList([...cmModule.members.keys()].filter((name) => name !== 'get_cmap'))),
  fn('isinteractive', '', () => false),
  fn('imread', 'fname format=', imread),
  fn('imsave', 'fname arr vmin= vmax= cmap= format= origin= dpi= metadata= pil_kwargs=', imsave),
  quiet('draw'),
  quiet('ion'),
  quiet('ioff'),
  quiet('switch_backend'),
  fn('get_backend', '', () => 'module://matplotlib_inline.backend_inline'),
  rc,
  rcdefaults,
  rcContext,
  getCmap,
];

const without = (map: ReadonlyMap<string, Value>, ...names: string[]): Map<string, Value> =>
  new Map([...map].filter(([name]) => !names.includes(name)));

/** Named, so that what is missing is told rather than unknown. */
const REFUSED =
  'polar violinplot hexbin streamplot specgram psd acorr xcorr cohere barbs tricontour tricontourf tripcolor triplot table eventplot broken_barh hist_bin ginput waitforbuttonpress connect'.split(
    ' ',
  );

const refusal = (name: string): [string, Value] => [
  name,
  fn(name, '* **', () => {
    throw new PyError('NotImplementedError', `matplotlib.pyplot.${name} is not supported here`);
  }),
];

export const pyplotModule = new PyModule(
  'matplotlib.pyplot',
  new Map<string, Value>([
    ...REFUSED.map(refusal),
    ...OF_AXES.map((entry) => forward(entry, axesClass, gca)),
    ...OF_FIGURE.map((entry) => forward(entry, figureClass, currentFigure)),
    ...FUNCTIONS.map((one): [string, Value] => [one.name, one]),
    ...PATCHES.filter(({ name }) => ['Circle', 'Polygon', 'Rectangle'].includes(name)).map((cls): [string, Value] => [
      cls.name,
      cls,
    ]),
    ['cm', cmModule],
    ['style', styleModule],
    ['rcParams', rcParams],
    ['Figure', figureClass],
    ['Axes', axesClass],
  ]),
);
