/**
 * Which first gradients can be differentiated again. PyTorch 1.13 said of each golden case whether the
 * gradient that create_graph recorded requires grad: where it does, and the op is piecewise linear, a
 * second derivative is zeros, where it does not, it is refused.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { grad } from '../../src/autograd/backward.ts';
import { hardtanh, relu } from '../../src/ops/activations/index.ts';
import { onesLike } from '../../src/ops/creation/index.ts';
import { sameShape } from '../../src/tensor/shape.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { flat, leaf, tensor } from '../support/tensors.ts';
import { type Case, loadCases } from './cases.ts';
import { callCase, opFor, toTensor } from './execute.ts';
import { SKIPPED } from './skipped.ts';

/** By case and input: true, false, or null where there is no gradient at all. */
const known: Readonly<Record<string, Readonly<Record<string, boolean | null>>>> = JSON.parse(
  gunzipSync(readFileSync(new URL('data/create-graph.json.gz', import.meta.url))).toString(),
);

/** Where ours says something else, and why. */
const EXEMPT: Readonly<Record<string, string>> = {
  cdist: 'counting differences has no slope: ours is a constant',
  'linalg.det': 'PyTorch gives no gradient of matrices without elements',
  'linalg.matrix_power': 'the power 0 does not hang on the matrix',
  'linalg.norm': 'counting elements has no slope: ours is zeros, PyTorch gives none',
  'linalg.vector_norm': 'as linalg.norm',
  norm: 'as linalg.norm',
  logcumsumexp: 'PyTorch has no second derivative along a dimension of size 1',
  prod: 'PyTorch has none of a product of one',
  'nn.functional.pad': 'a mirrored or repeated border is made of indexing, whose gradient is a constant',
  'nn.functional.adaptive_avg_pool1d': 'PyTorch takes a plain mean for a single window',
};

/** Has no second derivative in PyTorch either. */
const ONCE = 'nn.functional.ctc_loss';

const listed = loadCases().filter(
  (c) =>
    known[c.id] !== undefined &&
    !(c.op in EXEMPT) &&
    !(c.id in SKIPPED) &&
    c.call !== undefined &&
    opFor(c.call.fn) !== undefined,
);

/** What is wrong with a case, or null. */
function check(c: Case): string | null {
  const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, t]) => [name, toTensor(t)]));
  const names = Object.keys(known[c.id]);
  const leaves = names.map((name) => inputs[name]);
  const roots = callCase(c, inputs).filter((t) => t.requiresGrad);
  const ones = roots.map((t) => onesLike(t));
  const found = grad(roots, leaves, ones, { createGraph: true, allowUnused: true });
  const ours = Object.fromEntries(names.map((name, i) => [name, found[i]?.requiresGrad ?? null]));
  if (JSON.stringify(ours) !== JSON.stringify(known[c.id]))
    return `${JSON.stringify(ours)} where PyTorch has ${JSON.stringify(known[c.id])}`;
  const again = found.filter((g): g is Tensor => g?.requiresGrad === true);
  if (again.length === 0 || c.op === ONCE) return null;
  const weights = again.map((g) => onesLike(g));
  const second = grad(again, leaves, weights, { allowUnused: true });
  const odd = leaves.findIndex((leaf, i) => second[i] !== null && !sameShape(second[i]?.shape ?? [], leaf.shape));
  return odd < 0 ? null : `the second derivative of ${names[odd]} has the shape ${second[odd]?.shape}`;
}

describe('a gradient under create_graph', () => {
  it('has many cases', () => expect(listed.length).toBeGreaterThan(1200));

  for (const [op, group] of Map.groupBy(listed, (c) => c.op)) {
    it(`of ${op} can be differentiated again where PyTorch's can`, () => {
      const failures = group.flatMap((c) => {
        const bad = check(c);
        return bad === null ? [] : [`${c.id} ${c.code}: ${bad}`];
      });
      expect(failures).toEqual([]);
    });
  }

  it('of a piecewise linear op has zeros for its derivative', () => {
    const x = leaf([-1, 0, 2]);
    for (const op of [relu, hardtanh]) {
      const [g] = grad([op(x)], [x], [tensor([3, 5, 7])], { createGraph: true }) as Tensor[];
      expect(flat(grad([g], [x], [tensor([1, 1, 1])])[0])).toEqual([0, 0, 0]);
    }
  });
});
