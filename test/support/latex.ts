/** Reads the LaTeX of formulas of numbers, as far as ops write it, and computes it. */
import * as special from '../../src/kernels/special.ts';

/** Values of symbols, as LaTeX writes them: `x`, `\alpha`, `\mathrm{slope}`, `t_1`. */
export type Env = Readonly<Record<string, number>>;
type Value = (env: Env) => number;

const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : 0);

/** Take one argument, which may stand without parentheses. */
const FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  '\\ln': Math.log,
  '\\log': Math.log,
  '\\exp': Math.exp,
  '\\sin': Math.sin,
  '\\cos': Math.cos,
  '\\tan': Math.tan,
  '\\arcsin': Math.asin,
  '\\arccos': Math.acos,
  '\\arctan': Math.atan,
  '\\sinh': Math.sinh,
  '\\cosh': Math.cosh,
  '\\tanh': Math.tanh,
  arsinh: Math.asinh,
  arcosh: Math.acosh,
  artanh: Math.atanh,
  erf: special.erf,
  'erf^{-1}': special.erfinv,
  erfc: special.erfc,
  sgn: sign,
  trunc: Math.trunc,
};
/** Take their arguments in parentheses. */
const CALLED: Readonly<Record<string, (...xs: number[]) => number>> = {
  '\\sigma': sigmoid,
  '\\Phi': special.ndtr,
  '\\varphi': density,
  '\\psi': special.digamma,
  '\\Gamma': (x) => Math.exp(special.lgamma(x)),
  '\\max': Math.max,
  '\\min': Math.min,
  I_0: special.i0,
  I_1: special.i1,
  atan2: Math.atan2,
};

const RELATIONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '=': (a, b) => a === b,
  '\\le': (a, b) => a <= b,
  '\\ge': (a, b) => a >= b,
  '\\ne': (a, b) => a !== b,
};

const SPACES = /(?<!\\)\\[,;!: ]|\\(?:left|right|[bB]igg?[lr]?|quad|textstyle)(?![a-zA-Z])|\s+/g;
const TOKEN =
  /\\begin\{cases\}|\\end\{cases\}|\\(?:mathrm|text|operatorname)\{[^{}]*\}|\\[a-zA-Z]+|\\\\|\d+(?:\.\d+)?|[a-zA-Z]|./g;

/** Says what it could not read. */
export class Unread extends Error {}

class Parser {
  private tokens: string[];
  private at = 0;
  /** Inside of how many pairs of bars: there a bar closes. */
  private bars = 0;

  constructor(text: string) {
    const plain = text.replaceAll('\\tfrac', '\\frac').replaceAll('\\Big/', '/').replaceAll('\\textstyle', '');
    this.tokens =
      plain
        .replace(SPACES, ' ')
        .match(TOKEN)
        ?.filter((t) => t !== ' ') ?? [];
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  private get next(): string {
    return this.tokens[this.at] ?? '';
  }

  private take(expected?: string): string {
    const token = this.next;
    if (expected !== undefined && token !== expected)
      throw new Unread(`expected ${expected}, but got ${token || 'the end'}`);
    this.at++;
    return token;
  }

  private accept(token: string): boolean {
    if (this.next !== token) return false;
    this.at++;
    return true;
  }

  sum(): Value {
    const minus = this.accept('-');
    if (!minus) this.accept('+');
    let left = minus ? this.negative(this.product()) : this.product();
    while (this.next === '+' || this.next === '-') {
      const [a, minus] = [left, this.take() === '-'];
      const b = this.product();
      left = minus ? (env) => a(env) - b(env) : (env) => a(env) + b(env);
    }
    return left;
  }

  private negative(value: Value): Value {
    return (env) => -value(env);
  }

  private startsFactor(): boolean {
    const t = this.next;
    if (t === '|') return this.bars === 0;
    if (t.startsWith('\\'))
      return (
        !['\\\\', '\\end{cases}', '\\rfloor', '\\rceil', '\\land', '\\lor', '\\approx', '\\text{else}'].includes(t) &&
        !(t in RELATIONS)
      );
    return /^[\w({[]/.test(t);
  }

  private product(): Value {
    let left = this.power();
    for (;;) {
      const a = left;
      if (this.accept('/')) {
        const b = this.power();
        left = (env) => a(env) / b(env);
      } else if (this.accept('\\cdot')) {
        const b = this.accept('-') ? this.negative(this.power()) : this.power();
        left = (env) => a(env) * b(env);
      } else if (this.startsFactor()) {
        const b = this.power();
        left = (env) => {
          // An Iverson bracket, or a choice, that is 0 leaves nothing of what it multiplies.
          const [p, q] = [a(env), b(env)];
          return p === 0 || q === 0 ? 0 : p * q;
        };
      } else return left;
    }
  }

  private power(): Value {
    const base = this.base();
    if (!this.accept('^')) return base;
    const exponent = this.argument();
    return (env) => base(env) ** exponent(env);
  }

  /** What `\frac`, `\sqrt` and `^` take: a group, or one sign. */
  private argument(): Value {
    if (this.accept('{')) {
      const value = this.sum();
      this.take('}');
      return value;
    }
    if (/^\d/.test(this.next)) {
      const digits = this.take();
      if (digits.length > 1) this.tokens.splice(this.at, 0, digits.slice(1));
      return () => Number(digits[0]);
    }
    return this.base();
  }

  private list(): Value[] {
    this.take('(');
    const bars = this.bars;
    this.bars = 0;
    const values = [this.sum()];
    while (this.accept(',')) values.push(this.sum());
    this.bars = bars;
    this.take(')');
    return values;
  }

  private base(): Value {
    const t = this.take();
    const bars = this.bars;
    if (/^\d/.test(t)) return () => Number(t);
    switch (t) {
      case '(': {
        this.at--;
        return this.list()[0];
      }
      case '{': {
        const value = this.sum();
        this.take('}');
        return value;
      }
      case '|': {
        this.bars = 1;
        const value = this.sum();
        this.take('|');
        this.bars = bars;
        return (env) => Math.abs(value(env));
      }
      case '[': {
        const holds = this.condition();
        this.take(']');
        return (env) => (holds(env) ? 1 : 0);
      }
      case '\\frac': {
        const [a, b] = [this.argument(), this.argument()];
        return (env) => a(env) / b(env);
      }
      case '\\sqrt': {
        const value = this.argument();
        return (env) => Math.sqrt(value(env));
      }
      case '\\lfloor':
      case '\\lceil': {
        const value = this.sum();
        const close = this.take();
        const round = t === '\\lceil' ? Math.ceil : close === '\\rceil' ? Math.round : Math.floor;
        return (env) => round(value(env));
      }
      case '\\begin{cases}':
        return this.cases();
      case '\\pi':
        return () => Math.PI;
      case '\\infty':
        return () => Infinity;
      case 'e':
        return (env) => env.e ?? Math.E;
    }
    return this.named(t);
  }

  private cases(): Value {
    const rows: [Value, (env: Env) => boolean][] = [];
    do {
      const value = this.sum();
      this.take('&');
      rows.push([value, this.condition()]);
    } while (this.accept('\\\\'));
    this.take('\\end{cases}');
    return (env) => rows.find(([, holds]) => holds(env))?.[0](env) ?? Number.NaN;
  }

  private condition(): (env: Env) => boolean {
    if (this.accept('\\text{else}')) return () => true;
    const first = this.sum();
    const links: [(a: number, b: number) => boolean, Value][] = [];
    while (this.next in RELATIONS) links.push([RELATIONS[this.take()], this.sum()]);
    if (links.length === 0) throw new Unread(`expected a relation, but got ${this.next || 'the end'}`);
    const holds = (env: Env): boolean => {
      let left = first(env);
      return links.every(([relation, value]) => {
        const right = value(env);
        const is = relation(left, right);
        left = right;
        return is;
      });
    };
    if (this.next !== '\\land' && this.next !== '\\lor') return holds;
    const both = this.take() === '\\land';
    const other = this.condition();
    return both ? (env) => holds(env) && other(env) : (env) => holds(env) || other(env);
  }

  private named(token: string): Value {
    let name = token.startsWith('\\operatorname') ? token.slice('\\operatorname{'.length, -1) : token;
    if (this.next === '_') {
      this.take();
      const sub = this.accept('{') ? this.until('}') : this.take();
      name = name === '\\log' ? name : `${name}_${sub}`;
      if (name === '\\log') return this.applied((x) => Math.log(x) / Math.log(Number(sub)));
    }
    if (name === '\\psi' && this.next === "'") {
      this.take();
      const [x] = this.list();
      return (env) => special.polygamma(1, x(env));
    }
    if (name === '\\psi' && this.accept('^')) {
      this.take('{');
      const [n] = this.list();
      this.take('}');
      const [x] = this.list();
      return (env) => special.polygamma(n(env), x(env));
    }
    if (name === 'erf' && this.next === '^' && this.tokens.slice(this.at, this.at + 5).join('') === '^{-1}') {
      this.at += 5;
      name = 'erf^{-1}';
    }
    if (Object.hasOwn(CALLED, name)) {
      const [f, args] = [CALLED[name], this.list()];
      return (env) => f(...args.map((arg) => arg(env)));
    }
    if (Object.hasOwn(FUNCTIONS, name)) return this.applied(FUNCTIONS[name]);
    return (env) => {
      if (!Object.hasOwn(env, name)) throw new Unread(`no value of ${name}`);
      return env[name];
    };
  }

  /** A function of what follows, or a power of it. */
  private applied(f: (x: number) => number): Value {
    const exponent = this.accept('^') ? this.argument() : undefined;
    const x = this.next === '(' ? this.list()[0] : this.power();
    return exponent === undefined ? (env) => f(x(env)) : (env) => f(x(env)) ** exponent(env);
  }

  private until(end: string): string {
    let text = '';
    while (!this.accept(end)) text += this.take();
    return text;
  }
}

function computed(text: string): Value {
  const parser = new Parser(text);
  const value = parser.sum();
  if (!parser.done) throw new Unread(`the end of ${text}`);
  return value;
}

/** The sides of equations, cut where nothing is open. */
function cut(text: string, at: RegExp): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    if (/^\\begin/.test(text.slice(i))) depth++;
    if (/^\\end/.test(text.slice(i))) depth--;
    if ('([{'.includes(text[i])) depth++;
    if (')]}'.includes(text[i])) depth--;
    const found = depth === 0 ? at.exec(text.slice(i)) : null;
    if (found === null) continue;
    parts.push(text.slice(from, i));
    i += found[0].length - 1;
    from = i + 1;
  }
  return [...parts, text.slice(from)].map((part) => part.trim());
}

/**
 * What a text tells: a formula, or partial derivatives by the symbol that they are of; `t = …` after it
 * explains a symbol. Of a chain of equations the last side counts.
 */
export function readFormula(text: string): ReadonlyMap<string, Value> {
  const told = new Map<string, Value>();
  const symbols = new Map<string, Value>();
  for (const part of cut(text, /^,\s*(?:\\quad|\\ )/)) {
    const [left, ...sides] = cut(part, /^(?:=|\\approx)(?![a-zA-Z])/);
    const of = /^\\t?frac\{\\partial\}\{\\partial (.*)\}$/.exec(left)?.[1];
    if (of !== undefined) told.set(of, computed(sides[sides.length - 1]));
    else if (told.size === 0) told.set('', computed(sides[sides.length - 1] ?? left));
    else if (sides.length === 1) symbols.set(left, computed(sides[0]));
    else throw new Unread(part);
  }
  const bound =
    (value: Value): Value =>
    (env) => {
      const all: Record<string, number> = { ...env };
      for (const [name, meaning] of symbols) all[name] = meaning(env);
      return value(all);
    };
  return new Map([...told].map(([of, value]) => [of, bound(value)]));
}
