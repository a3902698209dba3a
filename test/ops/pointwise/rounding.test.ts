/** Halves, either zero, decimals. Values are PyTorch 1.13's. */
import { bool, f32, f64, i64, refusals, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['floor', f64(-1.5, -0.5, -0, 0.5, 1.5, 2.5, 0.49999999999999994, NaN, Infinity, -Infinity)], dtype: 'float64', value: [-2, -1, -0, 0, 1, 2, 0, NaN, Infinity, -Infinity], grads: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]], gradFn: 'FloorBackward0' },
  { call: ['ceil', f64(-1.5, -0.5, -0, 0.5, 1.5, 2.5, 0.49999999999999994, NaN, Infinity, -Infinity)], dtype: 'float64', value: [-1, -0, -0, 1, 2, 3, 1, NaN, Infinity, -Infinity], grads: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]], gradFn: 'CeilBackward0' },
  { call: ['trunc', f64(-1.5, -0.5, -0, 0.5, 1.5, 2.5, 0.49999999999999994, NaN, Infinity, -Infinity)], dtype: 'float64', value: [-1, -0, -0, 0, 1, 2, 0, NaN, Infinity, -Infinity], grads: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]], gradFn: 'TruncBackward0' },
  { call: ['round', f64(-1.5, -0.5, -0, 0.5, 1.5, 2.5, 0.49999999999999994, NaN, Infinity, -Infinity)], dtype: 'float64', value: [-2, -0, -0, 0, 2, 2, 0, NaN, Infinity, -Infinity], grads: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0]], gradFn: 'RoundBackward0' },
  { call: ['frac', f64(-1.5, -0.5, -0, 0.5, 1.5, 2.5, 0.49999999999999994, NaN, Infinity, -Infinity)], dtype: 'float64', value: [-0.5, -0.5, 0, 0.5, 0.5, 0.5, 0.49999999999999994, NaN, NaN, NaN], grads: [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], gradFn: 'FracBackward0' },
  { call: ['round', f64(1.2345, 2.675, Infinity, NaN, 1e+300, -0.001), 2], dtype: 'float64', value: [1.23, 2.68, Infinity, NaN, 1e+300, -0], grads: [[0, 0, 0, 0, 0, 0]], gradFn: 'RoundBackward1' },
  { call: ['round', f64(150, 250, 1e+300, Infinity), -2], dtype: 'float64', value: [200, 200, 1e+300, Infinity], grads: [[0, 0, 0, 0]], gradFn: 'RoundBackward1' },
  { call: ['round', f32(2.674999952316284, 1.0049999952316284, 0.14499999582767487, 8.125, 8.135000228881836), 2], dtype: 'float32', value: [2.680000066757202, 1, 0.14000000059604645, 8.119999885559082, 8.140000343322754], grads: [[0, 0, 0, 0, 0]], gradFn: 'RoundBackward1' },
  { call: ['floor', i64(3)], dtype: 'int64', value: [3] },
  { call: ['round', i64(-7)], dtype: 'int64', value: [-7] },
  { call: ['round', f64(150, Infinity), 400], dtype: 'float64', value: [NaN, NaN], grads: [[0, 0]], gradFn: 'RoundBackward1' },
]);

refusals([
  ['dtype', 'floor', bool(true)],
  ['dtype', 'frac', i64(3)],
  ['dtype', 'round', i64(1234), -2],
]);
