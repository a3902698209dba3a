/** The nodes of the dynamic graph: one for each op that was called on what requires a gradient. */

import { letGo } from '../kernels/deferred.ts';
import { typeNameOf } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { allocate } from '../tensor/storage.ts';
import { type GradFn, Tensor, type TensorMeta } from '../tensor/tensor.ts';
import { notePlace } from './anomaly.ts';
import { asIn, currentEra, type Era } from './eras.ts';
import { heldBy } from './held.ts';

/** Where a gradient goes next: the node that made an input, or the leaf that the input is. */
export interface Edge extends TensorMeta {
  readonly node: Node | null;
  readonly leaf: Tensor | null;
  /** Which result of `node` the input was. */
  readonly index: number;
  /** Which of the call's differentiable parameters it was, and its place there: −1 where that is no list. */
  readonly param: number;
  readonly item: number;
}

/**
 * Carries gradients of a node's results to its edges. `needed` says which edges want one.
 * Written in ops, so that it can itself be recorded and differentiated.
 */
export interface BackwardRule {
  apply(node: Node, grads: readonly (Tensor | null)[], needed: readonly boolean[]): readonly (Tensor | null)[];
}

/** A tensor as PyTorch names it in messages. */
function describe(t: Tensor, by = t.gradFn?.name): string {
  const maker = by === undefined ? '' : `, which is output ${t.outputIndex} of ${by},`;
  return `[torch.${typeNameOf(t.dtype)}Tensor [${t.shape.join(', ')}]]${maker}`;
}

/** What most nodes save. */
const NONE: readonly never[] = [];

let next = 0;

/** The number that the next node will get. Later calls have higher numbers. */
export const sequence = (): number => next;

export class Node implements GradFn {
  readonly seq: number = next++;
  name: string;
  readonly edges: readonly Edge[];
  private readonly rule: BackwardRule;
  /** The call's arguments, as the rule reads them; null once they were freed. */
  private state: object | null;
  private saved: readonly Tensor[];
  private versions: readonly number[];
  /** When it was made: the rule sees the shapes that what it did not save had then. */
  private readonly era: Era = currentEra();
  /** Whether the state can be let go of. */
  private readonly frees: boolean;
  /** What wants to see, or change, the gradients of single results as they come by. */
  hooks: { readonly index: number; readonly see: (grad: Tensor) => Tensor | null }[] | null = null;

  /** Results whose gradient is kept in their `grad`. */
  retainers: readonly Tensor[] | null = null;

  /** The node's number in the pass that was planned last; of use while that is being planned only. */
  slot = 0;

  /** A node that saves nothing can be walked any number of times, unless `frees` says otherwise. */
  constructor(
    name: string,
    rule: BackwardRule,
    edges: readonly Edge[],
    state: object,
    saved: readonly Tensor[] = NONE,
    frees = saved.length > 0,
  ) {
    this.name = name;
    this.rule = rule;
    this.edges = edges;
    this.state = state;
    this.saved = saved;
    this.versions = saved.length === 0 ? NONE : saved.map((t) => t.storage.version);
    this.frees = frees;
    for (const t of saved) t.storage.keepers++;
    notePlace(this);
  }

  /** What the rule saved; refuses what is gone, and at its reading what was overwritten, as PyTorch does. */
  unpack<T>(): T {
    if (this.state === null) {
      throw new EngineError(
        'graph_freed',
        `Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward. (${this.name})`,
      );
    }
    const { saved, versions } = this;
    for (let i = 0; i < saved.length; i++) if (saved[i].storage.version !== versions[i]) return this.guarded() as T;
    return (this.era === currentEra() ? this.state : this.asCalled(this.kept())) as T;
  }

  /** The state, with all that was not saved as it was when the node was made. */
  private asCalled(kept: readonly [name: string, value: unknown][]): object {
    const then = (value: unknown): unknown =>
      value instanceof Tensor && !this.saved.includes(value) ? asIn(this.era, value) : value;
    let changed: Record<string, unknown> | null = null;
    for (const [key, value] of kept) {
      const was = Array.isArray(value) ? value.map(then) : then(value);
      const same = Array.isArray(value) ? value.every((item, i) => item === (was as unknown[])[i]) : was === value;
      if (same) continue;
      changed ??= Object.fromEntries(kept);
      changed[key] = was;
    }
    return changed ?? (this.state as object);
  }

  /** The state, with a lock on what was overwritten: a rule may do without it. */
  private guarded(): object {
    const out: Record<string, unknown> = {};
    const state = this.asCalled(this.kept());
    for (const [key] of this.kept()) {
      const value = (state as Record<string, unknown>)[key];
      if (Array.isArray(value)) {
        const list = [...value];
        list.forEach((item, i) => {
          this.guard(list, i, item);
        });
        out[key] = list;
      } else if (!this.guard(out, key, value)) out[key] = value;
    }
    return out;
  }

  /** Puts a lock in the place of a value that was overwritten. Answers whether it was. */
  private guard(place: object, key: string | number, value: unknown): boolean {
    const at = this.saved.findIndex((t, i) => t === value && t.storage.version !== this.versions[i]);
    if (at >= 0) Object.defineProperty(place, key, { enumerable: true, get: () => this.refuse(at) });
    return at >= 0;
  }

  private refuse(at: number): never {
    const t = this.saved[at];
    throw new EngineError(
      'modified_in_place',
      `one of the variables needed for gradient computation has been modified by an inplace operation: ${describe(t, this.isResult(t) ? this.name : undefined)} is at version ${t.storage.version}; expected version ${this.versions[at]} instead. It was saved for ${this.name}.`,
    );
  }

  apply(grads: readonly (Tensor | null)[], needed: readonly boolean[]): readonly (Tensor | null)[] {
    return this.rule.apply(this, grads, needed);
  }

  private isResult(t: Tensor): boolean {
    const { result } = this.state as { result?: Tensor | readonly Tensor[] };
    return result === t || (Array.isArray(result) && result.includes(t));
  }

  /** What was given stands elsewhere by now: `to` is read in the place of `from`. */
  resave(from: Tensor, to: Tensor): void {
    const at = this.saved.indexOf(from);
    if (at < 0) return;
    letGo(from.storage);
    to.storage.keepers++;
    this.saved = this.saved.with(at, to);
    this.versions = this.versions.with(at, to.storage.version);
    const state = this.state as Record<string, unknown>;
    for (const [key, value] of this.kept()) if (value === from) state[key] = to;
  }

  /** What the rule can read, by name; nothing once it was freed. */
  kept(): [name: string, value: unknown][] {
    if (this.state === null) return [];
    const { result } = this.state as { result?: unknown };
    const entries = Object.entries(this.state);
    return result === undefined ? entries : [...entries, ['result', result]];
  }

  /** Shows all that this node keeps from being forgotten. */
  references(visit: (held: unknown) => void): void {
    for (const { node, leaf } of this.edges) {
      visit(node);
      visit(leaf);
    }
    for (const [, value] of this.kept()) visit(value);
    for (const t of this.saved) visit(t);
    for (const hook of this.hooks ?? []) visit(hook.see);
    for (const t of this.retainers ?? []) visit(t);
    for (const value of heldBy(this.rule)) visit(value);
    // What the arguments looked like, where they were given another shape since.
    visit(this.era);
  }

  /** Lets go of what was saved. */
  free(): void {
    if (!this.frees) return;
    this.state = null;
    for (const t of this.saved) letGo(t.storage);
    this.saved = NONE;
  }
}

/** The node that made a tensor, if one was recorded. Only this room puts objects into `gradFn`. */
export const nodeOf = (t: Tensor): Node | null => t.gradFn as Node | null;

/**
 * A tensor with the history that an edge leads to: the argument itself where it still has that history,
 * else one that stands for it. Only its shape is to be read.
 */
export function tensorOf(edge: Edge, args: object): Tensor {
  if (edge.leaf !== null) return edge.leaf;
  for (const value of Object.values(args)) {
    if (value instanceof Tensor && value.gradFn === edge.node && value.outputIndex === edge.index) return value;
  }
  const strides = edge.shape.map(() => 0);
  const stand = new Tensor(allocate(edge.dtype, [1]), edge.shape, strides, 0);
  return Object.assign(stand, { gradFn: edge.node, outputIndex: edge.index, requiresGrad: true });
}

export const edgeTo = (t: Tensor, param = 0, item = -1): Edge => ({
  node: nodeOf(t),
  leaf: t.gradFn === null ? t : null,
  index: t.outputIndex,
  shape: t.shape,
  dtype: t.dtype,
  param,
  item,
});
