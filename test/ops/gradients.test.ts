/**
 * Every differentiable op's gradient, and its gradient's gradient, against central differences in
 * float64, at the op's own examples.
 */
import { describe, expect, it } from 'vitest';
import { grad } from '../../src/autograd/backward.ts';
import { noGrad } from '../../src/autograd/mode.ts';
import { readJson } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { materialize } from '../../src/graph/materialize.ts';
import { copy } from '../../src/kernels/copy.ts';
import type { Example, OpDef } from '../../src/ops/define.ts';
import { Refusal } from '../../src/ops/params.ts';
import { add, mul } from '../../src/ops/pointwise/index.ts';
import { sum } from '../../src/ops/reductions/index.ts';
import { ops } from '../../src/ops/registry.ts';
import { mT, tril } from '../../src/ops/shape/index.ts';
import { isFloating } from '../../src/tensor/dtype.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { flat, tensor } from '../support/tensors.ts';

const isNumber = (value: unknown): boolean => typeof value !== 'object';

/** The arguments of an example: tensors in float64, those that a gradient flows to as leaves. */
function argumentsOf(op: OpDef, example: Example): { args: Record<string, unknown>; leaves: Tensor[] } {
  const args: Record<string, unknown> = {};
  const leaves: Tensor[] = [];
  const read = (json: unknown, slot: 'tensor' | 'json'): unknown => readJson(Buffer.from(JSON.stringify(json)), slot);
  let first: readonly number[] = [];
  for (const param of op.params) {
    const raw = example[param.name];
    if (raw === undefined) continue;
    if (param.kind === 'attr' || (param.kind === 'operand' && isNumber(raw))) {
      const value = param.attr?.read(read(raw, 'json'));
      if (value instanceof Refusal) throw new Error(`${param.name}: ${value.expected}`);
      args[param.key] = value;
      continue;
    }
    const one = (json: unknown): Tensor => {
      const literal = read(json, 'tensor') as TensorLiteral;
      if (first.length === 0) first = literal.shape;
      const wanted = param.wantsFor?.(first, literal.shape) ?? param.wants ?? 'float64';
      const t = materialize(literal, wanted);
      const leaf = isFloating(t.dtype) ? copy(t, 'float64') : t;
      if (param.differentiable && isFloating(leaf.dtype)) leaves.push(leaf.requiresGrad_());
      return leaf;
    };
    args[param.key] = param.kind === 'tensors' ? (raw as unknown[]).map(one) : one(raw);
  }
  return { args, leaves };
}

/** Fixed numbers, all different, for cotangents and directions. */
const weights = (like: Tensor, seed: number): Tensor =>
  tensor(
    Array.from({ length: like.numel }, (_, i) => Math.sin(1.7 * i + seed) + 0.3),
    'float64',
    [...like.shape],
  );

const symmetric = (t: Tensor): Tensor => mul(add(t, mT(t)), 0.5);

/**
 * Ops that read one triangle of a matrix and give the gradient of the whole: differences are taken
 * through what makes the other triangle follow.
 */
const THROUGH: Record<string, Record<string, (t: Tensor) => Tensor>> = {
  cholesky: { input: symmetric },
  linalg_cholesky: { A: symmetric },
  linalg_cholesky_ex: { A: symmetric },
  cholesky_inverse: { L: (t) => tril(t) },
  cholesky_solve: { L: (t) => tril(t) },
  linalg_eigh: { A: symmetric },
  linalg_eigvalsh: { A: symmetric },
};

/** A scalar that hangs on every floating result. */
function objective(op: OpDef, args: Record<string, unknown>): Tensor | null {
  const through = Object.entries(THROUGH[op.name] ?? {}).map(([key, f]) => [key, f(args[key] as Tensor)]);
  const out = op.call({ ...args, ...Object.fromEntries(through) });
  let total: Tensor | null = null;
  for (const [i, t] of (out instanceof Tensor ? [out] : out).entries()) {
    if (op.constantResults.includes(i) || (!t.requiresGrad && !isFloating(t.dtype))) continue;
    const term = sum(mul(t, weights(t, i)));
    total = total === null ? term : add(total, term);
  }
  return total;
}

/** Central differences of `f` with respect to each element of `leaves`. */
function differences(f: () => number, leaves: readonly Tensor[], h: number): number[] {
  return leaves.flatMap((leaf) =>
    Array.from({ length: leaf.numel }, (_, i) => {
      const data = leaf.storage.data as Float64Array;
      const x = data[i];
      data[i] = x + h;
      const up = f();
      data[i] = x - h;
      const down = f();
      data[i] = x;
      return (up - down) / (2 * h);
    }),
  );
}

const close = (got: number[], want: number[], tolerance: number): void => {
  const scale = Math.max(1, ...want.map(Math.abs));
  expect(got.length).toBe(want.length);
  for (let i = 0; i < got.length; i++) {
    // No difference can be taken at an input that is itself NaN or infinite.
    if (Number.isNaN(want[i])) continue;
    expect(Math.abs(got[i] - want[i]) / scale, `element ${i}: ${got[i]} for ${want[i]}`).toBeLessThan(tolerance);
  }
};

const gradients = (leaves: Tensor[], total: Tensor, createGraph: boolean): Tensor[] =>
  grad([total], leaves, undefined, { createGraph, allowUnused: true }).map(
    (g, i) => g ?? tensor(leaves[i].numel === 0 ? [] : Array(leaves[i].numel).fill(0), 'float64', [...leaves[i].shape]),
  );

/** Ops that cannot be differenced, each with its reason. */
const EXEMPT: Record<string, string> = {
  ctc_loss: 'PyTorch has no second derivative of it either; its first is checked with its own tests',
  ctc_loss_slope: 'as ctc_loss',
  detach: 'its gradient is cut on purpose',
  with_data: 'its gradient is that of elements which it does not give',
};

const differentiable = ops.filter((op) => op.differentiable && !(op.name in EXEMPT));

describe.each(differentiable.map((op) => [op.name, op] as const))('%s', (_, op) => {
  it.each(op.examples.map((example, i) => [i, example] as const))(
    'example %i: gradient and second gradient',
    (_, example) => {
      const { args, leaves } = argumentsOf(op, example);
      const total = objective(op, args);
      if (total === null || !total.requiresGrad)
        return expect(leaves.length, 'an example without a floating input').toBe(0);
      const first = gradients(leaves, total, true);
      close(
        first.flatMap(flat),
        differences(() => noGrad(() => flat(objective(op, args) as Tensor)[0]), leaves, 1e-6),
        1e-6,
      );

      const along = (gs: Tensor[]): Tensor =>
        gs.map((g, i) => sum(mul(g, weights(g, i + 5)))).reduce((a, b) => add(a, b));
      const slope = along(first);
      const second = slope.requiresGrad
        ? gradients(leaves, slope, false)
        : leaves.map((l) => tensor(Array(l.numel).fill(0), 'float64', [...l.shape]));
      const slopeAgain = (): number => flat(along(gradients(leaves, objective(op, args) as Tensor, false)))[0];
      close(second.flatMap(flat), differences(slopeAgain, leaves, 1e-5), 1e-4);
    },
  );
});
