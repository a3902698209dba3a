// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: what an op gives
/** Angles, poles and limits. Values are PyTorch 1.13's. */
import { f32, f64, i64, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['sin', f64(-Infinity, -1, -0, 0, 2, 1e+20, NaN)], dtype: 'float64', value: [NaN, -0.8414709848078965, -0, 0, 0.9092974268256817, -0.6452512852657808, NaN], grads: [[NaN, 0.5403023058681398, 1, 1, -0.4161468365471424, 0.7639704044417283, NaN]], gradFn: 'SinBackward0' },
  { call: ['cos', f64(-Infinity, -1, -0, 0, 2, 1e+20, NaN)], dtype: 'float64', value: [NaN, 0.5403023058681398, 1, 1, -0.4161468365471424, 0.7639704044417283, NaN], grads: [[NaN, 0.8414709848078965, 0, 0, -0.9092974268256817, 0.6452512852657808, NaN]], gradFn: 'CosBackward0' },
  { call: ['tan', f64(-Infinity, -1, -0, 0, 2, 1e+20, NaN)], dtype: 'float64', value: [NaN, -1.5574077246549023, -0, 0, -2.185039863261519, -0.8446024630198843, NaN], grads: [[NaN, 3.42551882081476, 1, 1, 5.774399204041917, 1.713353320539255, NaN]], gradFn: 'TanBackward0' },
  { call: ['asin', f64(-2, -1, -0, 0.5, 1, NaN)], dtype: 'float64', value: [NaN, -1.5707963267948966, -0, 0.5235987755982989, 1.5707963267948966, NaN], grads: [[NaN, Infinity, 1, 1.1547005383792517, Infinity, NaN]], gradFn: 'AsinBackward0' },
  { call: ['acos', f64(-2, -1, -0, 0.5, 1, NaN)], dtype: 'float64', value: [NaN, 3.141592653589793, 1.5707963267948966, 1.0471975511965976, 0, NaN], grads: [[NaN, -Infinity, -1, -1.1547005383792517, -Infinity, NaN]], gradFn: 'AcosBackward0' },
  { call: ['atan', f64(-Infinity, -0, 1, Infinity)], dtype: 'float64', value: [-1.5707963267948966, -0, 0.7853981633974483, 1.5707963267948966], grads: [[0, 1, 0.5, 0]], gradFn: 'AtanBackward0' },
  { call: ['atan2', f64(0, -0, 0, Infinity, Infinity, NaN, 1), f64(0, -0, -1, Infinity, -Infinity, 1, 2)], dtype: 'float64', value: [0, -3.141592653589793, 3.141592653589793, 0.7853981633974483, 2.356194490192345, NaN, 0.4636476090008061], grads: [[NaN, NaN, -1, NaN, NaN, NaN, 0.4], [NaN, NaN, 0, NaN, NaN, NaN, -0.2]], gradFn: 'Atan2Backward0' },
  { call: ['sinc', f64(0, 1, NaN, Infinity, -0, 1e-200, 0.5)], dtype: 'float64', value: [1, 3.8981718325193755e-17, NaN, NaN, 1, 1, 0.6366197723675814], grads: [[0, -1, NaN, NaN, 0, 0, -1.2732395447351625]], gradFn: 'SincBackward0' },
  { call: ['sinc', f32(1, 2, 0.25)], dtype: 'float32', value: [-2.7827534054836178e-08, 2.7827534054836178e-08, 0.9003162980079651], grads: [[-1, 0.5, -0.7728379964828491]], gradFn: 'SincBackward0' },
  { call: ['deg2rad', f64(180, -90)], dtype: 'float64', value: [3.141592653589793, -1.5707963267948966], grads: [[0.017453292519943295, 0.017453292519943295]], gradFn: 'Deg2RadBackward0' },
  { call: ['rad2deg', f64(1)], dtype: 'float64', value: [57.29577951308232], grads: [[57.29577951308232]], gradFn: 'Rad2DegBackward0' },
  { call: ['deg2rad', i64(180)], dtype: 'float32', value: [3.1415927410125732] },
  { call: ['rad2deg', i64(9)], dtype: 'float32', value: [515.6620483398438] },
  { call: ['atan2', i64(3), i64(4)], dtype: 'float32', value: [0.6435011029243469] },
]);
