/** Texts of ops' definitions with a call's own names, or its numbers, put in. */
import type { OpDef } from '../../ops/define.ts';
import type { Told } from '../../ops/derivation.ts';
import { symbolOf } from '../../ops/expression-kernels.ts';
import type { AnyParam } from '../../ops/params.ts';
import type { Call, Given } from './call.ts';
import { isGiven, numberOf } from './call.ts';
import { latexName } from './names.ts';
import { type Digits, itemOf, numberLatex, tensorLatex } from './numbers.ts';

const MARK = /@([a-zA-Z0-9]+)/g;

/** The parameters, `result` and `g` among them, that a text has marks of. */
export const marksIn = (text: string): string[] => [...new Set([...text.matchAll(MARK)].map((match) => match[1]))];

/** What stands before a factor or a term, and what follows one that is raised or multiplied. */
const BOUND_BEFORE = /(?:[-+}\w)]|\\cdot|(?<!\[)\\,|\\odot|\\top) *$/;
const BOUND_AFTER = /^(?:\^|_|\\,(?!\])| *\\cdot| *\\odot| *@)/;

/** The name of a function that is written without parentheses. */
const FUNCTION_BEFORE =
  /(?:\\(?:ln|log|exp|arc(?:sin|cos|tan)|(?:sin|cos|tan)h?)(?:_\{\d+\})?|\\operatorname\{\w+\}(?:\^\{-1\})?) $/;

/** What stands in the place of a mark; whether it holds together in a product, and even under a power. */
interface Put {
  readonly text: string;
  readonly holds: boolean;
  readonly atom?: boolean;
}

/** Whether a text is one thing: a name, a number, a matrix. */
export const isAtom = (text: string): boolean =>
  /^(?:\{?(?:[A-Za-z]|\\[a-zA-Z]+)(?:\{[^{}]*\})?(?:[_^]\{[^{}]*\})*\}?|[\d.]+|\\begin\{bmatrix\}.*\\end\{bmatrix\})$/s.test(
    text,
  );

/** Parentheses, as tall as what stands in them. */
export const inParentheses = (latex: string): string =>
  /\\t?frac|\\begin|\\sum|\\prod/.test(latex) ? String.raw`\left(${latex}\right)` : `(${latex})`;

/** Puts texts in the place of marks; what does not hold together gets parentheses where it has to. */
export function fill(text: string, put: (key: string) => Put): string {
  return text.replaceAll(MARK, (mark, key: string, at: number) => {
    const { text: own, holds, atom = true } = put(key);
    const after = text.slice(at + mark.length);
    const raised = after.startsWith('^') && (!atom || own.includes(String.raw`\frac`));
    const named = !atom && FUNCTION_BEFORE.test(text.slice(0, at));
    const bound = raised || named || (!holds && (BOUND_BEFORE.test(text.slice(0, at)) || BOUND_AFTER.test(after)));
    // A command would swallow the letter that follows.
    const apart = /\\[a-zA-Z]+$/.test(own) && /^[a-zA-Z]/.test(after) ? ' ' : '';
    return `${bound ? inParentheses(own) : own}${apart}`;
  });
}

/** A text without factors and divisors that are 1. */
export function withoutOnes(text: string, call: Call): string {
  let out = text;
  for (const key of marksIn(text)) {
    if (isGiven(call.args.get(key)) || numberOf(call.args.get(key)) !== 1) continue;
    out = out.replaceAll(new RegExp(`@${key}\\\\,(?!\\])`, 'g'), '');
    for (let at = out.indexOf(`}{@${key}}`); at >= 0; at = out.indexOf(`}{@${key}}`)) {
      let depth = 1;
      let start = at;
      while (depth > 0 && --start >= 0) depth += out[start] === '}' ? 1 : out[start] === '{' ? -1 : 0;
      const head = /\\[td]?frac$/.exec(out.slice(0, Math.max(start, 0)))?.[0];
      if (head === undefined) break;
      const above = out.slice(start + 1, at);
      out = `${out.slice(0, start - head.length)}${isSum(above) ? `(${above})` : above}${out.slice(at + key.length + 4)}`;
    }
  }
  return out;
}

/** Whether a text is a sum, or has a sign in front, so that it needs parentheses in a product. */
export function isSum(latex: string): boolean {
  let depth = 0;
  const text = latex.trim();
  if (text.startsWith('-')) return true;
  for (const match of text.matchAll(/\\begin|\\end|\\left|\\right|\\[a-zA-Z]+|\\.|[{}()[\]]| [+-] /g)) {
    const [token] = match;
    if (token === '\\begin' || token === '{' || token === '(' || token === '[') depth++;
    else if (token === '\\end' || token === '}' || token === ')' || token === ']') depth--;
    else if (depth === 0 && (token === ' + ' || token === ' - ')) return true;
  }
  return false;
}

export const inProduct = (latex: string): string => (isSum(latex) ? inParentheses(latex) : latex);

const attrLatex = (value: unknown, digits: number): string => {
  const number = numberOf(value);
  if (number !== undefined) return numberLatex(number, digits);
  if (Array.isArray(value)) return `(${value.map((item) => attrLatex(item, digits)).join(', ')})`;
  if (typeof value === 'object') return String.raw`\ldots`;
  return String.raw`\text{${String(value).replace(/[^ \w.-]/g, '')}}`;
};

const listed = (given: unknown): string | undefined =>
  Array.isArray(given) && given.length > 0 && given.every(isGiven)
    ? given.map(({ name }) => latexName(name)).join(', ')
    : undefined;

export interface Extra {
  readonly latex: string;
  readonly holds?: boolean;
}

/** In the names of the values. `own` are further marks. */
export function inNames(text: string, call: Call, own: Readonly<Record<string, Extra>>, digits: number): string {
  return fill(withoutOnes(text, call), (key) => {
    if (key in own) return { text: own[key].latex, holds: own[key].holds ?? true };
    if (key === 'result') return { text: call.results.map(({ name }) => latexName(name)).join(', '), holds: true };
    const arg = call.args.get(key);
    if (isGiven(arg)) return { text: latexName(arg.name), holds: true };
    const number = attrLatex(arg, digits);
    return { text: listed(arg) ?? number, holds: !number.startsWith('-') };
  });
}

const elements = ({ tensor }: Given, digits: Digits): string | undefined => {
  if (tensor === undefined) return undefined;
  return tensor.numel === 1 && tensor.ndim <= 1
    ? numberLatex(itemOf(tensor), digits.digits)
    : tensorLatex(tensor, digits);
};

const isNumber = (given: Given): boolean => given.tensor?.numel === 1;
const ofNumbers = ({ args, results }: Call): boolean =>
  results.every(isNumber) && [...args.values()].every((arg) => !isGiven(arg) || isNumber(arg));

/** With numbers in the place of names; undefined where some are not there. Products are written out. */
export function inNumbers(
  text: string,
  call: Call,
  own: Readonly<Record<string, string | undefined>>,
  digits: Digits,
): string | undefined {
  // Conditions are on elements.
  let whole = !text.includes(String.raw`\begin{cases}`) || ofNumbers(call);
  const filled = fill(withoutOnes(text, call).replaceAll(/(?<!\[)\\,(?!\])/g, String.raw` \cdot `), (key) => {
    const arg = key === 'result' && call.results.length === 1 ? call.results[0] : call.args.get(key);
    const number = key in own ? own[key] : isGiven(arg) ? elements(arg, digits) : attrLatex(arg, digits.digits);
    if (number === undefined) whole = false;
    return { text: number ?? '', holds: number !== undefined && !/^-|\\cdot/.test(number) };
  });
  return whole ? filled : undefined;
}

interface Texts {
  readonly formula: string | undefined;
  readonly by: ReadonlyMap<string, string>;
}

const texts = new WeakMap<OpDef, Texts>();
const PARTIAL = /^\\[td]?frac\{\\partial(?: [a-z])?\}\{\\partial ((?:[a-z]|\\[a-z]+)(?:_\w)?)\} = (.*)$/s;

/** A symbol where it stands alone, not within a command or a word, and has no index. */
const symbol = (text: string): RegExp =>
  new RegExp(`(?<![\\\\a-zA-Z@])${text.replace(/[\\{}_]/g, '\\$&')}(?![a-zA-Z_'])`, 'g');

/** A text in symbols of its own: of single elements, or of what is no parameter. */
const INDEXED = /(?<![\\a-zA-Z@])[a-z]_|\\quad/;

/** Formula and derivatives of an op's definition with marks in the place of its symbols. */
export function textsOf(op: OpDef): Texts {
  let found = texts.get(op);
  if (found === undefined) {
    found = marked(op);
    texts.set(op, found);
  }
  return found;
}

function marked(op: OpDef): Texts {
  const params = op.params as readonly AnyParam[];
  const differentiable = params.filter((p) => p.differentiable);
  const tensors = params.filter((p) => p.kind !== 'attr');
  const derivative = op.derivative ?? '';
  const parts = derivative.split(/,\\quad ?/).map((part) => PARTIAL.exec(part));
  const by = new Map<string, string>();
  const symbols = new Map<string, string>();
  let own: string | undefined;
  if (parts.length === differentiable.length && parts.every((part) => part !== null)) {
    parts.forEach((part, i) => {
      if (part !== null) symbols.set(part[1], differentiable[i].key);
    });
  } else if (differentiable.length === 1 && !derivative.includes(String.raw`\quad`)) {
    symbols.set('x', differentiable[0].key);
    if (tensors.length === 1) symbols.set('y', 'result');
    own = derivative === '' ? undefined : derivative;
  } else if (differentiable.length === 0 && tensors.length <= 2) {
    tensors.forEach(({ key }, i) => {
      symbols.set('xy'[i], key);
    });
  } else return { formula: undefined, by };
  for (const param of params) if (param.kind === 'attr') symbols.set(symbolOf(param), param.key);
  const mark = (text: string): string => {
    let out = text;
    for (const [from, key] of symbols) out = out.replaceAll(symbol(from), `@${key}`);
    return out;
  };
  if (own !== undefined) by.set(differentiable[0].key, mark(own));
  else if (differentiable.length > 0)
    for (const [i, part] of parts.entries()) if (part !== null) by.set(differentiable[i].key, mark(part[2]));
  const name = op.formula.includes(String.raw`\begin`) ? op.formula : op.formula.split(' = ')[0];
  const formula = mark(name);
  const usable = formula.includes('@') && !INDEXED.test(formula) && (tensors.length > 1 || /[\\(|^]/.test(formula));
  return { formula: usable ? formula : undefined, by };
}

/** What a definition says of one parameter, for a call. */
export function toldOf(call: Call, key: string): Told | undefined {
  const by = call.op.derivation.by as Readonly<Record<string, unknown>> | undefined;
  const said = by?.[key];
  const told = typeof said === 'function' ? (said(call.told) as string | Told) : (said as string | Told | undefined);
  return typeof told === 'string' ? { form: 'elementwise', latex: told } : told;
}

/** The formula of a call, with marks; undefined where there is none. */
export function formulaOf(call: Call): string | undefined {
  const said = call.op.derivation.formula as string | ((args: unknown) => string) | undefined;
  return (typeof said === 'function' ? said(call.told) : said) ?? textsOf(call.op).formula;
}
