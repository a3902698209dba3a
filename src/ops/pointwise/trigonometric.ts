/** Sines, their kin and their inverses; degrees and radians. */
import { map1 } from '../../kernels/pointwise.ts';
import type { DType } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { floating1, floating2, floatType } from '../promote.ts';
import { add, div, mul, neg, sub } from './arithmetic.ts';
import { eq } from './comparison.ts';
import { reciprocal, rsqrt } from './powers.ts';
import { where } from './select.ts';

export const sin = defineOp({
  name: 'sin',
  category: 'pointwise',
  summary: 'Sine',
  params: [tensor('input')],
  formula: String.raw`\sin x`,
  derivative: String.raw`\cos x`,
  forward: ({ input }) => floating1(Math.sin, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, cos(input)) },
  examples: [{ input: [-1, 0, 2] }],
});

export const cos = defineOp({
  name: 'cos',
  category: 'pointwise',
  summary: 'Cosine',
  params: [tensor('input')],
  formula: String.raw`\cos x`,
  derivative: String.raw`-\sin x`,
  forward: ({ input }) => floating1(Math.cos, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad): Tensor => mul(grad, neg(sin(input))) },
  examples: [{ input: [-1, 0, 2] }],
});

export const tan = defineOp({
  name: 'tan',
  category: 'pointwise',
  summary: 'Tangent',
  params: [tensor('input')],
  formula: String.raw`\tan x`,
  derivative: String.raw`1 + \tan^2 x`,
  forward: ({ input }) => floating1(Math.tan, input),
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
  summary: 'Inverse sine',
  params: [tensor('input')],
  formula: String.raw`\arcsin x`,
  derivative: String.raw`\frac{1}{\sqrt{1 - x^2}}`,
  forward: ({ input }) => floating1(Math.asin, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, rsqrt(complement(input))) },
  examples: [{ input: [-0.5, 0, 0.9] }],
});

export const acos = defineOp({
  name: 'acos',
  aliases: ['arccos'],
  category: 'pointwise',
  summary: 'Inverse cosine',
  params: [tensor('input')],
  formula: String.raw`\arccos x`,
  derivative: String.raw`-\frac{1}{\sqrt{1 - x^2}}`,
  forward: ({ input }) => floating1(Math.acos, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => mul(grad, neg(rsqrt(complement(input)))) },
  examples: [{ input: [-0.5, 0, 0.9] }],
});

export const atan = defineOp({
  name: 'atan',
  aliases: ['arctan'],
  category: 'pointwise',
  summary: 'Inverse tangent',
  params: [tensor('input')],
  formula: String.raw`\arctan x`,
  derivative: String.raw`\frac{1}{1 + x^2}`,
  forward: ({ input }) => floating1(Math.atan, input),
  saves: ['input'],
  gradient: { input: ({ input }, grad) => div(grad, add(mul(input, input), 1)) },
  examples: [{ input: [-1, 0, 2] }],
});

const inverseSquare = (y: Tensor, x: Tensor): Tensor => reciprocal(add(mul(y, y), mul(x, x)));

export const atan2 = defineOp({
  name: 'atan2',
  aliases: ['arctan2'],
  category: 'pointwise',
  summary: 'Angle of the point (other, input)',
  params: [tensor('input', { doc: 'The ordinate' }), tensor('other', { doc: 'The abscissa' })],
  formula: String.raw`\operatorname{atan2}(y, x)`,
  derivative: String.raw`\tfrac{\partial}{\partial y} = \frac{x}{x^2 + y^2},\quad \tfrac{\partial}{\partial x} = -\frac{y}{x^2 + y^2}`,
  forward: ({ input, other }) => floating2(Math.atan2, input, other),
  saves: ['input', 'other'],
  gradient: {
    input: ({ input, other }, grad) => mul(mul(grad, other), inverseSquare(input, other)),
    other: ({ input, other }, grad) => mul(mul(grad, neg(input)), inverseSquare(input, other)),
  },
  examples: [{ input: [1, -1, 2], other: [1, 2, -0.5] }],
});

/**
 * Rounding to a dtype, and a constant so rounded. A multiple of pi is no more exact than the dtype's
 * pi: PyTorch's sinc(1) is -2.8e-8 in float32, and so is ours.
 */
const own = (dtype: DType, constant: number): [fit: (x: number) => number, constant: number] =>
  dtype === 'float32' ? [Math.fround, Math.fround(constant)] : [(x) => x, constant];

export const sinc = defineOp({
  name: 'sinc',
  category: 'pointwise',
  summary: 'Normalized sinc',
  params: [tensor('input')],
  formula: String.raw`\begin{cases} 1 & x = 0 \\ \frac{\sin \pi x}{\pi x} & \text{else} \end{cases}`,
  derivative: String.raw`\frac{\pi x \cos \pi x - \sin \pi x}{\pi x^2}`,
  forward: ({ input }) => {
    const dtype = floatType(input.dtype);
    const [fit, pi] = own(dtype, Math.PI);
    const number = (x: number): number => {
      const t = fit(pi * x);
      return t === 0 ? 1 : Math.sin(t) / t;
    };
    return map1({ number }, input, dtype);
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
    summary,
    params: [tensor('input')],
    formula: String.raw`${formula}\,x`,
    derivative: formula,
    forward: ({ input }): Tensor => {
      const dtype = floatType(input.dtype);
      const [, scale] = own(dtype, factor);
      return map1({ number: (x) => x * scale }, input, dtype);
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
