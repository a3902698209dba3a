/** Magnitude and sign, of NaN and of either zero. Values are PyTorch 1.13's. */
import { bool, f64, i64, refusals, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['abs', f64(0, -0, NaN, -Infinity, -2)], dtype: 'float64', value: [0, 0, NaN, Infinity, 2], grads: [[0, 0, 0, -1, -1]], gradFn: 'AbsBackward0' },
  { call: ['abs', i64(-9223372036854775808n, -5)], dtype: 'int64', value: [-9223372036854775808n, 5] },
  { call: ['sign', f64(NaN, -0, 0, -3, Infinity)], dtype: 'float64', value: [0, 0, 0, -1, 1], grads: [[0, 0, 0, 0, 0]], gradFn: 'SignBackward0' },
  { call: ['sgn', f64(NaN, -0, 0, -3)], dtype: 'float64', value: [0, 0, 0, -1], grads: [[0, 0, 0, 0]], gradFn: 'SgnBackward0' },
  { call: ['sign', bool(true, false)], dtype: 'bool', value: [true, false] },
  { call: ['sgn', i64(-4, 0)], dtype: 'int64', value: [-1, 0] },
  { call: ['signbit', f64(-0, 0, -1, 1, -Infinity)], dtype: 'bool', value: [true, false, true, false, true] },
  { call: ['signbit', i64(-1, 1)], dtype: 'bool', value: [true, false] },
  { call: ['signbit', bool(true)], dtype: 'bool', value: [false] },
]);

refusals([['dtype', 'abs', bool(true)]]);
