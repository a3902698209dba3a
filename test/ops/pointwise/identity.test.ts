/** Copies and the unary plus. Values are PyTorch 1.13's. */
import { bool, f64, i64, refusals, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['clone', f64(1, NaN)], dtype: 'float64', value: [1, NaN], grads: [[1, 1]], gradFn: 'CloneBackward0' },
  { call: ['positive', i64(-3)], dtype: 'int64', value: [-3] },
]);

refusals([['dtype', 'positive', bool(true)]]);
