/** The logistic function and its kin. */
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { add, mul, neg } from '../pointwise/arithmetic.ts';
import { floating1 } from '../promote.ts';

export const sigmoid = defineOp({
  name: 'sigmoid',
  aliases: ['expit'],
  category: 'activation',
  summary: 'Logistic function, from any number to between 0 and 1',
  source: 'Verhulst 1845',
  params: [tensor('input')],
  formula: String.raw`\sigma(x) = \frac{1}{1 + e^{-x}}`,
  derivative: String.raw`\sigma(x)\,(1 - \sigma(x))`,
  forward: ({ input }) => floating1((x) => 1 / (1 + Math.exp(-x)), input),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => mul(mul(grad, result), add(neg(result), 1)) },
  examples: [{ input: [-77.8, -1, 0, 1, 30] }],
});
