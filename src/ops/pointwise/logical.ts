/** Logic: every number but 0 is true, NaN too. */

import * as f from '../../kernels/formula/expression.ts';
import { type AnyFormula, narrow as kernel } from '../../kernels/formula/formula.ts';
import { cast, map1, map2 } from '../../kernels/index.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant } from '../params.ts';

const logical = <const N extends string>(name: N, summary: string, sign: string, formula: AnyFormula) =>
  defineOp({
    name,
    category: 'comparison',
    in: ['torch', 'Tensor_'],
    summary,
    params: [constant('input'), constant('other')],
    formula: String.raw`x ${sign} y`,
    forward: ({ input, other }): Tensor => map2(formula, cast(input, 'bool'), cast(other, 'bool'), 'bool'),
    gradient: {},
    examples: [{ input: [true, true, false], other: [true, false, false] }],
  });

export const logicalAnd = logical(
  'logical_and',
  'Whether both are true',
  String.raw`\land`,
  kernel(f.and, { number: (x, y) => x & y }),
);
export const logicalOr = logical(
  'logical_or',
  'Whether either is true',
  String.raw`\lor`,
  kernel(f.or, { number: (x, y) => x | y }),
);
export const logicalXor = logical(
  'logical_xor',
  'Whether exactly one is true',
  String.raw`\oplus`,
  kernel(f.ne, { number: (x, y) => x ^ y }),
);

const NOT = kernel((x) => f.not(x), { number: (x) => x ^ 1 });

export const logicalNot = defineOp({
  name: 'logical_not',
  category: 'comparison',
  in: ['torch', 'Tensor_'],
  summary: 'Whether elements are zero',
  params: [constant('input')],
  formula: String.raw`\lnot x`,
  forward: ({ input }) => map1(NOT, cast(input, 'bool')),
  gradient: {},
  examples: [{ input: [0, 1, -2] }],
});
