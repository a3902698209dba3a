/** `x.__dict__`: a dict that shows the attributes of an object, so that writing to it writes to the object. */
import { typeError } from './errors.ts';
import { PyDict, type Value } from './values.ts';

type Entry = [key: Value, value: Value];

/** The entry of an attribute; what is written into its second place goes to the attribute. */
function entryOf(attributes: Map<string, Value>, name: string): Entry {
  const entry: Entry = [name, null];
  Object.defineProperty(entry, 1, {
    get: () => attributes.get(name) ?? null,
    set: (value: Value) => attributes.set(name, value),
    enumerable: true,
  });
  return entry;
}

/** Attributes as the entries of a dict. */
class LiveEntries extends Map<unknown, Entry> {
  readonly attributes: Map<string, Value>;
  constructor(attributes: Map<string, Value>) {
    super();
    this.attributes = attributes;
  }
  override get size(): number {
    return this.attributes === undefined ? 0 : this.attributes.size;
  }
  override has(key: unknown): boolean {
    return typeof key === 'string' && this.attributes.has(key);
  }
  override get(key: unknown): Entry | undefined {
    return this.has(key) ? entryOf(this.attributes, key as string) : undefined;
  }
  override set(key: unknown, [name, value]: Entry): this {
    if (typeof name !== 'string' || name !== key) throw typeError('attribute names must be strings');
    this.attributes.set(name, value);
    return this;
  }
  override delete(key: unknown): boolean {
    return typeof key === 'string' && this.attributes.delete(key);
  }
  override clear(): void {
    this.attributes.clear();
  }
  override *entries(): MapIterator<[unknown, Entry]> {
    for (const name of this.attributes.keys()) yield [name, entryOf(this.attributes, name)];
  }
  override *values(): MapIterator<Entry> {
    for (const name of this.attributes.keys()) yield entryOf(this.attributes, name);
  }
  override keys(): MapIterator<unknown> {
    return this.attributes.keys();
  }
  override [Symbol.iterator](): MapIterator<[unknown, Entry]> {
    return this.entries();
  }
}

export const liveDict = (attributes: Map<string, Value>): PyDict =>
  new PyDict('dict', null, new LiveEntries(attributes));

/** The entries of a dict as attributes: what `self.__dict__ = self` of a class derived from dict makes. */
export class EntryAttributes extends Map<string, Value> {
  readonly dict: PyDict;
  constructor(dict: PyDict) {
    super();
    this.dict = dict;
  }
  override get size(): number {
    return this.dict === undefined ? 0 : this.dict.entries.size;
  }
  override has(name: string): boolean {
    return this.dict.entries.has(name);
  }
  override get(name: string): Value | undefined {
    return this.dict.entries.get(name)?.[1];
  }
  override set(name: string, value: Value): this {
    const entry = this.dict.entries.get(name);
    if (entry === undefined) this.dict.entries.set(name, [name, value]);
    else entry[1] = value;
    return this;
  }
  override delete(name: string): boolean {
    return this.dict.entries.delete(name);
  }
  override *entries(): MapIterator<[string, Value]> {
    for (const [key, value] of this.dict.entries.values()) if (typeof key === 'string') yield [key, value];
  }
  override *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }
  override [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }
}
