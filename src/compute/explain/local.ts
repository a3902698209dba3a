/** Local derivatives as tensors, by the very rules that the pass runs. */
import { grad as gradientsOf } from '../../autograd/backward.ts';
import { unit } from '../../autograd/derivatives.ts';
import { noGrad } from '../../autograd/mode.ts';
import { primitives } from '../../autograd/primitives.ts';
import { expandsTo, sameShape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { elementOf } from './numbers.ts';
import type { Spot, Step } from './record.ts';

/** Elements, of result and of argument, up to which a Jacobian is written out. */
const WRITTEN_OUT = 6;
/** Elements up to which a product is looked at element by element. */
const LOOKED_AT = 4096;

/** A tensor with a spot's place in the graph. Only its shape is to be read. */
function standIn({ leaf, node, index, shape, dtype }: Spot): Tensor {
  if (leaf !== null) return leaf;
  const one = empty([], dtype);
  const stand = one.alias(
    shape,
    shape.map(() => 0),
    0,
  );
  return Object.assign(stand, { gradFn: node, outputIndex: index, requiresGrad: true });
}

/** What the rule of a step gives for another gradient than the one that arrived. */
function ruleOf({ node, edge, from, to, beside }: Step, gradient: Tensor): Tensor | null {
  if (from.length !== 1 || to === null) return null;
  if (node !== null && edge !== null) {
    const grads: (Tensor | null)[] = new Array(from[0].index + 1).fill(null);
    grads[from[0].index] = gradient;
    const needed = node.edges.map((other) => other === edge);
    return noGrad(() => node.apply(grads, needed)[node.edges.indexOf(edge)] ?? null);
  }
  const options = { retainGraph: true, allowUnused: true, stopAtInputs: true };
  const found = gradientsOf([standIn(from[0])], beside.map(standIn), [gradient], options);
  return found[beside.indexOf(to)];
}

/** The derivatives of an element-wise op: what its rule makes of ones. */
export function slopesOf(step: Step): Tensor | undefined {
  const [spot] = step.from;
  const ones = noGrad(() => primitives().onesLike(empty(spot.shape, spot.dtype)));
  return ruleOf(step, ones) ?? undefined;
}

/** Whether `given` is `upstream` times `local`, element by element, as far as rounding lets it be. */
export function isProduct(upstream: Tensor, local: Tensor, given: Tensor): boolean {
  if (!sameShape(local.shape, given.shape) || !expandsTo(upstream.shape, local.shape)) return false;
  if (given.numel > LOOKED_AT) return true;
  const extra = local.ndim - upstream.ndim;
  const index: number[] = local.shape.map(() => 0);
  for (let k = 0; k < local.numel; k++) {
    let rest = k;
    for (let d = local.ndim - 1; d >= 0; d--) {
      index[d] = rest % local.shape[d];
      rest = Math.floor(rest / local.shape[d]);
    }
    const g = elementOf(
      upstream,
      upstream.shape.map((size, d) => (size === 1 ? 0 : index[d + extra])),
    );
    const [expected, got] = [g * elementOf(local, index), elementOf(given, index)];
    const size = Math.max(Math.abs(expected), Math.abs(got));
    if (Number.isFinite(size) && Math.abs(expected - got) > 1e-2 * size + 1e-30) return false;
  }
  return true;
}

/** The Jacobian of a small call, of the result's shape and then the argument's. */
export function jacobianOf(step: Step): Tensor | undefined {
  const [spot] = step.from;
  const { to } = step;
  if (step.from.length !== 1 || to === null) return undefined;
  const like = empty(spot.shape, spot.dtype);
  if (like.numel > WRITTEN_OUT || like.numel === 0) return undefined;
  const rows: Tensor[] = [];
  for (let place = 0; place < like.numel; place++) {
    const row = ruleOf(step, unit(like, place));
    if (row === null || row.numel > WRITTEN_OUT || row.numel === 0) return undefined;
    rows.push(row);
  }
  return noGrad(() => primitives().reshape(primitives().stack(rows), [...spot.shape, ...rows[0].shape]));
}
