/** Text in pictures: how wide it is, and the little of TeX that labels have. */

/** Widths of the characters from space to tilde in DejaVu Sans, in thousandths of the size. */
const WIDTHS =
  '318 401 460 838 636 950 780 275 390 390 500 838 318 361 318 337 636 636 636 636 636 636 636 636 636 636 337 337 838 838 838 531 1000 684 686 698 770 632 575 775 752 295 295 656 557 863 748 787 603 787 695 635 611 732 684 989 685 611 685 390 337 390 838 500 500 613 635 550 635 615 352 635 634 278 278 579 278 974 634 612 635 635 411 521 392 634 592 818 592 592 525 636 337 636 838'
    .split(' ')
    .map(Number);
const OTHER = 640;
const WIDE = 1000;

export const ASCENT = 0.76;
export const DESCENT = 0.24;
export const LINE = 1.2;
export const FONT = "'DejaVu Sans', Verdana, Geneva, sans-serif";

export interface Run {
  readonly text: string;
  readonly italic: boolean;
  /** Of the size of the label, and how far above its line: also in parts of the size. */
  readonly scale: number;
  readonly rise: number;
}

/** Of a line without TeX, in parts of its size. */
export const textWidth = (text: string): number => {
  let width = 0;
  for (const c of text) {
    const code = c.codePointAt(0)!;
    width += code === 0x2212 ? 838 : (WIDTHS[code - 32] ?? (code > 0x2e80 ? WIDE : OTHER));
  }
  return width / 1000;
};

/** Of one line, in parts of its size. */
export const runsWidth = (runs: readonly Run[]): number =>
  runs.reduce((sum, run) => sum + run.scale * textWidth(run.text), 0);

export interface Block {
  readonly lines: readonly (readonly Run[])[];
  readonly width: number;
  readonly height: number;
}

/** A label's lines and its extent, at this size. */
export function layOut(text: string, size: number): Block {
  const lines = text.split('\n').map(runsOf);
  return {
    lines,
    width: size * Math.max(...lines.map(runsWidth)),
    height: size * (ASCENT + DESCENT + LINE * (lines.length - 1)),
  };
}

/** Between two dollars stands TeX; `\$` is a dollar. */
export function runsOf(line: string): Run[] {
  const parts = line.split(/(?<!\\)\$/);
  const plain = (text: string): Run => ({ text: text.replaceAll('\\$', '$'), italic: false, scale: 1, rise: 0 });
  if (parts.length < 3 || parts.length % 2 === 0) return [plain(line)];
  return parts.flatMap((part, i) => (i % 2 === 0 ? (part === '' ? [] : [plain(part)]) : mathRuns(part)));
}

const GREEK =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega'.split(
    ' ',
  );

const SYMBOLS = new Map<string, string>([
  ...GREEK.map((name, i): [string, string] => [name, String.fromCharCode(0x3b1 + i)]),
  ...GREEK.map((name, i): [string, string] => [name[0].toUpperCase() + name.slice(1), String.fromCharCode(0x391 + i)]),
  ...Object.entries({
    times: '×',
    cdot: '⋅',
    pm: '±',
    leq: '≤',
    le: '≤',
    geq: '≥',
    ge: '≥',
    neq: '≠',
    approx: '≈',
    sim: '∼',
    infty: '∞',
    partial: '∂',
    nabla: '∇',
    sum: '∑',
    prod: '∏',
    int: '∫',
    sqrt: '√',
    to: '→',
    rightarrow: '→',
    leftarrow: '←',
    in: '∈',
    ldots: '…',
    dots: '…',
    circ: '∘',
    degree: '°',
    varepsilon: 'ε',
    varphi: 'φ',
    ell: 'ℓ',
    quad: ' ',
    langle: '⟨',
    rangle: '⟩',
    Vert: '‖',
    prime: '′',
  }),
]);

const TOKEN = /\\([A-Za-z]+)|\\(.)|([_^])|([{}])|([^\\_^{}]+)/gs;
/** Names that only say how what follows looks. */
const FONTS =
  /^(?:mathrm|mathbf|mathit|mathcal|mathbb|text|textbf|operatorname|left|right|hat|bar|vec|tilde|displaystyle|frac|rm|bf|it)$/;

interface Place {
  readonly scale: number;
  readonly rise: number;
}

function mathRuns(text: string): Run[] {
  const runs: Run[] = [];
  const stack: Place[] = [{ scale: 1, rise: 0 }];
  let next: Place | null = null;
  const put = (part: string): void => {
    const { scale, rise } = next ?? stack[stack.length - 1];
    const last = runs.at(-1);
    if (last !== undefined && last.scale === scale && last.rise === rise)
      runs[runs.length - 1] = { ...last, text: last.text + part };
    else runs.push({ text: part, italic: false, scale, rise });
  };
  for (const [, name, escaped, shift, brace, plain] of text.matchAll(TOKEN)) {
    const here = stack[stack.length - 1];
    if (shift !== undefined) {
      next = { scale: here.scale * 0.7, rise: here.rise + here.scale * (shift === '^' ? 0.38 : -0.16) };
    } else if (brace === '{') {
      if (stack.length < 20) stack.push(next ?? here);
      next = null;
    } else if (brace === '}') {
      if (stack.length > 1) stack.pop();
      next = null;
    } else if (name !== undefined) {
      const symbol = SYMBOLS.get(name);
      if (symbol !== undefined) put(symbol);
      else if (!FONTS.test(name)) put(name);
      if (!FONTS.test(name)) next = null;
    } else if (escaped !== undefined) {
      put(/[,;! ]/.test(escaped) ? ' ' : escaped);
      next = null;
    } else {
      const shown = plain.replaceAll('-', '−');
      if (next === null) put(shown);
      else {
        // A shift without braces takes one character.
        const [first, ...rest] = shown;
        put(first);
        next = null;
        if (rest.length > 0) put(rest.join(''));
      }
    }
  }
  return runs;
}
