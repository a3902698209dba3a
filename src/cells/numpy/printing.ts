/** Functions that print, and say how; numpy.seterr and numpy.testing. */
import { PyError, typeError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { NativeFunction, PyClass, PyContext, PyDict, type Value } from '../runtime/values.ts';
import { numbersIn } from './array.ts';
import { dataOfValue, toNumber, toWhole } from './convert.ts';
import { fn, type Given } from './define.ts';
import { positionalText, scientificText } from './numbers.ts';
import { arrayRepr, arrayStr, arrayText, Printing, type PrintOptions } from './print.ts';
import { ErrorState } from './warnings.ts';

const whole = (value: Value, fallback: number): number => (value === null ? fallback : toWhole(value));

const text = (value: Value, fallback: string): string => (typeof value === 'string' ? value : fallback);

function optionsOf(base: PrintOptions, given: Given, i: Interpreter): PrintOptions {
  const threshold = given.threshold ?? null;
  const { suppress, formatter } = given;
  if (formatter !== undefined && formatter !== null && !(formatter instanceof PyDict))
    throw typeError('formatter must be a dict');
  return {
    precision: whole(given.precision ?? null, base.precision),
    threshold: threshold === null ? base.threshold : toNumber(threshold, i),
    edgeitems: whole(given.edgeitems ?? null, base.edgeitems),
    linewidth: Math.min(toNumber(given.linewidth ?? given.max_line_width ?? BigInt(base.linewidth), i), 1e9),
    suppress:
      typeof (suppress ?? given.suppress_small) === 'boolean'
        ? (suppress ?? given.suppress_small) === true
        : base.suppress,
    nanstr: text(given.nanstr ?? null, base.nanstr),
    infstr: text(given.infstr ?? null, base.infstr),
    sign: text(given.sign ?? null, base.sign),
    floatmode: text(given.floatmode ?? null, base.floatmode),
    formatter: formatter instanceof PyDict ? formatter : null,
  };
}

const OPTIONS =
  'precision=None, threshold=None, edgeitems=None, linewidth=None, suppress=None, nanstr=None, infstr=None, formatter=None, sign=None, floatmode=None, *, legacy=None';

function asDict(options: object): PyDict {
  const dict = new PyDict();
  for (const [name, value] of Object.entries(options) as [string, Value | number][])
    dict.entries.set(name, [
      name,
      typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : (value as Value),
    ]);
  return dict;
}

const KINDS = ['divide', 'over', 'under', 'invalid'] as const;
type Kind = (typeof KINDS)[number];

/** `with np.printoptions(…)`: options for as long as a block runs. */
class PrintContext extends PyContext {
  readonly type = 'numpy.printoptions';
  private readonly part: Printing;
  private readonly wanted: PrintOptions;
  private before: PrintOptions | null = null;
  constructor(part: Printing, wanted: PrintOptions) {
    super();
    this.part = part;
    this.wanted = wanted;
  }
  enter(): Value {
    this.before = this.part.options;
    this.part.options = this.wanted;
    return null;
  }
  exit(): void {
    this.part.options = this.before ?? this.part.options;
  }
  references(visit: Visit): void {
    visit(this.part);
    visit(this.wanted.formatter);
    visit(this.before?.formatter ?? null);
  }
}

/** `with np.errstate(…)` */
class ErrorContext extends PyContext {
  readonly type = 'numpy.errstate';
  private readonly state: ErrorState;
  private readonly wanted: ReadonlyMap<Kind, string>;
  private before: ReadonlyMap<Kind, string> = new Map();
  constructor(state: ErrorState, wanted: ReadonlyMap<Kind, string>) {
    super();
    this.state = state;
    this.wanted = wanted;
  }
  enter(): Value {
    this.before = new Map(KINDS.map((kind) => [kind, this.state[kind]]));
    for (const [kind, how] of this.wanted) this.state[kind] = how;
    return null;
  }
  exit(): void {
    for (const [kind, how] of this.before) this.state[kind] = how;
  }
  references(visit: Visit): void {
    visit(this.state);
  }
}

const wantedErrors = (given: Given): Map<Kind, string> => {
  const out = new Map<Kind, string>();
  for (const kind of KINDS) {
    const value = given[kind] ?? given.all ?? null;
    if (typeof value === 'string') out.set(kind, value);
  }
  return out;
};

function setErrors(state: ErrorState, given: Given): PyDict {
  const before = asDict(Object.fromEntries(KINDS.map((kind) => [kind, state[kind]])));
  for (const [kind, how] of wantedErrors(given)) state[kind] = how;
  return before;
}

const ERRORS = 'all=None, divide=None, over=None, under=None, invalid=None';

export const PRINTING: readonly NativeFunction[] = [
  fn('set_printoptions', OPTIONS, (given, i) => {
    const part = i.parts.of(Printing);
    part.options = optionsOf(part.options, given, i);
    return null;
  }),
  fn('get_printoptions', '', (_, i) => asDict(i.parts.of(Printing).options)),
  fn('printoptions', OPTIONS, (given, i) => {
    const part = i.parts.of(Printing);
    const wanted = optionsOf(part.options, given, i);
    return new PrintContext(part, wanted);
  }),
  fn('array_repr', 'arr, max_line_width=None, precision=None, suppress_small=None', (given, i) =>
    arrayRepr(dataOfValue(given.arr, i), optionsOf(i.parts.of(Printing).options, given, i), i),
  ),
  fn('array_str', 'a, max_line_width=None, precision=None, suppress_small=None', (given, i) =>
    arrayStr(dataOfValue(given.a, i), optionsOf(i.parts.of(Printing).options, given, i), i),
  ),
  fn(
    'array2string',
    "a, max_line_width=None, precision=None, suppress_small=None, separator=' ', prefix='', style=None, formatter=None, threshold=None, edgeitems=None, sign=None, floatmode=None, suffix=''",
    (given, i) =>
      arrayText(dataOfValue(given.a, i), optionsOf(i.parts.of(Printing).options, given, i), i, {
        separator: text(given.separator, ' '),
        prefix: text(given.prefix, ''),
        suffix: text(given.suffix, ''),
      }),
  ),
  fn(
    'format_float_positional',
    "x, precision=None, unique=True, fractional=True, trim='k'",
    ({ x, precision, unique, trim }, i) => {
      const made = positionalText(toNumber(x, i), whole(precision, 400), 'float64', unique !== false);
      return trim === '-' ? made.replace(/\.$/, '') : trim === '0' ? made.replace(/\.$/, '.0') : made;
    },
  ),
  fn('format_float_scientific', "x, precision=None, unique=True, trim='k'", ({ x, precision, unique }, i) =>
    scientificText(toNumber(x, i), whole(precision, 400), 'float64', unique !== false).join('e'),
  ),
  fn('base_repr', 'number, base=2, padding=0', ({ number, base }) =>
    BigInt(toWhole(number)).toString(whole(base, 2)).toUpperCase(),
  ),
  fn('binary_repr', 'num, width=None', ({ num, width }) => {
    const n = BigInt(toWhole(num));
    const digits = whole(width, 0);
    return (n < 0n && digits > 0 ? BigInt.asUintN(digits, n) : n).toString(2).padStart(digits, '0');
  }),
  fn('seterr', ERRORS, (given, i) => setErrors(i.parts.of(ErrorState), given)),
  fn('geterr', '', (_, i) => setErrors(i.parts.of(ErrorState), {})),
  fn(
    'errstate',
    `*, call=None, ${ERRORS}`,
    (given, i) => new ErrorContext(i.parts.of(ErrorState), wantedErrors(given)),
  ),
];

const failed = (lines: readonly string[]): PyError => new PyError('AssertionError', `\n${lines.join('\n')}`);

function compared(
  header: string,
  actual: Value,
  desired: Value,
  holds: (x: number, y: number) => boolean,
  i: Interpreter,
): null {
  const [a, b] = [actual, desired].map((value) => dataOfValue(value, i));
  const shapes = [a, b].map(({ tensor }) => tensor.shape);
  const options = i.parts.of(Printing).options;
  const show = (name: string, data: typeof a): string => ` ${name}: ${arrayRepr(data, options, i)}`;
  const fits = shapes[0].length === shapes[1].length && shapes[0].every((n, d) => n === shapes[1][d]);
  if (!fits && a.tensor.ndim > 0 && b.tensor.ndim > 0) {
    const text = (shape: readonly number[]): string =>
      shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
    throw failed([header, '', `(shapes ${text(shapes[0])}, ${text(shapes[1])} mismatch)`, show('x', a), show('y', b)]);
  }
  const [x, y] = [a, b].map(({ tensor }) => numbersIn(tensor));
  const n = Math.max(x.length, y.length);
  let wrong = 0;
  let worst = 0;
  let relative = 0;
  for (let k = 0; k < n; k++) {
    const [p, q] = [x[x.length === 1 ? 0 : k], y[y.length === 1 ? 0 : k]];
    if ((Number.isNaN(p) && Number.isNaN(q)) || p === q || holds(p, q)) continue;
    wrong++;
    worst = Math.max(worst, Math.abs(p - q));
    if (q !== 0) relative = Math.max(relative, Math.abs((p - q) / q));
  }
  if (wrong === 0) return null;
  const share = ((100 * wrong) / n).toPrecision(3).replace(/\.?0+$/, '');
  throw failed([
    header,
    '',
    `Mismatched elements: ${wrong} / ${n} (${share}%)`,
    `Max absolute difference: ${i.repr(worst)}`,
    `Max relative difference: ${i.repr(relative)}`,
    show('x', a),
    show('y', b),
  ]);
}

const power = (decimal: Value): number => 1.5 * 10 ** -whole(decimal, 7);

export const TESTING: readonly NativeFunction[] = [
  fn(
    'assert_allclose',
    "actual, desired, rtol=1e-07, atol=0, equal_nan=True, err_msg='', verbose=True",
    ({ actual, desired, rtol, atol }, i) => {
      const [relative, absolute] = [toNumber(rtol, i), toNumber(atol, i)];
      const shown = (x: number): string => String(Number(x.toPrecision(6))).replace(/e([+-])(\d)$/, 'e$10$2');
      return compared(
        `Not equal to tolerance rtol=${shown(relative)}, atol=${shown(absolute)}`,
        actual,
        desired,
        (x, y) => Math.abs(x - y) <= absolute + relative * Math.abs(y),
        i,
      );
    },
  ),
  fn('assert_array_equal', "x, y, err_msg='', verbose=True, *, strict=False", ({ x, y }, i) =>
    compared('Arrays are not equal', x, y, (a, b) => a === b, i),
  ),
  fn('assert_equal', "actual, desired, err_msg='', verbose=True", ({ actual, desired }, i) =>
    compared('Arrays are not equal', actual, desired, (a, b) => a === b, i),
  ),
  fn('assert_almost_equal', "actual, desired, decimal=7, err_msg='', verbose=True", ({ actual, desired, decimal }, i) =>
    compared(
      `Arrays are not almost equal to ${whole(decimal, 7)} decimals`,
      actual,
      desired,
      (a, b) => Math.abs(a - b) < power(decimal),
      i,
    ),
  ),
  fn('assert_array_almost_equal', "x, y, decimal=6, err_msg='', verbose=True", ({ x, y, decimal }, i) =>
    compared(
      `Arrays are not almost equal to ${whole(decimal, 6)} decimals`,
      x,
      y,
      (a, b) => Math.abs(a - b) < power(decimal),
      i,
    ),
  ),
  fn('assert_array_less', "x, y, err_msg='', verbose=True", ({ x, y }, i) =>
    compared('Arrays are not less-ordered', x, y, (a, b) => a < b, i),
  ),
  new NativeFunction('assert_', ([value], _, i) => {
    if (!i.truth(value)) throw new PyError('AssertionError', '');
    return null;
  }),
  new NativeFunction('assert_raises', ([cls, callee, ...args], kwargs, i) => {
    if (!(cls instanceof PyClass) || callee === undefined)
      throw typeError('assert_raises here takes an exception and a function');
    try {
      i.call(callee, args, kwargs);
    } catch (error) {
      if (error instanceof PyError && error.type === cls.name) return null;
      throw error;
    }
    throw new PyError('AssertionError', `${cls.name} not raised by ${i.str(i.getAttribute(callee, '__name__'))}`);
  }),
];
