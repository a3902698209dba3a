/** Results of functions that bring their own gradient rule: torch.autograd.Function. */
import { isFloating } from '../tensor/dtype.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type BackwardRule, edgeTo, Node, nodeOf } from './node.ts';
import { primitives } from './primitives.ts';
import { withRecorder } from './recorder.ts';
import { adopt, noteWindow, noteWrite } from './windows.ts';
import { refuse } from './write-checks.ts';

/** Notes that a function wrote to a tensor, by whichever way: `ctx.mark_dirty`. */
export const markWritten = (t: Tensor): void => noteWrite(t);

/** Refuses to give a tensor that was written to the history of a node with `results` results. */
export function checkWritten(t: Tensor, results: number, tracked: boolean): void {
  if (t.isLeaf && t.base === null && t.requiresGrad)
    throw refuse('a leaf Variable that requires grad has been used in an in-place operation.');
  if (!tracked || t.base === null) return;
  if (t.base.isLeaf && t.base.requiresGrad)
    throw refuse('a view of a leaf Variable that requires grad has been used in an in-place operation.');
  if (results > 1)
    throw refuse(
      'If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than one Tensor. This is not supported by the current autograd engine. You should either make sure the input is not a view (using .clone() for example) or make your Function only return one Tensor (potentially splitting it into two Functions: one doing the inplace that returns a single Tensor and a second one that does the other operations). You can ask on the forum https://discuss.pytorch.org/ if you need help to do this change.',
    );
}

/** Makes a tensor a result of `node`: what was made outside of any graph, or a window that shows an input. */
export function makeResult(t: Tensor, node: Node, index: number): void {
  if (!isFloating(t.dtype)) return;
  Object.assign(t, { requiresGrad: true, gradFn: node, outputIndex: index });
  if (t.base !== null) t.windowKind = 'custom';
}

/** Makes a tensor that was written to the next version of itself: a result of `node`, and so is its part of its base. */
export function makeNextVersion(t: Tensor, node: Node, index: number): void {
  if (!isFloating(t.dtype)) return;
  const written = t.alias();
  Object.assign(written, { requiresGrad: true, gradFn: node, outputIndex: index });
  adopt(t, written);
  const { base } = t;
  if (base === null) return;
  const out = base.alias();
  // The writes themselves were heard as they were made.
  withRecorder(null, () => noteWindow(base, t, written, out));
  if (nodeOf(out) !== null) adopt(base, out);
  t.windowVersion = -1;
}

/**
 * Gives results of a computation that nobody recorded a history by which they cannot be differentiated: whoever
 * tries is refused by `refuse`. Nothing is reached beyond: each has a leaf of its own to stand for what it was
 * made of.
 */
export function closed<T>(results: readonly T[], refuse: () => never): T[] {
  const isOpen = (t: unknown): t is Tensor => t instanceof Tensor && isFloating(t.dtype);
  const edges = results.map((t, i) => (isOpen(t) ? edgeTo(t.detach().requiresGrad_(), i) : null));
  const rule: BackwardRule = { apply: refuse };
  const node = new Node(
    'Error',
    rule,
    edges.filter((edge) => edge !== null),
    {},
  );
  node.shown = edges;
  return results.map((t, i) =>
    isOpen(t) ? (Object.assign(t.detach(), { requiresGrad: true, gradFn: node, outputIndex: i }) as T) : t,
  );
}

/** Tensors of which each stands in one place alone: what comes twice is copied. */
export const apart = (tensors: readonly (Tensor | null)[]): (Tensor | null)[] =>
  tensors.map((t, i) => (t !== null && tensors.indexOf(t) < i ? primitives().clone(t) : t));
