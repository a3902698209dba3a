/** Signs, zeros, infinities, whole numbers. Values are PyTorch 1.13's. */
import { bool, f64, i64, refusals, rows, t } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['fmod', f64(5, -5, 5, Infinity, 1, NaN, 0, -0), f64(3, 3, Infinity, 2, 0, 1, -1, 1)], dtype: 'float64', value: [2, -2, 5, NaN, NaN, NaN, 0, -0], grads: [[1, 1, 1, 1, 1, 1, 1, 1], [-1, 1, 0, -Infinity, -Infinity, NaN, 0, 0]], gradFn: 'FmodBackward1' },
  { call: ['remainder', f64(5, -5, 5, Infinity, 1, NaN, -0, -5, 5), f64(3, 3, Infinity, 2, 0, 1, 1, Infinity, -Infinity)], dtype: 'float64', value: [2, 1, 5, NaN, NaN, NaN, -0, Infinity, -Infinity], grads: [[1, 1, 1, 1, 1, 1, 1, 1, 1], [-1, 2, 0, NaN, -Infinity, NaN, 0, 1, 1]], gradFn: 'RemainderBackward1' },
  { call: ['fmod', i64(5, -5), i64(-3, 3)], dtype: 'int64', value: [2, -2] },
  { call: ['remainder', i64(5, -5), i64(-3, 3)], dtype: 'int64', value: [-1, 1] },
  { call: ['remainder', t('int32', 5, -5), t('int32', -3, 3)], dtype: 'int32', value: [-1, 1] },
  { call: ['remainder', i64(5), 2.5], dtype: 'float32', value: [0] },
  { call: ['remainder', 5, i64(3)], dtype: 'int64', value: [2] },
  { call: ['remainder', t('uint8', 7), -3], dtype: 'uint8', value: [7] },
  { call: ['remainder', f64(5), 2], dtype: 'float64', value: [1], grads: [[1]], gradFn: 'RemainderBackward0' },
  { call: ['fmod', f64(-5), 2], dtype: 'float64', value: [-1], grads: [[1]], gradFn: 'FmodBackward0' },
  { call: ['remainder', f64(-1e-20), f64(1)], dtype: 'float64', value: [1], grads: [[1], [1]], gradFn: 'RemainderBackward1' },
  { call: ['floor_divide', i64(5, -5), 2], dtype: 'int64', value: [2, -3] },
  { call: ['floor_divide', i64(5), 2.5], dtype: 'float32', value: [2] },
  { call: ['floor_divide', 5, i64(3)], dtype: 'int64', value: [1] },
]);

refusals([
  ['value_range', 'remainder', i64(5), 0],
  ['value_range', 'fmod', i64(5), i64(0)],
  ['value_range', 'floor_divide', i64(5), 0],
  ['dtype', 'remainder', bool(true), bool(true)],
  ['dtype', 'floor_divide', bool(true), bool(true)],
]);
