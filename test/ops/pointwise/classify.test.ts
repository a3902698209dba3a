/** NaN and the infinities. Values are PyTorch 1.13's. */
import { Float } from '../../../src/tensor/scalar.ts';
import { bool, f32, f64, i64, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['isnan', f64(NaN, Infinity, -Infinity, 0, 1)], dtype: 'bool', value: [true, false, false, false, false] },
  { call: ['isinf', f64(NaN, Infinity, -Infinity, 0, 1)], dtype: 'bool', value: [false, true, true, false, false] },
  { call: ['isfinite', f64(NaN, Infinity, -Infinity, 0, 1)], dtype: 'bool', value: [false, false, false, true, true] },
  { call: ['isposinf', f64(NaN, Infinity, -Infinity, 0, 1)], dtype: 'bool', value: [false, true, false, false, false] },
  { call: ['isneginf', f64(NaN, Infinity, -Infinity, 0, 1)], dtype: 'bool', value: [false, false, true, false, false] },
  { call: ['isnan', i64(1)], dtype: 'bool', value: [false] },
  { call: ['isfinite', bool(true)], dtype: 'bool', value: [true] },
  { call: ['isinf', i64(3)], dtype: 'bool', value: [false] },
  { call: ['nan_to_num', f64(NaN, Infinity, -Infinity, 1.5)], dtype: 'float64', value: [0, 1.7976931348623157e+308, -1.7976931348623157e+308, 1.5], grads: [[0, 0, 0, 1]], gradFn: 'NanToNumBackward0' },
  { call: ['nan_to_num', f32(NaN, Infinity, -Infinity), new Float(1), 1e+300, -2.5], dtype: 'float32', value: [1, Infinity, -2.5], grads: [[0, 0, 0]], gradFn: 'NanToNumBackward0' },
  { call: ['nan_to_num', i64(3)], dtype: 'int64', value: [3] },
  { call: ['nan_to_num', bool(true)], dtype: 'bool', value: [true] },
]);
