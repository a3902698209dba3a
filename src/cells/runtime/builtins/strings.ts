/** The methods of str: case, tests, padding, joining. Those that search are in `searching.ts`. */
import { typeError } from '../errors.ts';
import { raised } from '../exceptions.ts';
import { asIndex, toIndex } from '../indexing.ts';
import { iteratorOf, listOf } from '../iterate.ts';
import { getItem } from '../keys.ts';
import type { Runtime } from '../runtime.ts';
import { cut, everyPiece, isSpace, joinText, mapText, TextBuilder, textLength } from '../text.ts';
import { STR, typeName } from '../types.ts';
import { PyDict, PyTuple, type Value } from '../values.ts';
import { type Given, method, type Shape } from './native.ts';
import { region } from './region.ts';
import { strFormat } from './str-format.ts';

const isText = (value: Value): value is string => typeof value === 'string';

export function defineText(
  name: string,
  shape: Shape,
  run: (self: string, given: Given, runtime: Runtime) => Value,
): void {
  method(STR, name, shape, isText, (self, given, runtime) => {
    runtime.budget.characters(self.length);
    const result = run(self, given, runtime);
    if (typeof result === 'string') runtime.budget.characters(result.length);
    return result;
  });
}

export function textOf(value: Value | undefined, runtime: Runtime): string {
  if (typeof value !== 'string') throw typeError(`must be str, not ${typeName(value ?? null, runtime)}`);
  return value;
}

const NONE: Shape = { least: 0, most: 0 };
const upToOne: Shape = { least: 0, most: 1 };

/** Of a result that depends on each character alone. */
const mapped = (name: string, change: (piece: string) => string): void =>
  defineText(name, NONE, (self, _, { budget }) => mapText(budget, self, change));

mapped('upper', (piece) => piece.toUpperCase());
mapped('lower', (piece) => piece.toLowerCase());
mapped('casefold', (piece) => piece.toLowerCase().replaceAll('ß', 'ss'));
mapped('swapcase', (piece) =>
  piece.replace(/\p{L}/gu, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())),
);
defineText(
  'capitalize',
  NONE,
  (self, _, { budget }) =>
    self.slice(0, 1).toUpperCase() + mapText(budget, self.slice(1), (piece) => piece.toLowerCase()),
);

/** Runs of letters, with whether the one before them was a letter: words may go on from piece to piece. */
function titled(): (piece: string) => string {
  let inside = false;
  return (piece) =>
    piece.replace(/(\p{L}+)|[^\p{L}]+/gu, (run: string, word: string | undefined) => {
      const goesOn = inside;
      inside = word !== undefined;
      if (word === undefined) return run;
      if (goesOn) return word.toLowerCase();
      const first = String.fromCodePoint(word.codePointAt(0)!);
      return first.toUpperCase() + word.slice(first.length).toLowerCase();
    });
}
defineText('title', NONE, (self, _, { budget }) => mapText(budget, self, titled()));

function stripper(name: string, left: boolean, right: boolean): void {
  defineText(name, upToOne, (self, [characters], runtime) => {
    const set = characters === undefined || characters === null ? null : codesOf(textOf(characters, runtime), runtime);
    const drops = (code: number): boolean => (set === null ? isSpace(code) : set.has(code));
    let from = 0;
    let to = self.length;
    if (left) while (from < to && drops(self.charCodeAt(from))) from++;
    if (right) while (to > from && drops(self.charCodeAt(to - 1))) to--;
    return cut(self, from, to);
  });
}
stripper('strip', true, true);
stripper('lstrip', true, false);
stripper('rstrip', false, true);

function codesOf(text: string, { budget }: Runtime): Set<number> {
  const codes = new Set<number>();
  budget.inStretches(text.length, (from, to) => {
    for (let i = from; i < to; i++) codes.add(text.charCodeAt(i));
  });
  return codes;
}

defineText('join', { least: 1, most: 1 }, (self, [items], runtime) => {
  try {
    iteratorOf(runtime, items!);
  } catch {
    throw typeError('can only join an iterable');
  }
  const parts = listOf(runtime, items!);
  let length = 0;
  runtime.budget.inStretches(parts.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const part = parts[i];
      if (typeof part !== 'string')
        throw typeError(`sequence item ${i}: expected str instance, ${typeName(part, runtime)} found`);
      length += part.length + (i > 0 ? self.length : 0);
    }
  });
  runtime.budget.characters(length);
  return joinText(runtime.budget, parts as string[], self);
});

function affix(name: string, at: (self: string, part: string) => number): void {
  defineText(name, { least: 1, most: 3 }, (self, given, runtime) => {
    const [part] = region(self, given, runtime);
    const options = given[0] instanceof PyTuple ? given[0].items : [given[0]!];
    return options.some((option) => {
      if (typeof option !== 'string')
        throw typeError(`${name} first arg must be str or a tuple of str, not ${typeName(option, runtime)}`);
      runtime.budget.step(1 + (option.length >> 12));
      return option.length <= part.length && part.startsWith(option, at(part, option));
    });
  });
}
affix('startswith', () => 0);
affix('endswith', (self, part) => self.length - part.length);

defineText('removeprefix', { least: 1, most: 1 }, (self, [prefix], runtime) => {
  const start = textOf(prefix, runtime);
  return self.startsWith(start) ? cut(self, start.length) : self;
});
defineText('removesuffix', { least: 1, most: 1 }, (self, [suffix], runtime) => {
  const end = textOf(suffix, runtime);
  return end !== '' && self.endsWith(end) ? cut(self, 0, self.length - end.length) : self;
});

function padder(name: string, lay: (self: string, room: number, fill: string) => string): void {
  defineText(name, { least: 1, most: 2 }, (self, [width, fill], runtime) => {
    const by = fill === undefined ? ' ' : textOf(fill, runtime);
    if (textLength(by, runtime.budget) !== 1) throw typeError('The fill character must be exactly one character long');
    const room = Number(toIndex(runtime, width!)) - textLength(self, runtime.budget);
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
defineText('zfill', { least: 1, most: 1 }, (self, [width], runtime) => {
  const wide = Number(toIndex(runtime, width!));
  runtime.budget.characters(Math.max(0, wide));
  const sign = /^[+-]/.exec(self)?.[0] ?? '';
  return sign + self.slice(sign.length).padStart(wide - sign.length, '0');
});

const TESTS: readonly (readonly [string, RegExp])[] = [
  ['isdigit', /^[\p{Nd}²³¹]+$/u],
  ['isdecimal', /^\p{Nd}+$/u],
  ['isnumeric', /^\p{N}+$/u],
  ['isalpha', /^\p{L}+$/u],
  ['isalnum', /^[\p{L}\p{N}]+$/u],
];
for (const [name, pattern] of TESTS)
  defineText(name, NONE, (self, _, { budget }) => everyPiece(budget, self, (piece) => pattern.test(piece)));
defineText('isascii', NONE, (self, _, { budget }) => everyPiece(budget, self, (piece) => /^[\0-\x7f]*$/.test(piece)));
defineText('isspace', NONE, (self) => {
  for (let i = 0; i < self.length; i++) if (!isSpace(self.charCodeAt(i))) return false;
  return self !== '';
});
defineText('isidentifier', NONE, (self, _, { budget }) => {
  if (!/^[\p{ID_Start}_]/u.test(self)) return false;
  return everyPiece(budget, self, (piece) => /^[\p{ID_Continue}]*$/u.test(piece));
});
/** Whether there is a character with two cases, and each of them is of one. */
function cased(name: string, wanted: (piece: string) => string, other: (piece: string) => string): void {
  defineText(name, NONE, (self, _, { budget }) => {
    let some = false;
    const all = everyPiece(budget, self, (piece) => {
      some ||= piece !== other(piece);
      return piece === wanted(piece);
    });
    return all && some;
  });
}
const upper = (text: string): string => text.toUpperCase();
const lower = (text: string): string => text.toLowerCase();
cased('isupper', upper, lower);
cased('islower', lower, upper);
defineText('istitle', NONE, (self, _, { budget }) => {
  const title = titled();
  let some = false;
  const all = everyPiece(budget, self, (piece) => {
    some ||= /\p{L}/u.test(piece);
    return title(piece) === piece;
  });
  return all && some;
});
defineText('isprintable', NONE, (self, _, { budget }) =>
  everyPiece(budget, self, (piece) => !/[\p{C}\p{Zl}\p{Zp}]|[^\S ]/u.test(piece)),
);
defineText('expandtabs', { least: 0, most: 1, names: ['tabsize'] }, (self, [size], runtime) => {
  const { budget } = runtime;
  const width = size === undefined ? 8 : Math.max(0, Number(toIndex(runtime, size)));
  let column = 0;
  const out = new TextBuilder(budget);
  for (let from = 0; from < self.length; ) {
    let to = from;
    while (to < self.length && self[to] !== '\t' && self[to] !== '\n' && self[to] !== '\r') to++;
    column += to - from;
    if (to > from) out.add(self.slice(from, to));
    if (to < self.length) {
      if (self[to] === '\t') {
        const room = width === 0 ? 0 : width - (column % width);
        budget.characters(room);
        column += room;
        out.add(' '.repeat(room));
      } else {
        column = 0;
        out.add(self[to]);
      }
    }
    from = to + 1;
  }
  return out.toString();
});

defineText('translate', { least: 1, most: 1 }, (self, [table], runtime) => {
  if (!(table instanceof PyDict)) throw typeError(`'${typeName(table!, runtime)}' object is not subscriptable`);
  const out = new TextBuilder(runtime.budget);
  for (const c of self) {
    const to = getItem(table, BigInt(c.codePointAt(0)!), runtime);
    if (to === undefined) out.add(c);
    else if (typeof to === 'string') out.add(to);
    else if (to !== null) {
      const code = asIndex(runtime, to);
      if (code === undefined) throw typeError('character mapping must return integer, None or str');
      if (code < 0n || code > 0x10ffffn) throw typeError('character mapping must be in range(0x110000)');
      out.add(String.fromCodePoint(Number(code)));
    }
  }
  return out.toString();
});

STR.members.set('format', strFormat);
defineText('format_map', { least: 1, most: 1 }, (self, [mapping], runtime) => {
  if (!(mapping instanceof PyDict)) throw typeError('format_map() needs a dict');
  const kwargs = new Map<string, Value>();
  for (const [key, value] of mapping.entries.values()) {
    runtime.budget.step();
    if (typeof key === 'string') kwargs.set(key, value);
  }
  return strFormat.call([self], kwargs, runtime);
});
defineText('encode', { least: 0, most: 2 }, () => {
  throw raised('NotImplementedError', ['bytes are not supported in cells'], 'bytes are not supported in cells');
});
