/** Runs rows of a table: an op's arguments, and what PyTorch 1.13 gives for them. */
import { expect, test } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import { contiguous } from '../../../src/kernels/copy.ts';
import { fill } from '../../../src/kernels/pointwise.ts';
import type { AnyParam } from '../../../src/ops/params.ts';
import { findOp } from '../../../src/ops/registry.ts';
import { type DType, isFloating } from '../../../src/tensor/dtype.ts';
import { heapAllocator } from '../../../src/tensor/storage.ts';
import { empty, fromStorage, Tensor } from '../../../src/tensor/tensor.ts';

type Num = number | bigint | boolean;

/** A flat tensor that requires a gradient where its dtype can have one. */
export function t(dtype: DType, ...data: Num[]): Tensor {
  const storage = heapAllocator.alloc(dtype, data.length);
  data.forEach((x, i) => {
    if (dtype === 'int64') (storage.data as BigInt64Array)[i] = BigInt(x);
    else (storage.data as Float64Array)[i] = Number(x);
  });
  return fromStorage(storage, [data.length]).requiresGrad_();
}

export const f64 = (...data: number[]): Tensor => t('float64', ...data);
export const f32 = (...data: number[]): Tensor => t('float32', ...data);
export const i64 = (...data: Num[]): Tensor => t('int64', ...data);
export const bool = (...data: boolean[]): Tensor => t('bool', ...data);

export const elements = (x: Tensor): (number | bigint)[] => {
  const c = contiguous(x);
  return [...(c.storage.data as Float64Array).subarray(c.offset, c.offset + c.numel)];
};

export interface Row {
  /** Op and arguments, in the order of the signature; `undefined` stands for a default. */
  readonly call: readonly [op: string, ...args: unknown[]];
  readonly dtype: DType;
  readonly value: readonly Num[];
  /** For each differentiable tensor, the gradient of the result's sum. */
  readonly grads?: readonly (readonly number[])[];
  readonly gradFn?: string;
}

function call([name, ...args]: Row['call']): Tensor {
  const op = findOp(name);
  if (op === undefined) throw new Error(`no op ${name}`);
  const read = (p: AnyParam, arg: unknown): unknown =>
    p.kind === 'attr' && arg !== undefined ? p.attr?.read(arg) : arg;
  return op.call(Object.fromEntries(op.params.map((p, i) => [p.key, read(p, args[i])]))) as Tensor;
}

/** Equal to within `rtol`, NaN and the infinities exactly, the sign of zero where `signs` says so. */
function same(got: readonly unknown[], want: readonly Num[], dtype: DType, rtol: number, signs: boolean): void {
  expect(got.length).toBe(want.length);
  want.forEach((w, i) => {
    const [a, b] = [Number(got[i]), Number(w)];
    if (!isFloating(dtype)) expect(BigInt(got[i] as number), `element ${i}`).toBe(BigInt(w));
    else if (a !== b && Number.isFinite(b))
      expect(Math.abs(a - b), `element ${i}: ${a}, want ${b}`).toBeLessThanOrEqual(
        (dtype === 'float32' ? 2e-6 : rtol) * Math.abs(b),
      );
    else if (signs || b !== 0) expect(a, `element ${i}`).toBe(b);
  });
}

const show = (x: unknown): string =>
  x instanceof Tensor
    ? `${x.dtype}(${elements(x)
        .map((e) => (Object.is(e, -0) ? '-0' : String(e)))
        .join(', ')})`
    : String(x instanceof Object && 'value' in x ? `${x.value}.` : x);

export function rows(table: readonly Row[], rtol = 1e-12): void {
  for (const row of table) {
    const [name, ...args] = row.call;
    test(`${name}(${args.map(show).join(', ')})`, () => {
      const out = call(row.call);
      expect(out.dtype).toBe(row.dtype);
      same(elements(out), row.value, row.dtype, rtol, true);
      const leaves = args.filter((a) => a instanceof Tensor && a.requiresGrad) as Tensor[];
      if (row.grads === undefined) {
        expect(out.requiresGrad).toBe(false);
        return;
      }
      if (row.gradFn !== undefined) expect(out.gradFn?.name).toBe(row.gradFn);
      const got = grad([out], leaves, [fill(empty(out.shape, out.dtype), 1)]);
      got.forEach((g, i) => {
        same(
          elements(g as Tensor),
          row.grads?.[i] ?? [],
          row.dtype === 'float32' ? 'float32' : leaves[i].dtype,
          rtol,
          false,
        );
      });
    });
  }
}

/** Calls that have to be refused, each with the code. */
export function refusals(table: readonly (readonly [code: string, op: string, ...args: unknown[]])[]): void {
  for (const [code, ...rest] of table) {
    test(`${rest[0]}(${rest.slice(1).map(show).join(', ')}) is refused: ${code}`, () => {
      expect(() => call(rest as unknown as Row['call'])).toThrow(expect.objectContaining({ code }));
    });
  }
}
