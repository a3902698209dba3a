/** What is kept from being forgotten: a walk from some roots over all that hangs on them. */

import { heldTangentOf } from '../autograd/forward.ts';
import { heldBy } from '../autograd/held.ts';
import { accumulationHooksOf, hooksOf } from '../autograd/hooks.ts';
import { isHolder, OBJECT_BYTES, type Visit } from '../cells/runtime/holding.ts';
import type { Storage } from '../tensor/storage.ts';
import { Tensor } from '../tensor/tensor.ts';

/** What is reached from the names. */
export interface Holdings {
  /** Elements of tensors, each storage counted once. */
  elements: number;
  /** Everything else: entries of lists and dicts, characters, nodes. */
  objects: number;
  tensors: Set<Tensor>;
}

/** Characters, and bits of an int, that count as one object. */
const CHARACTERS = OBJECT_BYTES;
const BITS = 8 * OBJECT_BYTES;
/** Strings from this length on are counted once, however often they are referred to. */
const LONG = 1024;
/** References between two looks at the clock: about a millisecond. */
const STRETCH = 2 ** 14;

/** What a trace does with an object of no class that is known to it; tests refuse such objects. */
export type Unknown = (value: object) => void;

/**
 * Counts what is kept from being forgotten. Every value says itself what it refers to (see
 * `cells/runtime/holding.ts`), so that nothing is out of sight; an object that does not say so is looked
 * through field by field.
 */
export class Trace {
  readonly found: Holdings = { elements: 0, objects: 0, tensors: new Set() };
  private readonly seen = new Set<object | string>();
  readonly storages = new Set<Storage>();
  private readonly pending: object[] = [];
  protected readonly visit: Visit;
  private readonly unknown: Unknown | undefined;
  private left = STRETCH;
  private readonly maxObjects: number;

  constructor(maxObjects: number, look: () => void = () => {}, unknown?: Unknown) {
    this.maxObjects = maxObjects;
    this.unknown = unknown;
    this.visit = Object.assign(
      (held: unknown): void => {
        if (--this.left < 0) {
          this.left = STRETCH;
          look();
        }
        this.note(held);
      },
      {
        weigh: (objects: number): void => {
          this.found.objects += objects;
        },
      },
    );
  }

  /** Looks through all that is reached; false where that is too much. */
  run(roots: Iterable<unknown>): boolean {
    for (const root of roots) this.visit(root);
    for (let at = this.pending.pop(); at !== undefined; at = this.pending.pop()) {
      if (this.found.objects > this.maxObjects) return false;
      this.look(at);
    }
    return true;
  }

  private note(held: unknown): void {
    if (typeof held === 'string') this.text(held);
    else if (typeof held === 'bigint') {
      if (BigInt.asIntN(64, held) !== held) this.found.objects += (held.toString(16).length * 4) / BITS;
    } else if ((typeof held === 'object' && held !== null) || typeof held === 'function') {
      if (this.seen.has(held)) return;
      this.seen.add(held);
      this.pending.push(held);
    }
  }

  private text(held: string): void {
    // One list may refer to more text than can be read in seconds.
    if (this.found.objects > this.maxObjects) return;
    if (held.length >= LONG) {
      // A string that was put together piece by piece takes many times its length until it is read, and is
      // slow to look up.
      held.charCodeAt(held.length >>> 1);
      if (this.seen.has(held)) return;
      this.seen.add(held);
    }
    this.found.objects += held.length / CHARACTERS;
  }

  private look(at: object): void {
    const { visit } = this;
    this.found.objects++;
    if (at instanceof Tensor) this.tensor(at);
    else if (isHolder(at)) at.references(visit);
    else if (Array.isArray(at)) {
      visit.weigh(at.length);
      for (const item of at) visit(item);
    } else if (at instanceof Set) {
      visit.weigh(at.size);
      for (const item of at) visit(item);
    } else if (at instanceof Map) {
      visit.weigh(at.size);
      for (const [key, value] of at) {
        visit(key);
        visit(value);
      }
    } else if (ArrayBuffer.isView(at)) this.found.objects += at.byteLength / OBJECT_BYTES;
    else {
      for (const held of heldBy(at)) visit(held);
      if (typeof at === 'function') return;
      const maker = at.constructor;
      if (maker !== Object && maker !== undefined) this.unknown?.(at);
      for (const value of Object.values(at)) if (typeof value !== 'function') visit(value);
    }
  }

  /** Each storage once. */
  protected meet(storage: Storage): void {
    if (this.storages.has(storage)) return;
    this.storages.add(storage);
    this.storage(storage);
  }

  protected storage(at: Storage): void {
    if (!at.meta) this.found.elements += at.numel;
  }

  protected tensor(at: Tensor): void {
    const { visit } = this;
    this.found.tensors.add(at);
    this.meet(at.storage);
    visit(at.grad);
    visit(at.gradFn);
    visit(at.base);
    if (at.level !== null) visit(heldTangentOf(at));
    for (const hook of hooksOf(at)) visit(hook);
    for (const hook of accumulationHooksOf(at)) visit(hook);
  }
}

/**
 * Counts all that the roots, most of all a workspace's names, keep from being forgotten. Past
 * `maxObjects` it gives up: then they are too many. `look` is called about every millisecond, and may throw.
 */
export const holdingsOf = (
  roots: Iterable<unknown>,
  maxObjects: number,
  look: () => void = () => {},
  unknown?: Unknown,
): Holdings => {
  const trace = new Trace(maxObjects, look, unknown);
  trace.run(roots);
  return trace.found;
};
