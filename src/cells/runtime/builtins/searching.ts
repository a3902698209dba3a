/** The methods of str that look for a string in another: find, count, split, replace, partition and their kin. */
import { valueError } from '../errors.ts';
import { toIndex } from '../indexing.ts';
import type { Runtime } from '../runtime.ts';
import { places, placesFromRight, Search } from '../search.ts';
import { cut, isSpace, PIECE, TextBuilder } from '../text.ts';
import { PyList, PyTuple, type Value } from '../values.ts';
import { isPair } from '../walks.ts';
import { region } from './region.ts';
import { defineText, textOf } from './strings.ts';

/** Parts of a string, no more than a list may have. */
class Parts {
  private readonly runtime: Runtime;
  private readonly text: string;
  readonly items: string[] = [];
  constructor(runtime: Runtime, text: string) {
    this.runtime = runtime;
    this.text = text;
  }
  add(from: number, to: number): void {
    const { budget } = this.runtime;
    if (this.items.length >= budget.limits.maxItems) budget.room(this.items.length + 1);
    this.items.push(cut(this.text, from, to));
  }
}

/** Words between whitespace; what is left after `most` cuts is the last part, or the first one from the right. */
function splitWords(runtime: Runtime, self: string, most: number, fromRight: boolean): string[] {
  const parts = new Parts(runtime, self);
  const { budget } = runtime;
  let looked = 0;
  const look = (at: number): void => {
    if (Math.abs(at - looked) < PIECE) return;
    looked = at;
    budget.stretch();
  };
  let [from, to] = [0, self.length];
  const skipLeft = (space: boolean): void => {
    for (; from < to && isSpace(self.charCodeAt(from)) === space; from++) look(from);
  };
  const skipRight = (space: boolean): void => {
    for (; to > from && isSpace(self.charCodeAt(to - 1)) === space; to--) look(to);
  };
  if (fromRight) {
    looked = to;
    for (skipRight(true); to > from; skipRight(true)) {
      const end = to;
      if (parts.items.length === most) {
        parts.add(0, end);
        break;
      }
      skipRight(false);
      parts.add(to, end);
      budget.step();
    }
    return parts.items.reverse();
  }
  for (skipLeft(true); from < to; skipLeft(true)) {
    const start = from;
    if (parts.items.length === most) {
      parts.add(start, to);
      break;
    }
    skipLeft(false);
    parts.add(start, from);
    budget.step();
  }
  return parts.items;
}

function splitBy(runtime: Runtime, self: string, by: string, most: number, fromRight: boolean): string[] {
  const parts = new Parts(runtime, self);
  const cuts = most < 0 ? Number.POSITIVE_INFINITY : most;
  if (fromRight) {
    let to = self.length;
    for (const at of placesFromRight(runtime.budget, self, by, cuts)) {
      parts.add(at + by.length, to);
      to = at;
    }
    parts.add(0, to);
    return parts.items.reverse();
  }
  let from = 0;
  for (const at of places(runtime.budget, self, by, cuts)) {
    parts.add(from, at);
    from = at + by.length;
  }
  parts.add(from, self.length);
  return parts.items;
}

const SHORT = 1024;

function splitter(name: string, fromRight: boolean): void {
  defineText(name, { least: 0, most: 2, names: ['sep', 'maxsplit'] }, (self, [separator, count], runtime) => {
    const most = count === undefined ? -1 : Number(toIndex(runtime, count));
    if (separator === undefined || separator === null) return new PyList(splitWords(runtime, self, most, fromRight));
    const by = textOf(separator, runtime);
    if (by === '') throw valueError('empty separator');
    // Short strings are split by V8, as fast as it can.
    if (most < 0 && self.length <= SHORT && (!fromRight || by.length === 1)) return new PyList(self.split(by));
    return new PyList(splitBy(runtime, self, by, most, fromRight));
  });
}
splitter('split', false);
splitter('rsplit', true);

/** Where lines end, as Python has it. */
const isLineEnd = (code: number): boolean =>
  (code >= 0x0a && code <= 0x0d) ||
  (code >= 0x1c && code <= 0x1e) ||
  code === 0x85 ||
  code === 0x2028 ||
  code === 0x2029;

defineText('splitlines', { least: 0, most: 1, names: ['keepends'] }, (self, [keep], runtime) => {
  const keeps = keep !== undefined && runtime.truth(keep);
  const parts = new Parts(runtime, self);
  let from = 0;
  runtime.budget.inStretches(self.length, (start, end) => {
    for (let i = Math.max(start, from); i < end; i++) {
      if (!isLineEnd(self.charCodeAt(i))) continue;
      const next = self[i] === '\r' && self[i + 1] === '\n' ? i + 2 : i + 1;
      parts.add(from, keeps ? next : i);
      from = next;
      i = next - 1;
    }
  });
  if (from < self.length) parts.add(from, self.length);
  return new PyList(parts.items);
});

defineText('replace', { least: 2, most: 3 }, (self, [from, to, count], runtime) => {
  const old = textOf(from, runtime);
  const by = textOf(to, runtime);
  const most = count === undefined ? -1 : Number(toIndex(runtime, count));
  const cuts = most < 0 ? Number.POSITIVE_INFINITY : most;
  const out = new TextBuilder(runtime.budget);
  let at = 0;
  if (old === '') {
    for (let n = 0; n < cuts; n++) {
      out.add(by);
      if (at >= self.length) return out.toString();
      const end = at + (isPair(self, at) ? 2 : 1);
      out.add(self.slice(at, end));
      at = end;
    }
  } else {
    for (const place of places(runtime.budget, self, old, cuts)) {
      out.add(self.slice(at, place));
      out.add(by);
      at = place + old.length;
    }
    if (at === 0) return self;
  }
  out.add(self.slice(at));
  return out.toString();
});

function finder(name: string, last: boolean, fails: boolean): void {
  defineText(name, { least: 1, most: 3 }, (self, given, runtime) => {
    const [part, from] = region(self, given, runtime);
    const what = textOf(given[0], runtime);
    let at: number;
    if (part.length <= SHORT) at = last ? part.lastIndexOf(what) : part.indexOf(what);
    else {
      const search = new Search(runtime.budget, part, what);
      at = last ? search.last() : search.first();
    }
    if (at < 0 && fails) throw valueError('substring not found');
    return BigInt(at < 0 ? -1 : at + from);
  });
}
finder('find', false, false);
finder('rfind', true, false);
finder('index', false, true);
finder('rindex', true, true);

defineText('count', { least: 1, most: 3 }, (self, given, runtime): Value => {
  const [part] = region(self, given, runtime);
  const what = textOf(given[0], runtime);
  if (what === '') return BigInt(part.length + 1);
  let count = 0;
  for (const _ of places(runtime.budget, part, what)) count++;
  return BigInt(count);
});

function partition(name: string, last: boolean): void {
  defineText(name, { least: 1, most: 1 }, (self, [separator], runtime) => {
    const by = textOf(separator, runtime);
    if (by === '') throw valueError('empty separator');
    const search = new Search(runtime.budget, self, by);
    const at = last ? search.last() : search.first();
    if (at < 0) return new PyTuple(last ? ['', '', self] : [self, '', '']);
    return new PyTuple([cut(self, 0, at), by, cut(self, at + by.length)]);
  });
}
partition('partition', false);
partition('rpartition', true);
