/** The names of a workspace, and what hangs on them. */

import { Node } from '../autograd/node.ts';
import { hasBegun, isModule, stateOf } from '../cells/nn/state.ts';
import { namedBuffers, namedParameters } from '../cells/nn/walk.ts';
import { UserClass } from '../cells/runtime/objects.ts';
import { NativeFunction, PyClass, type PyInstance, PyModule, type Value } from '../cells/runtime/values.ts';
import type { Storage } from '../tensor/storage.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Tells of every tensor that a name is bound to. */
export class Globals extends Map<string, Value> {
  private onBind: ((name: string, tensor: Tensor) => void) | undefined;
  /** Names that were bound since this was emptied, in order. */
  readonly bound = new Set<string>();

  listen(onBind: (name: string, tensor: Tensor) => void): void {
    this.onBind = onBind;
  }

  override set(name: string, value: Value): this {
    // Called by Map's own constructor, too, before there are fields.
    if (this.bound !== undefined) {
      this.bound.delete(name);
      this.bound.add(name);
      if (value instanceof Tensor) this.onBind?.(name, value);
    }
    return super.set(name, value);
  }
}

/** What is reached from the names. */
export interface Holdings {
  /** Elements of tensors, each storage counted once. */
  elements: number;
  /** Everything else: entries of lists and dicts, characters, nodes. */
  objects: number;
  tensors: Set<Tensor>;
}

/** Characters that count as one object. */
const CHARACTERS = 64;

/** A list of numbers only, as shapes are. */
const isSizes = (value: unknown): boolean => Array.isArray(value) && typeof value[0] === 'number';

/** Tables of ours, which a workspace refers to and does not hold. */
const isOurs = (value: object): boolean =>
  value instanceof PyModule ||
  value instanceof NativeFunction ||
  (value instanceof PyClass && !(value instanceof UserClass));

/**
 * Counts all that the names keep from being forgotten: through lists, instances and functions, and
 * through the graph that a tensor hangs on. Past `maxObjects` it gives up: then they are too many.
 */
export function holdingsOf(roots: Iterable<unknown>, maxObjects: number): Holdings {
  const found: Holdings = { elements: 0, objects: 0, tensors: new Set() };
  const seen = new Set<object>();
  const storages = new Set<Storage>();
  const pending: object[] = [];
  const push = (value: unknown): void => {
    if (typeof value === 'string') found.objects += value.length / CHARACTERS;
    else if (typeof value === 'object' && value !== null && !seen.has(value) && !isOurs(value)) {
      seen.add(value);
      pending.push(value);
    }
  };
  for (const root of roots) push(root);
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    found.objects++;
    if (found.objects > maxObjects) break;
    if (at instanceof Node) {
      for (const { node, leaf } of at.edges) {
        push(node);
        push(leaf);
      }
      // What its rule saved, with the rest of the call's arguments.
      for (const [, value] of at.kept()) if (!isSizes(value)) push(value);
    } else if (at instanceof Tensor) {
      found.tensors.add(at);
      if (!storages.has(at.storage)) {
        storages.add(at.storage);
        if (!at.storage.meta) found.elements += at.storage.numel;
      }
      push(at.grad);
      push(at.gradFn);
      push(at.base);
    } else if (Array.isArray(at)) {
      found.objects += at.length;
      for (const item of at) push(item);
    } else if (at instanceof Map) {
      found.objects += at.size;
      for (const [key, value] of at) {
        push(key);
        push(value);
      }
    } else if (at instanceof Set) {
      found.objects += at.size;
      for (const item of at) push(item);
    } else if (!ArrayBuffer.isView(at)) {
      // A module's parameters stand beside it, not in it.
      if (isModule(at as Value) && hasBegun(at as PyInstance)) push(stateOf(at as PyInstance));
      for (const value of Object.values(at)) push(value);
    }
  }
  return found;
}

/** The parameters and buffers of the modules among the names: `model.0.weight`. */
export function* parametersOf(globals: ReadonlyMap<string, Value>): Generator<[string, Tensor]> {
  for (const [name, value] of globals) {
    if (!isModule(value) || !hasBegun(value)) continue;
    yield* namedParameters(value, name);
    yield* namedBuffers(value, name);
  }
}
