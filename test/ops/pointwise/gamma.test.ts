/** Poles, zeros and tails. The trigamma there is good to nine digits. Values are PyTorch 1.13's. */
import { f64, i64, rows } from './table.ts';

// biome-ignore format: a row a line
rows([
  { call: ['lgamma', f64(0, -0, -1.5, Infinity, 1, 2, 0.3, 50, 10000000000)], dtype: 'float64', value: [Infinity, Infinity, 0.860047015376481, Infinity, 0, 0, 1.0957979948180756, 144.5657439463449, 220258509288.81058], grads: [[-Infinity, Infinity, 0.7031566406452433, Infinity, -0.5772156649015328, 0.422784335098467, -3.502524222200133, 3.9019896734278925, 23.025850929890456]], gradFn: 'LgammaBackward0' },
  { call: ['digamma', f64(0, -0, Infinity, NaN, 1, 20)], dtype: 'float64', value: [-Infinity, Infinity, Infinity, NaN, -0.5772156649015328, 2.970523992242149], grads: [[Infinity, Infinity, 0, NaN, 1.6449340676383375, 0.05127082293520924]], gradFn: 'DigammaBackward0' },
  { call: ['polygamma', 0, f64(0, 0.3)], dtype: 'float64', value: [-Infinity, -3.502524222200133], grads: [[Infinity, 12.245364544940365]], gradFn: 'PolygammaBackward0' },
  { call: ['polygamma', 1, f64(0, NaN, 0.3, 20)], dtype: 'float64', value: [Infinity, NaN, 12.245364544940365, 0.05127082293520924], grads: [[-Infinity, NaN, -75.27253658872601, -0.0026281224023146543]], gradFn: 'PolygammaBackward0' },
  { call: ['polygamma', 2, f64(0, -1.5, 0.3, -7.25)], dtype: 'float64', value: [-Infinity, -0.23620405164172825, -75.27253658872601, 124.00852603656571], grads: [[Infinity, 194.59427621918758, 743.1417646550497, 1558.5411952034044]], gradFn: 'PolygammaBackward0' },
  { call: ['polygamma', 3, f64(0.3, 2)], dtype: 'float64', value: [743.1417646550497, 0.4939394022668293], grads: [[-9883.46855549699, -0.8862661234408787]], gradFn: 'PolygammaBackward0' },
  { call: ['lgamma', i64(3)], dtype: 'float32', value: [0.6931471824645996] },
], 1e-9);
