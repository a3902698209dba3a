// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: what an op gives
/** Logarithms of sums. Values are PyTorch 1.13's. */
import { f32, f64, i64, refusals, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['logaddexp', f64(Infinity, -Infinity, -Infinity, NaN, 1, 1000, 0), f64(Infinity, -Infinity, Infinity, Infinity, 1000, 1000, 0)], dtype: 'float64', value: [Infinity, -Infinity, Infinity, NaN, 1000, 1000.6931471805599, 0.6931471805599453], grads: [[NaN, NaN, 0, NaN, 0, 0.5, 0.5], [NaN, NaN, 1, NaN, 1, 0.5, 0.5]], gradFn: 'LogaddexpBackward0' },
  { call: ['logaddexp2', f64(Infinity, -Infinity, -Infinity, NaN, 1, 1000, 0), f64(Infinity, -Infinity, Infinity, Infinity, 1000, 1000, 0)], dtype: 'float64', value: [Infinity, -Infinity, Infinity, NaN, 1000, 1001, 1], grads: [[NaN, NaN, 0, NaN, 1.8665272370064378e-301, 0.5, 0.5], [NaN, NaN, 1, NaN, 1, 0.5, 0.5]], gradFn: 'Logaddexp2Backward0' },
  { call: ['logaddexp', f32(3), i64(4)], dtype: 'float32', value: [4.31326150894165], grads: [[0.2689414322376251]], gradFn: 'LogaddexpBackward0' },
]);

refusals([['dtype', 'logaddexp', i64(1), i64(1)]]);
