/** The nodes of the dynamic graph: one for each op that was called on what requires a gradient. */

import { letGo } from '../kernels/deferred.ts';
import { typeNameOf } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { allocate } from '../tensor/storage.ts';
import { type GradFn, Tensor, type TensorMeta } from '../tensor/tensor.ts';
import { notePlace } from './anomaly.ts';
import { asIn, currentEra, type Era } from './eras.ts';
import { heldBy } from './held.ts';
import { type Origin, packAll, type SavedHooks, unpackAll } from './saved.ts';

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
  /** The steps that PyTorch's graph has in the place of the node's edges, null for all of them as they are. */
  steps?(node: Node, state: object): readonly Step[] | null;
  /** PyTorch's names of the values that a state can hold, and the keys that they have there. */
  readonly names?: ReadonlyMap<string, string>;
  /** Whether it can be asked where no gradient has come at all. */
  readonly takesNothing?: boolean;
  /** What a client knows the call by. */
  readonly context?: object;
  /** The definition of the op that was called, where an op was. */
  readonly op?: object | null;
  /** Shows what it keeps from being forgotten. */
  references?(visit: (held: unknown) => void): void;
}

/** Where PyTorch's graph leads from a node: by an edge, nowhere, or by a node that is none of ours. */
export type Step = Edge | null | { readonly name: string; readonly next: readonly Step[] };

/** Sees the gradients of a node's results, or those that it gives and then these; may give others in their place. */
export type NodeHook<A extends readonly unknown[]> = (...grads: A) => readonly (Tensor | null)[] | null;

type Grads = readonly (Tensor | null)[];

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
  /** Whether hooks have packed what it saved. */
  private packed = false;
  /** The steps of a node whose state is gone, or that PyTorch makes in another way. */
  shown: readonly Step[] | null = null;
  /** What wants to see, or change, the gradients of single results as they come by. */
  hooks: { readonly index: number; readonly see: (grad: Tensor | null) => Tensor | null }[] | null = null;

  /** What sees the gradients of all results before the rule runs, and what sees both ends after it. */
  before: readonly NodeHook<[Grads]>[] | null = null;
  after: readonly NodeHook<[Grads, Grads]>[] | null = null;

  /** Results whose gradient is kept in their `grad`, as long as anybody can look there. */
  retainers: readonly WeakRef<Tensor>[] | null = null;

  /** What a client noted of it. */
  notes: object | null = null;

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
    if (this.packed) {
      saved.forEach((t, i) => {
        if (t.storage.version !== versions[i]) this.refuse(i);
      });
      return unpackAll(this.kept(), rejoin) as T;
    }
    for (let i = 0; i < saved.length; i++) if (saved[i].storage.version !== versions[i]) return this.guarded() as T;
    return (this.era === currentEra() ? this.state : this.asCalled(this.kept())) as T;
  }

  /** Has hooks pack what was saved under these names; of a list, only what is at `place` if that is given. */
  pack(
    hooks: SavedHooks,
    keys: readonly string[],
    wrap: ((value: unknown) => Tensor) | null = null,
    place: number | null = null,
  ): void {
    if (this.state === null) return;
    const kept = this.kept();
    this.state = packAll(kept, keys, hooks, wrap, place);
    this.packed = true;
    const gone = kept
      .filter(([key]) => keys.includes(key))
      .flatMap(([, value]) => (place === null ? value : (value as readonly unknown[])[place]));
    for (const t of gone) {
      const at = this.saved.indexOf(t as Tensor);
      if (at < 0) continue;
      letGo(this.saved[at].storage);
      this.saved = this.saved.toSpliced(at, 1);
      this.versions = this.versions.toSpliced(at, 1);
    }
  }

  /** One of the values that the rule can read. */
  read(key: string): unknown {
    if (!this.packed || this.state === null) {
      const value = this.unpack<Readonly<Record<string, unknown>>>()[key];
      // A result is another tensor, with its place in the graph.
      return key === 'result' && value instanceof Tensor ? plainOf(value) : value;
    }
    const own = this.kept().filter(([name]) => name === key);
    return (unpackAll(own, rejoin) as Readonly<Record<string, unknown>>)[key];
  }

  /** Where PyTorch's graph leads from here. */
  steps(): readonly Step[] {
    const steps = this.state === null ? null : this.rule.steps?.(this, this.state);
    return this.shown ?? steps ?? this.edges;
  }

  /** The key of a value that PyTorch calls so, if the rule knows one. */
  keyOf(name: string): string | undefined {
    return this.rule.names?.get(name);
  }

  /** Whether the rule can be asked where no gradient has come at all. */
  get takesNothing(): boolean {
    return this.rule.takesNothing === true;
  }

  /** What a client knows the call by, if the rule is one of its own. */
  get context(): object | null {
    return this.rule.context ?? null;
  }

  /** The definition of the op that was called, if an op was. */
  get op(): object | null {
    return this.rule.op ?? null;
  }

  /** How many results the call gave. */
  get results(): number {
    const { result } = (this.state ?? {}) as { result?: unknown };
    return Array.isArray(result) ? result.length : 1;
  }

  /** Whether the state was let go of. */
  get isFreed(): boolean {
    return this.state === null;
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
    return result === undefined || this.packed ? entries : [...entries, ['result', result]];
  }

  /** The names of what the rule reads the elements of. */
  savedKeys(): string[] {
    const isSaved = (value: unknown): boolean =>
      Array.isArray(value) ? value.some(isSaved) : value instanceof Tensor && this.saved.includes(value);
    return this.kept().flatMap(([key, value]) => (isSaved(value) ? [key] : []));
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
    for (const hook of this.before ?? []) visit(hook);
    for (const hook of this.after ?? []) visit(hook);
    for (const step of this.shown ?? []) visit(step);
    visit(this.notes);
    this.rule.references?.(visit);
    for (const value of heldBy(this.rule)) visit(value);
    // What the arguments looked like, where they were given another shape since.
    visit(this.era);
  }

  /** Lets go of what was saved. */
  free(): void {
    if (!this.frees || this.state === null) return;
    this.shown ??= this.rule.steps?.(this, this.state) ?? null;
    this.state = null;
    for (const t of this.saved) letGo(t.storage);
    this.saved = NONE;
  }
}

/** Hands gradients on as they are. */
const THROUGH: BackwardRule = { apply: (_, grads) => [grads[0] ?? null] };

/** What hooks gave for a saved tensor, in the place of the graph that this had. */
function rejoin(t: Tensor, origin: Origin | null): Tensor {
  if (origin === null) return t;
  const { gradFn, index, leaf } = origin;
  if (t === leaf || (gradFn !== null && t.gradFn === gradFn)) return t;
  const own = t.alias();
  if (leaf === null) Object.assign(own, { gradFn, outputIndex: index });
  else own.gradFn = new Node('AliasBackward0', THROUGH, [edgeTo(leaf)], {});
  return Object.assign(own, { requiresGrad: true });
}

/** The tensor with its place in the graph, and nothing else that it has. */
export function plainOf(t: Tensor): Tensor {
  if (!t.requiresGrad) return t.alias();
  return rejoin(t.alias(), { gradFn: t.gradFn, index: t.outputIndex, leaf: t.gradFn === null ? t : null });
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
