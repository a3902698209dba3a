/** Ops that are given by an expression: what follows from it, and what a definition says otherwise. */
import { beforeAll, describe, expect, it } from 'vitest';
import { grad } from '../../src/autograd/backward.ts';
import { type Call, withRecorder } from '../../src/autograd/recorder.ts';
import { withKernelsFrom } from '../../src/kernels/deferred.ts';
import * as f from '../../src/kernels/formula/expression.ts';
import type { OpDef } from '../../src/ops/define.ts';
import { attr, number, tensor as tensorParam } from '../../src/ops/params.ts';
import { definePointwise } from '../../src/ops/pointwise-op.ts';
import { findOp, ops, register } from '../../src/ops/registry.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import { flat, leaf, tensor } from '../support/tensors.ts';

/** `x e^(-rate x²)`: an activation with a parameter, in one entry. */
const wavelet = definePointwise({
  name: 'wavelet_for_test',
  category: 'activation',
  summary: 'A wave that dies away',
  params: [tensorParam('input'), attr('rate', number(), { default: 0.5, doc: 'How fast' })],
  expression: (x, { rate }) => f.mul(x, f.exp(f.neg(f.mul(rate, f.mul(x, x))))),
  backward: { name: 'wavelet_for_test_backward', examples: [{ grad_output: [1], self: [1] }] },
  examples: [{ input: [-1, 0, 2], rate: 0.5 }],
});

/** Its slope at the kink is PyTorch's convention for it, here the right one. */
const bent = definePointwise({
  name: 'bent_for_test',
  summary: 'A bend',
  expression: (x) => f.max(x, 0),
  slope: (x) => f.select(f.ge(x, 0), 1, 0),
  examples: [{ input: [-1, 0, 2] }],
});

beforeAll(() => register({ wavelet, backward: wavelet.backward, bent }));

const POINTS = [-1.5, -0.25, 0, 0.5, 2];
const slopeOf = (x: number, r: number): number => Math.exp(-r * x * x) * (1 - 2 * r * x * x);
const curveOf = (x: number, r: number): number => Math.exp(-r * x * x) * (4 * r * r * x ** 3 - 6 * r * x);

describe('an op of an expression', () => {
  it('has a value, a slope, its slope and the slope of that', () => {
    const x = leaf(POINTS);
    const ones = tensor(POINTS.map(() => 1));
    const out = wavelet(x, 0.75);
    const [g] = grad([out], [x], [ones], { createGraph: true }) as [Tensor];
    const [h] = grad([g], [x], [ones], { createGraph: true }) as [Tensor];
    const [k] = grad([h], [x], [ones]) as [Tensor];
    flat(out).forEach((v, i) => {
      const at = POINTS[i];
      expect(v).toBeCloseTo(at * Math.exp(-0.75 * at * at), 12);
      expect(flat(g)[i]).toBeCloseTo(slopeOf(at, 0.75), 12);
      expect(flat(h)[i]).toBeCloseTo(curveOf(at, 0.75), 12);
      expect(flat(k)[i]).toBeCloseTo((curveOf(at + 1e-6, 0.75) - curveOf(at - 1e-6, 0.75)) / 2e-6, 6);
    });
  });

  it('has kernels that give what its plain functions give, forwards and backwards', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const run = (): number[] => {
        const x = tensor(
          Array.from({ length: 40 }, (_, i) => (i - 20) / 7),
          dtype,
        ).requiresGrad_();
        const out = wavelet(x, 0.3);
        const [g] = grad([out], [x], [tensor(Array(40).fill(1), dtype)]) as [Tensor];
        return [...flat(out), ...flat(g)];
      };
      const [fast, plain] = [withKernelsFrom(1, run), withKernelsFrom(Infinity, run)];
      for (const [i, v] of fast.entries()) expect(v).toBeCloseTo(plain[i], dtype === 'float32' ? 6 : 14);
    }
  });

  it('records one op as its step back, which is known by its name', () => {
    const heard: Call[] = [];
    const x = leaf(POINTS);
    withRecorder({ deep: false, hear: (call) => heard.push(call) }, () => {
      const out = wavelet(x, 0.75);
      grad([out], [x], [tensor(POINTS.map(() => 1))]);
    });
    expect(heard.map(({ op }) => (op as OpDef).name)).toEqual(['wavelet_for_test', 'wavelet_for_test_backward']);
    expect(findOp('wavelet_for_test_backward')?.params.map((p) => p.name)).toEqual(['grad_output', 'self', 'rate']);
  });

  it('writes its LaTeX', () => {
    expect(wavelet.def.formula).toBe(String.raw`x\,e^{-\mathrm{rate}\,x^2}`);
    expect(wavelet.def.derivative).toBe(String.raw`e^{-\mathrm{rate}\,x^2}\,(1 - 2\,x^2\,\mathrm{rate})`);
    expect(wavelet.backward.def.formula).toBe(String.raw`g\,e^{-\mathrm{rate}\,x^2}\,(1 - 2\,x^2\,\mathrm{rate})`);
  });

  it('takes integers as the default float, unless it refuses them', () => {
    expect(wavelet(tensor([1, 2], 'int64')).dtype).toBe('float32');
    expect(() => findOp('silu')?.call({ input: tensor([1, 2], 'int64') })).toThrow(/implemented for float32/);
  });

  it('has the slope at a kink that it says', () => {
    const x = leaf([-1, 0, 1]);
    expect(flat(grad([bent(x)], [x], [tensor([1, 1, 1])])[0])).toEqual([0, 1, 1]);
    expect(bent.def.derivative).toBe(String.raw`[\,x \ge 0\,]`);
  });

  it('holds an element against a bound as its dtype has both', () => {
    // 0.1 of float32 is above 0.1, and equal to the bound that is rounded as it is.
    const x = tensor([0.1], 'float32');
    expect(flat(findOp('hardshrink')?.call({ input: x, lambd: 0.1 }) as Tensor)).toEqual([0]);
  });
});

describe('steps back', () => {
  it('of all ops are ops that the catalogue knows', () => {
    for (const op of ops) {
      const example = op.examples[0];
      const keys = op.params.filter((p) => p.kind === 'tensor' && p.differentiable);
      if (
        !['activation', 'pointwise'].includes(op.category) ||
        keys.length !== 1 ||
        Array.isArray((example[keys[0].name] as unknown[])?.[0])
      )
        continue;
      const heard: Call[] = [];
      withRecorder({ deep: false, hear: (call) => heard.push(call) }, () => {
        const x = leaf([0.25, 0.5]);
        const attrs = op.params.filter(
          (p) => p !== keys[0] && p.name in example && typeof example[p.name] !== 'object',
        );
        const out = op.call({ [keys[0].key]: x, ...Object.fromEntries(attrs.map((p) => [p.key, example[p.name]])) });
        if (out instanceof Tensor && out.requiresGrad)
          grad([out], [x], [tensor([1, 1], out.dtype)], { allowUnused: true });
      });
      for (const { op: called } of heard) expect(findOp((called as OpDef).name)).toBe(called);
    }
  });
});
