/**
 * What IPython reads before Python does: lines that begin with `%` or `!`. Those that only set up a
 * notebook are taken in silence; each becomes `pass`, so that lines keep their numbers.
 */
import { PyError } from '../runtime/errors.ts';

/** Settings of a notebook and its installation: there is nothing here that they could change. */
const QUIET: ReadonlySet<string> = new Set([
  'alias',
  'autoreload',
  'autosave',
  'cd',
  'colors',
  'conda',
  'config',
  'env',
  'load_ext',
  'matplotlib',
  'pip',
  'precision',
  'reload_ext',
  'set_env',
  'unload_ext',
  'xmode',
]);

/** Magics that time the statement after them, which is run once. */
const TIMED: ReadonlySet<string> = new Set(['time', 'timeit']);
const OPTIONS = /^(?:-[a-z]+\s*\d*(?:\s+|$))*/;

const MAGIC = /[ \t]*(%{1,2}|!)(?:\\[\s\S]|[^\\\n])*/y;

/** The text without magics, line by line as long as it was. */
export function withoutMagics(text: string): string {
  if (!/^[ \t]*[%!]/m.test(text)) return text;
  const out: string[] = [];
  let at = 0;
  let line = 1;
  let first = true;
  while (at < text.length) {
    MAGIC.lastIndex = at;
    const magic = MAGIC.exec(text);
    if (magic !== null) {
      out.push(replacement(magic[0], line, first));
      at = MAGIC.lastIndex;
      line += magic[0].split('\n').length - 1;
      first = false;
    }
    const end = endOfLine(text, at);
    const rest = text.slice(at, end);
    if (/\S/.test(rest)) first = false;
    out.push(rest);
    line += rest.split('\n').length - 1;
    at = end;
  }
  return out.join('');
}

/** Where the logical line that begins here ends, behind its line break. */
function endOfLine(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    switch (text[at]) {
      case '\n':
        if (depth === 0) return at + 1;
        break;
      case '\\':
        at++;
        break;
      case '#':
        at = lineBreak(text, at) - 1;
        break;
      case '"':
      case "'":
        at = endOfString(text, at);
        break;
      case '(':
      case '[':
      case '{':
        depth++;
        break;
      case ')':
      case ']':
      case '}':
        depth = Math.max(0, depth - 1);
    }
  }
  return text.length;
}

const lineBreak = (text: string, from: number): number => {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
};

/** The last character of the string that begins here. One that nothing ends is somebody else's to complain about. */
function endOfString(text: string, from: number): number {
  const quote = text[from];
  const triple = text.startsWith(quote.repeat(3), from);
  const mark = triple ? quote.repeat(3) : quote;
  for (let at = from + mark.length; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '\n' && !triple) return at - 1;
    else if (text.startsWith(mark, at)) return at + mark.length - 1;
  }
  return text.length;
}

function replacement(magic: string, line: number, first: boolean): string {
  const [, indent, mark, name, rest] = /^([ \t]*)(%{1,2}|!)\s*(\w*)([\s\S]*)$/.exec(magic)!;
  const below = '\n'.repeat(magic.split('\n').length - 1);
  if (mark === '!') return `${indent}pass${below}`;
  if (mark === '%%') {
    if (first && TIMED.has(name)) return `${statementOf(indent, rest)}${below}`;
    throw new PyError('UsageError', `Cell magic \`%%${name}\` is not supported in cells`, line);
  }
  if (TIMED.has(name)) return statementOf(indent, rest);
  if (QUIET.has(name)) return `${indent}pass${below}`;
  throw new PyError('UsageError', `Line magic function \`%${name}\` is not supported in cells`, line);
}

function statementOf(indent: string, rest: string): string {
  const statement = rest.trimStart().replace(OPTIONS, '');
  return indent + (statement === '' ? 'pass' : statement);
}
