/** Several steps in one op. Values are PyTorch 1.13's. */
import { Float } from '../../../src/tensor/scalar.ts';
import { bool, f32, f64, i64, refusals, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['lerp', f64(1, 0, -Infinity, 3), f64(2, Infinity, Infinity, 7), f64(0.3, 0.3, 0.6, 1)], dtype: 'float64', value: [1.3, Infinity, NaN, 7], grads: [[0.7, 0.7, 0.4, 0], [0.3, 0.3, 0.6, 1], [1, Infinity, Infinity, 4]], gradFn: 'LerpBackward1' },
  { call: ['lerp', f64(1, 5), f64(2, -3), 0.3], dtype: 'float64', value: [1.3, 2.6], grads: [[0.7, 0.7], [0.3, 0.3]], gradFn: 'LerpBackward0' },
  { call: ['lerp', f64(1), f64(2), 1], dtype: 'float64', value: [2], grads: [[0], [1]], gradFn: 'LerpBackward0' },
  { call: ['addcmul', f64(1), f64(2), f64(3), new Float(2)], dtype: 'float64', value: [13], grads: [[1], [6], [4]], gradFn: 'AddcmulBackward0' },
  { call: ['addcmul', i64(1), i64(2), i64(3), 2.5], dtype: 'int64', value: [13] },
  { call: ['addcmul', f64(1), f64(Infinity), f64(3), new Float(0)], dtype: 'float64', value: [NaN], grads: [[1], [0], [NaN]], gradFn: 'AddcmulBackward0' },
  { call: ['addcdiv', f64(1, 1), f64(2, 1), f64(4, 0), new Float(2)], dtype: 'float64', value: [2, Infinity], grads: [[1, 1], [0.5, Infinity], [-0.25, -Infinity]], gradFn: 'AddcdivBackward0' },
  { call: ['addcdiv', f32(1), f32(2), f32(3)], dtype: 'float32', value: [1.6666667461395264], grads: [[1], [0.3333333432674408], [-0.2222222238779068]], gradFn: 'AddcdivBackward0' },
  { call: ['rsub', f64(1), f64(2)], dtype: 'float64', value: [1], grads: [[-1], [1]], gradFn: 'RsubBackward0' },
  { call: ['rsub', f64(1), 2, 3], dtype: 'float64', value: [-1], grads: [[-3]], gradFn: 'RsubBackward1' },
]);

refusals([
  ['dtype', 'lerp', f32(1), f64(2), 0.3],
  ['dtype', 'lerp', i64(1), i64(2), 0.3],
  ['dtype', 'addcdiv', f64(1), i64(2), i64(3)],
  ['dtype', 'rsub', bool(true), 1],
  ['dtype', 'sub', i64(1), bool(true)],
]);
