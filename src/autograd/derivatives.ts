/**
 * Derivatives of values that were computed already, by the history that they have. What they are taken with
 * respect to are independent arguments, even where one was computed from another.
 */
import { empty, type Tensor } from '../tensor/tensor.ts';
import { grad } from './backward.ts';
import { unit } from './functional.ts';
import { enableGrad } from './mode.ts';
import type { PassObserver } from './pass.ts';
import { primitives } from './primitives.ts';

export interface DerivativeOptions {
  readonly observer?: PassObserver;
  /**
   * What is thrown where an output, or with `input` null all of them, does not hang on an input (null: on any);
   * `order` 2 where that is said of a first derivative. Without it zeros stand there.
   */
  readonly strict?: (output: number | null, input: number | null, order: 1 | 2) => never;
}

interface How extends DerivativeOptions {
  readonly order?: 1 | 2;
  readonly createGraph?: boolean;
  readonly retain?: boolean;
  /** The number of the only output, among those that are differentiated one by one. */
  readonly output?: number;
}

/** The gradients of the outputs, weighted by `seeds`; zeros where there is none. */
function gradients(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  seeds: readonly (Tensor | null)[],
  { observer, strict, order = 1, createGraph = false, retain = true, output }: How,
): Tensor[] {
  const flowing = outputs.flatMap((t, i) => (t.requiresGrad ? [i] : []));
  if (flowing.length < outputs.length) {
    const first = outputs.findIndex((t) => !t.requiresGrad);
    strict?.(output ?? first, null, order);
  }
  const found: (Tensor | null)[] =
    flowing.length === 0
      ? inputs.map(() => null)
      : grad(
          flowing.map((i) => outputs[i]),
          inputs,
          flowing.map((i) => seeds[i]),
          { createGraph, retainGraph: retain, allowUnused: true, stopAtInputs: true, observer },
        );
  return found.map((g, i) => {
    if (g !== null) return g;
    strict?.(output ?? null, i, order);
    return primitives().zerosLike(inputs[i]);
  });
}

/** `v` times the Jacobian: like the inputs. `v` is null where the only output has one element. */
export const vjpOf = (
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  v: readonly (Tensor | null)[],
  options: DerivativeOptions = {},
): Tensor[] => gradients(outputs, inputs, v, options);

/** The Jacobian times `v`: like the outputs. It is the gradient of the product above with respect to its vector. */
export const jvpOf = (
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  v: readonly Tensor[],
  options: DerivativeOptions = {},
): Tensor[] =>
  enableGrad(() => {
    const dummies = outputs.map((t) => primitives().zerosLike(t).requiresGrad_());
    const linear = gradients(outputs, inputs, dummies, { ...options, createGraph: true });
    return gradients(linear, dummies, v, { observer: options.observer });
  });

/** One block for each pair, `[output][input]`: of the output's shape and then the input's. */
export function jacobianOf(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  options: DerivativeOptions = {},
  order: 1 | 2 = 1,
): Tensor[][] {
  return outputs.map((output, o) => {
    const rows: Tensor[][] = inputs.map(() => []);
    for (let place = 0; place < output.numel; place++) {
      const row = gradients([output], inputs, [unit(output, place)], { ...options, order, output: o });
      for (let i = 0; i < inputs.length; i++) rows[i].push(row[i]);
    }
    return inputs.map((input, i) => {
      const shape = [...output.shape, ...input.shape];
      if (rows[i].length === 0) return empty(shape, input.dtype);
      return primitives().reshape(primitives().stack(rows[i]), shape).detach();
    });
  });
}

/** Gradients of the outputs, weighted by `seeds`, such that they can be differentiated. */
export const slopesOf = (outputs: readonly Tensor[], inputs: readonly Tensor[], seeds: readonly Tensor[]): Tensor[] =>
  enableGrad(() => gradients(outputs, inputs, seeds, { createGraph: true }));

/** The first derivatives of an output of one element, such that they can be differentiated. */
const slopes = (output: Tensor, inputs: readonly Tensor[], options: DerivativeOptions): Tensor[] =>
  enableGrad(() => gradients([output], inputs, [null], { ...options, createGraph: true }));

/** One block for each pair of inputs, `[first][second]`. */
export const hessianOf = (output: Tensor, inputs: readonly Tensor[], options: DerivativeOptions = {}): Tensor[][] =>
  jacobianOf(slopes(output, inputs, options), inputs, options, 2);

/** `v` times the Hessian: like the inputs. */
export const vhpOf = (
  output: Tensor,
  inputs: readonly Tensor[],
  v: readonly Tensor[],
  options: DerivativeOptions = {},
): Tensor[] => gradients(slopes(output, inputs, options), inputs, v, { ...options, order: 2 });

/** The Hessian times `v`: like the inputs, by differentiating the gradient's product with a vector by that vector. */
export const hvpOf = (
  output: Tensor,
  inputs: readonly Tensor[],
  v: readonly Tensor[],
  options: DerivativeOptions = {},
): Tensor[] =>
  enableGrad(() => {
    const slope = slopes(output, inputs, options);
    const dummies = slope.map((t) => primitives().zerosLike(t).requiresGrad_());
    const linear = gradients(slope, inputs, dummies, { ...options, createGraph: true, order: 2 });
    return gradients(linear, dummies, v, { observer: options.observer });
  });
