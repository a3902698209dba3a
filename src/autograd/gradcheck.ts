/** torch.autograd.gradcheck: gradients compared with central differences. */
import { copy } from '../kernels/copy.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { grad } from './backward.ts';
import { type TensorFunction, unit } from './functional.ts';
import { enableGrad } from './mode.ts';
import { primitives } from './primitives.ts';

export interface GradcheckOptions {
  readonly eps?: number;
  readonly atol?: number;
  readonly rtol?: number;
}

/** Where the analytical gradient and central differences part. */
export interface Mismatch {
  readonly output: number;
  readonly input: number;
  readonly numerical: Tensor;
  /** Null where no gradient flows at all, so that the differences should be zeros. */
  readonly analytical: Tensor | null;
}

const isChecked = (t: Tensor): boolean => t.requiresGrad && isFloating(t.dtype);

/**
 * Compares the gradients of `f` with central differences, with respect to the inputs that require grad.
 *
 * @throws EngineError `value_range` where none does, or where `f` gives another number of results each time
 */
export function gradcheck(
  f: TensorFunction,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Mismatch | null {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3 } = options;
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
  for (let k = 0; k < inputs.length; k++) {
    if (!isChecked(inputs[k])) continue;
    const columns = differences(f, points, k, looked, eps);
    for (let o = 0; o < looked.length; o++) {
      const numerical = columns[o];
      const analytical = flowing.length > 0 ? jacobian(outputs[looked[o]], points[k]) : null;
      if (!isClose(analytical, numerical, atol, rtol)) return { output: o, input: k, numerical, analytical };
    }
  }
  return null;
}

function isClose(analytical: Tensor | null, numerical: Tensor, atol: number, rtol: number): boolean {
  const want = dataOf(numerical) as Float64Array;
  const got = analytical === null ? undefined : (dataOf(analytical) as Float64Array);
  const from = analytical?.offset ?? 0;
  for (let i = 0; i < numerical.numel; i++) {
    const x = got === undefined ? 0 : got[from + i];
    if (
      got === undefined ? want[i] !== 0 : x !== want[i] && !(Math.abs(x - want[i]) <= atol + rtol * Math.abs(want[i]))
    )
      return false;
  }
  return true;
}

/** The analytical gradients of all elements of an output, as PyTorch shows them: inputs by outputs. */
function jacobian(output: Tensor, input: Tensor): Tensor {
  const out = empty([input.numel, output.numel], input.dtype);
  const to = dataOf(out) as Float64Array;
  for (let c = 0; c < output.numel; c++) {
    const [g] = grad([output], [input], [unit(output, c)], { retainGraph: true, allowUnused: true });
    if (g === null) continue;
    const row = copy(g);
    const from = dataOf(row) as Float64Array;
    for (let r = 0; r < input.numel; r++) to[r * output.numel + c] = from[row.offset + r];
  }
  return out;
}

/** Central differences of the outputs `looked` at, by an input, as matrices of inputs by outputs. */
function differences(
  f: TensorFunction,
  points: readonly Tensor[],
  k: number,
  looked: readonly number[],
  eps: number,
): Tensor[] {
  const at = points[k];
  const step = (i: number, by: number): Tensor[] => {
    const moved = copy(at).requiresGrad_();
    (dataOf(moved) as Float64Array)[moved.offset + i] += by;
    const all = enableGrad(() => f(points.with(k, moved)));
    return looked.map((o) => {
      if (all[o] === undefined)
        throw new EngineError('value_range', 'gradcheck expects a function that gives as many results each time');
      if (all[o].dtype === 'bool')
        throw new EngineError(
          'dtype',
          'Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.',
        );
      return primitives().reshape(primitives().to(all[o].detach(), at.dtype), [-1]);
    });
  };
  let out: Tensor[] = looked.map(() => empty([at.numel, 0], at.dtype));
  for (let i = 0; i < at.numel; i++) {
    const [up, down] = [step(i, eps), step(i, -eps)];
    if (i === 0) out = up.map((t) => empty([at.numel, t.numel], at.dtype));
    up.forEach((t, o) => {
      const n = out[o].shape[1];
      if (t.numel !== n || down[o].numel !== n)
        throw new EngineError('value_range', 'gradcheck expects a function that gives results of one shape each time');
      const [to, u, d] = [dataOf(out[o]), dataOf(t), dataOf(down[o])] as Float64Array[];
      for (let c = 0; c < n; c++) to[i * n + c] = (u[t.offset + c] - d[down[o].offset + c]) / (2 * eps);
    });
  }
  return out;
}
