/** rcParams and styles as objects. */
import { PyError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyContext, PyDict, PyInstance, PyIterator, PyList, PyModule, PyTuple, type Value } from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { type Call, fn } from './arguments.ts';
import { CyclerNative, cyclerClass } from './cycler.ts';
import { defineClass, make } from './define.ts';
import { figuresOf } from './part.ts';
import type { Settings } from './settings.ts';
import { styleNames } from './styles.ts';

/** Stands for the settings of whichever workspace asks. */
class RcNative extends Native {
  references(): void {}
}

function put(settings: Settings, key: Value, value: Value, interpreter: Interpreter): void {
  if (typeof key !== 'string') throw new PyError('KeyError', interpreter.repr(key));
  if (key === 'axes.prop_cycle' && value instanceof PyInstance && value.native instanceof CyclerNative) {
    const { colors } = value.native;
    if (colors.length > 0) settings.cycle = colors;
    return;
  }
  settings.set(key, value);
}

function putAll(
  settings: Settings,
  given: Value | undefined,
  rest: ReadonlyMap<string, Value>,
  interpreter: Interpreter,
): void {
  if (given instanceof PyDict)
    for (const [key, value] of given.entries.values()) put(settings, key, value, interpreter);
  else if (given !== undefined && given !== null && !(given instanceof PyInstance && given.native instanceof RcNative))
    throw new PyError('TypeError', 'update takes a dict');
  for (const [key, value] of rest) put(settings, key, value, interpreter);
}

const rcClass = defineClass(RcNative, {
  name: 'RcParams',
  module: '_rc',
  methods: {
    '__getitem__ key'(_, { given, interpreter }) {
      const { settings } = figuresOf(interpreter);
      const value = typeof given.key === 'string' ? settings.get(given.key) : undefined;
      if (given.key === 'axes.prop_cycle') return make(cyclerClass, new CyclerNative(settings.cycle));
      if (value === undefined) throw new PyError('KeyError', interpreter.repr(given.key as Value));
      return value;
    },
    '__setitem__ key value'(_, { given, interpreter }) {
      put(figuresOf(interpreter).settings, given.key as Value, given.value as Value, interpreter);
      return null;
    },
    '__contains__ key': (_, { given, interpreter }) =>
      typeof given.key === 'string' && figuresOf(interpreter).settings.get(given.key) !== undefined,
    __iter__: (_, { interpreter }) => new PyIterator(new ArrayWalk(figuresOf(interpreter).settings.keys())),
    __len__: (_, { interpreter }) => BigInt(figuresOf(interpreter).settings.keys().length),
    keys: (_, { interpreter }) => new PyList(figuresOf(interpreter).settings.keys()),
    'get key default=': (_, { given, interpreter }) =>
      (typeof given.key === 'string' ? figuresOf(interpreter).settings.get(given.key) : undefined) ??
      given.default ??
      null,
    'update other= **'(_, { given, rest, interpreter }) {
      putAll(figuresOf(interpreter).settings, given.other, rest, interpreter);
      return null;
    },
    copy: (_, { interpreter }) => {
      const { settings } = figuresOf(interpreter);
      const copy = new PyDict();
      for (const key of settings.keys()) copy.entries.set(key, [key, settings.get(key) as Value]);
      return copy;
    },
  },
});

export const rcParams = make(rcClass, new RcNative());

/** Settings that hold within a `with` block. */
class SettingsContext extends PyContext {
  readonly type = 'RcContext';
  private readonly settings: Settings;
  private readonly styles: readonly string[];
  private readonly entries: readonly (readonly [string, Value])[];
  private before: ReturnType<Settings['copy']> | null = null;
  constructor(settings: Settings, styles: readonly string[], entries: readonly (readonly [string, Value])[]) {
    super();
    this.settings = settings;
    this.styles = styles;
    this.entries = entries;
  }
  enter(): Value {
    this.before = this.settings.copy();
    for (const name of this.styles) this.settings.use(name);
    for (const [key, value] of this.entries) this.settings.set(key, value);
    return null;
  }
  exit(): void {
    if (this.before !== null) this.settings.restore(this.before);
  }
  references(visit: Visit): void {
    visit(this.settings);
    for (const [, value] of this.entries) visit(value);
    visit(this.before?.values);
  }
}

/** `use` of a style, a list of them, or a dict of settings. */
function use(style: Value, interpreter: Interpreter): void {
  const { settings } = figuresOf(interpreter);
  if (typeof style === 'string') settings.use(style);
  else if (style instanceof PyDict) putAll(settings, style, new Map(), interpreter);
  else for (const one of interpreter.iterate(style)) use(one, interpreter);
}

const available = new PyList(styleNames());

const styleMembers = (): Map<string, Value> =>
  new Map<string, Value>([
    [
      'use',
      fn('use', 'style', ({ given, interpreter }) => {
        use(given.style as Value, interpreter);
        return null;
      }),
    ],
    [
      'context',
      fn('context', 'style after_reset=', ({ given, interpreter }) => {
        const names = typeof given.style === 'string' ? [given.style] : [...interpreter.iterate(given.style as Value)];
        const known = names.map((name) => interpreter.str(name));
        return new SettingsContext(figuresOf(interpreter).settings, known, []);
      }),
    ],
    ['available', new PyTuple(available.items)],
  ]);

export const styleModule = new PyModule('matplotlib.style', styleMembers());

/** `plt.rc('font', size=12)` */
export const rc = fn('rc', 'group **', ({ given, rest, interpreter }: Call) => {
  const groups = typeof given.group === 'string' ? [given.group] : [...interpreter.iterate(given.group as Value)];
  const { settings } = figuresOf(interpreter);
  for (const group of groups) {
    for (const [name, value] of rest)
      put(settings, `${interpreter.str(group)}.${LONG[name] ?? name}`, value, interpreter);
  }
  return null;
});

const LONG: Readonly<Record<string, string>> = {
  lw: 'linewidth',
  ls: 'linestyle',
  c: 'color',
  fc: 'facecolor',
  ec: 'edgecolor',
  mew: 'markeredgewidth',
  aa: 'antialiased',
};

export const rcdefaults = fn('rcdefaults', '', ({ interpreter }) => {
  figuresOf(interpreter).settings.reset();
  return null;
});

export const rcContext = fn('rc_context', 'rc= fname=', ({ given, interpreter }) => {
  const { settings } = figuresOf(interpreter);
  const entries: [string, Value][] =
    given.rc instanceof PyDict
      ? [...given.rc.entries.values()].filter((entry): entry is [string, Value] => typeof entry[0] === 'string')
      : [];
  return new SettingsContext(settings, [], entries);
});
