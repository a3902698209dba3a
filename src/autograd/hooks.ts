/** What sees gradients as they come by: `Tensor.register_hook` and `Tensor.retain_grad`. */
import { copy } from '../kernels/copy.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { isGradEnabled } from './mode.ts';
import { type Node, nodeOf } from './node.ts';
import { primitives } from './primitives.ts';

/** Shown a tensor's gradient; may give another one in its place. */
export type Hook = (grad: Tensor) => Tensor | null;

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
  if (node !== null && retaining.has(t)) node.retainers = [...(node.retainers ?? []), t];
}

/** Shows the gradients of a node's results to those who asked for it, and puts theirs in their place. */
export function showGradients(node: Node, grads: (Tensor | null)[]): void {
  for (const { index, see } of node.hooks ?? []) {
    const grad = grads[index] ?? null;
    if (grad !== null) grads[index] = see(grad) ?? grad;
  }
  for (const t of node.retainers ?? []) {
    const grad = grads[t.outputIndex] ?? null;
    // A later version of the tensor has another node.
    if (grad === null || nodeOf(t) !== node) continue;
    if (t.grad !== null) t.grad = primitives().add(t.grad, grad);
    else t.grad = isGradEnabled() ? primitives().clone(grad) : copy(grad);
  }
}
