/** What sees gradients as they come by: `Tensor.register_hook` and `Tensor.retain_grad`. */
import { copy } from '../kernels/copy.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { isGradEnabled } from './mode.ts';
import { type Edge, type Node, type NodeHook, nodeOf, type Step } from './node.ts';
import { primitives } from './primitives.ts';

/** Shown a tensor's gradient, null where none came; may give another one in its place. */
export type Hook = (grad: Tensor | null) => Tensor | null;

const leafHooks = new WeakMap<Tensor, readonly Hook[]>();
const retaining = new WeakSet<Tensor>();

/** What listens to a leaf's gradient. */
export const hooksOf = (leaf: Tensor): readonly Hook[] => leafHooks.get(leaf) ?? [];

/** `Tensor.register_hook`: `see` sees the gradient of the version that the tensor has now. Gives what takes it away. */
export function addHook(t: Tensor, see: Hook): () => void {
  const node = nodeOf(t);
  if (node === null) {
    leafHooks.set(t, [...(leafHooks.get(t) ?? []), see]);
    return () => leafHooks.set(t, leafHooks.get(t)?.filter((hook) => hook !== see) ?? []);
  }
  const entry = { index: t.outputIndex, see };
  node.hooks = [...(node.hooks ?? []), entry];
  return () => {
    node.hooks = (node.hooks ?? []).filter((hook) => hook !== entry);
  };
}

/** The gradient of a leaf once its hooks have seen it. */
export const seenByHooks = (leaf: Tensor, grad: Tensor): Tensor => hooksOf(leaf).reduce((g, see) => see(g) ?? g, grad);

/**
 * `Tensor.retain_grad`: the gradient that reaches the tensor is kept in its `grad`, though it is no leaf.
 * A tensor that is written to goes on to keep that of its latest version.
 */
export function retainGrad(t: Tensor): void {
  if (nodeOf(t) === null || retaining.has(t)) return;
  retaining.add(t);
  followRetained(t);
}

export const retainsGrad = (t: Tensor): boolean => retaining.has(t);

/** To be called where a tensor was given another node. */
export function followRetained(t: Tensor): void {
  const node = nodeOf(t);
  if (node !== null && retaining.has(t)) node.retainers = [...(node.retainers ?? []), new WeakRef(t)];
}

/** What sees the gradient of a leaf before it is added up, and after. */
interface LeafHooks {
  before: readonly NodeHook<[Grads]>[];
  after: readonly NodeHook<[Grads, Grads]>[];
  notes: object | null;
}

type Grads = readonly (Tensor | null)[];

const accumulators = new WeakMap<Tensor, LeafHooks>();

/** Where the hooks of a node stand, or those of a leaf's accumulation. */
export function nodeHooksOf(at: Node | Tensor): Pick<Node, 'before' | 'after' | 'notes'> {
  if (!('storage' in at)) return at;
  const known = accumulators.get(at) ?? { before: [], after: [], notes: null };
  accumulators.set(at, known);
  return known;
}

/** What listens to a leaf's accumulation, for those who look for what is held. */
export const accumulationHooksOf = (leaf: Tensor): readonly object[] => {
  const known = accumulators.get(leaf);
  if (known === undefined) return [];
  return [...known.before, ...known.after, ...(known.notes === null ? [] : [known.notes])];
};

const seenBefore = (hooks: readonly NodeHook<[Grads]>[], grads: Grads): Grads =>
  hooks.reduce((seen, hook) => hook(seen) ?? seen, grads);

/** The gradient of a leaf once the hooks of its accumulation have seen it. */
export function seenByAccumulation(leaf: Tensor, grad: Tensor): Tensor {
  const known = accumulators.get(leaf);
  return known === undefined ? grad : (seenBefore(known.before, [grad])[0] ?? grad);
}

/** Tells the hooks of a leaf's accumulation that it is over. */
export function accumulated(leaf: Tensor, grad: Tensor): void {
  for (const hook of accumulators.get(leaf)?.after ?? []) hook([], [grad]);
}

/** The edge of ours that a step of PyTorch's stands for, where it is one. */
const edgeOf = (step: Step): Edge | null =>
  step !== null && 'next' in step ? (step.next.length === 1 ? edgeOf(step.next[0]) : null) : step;

/** Whether a step is one of PyTorch's that turns a matrix around. */
const turns = (step: Step): boolean => step !== null && 'next' in step && step.name === 'TBackward0';

const turned = (grad: Tensor | null): Tensor | null =>
  grad?.ndim === 2
    ? primitives().window(grad, { size: grad.shape.toReversed(), stride: [1, grad.shape[1]], offset: 0 })
    : grad;

/** Gradients by edge in the order of PyTorch's graph. */
export const inSteps = (node: Node, grads: Grads): (Tensor | null)[] =>
  node.steps().map((step) => {
    const grad = grads[node.edges.indexOf(edgeOf(step) as Edge)] ?? null;
    return turns(step) ? turned(grad) : grad;
  });

/** And back. */
export const byEdge = (node: Node, grads: Grads): (Tensor | null)[] => {
  const steps = node.steps();
  const edges = steps.map(edgeOf);
  return node.edges.map((edge) => {
    const at = edges.indexOf(edge);
    const grad = grads[at] ?? null;
    return at >= 0 && turns(steps[at]) ? turned(grad) : grad;
  });
};

/** What a node's rule gave, once the node's hooks have seen it. */
export const seenAfter = (node: Node, results: Grads, grads: Grads): Grads =>
  (node.after ?? []).reduce((seen, hook) => hook(seen, grads) ?? seen, results);

/** Shows a node's hooks that no gradient came, and its rule where that is made for it; gives what the rule gives. */
export function withoutGradients(node: Node): Grads {
  const none: (Tensor | null)[] = Array.from({ length: node.results }, () => null);
  for (const { index, see } of node.hooks ?? []) none[index] = see(none[index]);
  return node.takesNothing
    ? node.apply(
        none,
        none.map(() => true),
      )
    : [];
}

/** Shows the gradients of a node's results to those who asked for it, and puts theirs in their place. */
export function showGradients(node: Node, grads: (Tensor | null)[]): void {
  for (const { index, see } of node.hooks ?? []) {
    const grad = grads[index] ?? null;
    grads[index] = see(grad) ?? grad;
  }
  if (node.before !== null) {
    const seen = seenBefore(node.before, grads);
    for (let i = 0; i < seen.length; i++) grads[i] = seen[i];
  }
  for (const held of node.retainers ?? []) {
    const t = held.deref();
    const grad = t === undefined ? null : (grads[t.outputIndex] ?? null);
    // A later version of the tensor has another node.
    if (t === undefined || grad === null || nodeOf(t) !== node) continue;
    if (t.grad !== null) t.grad = primitives().add(t.grad, grad);
    else t.grad = isGradEnabled() ? primitives().clone(grad) : copy(grad);
  }
}
