/**
 * torch.autograd.functional: products with, and the whole of, the Jacobian and the Hessian of a
 * function of tensors. A result is nested as PyTorch nests it: by output, then by input.
 */
import { isFloating } from '../tensor/dtype.ts';
import { EngineError, showShape } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { blocks, dummiesFor, gradients } from './derivatives.ts';
import { enableGrad } from './mode.ts';
import { nodeOf } from './node.ts';
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
    if (!isFloating(t.dtype)) throw refuse('only Tensors of floating point dtype can require gradients');
    return t.detach().requiresGrad_();
  });
}

/** What strict mode refuses of a backward run, by PyTorch's names of the runs: a gradient that is not there, or is constant. */
const STRICT = {
  back: (i: number) =>
    `The output of the user-provided function is independent of input ${i}. This is not allowed in strict mode.`,
  trick: (i: number) =>
    `The gradient with respect to the input is independent of entry ${i} in the grad_outputs when using the double backward trick to compute forward mode gradients. This is not allowed in strict mode.`,
  double: (i: number) =>
    `The jacobian of the user-provided function is independent of input ${i}. This is not allowed in strict mode.`,
  jacobian: (i: number, output: number) =>
    `Output ${output} of the user-provided function is independent of input ${i}. This is not allowed in strict mode.`,
} as const;

/** What strict mode wants to hang on the inputs. */
const WANTED = {
  outputs: (i: number) =>
    `Output ${i} of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode.`,
  gradients: (i: number) =>
    `The gradient with respect to input ${i} is independent of the inputs of the user-provided function. This is not allowed in strict mode.`,
  jacobian: (i: number) =>
    `While computing the hessian, found that the jacobian of the user-provided function with respect to input ${i} is independent of the input. This is not allowed in strict mode. You should ensure that your function is twice differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for example).`,
} as const;

function checkDependence(tensors: readonly Tensor[], what: keyof typeof WANTED, strict: boolean | undefined): void {
  if (strict !== true) return;
  tensors.forEach((t, i) => {
    if (!t.requiresGrad) throw refuse(WANTED[what](i));
  });
}

/** A gradient that is not there is zero, unless that is to be refused. */
function grads(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  seeds: readonly (Tensor | null)[] | undefined,
  options: Omit<FunctionalOptions, 'strict'> & {
    /** `absent`: refuse what is not there, but not what is constant. */
    strict?: boolean | 'absent';
    retain?: boolean;
    stage: keyof typeof STRICT;
    output?: number;
  },
): Tensor[] {
  const { strict, createGraph = false, stage, output = 0, retain = createGraph } = options;
  const missing = strict
    ? (i: number): never => {
        throw refuse(STRICT[stage](i, output));
      }
    : undefined;
  const found = gradients(outputs, inputs, seeds, { createGraph, retain, missing });
  if (strict !== true || !createGraph) return found;
  const i = found.findIndex((g) => !g.requiresGrad);
  if (i >= 0)
    throw refuse(
      `The ${stage === 'double' ? 'hessian' : 'jacobian'} of the user-provided function is independent of input ${stage === 'jacobian' ? output : i}. This is not allowed in strict mode when create_graph=True.`,
    );
  return found;
}

const settle = (tensors: readonly Tensor[], createGraph: boolean | undefined): Tensor[] =>
  tensors.map((t) => (createGraph ? t : t.detach()));

/** One Jacobian for each pair: `[output][input]`, shaped as the output and then as the input. */
export function jacobian(f: TensorFunction, inputs: readonly Tensor[], options: FunctionalOptions = {}): Tensor[][] {
  return enableGrad(() => {
    const own = prepare(inputs, options.createGraph ?? false);
    const outputs = f(own);
    checkDependence(outputs, 'outputs', options.strict);
    return outputs.map((output, o) => {
      if (!output.requiresGrad) return own.map((input) => empty([...output.shape, ...input.shape], input.dtype));
      const row = (seed: Tensor): Tensor[] =>
        grads([output], own, [seed], { ...options, retain: true, stage: 'jacobian', output: o });
      return blocks(output, own, row).map((whole) => {
        const made = nodeOf(whole);
        if (made !== null) made.name = 'ViewBackward0';
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
      'shape_mismatch',
      `The Tensor returned by the function given to ${what} should contain a single element`,
    );
  return outputs[0];
}

/** One block for each pair of inputs: `[first][second]`. */
export function hessian(f: TensorFunction, inputs: readonly Tensor[], options: FunctionalOptions = {}): Tensor[][] {
  const slope: TensorFunction = (own) => {
    const outputs = f(own);
    checkDependence(outputs, 'outputs', options.strict);
    const out = onlyScalar(outputs, 'hessian');
    const jac = grads([primitives().reshape(out, [])], own, undefined, { createGraph: true, stage: 'back' });
    checkDependence(jac, 'jacobian', options.strict);
    return jac;
  };
  return jacobian(slope, inputs, options);
}

/**
 * Vectors as they were sent, or ones where the function gives a single number. `several`: whether they
 * belong to several tensors, as messages have it.
 */
function vectors(
  v: readonly Tensor[] | undefined,
  like: readonly Tensor[],
  what: string,
  several = like.length !== 1,
): readonly Tensor[] {
  if (v === undefined) {
    if (like.length === 1 && like[0].numel === 1) return [primitives().onesLike(like[0])];
    throw new EngineError('shape_mismatch', `The vector v can only be None if the ${what}.`);
  }
  if (v.length !== like.length)
    throw new EngineError(
      'shape_mismatch',
      several
        ? `v is a tuple of invalid length: should be ${like.length} but got ${v.length}.`
        : 'The given v should contain a single Tensor.',
    );
  return v.map((t, i) => {
    if (!sameShape(t.shape, like[i].shape))
      throw new EngineError(
        'shape_mismatch',
        `${several ? `Entry ${i} in ` : ''}v has invalid size: should be torch.Size(${showShape(like[i].shape)}) but got torch.Size(${showShape(t.shape)}).`,
      );
    return t.dtype === like[i].dtype || !isFloating(like[i].dtype) ? t : primitives().to(t, like[i].dtype);
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
    checkDependence(outputs, 'outputs', options.strict);
    const seeds = vectors(v, outputs, 'user-provided function returns a single Tensor with a single element');
    const product = grads(outputs, own, seeds, { ...options, stage: 'back' });
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
    if (outputs.some((t) => !isFloating(t.dtype)))
      throw refuse('Only Tensors of floating point and complex dtype can require gradients');
    const dummies = dummiesFor(outputs);
    checkDependence(outputs, 'outputs', options.strict);
    const linear = grads(outputs, own, dummies, {
      createGraph: true,
      strict: options.strict && 'absent',
      stage: 'back',
    });
    checkDependence(linear, 'gradients', options.strict);
    const product = grads(linear, dummies, directions, { ...options, stage: 'trick' });
    return { outputs: settle(outputs, options.createGraph), product: settle(product, options.createGraph) };
  });
}

/** `v` times the Hessian. */
export function vhp(
  f: TensorFunction,
  inputs: readonly Tensor[],
  v?: readonly Tensor[],
  options: FunctionalOptions & { readonly what?: string } = {},
): Product {
  return enableGrad(() => {
    const own = prepare(inputs, options.createGraph ?? false);
    const directions = vectors(v, own, 'input to the user-provided function is a single Tensor with a single element');
    const results = f(own);
    checkDependence(results, 'outputs', options.strict);
    const out = onlyScalar(results, options.what ?? 'vhp');
    const slope = grads([out], own, undefined, {
      createGraph: true,
      strict: options.strict && 'absent',
      stage: 'back',
    });
    checkDependence(slope, 'jacobian', options.strict);
    const product = grads(slope, own, directions, { ...options, stage: 'double' });
    return { outputs: settle([out], options.createGraph), product: settle(product, options.createGraph) };
  });
}

/** The Hessian times `v`. It is symmetric, so that this is {@link vhp}. */
export const hvp = vhp;
