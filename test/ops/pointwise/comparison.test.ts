/** Comparisons: promotion, exact integers, NaN. Values are PyTorch 1.13's. */
import { Float } from '../../../src/tensor/scalar.ts';
import { bool, f32, f64, i64, refusals, rows, t } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['eq', f64(0, NaN, Infinity), f64(-0, NaN, Infinity)], dtype: 'bool', value: [true, false, true] },
  { call: ['ne', f64(0, NaN), f64(-0, NaN)], dtype: 'bool', value: [false, true] },
  { call: ['lt', f64(NaN, 1, 2), f64(1, NaN, 3)], dtype: 'bool', value: [false, false, true] },
  { call: ['ge', f64(NaN, 1, Infinity), f64(1, 1, Infinity)], dtype: 'bool', value: [false, true, true] },
  { call: ['le', bool(true, false), bool(false, false)], dtype: 'bool', value: [false, true] },
  { call: ['gt', i64(4611686018427387905n, 5), i64(4611686018427387904n, 6)], dtype: 'bool', value: [true, false] },
  { call: ['eq', i64(9007199254740993n), 9007199254740992n], dtype: 'bool', value: [false] },
  { call: ['eq', i64(16777217), new Float(16777216)], dtype: 'bool', value: [true] },
  { call: ['eq', i64(1), 1.5], dtype: 'bool', value: [false] },
  { call: ['eq', f32(0.10000000149011612), 0.1], dtype: 'bool', value: [true] },
  { call: ['eq', f32(0.10000000149011612), f64(0.1)], dtype: 'bool', value: [false] },
  { call: ['lt', t('uint8', 44), -1], dtype: 'bool', value: [true] },
  { call: ['eq', i64(1, 0), true], dtype: 'bool', value: [true, false] },
  { call: ['isclose', f64(1, NaN, Infinity, -Infinity, 1), f64(1.000001, NaN, Infinity, Infinity, 1.1)], dtype: 'bool', value: [true, false, true, false, false] },
  { call: ['isclose', f64(NaN, 1), f64(NaN, 2), new Float(0), new Float(0), true], dtype: 'bool', value: [true, false] },
  { call: ['isclose', i64(1, 100000), i64(1, 100001)], dtype: 'bool', value: [true, true] },
]);

refusals([
  ['dtype', 'isclose', i64(1), f64(1)],
  ['value_range', 'isclose', f64(1), f64(1), -0.4],
]);
