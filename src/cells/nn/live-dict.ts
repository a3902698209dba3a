/** A module's parameters, buffers or children as a dict: what is written to it is written to the module. */
import { PyDict, type Value } from '../runtime/values.ts';

type Pair = [key: Value, value: Value];

class LiveEntries extends Map<unknown, Pair> {
  /** Undefined while the entries are filled in. */
  private readonly write: ((name: string, value: Value | undefined) => void) | undefined;

  constructor(source: ReadonlyMap<string, Value>, write: (name: string, value: Value | undefined) => void) {
    super();
    for (const [name, value] of source) super.set(name, pairOf(name, value, write));
    this.write = write;
  }

  override set(key: unknown, pair: Pair): this {
    if (typeof key !== 'string' || this.write === undefined) return super.set(key, pair);
    this.write(key, pair[1]);
    return super.set(key, pairOf(key, pair[1], this.write));
  }

  override delete(key: unknown): boolean {
    if (typeof key === 'string') this.write?.(key, undefined);
    return super.delete(key);
  }

  override clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }
}

/** A pair whose value, where it is written over, is written to the module. */
function pairOf(name: string, value: Value, write: (name: string, value: Value) => void): Pair {
  let held = value;
  return Object.defineProperty([name, value] as Pair, 1, {
    get: () => held,
    set(next: Value) {
      write(name, next);
      held = next;
    },
    enumerable: true,
  });
}

/** `check` gives the value as the module holds it, and refuses any other. */
export function liveDict<T extends Value>(source: Map<string, T>, check: (name: string, value: Value) => T): PyDict {
  const dict = new PyDict('OrderedDict');
  const entries = new LiveEntries(source, (name, value) => {
    if (value === undefined) source.delete(name);
    else source.set(name, check(name, value));
  });
  Object.defineProperty(dict, 'entries', { value: entries });
  return dict;
}
