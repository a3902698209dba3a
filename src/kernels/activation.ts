/**
 * The busiest activations. Each has a loop of its own, so that the compiler sees one formula in it;
 * what does not lie in order takes the common loop of pointwise.ts.
 */
import { dataOf, empty, type Tensor } from '../tensor/tensor.ts';
import { deferFrom } from './deferred.ts';
import { lt, select, sigmoid, tanh as tanhTerm } from './formula/expression.ts';
import { type AnyFormula, narrow } from './formula/formula.ts';
import { sigmoid as logistic, tanh } from './formula/functions.ts';
import { launch } from './launch.ts';
import { map1 } from './pointwise.ts';

type Floats = Float32Array | Float64Array;
type Loop = (from: Floats, to: Floats, at: number, n: number) => void;

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

const RELU = narrow((x) => select(lt(x, 0), 0, x));
const LOGISTIC = narrow((x) => sigmoid(x));
const TANH = narrow((x) => tanhTerm(x));

/** Floating tensors only. */
const looped =
  (loop: Loop, kernel: AnyFormula, float32 = kernel.number) =>
  (x: Tensor): Tensor => {
    const { number } = kernel;
    if (x.numel >= deferFrom() || !x.isContiguous)
      return map1({ ...kernel, number: x.dtype !== 'float64' ? float32 : number }, x);
    const out = empty(x.shape, x.dtype);
    return launch(out, () => loop(dataOf(x) as Floats, dataOf(out) as Floats, x.offset, x.numel));
  };

export const reluOf = looped(reluLoop, RELU);
export const logisticOf = looped(logisticLoop, LOGISTIC, logisticFloat32);
export const tanhOf = looped(tanhLoop, TANH);
