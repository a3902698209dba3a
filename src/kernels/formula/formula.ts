/** Formulas of pointwise ops, for every dtype. */
import { type Expression, OPERANDS } from './expression.ts';
import { scalarOf } from './scalar.ts';

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

type Operands = readonly [x: Expression, y: Expression, z: Expression, w: Expression, u: Expression, v: Expression];

export interface FormulaOptions {
  /** The same as a plain function, where that is much faster than the one made of the expression. */
  readonly number?: (...xs: number[]) => number;
  readonly int32?: (...xs: number[]) => number;
  readonly int64?: (...xs: bigint[]) => bigint;
}

/** The plain function is made when it is called for the first time, and takes the place of what made it. */
function build(expression: Expression, narrow: boolean, options: FormulaOptions): AnyFormula {
  let plain: ((...xs: number[]) => number) | undefined;
  const first = (x: number, y: number, z: number, w: number, u: number, v: number): number => {
    if (plain === undefined) {
      plain = scalarOf(expression);
      if (made.number === first) made.number = plain;
    }
    return plain(x, y, z, w, u, v);
  };
  const made = { number: first as (...xs: number[]) => number, expression, narrow, ...options };
  return made;
}

/**
 * A formula whose float32 kernel computes in float64 and rounds once: exact, at half the speed.
 *
 * @param write gives the expression of up to six operands
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
