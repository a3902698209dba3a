/** The larger and the smaller of two tensors. */
import * as f from '../../kernels/formula/expression.ts';
import { type AnyFormula, narrow as kernel } from '../../kernels/formula/formula.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { common2 } from '../promote.ts';
import { div } from './arithmetic.ts';
import { isnan } from './classify.ts';
import { eq, ge, gt, le, lt } from './comparison.ts';
import { logicalOr } from './logical.ts';
import { where } from './select.ts';

type Compare = (x: Tensor, y: Tensor) => Tensor;

/** Equal elements share the gradient; what lost gets none; beside a NaN both get all of it. */
const shared = (winner: Tensor, loser: Tensor, loses: Compare, grad: Tensor): Tensor =>
  where(loses(winner, loser), 0, where(eq(winner, loser), div(grad, 2), grad));

/** The first of two where it is as good as the second, or where `always` says so. */
const extremumOf = (
  better: 1 | -1,
  always: (x: f.Expression, y: f.Expression) => f.Expression,
  number: (x: number, y: number) => number,
): AnyFormula =>
  kernel((x, y) => f.select(f.or(better > 0 ? f.ge(x, y) : f.le(x, y), always(x, y)), x, y), {
    number,
    int64: (x, y) => ((better > 0 ? x >= y : x <= y) ? x : y),
  });

const extremum = <const N extends string>(name: N, summary: string, better: 1 | -1, loses: Compare) => {
  const formula = extremumOf(
    better,
    (x) => f.isNan(x),
    better > 0 ? (x, y) => (x >= y || Number.isNaN(x) ? x : y) : (x, y) => (x <= y || Number.isNaN(x) ? x : y),
  );
  return defineOp({
    name,
    category: 'pointwise',
    summary,
    params: [tensor('input'), tensor('other')],
    formula: `\\${better > 0 ? 'max' : 'min'}(x, y)`,
    derivative: String.raw`[x ${better > 0 ? '>' : '<'} y] + \tfrac12 [x = y]`,
    forward: ({ input, other }): Tensor => common2(formula, input, other),
    saves: ['input', 'other'],
    gradient: {
      input: ({ input, other }, grad): Tensor => shared(input, other, loses, grad),
      other: ({ input, other }, grad): Tensor => shared(other, input, loses, grad),
    },
    derivation: {
      formula: `\\${better > 0 ? 'max' : 'min'}(@input, @other)`,
      by: {
        input: String.raw`[\,@input ${better > 0 ? '>' : '<'} @other\,] + \tfrac{1}{2}\,[\,@input = @other\,]`,
        other: String.raw`[\,@other ${better > 0 ? '>' : '<'} @input\,] + \tfrac{1}{2}\,[\,@input = @other\,]`,
      },
      ties: ['input', 'other'],
    },
    examples: [{ input: [1, 5, -2], other: [3, 2, -4] }],
  });
};

export const maximum = extremum('maximum', 'The larger of two, NaN where either is NaN', 1, (x, y) => lt(x, y));
export const minimum = extremum('minimum', 'The smaller of two, NaN where either is NaN', -1, (x, y) => gt(x, y));

const numberExtremum = <const N extends string>(name: N, summary: string, better: 1 | -1, beats: Compare) => {
  const formula = extremumOf(
    better,
    (_, y) => f.isNan(y),
    better > 0 ? (x, y) => (x >= y || Number.isNaN(y) ? x : y) : (x, y) => (x <= y || Number.isNaN(y) ? x : y),
  );
  // Equal elements leave the whole gradient to the first.
  const first = (x: Tensor, y: Tensor): Tensor => logicalOr(beats(x, y), isnan(y));
  return defineOp({
    name,
    category: 'pointwise',
    summary,
    params: [tensor('input'), tensor('other')],
    formula: `\\${better > 0 ? 'max' : 'min'}(x, y)`,
    derivative: String.raw`[x ${better > 0 ? String.raw`\ge` : String.raw`\le`} y]`,
    forward: ({ input, other }): Tensor => common2(formula, input, other),
    saves: ['input', 'other'],
    gradient: {
      input: ({ input, other }, grad): Tensor => where(first(input, other), grad, 0),
      other: ({ input, other }, grad): Tensor => where(first(input, other), 0, grad),
    },
    derivation: {
      formula: `\\${better > 0 ? 'max' : 'min'}(@input, @other)`,
      by: {
        input: String.raw`[\,@input ${better > 0 ? String.raw`\ge` : String.raw`\le`} @other\,]`,
        other: String.raw`[\,@other ${better > 0 ? '>' : '<'} @input\,]`,
      },
      ties: ['input', 'other'],
    },
    examples: [{ input: [1, 5, -2], other: [3, 2, -4] }],
  });
};

export const fmax = numberExtremum('fmax', 'The larger of two; a number beats NaN', 1, (x, y) => ge(x, y));
export const fmin = numberExtremum('fmin', 'The smaller of two; a number beats NaN', -1, (x, y) => le(x, y));
