// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: what an op gives
/** The error function and its kin; products with logarithms; log-odds. Values are PyTorch 1.13's. */
import { f64, i64, refusals, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['erf', f64(-Infinity, -1.5, -0, 0.3, 2, Infinity, NaN)], dtype: 'float64', value: [-1, -0.9661051464753108, -0, 0.3286267594591274, 0.9953222650189527, 1, NaN], grads: [[0, 0.11893028922362936, 1.1283791670955126, 1.031260909618963, 0.020666985354092053, 0, NaN]], gradFn: 'ErfBackward0' },
  { call: ['erfc', f64(-Infinity, -1.5, -0, 0.3, 2, Infinity, NaN)], dtype: 'float64', value: [2, 1.9661051464753108, 1, 0.6713732405408726, 0.004677734981047265, 0, NaN], grads: [[0, -0.11893028922362936, -1.1283791670955126, -1.031260909618963, -0.020666985354092053, 0, NaN]], gradFn: 'ErfcBackward0' },
  { call: ['erfc', f64(10, 26)], dtype: 'float64', value: [2.088487583762545e-45, 5.663192408856143e-296], grads: [[-4.197656231354417e-44, -2.9470349932662693e-294]], gradFn: 'ErfcBackward0' },
  { call: ['erfinv', f64(0, 1, -1, 2, NaN, -0, 0.5, -0.9)], dtype: 'float64', value: [0, Infinity, -Infinity, NaN, NaN, -0, 0.4769362762044699, -1.1630871536766743], grads: [[0.8862269254527579, Infinity, Infinity, NaN, NaN, 0.8862269254527579, 1.1125848189719496, 3.4280428114518418]], gradFn: 'ErfinvBackward0' },
  { call: ['erfcx', f64(0, -30, 30, 10000000000, NaN)], dtype: 'float64', value: [1, Infinity, 0.018795888861416754, 5.641895835477563e-11, NaN], grads: [[-1.1283791670955126, -Infinity, -0.0006258354105073138, 0, NaN]], gradFn: 'SpecialErfcxBackward0' },
  { call: ['ndtr', f64(-1, 0, 2, Infinity, -Infinity, NaN)], dtype: 'float64', value: [0.15865525393145702, 0.5, 0.9772498680518208, 1, 0, NaN], grads: [[0.2419707245191433, 0.3989422804014327, 0.05399096651318802, 0, 0, NaN]] },
  { call: ['log_ndtr', f64(0, -30, 2, NaN, -1)], dtype: 'float64', value: [-0.6931471805599453, -454.32124395634327, -0.02301290932896348, NaN, -1.841021645009264], grads: [[0.7978845608028654, 30.03325966743577, 0.05524786267898997, NaN, 1.525135276160982]], gradFn: 'SpecialLogNdtrBackward0' },
  { call: ['xlogy', f64(0, 0, 0, 1, NaN, 0), f64(0, NaN, -1, 0, 0, Infinity)], dtype: 'float64', value: [0, NaN, 0, -Infinity, NaN, 0], grads: [[0, NaN, 0, -Infinity, -Infinity, Infinity], [NaN, NaN, 0, Infinity, NaN, 0]], gradFn: 'XlogyBackward0' },
  { call: ['xlogy', f64(3, 0), 2], dtype: 'float64', value: [2.0794415416798357, 0], grads: [[0.6931471805599453, 0.6931471805599453]], gradFn: 'XlogyBackward2' },
  { call: ['xlogy', 0, f64(3, 0)], dtype: 'float64', value: [0, 0], grads: [[0, NaN]], gradFn: 'XlogyBackward1' },
  { call: ['xlogy', 2, f64(3, 0)], dtype: 'float64', value: [2.1972245773362196, -Infinity], grads: [[0.6666666666666666, Infinity]], gradFn: 'XlogyBackward1' },
  { call: ['xlogy', i64(1), 2], dtype: 'float32', value: [0.6931471824645996] },
  { call: ['entr', f64(0, -1, 1, NaN, Infinity, 0.3)], dtype: 'float64', value: [0, -Infinity, -0, NaN, -Infinity, 0.3611918412977808], grads: [[Infinity, NaN, -1, NaN, -Infinity, 0.20397280432593612]], gradFn: 'SpecialEntrBackward0' },
  { call: ['logit', f64(0, 1, -1, 2, 0.5, NaN)], dtype: 'float64', value: [-Infinity, Infinity, NaN, NaN, 0, NaN], grads: [[Infinity, Infinity, NaN, NaN, 4, NaN]], gradFn: 'LogitBackward0' },
  { call: ['logit', f64(0, 1, -1, 2, 0.5, NaN, 0.2), 0.2], dtype: 'float64', value: [-1.3862943611198906, 1.3862943611198908, -1.3862943611198906, 1.3862943611198908, 0, NaN, -1.3862943611198906], grads: [[0, 0, 0, 0, 4, NaN, 6.249999999999999]], gradFn: 'LogitBackward0' },
  { call: ['logit', f64(0, 1, 0.5), 0.7], dtype: 'float64', value: [0.8472978603872034, -0.8472978603872034, 0.8472978603872034], grads: [[0, 0, 0]], gradFn: 'LogitBackward0' },
  { call: ['logit', f64(0, 1, 0.5), -1], dtype: 'float64', value: [-Infinity, Infinity, 0], grads: [[Infinity, Infinity, 4]], gradFn: 'LogitBackward0' },
  { call: ['logit', i64(1)], dtype: 'float32', value: [Infinity] },
]);

refusals([['dtype', 'xlogy', 2, 3]]);
