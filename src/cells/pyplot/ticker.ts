/** matplotlib.ticker: where ticks stand and what is written at them, applied to the axis as it is when they are set. */
import type { Axis } from '../../draw/panel.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { NativeFunction, PyClass, PyInstance, PyModule, type Value } from '../runtime/values.ts';
import { type Call, taking } from './arguments.ts';
import { number, row } from './read.ts';

const MOST_TICKS = 1000;

/** What a locator or a formatter was made with. */
export class TickerNative extends Native {
  readonly kind: string;
  readonly given: Call['given'];
  constructor(kind: string, given: Call['given']) {
    super();
    this.kind = kind;
    this.given = given;
  }
  references(visit: Visit): void {
    for (const value of Object.values(this.given)) visit(value);
  }
}

const BASES = ['Locator', 'Formatter'] as const;
const [locatorClass, formatterClass] = BASES.map(
  (name) => new PyClass(name, [], new Map<string, Value>([['__module__', 'matplotlib.ticker']])),
);

function ticker(name: string, base: PyClass, signature: string): PyClass {
  const cls = new PyClass(name, [base], new Map<string, Value>([['__module__', 'matplotlib.ticker']]));
  const takes = taking(`${name}.__init__`, signature);
  cls.members.set(
    '__init__',
    new NativeFunction('__init__', ([self, ...args], kwargs, interpreter) => {
      const { given } = takes(args, kwargs, interpreter);
      if (self instanceof PyInstance) self.native = new TickerNative(name, given);
      return null;
    }),
  );
  return cls;
}

const LOCATORS: Readonly<Record<string, string>> = {
  AutoLocator: '',
  AutoMinorLocator: 'n=',
  FixedLocator: 'locs nbins=',
  IndexLocator: 'base offset',
  LinearLocator: 'numticks= presets=',
  LogLocator: 'base= subs= numdecs= numticks=',
  MaxNLocator: 'nbins= integer= symmetric= prune= steps= min_n_ticks=',
  MultipleLocator: 'base=',
  NullLocator: '',
};
const FORMATTERS: Readonly<Record<string, string>> = {
  FormatStrFormatter: 'fmt',
  FuncFormatter: 'func',
  NullFormatter: '',
  PercentFormatter: 'xmax= decimals= symbol= is_latex=',
  ScalarFormatter: 'useOffset= useMathText= useLocale=',
  StrMethodFormatter: 'fmt',
};

export const tickerModule = new PyModule(
  'matplotlib.ticker',
  new Map<string, Value>([
    ['Locator', locatorClass],
    ['Formatter', formatterClass],
    ...Object.entries(LOCATORS).map(([name, takes]): [string, Value] => [name, ticker(name, locatorClass, takes)]),
    ...Object.entries(FORMATTERS).map(([name, takes]): [string, Value] => [name, ticker(name, formatterClass, takes)]),
  ]),
);

const tickerOf = (value: Value, base: PyClass): TickerNative => {
  if (value instanceof PyInstance && value.native instanceof TickerNative && value.cls.bases.includes(base))
    return value.native;
  throw typeError(`argument must be an instance of matplotlib.ticker.${base.name}`);
};

function multiples(base: number, [low, high]: readonly [number, number]): number[] {
  if (!(base > 0)) throw valueError("'base' must be positive");
  const [first, last] = [Math.ceil(Math.min(low, high) / base - 1e-9), Math.floor(Math.max(low, high) / base + 1e-9)];
  if (last - first > MOST_TICKS)
    throw new PyError(
      'RuntimeError',
      `Locator attempting to generate ${last - first + 1} ticks: more than ${MOST_TICKS}`,
    );
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * base);
}

/** Where a locator puts ticks between two limits; null where it leaves the choice to the axis. */
export function placesOf(
  locator: Value,
  limits: readonly [number, number],
  interpreter: Interpreter,
): readonly number[] | null {
  const { kind, given } = tickerOf(locator, locatorClass);
  const [low, high] = limits;
  switch (kind) {
    case 'NullLocator':
      return [];
    case 'FixedLocator':
      return [...row(given.locs as Value, interpreter)].slice(0, MOST_TICKS);
    case 'MultipleLocator':
      return multiples(given.base === undefined ? 1 : number(given.base as Value, interpreter), limits);
    case 'LinearLocator': {
      const count = given.numticks === undefined ? 11 : number(given.numticks as Value, interpreter);
      if (!Number.isInteger(count) || count < 1 || count > MOST_TICKS)
        throw valueError('numticks must be a small whole number');
      return Array.from({ length: count }, (_, i) => (count === 1 ? low : low + ((high - low) * i) / (count - 1)));
    }
    case 'MaxNLocator': {
      if (given.integer !== true) return null;
      const most = typeof given.nbins === 'bigint' ? Math.max(1, Number(given.nbins)) : 9;
      const steps = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((x) => x * 10 ** power));
      const span = Math.abs(high - low);
      const base = steps.find((step) => span / step <= most) ?? span / most;
      return multiples(base, limits);
    }
    default:
      return null;
  }
}

/** The texts at an axis's ticks; null where a formatter leaves them as they are. */
export function textsOf(formatter: Value, at: readonly number[], interpreter: Interpreter): string[] | null {
  const { kind, given } = tickerOf(formatter, formatterClass);
  const said = (value: Value): string => interpreter.str(value);
  const call = (on: Value, name: string, args: readonly Value[], kwargs = new Map<string, Value>()): string =>
    said(interpreter.call(interpreter.getAttribute(on, name), [...args], kwargs));
  const fmt = given.fmt ?? null;
  switch (kind) {
    case 'NullFormatter':
      return at.map(() => '');
    case 'FuncFormatter':
      return at.map((x, i) => said(interpreter.call(given.func as Value, [x, BigInt(i)])));
    case 'FormatStrFormatter':
      return at.map((x) => call(fmt, '__mod__', [x]));
    case 'StrMethodFormatter':
      return at.map((x, i) =>
        call(
          fmt,
          'format',
          [],
          new Map<string, Value>([
            ['x', x],
            ['pos', BigInt(i)],
          ]),
        ),
      );
    case 'PercentFormatter': {
      const whole = given.xmax === undefined ? 100 : number(given.xmax as Value, interpreter);
      const digits = given.decimals === undefined || given.decimals === null ? 0 : number(given.decimals, interpreter);
      if (!(digits >= 0 && digits <= 20)) throw valueError('decimals must be from 0 to 20');
      const symbol = given.symbol === undefined ? '%' : given.symbol === null ? '' : said(given.symbol);
      return at.map((x) => `${((100 * x) / whole).toFixed(digits)}${symbol}`);
    }
    default:
      return null;
  }
}

/** Puts texts at the ticks of an axis. */
export function writeTicks(axis: Axis, at: readonly number[], texts: readonly string[] | null): void {
  axis.at = [...at];
  axis.labels = texts === null ? null : [...texts];
}
