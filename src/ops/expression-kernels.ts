/** From an expression to what computes it, and what its gradient is. */

import { replaced, scaled, ZERO } from '../kernels/formula/algebra.ts';
import {
  type Composed,
  constant,
  constantsOf,
  type Expression,
  fround,
  withArgs,
} from '../kernels/formula/expression.ts';
import { type AnyFormula, formula, narrow } from '../kernels/formula/formula.ts';
import { map1, map2, mapN } from '../kernels/index.ts';
import { computeType, type DType, rounded } from '../tensor/dtype.ts';
import { type Scalar, scalarToNumber } from '../tensor/scalar.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { opNamed, ruleOf, type Source } from './in-ops.ts';
import type { AnyParam } from './params.ts';
import { asTensor } from './promote.ts';

/** What was given to a call, and what it gave, by key. */
export type Saved = Readonly<Record<string, Tensor | Scalar>>;

/** One for all floating dtypes, or one for each that computes in a way of its own. */
export type Kernels = AnyFormula | { readonly float32: AnyFormula; readonly float64: AnyFormula };

/**
 * The same as float32 has it: constants are rounded, and so is what is compared, since on a kink it matters
 * to which side a number falls.
 */
function inFloat32(e: Expression): Expression {
  const constants = new Map<Expression, Expression>();
  for (const value of constantsOf(e)) constants.set(constant(value), constant(Math.fround(value)));
  return replaced(e, constants, (part: Composed, args) =>
    withArgs(part, part.kind === 'comparison' ? args.map((a) => (a.kind === 'arithmetic' ? fround(a) : a)) : args),
  );
}

/** `wide`: float32 is computed in float64, and rounded once. */
export const kernelsOf = (e: Expression, wide: boolean): Kernels =>
  wide ? formula(() => e) : { float32: narrow(() => inFloat32(e)), float64: narrow(() => e) };

const kernelFor = (kernels: Kernels, dtype: DType): AnyFormula =>
  'float64' in kernels ? kernels[computeType(dtype)] : kernels;

/** A function of a call's arguments: the tensors and the numbers among them, by their keys, through a kernel. */
export function runner(
  kernels: () => Kernels,
  tensors: readonly string[],
  numbers: readonly string[],
): (args: Saved, dtype: DType) => Tensor {
  const [x, y] = tensors;
  if (numbers.length > 0)
    return (args, dtype) => {
      const operands: (Tensor | number)[] = tensors.map((key) => asTensor(args[key], dtype));
      // As PyTorch rounds them, so that an element right on a kink is on its side of it.
      for (const key of numbers) operands.push(rounded(scalarToNumber(args[key] as Scalar), computeType(dtype)));
      return mapN(kernelFor(kernels(), dtype), operands, dtype);
    };
  if (tensors.length === 1) return (args, dtype) => map1(kernelFor(kernels(), dtype), args[x] as Tensor, dtype);
  return (args, dtype) => map2(kernelFor(kernels(), dtype), args[x] as Tensor, args[y] as Tensor, dtype);
}

/** Computed when it is asked for. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    if (made === undefined) made = { value: make() };
    return made.value;
  };
}

export type Rule = (saved: Saved, grad: Tensor) => Tensor;

/** A gradient times a slope, by calls of ops. What is flat gives zeros, whatever the gradient is. */
export function multiplied(slope: Expression, grad: Expression, sources: ReadonlyMap<number, Source>): Rule {
  if (slope !== ZERO) return ruleOf(scaled(grad, slope), sources) as Rule;
  const zeros = opNamed('zeros_like');
  return (_, g) => zeros([g]);
}

/** A rule that is made when it is needed for the first time. */
export function ruleFrom(make: () => Rule): Rule {
  const made = lazy(make);
  return (saved, grad) => made()(saved, grad);
}

const SYMBOLS: Readonly<Record<string, string>> = {
  input: 'x',
  other: 'y',
  alpha: String.raw`\alpha`,
  beta: String.raw`\beta`,
  delta: String.raw`\delta`,
  lambd: String.raw`\lambda`,
};

/** A parameter's name in LaTeX. */
export const symbolOf = ({ name }: AnyParam): string =>
  SYMBOLS[name] ?? String.raw`\mathrm{${name.replaceAll('_', String.raw`\_`)}}`;

/** A partial derivative in LaTeX. */
export const partial = (symbol: string, text: string): string =>
  String.raw`\tfrac{\partial}{\partial ${symbol}} = ${text}`;
