/** Exponentials and logarithms. */
import * as f from '../../kernels/formula/expression.ts';
import { definePointwise } from '../pointwise-op.ts';

export const exp = definePointwise({
  name: 'exp',
  in: ['torch_', 'Tensor_'],
  summary: 'Exponential',
  expression: f.exp,
  saves: ['result'],
  examples: [{ input: [-1, 0, 1] }],
  onnx: 'Exp',
});

export const exp2 = definePointwise({
  name: 'exp2',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Power of two',
  expression: (x) => f.call('exp2', x),
  wide: true,
  saves: ['result'],
  examples: [{ input: [-1, 0.5, 3] }],
});

export const expm1 = definePointwise({
  name: 'expm1',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Exponential less one, exact near 0',
  expression: f.expm1,
  saves: ['result'],
  examples: [{ input: [-1, 1e-8, 1] }],
});

export const log = definePointwise({
  name: 'log',
  in: ['torch_', 'Tensor_'],
  summary: 'Natural logarithm',
  expression: f.log,
  examples: [{ input: [0.5, 1, 2.5] }],
  onnx: 'Log',
});

export const log2 = definePointwise({
  name: 'log2',
  in: ['torch_', 'Tensor_'],
  summary: 'Logarithm to base 2',
  expression: (x) => f.call('log2', x),
  wide: true,
  examples: [{ input: [0.5, 1, 2] }],
});

export const log10 = definePointwise({
  name: 'log10',
  in: ['torch_', 'Tensor_'],
  summary: 'Logarithm to base 10',
  expression: (x) => f.call('log10', x),
  wide: true,
  examples: [{ input: [0.5, 1, 10] }],
});

export const log1p = definePointwise({
  name: 'log1p',
  in: ['torch_', 'Tensor_', 'special'],
  summary: 'Logarithm of one plus x, exact near 0',
  expression: f.log1p,
  gradFn: 'Log1PBackward0',
  examples: [{ input: [-0.5, 1e-8, 1] }],
});
