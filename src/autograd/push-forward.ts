/**
 * Differentiation forward. The rules of ops are linear in the gradient that they are given. So the direction
 * of a result is the derivative, by that gradient, of what the rules make of it, along the directions of the
 * arguments: any op that can be differentiated twice has one.
 */
import type { Tensor } from '../tensor/tensor.ts';
import { grad } from './backward.ts';
import { setTangent, withoutForward } from './forward.ts';
import { enableGrad, isGradEnabled } from './mode.ts';
import type { Node } from './node.ts';
import { fit } from './pass.ts';
import { primitives } from './primitives.ts';

/**
 * Gives the results of a call their directions, null standing for those that have none. `node` is the call's,
 * with an edge for each of `tangents`, whose leaves are its own. `hangs`: whether any gradient flows to it all.
 */
export function pushForward(
  node: Node,
  tangents: readonly Tensor[],
  outputs: readonly (Tensor | null)[],
  hangs: boolean,
): void {
  const record = isGradEnabled() && hangs;
  const found = withoutForward(() =>
    enableGrad(() => {
      const dummies = outputs.map((t) => t && primitives().zerosLike(t).requiresGrad_());
      const grads = node.apply(
        dummies,
        tangents.map(() => true),
      );
      const roots = tangents.flatMap((tangent, i) => {
        const g = grads[i];
        return g?.requiresGrad === true ? [[fit(g, node.edges[i], node), tangent] as const] : [];
      });
      const wanted = dummies.filter((t) => t !== null);
      if (roots.length === 0) return wanted.map(() => null);
      return grad(
        roots.map(([g]) => g),
        wanted,
        roots.map(([, tangent]) => tangent),
        { createGraph: record, retainGraph: true, allowUnused: true },
      );
    }),
  );
  outputs
    .filter((t) => t !== null)
    .forEach((t, i) => {
      const tangent = found[i] ?? withoutForward(() => primitives().zerosLike(t));
      // It may be written to: only windows share what they show.
      const shared = t.base === null && tangents.some((other) => other.storage === tangent.storage);
      setTangent(t, shared ? withoutForward(() => primitives().clone(tangent)) : tangent);
    });
}
