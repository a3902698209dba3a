// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: what an op gives
/** Further functions of two tensors. Values are PyTorch 1.13's. */
import { bool, f32, f64, i64, refusals, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['hypot', f64(0, Infinity, NaN, 3, 1e+300), f64(0, NaN, 1, 4, 1e+300)], dtype: 'float64', value: [0, Infinity, NaN, 5, 1.4142135623730952e+300], grads: [[NaN, NaN, NaN, 0.6, 0.7071067811865475], [NaN, NaN, NaN, 0.8, 0.7071067811865475]], gradFn: 'HypotBackward0' },
  { call: ['copysign', f64(1, -1, 0, NaN, 3), f64(-1, -0, -1, 1, 2)], dtype: 'float64', value: [-1, -1, -0, NaN, 3], grads: [[-1, 1, 0, NaN, 1], [0, 0, 0, 0, 0]], gradFn: 'CopysignBackward0' },
  { call: ['copysign', f64(1, -2), -0], dtype: 'float64', value: [-1, -2], grads: [[-1, 1]], gradFn: 'CopysignBackward1' },
  { call: ['copysign', i64(1), -1], dtype: 'float32', value: [-1] },
  { call: ['heaviside', f64(0, -1, 1, NaN, -0), f64(0.5, 0.5, 0.5, 0.5, 0.25)], dtype: 'float64', value: [0.5, 0, 1, 0, 0.25] },
  { call: ['heaviside', i64(0), i64(5)], dtype: 'int64', value: [5] },
  { call: ['ldexp', f64(1, 2), i64(3, -1)], dtype: 'float64', value: [8, 1], grads: [[8, 0.5]], gradFn: 'MulBackward0' },
  { call: ['ldexp', f64(1, 2), f64(3, 0.5)], dtype: 'float64', value: [8, 2.8284271247461903], grads: [[8, 1.4142135623730951], [5.545177444479562, 1.9605162869370945]], gradFn: 'MulBackward0' },
  { call: ['ldexp', i64(1), i64(3)], dtype: 'float32', value: [8] },
  { call: ['ldexp', f64(1), i64(1000)], dtype: 'float64', value: [Infinity], grads: [[Infinity]], gradFn: 'MulBackward0' },
  { call: ['float_power', i64(2), 3], dtype: 'float64', value: [8] },
  { call: ['float_power', 2, i64(3)], dtype: 'float64', value: [8] },
  { call: ['float_power', f32(2, 3), f32(0.5, 2)], dtype: 'float64', value: [1.4142135623730951, 9], grads: [[0.3535533845424652, 6], [0.9802581667900085, 9.887510299682617]], gradFn: 'PowBackward1' },
  { call: ['float_power', bool(true), bool(true)], dtype: 'float64', value: [1] },
]);

refusals([
  ['dtype', 'hypot', i64(3), i64(4)],
  ['dtype', 'heaviside', i64(0), f64(1)],
]);
