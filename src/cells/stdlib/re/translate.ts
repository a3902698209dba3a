/** Python's regular expressions in the syntax of RE2, which runs in linear time. */
import { EXCEPTIONS, makeException, RaisedError } from '../../runtime/exceptions.ts';
import { PyClass, type Value } from '../../runtime/values.ts';

export const FLAGS = {
  IGNORECASE: 2,
  LOCALE: 4,
  MULTILINE: 8,
  DOTALL: 16,
  UNICODE: 32,
  VERBOSE: 64,
  DEBUG: 128,
  ASCII: 256,
} as const;

export const RE_ERROR = new PyClass(
  'error',
  [EXCEPTIONS.get('Exception')!],
  new Map<string, Value>([['__module__', 're']]),
);

export function reError(message: string, pattern: string, at: number | null): RaisedError {
  const text = at === null ? message : `${message} at position ${at}`;
  const instance = makeException(RE_ERROR, [text]);
  for (const [name, value] of [
    ['msg', message],
    ['pattern', pattern],
    ['pos', at === null ? null : BigInt(at)],
  ] as const)
    instance.attributes.set(name, value);
  return new RaisedError(instance, text);
}

const INLINE: Readonly<Record<string, number>> = { i: 2, L: 4, m: 8, s: 16, u: 32, x: 64, a: 256 };
/** Of a class in brackets; alone they stand in brackets of their own. */
const UNICODE: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  w: '\\p{L}\\p{M}\\p{N}_',
  s: '\\s\\x0b\\x1c-\\x1f\\x85\\p{Z}',
};
const ASCII: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\x0b\\f\\r ' };
const CONTROL: Readonly<Record<string, string>> = { a: '\\x07', f: '\\f', n: '\\n', r: '\\r', t: '\\t', v: '\\x0b' };

export interface Translated {
  readonly text: string;
  readonly flags: number;
}

export function translate(pattern: string, given: number): Translated {
  let flags = given;
  const inline = /^\(\?([aiLmsux]+)\)/.exec(pattern);
  let at = 0;
  if (inline !== null) {
    for (const letter of inline[1]) flags |= INLINE[letter];
    at = inline[0].length;
  }
  const sets = (flags & FLAGS.ASCII) === 0 ? UNICODE : ASCII;
  const verbose = (flags & FLAGS.VERBOSE) !== 0;
  const fail = (message: string, where = at): RaisedError => reError(message, pattern, where);
  const refuse = (what: string): RaisedError =>
    fail(`${what} is not supported in cells: expressions run in linear time`);
  let out = '';
  let depth = 0;
  const hex = (digits: string): string => `\\x{${digits}}`;

  /** A backslash and what follows; `inside` of a class in brackets. */
  const escaped = (inside: boolean): string => {
    const c = pattern[at + 1];
    if (c === undefined) throw fail('bad escape (end of pattern)');
    const start = at;
    at += 2;
    const lower = c.toLowerCase();
    if (lower === 'd' || lower === 'w' || lower === 's') {
      if (c === lower) return inside ? sets[c] : `[${sets[c]}]`;
      if (inside) return c === 'S' ? '\\S' : `\\${c}`;
      return `[^${sets[lower]}]`;
    }
    if (Object.hasOwn(CONTROL, c)) return CONTROL[c];
    if (c === 'b') return inside ? '\\x08' : '\\b';
    if (!inside && c === 'B') return '\\B';
    if (!inside && c === 'A') return '\\A';
    if (!inside && c === 'Z') return '\\z';
    const size = c === 'x' ? 2 : c === 'u' ? 4 : c === 'U' ? 8 : 0;
    if (size > 0) {
      const digits = pattern.slice(at, at + size);
      if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length < size)
        throw fail(`incomplete escape \\${c}${digits}`, start);
      at += size;
      return hex(digits);
    }
    const octal = /^(?:0[0-7]{0,2}|[1-3][0-7]{2})/.exec(pattern.slice(start + 1));
    if (octal !== null) {
      at = start + 1 + octal[0].length;
      return hex(Number.parseInt(octal[0], 8).toString(16));
    }
    if (/[1-9]/.test(c)) throw inside ? fail(`bad escape \\${c}`, start) : refuse('a backreference');
    if (/[a-zA-Z]/.test(c)) throw fail(`bad escape \\${c}`, start);
    if (c.charCodeAt(0) > 0x7f) return c;
    return `\\${c}`;
  };

  const characters = (): string => {
    const begin = at;
    let text = '[';
    at++;
    if (pattern[at] === '^') {
      text += '^';
      at++;
    }
    if (pattern[at] === ']') {
      text += '\\]';
      at++;
    }
    for (;;) {
      const c = pattern[at];
      if (c === undefined) throw fail('unterminated character set', begin);
      if (c === ']') break;
      if (c === '\\') text += escaped(true);
      else {
        text += c === '[' || c === '&' || c === '~' ? `\\${c}` : c;
        at++;
      }
    }
    at++;
    return `${text}]`;
  };

  while (at < pattern.length) {
    const c = pattern[at];
    if (c === '\\') out += escaped(false);
    else if (c === '[') out += characters();
    else if (verbose && /\s/.test(c)) at++;
    else if (verbose && c === '#') {
      while (at < pattern.length && pattern[at] !== '\n') at++;
    } else if (c === '(') {
      depth++;
      if (pattern[at + 1] !== '?') {
        out += '(';
        at++;
        continue;
      }
      const rest = pattern.slice(at);
      if (/^\(\?<?[=!]/.test(rest)) throw refuse(rest.startsWith('(?<') ? 'a lookbehind' : 'a lookahead');
      if (rest.startsWith('(?P=')) throw refuse('a backreference');
      if (rest.startsWith('(?>')) throw refuse('an atomic group');
      if (rest.startsWith('(?(')) throw refuse('a conditional group');
      if (rest.startsWith('(?#')) {
        const end = pattern.indexOf(')', at);
        if (end < 0) throw fail('missing ), unterminated comment');
        at = end + 1;
        depth--;
        continue;
      }
      const named = /^\(\?P<([^>]*)>/.exec(rest);
      const local = /^\(\?([aiLmsux]*)(?:-([imsx]+))?:/.exec(rest);
      if (named !== null) {
        if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(named[1]))
          throw fail(`bad character in group name '${named[1]}'`, at + 4);
        out += named[0];
        at += named[0].length;
      } else if (local !== null) {
        const on = local[1].replace(/[^ims]/g, '');
        out += `(?${on}${local[2] === undefined ? '' : `-${local[2].replace(/x/g, '')}`}:`;
        at += local[0].length;
      } else if (/^\(\?[aiLmsux]+\)/.test(rest)) throw fail('global flags not at the start of the expression');
      else throw fail(`unknown extension ?${pattern[at + 2] ?? ''}`, at + 1);
    } else if (c === ')') {
      if (--depth < 0) throw fail('unbalanced parenthesis');
      out += c;
      at++;
    } else if (c === '$') {
      out += (flags & FLAGS.MULTILINE) !== 0 ? '(?m:$)' : '\\z';
      at++;
    } else if (c === '{') {
      const counts = /^\{(\d*)(,?)(\d*)\}/.exec(pattern.slice(at));
      if (counts === null || (counts[1] === '' && counts[3] === '')) {
        out += '\\{';
        at++;
        continue;
      }
      const [all, low, comma, high] = counts;
      if (high !== '' && Number(low) > Number(high)) throw fail('min repeat greater than max repeat', at + 1);
      out += `{${low === '' ? '0' : low}${comma}${high}}`;
      at += all.length;
      if (pattern[at] === '+') throw refuse('a possessive repeat');
    } else if (c === '*' || c === '+' || c === '?') {
      if (out === '' || /(^|[^\\])(\(|\|)$/.test(out)) throw fail('nothing to repeat');
      const twice = /^[*+?][*+]/.exec(pattern.slice(at));
      if (twice !== null && twice[0][1] === '+') throw refuse('a possessive repeat');
      if (twice !== null) throw fail('multiple repeat', at + 1);
      out += c;
      at++;
      if (pattern[at] === '?') {
        out += '?';
        at++;
      }
    } else if (c === '}' || c === ']') {
      out += `\\${c}`;
      at++;
    } else {
      out += c;
      at++;
    }
  }
  if (depth > 0) throw fail('missing ), unterminated subpattern', pattern.lastIndexOf('('));
  return { text: out, flags };
}
