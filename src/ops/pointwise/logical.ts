/** Logic: every number but 0 is true, NaN too. */
import { cast } from '../../kernels/copy.ts';
import { map1, map2 } from '../../kernels/pointwise.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant } from '../params.ts';

const logical = <const N extends string>(name: N, summary: string, sign: string, f: (x: number, y: number) => number) =>
  defineOp({
    name,
    category: 'comparison',
    summary,
    params: [constant('input'), constant('other')],
    formula: String.raw`x ${sign} y`,
    forward: ({ input, other }): Tensor => map2({ number: f }, cast(input, 'bool'), cast(other, 'bool'), 'bool'),
    gradient: {},
    examples: [{ input: [true, true, false], other: [true, false, false] }],
  });

export const logicalAnd = logical('logical_and', 'Whether both are true', String.raw`\land`, (x, y) => x & y);
export const logicalOr = logical('logical_or', 'Whether either is true', String.raw`\lor`, (x, y) => x | y);
export const logicalXor = logical('logical_xor', 'Whether exactly one is true', String.raw`\oplus`, (x, y) => x ^ y);

export const logicalNot = defineOp({
  name: 'logical_not',
  category: 'comparison',
  summary: 'Whether elements are zero',
  params: [constant('input')],
  formula: String.raw`\lnot x`,
  forward: ({ input }) => map1({ number: (x) => x ^ 1 }, cast(input, 'bool')),
  gradient: {},
  examples: [{ input: [0, 1, -2] }],
});
