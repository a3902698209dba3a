/**
 * A first look at the text: brackets, strings and indentation, whose faults Python names precisely
 * and whose depth has a bound before anything is parsed.
 */
import { PyError } from '../runtime/errors.ts';

const MAX_BRACKETS = 200;
const MAX_INDENTS = 100;

const CLOSERS: ReadonlyMap<string, string> = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);

const BLOCKS: ReadonlyMap<string, string> = new Map([
  ['if', "'if' statement"],
  ['elif', "'elif' statement"],
  ['else', "'else' statement"],
  ['for', "'for' statement"],
  ['while', "'while' statement"],
  ['with', "'with' statement"],
  ['try', "'try' statement"],
  ['except', "'except' statement"],
  ['finally', "'finally' statement"],
  ['def', 'function definition'],
  ['class', 'class definition'],
  ['match', "'match' statement"],
  ['case', "'case' statement"],
]);

interface Open {
  readonly bracket: string;
  readonly line: number;
  readonly column: number;
}

/** All of Python's numbers; the parser's grammar lacks `5.` and `1.e5`. */
const NUMBER =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?[jJ]?/y;
const WORD = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
/** A number with a bare point within the braces of an f-string. */
const POINTED = /(?<![\w.)\]])\d+\.(?![\w.])/g;

/**
 * Throws the SyntaxError or IndentationError that the text's outward form deserves. Answers the text as
 * the parser is to see it, of the same length: with every number made of plain digits.
 */
export function scan(source: string): string {
  const numbers: { from: number; to: number }[] = [];
  const brackets: Open[] = [];
  const indents = [0];
  let line = 1;
  let lineStart = 0;
  let at = 0;
  /** Significant characters of the logical line so far. */
  let fresh = true;
  let last = '';
  let firstWord = '';
  let block: { word: string; line: number } | null = null;
  let logicalLine = 1;
  /** The last logical line opened a block by its first word and had no colon. */
  let missing: { line: number; column: number } | null = null;
  let colon = false;
  /** Letters right before a quote. */
  let prefix = '';

  const fail = (message: string, column: number, length = 1): never => {
    throw new PyError('SyntaxError', message, line, column, length);
  };
  const indentation = (message: string, onLine = line): never => {
    throw new PyError('IndentationError', message, onLine);
  };
  const endLogicalLine = (): void => {
    if (!fresh && last === ':' && BLOCKS.has(firstWord)) block = { word: firstWord, line: logicalLine };
    if (!fresh) missing = BLOCKS.has(firstWord) && !colon ? { line, column: at - 1 - lineStart } : null;
    fresh = true;
    colon = false;
    last = '';
    firstWord = '';
  };
  const newline = (): void => {
    line++;
    lineStart = at;
  };
  const unmet = (): never => {
    const { word, line: opened } = block!;
    return indentation(`expected an indented block after ${BLOCKS.get(word)} on line ${opened}`);
  };
  const beginLogicalLine = (): void => {
    let width = 0;
    for (let i = lineStart; i < at; i++) width = source[i] === '\t' ? width + 8 - (width % 8) : width + 1;
    const top = indents[indents.length - 1];
    if (block !== null) {
      if (width <= top) unmet();
      indents.push(width);
      if (indents.length > MAX_INDENTS) indentation('too many levels of indentation');
      block = null;
    } else if (width > top) {
      if (missing !== null) throw new PyError('SyntaxError', "expected ':'", missing.line, missing.column, 1);
      indentation('unexpected indent');
    } else {
      while (width < indents[indents.length - 1]) indents.pop();
      if (width !== indents[indents.length - 1]) indentation('unindent does not match any outer indentation level');
    }
    fresh = false;
    logicalLine = line;
    firstWord = /[a-z]*/y.exec(source.slice(at, at + 10))?.[0] ?? '';
    if (firstWord === 'async') firstWord = /async\s+([a-z]*)/y.exec(source.slice(at, at + 40))?.[1] ?? '';
  };
  const string = (quote: string): void => {
    const column = at - lineStart;
    const startLine = line;
    const triple = source.startsWith(quote.repeat(3), at);
    at += triple ? 3 : 1;
    for (; at < source.length; at++) {
      const c = source[at];
      if (c === '\\') {
        at++;
        if (source[at] === '\n') {
          line++;
          lineStart = at + 1;
        }
      } else if (c === '\n') {
        if (!triple) break;
        line++;
        lineStart = at + 1;
      } else if (c === quote && (!triple || source.startsWith(quote.repeat(3), at))) {
        at += triple ? 3 : 1;
        return;
      }
    }
    const detected = line;
    line = startLine;
    fail(`unterminated ${triple ? 'triple-quoted ' : ''}string literal (detected at line ${detected})`, column);
  };

  const formatted = (from: number, to: number): void => {
    const body = source.slice(from, to);
    if (!/\d\./.test(body)) return;
    for (const field of body.matchAll(/\{([^{}:!]*)[:!}]/g)) {
      for (const number of field[1].matchAll(POINTED)) {
        const start = from + field.index + 1 + number.index;
        numbers.push({ from: start, to: start + number[0].length });
      }
    }
  };

  while (at < source.length) {
    const c = source[at];
    if (c === '\n') {
      at++;
      if (brackets.length === 0) endLogicalLine();
      newline();
      continue;
    }
    if (c === ' ' || c === '\t' || c === '\r' || c === '\f') {
      at++;
      continue;
    }
    if (c === '#') {
      while (at < source.length && source[at] !== '\n') at++;
      continue;
    }
    if (c === '\\') {
      const after = /\\[ \t]*\r?\n/y;
      after.lastIndex = at;
      const match = after.exec(source);
      if (match === null || /\\[ \t]+\r?\n/.test(match[0])) {
        fail(
          at + 1 >= source.length
            ? 'unexpected EOF while parsing'
            : 'unexpected character after line continuation character',
          at - lineStart,
        );
      }
      at += match![0].length;
      newline();
      continue;
    }
    if (fresh && brackets.length === 0) beginLogicalLine();
    fresh = false;
    last = c;
    if (c === ':' && brackets.length === 0) colon = true;
    if (c === '"' || c === "'") {
      const from = at;
      string(c);
      if (/[fF]/.test(prefix)) formatted(from, at);
      prefix = '';
      continue;
    }
    prefix = '';
    if ((c >= '0' && c <= '9') || (c === '.' && source[at + 1] >= '0' && source[at + 1] <= '9')) {
      NUMBER.lastIndex = at;
      const [text] = NUMBER.exec(source)!;
      const after = /[\w]+/y;
      after.lastIndex = at + text.length;
      const tail = after.exec(source)?.[0] ?? '';
      if (tail !== '' && !/^(and|or|if|else|in|is|for|not)$/.test(tail)) {
        fail(
          /^0\d/.test(text)
            ? 'leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers'
            : `invalid ${/^0[xX]/.test(text + tail) ? 'hexadecimal' : /^0[bB]/.test(text + tail) ? 'binary' : /^0[oO]/.test(text + tail) ? 'octal' : 'decimal'} literal`,
          at - lineStart,
          text.length,
        );
      }
      if (text.includes('.')) numbers.push({ from: at, to: at + text.length });
      at += text.length;
      continue;
    }
    WORD.lastIndex = at;
    const word = WORD.exec(source);
    if (word !== null) {
      at += word[0].length;
      prefix = /^[rRbBuUfF]{1,2}$/.test(word[0]) ? word[0] : '';
      last = 'a';
      continue;
    }
    if (c === '(' || c === '[' || c === '{') {
      if (brackets.length >= MAX_BRACKETS) fail('too many nested parentheses', at - lineStart);
      brackets.push({ bracket: c, line, column: at - lineStart });
    } else if (CLOSERS.has(c)) {
      const open = brackets.pop();
      if (open === undefined) fail(`unmatched '${c}'`, at - lineStart);
      else if (open.bracket !== CLOSERS.get(c)) {
        const where = open.line === line ? '' : ` on line ${open.line}`;
        fail(`closing parenthesis '${c}' does not match opening parenthesis '${open.bracket}'${where}`, at - lineStart);
      }
    } else if (c === '$' || c === '?' || (c === '!' && source[at + 1] !== '=')) {
      fail('invalid syntax', at - lineStart);
    } else if (c > '\x7f' && !/[\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}\ufeff\ud800-\udfff]/u.test(c)) {
      const code = source.codePointAt(at)!.toString(16).toUpperCase().padStart(4, '0');
      const what = /\s/.test(c) ? 'non-printable' : '';
      fail(what ? `invalid non-printable character U+${code}` : `invalid character '${c}' (U+${code})`, at - lineStart);
    } else if (c < ' ') {
      fail(c === '\0' ? 'source code cannot contain null bytes' : 'invalid syntax', at - lineStart);
    }
    at++;
  }
  if (brackets.length > 0) {
    const open = brackets[brackets.length - 1];
    throw new PyError('SyntaxError', `'${open.bracket}' was never closed`, open.line, open.column, 1);
  }
  endLogicalLine();
  if (block !== null) unmet();
  if (numbers.length === 0) return source;
  let out = '';
  let copied = 0;
  for (const { from, to } of numbers) {
    out += source.slice(copied, from) + '1'.repeat(to - from);
    copied = to;
  }
  return out + source.slice(copied);
}
