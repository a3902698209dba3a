/** Variances and standard deviations. */
import { deviationRows, meanRows, varianceRows } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { normalizeDims } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, integer, optionalAttr, tensor } from '../params.ts';
import { add, div, mul, sub } from '../pointwise/arithmetic.ts';
import { eq } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { dimOrUnbiased, keepdimParam } from './params.ts';
import { mean, unreduce } from './sum.ts';

const params = [
  tensor('input'),
  optionalAttr('dim', dimOrUnbiased, {
    doc: 'The dimension or dimensions to reduce; all where absent or empty. A bool here is unbiased',
  }),
  attr('unbiased', boolean, { default: true, doc: "Bessel's correction: divide by n - 1, not n" }),
  keepdimParam,
  optionalAttr('correction', integer(), { doc: 'Divide by n - correction; beats unbiased' }),
] as const;

interface Call {
  readonly dim: number | readonly number[] | boolean | undefined;
  readonly unbiased: boolean;
  readonly keepdim: boolean;
  readonly correction: number | undefined;
}

/** The dimensions, and how much less than the number of elements is divided by. */
function settle({ dim, unbiased, correction }: Call): { dim: number | readonly number[] | undefined; less: number } {
  const less = (flag: boolean): number => correction ?? (flag ? 1 : 0);
  return typeof dim === 'boolean' ? { dim: undefined, less: less(dim) } : { dim, less: less(unbiased) };
}

const countOf = (t: TensorMeta, dim: number | readonly number[] | undefined): number =>
  normalizeDims(dim, t.shape.length).reduce((n, d) => n * t.shape[d], 1);

function spreadOf(op: string, call: Call & { input: Tensor }, spreadRows: typeof varianceRows): Tensor {
  const { input, keepdim } = call;
  if (!isFloating(input.dtype))
    throw dtypeError(`${op}: std and var only support floating dtypes, but input is ${input.dtype}`);
  const { dim, less } = settle(call);
  return spreadRows(input, normalizeDims(dim, input.ndim), keepdim, less);
}

const meanOf = ({ input, ...call }: Call & { input: Tensor }): Tensor =>
  meanRows(input, normalizeDims(settle(call).dim, input.ndim), call.keepdim);

/** `2 (x - mean) / (n - correction)`, times the variance's gradient. */
function varianceSlope({ input, ...call }: Call & { input: Tensor }, grad: Tensor): Tensor {
  const { dim, less } = settle(call);
  const share = mul(unreduce(grad, input.shape, dim, call.keepdim), float(2 / (countOf(input, dim) - less)));
  return mul(share, sub(input, mean(input, dim, true)));
}

/** Where there is no spread at all, the root's infinite slope is taken for 0. */
const rootSlope = (root: Tensor, grad: Tensor): Tensor => where(eq(root, 0), 0, div(grad, mul(root, 2)));

const meanSlope = ({ input, ...call }: Call & { input: TensorMeta }, grad: Tensor): Tensor => {
  const { dim } = settle(call);
  return div(unreduce(grad, input.shape, dim, call.keepdim), countOf(input, dim));
};

const FORMULA = String.raw`\tfrac{1}{n - c} \sum_i (x_i - \bar x)^2`;
const EXAMPLES = [
  {
    input: [
      [1, 2, 4],
      [3, -1, 0.5],
    ],
  },
  {
    input: [
      [1, 2, 4],
      [3, -1, 0.5],
    ],
    dim: 1,
    unbiased: false,
  },
] as const;

export const variance = defineOp({
  name: 'var',
  category: 'reduction',
  takes: 'input dim unbiased keepdim | correction / input unbiased',
  summary: 'Variance',
  params,
  formula: FORMULA,
  derivative: String.raw`\tfrac{2}{n - c} (x_i - \bar x)`,
  forward: (args) => spreadOf('var', args, varianceRows),
  saves: ['input'],
  gradient: { input: (saved, grad): Tensor => varianceSlope(saved, grad) },
  derivation: {
    formula: String.raw`\operatorname{var}(@input)`,
    by: {
      input: {
        form: 'vjp',
        latex: String.raw`@g \cdot \tfrac{2}{n - c}\left(@input - \operatorname{mean}(@input)\right)`,
        words: 'each element in proportion to how far it is from the mean; n elements, less the correction c',
      },
    },
  },
  examples: EXAMPLES,
});

export const std = defineOp({
  name: 'std',
  category: 'reduction',
  takes: 'input dim unbiased keepdim | correction / input unbiased',
  summary: 'Standard deviation',
  params,
  formula: String.raw`\sqrt{${FORMULA}}`,
  derivative: String.raw`\tfrac{x_i - \bar x}{(n - c)\, s}`,
  forward: (args) => spreadOf('std', args, deviationRows),
  saves: ['input', 'result'],
  gradient: { input: (saved, grad): Tensor => varianceSlope(saved, rootSlope(saved.result, grad)) },
  derivation: {
    formula: String.raw`\operatorname{std}(@input)`,
    by: {
      input: {
        form: 'vjp',
        latex: String.raw`@g \cdot \frac{@input - \operatorname{mean}(@input)}{(n - c)\,@result}`,
        words: 'each element in proportion to how far it is from the mean; n elements, less the correction c',
      },
    },
  },
  examples: EXAMPLES,
});

/** The two gradients of a pair, either of which may be missing. */
const both = (a: Tensor | null, b: Tensor | null): Tensor | null => (a == null ? b : b == null ? a : add(a, b));

export const varMean = defineOp({
  name: 'var_mean',
  category: 'reduction',
  in: ['torch'],
  takes: 'input dim unbiased keepdim | correction / input unbiased',
  summary: 'Variance and mean',
  params,
  formula: String.raw`(${FORMULA},\ \bar x)`,
  derivative: String.raw`\tfrac{2}{n - c} (x_i - \bar x),\quad \tfrac1n`,
  forward: (args): readonly Tensor[] => [spreadOf('var_mean', args, varianceRows), meanOf(args)],
  saves: ['input'],
  gradient: {
    input: (saved, [spread, center]): Tensor | null =>
      both(spread == null ? null : varianceSlope(saved, spread), center == null ? null : meanSlope(saved, center)),
  },
  examples: EXAMPLES,
});

export const stdMean = defineOp({
  name: 'std_mean',
  category: 'reduction',
  in: ['torch'],
  takes: 'input dim unbiased keepdim | correction / input unbiased',
  summary: 'Standard deviation and mean',
  params,
  formula: String.raw`(\sqrt{${FORMULA}},\ \bar x)`,
  derivative: String.raw`\tfrac{x_i - \bar x}{(n - c)\, s},\quad \tfrac1n`,
  forward: (args): readonly Tensor[] => [spreadOf('std_mean', args, deviationRows), meanOf(args)],
  saves: ['input', 'result'],
  gradient: {
    input: (saved, [spread, center]): Tensor | null =>
      both(
        spread == null ? null : varianceSlope(saved, rootSlope((saved.result as readonly Tensor[])[0], spread)),
        center == null ? null : meanSlope(saved, center),
      ),
  },
  examples: EXAMPLES,
});
