/** import re */
import { type Matcher, RE2JS } from 're2js';
import { PyBytes } from '../../runtime/bytes.ts';
import { PyError, typeError } from '../../runtime/errors.ts';
import { Native, type Visit, Walk } from '../../runtime/holding.ts';
import { toIndex } from '../../runtime/indexing.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { cut, isPlain, skip, TextBuilder, textLength } from '../../runtime/text.ts';
import { typeName } from '../../runtime/types.ts';
import {
  type Kwargs,
  NativeFunction,
  PyDict,
  PyInstance,
  PyIterator,
  PyList,
  PyTuple,
  type Value,
} from '../../runtime/values.ts';
import { DONE } from '../../runtime/walks.ts';
import { readEscapes } from '../../syntax/literals.ts';
import { ClassOf, NONE } from '../classes.ts';
import { FLAGS, RE_ERROR, reError, translate } from './translate.ts';

/** Characters times instructions of one search: seconds at worst. */
const MOST_WORK = 4e8;
const LONGEST = 10_000;

class Pattern extends Native {
  readonly source: string;
  readonly flags: number;
  readonly compiled: RE2JS;
  constructor(source: string, given: number) {
    super();
    if (source.length > LONGEST) throw new PyError('MemoryError', `an expression has at most ${LONGEST} characters`);
    const { text, flags } = translate(source, given);
    this.source = source;
    this.flags = (flags & FLAGS.ASCII) === 0 ? flags | FLAGS.UNICODE : flags;
    let own = 0;
    if (flags & FLAGS.IGNORECASE) own |= RE2JS.CASE_INSENSITIVE;
    if (flags & FLAGS.DOTALL) own |= RE2JS.DOTALL;
    if (flags & FLAGS.MULTILINE) own |= RE2JS.MULTILINE;
    try {
      this.compiled = RE2JS.compile(text, own);
    } catch (error) {
      throw reError(
        error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'bad expression',
        source,
        null,
      );
    }
  }
  references(visit: Visit): void {
    visit(this.source);
    visit.weigh(this.source.length);
  }
}

class Match extends Native {
  readonly pattern: Pattern;
  readonly text: string;
  /** Begin and end of each group, −1 of those that took no part. */
  readonly spans: readonly (readonly [number, number])[];
  readonly from: number;
  constructor(pattern: Pattern, text: string, matcher: Matcher, from: number) {
    super();
    this.pattern = pattern;
    this.text = text;
    this.from = from;
    this.spans = Array.from(
      { length: pattern.compiled.groupCount() + 1 },
      (_, i) => [matcher.start(i), matcher.end(i)] as const,
    );
  }
  get start(): number {
    return this.spans[0][0];
  }
  get end(): number {
    return this.spans[0][1];
  }
  group(at: number): string | null {
    const [from, to] = this.spans[at];
    return from < 0 ? null : cut(this.text, from, to);
  }
  references(visit: Visit): void {
    visit(this.pattern);
    visit(this.text);
  }
}

/** Finds a pattern in a text, from place to place. */
class Finder {
  private readonly pattern: Pattern;
  private readonly text: string;
  private readonly runtime: Runtime;
  private readonly matcher: Matcher;
  constructor(pattern: Pattern, text: string, runtime: Runtime) {
    this.pattern = pattern;
    this.text = text;
    this.runtime = runtime;
    runtime.budget.characters(text.length);
    if (text.length * pattern.compiled.programSize() > MOST_WORK)
      throw new PyError('MemoryError', 'the text is too long for this expression');
    this.matcher = pattern.compiled.matcher(text);
  }

  next(from: number): Match | null {
    this.runtime.budget.call();
    if (from > this.text.length || !this.matcher.find(from)) return null;
    return new Match(this.pattern, this.text, this.matcher, from);
  }

  begin(): Match | null {
    this.runtime.budget.call();
    return this.matcher.lookingAt() ? new Match(this.pattern, this.text, this.matcher, 0) : null;
  }

  whole(): Match | null {
    this.runtime.budget.call();
    return this.matcher.matches() ? new Match(this.pattern, this.text, this.matcher, 0) : null;
  }

  *all(): Generator<Match> {
    for (let at = 0; ; ) {
      const match = this.next(at);
      if (match === null) return;
      yield match;
      at = match.end === match.start ? match.end + 1 : match.end;
    }
  }
}

class MatchWalk extends Walk {
  private readonly pattern: Pattern;
  private readonly text: string;
  private readonly finder: Finder;
  private at = 0;
  constructor(pattern: Pattern, text: string, runtime: Runtime) {
    super();
    this.pattern = pattern;
    this.text = text;
    this.finder = new Finder(pattern, text, runtime);
  }
  next(): IteratorResult<Value, undefined> {
    const match = this.finder.next(this.at);
    if (match === null) return DONE;
    this.at = match.end === match.start ? match.end + 1 : match.end;
    return { done: false, value: MATCH.of(match) };
  }
  references(visit: Visit): void {
    visit(this.pattern);
    visit(this.text);
  }
}

const PATTERN = new ClassOf('Pattern', 're', Pattern, () => {
  throw typeError("cannot create 're.Pattern' instances");
});
const MATCH = new ClassOf('Match', 're', Match, () => {
  throw typeError("cannot create 're.Match' instances");
});

function textOf(value: Value | undefined, runtime: Runtime): string {
  if (typeof value === 'string') return value;
  if (value instanceof PyBytes) throw typeError('cannot use a string pattern on a bytes-like object');
  throw typeError(`expected string or bytes-like object, got '${typeName(value ?? null, runtime)}'`);
}

const number = (value: Value | undefined, runtime: Runtime, fallback: number): number =>
  value === undefined || value === null ? fallback : Number(toIndex(runtime, value));

/** Patterns that were compiled, the last used last. */
const compiled = new Map<string, Pattern>();
const KEPT = 200;

function patternOf(value: Value | undefined, flags: number, runtime: Runtime): Pattern {
  if (value instanceof PyInstance && value.native instanceof Pattern) {
    if (flags !== 0) throw typeError('cannot process flags argument with a compiled pattern');
    return value.native;
  }
  if (typeof value !== 'string') throw typeError('first argument must be string or compiled pattern');
  const key = `${flags}:${value}`;
  let pattern = compiled.get(key);
  if (pattern === undefined) {
    runtime.budget.step(10 + value.length);
    pattern = new Pattern(value, flags);
  }
  compiled.delete(key);
  compiled.set(key, pattern);
  if (compiled.size > KEPT) compiled.delete(compiled.keys().next().value!);
  return pattern;
}

// What a match tells.
function groupIndex(match: Match, which: Value, runtime: Runtime): number {
  if (typeof which === 'string') {
    const at = match.pattern.compiled.namedGroups()[which];
    if (Object.hasOwn(match.pattern.compiled.namedGroups(), which) && at !== undefined) return at;
    throw new PyError('IndexError', 'no such group');
  }
  const at = Number(toIndex(runtime, which));
  if (at < 0 || at >= match.spans.length) throw new PyError('IndexError', 'no such group');
  return at;
}
/** A place in JavaScript's string as Python counts. */
const placeOf = (text: string, at: number, runtime: Runtime): bigint =>
  BigInt(at <= 0 || isPlain(text, runtime.budget) ? at : textLength(text.slice(0, at), runtime.budget));

const MANY = { least: 0, most: 100 };
MATCH.method('group', MANY, (self, given, runtime) => {
  if (given.length === 0) return self.group(0);
  const groups = given.map((which) => self.group(groupIndex(self, which!, runtime)));
  return groups.length === 1 ? groups[0] : new PyTuple(groups);
})
  .method('__getitem__', { least: 1, most: 1 }, (self, [which], runtime) =>
    self.group(groupIndex(self, which!, runtime)),
  )
  .method(
    'groups',
    { least: 0, most: 1, names: ['default'] },
    (self, [fallback]) => new PyTuple(self.spans.slice(1).map((_, i) => self.group(i + 1) ?? fallback ?? null)),
  )
  .method('groupdict', { least: 0, most: 1, names: ['default'] }, (self, [fallback]) => {
    const dict = new PyDict();
    for (const [name, at] of Object.entries(self.pattern.compiled.namedGroups()))
      dict.entries.set(name, [name, self.group(at) ?? fallback ?? null]);
    return dict;
  })
  .method('start', { least: 0, most: 1 }, (self, [which], runtime) =>
    placeOf(self.text, self.spans[groupIndex(self, which ?? 0n, runtime)][0], runtime),
  )
  .method('end', { least: 0, most: 1 }, (self, [which], runtime) =>
    placeOf(self.text, self.spans[groupIndex(self, which ?? 0n, runtime)][1], runtime),
  )
  .method(
    'span',
    { least: 0, most: 1 },
    (self, [which], runtime) =>
      new PyTuple(self.spans[groupIndex(self, which ?? 0n, runtime)].map((at) => placeOf(self.text, at, runtime))),
  )
  .method('expand', { least: 1, most: 1 }, (self, [template], runtime) =>
    templateOf(textOf(template, runtime), self.pattern)(self),
  )
  .method('__repr__', NONE, (self, _, runtime) => {
    const [from, to] = self.spans[0].map((at) => placeOf(self.text, at, runtime));
    return `<re.Match object; span=(${from}, ${to}), match=${runtime.repr(self.group(0)).slice(0, 50)}>`;
  })
  .method('__bool__', NONE, () => true)
  .property('string', (self) => self.text)
  .property('re', (self) => PATTERN.of(self.pattern))
  .property('pos', (self) => BigInt(self.from))
  .property('endpos', (self, runtime) => placeOf(self.text, self.text.length, runtime))
  .property('lastindex', (self) => {
    const last = self.spans.findLastIndex(([from], i) => i > 0 && from >= 0);
    return last < 1 ? null : BigInt(last);
  })
  .property('lastgroup', (self) => {
    const last = self.spans.findLastIndex(([from], i) => i > 0 && from >= 0);
    return Object.entries(self.pattern.compiled.namedGroups()).find(([, at]) => at === last)?.[0] ?? null;
  });

/** `\1`, `\g<name>` and escapes of a replacement, as a function of the match. */
function templateOf(template: string, pattern: Pattern): (match: Match) => string {
  if (!template.includes('\\')) return () => template;
  const parts: (string | number)[] = [];
  const groups = pattern.compiled.groupCount();
  const group = (at: number, where: number): number => {
    if (at > groups) throw reError(`invalid group reference ${at}`, template, where);
    return at;
  };
  for (let at = 0; at < template.length; ) {
    if (template[at] !== '\\') {
      const end = template.indexOf('\\', at);
      parts.push(template.slice(at, end < 0 ? undefined : end));
      at = end < 0 ? template.length : end;
      continue;
    }
    const rest = template.slice(at);
    const named = /^\\g<([^>]*)>/.exec(rest);
    const octal = /^\\(0[0-7]{0,2}|[1-3][0-7]{2})/.exec(rest);
    const digits = /^\\([1-9]\d?)/.exec(rest);
    if (named !== null) {
      const name = named[1];
      const known = /^\d+$/.test(name) ? Number(name) : pattern.compiled.namedGroups()[name];
      if (known === undefined) throw new PyError('IndexError', `unknown group name '${name}'`);
      parts.push(group(known, at + 3));
      at += named[0].length;
    } else if (octal !== null) {
      parts.push(String.fromCharCode(Number.parseInt(octal[1], 8)));
      at += octal[0].length;
    } else if (digits !== null) {
      parts.push(group(Number(digits[1]), at + 1));
      at += digits[0].length;
    } else {
      const two = rest.slice(0, 2);
      const value = /^\\[abfnrtv\\]$/.test(two) ? readEscapes(two) : two;
      if (/^\\[a-zA-Z]$/.test(two) && value === two) throw reError(`bad escape ${two}`, template, at);
      parts.push(typeof value === 'string' ? value : two);
      at += 2;
    }
  }
  return (match) => parts.map((part) => (typeof part === 'string' ? part : (match.group(part) ?? ''))).join('');
}

interface Replaced {
  readonly text: string;
  readonly count: number;
}

function substitute(pattern: Pattern, by: Value, text: string, most: number, runtime: Runtime): Replaced {
  const make = typeof by === 'string' ? templateOf(by, pattern) : null;
  const out = new TextBuilder(runtime.budget);
  let at = 0;
  let count = 0;
  for (const match of new Finder(pattern, text, runtime).all()) {
    if (most > 0 && count >= most) break;
    out.add(text.slice(at, match.start));
    if (make !== null) out.add(make(match));
    else {
      const piece = runtime.call(by, [MATCH.of(match)]);
      if (typeof piece !== 'string') throw typeError(`expected str instance, ${typeName(piece, runtime)} found`);
      out.add(piece);
    }
    at = match.end;
    count++;
  }
  out.add(text.slice(at));
  return { text: out.toString(), count };
}

/** What findall gives of a match: the whole, the one group, or all groups. */
function found(match: Match): Value {
  const { length } = match.spans;
  if (length === 1) return match.group(0);
  if (length === 2) return match.group(1) ?? '';
  return new PyTuple(match.spans.slice(1).map((_, i) => match.group(i + 1) ?? ''));
}

function splitText(pattern: Pattern, text: string, most: number, runtime: Runtime): PyList {
  const parts: Value[] = [];
  let at = 0;
  let count = 0;
  for (const match of new Finder(pattern, text, runtime).all()) {
    if (most > 0 && count >= most) break;
    parts.push(cut(text, at, match.start));
    for (let i = 1; i < match.spans.length; i++) parts.push(match.group(i));
    at = match.end;
    count++;
    runtime.budget.room(parts.length);
  }
  parts.push(cut(text, at));
  return new PyList(parts);
}

/** Part of a text: from `pos` to `endpos`, as Python counts. */
function region(text: string, given: readonly (Value | undefined)[], runtime: Runtime): [text: string, from: number] {
  const [pos, end] = given;
  const at = (value: Value | undefined, fallback: number): number => {
    if (value === undefined || value === null) return fallback;
    const n = Math.max(0, number(value, runtime, 0));
    return isPlain(text, runtime.budget) ? Math.min(n, text.length) : skip(text, 0, n);
  };
  return [end === undefined ? text : text.slice(0, at(end, text.length)), at(pos, 0)];
}

type Operation = (pattern: Pattern, given: readonly (Value | undefined)[], runtime: Runtime) => Value;

const matched = (match: Match | null): Value => (match === null ? null : MATCH.of(match));

/** What patterns do; as functions of the module they have the pattern before and the flags behind. */
const OPERATIONS: Readonly<
  Record<string, { readonly names: readonly string[]; readonly run: Operation; readonly own?: readonly string[] }>
> = {
  search: {
    names: ['string'],
    own: ['pos', 'endpos'],
    run: (pattern, [text, ...rest], runtime) => {
      const [whole, from] = region(textOf(text, runtime), rest, runtime);
      return matched(new Finder(pattern, whole, runtime).next(from));
    },
  },
  match: {
    names: ['string'],
    own: ['pos', 'endpos'],
    run: (pattern, [text, ...rest], runtime) => {
      const [whole, from] = region(textOf(text, runtime), rest, runtime);
      const finder = new Finder(pattern, whole, runtime);
      if (from === 0) return matched(finder.begin());
      const match = finder.next(from);
      return match !== null && match.start === from ? MATCH.of(match) : null;
    },
  },
  fullmatch: {
    names: ['string'],
    own: ['pos', 'endpos'],
    run: (pattern, [text, ...rest], runtime) => {
      const [whole, from] = region(textOf(text, runtime), rest, runtime);
      return matched(new Finder(pattern, whole.slice(from), runtime).whole());
    },
  },
  findall: {
    names: ['string'],
    own: ['pos', 'endpos'],
    run: (pattern, [text, ...rest], runtime) => {
      const [whole, from] = region(textOf(text, runtime), rest, runtime);
      const all: Value[] = [];
      for (const match of new Finder(pattern, whole.slice(from), runtime).all()) {
        all.push(found(match));
        if (all.length % 1024 === 0) runtime.budget.room(all.length);
      }
      return new PyList(all);
    },
  },
  finditer: {
    names: ['string'],
    own: ['pos', 'endpos'],
    run: (pattern, [text], runtime) =>
      new PyIterator(new MatchWalk(pattern, textOf(text, runtime), runtime), 'callable_iterator'),
  },
  split: {
    names: ['string', 'maxsplit'],
    run: (pattern, [text, most], runtime) =>
      splitText(pattern, textOf(text, runtime), number(most, runtime, 0), runtime),
  },
  sub: {
    names: ['repl', 'string', 'count'],
    run: (pattern, [by, text, most], runtime) =>
      substitute(pattern, by!, textOf(text, runtime), number(most, runtime, 0), runtime).text,
  },
  subn: {
    names: ['repl', 'string', 'count'],
    run: (pattern, [by, text, most], runtime) => {
      const { text: made, count } = substitute(pattern, by!, textOf(text, runtime), number(most, runtime, 0), runtime);
      return new PyTuple([made, BigInt(count)]);
    },
  },
};

function arguments_(
  name: string,
  names: readonly string[],
  args: readonly Value[],
  kwargs: Kwargs,
): (Value | undefined)[] {
  if (args.length > names.length)
    throw typeError(`${name}() takes at most ${names.length} arguments (${args.length} given)`);
  const given: (Value | undefined)[] = [...args];
  for (const [key, value] of kwargs) {
    const at = names.indexOf(key);
    if (at < 0) throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
    given[at] = value;
  }
  return given;
}

for (const [name, { names, run, own }] of Object.entries(OPERATIONS))
  PATTERN.cls.members.set(
    name,
    new NativeFunction(name, ([self, ...args], kwargs, interpreter) => {
      const given = arguments_(name, [...names, ...(own ?? [])], args, kwargs);
      if (given[names.indexOf('string')] === undefined) throw typeError(`${name}() missing required argument 'string'`);
      return run(PATTERN.native(self), given, interpreter as Runtime);
    }),
  );
PATTERN.property('pattern', (self) => self.source)
  .property('flags', (self) => BigInt(self.flags))
  .property('groups', (self) => BigInt(self.compiled.groupCount()))
  .property('groupindex', (self) => {
    const dict = new PyDict();
    for (const [name, at] of Object.entries(self.compiled.namedGroups())) dict.entries.set(name, [name, BigInt(at)]);
    return dict;
  })
  .method('__repr__', NONE, (self, _, runtime) => {
    const shown = Object.entries(FLAGS)
      .filter(([name, bit]) => name !== 'UNICODE' && self.flags & bit)
      .map(([name]) => `re.${name}`);
    return `re.compile(${runtime.repr(self.source)}${shown.length > 0 ? `, ${shown.join('|')}` : ''})`;
  });

const function_ = (name: string): [string, Value] => {
  const { names, run } = OPERATIONS[name];
  return [
    name,
    new NativeFunction(name, (args, kwargs, interpreter) => {
      const runtime = interpreter as Runtime;
      const [pattern, ...given] = arguments_(name, ['pattern', ...names, 'flags'], args, kwargs);
      const flags = number(given[names.length], runtime, 0);
      const at = names.indexOf('string');
      if (given[at] === undefined) throw typeError(`${name}() missing ${1} required positional argument: 'string'`);
      return run(patternOf(pattern, flags, runtime), given.slice(0, names.length), runtime);
    }),
  ];
};

export const RE = (): Map<string, Value> =>
  new Map<string, Value>([
    ...Object.keys(OPERATIONS).map(function_),
    [
      'compile',
      new NativeFunction('compile', (args, kwargs, interpreter) => {
        const [pattern, flags] = arguments_('compile', ['pattern', 'flags'], args, kwargs);
        return PATTERN.of(patternOf(pattern, number(flags, interpreter as Runtime, 0), interpreter as Runtime));
      }),
    ],
    [
      'escape',
      new NativeFunction('escape', ([text], _, interpreter) =>
        textOf(text, interpreter as Runtime).replace(/[#$&()*+\-.?[\\\]^{|}~ \t\n\r\v\f]/g, (c) => `\\${c}`),
      ),
    ],
    ['purge', new NativeFunction('purge', () => null)],
    ['error', RE_ERROR],
    ['Pattern', PATTERN.cls],
    ['Match', MATCH.cls],
    ...Object.entries(FLAGS).flatMap(([name, bit]): [string, Value][] => [
      [name, BigInt(bit)],
      [name === 'VERBOSE' ? 'X' : name[0], BigInt(bit)],
    ]),
    ['S', BigInt(FLAGS.DOTALL)],
    ['NOFLAG', 0n],
  ]);
