// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: what an op gives
/** Powers and roots: zero bases, zero exponents, infinities, whole numbers. Values are PyTorch 1.13's. */
import { bool, f32, f64, i64, refusals, rows, t } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['pow', f64(1, 2, -3), 2], dtype: 'float64', value: [1, 4, 9], grads: [[2, 4, -6]], gradFn: 'PowBackward0' },
  { call: ['pow', 2, f64(1, 2, -1)], dtype: 'float64', value: [2, 4, 0.5], grads: [[1.3862943611198906, 2.772588722239781, 0.34657359027997264]], gradFn: 'PowBackward2' },
  { call: ['pow', f64(0, 0, 0, -2, 1, 1, -1), f64(0, 2, -1, 2, NaN, Infinity, Infinity)], dtype: 'float64', value: [1, 0, Infinity, 4, 1, 1, 1], grads: [[0, 0, -Infinity, -4, NaN, Infinity, Infinity], [0, 0, -Infinity, NaN, 0, 0, NaN]], gradFn: 'PowBackward1' },
  { call: ['pow', f64(-0, -Infinity, Infinity, -1, 0), 0.5], dtype: 'float64', value: [-0, NaN, Infinity, NaN, 0], grads: [[-Infinity, NaN, 0, NaN, Infinity]], gradFn: 'PowBackward0' },
  { call: ['pow', f64(-0, -Infinity, Infinity, -1, 4), -0.5], dtype: 'float64', value: [-Infinity, NaN, 0, NaN, 0.5], grads: [[-Infinity, 0, 0, NaN, -0.0625]], gradFn: 'PowBackward0' },
  { call: ['pow', f64(NaN, 0, Infinity), 0], dtype: 'float64', value: [1, 1, 1], grads: [[0, 0, 0]], gradFn: 'PowBackward0' },
  { call: ['pow', 0, f64(0, 1, -1, NaN)], dtype: 'float64', value: [1, 0, Infinity, NaN], grads: [[0, 0, -Infinity, NaN]], gradFn: 'PowBackward2' },
  { call: ['pow', 1, f64(NaN, Infinity)], dtype: 'float64', value: [1, 1], grads: [[0, 0]], gradFn: 'PowBackward2' },
  { call: ['pow', f64(-Infinity, NaN, 2), 3], dtype: 'float64', value: [-Infinity, NaN, 8], grads: [[Infinity, NaN, 12]], gradFn: 'PowBackward0' },
  { call: ['pow', f64(-0, -Infinity), f64(0.5, 0.5)], dtype: 'float64', value: [0, Infinity], grads: [[Infinity, 0], [0, NaN]], gradFn: 'PowBackward1' },
  { call: ['pow', f64(2, 3), true], dtype: 'float64', value: [2, 3], grads: [[1, 1]], gradFn: 'PowBackward0' },
  { call: ['pow', bool(true, false), 2], dtype: 'int64', value: [1, 0] },
  { call: ['pow', i64(2, 1, -1, 0), i64(-1, -1, -1, -3)], dtype: 'int64', value: [0, 1, -1, 0] },
  { call: ['pow', i64(2), 2.5], dtype: 'float32', value: [5.656854152679443] },
  { call: ['pow', 2, i64(-1, 3)], dtype: 'int64', value: [0, 8] },
  { call: ['pow', 2.5, i64(2)], dtype: 'float32', value: [6.25] },
  { call: ['pow', t('uint8', 3, 7), 5], dtype: 'uint8', value: [243, 167] },
  { call: ['pow', t('int16', 2, 3), 300], dtype: 'int16', value: [0, 9841] },
  { call: ['pow', t('int32', 3, -3), 41], dtype: 'int32', value: [2069870691, -2069870691] },
  { call: ['pow', i64(3, -3), 101], dtype: 'int64', value: [-8953868536612635789n, 8953868536612635789n] },
  { call: ['pow', i64(2), f32(1.5)], dtype: 'float32', value: [2.8284270763397217], grads: [[1.9605162143707275]], gradFn: 'PowBackward1' },
  { call: ['sqrt', f64(0, -0, -1, Infinity, 2)], dtype: 'float64', value: [0, -0, NaN, Infinity, 1.4142135623730951], grads: [[Infinity, -Infinity, NaN, 0, 0.35355339059327373]], gradFn: 'SqrtBackward0' },
  { call: ['sqrt', i64(4)], dtype: 'float32', value: [2] },
  { call: ['rsqrt', f64(0, -0, -1, Infinity, 2)], dtype: 'float64', value: [Infinity, -Infinity, NaN, 0, 0.7071067811865475], grads: [[-Infinity, Infinity, NaN, 0, -0.17677669529663684]], gradFn: 'RsqrtBackward0' },
  { call: ['reciprocal', f64(0, -0, Infinity, -2)], dtype: 'float64', value: [Infinity, -Infinity, 0, -0.5], grads: [[-Infinity, -Infinity, 0, -0.25]], gradFn: 'ReciprocalBackward0' },
  { call: ['reciprocal', i64(2)], dtype: 'float32', value: [0.5] },
  { call: ['square', f64(-3, Infinity)], dtype: 'float64', value: [9, Infinity], grads: [[-6, Infinity]], gradFn: 'PowBackward0' },
  { call: ['square', bool(true)], dtype: 'int64', value: [1] },
]);

refusals([
  ['value_range', 'pow', i64(2), -1],
  ['value_range', 'pow', t('int8', 2), 200],
  ['value_range', 'pow', t('uint8', 2), 300],
  ['value_range', 'pow', t('int16', 2), 70000],
  ['dtype', 'pow', bool(true), bool(true)],
  ['dtype', 'pow', 2, 3],
]);
