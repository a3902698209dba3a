/** Walks over the values of the language's own classes. */
import type { PyBytes } from './bytes.ts';
import { runtimeError } from './errors.ts';
import { type Visit, Walk } from './holding.ts';
import type { PyDictView, PySet } from './objects.ts';
import { type PyDict, type PyList, type PyRange, PyTuple, type Value } from './values.ts';

export const DONE: IteratorResult<Value, undefined> = { done: true, value: undefined };

/** The list may grow or shrink while it is walked. */
export class ListWalk extends Walk {
  private readonly list: PyList;
  private at = 0;
  constructor(list: PyList) {
    super();
    this.list = list;
  }
  next(): IteratorResult<Value, undefined> {
    const { items } = this.list;
    return this.at < items.length ? { done: false, value: items[this.at++] } : DONE;
  }
  references(visit: Visit): void {
    visit(this.list);
  }
}

/** Over values that nobody changes. */
export class ArrayWalk extends Walk {
  private readonly items: readonly Value[];
  private at = 0;
  constructor(items: readonly Value[]) {
    super();
    this.items = items;
  }
  next(): IteratorResult<Value, undefined> {
    return this.at < this.items.length ? { done: false, value: this.items[this.at++] } : DONE;
  }
  references(visit: Visit): void {
    visit(this.items);
  }
}

export class RangeWalk extends Walk {
  private at: bigint;
  private readonly stop: bigint;
  private readonly step: bigint;
  constructor({ start, stop, step }: PyRange) {
    super();
    this.at = start;
    this.stop = stop;
    this.step = step;
  }
  next(): IteratorResult<Value, undefined> {
    const value = this.at;
    if (this.step > 0n ? value >= this.stop : value <= this.stop) return DONE;
    this.at = value + this.step;
    return { done: false, value };
  }
  references(visit: Visit): void {
    visit(this.at);
    visit(this.stop);
    visit(this.step);
  }
}

/** Over the characters of a string, each one or two of JavaScript's. */
export class TextWalk extends Walk {
  private readonly text: string;
  private at = 0;
  constructor(text: string) {
    super();
    this.text = text;
  }
  next(): IteratorResult<Value, undefined> {
    const { text, at } = this;
    if (at >= text.length) return DONE;
    const wide = isPair(text, at);
    this.at = at + (wide ? 2 : 1);
    return { done: false, value: wide ? text.slice(at, at + 2) : text[at] };
  }
  references(visit: Visit): void {
    visit(this.text);
  }
}

export class BytesWalk extends Walk {
  private readonly bytes: PyBytes;
  private at = 0;
  constructor(bytes: PyBytes) {
    super();
    this.bytes = bytes;
  }
  next(): IteratorResult<Value, undefined> {
    const { data } = this.bytes;
    return this.at < data.length ? { done: false, value: BigInt(data[this.at++]) } : DONE;
  }
  references(visit: Visit): void {
    visit(this.bytes);
  }
}

/** Whether a character takes two of JavaScript's. */
export function isPair(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0xd800 || code > 0xdbff) return false;
  const next = text.charCodeAt(at + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}

export class DictWalk extends Walk {
  private readonly dict: PyDict;
  private readonly part: PyDictView['part'];
  private readonly size: number;
  private readonly entries: Iterator<[key: Value, value: Value]>;
  constructor(dict: PyDict, part: PyDictView['part']) {
    super();
    this.dict = dict;
    this.part = part;
    this.size = dict.entries.size;
    this.entries = dict.entries.values();
  }
  next(): IteratorResult<Value, undefined> {
    if (this.dict.entries.size !== this.size) throw runtimeError('dictionary changed size during iteration');
    const next = this.entries.next();
    if (next.done === true) return DONE;
    const [key, item] = next.value;
    const value = this.part === 'keys' ? key : this.part === 'values' ? item : new PyTuple([key, item]);
    return { done: false, value };
  }
  references(visit: Visit): void {
    visit(this.dict);
  }
}

export class SetWalk extends Walk {
  private readonly set: PySet;
  private readonly size: number;
  private readonly items: Iterator<Value>;
  constructor(set: PySet) {
    super();
    this.set = set;
    this.size = set.entries.size;
    this.items = set.entries.values();
  }
  next(): IteratorResult<Value, undefined> {
    if (this.set.entries.size !== this.size) throw runtimeError('Set changed size during iteration');
    const next = this.items.next();
    return next.done === true ? DONE : { done: false, value: next.value };
  }
  references(visit: Visit): void {
    visit(this.set);
  }
}
