/** What a few bytes of a request can name: every op, at numbers far beyond any tensor, ends soon and in words. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../src/autograd/backward.ts';
import { readJson } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { Budget } from '../../src/compute/budget.ts';
import { materialize } from '../../src/graph/materialize.ts';
import { withPulse } from '../../src/kernels/pulse.ts';
import { uniformFill } from '../../src/kernels/random/index.ts';
import { arange, onesLike, trilIndices, triuIndices } from '../../src/ops/creation/index.ts';
import type { Example, OpDef } from '../../src/ops/define.ts';
import { combinations, isin, nonzero, searchsorted, sort, unique } from '../../src/ops/indexing/index.ts';
import { einsum, linalgEigh, linalgInv, linalgSvd, matrixExp, multiDot } from '../../src/ops/linalg/index.ts';
import { multilabelMarginLoss } from '../../src/ops/losses/index.ts';
import { adaptiveAvgPool3d, avgPool1d } from '../../src/ops/nn/index.ts';
import { type AnyParam, Refusal } from '../../src/ops/params.ts';
import { bincount, kthvalue, median } from '../../src/ops/reductions/index.ts';
import { ops } from '../../src/ops/registry.ts';
import { chunk, expand, repeat, reshape, split, tensorSplit, unbind } from '../../src/ops/shape/index.ts';
import { EngineError } from '../../src/tensor/errors.ts';
import { heapAllocator, withAllocator } from '../../src/tensor/storage.ts';
import { empty, Tensor } from '../../src/tensor/tensor.ts';
import { refusal } from '../support/refusal.ts';
import { flat, tensor } from '../support/tensors.ts';

const NUMBERS = [-1, 0, 5e9, 1e15, Number.MAX_SAFE_INTEGER];

class Ended extends Error {}

/** Runs `body` with as little room and time as a small service has. */
function limited<T>(body: () => T): T {
  const end = performance.now() + 200;
  const look = (): void => {
    if (performance.now() > end) throw new Ended();
  };
  return withAllocator(new Budget(2 ** 24, heapAllocator), () => withPulse(look, body));
}

const isNumber = (value: unknown): boolean => typeof value !== 'object';
const read = (json: unknown, slot: 'tensor' | 'json'): unknown => readJson(Buffer.from(JSON.stringify(json)), slot);

function argumentsOf(op: OpDef, example: Example): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  let first: readonly number[] = [];
  for (const param of op.params) {
    const raw = example[param.name];
    if (raw === undefined) continue;
    const one = (json: unknown): Tensor => {
      const literal = read(json, 'tensor') as TensorLiteral;
      if (first.length === 0) first = literal.shape;
      return materialize(literal, param.wantsFor?.(first, literal.shape) ?? param.wants);
    };
    if (param.kind === 'attr' || (param.kind === 'operand' && isNumber(raw)))
      args[param.key] = param.attr?.read(read(raw, 'json'));
    else args[param.key] = param.kind === 'tensors' ? (raw as unknown[]).map(one) : one(raw);
  }
  return args;
}

/** Values that a parameter takes: a number where it wants one, in lists of the usual lengths where it wants them. */
function valuesOf(param: AnyParam, example: unknown): unknown[] {
  const given = Array.isArray(example) ? example : [1, 1];
  const beyond = NUMBERS.flatMap((x) => [x, [x], [x, x], given.map(() => x), ...given.map((_, i) => given.with(i, x))]);
  const lengths = [0, 1, 2, 3, 4, 5, 7].flatMap((n) => [1, 2, 0].map((x) => Array(n).fill(x)));
  return [...beyond, ...lengths, [[1, 2], [3]], [[0], [0, 1]]]
    .map((value) => param.attr?.read(value))
    .filter((value) => value !== undefined && !(value instanceof Refusal));
}

/** The same call with nothing along the first dimension of every tensor. */
const emptied = (args: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(args).map(([key, t]) => [
      key,
      t instanceof Tensor && t.ndim > 0 ? empty(t.shape.with(0, 0), t.dtype) : t,
    ]),
  );

/** The same call with one class index, count or place beyond all bounds. */
function* wild(args: Readonly<Record<string, unknown>>): Generator<Record<string, unknown>> {
  for (const [key, t] of Object.entries(args)) {
    if (!(t instanceof Tensor) || t.dtype !== 'int64' || t.numel === 0) continue;
    for (const x of NUMBERS) {
      const other = tensor(flat(t).with(0, x), 'int64', [...t.shape]);
      yield { ...args, [key]: other };
    }
  }
}

function* calls(op: OpDef): Generator<Record<string, unknown>> {
  for (const example of op.examples) {
    const args = argumentsOf(op, example);
    yield* wild(args);
    const numbers: [string, unknown][] = [];
    for (const param of op.params) {
      for (const value of param.attr === undefined ? [] : valuesOf(param, example[param.name])) {
        numbers.push([param.key, value]);
        yield { ...args, [param.key]: value };
        yield { ...emptied(args), [param.key]: value };
      }
    }
    for (const x of NUMBERS) yield { ...args, ...Object.fromEntries(numbers.filter(([, value]) => value === x)) };
  }
}

/** The call, and its gradient with respect to all that takes one. */
function callWithGradient(op: OpDef, args: Readonly<Record<string, unknown>>): void {
  const given = Object.entries(args).map(([key, t]) => [key, t instanceof Tensor ? t.detach().requiresGrad_() : t]);
  const own = Object.fromEntries(given) as Record<string, unknown>;
  const result = op.call(own);
  const outputs = (result instanceof Tensor ? [result] : result).filter((t) => t.requiresGrad);
  const leaves = Object.values(own).filter((t) => t instanceof Tensor && t.requiresGrad) as Tensor[];
  if (outputs.length > 0)
    grad(
      outputs,
      leaves,
      outputs.map((t) => onesLike(t)),
      { allowUnused: true },
    );
}

/** What a call was ended by, if not in one of the ways that a request is answered in. */
function complaint(op: OpDef, args: Readonly<Record<string, unknown>>): string | undefined {
  try {
    limited(() => callWithGradient(op, args));
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof Ended)) return `${op.name}: ${error}`;
  }
  return undefined;
}

it('every op answers numbers beyond all bounds', { timeout: 60_000 }, () => {
  const complaints = ops.flatMap((op) => [...new Set([...calls(op)].map((args) => complaint(op, args)))]);
  expect(complaints.filter((text) => text !== undefined)).toEqual([]);
});

const line = (n: number): Tensor => tensor(0, 'float64', [1]).alias([n], [0]);

describe('lists of results', () => {
  it.each<[string, () => unknown]>([
    ['chunk of nothing', () => chunk(empty([0], 'float64'), 5e9)],
    ['tensor_split', () => tensorSplit(line(3), 3e6)],
    ['split', () => split(line(1e8), 10)],
    ['unbind', () => unbind(line(1e8))],
    ['combinations', () => combinations(line(1), 5e9, true)],
  ])('%s', (_, body) => {
    const { code, message } = refusal(body);
    expect(code).toBe('budget');
    expect(message).toMatch(/would give \d+ tensors; at most 100000 are allowed/);
  });

  it('as many as are allowed', () => {
    expect(chunk(empty([0], 'float64'), 100_000)).toHaveLength(100_000);
    expect(unbind(line(100_000))).toHaveLength(100_000);
  });

  it('einsum and multi_dot take a thousand operands', () => {
    const one = tensor([[2]]);
    const many = new Array<Tensor>(1001).fill(one);
    expect(flat(multiDot(many.slice(1)))).toEqual([2 ** 1000]);
    expect(refusal(() => multiDot(many)).code).toBe('budget');
    expect(refusal(() => einsum(many.map(() => 'ij').join(), many)).code).toBe('budget');
  });
});

describe('tril_indices and triu_indices', () => {
  it.each([
    [3, 3, 0],
    [4, 2, 1],
    [4, 2, -1],
    [2, 5, 3],
    [5, 2, -4],
    [3, 3, -7],
    [3, 3, 9],
    [0, 3, 0],
    [3, 0, 0],
  ])('of %i by %i from %i', (rows, columns, offset) => {
    const where = (holds: (i: number, j: number) => boolean): number[] => {
      const all = Array.from({ length: rows * columns }, (_, k) => [Math.floor(k / columns), k % columns]);
      const kept = all.filter(([i, j]) => holds(i, j));
      return [...kept.map(([i]) => i), ...kept.map(([, j]) => j)];
    };
    expect(flat(trilIndices(rows, columns, offset))).toEqual(where((i, j) => j - i <= offset));
    expect(flat(triuIndices(rows, columns, offset))).toEqual(where((i, j) => j - i >= offset));
  });

  it('of rows without end', () => {
    expect(trilIndices(1.5e9, 0).shape).toEqual([2, 0]);
    expect(flat(triuIndices(1e15, 2))).toEqual([0, 0, 1, 0, 1, 1]);
    expect(flat(trilIndices(1e15, 1, -(1e15 - 2)))).toEqual([1e15 - 2, 1e15 - 1, 0, 0]);
    expect(refusal(() => limited(() => trilIndices(1e15, 1))).code).toBe('budget');
  });
});

it('a window that gets no room is not filled', () => {
  expect(adaptiveAvgPool3d(empty([0, 1, 1, 1, 1], 'float64'), [3e6, 3e6, 3e6]).shape).toEqual([0, 1, 3e6, 3e6, 3e6]);
});

describe('long loops are ended', () => {
  const matrix = tensor(
    Array.from({ length: 90_000 }, (_, i) => Math.sin(i * i)),
    'float64',
    [300, 300],
  );
  const row = reshape(matrix, [-1]);
  const long = repeat(row, [48]);
  const labels = arange(20_000);
  it.each<[string, () => unknown]>([
    ['sort', () => sort(long)],
    ['unique', () => unique(long)],
    ['median', () => median(long)],
    ['kthvalue', () => kthvalue(long, 1_000_000)],
    ['isin', () => isin(long, row)],
    ['searchsorted', () => searchsorted(labels, long)],
    ['nonzero', () => nonzero(expand(row, [400, 90_000]))],
    ['bincount', () => bincount(expand(arange(1), [4e7]))],
    ['svd', () => linalgSvd(matrix)],
    ['eigh', () => linalgEigh(matrix)],
    ['inverse', () => linalgInv(matrix)],
    ['matrix_exp', () => matrixExp(matrix)],
    ['avg_pool1d', () => avgPool1d(reshape(row, [1, -1]), 45_000, 1)],
    ['rand', () => uniformFill(empty([2 ** 22], 'float64'))],
    ['multilabel_margin_loss', () => multilabelMarginLoss(reshape(row, [-1]), arange(90_000))],
  ])('%s', (_, body) => {
    // The first look may come before the loop, where the work is only announced.
    let looks = 0;
    const end = (): void => {
      if (++looks === 2) throw new Ended();
    };
    expect(() => withPulse(end, body)).toThrow(Ended);
  });
});
