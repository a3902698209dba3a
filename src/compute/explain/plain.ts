/** LaTeX, as this room writes it, in plain characters. */

const SYMBOLS: Readonly<Record<string, string>> = {
  cdot: '·',
  odot: '⊙',
  times: '×',
  infty: 'inf',
  le: '≤',
  ge: '≥',
  ne: '≠',
  land: 'and',
  lor: 'or',
  partial: '∂',
  sum: '∑',
  prod: '∏',
  int: '∫',
  top: 'ᵀ',
  ln: 'ln',
  log: 'log',
  exp: 'exp',
  sin: 'sin',
  cos: 'cos',
  tan: 'tan',
  sinh: 'sinh',
  cosh: 'cosh',
  tanh: 'tanh',
  arcsin: 'arcsin',
  arccos: 'arccos',
  arctan: 'arctan',
  max: 'max',
  min: 'min',
  det: 'det',
  cdots: '...',
  ldots: '...',
  vdots: '...',
  dots: '...',
  quad: '  ',
  qquad: '   ',
  lfloor: '⌊',
  rfloor: '⌋',
  lceil: '⌈',
  rceil: '⌉',
  langle: '⟨',
  rangle: '⟩',
  in: '∈',
  notin: '∉',
  to: '→',
  mid: '|',
  approx: '≈',
  sim: '~',
  wedge: '^',
  backslash: '\\',
  varepsilon: 'ε',
  varphi: 'φ',
  left: '',
  right: '',
  Big: '',
  bigl: '',
  bigr: '',
  ast: '*',
  ell: 'ℓ',
  textstyle: '',
  displaystyle: '',
  mapsto: '→',
  Longrightarrow: '⇒',
  lVert: '‖',
  rVert: '‖',
  Vert: '‖',
  prime: '′',
};
const GREEK =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho varsigma sigma tau upsilon phi chi psi omega'.split(
    ' ',
  );
GREEK.forEach((name, i) => {
  Object.assign(SYMBOLS, {
    [name]: String.fromCharCode(0x3b1 + i),
    [name[0].toUpperCase() + name.slice(1)]: String.fromCharCode(0x391 + i),
  });
});

/** Commands whose argument stands as it is. */
const THROUGH = new Set([
  'mathrm',
  'operatorname',
  'text',
  'mathbf',
  'mathit',
  'boldsymbol',
  'underbrace',
  'bar',
  'mathbb',
]);
const SPACES: Readonly<Record<string, string>> = { ',': ' ', ';': ' ', ' ': ' ', '!': '', ':': ' ', '\\': '; ' };

const isOne = (text: string): boolean => /^[\p{L}\p{N}.]+$/u.test(text);
const held = (text: string): string => (isOne(text) || /^\([^()]*\)$/.test(text) ? text : `(${text})`);

const LONE_LETTER = /(?:^|[^\p{L}\p{N}_])\p{L}$/u;

class Reader {
  private readonly source: string;
  private at = 0;

  constructor(source: string) {
    this.source = source;
  }

  all(end?: string): string {
    let out = '';
    while (this.at < this.source.length) {
      if (end !== undefined && this.source.startsWith(end, this.at)) {
        this.at += end.length;
        break;
      }
      // A name such as w1, which has no line of its own.
      const index = /^_\{(\d{1,4})\}/.exec(this.source.slice(this.at, this.at + 7));
      if (index !== null && LONE_LETTER.test(out)) {
        out += index[1];
        this.at += index[0].length;
      } else out += this.next();
    }
    return out;
  }

  /** One symbol, group or command with what it takes. */
  private next(): string {
    const c = this.source[this.at++];
    if (c === '{') return this.all('}');
    if (c === '^' || c === '_') {
      const script = this.argument();
      if (script === 'ᵀ' || script === 'ᴴ' || script === '′') return script;
      if (c === '^') return `^${held(script)}`;
      return isOne(script) && script.length <= 3 ? `_${script}` : `_{${script}}`;
    }
    if (c === '~') return ' ';
    if (c === '&') return ', ';
    return c === '\\' ? this.command() : c;
  }

  private argument(): string {
    while (this.source[this.at] === ' ') this.at++;
    return this.at < this.source.length ? this.next() : '';
  }

  private command(): string {
    const name = /^[A-Za-z]+/.exec(this.source.slice(this.at, this.at + 24))?.[0];
    if (name === undefined) {
      const c = this.source[this.at++] ?? '';
      return SPACES[c] ?? c;
    }
    this.at += name.length;
    switch (name) {
      case 'frac':
      case 'tfrac':
      case 'dfrac': {
        const [above, below] = [this.argument(), this.argument()];
        return `${held(above)}/${held(below)}`;
      }
      case 'sqrt':
        return `√${held(this.argument())}`;
      case 'mathsf': {
        // As an exponent: transposed, and conjugated with it.
        const letter = this.argument();
        return letter === 'T' ? 'ᵀ' : letter === 'H' ? 'ᴴ' : letter;
      }
      case 'begin':
        return this.environment(this.argument());
    }
    if (THROUGH.has(name)) return this.argument();
    const symbol = SYMBOLS[name] ?? name;
    // A command ends where a space does.
    return symbol;
  }

  private environment(name: string): string {
    const body = this.all(`\\end{${name}}`);
    const rows = body.split(';').map((row) => row.trim());
    if (name === 'cases')
      return `{${rows.map((row) => row.replace(/ *, *(?=[^,]*$)/, ' if ').replace(/ if else$/, ' else')).join('; ')}}`;
    if (name === 'aligned' || name === 'gathered') return rows.map((row) => row.replace(/ ?, ?/, ' ')).join('\n');
    const lists = rows.map((row) => `[${row.replaceAll(/\s*,\s*/g, ', ')}]`);
    return lists.length === 1 ? lists[0] : `[${lists.join(', ')}]`;
  }
}

/**
 * @example
 * plain(String.raw`\frac{\partial \ell}{\partial w} = 2 \cdot x`) // '∂ℓ/∂w = 2 · x'
 */
export function plain(latex: string): string {
  const text = new Reader(latex).all();
  return text
    .replaceAll(/∂ /g, '∂')
    .replaceAll(/\((∂[\p{L}\p{N}_.#]+)\)/gu, '$1')
    .replaceAll(/ {2,}/g, (spaces) => (spaces.length > 2 ? '   ' : ' '))
    .replaceAll(/([([]) +/g, '$1')
    .replaceAll(/ +([)\]])/g, '$1')
    .trim();
}
