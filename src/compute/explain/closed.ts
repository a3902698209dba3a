/**
 * Whole gradients as one formula in the names of the inputs: the rules of all steps put into each other, and the
 * formulas of the values that they read put into these.
 */
import type { Document } from '../../graph/document.ts';
import type { Category } from '../../ops/define.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Call, type Calls, type Given, isGiven, numberOf } from './call.ts';
import { latexName } from './names.ts';
import { type Digits, itemOf, numberLatex, shapeLatex, tensorLatex } from './numbers.ts';
import type { Spot, Step } from './record.ts';
import { reducedAxes } from './rules.ts';
import {
  fill,
  formulaOf,
  inParentheses,
  inProduct,
  isAtom,
  isSum,
  marksIn,
  textsOf,
  toldOf,
  withoutOnes,
} from './template.ts';

export interface Closed {
  readonly latex: string;
  readonly numbers: string;
}

/** Longer formulas say nothing. */
const LONGEST = 400;
const LONGEST_NUMBERS = 2000;
/** Values whose formulas are put into each other. */
const DEEPEST = 64;

/** Ops whose rules can be put into one formula, beside those that work element by element or only move elements. */
const ALLOWED: ReadonlySet<string> = new Set(
  'sum mean softmax log_softmax cross_entropy mse_loss matmul mm mv bmm dot linear to'.split(' '),
);
const CATEGORIES: ReadonlySet<Category> = new Set(['pointwise', 'activation', 'comparison', 'indexing', 'shape']);

/** What cannot be told in one formula. */
class NotClosed extends Error {}

interface Question {
  readonly document: Document;
  readonly calls: Calls;
  readonly digits: Digits;
  /** Of a value of several elements the vector that it is multiplied by. */
  readonly v: Tensor | undefined;
  readonly wanted: readonly { readonly name: string; readonly spot: Spot; readonly result: Tensor }[];
  /** The local derivatives that were found to be products. */
  readonly isElementwise: (step: Step) => boolean;
  readonly paramOf: (step: Step, call: Call) => string;
}

/** A factor, with how many elements it has. */
interface Term {
  readonly text: string;
  readonly many: boolean;
}

class Former {
  private readonly question: Question;
  /** Whether numbers stand in the place of names. */
  private readonly inNumbers: boolean;
  private readonly most: number;
  /** By the name of a value: the call that made it. */
  private readonly makers = new Map<string, Call>();
  private readonly gradients = new Map<Spot, Term | null>();
  private depth = 0;

  constructor(question: Question, inNumbers: boolean) {
    this.question = question;
    this.inNumbers = inNumbers;
    this.most = inNumbers ? LONGEST_NUMBERS : LONGEST;
    const { document, calls } = question;
    document.nodes.forEach((_, place) => {
      const call = calls.at(place);
      for (const { name } of call.results) this.makers.set(name, call);
    });
  }

  private short(text: string): string {
    if (text.length > this.most) throw new NotClosed();
    return text;
  }

  private deeper<T>(body: () => T): T {
    if (++this.depth > DEEPEST) throw new NotClosed();
    try {
      return body();
    } finally {
      this.depth--;
    }
  }

  private allowed({ op }: Call): void {
    if (!CATEGORIES.has(op.category) && !ALLOWED.has(op.name)) throw new NotClosed();
  }

  private number(t: Tensor): string {
    const { digits } = this.question;
    return t.numel === 1 ? numberLatex(itemOf(t), digits.digits) : tensorLatex(t, digits);
  }

  /** A value in terms of the inputs. */
  private value({ name, tensor }: Given): string {
    const call = this.makers.get(name);
    if (call === undefined) {
      if (!this.inNumbers) return latexName(name);
      if (tensor === undefined) throw new NotClosed();
      return this.number(tensor);
    }
    this.allowed(call);
    const template = formulaOf(call);
    if (template === undefined || call.results.length > 1) throw new NotClosed();
    return this.deeper(() => this.filled(template, call, {}));
  }

  private filled(template: string, call: Call, own: Readonly<Record<string, string>>): string {
    const { digits } = this.question.digits;
    const product = this.inNumbers ? String.raw` \cdot ` : String.raw`\,`;
    const text = fill(withoutOnes(template, call).replaceAll(/(?<!\[)\\,(?!\])/g, product), (key) => {
      let put = own[key];
      if (put === undefined) {
        const arg = key === 'result' ? call.results[0] : call.args.get(key);
        if (key === 'result' && isGiven(arg)) put = this.value(arg);
        else if (isGiven(arg)) put = this.value(arg);
        else {
          const number = numberOf(arg);
          if (number === undefined) throw new NotClosed();
          put = numberLatex(number, digits);
        }
      }
      return { text: put, holds: !isSum(put), atom: isAtom(put) };
    });
    return this.short(text);
  }

  /** The gradient that has come to a value; null for 1. */
  private gradient(spot: Spot): Term | null {
    const known = this.gradients.get(spot);
    if (known !== undefined) return known;
    const found = this.deeper(() => {
      const terms = spot.terms.map((step) => this.step(step));
      if (terms.length === 1) return terms[0];
      const texts = terms.map((term) => term?.text ?? '1');
      const text = texts.reduce((sum, t) => (t.startsWith('-') ? `${sum} - ${t.slice(1)}` : `${sum} + ${t}`));
      return { text: this.short(text), many: terms.some((term) => term?.many ?? false) };
    });
    this.gradients.set(spot, found);
    return found;
  }

  private times(a: Term | null, b: Term | null): Term | null {
    if (a === null || b === null) return a ?? b;
    if (a.text === '-1') return this.times(b, a);
    const negative = b.text === '-1';
    const held = inProduct;
    if (negative) return { text: a.text.startsWith('-') ? a.text.slice(1) : `-${held(a.text)}`, many: a.many };
    const sign = a.many && b.many ? String.raw` \odot ` : this.inNumbers ? String.raw` \cdot ` : String.raw`\,`;
    // One minus is enough for a product.
    const [first, second] = [a.text, b.text].map((t) =>
      t.startsWith('-') && !isSum(t.slice(1)) ? t.slice(1) : held(t),
    );
    const minus = [a.text, b.text].filter((t) => t.startsWith('-') && !isSum(t.slice(1))).length % 2 === 1;
    return { text: this.short(`${minus ? '-' : ''}${first}${sign}${second}`), many: a.many || b.many };
  }

  private summed(term: Term | null, { given, result }: Step): Term | null {
    const axes = given === null || result === null ? [] : reducedAxes(given.shape, result.shape);
    if (axes.length === 0) return term;
    const text = term?.text ?? '1';
    const inner = inProduct(text);
    const word = axes.length === 1 ? 'axis' : 'axes';
    return { text: this.short(String.raw`\sum_{\text{${word} ${axes.join(', ')}}} ${inner}`), many: true };
  }

  /** What a step passes on. */
  private step(step: Step): Term | null {
    const { kind, from, place, result } = step;
    if (kind === 'seed') {
      const { v } = this.question;
      return v === undefined ? null : { text: this.inNumbers ? this.number(v) : 'v', many: v.numel > 1 };
    }
    if (from.length !== 1 || place === undefined || result === null) throw new NotClosed();
    const call = this.question.calls.at(place, step.node);
    this.allowed(call);
    const arrived = this.gradient(from[0]);
    if (kind === 'pass' || kind === 'reduce') return this.summed(arrived, step);
    const param = this.question.paramOf(step, call);
    const told = toldOf(call, param);
    const many = result.numel > 1;
    if (this.question.isElementwise(step)) {
      const template = told?.latex ?? textsOf(call.op).by.get(param);
      if (template === undefined) throw new NotClosed();
      if (template === '1') return this.summed(arrived, step);
      const reads = marksIn(template).flatMap((key) => {
        const arg = key === 'result' ? call.results[0] : call.args.get(key);
        return isGiven(arg) ? [arg.shape] : [];
      });
      const local = {
        text: this.filled(template, call, {}),
        many: reads.some((shape) => shape.some((size) => size !== 1)),
      };
      return this.summed(this.times(arrived, local), step);
    }
    const whole = call.told.dim === undefined && call.args.has('dim');
    if (call.op.name === 'sum' && whole) return arrived;
    if (call.op.name === 'mean' && whole) {
      const n = Math.round(numberOfElements(call));
      return n === 1 ? arrived : this.times({ text: String.raw`\tfrac{1}{${n}}`, many: false }, arrived);
    }
    if (call.op.category === 'reduction' && told === undefined) throw new NotClosed();
    const lets: Record<string, string> = {};
    for (const [key, given] of Object.entries(told?.let ?? {})) {
      const elements = this.inNumbers && given.tensor !== undefined ? this.number(given.tensor) : undefined;
      lets[key] = elements ?? this.filled(given.is, call, {});
    }
    const g = this.spread(arrived, from[0]);
    if (told !== undefined) {
      const plainly = g === '1' ? told.latex.replaceAll(/@g\\,|@g \\cdot /g, '') : told.latex;
      const matrix = told.form === 'matrix' && g.includes(String.raw` \odot `);
      const held = matrix ? inParentheses(g) : g;
      return this.summed({ text: this.filled(plainly, call, { ...lets, g: held }), many }, step);
    }
    if (call.op.category !== 'indexing' && call.op.category !== 'shape') throw new NotClosed();
    const name = call.op.name.replaceAll('_', String.raw`\_`);
    return { text: this.short(String.raw`\operatorname{${name}}^{\top}\left(${g}\right)`), many };
  }

  /** A gradient in the shape of its value, where that matters. */
  private spread(term: Term | null, { shape }: Spot): string {
    const text = term?.text ?? '1';
    if (term?.many || shape.every((size) => size === 1)) return text;
    const ones = String.raw`\mathbf{1}_{${shapeLatex(shape)}}`;
    return term === null ? ones : String.raw`${isSum(text) ? `(${text})` : text}\,${ones}`;
  }

  of(spot: Spot): string {
    return simplified(this.gradient(spot)?.text ?? '1');
  }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Numbers that stand side by side as one. */
const simplified = (latex: string): string =>
  latex.replaceAll(/\\tfrac\{1\}\{(\d+)\}\\,(\d+)\\,/g, (_, below: string, above: string) => {
    const by = gcd(Number(above), Number(below));
    const [p, q] = [Number(above) / by, Number(below) / by];
    return q === 1 ? (p === 1 ? '' : `${p}\\,`) : String.raw`\tfrac{${p}}{${q}}\,`;
  });

function numberOfElements({ args }: Call): number {
  const input = args.get('input');
  return isGiven(input) ? input.shape.reduce((n, size) => n * size, 1) : 1;
}

/** Undefined where there is none. */
function formed(body: () => string): string | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof NotClosed) return undefined;
    throw error;
  }
}

/** By name, the gradients that can be told in one formula that is not too long. */
export function closedForms(question: Question): ReadonlyMap<string, Closed> {
  const found = new Map<string, Closed>();
  const { digits } = question;
  // Of long computations no formula is short.
  if (question.document.nodes.length > 4 * DEEPEST) return found;
  const [names, numbers] = [new Former(question, false), new Former(question, true)];
  for (const { name, spot, result } of question.wanted) {
    if (spot.terms.length === 0 || spot.terms.some(({ kind }) => kind === 'zero')) continue;
    const latex = formed(() => names.of(spot));
    if (latex === undefined || latex.length >= LONGEST) continue;
    const value = result.numel === 1 ? numberLatex(itemOf(result), digits.digits) : tensorLatex(result, digits);
    const put = formed(() => numbers.of(spot));
    found.set(name, { latex, numbers: put === undefined || put === value ? value : `${put} = ${value}` });
  }
  return found;
}
