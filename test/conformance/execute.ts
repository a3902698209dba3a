/** Runs a golden case on the engine, straight through the op registry. */
import { grad } from '../../src/autograd/backward.ts';
import { contiguous, copy } from '../../src/kernels/copy.ts';
import type { OpDef } from '../../src/ops/define.ts';
import { type AnyParam, Refusal } from '../../src/ops/params.ts';
import { add, mul } from '../../src/ops/pointwise/arithmetic.ts';
import { sum } from '../../src/ops/reductions/sum.ts';
import { findOp } from '../../src/ops/registry.ts';
import { type DType, isFloating } from '../../src/tensor/dtype.ts';
import { Float } from '../../src/tensor/scalar.ts';
import { heapAllocator } from '../../src/tensor/storage.ts';
import { fromStorage, Tensor } from '../../src/tensor/tensor.ts';
import type { Case, Num, TensorCase, Tolerance } from './cases.ts';

const NON_FINITE: Record<string, number> = {
  NaN: Number.NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
  nan: Number.NaN,
  inf: Infinity,
  '-inf': -Infinity,
};

const toNumber = (x: Num): number =>
  typeof x === 'string' ? (NON_FINITE[x] ?? Number(x)) : typeof x === 'object' ? x.value : Number(x);

export function toTensor(t: TensorCase): Tensor {
  const storage = heapAllocator.alloc(t.dtype, t.data.length);
  if (t.dtype === 'int64')
    t.data.forEach((x, i) => {
      (storage.data as BigInt64Array)[i] = BigInt(typeof x === 'object' ? x.value : x);
    });
  else
    t.data.forEach((x, i) => {
      (storage.data as Float64Array)[i] = toNumber(x);
    });
  return fromStorage(storage, t.shape).requiresGrad_(t.requires_grad ?? false);
}

/** Elements in row-major order. */
export function elements(t: Tensor): (number | bigint)[] {
  const c = contiguous(t);
  return Array.from(c.storage.data.slice(c.offset, c.offset + c.numel) as Float64Array);
}

/** The registry's op that a Python function or method names. */
export function opFor(fn: string): OpDef | undefined {
  // torch.linalg.norm is not torch.norm, and torch.nn.functional.unfold is not Tensor.unfold.
  const linalg = fn.startsWith('torch.linalg.') ? findOp(fn.replace('torch.linalg.', 'linalg_')) : undefined;
  const own = fn.startsWith('torch.nn.functional.')
    ? findOp(fn.replace('torch.nn.functional.', 'nn_functional_'))
    : undefined;
  return (
    linalg ??
    own ??
    findOp(fn.replace(/^(torch\.nn\.functional|torch\.special|torch\.linalg|torch|Tensor)\./, '')) ??
    findOp(fn.replace(/^torch\./, '').replace('.', '_'))
  );
}

/** PyTorch's parameters that have no meaning here. */
const IGNORED = new Set([
  'inplace',
  'size_average',
  'reduce',
  'out',
  '_stacklevel',
  'memory_format',
  'device',
  'requires_grad',
  'layout',
  'pin_memory',
  'non_blocking',
  'copy',
]);
const LEGACY: Record<string, string[]> = {};

function value(raw: unknown, inputs: Record<string, Tensor>): unknown {
  if (Array.isArray(raw)) return raw.map((x) => value(x, inputs));
  if (raw === null || typeof raw !== 'object' || raw instanceof Float) return raw;
  const tagged = raw as Record<string, unknown>;
  // A number there is getitem's own: {"tensor": i}.
  if ('tensor' in tagged) return typeof tagged.tensor === 'number' ? raw : inputs[tagged.tensor as string];
  if ('dtype' in tagged) return tagged.dtype;
  if ('float' in tagged) return NON_FINITE[tagged.float as string];
  return raw;
}

function bind(param: AnyParam, raw: unknown): unknown {
  if (raw === null || raw === undefined || raw instanceof Tensor) return raw ?? undefined;
  if (param.kind === 'tensor') throw new TypeError(`${param.name}: expected a tensor, got ${JSON.stringify(raw)}`);
  if (param.kind === 'tensors' || param.attr === undefined) return raw;
  const read = param.attr.read(raw);
  if (read instanceof Refusal)
    throw new TypeError(`${param.name}: expected ${read.expected}, got ${JSON.stringify(raw)}`);
  return read;
}

export function callCase(c: Case, inputs: Record<string, Tensor>): readonly Tensor[] {
  if (c.call === undefined) throw new Error('no call');
  const op = opFor(c.call.fn);
  if (op === undefined) throw new Error(`no op for ${c.call.fn}`);
  let args = c.call.args.map((a) => value(a, inputs));
  const order = LEGACY[op.name] ?? op.params.map((p) => p.name as string);
  // x.reshape(2, 3) stands for x.reshape([2, 3]).
  const last = op.params[1];
  if (
    c.call.fn.startsWith('Tensor.') &&
    args.length > 1 &&
    typeof args[1] === 'number' &&
    last?.attr?.jsonSchema.type === 'array'
  ) {
    args = [args[0], args.slice(1)];
  }
  // block_diag(a, b) stands for block_diag([a, b]).
  const rest = op.params.findIndex((p) => p.variadic === true);
  if (rest >= 0 && args[rest] instanceof Tensor) args = [...args.slice(0, rest), args.slice(rest)];
  const named: Record<string, unknown> = {};
  const put = (name: string, raw: unknown): void => {
    const param = op.params.find((p) => p.name === name);
    if (param === undefined) {
      if (!IGNORED.has(name)) throw new TypeError(`${op.name} has no parameter ${name}`);
      return;
    }
    named[param.key] = bind(param, raw);
  };
  args.forEach((a, i) => {
    if (order[i] === undefined) throw new TypeError(`${op.name} takes ${order.length} arguments, got ${args.length}`);
    put(order[i], a);
  });
  for (const [name, raw] of Object.entries(c.call.kwargs)) put(name, value(raw, inputs));
  for (const p of op.params)
    if (p.required && named[p.key] === undefined) throw new TypeError(`${op.name} lacks ${p.name}`);
  const out = op.call(named);
  return out instanceof Tensor ? [out] : out;
}

export function compare(what: string, got: Tensor | null, want: TensorCase | null, tol: Tolerance): string | null {
  if (want === null || got === null) {
    const zero = (t: Tensor | null): boolean => t === null || elements(t).every((x) => Number(x) === 0);
    const wanted = want === null ? null : toTensor(want);
    return zero(got) && zero(wanted)
      ? null
      : `${what}: got ${got === null ? 'null' : elements(got)}, want ${want === null ? 'null' : JSON.stringify(want.data)}`;
  }
  if (got.dtype !== want.dtype) return `${what}: dtype ${got.dtype}, want ${want.dtype}`;
  if (got.shape.join() !== want.shape.join()) return `${what}: shape [${got.shape}], want [${want.shape}]`;
  const g = elements(got);
  const w = elements(toTensor(want));
  const rtol = toNumber(tol.rtol as never);
  const atol = toNumber(tol.atol as never);
  for (let i = 0; i < w.length; i++) {
    if (typeof w[i] === 'bigint' || !isFloating(want.dtype as DType)) {
      if (g[i] !== w[i]) return `${what}[${i}]: ${g[i]}, want ${w[i]}`;
      continue;
    }
    const [a, b] = [g[i] as number, w[i] as number];
    if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!Number.isFinite(a) || !Number.isFinite(b) || Math.abs(a - b) > atol + rtol * Math.abs(b))
      return `${what}[${i}]: ${a}, want ${b}`;
  }
  return null;
}

/** What is wrong with a case, or null. */
export function check(c: Case): string | null {
  const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, t]) => [name, toTensor(t)]));
  if (c.expect_error !== undefined) {
    try {
      callCase(c, inputs);
    } catch (error) {
      const name = (error as Error).name;
      return name === 'EngineError' ||
        (error instanceof TypeError && /expected|lacks|takes|no parameter/.test(error.message))
        ? null
        : `threw ${error}`;
    }
    return `should have raised ${c.expect_error.type}: ${c.expect_error.message}`;
  }
  const outs = callCase(c, inputs);
  if (outs.length !== c.outputs.length) return `${outs.length} outputs, want ${c.outputs.length}`;
  for (let i = 0; i < outs.length; i++) {
    const bad = compare(`output ${i}`, outs[i], c.outputs[i], c.tol);
    if (bad !== null) return bad;
  }
  return checkGradients(c, inputs, outs);
}

/** What is wrong with the gradients of a case's outputs, or null. */
export function checkGradients(c: Case, inputs: Record<string, Tensor>, outs: readonly Tensor[]): string | null {
  if (c.grads === undefined) return null;
  const names = Object.keys(c.grads);
  const roots = outs
    .map((t, i) => ({ t, v: c.cotangents?.[i] ?? null }))
    .filter((r) => r.v !== null && r.t.requiresGrad);
  const wantHvp = c.hvp !== undefined;
  const leaves = names.map((n) => inputs[n]);
  const got =
    roots.length === 0
      ? names.map(() => null)
      : grad(
          roots.map((r) => r.t),
          leaves,
          roots.map((r) => toTensor(r.v as TensorCase)),
          { allowUnused: true, createGraph: wantHvp },
        );
  for (let i = 0; i < names.length; i++) {
    const bad = compare(`grad ${names[i]}`, got[i], c.grads[names[i]], c.grad_tol ?? c.tol);
    if (bad !== null) return bad;
  }
  if (c.hvp === undefined) return null;
  let total: Tensor | null = null;
  names.forEach((n, i) => {
    const v = c.hvp?.v[n];
    const g = got[i];
    if (v == null || g === null || !g.requiresGrad) return;
    const term = sum(mul(g, copy(toTensor(v), g.dtype)));
    total = total === null ? term : add(total, term);
  });
  const hvpNames = Object.keys(c.hvp.result);
  const second =
    total === null
      ? hvpNames.map(() => null)
      : grad(
          [total],
          hvpNames.map((n) => inputs[n]),
          undefined,
          { allowUnused: true },
        );
  for (let i = 0; i < hvpNames.length; i++) {
    const bad = compare(`hvp ${hvpNames[i]}`, second[i], c.hvp.result[hvpNames[i]], c.hvp_tol ?? c.grad_tol ?? c.tol);
    if (bad !== null) return bad;
  }
  return null;
}
