/** The methods of str. */
import { typeError, valueError } from '../errors.ts';
import { raised } from '../exceptions.ts';
import { asIndex, spanOf, toIndex } from '../indexing.ts';
import { iteratorOf, listOf } from '../iterate.ts';
import { getItem } from '../keys.ts';
import { quote } from '../repr.ts';
import type { Runtime } from '../runtime.ts';
import { codePoints } from '../truth.ts';
import { STR, typeName } from '../types.ts';
import { PyDict, PyList, PySlice, PyTuple, type Value } from '../values.ts';
import { type Given, method, type Shape } from './native.ts';
import { strFormat } from './str-format.ts';

const isText = (value: Value): value is string => typeof value === 'string';

function define(name: string, shape: Shape, run: (self: string, given: Given, runtime: Runtime) => Value): void {
  method(STR, name, shape, isText, (self, given, runtime) => {
    runtime.budget.characters(self.length);
    const result = run(self, given, runtime);
    if (typeof result === 'string') runtime.budget.characters(result.length);
    return result;
  });
}

function text(value: Value | undefined, runtime: Runtime): string {
  if (typeof value !== 'string') throw typeError(`must be str, not ${typeName(value ?? null, runtime)}`);
  return value;
}

const NONE: Shape = { least: 0, most: 0 };
const upToOne: Shape = { least: 0, most: 1 };

define('upper', NONE, (self) => self.toUpperCase());
define('lower', NONE, (self) => self.toLowerCase());
define('casefold', NONE, (self) => self.toLowerCase());
define('swapcase', NONE, (self) =>
  self.replace(/\p{L}/gu, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())),
);
define('capitalize', NONE, (self) => self.slice(0, 1).toUpperCase() + self.slice(1).toLowerCase());
define('title', NONE, (self) =>
  self.replace(/\p{L}+/gu, (word) => word[0].toUpperCase() + word.slice(1).toLowerCase()),
);

function stripper(name: string, left: boolean, right: boolean): void {
  define(name, upToOne, (self, [characters], runtime) => {
    const set = characters === undefined || characters === null ? null : new Set(text(characters, runtime));
    const drops = (c: string): boolean => (set === null ? SPACE.test(c) : set.has(c));
    let from = 0;
    let to = self.length;
    if (left) while (from < to && drops(self[from])) from++;
    if (right) while (to > from && drops(self[to - 1])) to--;
    return self.slice(from, to);
  });
}
stripper('strip', true, true);
stripper('lstrip', true, false);
stripper('rstrip', false, true);

const SPACE = /\s/;

function splitWords(self: string, most: number, fromRight: boolean): string[] {
  const words = self.split(/\s+/).filter((word) => word !== '');
  if (most < 0 || words.length <= most + 1) return words;
  if (fromRight) {
    let left = self.trimEnd();
    const parts: string[] = [];
    for (let i = 0; i < most; i++) {
      const from = left.length - words[words.length - 1 - i].length;
      parts.unshift(left.slice(from));
      left = left.slice(0, from).trimEnd();
    }
    return [left, ...parts];
  }
  let rest = self.trimStart();
  const parts: string[] = [];
  for (let i = 0; i < most; i++) {
    const at = rest.search(/\s/);
    parts.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...parts, rest];
}

function splitter(name: string, fromRight: boolean): void {
  define(name, { least: 0, most: 2, names: ['sep', 'maxsplit'] }, (self, [separator, count], runtime) => {
    const most = count === undefined ? -1 : Number(toIndex(runtime, count));
    let parts: string[];
    if (separator === undefined || separator === null) parts = splitWords(self, most, fromRight);
    else {
      const by = text(separator, runtime);
      if (by === '') throw valueError('empty separator');
      parts = self.split(by);
      if (most >= 0 && parts.length > most + 1) {
        parts = fromRight
          ? [parts.slice(0, parts.length - most).join(by), ...parts.slice(parts.length - most)]
          : [...parts.slice(0, most), parts.slice(most).join(by)];
      }
    }
    runtime.budget.room(parts.length);
    return new PyList(parts);
  });
}
splitter('split', false);
splitter('rsplit', true);

define('splitlines', { least: 0, most: 1, names: ['keepends'] }, (self, [keep], runtime) => {
  const lines = self.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
  runtime.budget.room(lines.length);
  return new PyList(
    keep !== undefined && runtime.truth(keep) ? lines : lines.map((line) => line.replace(/[\r\n]+$/, '')),
  );
});

define('join', { least: 1, most: 1 }, (self, [items], runtime) => {
  try {
    iteratorOf(runtime, items!);
  } catch {
    throw typeError('can only join an iterable');
  }
  const parts = listOf(runtime, items!);
  let length = 0;
  parts.forEach((part, i) => {
    if (typeof part !== 'string')
      throw typeError(`sequence item ${i}: expected str instance, ${typeName(part, runtime)} found`);
    length += part.length + self.length;
  });
  runtime.budget.characters(length);
  return (parts as string[]).join(self);
});

define('replace', { least: 2, most: 3 }, (self, [from, to, count], runtime) => {
  const old = text(from, runtime);
  const by = text(to, runtime);
  const parts = old === '' ? ['', ...(codePoints(self) ?? self), ''] : self.split(old);
  const most = count === undefined ? -1 : Number(toIndex(runtime, count));
  const cuts = most < 0 ? parts.length - 1 : Math.min(most, parts.length - 1);
  runtime.budget.characters(self.length + cuts * by.length);
  return (
    parts.slice(0, cuts + 1).join(by) +
    parts
      .slice(cuts + 1)
      .map((part) => old + part)
      .join('')
  );
});

/** The part of the string that a search looks at, and where it begins. */
function region(self: string, given: Given, runtime: Runtime): [part: string, from: number] {
  if (given[1] === undefined && given[2] === undefined) return [self, 0];
  const { start, length } = spanOf(runtime, new PySlice(given[1] ?? null, given[2] ?? null, null), self.length);
  return [self.slice(start, start + length), start];
}

function finder(name: string, last: boolean, fails: boolean): void {
  define(name, { least: 1, most: 3 }, (self, given, runtime) => {
    const [part, from] = region(self, given, runtime);
    const at = last ? part.lastIndexOf(text(given[0], runtime)) : part.indexOf(text(given[0], runtime));
    if (at < 0 && fails) throw valueError('substring not found');
    return BigInt(at < 0 ? -1 : at + from);
  });
}
finder('find', false, false);
finder('rfind', true, false);
finder('index', false, true);
finder('rindex', true, true);

define('count', { least: 1, most: 3 }, (self, given, runtime) => {
  const [part] = region(self, given, runtime);
  const what = text(given[0], runtime);
  return BigInt(what === '' ? part.length + 1 : part.split(what).length - 1);
});

function affix(name: string, test: (self: string, part: string) => boolean): void {
  define(name, { least: 1, most: 3 }, (self, given, runtime) => {
    const [part] = region(self, given, runtime);
    const options = given[0] instanceof PyTuple ? given[0].items : [given[0]!];
    return options.some((option) => {
      if (typeof option !== 'string')
        throw typeError(`${name} first arg must be str or a tuple of str, not ${typeName(option, runtime)}`);
      return test(part, option);
    });
  });
}
affix('startswith', (self, part) => self.startsWith(part));
affix('endswith', (self, part) => self.endsWith(part));

define('removeprefix', { least: 1, most: 1 }, (self, [prefix], runtime) =>
  self.startsWith(text(prefix, runtime)) ? self.slice(text(prefix, runtime).length) : self,
);
define('removesuffix', { least: 1, most: 1 }, (self, [suffix], runtime) => {
  const end = text(suffix, runtime);
  return end !== '' && self.endsWith(end) ? self.slice(0, -end.length) : self;
});

function padder(name: string, lay: (self: string, room: number, fill: string) => string): void {
  define(name, { least: 1, most: 2 }, (self, [width, fill], runtime) => {
    const by = fill === undefined ? ' ' : text(fill, runtime);
    if ((codePoints(by)?.length ?? by.length) !== 1)
      throw typeError('The fill character must be exactly one character long');
    const room = Number(toIndex(runtime, width!)) - (codePoints(self)?.length ?? self.length);
    if (room <= 0) return self;
    runtime.budget.characters(self.length + room);
    return lay(self, room, by);
  });
}
padder('ljust', (self, room, fill) => self + fill.repeat(room));
padder('rjust', (self, room, fill) => fill.repeat(room) + self);
padder('center', (self, room, fill) => {
  const left = (room >> 1) + (room & (self.length + room) & 1);
  return fill.repeat(left) + self + fill.repeat(room - left);
});
define('zfill', { least: 1, most: 1 }, (self, [width], runtime) => {
  const wide = Number(toIndex(runtime, width!));
  runtime.budget.characters(Math.max(0, wide));
  const sign = /^[+-]/.exec(self)?.[0] ?? '';
  return sign + self.slice(sign.length).padStart(wide - sign.length, '0');
});

function partition(name: string, last: boolean): void {
  define(name, { least: 1, most: 1 }, (self, [separator], runtime) => {
    const by = text(separator, runtime);
    if (by === '') throw valueError('empty separator');
    const at = last ? self.lastIndexOf(by) : self.indexOf(by);
    if (at < 0) return new PyTuple(last ? ['', '', self] : [self, '', '']);
    return new PyTuple([self.slice(0, at), by, self.slice(at + by.length)]);
  });
}
partition('partition', false);
partition('rpartition', true);

const TESTS: readonly (readonly [string, RegExp])[] = [
  ['isdigit', /^[\p{Nd}²³¹]+$/u],
  ['isdecimal', /^\p{Nd}+$/u],
  ['isnumeric', /^\p{N}+$/u],
  ['isalpha', /^\p{L}+$/u],
  ['isalnum', /^[\p{L}\p{N}]+$/u],
  ['isspace', /^\s+$/],
  ['isidentifier', /^[\p{ID_Start}_][\p{ID_Continue}]*$/u],
  ['isascii', /^[\0-\x7f]*$/],
];
for (const [name, pattern] of TESTS) define(name, NONE, (self) => pattern.test(self));
define('isupper', NONE, (self) => self !== self.toLowerCase() && self === self.toUpperCase());
define('islower', NONE, (self) => self !== self.toUpperCase() && self === self.toLowerCase());
define(
  'istitle',
  NONE,
  (self) =>
    /\p{L}/u.test(self) &&
    (self.match(/\p{L}+/gu) ?? []).every((word) => word === word[0].toUpperCase() + word.slice(1).toLowerCase()),
);
define('isprintable', NONE, (self) => quote(self).length <= self.length + 2 + (self.match(/[\\']/g)?.length ?? 0));
define('expandtabs', upToOne, (self, [size], runtime) => {
  const width = size === undefined ? 8 : Number(toIndex(runtime, size));
  const tabs = self.split('\t').length - 1;
  runtime.budget.characters(self.length + tabs * Math.max(0, width));
  let column = 0;
  return self.replace(/[\s\S]/g, (c) => {
    if (c === '\n') column = 0;
    if (c !== '\t') {
      if (c !== '\n') column++;
      return c;
    }
    const room = width <= 0 ? 0 : width - (column % width);
    column += room;
    return ' '.repeat(room);
  });
});

define('translate', { least: 1, most: 1 }, (self, [table], runtime) => {
  if (!(table instanceof PyDict)) throw typeError(`'${typeName(table!, runtime)}' object is not subscriptable`);
  let out = '';
  for (const c of self) {
    const to = getItem(table, BigInt(c.codePointAt(0)!), runtime);
    if (to === undefined) out += c;
    else if (typeof to === 'string') out += to;
    else if (to !== null) out += String.fromCodePoint(Number(asIndex(runtime, to) ?? 0n));
    runtime.budget.characters(out.length);
  }
  return out;
});

STR.members.set('format', strFormat);
define('format_map', { least: 1, most: 1 }, (self, [mapping], runtime) => {
  if (!(mapping instanceof PyDict)) throw typeError('format_map() needs a dict');
  const kwargs = new Map<string, Value>();
  for (const [key, value] of mapping.entries.values()) if (typeof key === 'string') kwargs.set(key, value);
  return strFormat.call([self], kwargs, runtime);
});
define('encode', { least: 0, most: 2 }, () => {
  throw raised('NotImplementedError', ['bytes are not supported in cells'], 'bytes are not supported in cells');
});
