/** Sines, their kin and their inverses; degrees and radians. */
import * as f from '../../kernels/formula/expression.ts';
import { formula, narrow } from '../../kernels/formula/formula.ts';
import { tensor } from '../params.ts';
import { definePointwise } from '../pointwise-op.ts';

export const sin = definePointwise({
  name: 'sin',
  in: ['torch_', 'Tensor_'],
  summary: 'Sine',
  expression: (x) => f.call('sin', x),
  examples: [{ input: [-1, 0, 2] }],
  onnx: 'Sin',
});

export const cos = definePointwise({
  name: 'cos',
  in: ['torch_', 'Tensor_'],
  summary: 'Cosine',
  expression: (x) => f.call('cos', x),
  examples: [{ input: [-1, 0, 2] }],
  onnx: 'Cos',
});

export const tan = definePointwise({
  name: 'tan',
  in: ['torch_', 'Tensor_'],
  summary: 'Tangent',
  expression: (x) => f.call('tan', x),
  wide: true,
  saves: ['result'],
  examples: [{ input: [-1, 0, 2] }],
});

export const asin = definePointwise({
  name: 'asin',
  aliases: ['arcsin'],
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse sine',
  expression: (x) => f.call('asin', x),
  wide: true,
  examples: [{ input: [-0.5, 0, 0.9] }],
});

export const acos = definePointwise({
  name: 'acos',
  aliases: ['arccos'],
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse cosine',
  expression: (x) => f.call('acos', x),
  wide: true,
  examples: [{ input: [-0.5, 0, 0.9] }],
});

export const atan = definePointwise({
  name: 'atan',
  aliases: ['arctan'],
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse tangent',
  expression: (x) => f.call('atan', x),
  wide: true,
  examples: [{ input: [-1, 0, 2] }],
});

export const atan2 = definePointwise({
  name: 'atan2',
  aliases: ['arctan2'],
  in: ['torch', 'Tensor_'],
  summary: 'Angle of the point (other, input)',
  params: [tensor('input', { doc: 'The ordinate' }), tensor('other', { doc: 'The abscissa' })],
  expression: (y, { other: x }) => f.call('atan2', y, x),
  symbols: { input: 'y', other: 'x' },
  wide: true,
  examples: [{ input: [1, -1, 2], other: [1, 2, -0.5] }],
});

const sineOver = (t: f.Expression): f.Expression => f.select(f.eq(t, 0), 1, f.div(f.call('sin', t), t));

/** Where the square underflows the slope is 0, not 0 by 0. */
function sincSlope(x: f.Expression): f.Expression {
  const t = f.mul(Math.PI, x);
  const square = f.mul(f.mul(x, x), Math.PI);
  return f.select(f.eq(square, 0), 0, f.div(f.sub(f.mul(t, f.call('cos', t)), f.call('sin', t)), square));
}

export const sinc = definePointwise({
  name: 'sinc',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Normalized sinc',
  expression: (x) => f.select(f.eq(x, 0), 1, f.div(f.call('sin', f.mul(Math.PI, x)), f.mul(Math.PI, x))),
  computed: sincSlope,
  // In float32 a multiple of pi is no more exact than the dtype's pi: PyTorch's sinc(1) is -2.8e-8 then.
  kernel: {
    float32: narrow((x) => sineOver(f.fround(f.mul(Math.fround(Math.PI), x)))),
    float64: formula((x) => sineOver(f.mul(Math.PI, x))),
  },
  examples: [{ input: [-0.5, 0.25, 2.5] }],
});

export const deg2rad = definePointwise({
  name: 'deg2rad',
  in: ['torch_', 'Tensor_'],
  summary: 'Degrees as radians',
  expression: (x) => f.mul(x, Math.PI / 180),
  gradFn: 'Deg2RadBackward0',
  examples: [{ input: [1, 90, -180] }],
});

export const rad2deg = definePointwise({
  name: 'rad2deg',
  in: ['torch_', 'Tensor_'],
  summary: 'Radians as degrees',
  expression: (x) => f.mul(x, 180 / Math.PI),
  gradFn: 'Rad2DegBackward0',
  examples: [{ input: [1, 90, -180] }],
});
