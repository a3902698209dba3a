/** What `import matplotlib` finds. */

import { LineMark } from '../../draw/marks/line.ts';
import { numpyModule } from '../numpy/index.ts';
import { PyError } from '../runtime/errors.ts';
import { NativeFunction, PyInstance, PyModule, type Value } from '../runtime/values.ts';
import { PATCHES } from './areas.ts';
import { fn, taking } from './arguments.ts';
import { ArtistNative, artistClass, lineClass } from './artists.ts';
import { axesClass } from './axes.ts';
import { cmModule, colorsModule } from './color-modules.ts';
import { cyclerModule } from './cycler.ts';
import { figureClass } from './figures.ts';
import { gridSpec } from './grids.ts';
import { pyplotModule } from './module.ts';
import { dress, Keywords, lineLook } from './properties.ts';
import { rc, rcContext, rcdefaults, rcParams, styleModule } from './rc.ts';
import { integer, row } from './read.ts';
import { tickerModule } from './ticker.ts';

/** Lines that the cell makes itself: for legends, mostly. */
const lineTakes = taking('Line2D.__init__', 'xdata ydata **');
lineClass.members.set(
  '__init__',
  new NativeFunction('__init__', ([self, ...args], kwargs, interpreter) => {
    const { given, rest } = lineTakes(args, kwargs, interpreter);
    const look = lineLook(new Keywords(rest, interpreter), {}, () => [0x1f / 255, 0x77 / 255, 0xb4 / 255, 1]);
    const [x, y] = [given.xdata, given.ydata].map((part) => row(part as Value, interpreter));
    if (x.length !== y.length) throw new PyError('RuntimeError', 'xdata and ydata must be the same length');
    const mark = new LineMark(x, y, look.stroke, look.marker);
    dress(mark, look);
    if (self instanceof PyInstance) self.native = new ArtistNative(mark, null);
    return null;
  }),
);

const module = (name: string, members: readonly (readonly [string, Value])[]): PyModule =>
  new PyModule(`matplotlib.${name}`, new Map(members));

const refusing = (name: string): NativeFunction =>
  fn(name.slice(name.lastIndexOf('.') + 1), '* **', () => {
    throw new PyError('NotImplementedError', `${name} is not supported here: pictures stand still, in two dimensions`);
  });

const grid = fn('GridSpec', 'nrows ncols figure= **', ({ given, rest, interpreter }) => {
  const all = new Map(rest);
  if (given.figure !== undefined) all.set('figure', given.figure);
  return gridSpec(
    integer(given.nrows as Value, interpreter),
    integer(given.ncols as Value, interpreter),
    all,
    interpreter,
    null,
  );
});

const inner: readonly PyModule[] = [
  pyplotModule,
  cmModule,
  colorsModule,
  styleModule,
  module('patches', [
    ...PATCHES.filter(({ name }) => name !== 'Patch').map((cls): [string, Value] => [cls.name, cls]),
    ['Patch', PATCHES[0]],
  ]),
  module('lines', [['Line2D', lineClass]]),
  module('gridspec', [['GridSpec', grid]]),
  module('figure', [['Figure', figureClass]]),
  module('axes', [['Axes', axesClass]]),
  module('artist', [['Artist', artistClass]]),
  tickerModule,
  module(
    'animation',
    ['FuncAnimation', 'ArtistAnimation'].map((name): [string, Value] => [
      name,
      refusing(`matplotlib.animation.${name}`),
    ]),
  ),
];

const use = fn('use', 'backend | force=', () => null);

const root = new PyModule(
  'matplotlib',
  new Map<string, Value>([
    ['__version__', '3.6.3'],
    ['rcParams', rcParams],
    ['rc', rc],
    ['rcdefaults', rcdefaults],
    ['rc_context', rcContext],
    ['use', use],
    ['get_backend', fn('get_backend', '', () => 'module://matplotlib_inline.backend_inline')],
    ...inner.map((one): [string, Value] => [one.name.slice('matplotlib.'.length), one]),
  ]),
);

/** What scripts that write as in MATLAB import: NumPy and pyplot in one. */
const pylab = (): PyModule => {
  const numpy = numpyModule('numpy') as PyModule;
  return new PyModule(
    'matplotlib.pylab',
    new Map<string, Value>([...numpy.members, ...pyplotModule.members, ['np', numpy], ['plt', pyplotModule]]),
  );
};

const formats = fn('set_matplotlib_formats', '* **', () => null);
const backend = new PyModule(
  'matplotlib_inline.backend_inline',
  new Map<string, Value>([['set_matplotlib_formats', formats]]),
);

/** Imported by many who use them in no cell that runs; they say what is missing when they are used. */
const mplot3d = new PyModule(
  'mpl_toolkits.mplot3d',
  new Map<string, Value>([['Axes3D', refusing('mpl_toolkits.mplot3d.Axes3D')]]),
);
const toolkits = new PyModule('mpl_toolkits', new Map<string, Value>([['mplot3d', mplot3d]]));

const MODULES = new Map<string, PyModule>(
  [
    root,
    ...inner,
    cyclerModule,
    backend,
    mplot3d,
    toolkits,
    new PyModule('matplotlib_inline', new Map<string, Value>([['backend_inline', backend]])),
  ].map((one) => [one.name, one]),
);

/** Parts of matplotlib that there are, and are not here. */
const REFUSED =
  /^(?:matplotlib\.(?:widgets|image|dates|tri|transforms|offsetbox|collections|path|patheffects|backends|font_manager|projections)|mpl_toolkits\.(?!mplot3d))(?:\.|$)/;

export function pyplotModules(name: string): PyModule | undefined {
  if (name === 'matplotlib.pylab' || name === 'pylab') {
    const made = MODULES.get('matplotlib.pylab') ?? pylab();
    MODULES.set('matplotlib.pylab', made);
    return made;
  }
  const found = MODULES.get(name);
  if (found !== undefined) return found;
  if (REFUSED.test(name))
    throw new PyError(
      'ModuleNotFoundError',
      `${name} is not supported here: pictures are drawn in two dimensions by matplotlib.pyplot`,
    );
  return undefined;
}
