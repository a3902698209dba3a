/** Bounds: on them, beyond them, crossed, NaN. Values are PyTorch 1.13's. */
import { bool, f32, f64, i64, refusals, rows, t } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['clamp', f64(NaN, 0, 1, -1, 2, -0), 0, 1], dtype: 'float64', value: [NaN, 0, 1, 0, 1, -0], grads: [[0, 1, 1, 0, 0, 1]], gradFn: 'ClampBackward1' },
  { call: ['clamp', f64(0, 1, 1.5, 3), 2, 1], dtype: 'float64', value: [1, 1, 1, 1], grads: [[0, 0, 0, 0]], gradFn: 'ClampBackward1' },
  { call: ['clamp', f64(0, 1), NaN, 1], dtype: 'float64', value: [NaN, NaN], grads: [[0, 0]], gradFn: 'ClampBackward1' },
  { call: ['clamp', f64(-1, 2), 0], dtype: 'float64', value: [0, 2], grads: [[0, 1]], gradFn: 'ClampBackward1' },
  { call: ['clamp', f64(NaN, 0, 1, -1, 2, 1), f64(0, 0, 0, 0, 0, 3), f64(1, 1, 1, 1, 1, 2)], dtype: 'float64', value: [NaN, 0, 1, 0, 1, 2], grads: [[0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 1]], gradFn: 'ClampBackward0' },
  { call: ['clamp', f64(NaN, 0, 1), f64(0, 0, NaN)], dtype: 'float64', value: [NaN, 0, NaN], grads: [[0, 1, 0], [0, 0, 0]], gradFn: 'ClampBackward0' },
  { call: ['clamp', f64(1, -2), undefined, f64(0, NaN)], dtype: 'float64', value: [0, NaN], grads: [[0, 0], [1, 0]], gradFn: 'ClampBackward0' },
  { call: ['clamp', i64(1, 5), 0.5], dtype: 'float32', value: [1, 5] },
  { call: ['clamp', bool(true, false), 0, 1], dtype: 'int64', value: [1, 0] },
  { call: ['clamp', i64(1, 5), f32(2, 7)], dtype: 'float32', value: [2, 7], grads: [[1, 1]], gradFn: 'ClampBackward0' },
  { call: ['clamp_min', f64(NaN, 0, -1, Infinity), 0], dtype: 'float64', value: [NaN, 0, 0, Infinity], grads: [[0, 1, 0, 1]], gradFn: 'ClampMinBackward0' },
  { call: ['clamp_min', f64(NaN, 0, 1), f64(0, 0, NaN)], dtype: 'float64', value: [NaN, 0, NaN], grads: [[0, 1, 0], [0, 0, 0]], gradFn: 'ClampMinBackward1' },
  { call: ['clamp_max', f64(NaN, 0, 1), f64(0, 0, NaN)], dtype: 'float64', value: [NaN, 0, NaN], grads: [[0, 1, 0], [0, 0, 0]], gradFn: 'ClampMaxBackward1' },
  { call: ['clamp_max', i64(9007199254740993n, 3), 4], dtype: 'int64', value: [4, 3] },
]);

refusals([
  ['value_range', 'clamp', f64(1)],
  ['dtype', 'clamp', f64(1), 0, f64(1)],
  ['value_range', 'clamp', t('uint8', 1), -5, 3],
  ['dtype', 'clamp_min', bool(true), true],
]);
