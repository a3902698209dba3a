/** torch.autograd.gradcheck: gradients compared with central differences. */
import { copy } from '../kernels/copy.ts';
import { fill } from '../kernels/pointwise.ts';
import { type DType, isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { grad } from './backward.ts';
import { unit } from './derivatives.ts';
import { elementsOf, isWithin, moves, slopesBetween } from './differences.ts';
import { Level, setForwardLevel, setTangent, tangentOf } from './forward.ts';
import type { TensorFunction } from './functional.ts';
import { withoutGradients } from './hooks.ts';
import { enableGrad } from './mode.ts';
import { nodeOf } from './node.ts';
import { primitives } from './primitives.ts';

export interface GradcheckOptions {
  readonly eps?: number;
  readonly atol?: number;
  readonly rtol?: number;
  /** How far two runs of the same rules may part. */
  readonly nondetTol?: number;
  /** Whether a gradient has to be of its input's dtype. */
  readonly dtypes?: boolean;
  /** Whether rules are tried where no gradient comes in. */
  readonly undefinedGrad?: boolean;
  /** Which ways of differentiating are checked. */
  readonly backward?: boolean;
  readonly forward?: boolean;
  /** Refuses results that are of another shape or dtype once an input has moved. */
  readonly neighbours?: (down: Tensor, up: Tensor) => void;
}

/** Where the analytical gradient and central differences part. */
export interface Mismatch {
  readonly forward: boolean;
  readonly output: number;
  readonly input: number;
  readonly numerical: Tensor;
  /** Null where no gradient flows at all, so that the differences should be zeros. */
  readonly analytical: Tensor | null;
}

const isChecked = (t: Tensor): boolean => t.requiresGrad && isFloating(t.dtype);

/**
 * Compares the gradients of `f` with central differences, with respect to the inputs that require grad; tells
 * where they part, or what else is wrong.
 *
 * @throws EngineError `value_range` where no input does, or where `f` gives another number of results each time
 */
export function gradcheck(
  f: TensorFunction,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Mismatch | string | null {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, nondetTol = 0, backward = true, forward = false } = options;
  if (!inputs.some((t) => t.requiresGrad))
    throw new EngineError(
      'value_range',
      'gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.',
    );
  // Whatever f does to its inputs, it does to leaves of this check's own.
  const points = inputs.map((t) => (isChecked(t) ? copy(t).requiresGrad_() : t));
  const outputs = enableGrad(() => f(points));
  const flowing = outputs.flatMap((t, i) => (t.requiresGrad ? [i] : []));
  const looked = flowing.length > 0 ? flowing : outputs.map((_, i) => i);
  const neighbours = options.neighbours ?? (() => {});
  const checked = inputs.flatMap((t, k) => (isChecked(t) ? [k] : []));
  const numericals = checked.map((k) => differences(f, points, k, looked, eps, neighbours));
  const part = (o: number, i: number, analytical: Tensor | null, isForward: boolean): Mismatch | null => {
    const numerical = numericals[i][o];
    if (isClose(analytical, numerical, atol, rtol)) return null;
    return { output: o, input: checked[i], numerical, analytical, forward: isForward };
  };
  for (let i = 0; i < checked.length && (backward || flowing.length === 0); i++) {
    const point = points[checked[i]];
    for (let o = 0; o < looked.length; o++) {
      if (flowing.length === 0) {
        const bad = part(o, i, null, false);
        if (bad !== null) return bad;
        continue;
      }
      const output = outputs[looked[o]];
      const analytical = jacobian(output, point);
      const again = jacobian(output, point);
      const bad = part(o, i, analytical.matrix, false);
      if (bad !== null) return bad;
      if (options.dtypes === true && analytical.dtype !== point.dtype) return 'Gradient has dtype mismatch';
      if (!isClose(again.matrix, analytical.matrix, nondetTol, 0))
        return `Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism was ${nondetTol}.`;
    }
  }
  if (flowing.length === 0) return null;
  if (forward) {
    for (let i = 0; i < checked.length; i++) {
      const found = along(f, points, checked[i], looked);
      for (let o = 0; o < looked.length; o++) {
        const bad = part(o, i, found[o], true);
        if (bad !== null) return bad;
      }
    }
  }
  const roots = flowing.map((o) => outputs[o]);
  const leaves = checked.map((k) => points[k]);
  return backward ? checkZeros(roots, leaves, options.undefinedGrad ?? true) : null;
}

/** What is wrong where zeros, or nothing at all, come in. */
function checkZeros(roots: readonly Tensor[], leaves: readonly Tensor[], undefinedGrad: boolean): string | null {
  const zeros = roots.map((t) => primitives().zerosLike(t));
  const found = grad(roots, leaves, zeros, { allowUnused: true, retainGraph: true });
  if (found.some((g) => g !== null && !isZero(g))) return 'backward not multiplied by grad_output';
  if (!undefinedGrad) return null;
  for (const root of roots) {
    try {
      const node = nodeOf(root);
      const given = node === null ? [] : withoutGradients(node);
      if (given.every((g) => g === null || isZero(g))) continue;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return 'Expected backward function to handle undefined output grads. Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"';
    }
    return 'Expected all input grads to be undefined or zero when all output grads are undefined or zero. Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"';
  }
  return null;
}

const isZero = (t: Tensor): boolean => isClose(copy(t), fill(empty([1, t.numel], t.dtype), 0), 0, 0);

/** The directions of the outputs `looked` at along each element of an input, as matrices of inputs by outputs. */
function along(f: TensorFunction, points: readonly Tensor[], k: number, looked: readonly number[]): Tensor[] {
  const before = setForwardLevel(null);
  const rows: (Float64Array | null)[][] = [];
  const duals = (i: number): Tensor[] =>
    points.map((t, at) => {
      if (!isChecked(t)) return t;
      const dual = t.detach();
      setTangent(dual, at === k ? unit(t, i) : primitives().zerosLike(t));
      return dual;
    });
  try {
    for (let i = 0; i < points[k].numel; i++) {
      setForwardLevel(new Level());
      const outputs = f(duals(i));
      rows.push(
        looked.map((o) => {
          const tangent = tangentOf(outputs[o]);
          return tangent === null ? null : elementsOf(tangent);
        }),
      );
    }
  } finally {
    setForwardLevel(before);
  }
  return looked.map((_, o) => {
    const width = rows.find((row) => row[o] !== null)?.[o]?.length ?? 0;
    const out = empty([rows.length, width], points[k].dtype);
    rows.forEach((row, i) => {
      if (row[o] !== null) (dataOf(out) as Float64Array).set(row[o], i * width);
    });
    return out;
  });
}

function isClose(analytical: Tensor | null, numerical: Tensor, atol: number, rtol: number): boolean {
  const want = dataOf(numerical) as Float64Array;
  const got = analytical === null ? undefined : (dataOf(analytical) as Float64Array);
  const from = analytical?.offset ?? 0;
  for (let i = 0; i < numerical.numel; i++) {
    const x = got === undefined ? 0 : got[from + i];
    if (got === undefined ? want[i] !== 0 : !isWithin(x, want[i], atol, rtol)) return false;
  }
  return true;
}

/** The analytical gradients of all elements of an output, as PyTorch shows them: inputs by outputs. */
export function jacobian(output: Tensor, input: Tensor): { readonly matrix: Tensor; readonly dtype: DType } {
  const matrix = empty([input.numel, output.numel], input.dtype);
  const to = dataOf(matrix) as Float64Array;
  for (let c = 0; c < output.numel; c++) {
    const [g] = grad([output], [input], [unit(output, c)], { retainGraph: true, allowUnused: true });
    if (g === null) continue;
    const from = elementsOf(g);
    for (let r = 0; r < input.numel; r++) to[r * output.numel + c] = from[r];
  }
  return { matrix, dtype: input.dtype };
}

/** Whether two matrices are as near to each other as `tolerance` says. */
export const areNear = (a: Tensor, b: Tensor, tolerance: number): boolean => isClose(a, b, tolerance, 0);

/** Central differences of the first output, by an input. */
export const firstDifferences = (f: TensorFunction, points: readonly Tensor[], k: number, eps: number): Tensor =>
  differences(f, points, k, [0], eps, () => {})[0];

/** Central differences of the outputs `looked` at, by an input, as matrices of inputs by outputs. */
function differences(
  f: TensorFunction,
  points: readonly Tensor[],
  k: number,
  looked: readonly number[],
  eps: number,
  neighbours: (down: Tensor, up: Tensor) => void,
): Tensor[] {
  const at = points[k];
  const run = (moved: Tensor): Tensor[] => {
    const all = enableGrad(() => f(points.with(k, moved.requiresGrad_())));
    return looked.map((o) => {
      if (all[o] === undefined)
        throw new EngineError('value_range', 'gradcheck expects a function that gives as many results each time');
      if (all[o].dtype === 'bool')
        throw new EngineError(
          'dtype',
          'Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.',
        );
      return all[o].detach();
    });
  };
  const cast = (t: Tensor): Tensor => primitives().to(t, at.dtype);
  let out: Tensor[] = looked.map(() => empty([at.numel, 0], at.dtype));
  for (const { place, low, high } of moves(at, eps, run)) {
    low.forEach((t, o) => {
      neighbours(t, high[o]);
    });
    if (place === 0) out = high.map((t) => empty([at.numel, t.numel], at.dtype));
    high.forEach((t, o) => {
      const n = out[o].shape[1];
      if (t.numel !== n || low[o].numel !== n)
        throw new EngineError('value_range', 'gradcheck expects a function that gives results of one shape each time');
      (dataOf(out[o]) as Float64Array).set(slopesBetween(cast(low[o]), cast(t), eps), place * n);
    });
  }
  return out;
}
