/** Sines, their kin and their inverses; degrees and radians. */
import * as f from '../../kernels/formula/expression.ts';
import { formula, narrow as kernel } from '../../kernels/formula/formula.ts';
import { mapN } from '../../kernels/pointwise.ts';
import { computeType, type DType, rounded } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { floating1, floating2, floatType } from '../promote.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { eq } from './comparison.ts';
import { reciprocal, rsqrt } from './powers.ts';
import { where } from './select.ts';

const SIN = kernel((x) => f.call('sin', x));
const COS = kernel((x) => f.call('cos', x));
const TAN = formula((x) => f.call('tan', x));
const ASIN = formula((x) => f.call('asin', x));
const ACOS = formula((x) => f.call('acos', x));
const ATAN2 = formula((y, x) => f.call('atan2', y, x));
const ATAN = formula((x) => f.call('atan', x));

export const sin = defineOp({
  name: 'sin',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Sine',
  params: [tensor('input')],
  formula: String.raw`\sin x`,
  derivative: String.raw`\cos x`,
  forward: ({ input }) => floating1(SIN, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, cos(input)) },
  examples: [{ input: [-1, 0, 2] }],
});

export const cos = defineOp({
  name: 'cos',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Cosine',
  params: [tensor('input')],
  formula: String.raw`\cos x`,
  derivative: String.raw`-\sin x`,
  forward: ({ input }) => floating1(COS, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad): Tensor => mul(grad, neg(sin(input))) },
  examples: [{ input: [-1, 0, 2] }],
});

export const tan = defineOp({
  name: 'tan',
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Tangent',
  params: [tensor('input')],
  formula: String.raw`\tan x`,
  derivative: String.raw`1 + \tan^2 x`,
  forward: ({ input }) => floating1(TAN, input),
  saves: ['result'],
  gradient: { input: ({ result }, grad) => mul(grad, add(mul(result, result), 1)) },
  examples: [{ input: [-1, 0, 2] }],
});

/** `1 - x²` */
const complement = (x: Tensor): Tensor => add(mul(neg(x), x), 1);

export const asin = defineOp({
  name: 'asin',
  aliases: ['arcsin'],
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse sine',
  params: [tensor('input')],
  formula: String.raw`\arcsin x`,
  derivative: String.raw`\frac{1}{\sqrt{1 - x^2}}`,
  forward: ({ input }) => floating1(ASIN, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, rsqrt(complement(input))) },
  examples: [{ input: [-0.5, 0, 0.9] }],
});

export const acos = defineOp({
  name: 'acos',
  aliases: ['arccos'],
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse cosine',
  params: [tensor('input')],
  formula: String.raw`\arccos x`,
  derivative: String.raw`-\frac{1}{\sqrt{1 - x^2}}`,
  forward: ({ input }) => floating1(ACOS, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, neg(rsqrt(complement(input)))) },
  examples: [{ input: [-0.5, 0, 0.9] }],
});

export const atan = defineOp({
  name: 'atan',
  aliases: ['arctan'],
  category: 'pointwise',
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse tangent',
  params: [tensor('input')],
  formula: String.raw`\arctan x`,
  derivative: String.raw`\frac{1}{1 + x^2}`,
  forward: ({ input }) => floating1(ATAN, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => div(grad, add(mul(input, input), 1)) },
  examples: [{ input: [-1, 0, 2] }],
});

const inverseSquare = (y: Tensor, x: Tensor): Tensor => reciprocal(add(mul(y, y), mul(x, x)));

export const atan2 = defineOp({
  name: 'atan2',
  aliases: ['arctan2'],
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: 'Angle of the point (other, input)',
  params: [tensor('input', { doc: 'The ordinate' }), tensor('other', { doc: 'The abscissa' })],
  formula: String.raw`\operatorname{atan2}(y, x)`,
  derivative: String.raw`\tfrac{\partial}{\partial y} = \frac{x}{x^2 + y^2},\quad \tfrac{\partial}{\partial x} = -\frac{y}{x^2 + y^2}`,
  forward: ({ input, other }) => floating2(ATAN2, input, other),
  saves: ['input', 'other'],
  gradient: {
    input: ({ input, other }, grad) => mul(mul(grad, other), inverseSquare(input, other)),
    other: ({ input, other }, grad) => mul(mul(grad, neg(input)), inverseSquare(input, other)),
  },
  examples: [{ input: [1, -1, 2], other: [1, 2, -0.5] }],
});

/** A constant rounded to a dtype. */
const own = (dtype: DType, constant: number): number => rounded(constant, dtype);

const sineOver = (t: f.Expression): f.Expression => f.select(f.eq(t, 0), 1, f.div(f.call('sin', t), t));

/**
 * In float32 a multiple of pi is no more exact than the dtype's pi: PyTorch's sinc(1) is -2.8e-8 then,
 * and so is ours.
 */
const SINC = {
  float32: kernel((x) => sineOver(f.fround(f.mul(Math.fround(Math.PI), x)))),
  float64: formula((x) => sineOver(f.mul(Math.PI, x))),
};
const SCALED = kernel((x, scale) => f.mul(x, scale));

export const sinc = defineOp({
  name: 'sinc',
  category: 'pointwise',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Normalized sinc',
  params: [tensor('input')],
  formula: String.raw`\begin{cases} 1 & x = 0 \\ \frac{\sin \pi x}{\pi x} & \text{else} \end{cases}`,
  derivative: String.raw`\frac{\pi x \cos \pi x - \sin \pi x}{\pi x^2}`,
  forward: ({ input }) => {
    const dtype = floatType(input.dtype);
    return floating1(SINC[computeType(dtype)], input);
  },
  saves: ['input'],
  gradient: {
    input: ({ input }, grad) => {
      const t = mul(input, Math.PI);
      const square = mul(mul(input, input), Math.PI);
      return where(eq(square, 0), 0, mul(grad, div(sub(mul(t, cos(t)), sin(t)), square)));
    },
  },
  examples: [{ input: [-0.5, 0.25, 2.5] }],
});

const scaling = <const N extends string>(name: N, gradFn: string, summary: string, formula: string, factor: number) =>
  defineOp({
    name,
    category: 'pointwise',
    in: ['torch_', 'Tensor_'],
    summary,
    params: [tensor('input')],
    formula: String.raw`${formula}\,x`,
    derivative: formula,
    forward: ({ input }): Tensor => {
      const dtype = floatType(input.dtype);
      return mapN(SCALED, [input, own(dtype, factor)], dtype);
    },
    gradFn,
    gradient: { input: (_, grad): Tensor => mul(grad, factor) },
    examples: [{ input: [1, 90, -180] }],
  });

export const deg2rad = scaling(
  'deg2rad',
  'Deg2RadBackward0',
  'Degrees as radians',
  String.raw`\tfrac{\pi}{180}`,
  Math.PI / 180,
);
export const rad2deg = scaling(
  'rad2deg',
  'Rad2DegBackward0',
  'Radians as degrees',
  String.raw`\tfrac{180}{\pi}`,
  180 / Math.PI,
);
