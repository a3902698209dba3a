/** Every activation at kinks, in tails and at what is no number: value, slope and its slope, as PyTorch has them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import { camel } from '../../../src/ops/params.ts';
import { findOp, opsOf } from '../../../src/ops/registry.ts';
import type { DType } from '../../../src/tensor/dtype.ts';
import { metaAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import { empty, type Tensor } from '../../../src/tensor/tensor.ts';
import { flat, leaf, tensor } from '../../support/tensors.ts';

type Num = number | string;

interface Row {
  op: string;
  params: Record<string, number | string>;
  grad_fn: string;
  output: Num[];
  slope: Num[];
  curvature: Num[] | null;
}

const table = JSON.parse(readFileSync(new URL('./torch-edges.json', import.meta.url), 'utf8')) as {
  x: Num[];
  cases: Row[];
};
const x = table.x.map(Number);

const call = (name: string, args: Record<string, unknown>): Tensor => {
  const op = findOp(name);
  if (op === undefined) throw new Error(`no op ${name}`);
  return op.call(args) as Tensor;
};

function compare(what: string, got: readonly number[], want: readonly Num[]): void {
  want.forEach((w, i) => {
    const [a, b] = [got[i], Number(w)];
    const same = a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 1e-12 + 1e-9 * Math.abs(b);
    expect(same, `${what} at ${x[i]}: ${a}, PyTorch has ${b}`).toBe(true);
  });
}

/** Where we differ on purpose, and why. */
const DIFFERENT: Record<string, { at: (x: number) => boolean; why: string }> = {
  'mish curvature': { at: (v) => v >= 800, why: 'PyTorch overflows to NaN in a tail where the curvature is 0' },
  'hardsigmoid slope': { at: (v) => Math.abs(v) < 3, why: "PyTorch's sixth is one of float32" },
  'hardswish slope': {
    at: (v) => v === 3,
    why: "PyTorch's vector loop and its scalar loop differ here: we follow the scalar one",
  },
};

function without(what: string, values: readonly Num[], got: readonly number[]): Num[] {
  return values.map((v, i) => (DIFFERENT[what]?.at(x[i]) ? got[i] : v));
}

describe('activations at their edges', () => {
  it.each(table.cases)('$op $params', (row) => {
    const input = leaf(x);
    const params = Object.fromEntries(Object.entries(row.params).map(([name, value]) => [camel(name), value]));
    const y = call(row.op, { input, ...params });
    expect(y.gradFn?.name).toBe(row.grad_fn);
    compare('output', flat(y), row.output);
    const ones = tensor(x.map(() => 1));
    const [g] = grad([y], [input], [ones], { createGraph: true }) as [Tensor];
    compare('slope', flat(g), without(`${row.op} slope`, row.slope, flat(g)));
    if (row.curvature === null) return;
    const h = g.requiresGrad ? grad([g], [input], [ones], { allowUnused: true })[0] : null;
    const got = h === null ? x.map(() => 0) : flat(h);
    compare('curvature', got, without(`${row.op} curvature`, row.curvature, got));
  });
});

const FLOAT_ONLY = [
  'leaky_relu',
  'elu',
  'selu',
  'celu',
  'gelu',
  'silu',
  'mish',
  'softplus',
  'softshrink',
  'hardshrink',
  'hardsigmoid',
  'hardswish',
  'logsigmoid',
  'rrelu',
  'softmax',
  'log_softmax',
  'softmin',
  'glu',
];

describe('dtypes', () => {
  it.each(FLOAT_ONLY)('%s refuses integers', (op) => {
    for (const dtype of ['int64', 'int32', 'uint8'] as DType[])
      expect(() => call(op, { input: tensor([0, 1, 3, 7], dtype) })).toThrow(/implemented for/);
  });

  it.each([
    ['relu', {}, [0, 1, 3, 7], 'int64'],
    ['relu6', {}, [0, 1, 3, 6], 'int32'],
    ['relu6', {}, [0, 1, 3, 6], 'uint8'],
    ['hardtanh', {}, [0, 1, 1, 1], 'int64'],
    ['hardtanh', { minVal: -1.5, maxVal: 2.5 }, [0, 1, 2, 2], 'int64'],
    ['threshold', { threshold: 0.5, value: 2.7 }, [2, 1, 3, 7], 'int64'],
    ['threshold', { threshold: 1, value: -2 }, [254, 254, 3, 7], 'uint8'],
  ] as const)('%s %j of integers is %j, %s', (op, params, want, dtype) => {
    const y = call(op, { input: tensor([0, 1, 3, 7], dtype), ...params });
    expect([y.dtype, flat(y)]).toEqual([dtype, want]);
  });

  it.each(['sigmoid', 'tanh', 'softsign', 'tanhshrink'])('%s of integers is float32', (op) => {
    expect(call(op, { input: tensor([0, 1], 'int64') }).dtype).toBe('float32');
  });

  it.each([
    ['relu', {}, 'bool', /bool/],
    ['hardtanh', {}, 'bool', /bool/],
    ['threshold', { threshold: 0, value: 0 }, 'bool', /bool/],
    ['hardtanh', {}, 'uint8', /negative limits/],
    ['threshold', { threshold: 1, value: 300 }, 'uint8', /overflow/],
  ] as const)('%s %j refuses %s', (op, params, dtype, message) => {
    expect(() => call(op, { input: tensor([0, 1], dtype), ...params })).toThrow(message);
  });

  it('rounds a threshold as the input is rounded', () => {
    const y = call('threshold', { input: tensor([0.1], 'float32'), threshold: 0.1, value: -1 });
    expect(flat(y)).toEqual([-1]);
  });
});

describe('softmax and its kin', () => {
  it.each([
    ['softmax', [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], [NaN, NaN]],
    ['softmax', [Number.POSITIVE_INFINITY, 1], [NaN, NaN]],
    ['softmax', [Number.NEGATIVE_INFINITY, 0], [0, 1]],
    ['log_softmax', [Number.NEGATIVE_INFINITY, 0], [Number.NEGATIVE_INFINITY, 0]],
    ['log_softmax', [1000, 0], [0, -1000]],
  ])('%s of %j is %j', (op, input, want) => {
    expect(flat(call(op, { input: tensor(input), dim: 0 }))).toEqual(want);
  });

  it('takes the first dimension of 0, 1 and 3, the second of others, where none is named', () => {
    for (const [shape, dim] of [
      [[], 0],
      [[3], 0],
      [[2, 3], 1],
      [[2, 3, 2], 0],
      [[1, 2, 3, 2], 1],
    ] as const) {
      const n = shape.reduce((a: number, b: number) => a * b, 1);
      const input = tensor(
        Array.from({ length: n }, (_, i) => Math.sin(i)),
        'float64',
        [...shape],
      );
      expect(flat(call('softmax', { input }))).toEqual(flat(call('softmax', { input, dim })));
    }
  });

  it('refuses a dimension that is not there', () => {
    expect(() => call('softmax', { input: tensor([[1, 2]]), dim: 2 })).toThrow(/\[-2, 1\], but got 2/);
  });
});

describe('shapes', () => {
  it.each([
    ['glu', { input: tensor([[1, 2, 3]]) }, /dimension 1 of the shape \[1, 3\] is of size 3/],
    ['glu', { input: tensor(1) }, /0-d/],
    [
      'prelu',
      { input: tensor([1, 2, 3]), weight: tensor([1, 2, 3]) },
      /3 elements, input of shape \[3\] has 1 channels/,
    ],
    ['prelu', { input: tensor(1), weight: tensor([1, 2]) }, /0-d input/],
    ['prelu', { input: tensor([[1, 2]]), weight: tensor([[1, 2]]) }, /\[1, 2\]/],
    ['prelu', { input: tensor([[1, 2]], 'float32'), weight: tensor([1, 2]) }, /float64/],
    ['celu', { input: tensor([1]), alpha: 0 }, /alpha cannot be 0/],
    ['rrelu', { input: tensor([1]), lower: 0.5, upper: 0.1 }, /lower bound/],
    ['rrelu', { input: tensor([1]), upper: Number.POSITIVE_INFINITY, training: true }, /finite/],
  ])('%s refuses %#', (op, args, message) => {
    expect(() => call(op, args)).toThrow(message);
  });

  it('mish has no slope at the least numbers, by its kernel too', () => {
    const input = tensor(Array.from({ length: 2048 }, () => -3e38));
    const x32 = call('to', { input, dtype: 'float32' }).requiresGrad_();
    const y = call('mish', { input: x32 });
    const [g] = grad([y], [x32], [call('ones_like', { input: y })]) as [Tensor];
    expect(flat(g).every((v) => v === 0)).toBe(true);
  });

  it('rrelu draws slopes within its bounds, and its gradient has the same ones', () => {
    const input = leaf([-1, -2, -3, 4, 0]);
    const y = call('rrelu', { input, lower: 0.2, upper: 0.4, training: true });
    const [g] = grad([y], [input], [tensor([1, 1, 1, 1, 1])]) as [Tensor];
    const slopes = flat(g);
    flat(y).forEach((v, i) => {
      expect(v).toBeCloseTo(slopes[i] * flat(input)[i], 12);
    });
    for (const i of [0, 1, 2, 4]) expect(slopes[i]).toBeGreaterThanOrEqual(0.2);
    for (const i of [0, 1, 2, 4]) expect(slopes[i]).toBeLessThanOrEqual(0.4);
    expect(slopes[3]).toBe(1);
  });

  it.each(opsOf('activation').filter((op) => op.name !== 'prelu'))(
    '$name keeps to empty tensors, and needs no elements to know its shape',
    (op) => {
      const more = op.name === 'threshold' ? { threshold: 0, value: 0 } : {};
      const y = op.call({ input: leaf([]), ...more }) as Tensor;
      expect(y.shape).toEqual([0]);
      withAllocator(metaAllocator, () => {
        const input = empty([2, 4], 'float32').requiresGrad_();
        const out = op.call({ input, ...more, training: true }) as Tensor;
        const [g] = grad([out], [input], [empty(out.shape, 'float32')], { createGraph: true }) as [Tensor];
        expect(g.shape).toEqual([2, 4]);
      });
    },
  );
});
