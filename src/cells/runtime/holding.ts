/**
 * What keeps what from being forgotten. Every value of the language, and whatever else of ours can
 * stand between a name and a tensor, says what it holds; nothing may be held by a JavaScript closure
 * or generator alone, since nobody can look into one.
 */
import type { Tensor } from '../../tensor/tensor.ts';
import type { Saved } from './saving.ts';
import type { Value } from './values.ts';

/** Is shown, one by one, everything that something holds. */
export interface Visit {
  /** A value, a {@link Holder}, a tensor, a node of the graph, or an array, Map or Set of them. */
  (held: unknown): void;
  /** Memory besides what is shown, such as the entries of a list: in objects of some 64 bytes. */
  weigh(objects: number): void;
}

/** What can be asked for what it holds. */
export interface Holder {
  references(visit: Visit): void;
}

export const isHolder = (value: object): value is Holder => 'references' in value;

/** A walk over values that is held by an iterator of the language: its position is in fields, so that it can be seen. */
export abstract class Walk implements Iterator<Value, undefined>, Holder {
  abstract next(): IteratorResult<Value, undefined>;
  /** What a generator that has ended returned. */
  get returned(): Value {
    return null;
  }
  abstract references(visit: Visit): void;

  [Symbol.iterator](): this {
    return this;
  }
}

/** What objects of a class of ours have besides attributes: the parameters of a module, what a context saved. */
export abstract class Native implements Holder {
  abstract references(visit: Visit): void;

  /** The tensor whose other face an object is, as an ndarray; throws where it has elements that no tensor has. */
  asTensor(): Tensor | undefined {
    return undefined;
  }

  /** The number that an object stands for, as NumPy's scalars do. */
  asNumber(): boolean | bigint | number | undefined {
    return undefined;
  }

  /** A deep copy; `copied` gives that of a value. Null where one is made of what {@link toSave} tells. */
  again(_copied: (value: Value) => Value): Native | null {
    return null;
  }

  /** All of it as a value, of which `saving.ts` makes it again; null where there is no such value. */
  toSave(): Saved | null {
    return null;
  }
}

/** Bytes of memory that count as one object. */
export const OBJECT_BYTES = 64;
