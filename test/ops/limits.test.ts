/** What a few bytes of a request can name: every op, at numbers far beyond any tensor, ends soon and in words. */
import { describe, expect, it } from 'vitest';
import { readJson } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { Budget } from '../../src/engine/limits.ts';
import { materialise } from '../../src/graph/materialise.ts';
import { withPulse } from '../../src/kernels/pulse.ts';
import type { Example, OpDef } from '../../src/ops/define.ts';
import { type AnyParam, Refusal } from '../../src/ops/params.ts';
import { ops } from '../../src/ops/registry.ts';
import { EngineError } from '../../src/tensor/errors.ts';
import { withAllocator } from '../../src/tensor/storage.ts';
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
  return withAllocator(new Budget(2 ** 24), () => withPulse(look, body));
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
      return materialise(literal, param.wantsFor?.(first, literal.shape) ?? param.wants);
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
  return NUMBERS.flatMap((x) => [x, [x], [x, x], given.map(() => x), ...given.map((_, i) => given.with(i, x))])
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

/** How a call ended that ended badly. */
function complaint(op: OpDef, args: Record<string, unknown>): string | undefined {
  const begun = performance.now();
  let how = 'was answered';
  try {
    limited(() => op.call(args));
  } catch (error) {
    how = String(error);
    if (!(error instanceof EngineError || error instanceof Ended)) return `${op.name}: ${how}`;
  }
  // Far more than any call takes on a busy machine, and far less than what hangs.
  return performance.now() - begun > 5000 ? `${op.name} ${how} late` : undefined;
}

it('every op answers numbers beyond all bounds', { timeout: 60_000 }, () => {
  const complaints = ops.flatMap((op) => [...new Set([...calls(op)].map((args) => complaint(op, args)))]);
  expect(complaints.filter((text) => text !== undefined)).toEqual([]);
});
