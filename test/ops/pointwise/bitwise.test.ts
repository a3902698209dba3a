/** Bits of whole numbers, wrapped as the processor wraps them. Values are PyTorch 1.13's. */
import { bool, f64, i64, refusals, rows, t } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['bitwise_and', i64(5), 3], dtype: 'int64', value: [1] },
  { call: ['bitwise_and', 5, i64(3)], dtype: 'int64', value: [1] },
  { call: ['bitwise_or', bool(true, false), bool(false, false)], dtype: 'bool', value: [true, false] },
  { call: ['bitwise_xor', i64(4611686018427387905n, -1), i64(4611686018427387904n, 5)], dtype: 'int64', value: [1, -6] },
  { call: ['bitwise_and', bool(true), 2], dtype: 'int64', value: [0] },
  { call: ['bitwise_left_shift', i64(5, 5), i64(2, 62)], dtype: 'int64', value: [20, 4611686018427387904n] },
  { call: ['bitwise_left_shift', t('uint8', 200), 1], dtype: 'uint8', value: [144] },
  { call: ['bitwise_right_shift', i64(-5, 5), i64(1, 1)], dtype: 'int64', value: [-3, 2] },
  { call: ['bitwise_not', i64(5, -1)], dtype: 'int64', value: [-6, 0] },
  { call: ['bitwise_not', t('uint8', 5)], dtype: 'uint8', value: [250] },
  { call: ['bitwise_not', bool(true)], dtype: 'bool', value: [false] },
  { call: ['gcd', i64(12, 0, -4, 4611686018427387904n), i64(8, 0, 6, 1099511627776)], dtype: 'int64', value: [4, 0, 2, 1099511627776] },
  { call: ['lcm', i64(12, 0, -4), i64(8, 0, 6)], dtype: 'int64', value: [24, 0, 12] },
  { call: ['lcm', t('uint8', 12), t('int32', 8)], dtype: 'int32', value: [24] },
]);

refusals([
  ['dtype', 'bitwise_and', f64(1), 3],
  ['dtype', 'bitwise_left_shift', bool(true), bool(true)],
  ['dtype', 'bitwise_not', f64(1)],
  ['dtype', 'gcd', bool(true), bool(true)],
]);
