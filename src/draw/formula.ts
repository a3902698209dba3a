/** Formulas in LaTeX as one line of text, with what is raised and lowered: for captions, which hold no TeX. */
import { type Run, runsWidth } from './text.ts';

/** What a piece of a formula is, for what stands beside it. */
type Kind = 'atom' | 'operator' | 'open' | 'close' | 'function' | 'quotient' | 'comma' | 'space' | 'sum' | 'equals';

interface Item {
  readonly kind: Kind;
  readonly runs: readonly Run[];
}

const GREEK =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega'.split(
    ' ',
  );

const ATOMS = new Map<string, string>([
  ...GREEK.map((name, i): [string, string] => [name, String.fromCharCode(0x3b1 + i)]),
  ...GREEK.map((name, i): [string, string] => [name[0].toUpperCase() + name.slice(1), String.fromCharCode(0x391 + i)]),
  ...Object.entries({
    varepsilon: 'ε',
    varphi: 'φ',
    infty: '∞',
    partial: '∂',
    nabla: '∇',
    ldots: '…',
    dots: '…',
    ell: 'ℓ',
    prime: '′',
  }),
]);

const OPERATORS = new Map<string, string>(
  Object.entries({
    cdot: '·',
    times: '×',
    pm: '±',
    le: '≤',
    leq: '≤',
    ge: '≥',
    geq: '≥',
    ne: '≠',
    neq: '≠',
    approx: '≈',
    sim: '~',
    in: '∈',
    notin: '∉',
    land: 'and',
    lor: 'or',
    mid: '|',
    to: '→',
    odot: '⊙',
  }),
);

const FUNCTIONS = new Set('ln log exp sin cos tan arcsin arccos arctan sinh cosh tanh max min det tr'.split(' '));
const BRACKETS = new Map<string, readonly ['open' | 'close', string]>(
  Object.entries({
    lVert: ['open', '‖'],
    rVert: ['close', '‖'],
    langle: ['open', '⟨'],
    rangle: ['close', '⟩'],
    lfloor: ['open', '⌊'],
    rfloor: ['close', '⌋'],
    lceil: ['open', '⌈'],
    rceil: ['close', '⌉'],
  } as const),
);
/** What only says how large the next bracket is, or how the rest is set. */
const SILENT = /^(?:left|right|bigl|bigr|big|Big|Bigl|Bigr|displaystyle|textstyle|limits|hat|bar|vec|tilde)$/;
const WORDS = /^(?:mathrm|text|operatorname|mathbf|mathit|mathbb|mathcal|textbf)$/;

const VULGAR: Readonly<Record<string, string>> = {
  '1/2': '½',
  '1/3': '⅓',
  '1/4': '¼',
  '1/6': '⅙',
  '1/8': '⅛',
  '3/4': '¾',
};

const TOKEN = /\\([A-Za-z]+)|\\(.)|([{}^_&])|(\s+)|(\d+(?:\.\d+)?)|(.)/gsu;

interface Token {
  readonly name?: string;
  readonly escaped?: string;
  readonly mark?: string;
  readonly text?: string;
  readonly blank?: boolean;
}

const tokensOf = (latex: string): Token[] =>
  [...latex.matchAll(TOKEN)].map(([, name, escaped, mark, blank, digits, other]) =>
    blank !== undefined ? { blank: true } : { name, escaped, mark, text: digits ?? other },
  );

const plain = (text: string): Run => ({ text, italic: false, scale: 1, rise: 0 });
const item = (kind: Kind, text: string): Item => ({ kind, runs: [plain(text)] });

class Reader {
  private readonly tokens: readonly Token[];
  private place = 0;
  private depth = 0;

  constructor(latex: string) {
    this.tokens = tokensOf(latex);
  }

  /** Items up to the brace that closes, or to a mark of cases. */
  items(): Item[] {
    const out: Item[] = [];
    while (this.place < this.tokens.length) {
      const token = this.tokens[this.place];
      if (token.mark === '}' || token.mark === '&' || token.escaped === '\\') break;
      if (token.name === 'end') break;
      this.place++;
      if (token.blank === true) continue;
      if (token.mark === '^' || token.mark === '_') {
        const last = out.pop() ?? item('atom', '');
        out.push({ kind: last.kind, runs: [...last.runs, ...shifted(this.argument(), token.mark)] });
      } else out.push(...this.item(token));
    }
    return out;
  }

  /** What follows a command: a group, or one thing. */
  private argument(): Item[] {
    while (this.tokens[this.place]?.blank === true) this.place++;
    const token = this.tokens[this.place];
    if (token === undefined) return [];
    if (this.depth > 30) {
      // Nobody reads what is nested so deep.
      this.place = this.tokens.length;
      return [];
    }
    this.place++;
    if (token.mark !== '{') return this.item(token.text === undefined ? token : this.first(token.text));
    this.depth++;
    const inner = this.items();
    this.depth--;
    this.place++;
    return inner;
  }

  /** A digit of a number that stands without braces is an argument alone: `\tfrac12`. */
  private first(text: string): Token {
    if (text.length > 1 && /^\d/.test(text)) {
      (this.tokens as Token[]).splice(this.place, 0, { text: text.slice(1) });
      return { text: text[0] };
    }
    return { text };
  }

  /** The letters of a group, as they stand. */
  private words(): string {
    if (this.tokens[this.place]?.mark !== '{') return '';
    let out = '';
    for (this.place++; this.place < this.tokens.length; this.place++) {
      const token = this.tokens[this.place];
      if (token.mark === '}') break;
      out += token.blank === true ? ' ' : (token.text ?? token.escaped ?? token.mark ?? '');
    }
    this.place++;
    return out;
  }

  private item({ name, escaped, mark, text }: Token): Item[] {
    if (mark === '{') {
      this.place--;
      return this.argument();
    }
    if (escaped !== undefined)
      return /[,;: ]/.test(escaped) ? [item('space', ' ')] : escaped === '!' ? [] : [item('atom', escaped)];
    if (name === undefined) return [symbol(text ?? '')];
    if (name === 'frac' || name === 'tfrac' || name === 'dfrac') return [quotient(this.argument(), this.argument())];
    if (name === 'sqrt') {
      const inner = this.argument();
      return [{ kind: 'atom', runs: [plain('√'), ...enclosed(inner, inner.length > 1)] }];
    }
    if (name === 'begin') return this.cases();
    if (name === 'sum' || name === 'prod' || name === 'int')
      return [item('sum', { sum: '∑', prod: '∏', int: '∫' }[name])];
    if (WORDS.test(name)) {
      const word = this.words();
      return [
        name === 'operatorname'
          ? item('function', word)
          : word.includes(' ') || word === 'or'
            ? item('operator', word)
            : item('atom', word),
      ];
    }
    if (name === 'quad' || name === 'qquad') return [item('space', '   ')];
    if (SILENT.test(name)) return [];
    if (FUNCTIONS.has(name)) return [item('function', name)];
    const operator = OPERATORS.get(name);
    if (operator !== undefined) return [item('operator', operator)];
    const bracket = BRACKETS.get(name);
    if (bracket !== undefined) return [item(bracket[0], bracket[1])];
    return [item('atom', ATOMS.get(name) ?? name)];
  }

  /** `{ one if this; other otherwise }` */
  private cases(): Item[] {
    this.words();
    const rows: Item[][][] = [[]];
    while (this.place < this.tokens.length) {
      rows[rows.length - 1].push(this.items());
      const token = this.tokens[this.place++];
      if (token?.name === 'end') break;
      if (token?.escaped === '\\') rows.push([]);
    }
    this.words();
    const runs = rows.flatMap(([value = [], condition = []], i): Run[] => {
      const words = lineOf(condition);
      const otherwise = words.map(({ text }) => text).join('') === 'else';
      const told = condition.length === 0 ? [] : otherwise ? [plain(' otherwise')] : [plain(' if '), ...words];
      return [plain(i === 0 ? '{ ' : ';  '), ...lineOf(value), ...told];
    });
    return [{ kind: 'atom', runs: [...runs, plain(' }')] }];
  }
}

function symbol(text: string): Item {
  if (text === '-') return item('operator', '−');
  if (text === '=') return item('equals', '=');
  if (text === "'") return item('atom', '′');
  if (/^[+<>/*]$/.test(text)) return item('operator', text);
  if (text === ',' || text === ';') return item('comma', text);
  if (text === '(' || text === '[') return item('open', text);
  if (text === ')' || text === ']') return item('close', text);
  return item('atom', text);
}

/** Raised or lowered, and smaller. */
function shifted(inner: readonly Item[], mark: '^' | '_'): Run[] {
  const up = mark === '^' ? 0.38 : -0.16;
  return lineOf(inner, true).map(({ text, italic, scale, rise }) => ({
    text,
    italic,
    scale: 0.72 * scale,
    rise: up + 0.72 * rise,
  }));
}

const enclosed = (inner: readonly Item[], whether: boolean): Run[] =>
  whether ? [plain('('), ...lineOf(inner), plain(')')] : lineOf(inner);

/** Of what stands outside all brackets: whether it is a sum, and of how many things; a call is one. */
function outer(list: readonly Item[]): { readonly signed: boolean; readonly count: number } {
  let depth = 0;
  let signed = false;
  let count = 0;
  list.forEach(({ kind, runs }, i) => {
    if (kind === 'close') depth--;
    const before = list[i - 1];
    const called = kind === 'open' && (before?.kind === 'function' || /^[A-Za-z]/.test(textOf(before?.runs ?? [])));
    if (depth === 0 && kind !== 'close' && !called && textOf(runs) !== '') count++;
    if (depth === 0 && kind === 'operator') signed = true;
    if (kind === 'open') depth++;
  });
  return { signed, count };
}

const textOf = (runs: readonly Run[]): string => runs.map(({ text }) => text).join('');

/** `a/b`, with the parentheses that it takes in one line. */
function quotient(above: readonly Item[], below: readonly Item[]): Item {
  const vulgar = VULGAR[`${textOf(lineOf(above))}/${textOf(lineOf(below))}`];
  if (vulgar !== undefined) return item('atom', vulgar);
  const single = outer(below).count <= 1 || below[0].kind === 'sum' || textOf(below[0].runs) === '∂';
  const runs = [...enclosed(above, outer(above).signed), plain('/'), ...enclosed(below, !single)];
  return { kind: 'quotient', runs };
}

/** Whether a blank stands between two pieces. */
function gap(before: Item, after: Item, first: boolean, small: boolean): boolean {
  const [a, b] = [before.kind, after.kind];
  if (a === 'space' || b === 'space') return false;
  const unary = a === 'operator' && first && /^[−+]$/.test(textOf(before.runs));
  if (unary) return false;
  if (a === 'comma') return true;
  if (b === 'comma' || b === 'close' || a === 'open') return false;
  if (small && (a === 'operator' || b === 'operator'))
    return /^\w/.test(textOf((a === 'operator' ? before : after).runs));
  if (a === 'operator' || b === 'operator' || a === 'equals' || b === 'equals') return true;
  if (a === 'function') return b !== 'open';
  if (a === 'sum') return true;
  if (b === 'function' || b === 'sum') return true;
  return a === 'quotient' || b === 'quotient';
}

const OPENS = new Set<Kind>(['open', 'operator', 'comma', 'equals', 'space']);

/** The pieces in one line; `small` where they are raised or lowered. */
function lineOf(items: readonly Item[], small = false): Run[] {
  const runs: Run[] = [];
  let bars = 0;
  items.forEach((one, i) => {
    const before = items[i - 1];
    let own = one.runs;
    // Bars open and close in turn.
    const bar = textOf(one.runs.slice(0, 1)) === '|' && one.kind === 'atom';
    if (before !== undefined) {
      const first = i < 2 || OPENS.has(items[i - 2].kind);
      const spaced =
        bar || textOf(before.runs.slice(0, 1)) === '|'
          ? gapAtBar(before, one, bars % 2 === 1)
          : gap(before, one, first, small);
      if (spaced) runs.push(plain(' '));
    }
    if (bar) bars++;
    if (one.kind === 'quotient' && before?.kind === 'function') own = [plain('('), ...own, plain(')')];
    const tight = one.kind === 'space' && (before?.kind === 'open' || items[i + 1]?.kind === 'close');
    if (!tight) runs.push(...own);
  });
  return merged(runs);
}

const gapAtBar = (before: Item, after: Item, inside: boolean): boolean =>
  inside
    ? before.kind === 'operator' || after.kind === 'operator'
    : before.kind === 'operator' || after.kind === 'operator' || before.kind === 'equals';

function merged(runs: readonly Run[]): Run[] {
  const out: Run[] = [];
  for (const run of runs) {
    const last = out.at(-1);
    if (last !== undefined && last.scale === run.scale && last.rise === run.rise)
      out[out.length - 1] = { ...last, text: last.text + run.text };
    else if (run.text !== '') out.push(run);
  }
  return out;
}

export interface Formula {
  readonly runs: readonly Run[];
  /** Whether it says itself of what it is the value. */
  readonly named: boolean;
}

/**
 * A formula in one line.
 *
 * @example
 * formulaOf('\\frac{1}{1 + e^{-x}}') // 1/(1 + e, −x raised, )
 */
export function formulaOf(latex: string): Formula {
  const items = new Reader(latex).items();
  let depth = 0;
  let named = false;
  for (const { kind } of items) {
    if (kind === 'open') depth++;
    else if (kind === 'close') depth--;
    else if (kind === 'space' && depth === 0 && named) break;
    else if (kind === 'comma' && depth === 0) break;
    else if (kind === 'equals' && depth === 0) named = true;
  }
  return { runs: lineOf(items), named };
}

/** As plain text: what is raised after `^`, what is lowered after `_`. */
export const plainText = (runs: readonly Run[]): string =>
  runs
    .map(({ text, rise }) =>
      rise === 0 ? text : `${rise > 0 ? '^' : '_'}${/^[^\s]$/u.test(text) ? text : `(${text})`}`,
    )
    .join('');

/** Cut at blanks into lines of at most this width, in parts of the size. */
export function wrapped(runs: readonly Run[], width: number): Run[][] {
  const words: Run[][] = [[]];
  for (const run of runs) {
    const parts = run.rise === 0 && run.scale === 1 ? run.text.split(/(?<= )/) : [run.text];
    for (const text of parts) {
      words[words.length - 1].push({ ...run, text });
      if (text.endsWith(' ') && run.rise === 0) words.push([]);
    }
  }
  const lines: Run[][] = [[]];
  for (const word of words) {
    const line = lines[lines.length - 1];
    if (line.length > 0 && runsWidth([...line, ...word]) > width) lines.push([...word]);
    else line.push(...word);
  }
  return lines.filter((line) => line.length > 0).map(merged);
}
