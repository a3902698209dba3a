/**
 * The golden cases of float32 in float16 and bfloat16. What comes out must be what float32 gives for the
 * same inputs, rounded: in the dtype that PyTorch promotes to, near enough, and nothing else than numbers
 * that the dtype has.
 */
import { describe, expect, it } from 'vitest';
import { copy } from '../../src/kernels/copy.ts';
import { deferring, withKernelsFrom } from '../../src/kernels/deferred.ts';
import { withArena } from '../../src/tensor/arena.ts';
import { type DType, halfOf, rowOf } from '../../src/tensor/dtype.ts';
import { EngineError } from '../../src/tensor/errors.ts';
import { withAllocator } from '../../src/tensor/storage.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { type Case, loadCases } from './cases.ts';
import { callCase, elements, opFor, toTensor } from './execute.ts';
import { SKIPPED } from './skipped.ts';

const DTYPE_CASES: readonly DType[] = ['float16', 'bfloat16'];

const cases = loadCases().filter(
  (c) =>
    c.call !== undefined &&
    c.expect_error === undefined &&
    opFor(c.call.fn) !== undefined &&
    !(c.id in SKIPPED) &&
    Object.values(c.inputs).some((t) => t.dtype === 'float32') &&
    !JSON.stringify(c.call).includes('float'),
);

function inHalves(c: Case, dtype: DType): string | null {
  const half = halfOf(dtype);
  const { eps, max } = rowOf(dtype);
  const narrow: Record<string, Tensor> = {};
  const wide: Record<string, Tensor> = {};
  for (const [name, raw] of Object.entries(c.inputs)) {
    const t = toTensor(raw).detach();
    narrow[name] = t.dtype === 'float32' ? copy(t, dtype) : t;
    wide[name] = t.dtype === 'float32' ? copy(narrow[name], 'float32') : t;
  }
  let want: readonly Tensor[];
  try {
    want = callCase(c, wide);
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
  const got = callCase(c, narrow);
  // Ops made of several round after each, so that an error is as large as what cancels out.
  const involved = [...Object.values(wide), ...want].flatMap((t) => elements(t).map((x) => Math.abs(Number(x))));
  const scale = 4 * Math.max(...involved.filter(Number.isFinite), 0);
  for (let i = 0; i < want.length; i++) {
    const expected = want[i].dtype === 'float32' ? dtype : want[i].dtype;
    if (got[i].dtype !== expected) return `dtype ${got[i].dtype}, want ${expected}`;
    const [g, w] = [elements(got[i]).map(Number), elements(want[i]).map(Number)];
    if (g.length !== w.length) return `shape [${got[i].shape}], want [${want[i].shape}]`;
    for (let k = 0; k < g.length; k++) {
      if (Object.is(g[k], w[k])) continue;
      if (expected !== dtype) return `[${k}]: ${g[k]}, want ${w[k]}`;
      if (half !== undefined && !Object.is(half.round(g[k]), g[k])) return `[${k}]: ${g[k]} is no ${dtype}`;
      if (Math.abs(w[k]) > Number(max)) continue;
      if (!(Math.abs(g[k] - w[k]) <= (eps as number) * (2 * Math.abs(w[k]) + scale) + 2 ** -20))
        return `[${k}]: ${g[k]}, want ${w[k]}`;
    }
  }
  return null;
}

const byKernels = (c: Case, dtype: DType): string | null =>
  withKernelsFrom(1, () => withArena((arena) => withAllocator(arena, () => deferring(() => inHalves(c, dtype))), 0));

describe.each(DTYPE_CASES)('golden cases in %s', (dtype) => {
  for (const [op, group] of Map.groupBy(cases, (c) => c.op)) {
    it(`${op}`, () => {
      const failures = (group as Case[]).flatMap((c) =>
        [inHalves, byKernels].flatMap((run) => {
          let bad: string | null;
          try {
            bad = run(c, dtype);
          } catch (error) {
            bad = String(error instanceof EngineError ? error : (error as Error).stack).slice(0, 600);
          }
          return bad === null ? [] : [`${run.name} ${c.id} ${c.code}: ${bad}`];
        }),
      );
      expect(failures.join('\n')).toBe('');
    });
  }
});
