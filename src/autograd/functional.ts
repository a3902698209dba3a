/**
 * torch.autograd.functional: products with, and the whole of, the Jacobian and the Hessian of a
 * function of tensors. A result is nested as PyTorch nests it: by output, then by input.
 */
import { fill } from '../kernels/pointwise.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError, showShape } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { grad } from './backward.ts';
import { enableGrad } from './mode.ts';
import { primitives } from './primitives.ts';

/** A function of several tensors that gives several. */
export type TensorFunction = (inputs: readonly Tensor[]) => readonly Tensor[];

export interface FunctionalOptions {
  /** Whether what is given can itself be differentiated. */
  readonly createGraph?: boolean;
  /** Refuse an output that does not hang on an input, where else zeros stand. */
  readonly strict?: boolean;
}

const refuse = (message: string): EngineError => new EngineError('no_grad_required', message);

/** Inputs of a run of its own: leaves, or where the result is to be differentiated parts of the caller's graph. */
function prepare(inputs: readonly Tensor[], createGraph: boolean): Tensor[] {
  return inputs.map((t) => {
    if (createGraph && t.requiresGrad) return primitives().reshape(t, t.shape);
    return t.detach().requiresGrad_();
  });
}

/** A gradient that is not there is zero, unless that is to be refused. */
function grads(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  seeds: readonly (Tensor | null)[] | undefined,
  options: FunctionalOptions & { retain?: boolean },
): Tensor[] {
  const missing = (i: number): Tensor => {
    if (options.strict)
      throw refuse(
        `Output 0 of the user-provided function is independent of input ${i}. This is not allowed in strict mode.`,
      );
    return primitives().zerosLike(inputs[i]);
  };
  const rows = outputs.map((t, i) => [t, seeds?.[i] ?? null] as const).filter(([t]) => t.requiresGrad);
  if (rows.length === 0) return inputs.map((_, i) => missing(i));
  const found = grad(
    rows.map(([t]) => t),
    inputs,
    rows.map(([, v]) => v),
    {
      createGraph: options.createGraph,
      retainGraph: options.retain ?? options.createGraph,
      allowUnused: true,
    },
  );
  return found.map((g, i) => g ?? missing(i));
}

const settle = (tensors: readonly Tensor[], createGraph: boolean | undefined): Tensor[] =>
  tensors.map((t) => (createGraph ? t : t.detach()));

/** 1 at one place in row-major order, 0 elsewhere. */
function unit(like: Tensor, place: number): Tensor {
  const out = fill(empty(like.shape, like.dtype), 0);
  (dataOf(out) as Float64Array)[place] = 1;
  return out;
}

/** One Jacobian for each pair: `[output][input]`, shaped as the output and then as the input. */
export function jacobian(f: TensorFunction, inputs: readonly Tensor[], options: FunctionalOptions = {}): Tensor[][] {
  return enableGrad(() => {
    const own = prepare(inputs, options.createGraph ?? false);
    return f(own).map((output, o) => {
      if (!output.requiresGrad && options.strict)
        throw refuse(
          `Output ${o} of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode.`,
        );
      const rows: Tensor[][] = own.map(() => []);
      for (let place = 0; place < output.numel; place++) {
        const row = grads([output], own, [unit(output, place)], { ...options, retain: true });
        for (let i = 0; i < own.length; i++) rows[i].push(row[i]);
      }
      return own.map((input, i) => {
        const shape = [...output.shape, ...input.shape];
        const whole =
          rows[i].length > 0 ? primitives().reshape(primitives().stack(rows[i]), shape) : empty(shape, input.dtype);
        return options.createGraph ? whole : whole.detach();
      });
    });
  });
}

function onlyScalar(outputs: readonly Tensor[], what: string): Tensor {
  if (outputs.length !== 1)
    throw new EngineError('value_range', `The function given to ${what} should return a single Tensor`);
  if (outputs[0].numel !== 1)
    throw new EngineError(
      'non_scalar_backward',
      `The Tensor returned by the function given to ${what} should contain a single element, but it is of shape ${showShape(outputs[0].shape)}`,
    );
  return outputs[0];
}

/** One block for each pair of inputs: `[first][second]`. */
export function hessian(f: TensorFunction, inputs: readonly Tensor[], options: FunctionalOptions = {}): Tensor[][] {
  const slope: TensorFunction = (own) => {
    const out = onlyScalar(f(own), 'hessian');
    return grads([primitives().reshape(out, [])], own, undefined, { createGraph: true, strict: options.strict });
  };
  return jacobian(slope, inputs, options);
}

/** Vectors as they were sent, or ones where the function gives a single number. */
function vectors(v: readonly Tensor[] | undefined, like: readonly Tensor[], what: string): readonly Tensor[] {
  if (v === undefined) {
    if (like.length === 1 && like[0].numel === 1) return [primitives().onesLike(like[0])];
    throw new EngineError('non_scalar_backward', `The vector v can only be None if the ${what}.`);
  }
  if (v.length !== like.length)
    throw new EngineError(
      'shape_mismatch',
      `The given v is invalid: it should have ${like.length} entries, but got ${v.length}`,
    );
  return v.map((t, i) => {
    if (!sameShape(t.shape, like[i].shape))
      throw new EngineError(
        'shape_mismatch',
        `v has invalid size: should be torch.Size(${showShape(like[i].shape)}) but got torch.Size(${showShape(t.shape)}).`,
      );
    return t.dtype === like[i].dtype ? t : primitives().to(t, like[i].dtype);
  });
}

export interface Product {
  readonly outputs: Tensor[];
  readonly product: Tensor[];
}

/** `v` times the Jacobian. */
export function vjp(
  f: TensorFunction,
  inputs: readonly Tensor[],
  v?: readonly Tensor[],
  options: FunctionalOptions = {},
): Product {
  return enableGrad(() => {
    const own = prepare(inputs, options.createGraph ?? false);
    const outputs = f(own);
    const seeds = vectors(v, outputs, 'user-provided function returns a single Tensor with a single element');
    const product = grads(outputs, own, seeds, options);
    return { outputs: settle(outputs, options.createGraph), product: settle(product, options.createGraph) };
  });
}

/** The Jacobian times `v`: the gradient of vjp with respect to its vector. */
export function jvp(
  f: TensorFunction,
  inputs: readonly Tensor[],
  v?: readonly Tensor[],
  options: FunctionalOptions = {},
): Product {
  return enableGrad(() => {
    const own = prepare(inputs, options.createGraph ?? false);
    const directions = vectors(v, own, 'input to the user-provided function is a single Tensor with a single element');
    const outputs = f(own);
    const dummies = outputs.map((t) => primitives().zerosLike(t).requiresGrad_());
    const linear = grads(outputs, own, dummies, { createGraph: true, strict: options.strict });
    const product = grads(linear, dummies, directions, { createGraph: options.createGraph });
    return { outputs: settle(outputs, options.createGraph), product: settle(product, options.createGraph) };
  });
}

/** `v` times the Hessian. */
export function vhp(
  f: TensorFunction,
  inputs: readonly Tensor[],
  v?: readonly Tensor[],
  options: FunctionalOptions = {},
): Product {
  return enableGrad(() => {
    const own = prepare(inputs, options.createGraph ?? false);
    const directions = vectors(v, own, 'input to the user-provided function is a single Tensor with a single element');
    const out = onlyScalar(f(own), 'vhp');
    const slope = grads([out], own, undefined, { createGraph: true, strict: options.strict });
    const product = grads(slope, own, directions, options);
    return { outputs: settle([out], options.createGraph), product: settle(product, options.createGraph) };
  });
}

/** The Hessian times `v`. It is symmetric, so that this is {@link vhp}. */
export const hvp = vhp;

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
  readonly analytical: Tensor;
}

/** Compares the gradients of `f` with central differences. Only float64 inputs that require grad are looked at. */
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
  const wanted = inputs.map((t, i) => (t.requiresGrad && isFloating(t.dtype) ? i : -1)).filter((i) => i >= 0);
  const at = (values: readonly Tensor[]): readonly Tensor[] => {
    const all = [...inputs];
    wanted.forEach((i, k) => {
      all[i] = values[k];
    });
    return f(all).filter((t) => isFloating(t.dtype));
  };
  const points = wanted.map((i) => primitives().reshape(inputs[i].detach(), inputs[i].shape));
  const analytical = jacobian(at, points);
  for (let k = 0; k < points.length; k++) {
    const columns = differences((t) => at(points.map((p, j) => (j === k ? t : p))), points[k], eps);
    for (let o = 0; o < analytical.length; o++) {
      const a = primitives().reshape(analytical[o][k], [-1, points[k].numel]);
      const n = columns[o];
      const [x, y] = [dataOf(a), dataOf(n)] as Float64Array[];
      for (let i = 0; i < n.numel; i++) {
        if (!(x[a.offset + i] === y[i] || Math.abs(x[a.offset + i] - y[i]) <= atol + rtol * Math.abs(y[i])))
          return { output: o, input: wanted[k], numerical: n, analytical: a };
      }
    }
  }
  return null;
}

/** Central differences of every output, as matrices of outputs by inputs. */
function differences(f: (t: Tensor) => readonly Tensor[], at: Tensor, eps: number): Tensor[] {
  const flat = primitives().reshape(at, [-1]);
  let out: Tensor[] = [];
  for (let i = 0; i < at.numel; i++) {
    const step = (by: number): readonly Tensor[] => {
      const h = fill(empty([at.numel], at.dtype), 0);
      (dataOf(h) as Float64Array)[i] = by;
      return f(primitives().reshape(primitives().add(flat, h), at.shape)).map((t) =>
        primitives().reshape(t.detach(), [-1]),
      );
    };
    const [up, down] = [step(eps), step(-eps)];
    if (i === 0) out = up.map((t) => empty([t.numel, at.numel], t.dtype));
    up.forEach((t, o) => {
      const [to, u, d] = [dataOf(out[o]), dataOf(t), dataOf(down[o])] as Float64Array[];
      for (let r = 0; r < t.numel; r++) to[r * at.numel + i] = (u[t.offset + r] - d[down[o].offset + r]) / (2 * eps);
    });
  }
  return out;
}
