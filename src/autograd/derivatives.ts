/**
 * Derivatives of values that were computed already, by the history that they have. What they are taken with
 * respect to are independent arguments, even where one was computed from another.
 */
import { fill } from '../kernels/pointwise.ts';
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { grad } from './backward.ts';
import { enableGrad, noGrad } from './mode.ts';
import type { PassObserver } from './pass.ts';
import { primitives } from './primitives.ts';
import { type Row, rowsTogether } from './row-batches.ts';

/** How gradients of several outputs are taken. */
export interface GradientsOptions {
  readonly observer?: PassObserver;
  readonly createGraph?: boolean;
  readonly retain?: boolean;
  /** What is thrown where an output hangs on nothing. */
  readonly still?: (output: number) => void;
  /** What is thrown where no gradient comes to an input. Without it zeros stand there. */
  readonly missing?: (input: number) => void;
}

/** The gradients of the outputs with respect to the inputs, weighted by `seeds`; zeros where there is none. */
export function gradients(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  seeds: readonly (Tensor | null)[] | undefined,
  { observer, createGraph = false, retain = true, still, missing }: GradientsOptions,
): Tensor[] {
  const flowing = outputs.flatMap((t, i) => (t.requiresGrad ? [i] : []));
  if (flowing.length < outputs.length) still?.(outputs.findIndex((t) => !t.requiresGrad));
  const found: (Tensor | null)[] =
    flowing.length === 0
      ? inputs.map(() => null)
      : grad(
          flowing.map((i) => outputs[i]),
          inputs,
          flowing.map((i) => seeds?.[i] ?? null),
          { createGraph, retainGraph: retain, allowUnused: true, stopAtInputs: true, observer },
        );
  return found.map((g, i) => {
    if (g !== null) return g;
    missing?.(i);
    return primitives().zerosLike(inputs[i]);
  });
}

/** 1 at one place in row-major order, 0 elsewhere. */
export function unit(like: Tensor, place: number): Tensor {
  const out = fill(empty(like.shape, like.dtype), 0);
  (dataOf(out) as Float64Array)[place] = 1;
  return out;
}

/** The derivatives of an output by each input, of the output's shape and then the input's: `row` gives those of one element. */
export function blocks(output: Tensor, inputs: readonly Tensor[], row: (seed: Tensor) => readonly Tensor[]): Tensor[] {
  const rows: Tensor[][] = inputs.map(() => []);
  for (let place = 0; place < output.numel; place++) {
    const found = row(unit(output, place));
    for (let i = 0; i < inputs.length; i++) rows[i].push(found[i]);
  }
  return inputs.map((input, i) => {
    const shape = [...output.shape, ...input.shape];
    return rows[i].length === 0 ? empty(shape, input.dtype) : primitives().reshape(primitives().stack(rows[i]), shape);
  });
}

/** What gradients are weighted by so that they can be differentiated by their weights: this gives products from the right. */
export const dummiesFor = (outputs: readonly Tensor[]): Tensor[] =>
  outputs.map((t) => primitives().zerosLike(t).requiresGrad_());

export interface DerivativeOptions {
  readonly observer?: PassObserver;
  /**
   * What is thrown where an output, or with `input` null all of them, does not hang on an input (null: on any);
   * `order` 2 where that is said of a first derivative. Without it zeros stand there.
   */
  readonly strict?: (output: number | null, input: number | null, order: 1 | 2) => never;
}

/** Whom to tell what is missing; `output` is the number of the only one, where they are taken one by one. */
const asked = (
  { observer, strict }: DerivativeOptions,
  order: 1 | 2 = 1,
  output: number | null = null,
): GradientsOptions => ({
  observer,
  still: strict && ((first) => strict(output ?? first, null, order)),
  missing: strict && ((input) => strict(output, input, order)),
});

/** `v` times the Jacobian: like the inputs. `v` is null where the only output has one element. */
export const vjpOf = (
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  v: readonly (Tensor | null)[],
  options: DerivativeOptions = {},
): Tensor[] => gradients(outputs, inputs, v, asked(options));

/** The Jacobian times `v`: like the outputs. It is the gradient of the product above with respect to its vector. */
export const jvpOf = (
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  v: readonly Tensor[],
  options: DerivativeOptions = {},
): Tensor[] =>
  enableGrad(() => {
    const dummies = dummiesFor(outputs);
    const linear = gradients(outputs, inputs, dummies, { ...asked(options), createGraph: true });
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
    const settings = asked(options, order, o);
    const row: Row = (seed, observer = settings.observer) =>
      gradients([output], inputs, [seed], { ...settings, observer });
    const found = noGrad(() => rowsTogether(output, inputs, row))?.map((t, i) =>
      primitives().reshape(t, [...output.shape, ...inputs[i].shape]),
    );
    return (found ?? blocks(output, inputs, row)).map((t) => t.detach());
  });
}

/** Gradients of the outputs, weighted by `seeds`, such that they can be differentiated. */
export const slopesOf = (outputs: readonly Tensor[], inputs: readonly Tensor[], seeds: readonly Tensor[]): Tensor[] =>
  enableGrad(() => gradients(outputs, inputs, seeds, { createGraph: true }));

/** The first derivatives of an output of one element, such that they can be differentiated. */
const slopes = (output: Tensor, inputs: readonly Tensor[], options: DerivativeOptions): Tensor[] =>
  enableGrad(() => gradients([output], inputs, [null], { ...asked(options), createGraph: true }));

/** One block for each pair of inputs, `[first][second]`. */
export const hessianOf = (output: Tensor, inputs: readonly Tensor[], options: DerivativeOptions = {}): Tensor[][] =>
  jacobianOf(slopes(output, inputs, options), inputs, options, 2);

/** `v` times the Hessian: like the inputs. */
export const vhpOf = (
  output: Tensor,
  inputs: readonly Tensor[],
  v: readonly Tensor[],
  options: DerivativeOptions = {},
): Tensor[] => gradients(slopes(output, inputs, options), inputs, v, asked(options, 2));

/** The Hessian times `v`: like the inputs, by differentiating the gradient's product with a vector by that vector. */
export const hvpOf = (
  output: Tensor,
  inputs: readonly Tensor[],
  v: readonly Tensor[],
  options: DerivativeOptions = {},
): Tensor[] =>
  enableGrad(() => {
    const slope = slopes(output, inputs, options);
    const dummies = dummiesFor(slope);
    const linear = gradients(slope, inputs, dummies, { ...asked(options, 2), createGraph: true });
    return gradients(linear, dummies, v, { observer: options.observer });
  });
