/**
 * What is kept of the tensors that nodes save, where somebody wants to keep something else in their place:
 * torch.autograd.graph.saved_tensors_hooks.
 */
import { EngineError } from '../tensor/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
import { noGrad } from './mode.ts';

/** Gives something in the place of a tensor that is saved, and the tensor back for it. */
export interface SavedHooks {
  pack(t: Tensor): unknown;
  unpack(packed: unknown): Tensor;
  references(visit: (held: unknown) => void): void;
}

let current: SavedHooks | null = null;

/** The hooks of nodes that are made here. */
export const savedHooks = (): SavedHooks | null => current;

/** Puts others in their place; gives those that it were. */
export function setSavedHooks(next: SavedHooks | null): SavedHooks | null {
  const before = current;
  current = next;
  return before;
}

/** What a tensor was in the graph: a result of a node, or a leaf. */
export interface Origin {
  readonly gradFn: Tensor['gradFn'];
  readonly index: number;
  readonly leaf: Tensor | null;
}

/** A saved tensor as its hooks keep it. */
export class Packed {
  readonly hooks: SavedHooks;
  /** Null where no gradient went to it. */
  readonly origin: Origin | null;
  private readonly packed: unknown;

  constructor(t: Tensor, hooks: SavedHooks) {
    this.hooks = hooks;
    const { version } = t.storage;
    this.packed = noGrad(() => hooks.pack(t));
    if (t.storage.version !== version)
      throw new EngineError(
        'modified_in_place',
        'A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook can not be modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to perform in-place operations on the input to a pack hook.',
      );
    const { gradFn, requiresGrad, outputIndex: index } = t;
    this.origin = requiresGrad ? { gradFn, index, leaf: gradFn === null ? t : null } : null;
  }

  unpack(): Tensor {
    return this.hooks.unpack(this.packed);
  }

  references(visit: (held: unknown) => void): void {
    visit(this.hooks);
    visit(this.packed);
    visit(this.origin?.gradFn);
    visit(this.origin?.leaf);
  }
}

/**
 * The values of a call, those under `keys` packed, of a list only the one at `place` if that is given. `wrap` makes
 * a tensor of a number that PyTorch saves as one.
 */
export function packAll(
  kept: readonly [string, unknown][],
  keys: readonly string[],
  hooks: SavedHooks,
  wrap: ((value: unknown) => Tensor) | null,
  place: number | null = null,
): object {
  const packed = (value: unknown): unknown => {
    if (value instanceof Tensor) return new Packed(value, hooks);
    if (value === null || value instanceof Packed) return value;
    if (Array.isArray(value)) return value.map((item, i) => (place === null || i === place ? packed(item) : item));
    return wrap === null || value === undefined ? value : new Packed(wrap(value), hooks);
  };
  return Object.fromEntries(kept.map(([key, value]) => [key, keys.includes(key) ? packed(value) : value]));
}

/** The values with those unpacked; `rejoin` gives each the place in the graph that it had. */
export function unpackAll(
  kept: readonly [string, unknown][],
  rejoin: (t: Tensor, origin: Origin | null) => Tensor,
): object {
  const unpacked = (value: unknown): unknown => {
    if (value instanceof Packed) return rejoin(value.unpack(), value.origin);
    return Array.isArray(value) ? value.map(unpacked) : value;
  };
  return Object.fromEntries(kept.map(([key, value]) => [key, unpacked(value)]));
}
