/** Formulas of pointwise ops, for every dtype. */
import { type Expression, OPERANDS, scalarOf } from './expression.ts';

/**
 * A formula of so many numbers, and where integers differ from floats, its integer forms:
 * `int32` for products that a double does not hold, `int64` in bigints (wrapped at the store).
 */
export interface Formula<N extends (...xs: number[]) => number, B extends (...xs: bigint[]) => bigint> {
  readonly number: N;
  readonly int32?: N;
  readonly int64?: B;
  /** The same as an expression, for kernels. Formulas without one run as plain loops. */
  readonly expression?: Expression;
  /**
   * Whether float32 operands are computed in float32. It is for formulas that lose no more than a few ulp
   * that way; others are computed in float64, and rounded once.
   */
  readonly narrow?: boolean;
}

export type Formula1 = Formula<(x: number) => number, (x: bigint) => bigint>;
export type Formula2 = Formula<(x: number, y: number) => number, (x: bigint, y: bigint) => bigint>;
export type Formula3 = Formula<
  (x: number, y: number, z: number) => number,
  (x: bigint, y: bigint, z: bigint) => bigint
>;

type Operands = readonly [x: Expression, y: Expression, z: Expression, w: Expression];

export interface FormulaOptions {
  /** The same as a plain function, where that is much faster than the one made of the expression. */
  readonly number?: (...xs: number[]) => number;
  readonly int32?: (...xs: number[]) => number;
  readonly int64?: (...xs: bigint[]) => bigint;
}

const build = (expression: Expression, narrow: boolean, options: FormulaOptions): Formula<never, never> =>
  ({ number: scalarOf(expression), expression, narrow, ...options }) as never;

/**
 * A formula whose float32 kernel computes in float64 and rounds once: exact, at half the speed.
 *
 * @param write gives the expression of up to four operands
 */
export function formula(write: (...operands: Operands) => Expression, options: FormulaOptions = {}): AnyFormula {
  return build(write(...(OPERANDS as unknown as Operands)), false, options);
}

/** A formula whose float32 kernel computes in float32, as PyTorch's does. */
export function narrow(write: (...operands: Operands) => Expression, options: FormulaOptions = {}): AnyFormula {
  return build(write(...(OPERANDS as unknown as Operands)), true, options);
}

/** Fits wherever a formula of so many operands is asked for. */
export type AnyFormula = Formula<(...xs: number[]) => number, (...xs: bigint[]) => bigint>;
