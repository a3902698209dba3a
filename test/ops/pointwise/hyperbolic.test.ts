/** Tails and poles. Values are PyTorch 1.13's. */
import { f64, i64, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['sinh', f64(-Infinity, -1, -0, 2, 711, Infinity, NaN)], dtype: 'float64', value: [-Infinity, -1.1752011936438014, -0, 3.626860407847019, Infinity, Infinity, NaN], grads: [[Infinity, 1.5430806348152437, 1, 3.7621956910836314, Infinity, Infinity, NaN]], gradFn: 'SinhBackward0' },
  { call: ['cosh', f64(-Infinity, -1, -0, 2, 711, Infinity, NaN)], dtype: 'float64', value: [Infinity, 1.5430806348152437, 1, 3.7621956910836314, Infinity, Infinity, NaN], grads: [[-Infinity, -1.1752011936438014, 0, 3.626860407847019, Infinity, Infinity, NaN]], gradFn: 'CoshBackward0' },
  { call: ['asinh', f64(-Infinity, -1, -0, 2, 711, Infinity, NaN)], dtype: 'float64', value: [-Infinity, -0.881373587019543, -0, 1.4436354751788103, 7.259820104902117, Infinity, NaN], grads: [[0, 0.7071067811865475, 1, 0.4472135954999579, 0.0014064683697930706, 0, NaN]], gradFn: 'AsinhBackward0' },
  { call: ['acosh', f64(0.5, 1, 2, Infinity, NaN)], dtype: 'float64', value: [NaN, 0, 1.3169578969248166, Infinity, NaN], grads: [[NaN, Infinity, 0.5773502691896258, 0, NaN]], gradFn: 'AcoshBackward0' },
  { call: ['atanh', f64(-2, -1, -0, 0.5, 1, NaN)], dtype: 'float64', value: [NaN, -Infinity, -0, 0.5493061443340548, Infinity, NaN], grads: [[-0.3333333333333333, Infinity, 1, 1.3333333333333333, Infinity, NaN]], gradFn: 'AtanhBackward0' },
  { call: ['sinh', i64(2)], dtype: 'float32', value: [3.6268603801727295] },
]);
