/** Hyperbolic functions and their inverses; tanh stands among the activations. */
import * as f from '../../kernels/formula/expression.ts';
import { definePointwise } from '../pointwise-op.ts';

export const sinh = definePointwise({
  name: 'sinh',
  in: ['torch_', 'Tensor_'],
  summary: 'Hyperbolic sine',
  expression: (x) => f.call('sinh', x),
  wide: true,
  examples: [{ input: [-1, 0, 2] }],
});

export const cosh = definePointwise({
  name: 'cosh',
  in: ['torch_', 'Tensor_'],
  summary: 'Hyperbolic cosine',
  expression: (x) => f.call('cosh', x),
  wide: true,
  examples: [{ input: [-1, 0, 2] }],
});

export const asinh = definePointwise({
  name: 'asinh',
  aliases: ['arcsinh'],
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse hyperbolic sine',
  expression: (x) => f.call('asinh', x),
  wide: true,
  examples: [{ input: [-1, 0, 2] }],
});

export const acosh = definePointwise({
  name: 'acosh',
  aliases: ['arccosh'],
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse hyperbolic cosine',
  expression: (x) => f.call('acosh', x),
  wide: true,
  examples: [{ input: [1.5, 2, 10] }],
});

export const atanh = definePointwise({
  name: 'atanh',
  aliases: ['arctanh'],
  in: ['torch_', 'Tensor_'],
  summary: 'Inverse hyperbolic tangent',
  expression: (x) => f.call('atanh', x),
  wide: true,
  examples: [{ input: [-0.5, 0, 0.9] }],
});
