// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: what an op gives
/** Exponentials and logarithms at their edges. Values are PyTorch 1.13's. */
import { bool, f32, f64, i64, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['exp', f64(-Infinity, -1, -0, 0, 0.5, 1, Infinity, NaN)], dtype: 'float64', value: [0, 0.36787944117144233, 1, 1, 1.6487212707001282, 2.718281828459045, Infinity, NaN], grads: [[0, 0.36787944117144233, 1, 1, 1.6487212707001282, 2.718281828459045, Infinity, NaN]], gradFn: 'ExpBackward0' },
  { call: ['exp2', f64(-Infinity, -1, -0, 0, 0.5, 1, Infinity, NaN)], dtype: 'float64', value: [0, 0.5, 1, 1, 1.4142135623730951, 2, Infinity, NaN], grads: [[0, 0.34657359027997264, 0.6931471805599453, 0.6931471805599453, 0.9802581434685472, 1.3862943611198906, Infinity, NaN]], gradFn: 'Exp2Backward0' },
  { call: ['expm1', f64(-Infinity, -1, -0, 0, 0.5, 1, Infinity, NaN)], dtype: 'float64', value: [-1, -0.6321205588285577, -0, 0, 0.6487212707001282, 1.7182818284590453, Infinity, NaN], grads: [[0, 0.36787944117144233, 1, 1, 1.6487212707001282, 2.7182818284590455, Infinity, NaN]], gradFn: 'Expm1Backward0' },
  { call: ['exp', f32(88.80000305175781, -104)], dtype: 'float32', value: [Infinity, 0], grads: [[Infinity, 0]], gradFn: 'ExpBackward0' },
  { call: ['exp', f64(709.8, -745.2)], dtype: 'float64', value: [Infinity, 0], grads: [[Infinity, 0]], gradFn: 'ExpBackward0' },
  { call: ['expm1', f64(1e-20)], dtype: 'float64', value: [1e-20], grads: [[1]], gradFn: 'Expm1Backward0' },
  { call: ['log', f64(-1, -0, 0, 0.5, 1, Infinity, NaN)], dtype: 'float64', value: [NaN, -Infinity, -Infinity, -0.6931471805599453, 0, Infinity, NaN], grads: [[-1, -Infinity, Infinity, 2, 1, 0, NaN]], gradFn: 'LogBackward0' },
  { call: ['log2', f64(-1, -0, 0, 0.5, 1, Infinity, NaN)], dtype: 'float64', value: [NaN, -Infinity, -Infinity, -1, 0, Infinity, NaN], grads: [[-1.4426950408889634, -Infinity, Infinity, 2.8853900817779268, 1.4426950408889634, 0, NaN]], gradFn: 'Log2Backward0' },
  { call: ['log10', f64(-1, -0, 0, 0.5, 1, Infinity, NaN)], dtype: 'float64', value: [NaN, -Infinity, -Infinity, -0.3010299956639812, 0, Infinity, NaN], grads: [[-0.43429448190325187, -Infinity, Infinity, 0.8685889638065037, 0.43429448190325187, 0, NaN]], gradFn: 'Log10Backward0' },
  { call: ['log1p', f64(-2, -1, -0, 1e-20, Infinity)], dtype: 'float64', value: [NaN, -Infinity, -0, 1e-20, Infinity], grads: [[-1, Infinity, 1, 1, 0]], gradFn: 'Log1PBackward0' },
  { call: ['log', i64(1, 0, -1)], dtype: 'float32', value: [0, -Infinity, NaN] },
  { call: ['exp', bool(true, false)], dtype: 'float32', value: [2.7182817459106445, 1] },
  { call: ['log2', f64(8, 1024)], dtype: 'float64', value: [3, 10], grads: [[0.18033688011112042, 0.0014088818758681283]], gradFn: 'Log2Backward0' },
  { call: ['log10', f64(1000)], dtype: 'float64', value: [3], grads: [[0.00043429448190325184]], gradFn: 'Log10Backward0' },
]);
