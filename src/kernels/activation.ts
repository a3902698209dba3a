/**
 * The busiest activations. Each has a loop of its own, so that the compiler sees one formula in it;
 * what does not lie in order takes the common loop of pointwise.ts.
 */
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { map1 } from './pointwise.ts';

type Floats = Float32Array | Float64Array;
type Loop = (from: Floats, to: Floats, at: number, n: number) => void;

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Near zero a quotient of polynomials keeps all digits; elsewhere one exponential is enough. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size < 0.5) {
    const z = x * x;
    return (x * (135135 + z * (17325 + z * (378 + z)))) / (135135 + z * (62370 + z * (3150 + z * 28)));
  }
  const e = Math.exp(-2 * size);
  return x < 0 ? (e - 1) / (e + 1) : (1 - e) / (1 + e);
}

const positive = (x: number): number => (x < 0 ? 0 : x);

const reluLoop: Loop = (from, to, at, n) => {
  for (let k = 0; k < n; k++) to[k] = positive(from[at + k]);
};
/** In float32 the exponential of what lies below overflows: PyTorch's result is 0, not the smallest of numbers. */
const LOGISTIC_FLOOR = -88.72283905206835;
const logisticFloat32 = (x: number): number => (x < LOGISTIC_FLOOR ? 0 : logistic(x));

const logisticLoop: Loop = (from, to, at, n) => {
  if (to instanceof Float32Array) for (let k = 0; k < n; k++) to[k] = logisticFloat32(from[at + k]);
  else for (let k = 0; k < n; k++) to[k] = logistic(from[at + k]);
};
const tanhLoop: Loop = (from, to, at, n) => {
  for (let k = 0; k < n; k++) to[k] = tanh(from[at + k]);
};

/** Floating tensors only. */
const looped =
  (loop: Loop, formula: (x: number) => number, float32 = formula) =>
  (x: Tensor): Tensor => {
    if (!x.isContiguous) return map1({ number: x.dtype === 'float32' ? float32 : formula }, x);
    const out = empty(x.shape, x.dtype);
    return launch(out, () => loop(dataOf(x) as Floats, dataOf(out) as Floats, x.offset, x.numel));
  };

export const reluOf = looped(reluLoop, positive);
export const logisticOf = looped(logisticLoop, logistic, logisticFloat32);
export const tanhOf = looped(tanhLoop, tanh);
