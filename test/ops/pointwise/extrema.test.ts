/** Ties, NaN and either zero. Values are PyTorch 1.13's. */
import { bool, f64, i64, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['maximum', f64(1, 1, NaN, 2, 0, -0), f64(1, 2, 1, NaN, -0, 0)], dtype: 'float64', value: [1, 2, NaN, NaN, 0, -0], grads: [[0.5, 0, 1, 1, 0.5, 0.5], [0.5, 1, 1, 1, 0.5, 0.5]], gradFn: 'MaximumBackward0' },
  { call: ['minimum', f64(1, 1, NaN, 2, 0, -0), f64(1, 2, 1, NaN, -0, 0)], dtype: 'float64', value: [1, 1, NaN, NaN, 0, -0], grads: [[0.5, 1, 1, 1, 0.5, 0.5], [0.5, 0, 1, 1, 0.5, 0.5]], gradFn: 'MinimumBackward0' },
  { call: ['fmax', f64(1, 1, NaN, 2, NaN), f64(1, 2, 1, NaN, NaN)], dtype: 'float64', value: [1, 2, 1, 2, NaN], grads: [[1, 0, 0, 1, 1], [0, 1, 1, 0, 0]], gradFn: 'FmaxBackward0' },
  { call: ['fmin', f64(1, 1, NaN, 2, NaN, 0, -0), f64(1, 2, 1, NaN, NaN, -0, 0)], dtype: 'float64', value: [1, 1, 1, 2, NaN, 0, -0], grads: [[1, 1, 0, 1, 1, 1, 1], [0, 0, 1, 0, 0, 0, 0]], gradFn: 'FminBackward0' },
  { call: ['maximum', bool(true, false), bool(false, false)], dtype: 'bool', value: [true, false] },
  { call: ['maximum', f64(1), i64(2)], dtype: 'float64', value: [2], grads: [[0]], gradFn: 'MaximumBackward0' },
  { call: ['minimum', i64(4611686018427387905n), i64(4611686018427387904n)], dtype: 'int64', value: [4611686018427387904n] },
]);
