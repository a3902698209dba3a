/** Expressions as LaTeX. */
import { type Product, split } from './algebra.ts';
import type { ComparisonName, DefinedName, Expression, FunctionName } from './expression.ts';

/** How tightly a text holds together: a sum, a product, one thing. */
const SUM = 1;
const PRODUCT = 2;
const ATOM = 3;

interface Text {
  readonly text: string;
  readonly holds: number;
}

const atom = (text: string): Text => ({ text, holds: ATOM });

const CONSTANTS: readonly (readonly [number, string])[] = [
  [Math.PI, String.raw`\pi`],
  [Math.LN2, String.raw`\ln 2`],
  [Math.LN10, String.raw`\ln 10`],
  [2 / Math.sqrt(Math.PI), String.raw`\tfrac{2}{\sqrt{\pi}}`],
  [Math.sqrt(Math.PI) / 2, String.raw`\tfrac{\sqrt{\pi}}{2}`],
  [1 / Math.sqrt(2 * Math.PI), String.raw`\tfrac{1}{\sqrt{2 \pi}}`],
  [Math.sqrt(2 / Math.PI), String.raw`\sqrt{\tfrac{2}{\pi}}`],
  [Math.SQRT1_2, String.raw`\tfrac{1}{\sqrt{2}}`],
  [Math.PI / 180, String.raw`\tfrac{\pi}{180}`],
  [180 / Math.PI, String.raw`\tfrac{180}{\pi}`],
];

function numberText(value: number): string {
  if (!Number.isFinite(value))
    return Number.isNaN(value) ? String.raw`\mathrm{NaN}` : value > 0 ? String.raw`\infty` : String.raw`-\infty`;
  const known = CONSTANTS.find(([x]) => x === value);
  if (known !== undefined) return known[1];
  for (const k of [2, 3, 4, 5, 6, 8, 12]) {
    if (!Number.isInteger(value) && Number.isInteger(value * k)) return String.raw`\tfrac{${value * k}}{${k}}`;
  }
  const [digits, exponent] = String(value).split('e');
  return exponent === undefined ? digits : String.raw`${digits} \cdot 10^{${exponent.replace('+', '')}}`;
}

const LOGARITHM = String.raw`\ln `;

/** Functions that are written before their argument, which takes no parentheses where it is one thing. */
const PREFIX: Readonly<Partial<Record<FunctionName | DefinedName, string>>> = {
  log: String.raw`\ln`,
  log2: String.raw`\log_{2}`,
  log10: String.raw`\log_{10}`,
  sin: String.raw`\sin`,
  cos: String.raw`\cos`,
  tan: String.raw`\tan`,
  asin: String.raw`\arcsin`,
  acos: String.raw`\arccos`,
  atan: String.raw`\arctan`,
  sinh: String.raw`\sinh`,
  cosh: String.raw`\cosh`,
  tanh: String.raw`\tanh`,
  asinh: String.raw`\operatorname{arsinh}`,
  acosh: String.raw`\operatorname{arcosh}`,
  atanh: String.raw`\operatorname{artanh}`,
  erf: String.raw`\operatorname{erf}`,
  erfc: String.raw`\operatorname{erfc}`,
  erfinv: String.raw`\operatorname{erf}^{-1}`,
  sign: String.raw`\operatorname{sgn}`,
};

/** A power of these stands between name and argument. */
const RAISED: ReadonlySet<string> = new Set(['sin', 'cos', 'tan', 'sinh', 'cosh', 'tanh']);

type Write = (...args: string[]) => Text;
const sum = (text: string): Text => ({ text, holds: SUM });
const product = (text: string): Text => ({ text, holds: PRODUCT });

const tight = (x: string): string => (/^(\w|\\[a-z]+)$/.test(x) ? x : `(${x})`);

/** All others, of their arguments as they stand. */
const WRITTEN: Readonly<Record<Exclude<FunctionName | DefinedName, keyof typeof PREFIX>, Write>> &
  Readonly<Record<string, Write>> = {
  fround: (x) => sum(x),
  exp: (x) => atom(`e^{${x}}`),
  exp2: (x) => atom(`2^{${x}}`),
  expm1: (x) => sum(`e^{${x}} - 1`),
  log1p: (x) => atom(String.raw`\ln(1 + ${x})`),
  atan2: (y, x) => atom(String.raw`\operatorname{atan2}(${y}, ${x})`),
  sigmoid: (x) => atom(String.raw`\sigma(${x})`),
  softplusTail: (x) => atom(String.raw`\ln(1 + e^{-|${x}|})`),
  hypot: (x, y) => atom(String.raw`\sqrt{${x}^2 + ${y}^2}`),
  ndtr: (x) => atom(String.raw`\Phi(${x})`),
  gelu: (x) => product(String.raw`${x}\,\Phi(${x})`),
  geluSlope: (x) => sum(String.raw`\Phi(${x}) + ${x}\,\varphi(${x})`),
  erfcx: (x) => product(String.raw`e^{${tight(x)}^2} \operatorname{erfc}(${x})`),
  logNdtr: (x) => atom(String.raw`\ln \Phi(${x})`),
  lgamma: (x) => atom(String.raw`\ln |\Gamma(${x})|`),
  digamma: (x) => atom(String.raw`\psi(${x})`),
  polygamma: (n, x) => atom(n === '1' ? String.raw`\psi'(${x})` : String.raw`\psi^{(${n})}(${x})`),
  i0: (x) => atom(`I_0(${x})`),
  i1: (x) => atom(`I_1(${x})`),
  i0e: (x) => product(String.raw`e^{-|${x}|} I_0(${x})`),
  i1e: (x) => product(String.raw`e^{-|${x}|} I_1(${x})`),
  fmod: (x, y) => sum(String.raw`${x} - ${y} \operatorname{trunc}(${x} / ${y})`),
  remainder: (x, y) => sum(String.raw`${x} - ${y} \lfloor ${x} / ${y} \rfloor`),
  floorQuotient: (x, y) => atom(String.raw`\lfloor ${x} / ${y} \rfloor`),
  pow: (x, y) => atom(`${x}^{${y}}`),
  rsqrt: (x) => product(String.raw`\frac{1}{\sqrt{${x}}}`),
  softplus: (x) => atom(String.raw`\ln(1 + e^{${x}})`),
  logSigmoid: (x) => atom(String.raw`\ln \sigma(${x})`),
};

const RELATIONS: Readonly<Record<ComparisonName, string>> = {
  lt: '<',
  le: String.raw`\le`,
  gt: '>',
  ge: String.raw`\ge`,
  eq: '=',
  ne: String.raw`\ne`,
};
const OPPOSITE: Readonly<Record<ComparisonName, ComparisonName>> = {
  lt: 'ge',
  le: 'gt',
  gt: 'le',
  ge: 'lt',
  eq: 'ne',
  ne: 'eq',
};

const isNumber = (e: Expression, value: number): boolean => e.kind === 'constant' && e.value === value;

/** Names of operands, by their index. */
type Names = Readonly<Record<number, string>>;

class Writer {
  private readonly names: Names;

  constructor(names: Names) {
    this.names = names;
  }

  /** As it stands where it need not hold together. */
  plain(e: Expression): string {
    return this.text(e).text;
  }

  /** Where it has to hold together that tightly. */
  within(e: Expression, holds: number): string {
    const own = this.text(e);
    return own.holds >= holds ? own.text : `(${own.text})`;
  }

  private text(e: Expression): Text {
    switch (e.kind) {
      case 'operand':
        return atom(this.names[e.index]);
      case 'constant':
        return e.value < 0 ? sum(numberText(e.value)) : atom(numberText(e.value));
      case 'comparison':
      case 'logic':
        return atom(String.raw`[\,${this.condition(e)}\,]`);
      case 'select':
        return this.choice(e);
      case 'function':
      case 'defined':
        return this.call(e, 1);
      case 'arithmetic':
        return this.arithmetic(e);
    }
  }

  private arithmetic(e: Extract<Expression, { kind: 'arithmetic' }>): Text {
    const [a, b] = e.args;
    switch (e.name) {
      case 'add':
        // What stands in a formula to keep the digits of e^x - 1 is e^x where the 1 is added again.
        if (a.kind === 'function' && a.name === 'expm1' && isNumber(b, 1)) return atom(`e^{${this.plain(a.args[0])}}`);
        if (isNumber(b, 0)) return this.text(a);
        return sum(`${this.plain(a)} + ${this.plain(b)}`);
      case 'sub':
        return sum(`${this.plain(a)} - ${this.within(b, PRODUCT)}`);
      case 'mul':
      case 'div':
      case 'neg':
        return this.product(split(e));
      case 'min':
      case 'max':
        return atom(`\\${e.name}(${this.plain(a)}, ${this.plain(b)})`);
      case 'abs':
        return atom(`|${this.plain(a)}|`);
      case 'sqrt':
        return atom(String.raw`\sqrt{${this.plain(a)}}`);
      case 'floor':
        return atom(String.raw`\lfloor ${this.plain(a)} \rfloor`);
      case 'ceil':
        return atom(String.raw`\lceil ${this.plain(a)} \rceil`);
      case 'nearest':
        return atom(String.raw`\lfloor ${this.plain(a)} \rceil`);
      case 'trunc':
        return atom(String.raw`\operatorname{trunc}(${this.plain(a)})`);
    }
  }

  private call(e: Extract<Expression, { kind: 'function' | 'defined' }>, power: number): Text {
    const prefix = PREFIX[e.name];
    if (prefix === undefined)
      return WRITTEN[e.name](
        ...e.args.map((arg, i) => (e.name === 'pow' && i === 0 ? this.within(arg, ATOM) : this.plain(arg))),
      );
    const [x] = e.args;
    const argument = x.kind === 'operand' ? ` ${this.plain(x)}` : `(${this.plain(x)})`;
    return { text: `${prefix}${power === 1 ? '' : `^${power}`}${argument}`, holds: ATOM };
  }

  /** One of the same factors, so often. */
  private power(e: Expression, times: number): string {
    if (times === 1) return this.within(e, PRODUCT);
    if (e.kind === 'function' && RAISED.has(e.name)) return this.call(e, times).text;
    const own = this.text(e);
    return `${/^(\w|\\[a-zA-Z]+|\\sqrt\{\w\}|\\?\w+\([^()]*\))$/.test(own.text) ? own.text : `(${own.text})`}^${times}`;
  }

  private factors(list: readonly Expression[]): string[] {
    const counts = new Map<Expression, number>();
    for (const e of list) counts.set(e, (counts.get(e) ?? 0) + 1);
    const numbersFirst = [...counts].sort(([a], [b]) => Number(b.kind === 'constant') - Number(a.kind === 'constant'));
    const texts = numbersFirst.map(([e, n]) => this.power(e, n));
    // What a function is of would be taken for all that follows.
    return [
      ...texts.filter((text) => !text.startsWith(LOGARITHM)),
      ...texts.filter((text) => text.startsWith(LOGARITHM)),
    ];
  }

  private product({ coefficient, over, above, below }: Product): Text {
    const sign = coefficient < 0 ? '-' : '';
    const size = Math.abs(below.length === 0 ? coefficient / over : coefficient);
    const top = [...(size === 1 ? [] : [numberText(size)]), ...this.factors(above)];
    const bottom = [...(over === 1 || below.length === 0 ? [] : [numberText(over)]), ...this.factors(below)];
    const holds = sign === '' ? PRODUCT : SUM;
    if (bottom.length === 0) return { text: `${sign}${top.join(String.raw`\,`) || '1'}`, holds };
    const [single] = above.length === 1 && size === 1 ? above : [];
    const whole = single === undefined ? top.join(String.raw`\,`) || '1' : this.plain(single);
    const [divisor] = below.length === 1 && over === 1 && this.factors(below).length === 1 ? below : [];
    const part = divisor === undefined ? bottom.join(String.raw`\,`) : this.plain(divisor);
    return { text: String.raw`${sign}\frac{${whole}}{${part}}`, holds };
  }

  condition(e: Expression, not = false): string {
    if (e.kind === 'comparison') {
      const relation = RELATIONS[not ? OPPOSITE[e.name] : e.name];
      return `${this.plain(e.args[0])} ${relation} ${this.plain(e.args[1])}`;
    }
    if (e.kind === 'logic' && e.name === 'not') return this.condition(e.args[0], !not);
    if (e.kind === 'logic') {
      const both = (e.name === 'and') !== not;
      return e.args.map((arg) => this.condition(arg, not)).join(both ? String.raw` \land ` : String.raw` \lor `);
    }
    return `${this.plain(e)} ${not ? '=' : String.raw`\ne`} 0`;
  }

  private choice(e: Extract<Expression, { kind: 'select' }>): Text {
    const [condition, then, otherwise] = e.args;
    if (isNumber(otherwise, 0) && isNumber(then, 1)) return atom(String.raw`[\,${this.condition(condition)}\,]`);
    if (isNumber(otherwise, 1) && isNumber(then, 0)) return atom(String.raw`[\,${this.condition(condition, true)}\,]`);
    const rows: string[] = [];
    let rest: Expression = e;
    while (rest.kind === 'select') {
      rows.push(`${this.plain(rest.args[1])} & ${this.condition(rest.args[0])}`);
      rest = rest.args[2];
    }
    rows.push(String.raw`${this.plain(rest)} & \text{else}`);
    return atom(String.raw`\begin{cases} ${rows.join(String.raw` \\ `)} \end{cases}`);
  }
}

/** An expression as LaTeX, in these names of its operands. */
export const latexOf = (e: Expression, names: Names): string => new Writer(names).plain(e);
