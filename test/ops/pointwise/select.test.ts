/** A choice, its dtype and its gradient. Values are PyTorch 1.13's. */
import { Float } from '../../../src/tensor/scalar.ts';
import { bool, f32, f64, i64, refusals, rows, t } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['where', bool(true, false), f64(1, 2), f64(3, NaN)], dtype: 'float64', value: [1, NaN], grads: [[1, 0], [0, 1]], gradFn: 'WhereBackward0' },
  { call: ['where', bool(true, false), 1, 2], dtype: 'int64', value: [1, 2] },
  { call: ['where', bool(true, false), new Float(1), 2], dtype: 'float32', value: [1, 2] },
  { call: ['where', bool(true), i64(1), 2.5], dtype: 'float32', value: [1] },
  { call: ['where', bool(true, false), f32(1, 1), f64(2, 2)], dtype: 'float64', value: [1, 2], grads: [[1, 0], [0, 1]], gradFn: 'WhereBackward0' },
  { call: ['where', t('uint8', 0, 3), f64(1, 2), 0], dtype: 'float64', value: [0, 2], grads: [[0, 1]], gradFn: 'WhereBackward0' },
]);

refusals([
  ['dtype', 'where', i64(1), f64(1), f64(2)],
  ['shape_mismatch', 'where', bool(true, false), f64(1, 2, 3), 0],
]);
