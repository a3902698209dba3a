/** Every number but 0 is true. Values are PyTorch 1.13's. */
import { bool, f64, i64, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['logical_not', f64(0, NaN, -0, 1)], dtype: 'bool', value: [true, false, true, false] },
  { call: ['logical_and', f64(NaN, 0, 2), i64(1, 1, 0)], dtype: 'bool', value: [true, false, false] },
  { call: ['logical_or', f64(NaN, 0, 0), i64(0, 1, 0)], dtype: 'bool', value: [true, true, false] },
  { call: ['logical_xor', bool(true, false, true), f64(1, 1, 0)], dtype: 'bool', value: [false, true, true] },
  { call: ['logical_not', i64(3, 0)], dtype: 'bool', value: [false, true] },
]);
