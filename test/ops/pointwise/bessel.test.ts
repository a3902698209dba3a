/** Even, odd and scaled. Values are PyTorch 1.13's. */
import { f64, i64, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['i0', f64(0, -2, 30, NaN)], dtype: 'float64', value: [1, 2.279585302336067, 781672297823.9775, NaN], grads: [[0, -1.5906368546373295, 768532038938.9569, NaN]], gradFn: 'I0Backward0' },
  { call: ['i0e', f64(0, -800, 3, Infinity, NaN)], dtype: 'float64', value: [1, 0.014106945005869183, 0.24300035416182536, 0, NaN], grads: [[0, 8.819599342187179e-06, -0.04617364086452452, 0, NaN]], gradFn: 'SpecialI0EBackward0' },
  { call: ['i1', f64(0, -2, 30)], dtype: 'float64', value: [0, -1.5906368546373295, 768532038938.9569], grads: [[0.5, 1.484266875017402, 756054563192.679]], gradFn: 'SpecialI1Backward0' },
  { call: ['i1e', f64(0, -800, 3)], dtype: 'float64', value: [0, -0.014098125406526996, 0.19682671329730084], grads: [[0.5, -8.803057415971219e-06, -0.01943526356790909]], gradFn: 'SpecialI1EBackward0' },
  { call: ['i0', i64(1)], dtype: 'float32', value: [1.2660659551620483] },
]);
