/** Windows of signal processing. */

import { i0 } from '../../kernels/formula/plain.ts';
import { fillBy } from '../../kernels/index.ts';
import { DEFAULT_DTYPE, type DType, isFloating } from '../../tensor/dtype.ts';
import { dtypeError, valueRange } from '../../tensor/errors.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, integer, number } from '../params.ts';
import { dtypeParam } from './filled.ts';

const lengthParam = attr('window_length', integer(), { doc: 'How many' });
const periodicParam = attr('periodic', boolean, {
  default: true,
  doc: 'Whether the window is one period, its last value left out; else it is symmetric',
});

/** A window by the place in it, from 0 to 1. */
function windowOf(
  name: string,
  length: number,
  periodic: boolean,
  dtype: DType | undefined,
  at: (place: number) => number,
): Tensor {
  const type = dtype ?? DEFAULT_DTYPE;
  if (!isFloating(type)) throw dtypeError(`${name} expects floating point dtypes, got: ${type}`);
  if (length < 0) throw valueRange(`${name} requires non-negative window_length, got window_length=${length}`);
  checkNumel([length]);
  const out = empty([length], type);
  const end = periodic ? length : length - 1;
  return fillBy(out, length === 1 ? () => 1 : (k) => at(k / end));
}

const cosine = (k: number, place: number): number => Math.cos(2 * Math.PI * k * place);

export const hannWindow = defineOp({
  name: 'hann_window',
  category: 'creation',
  summary: "Hann's window",
  params: [lengthParam, periodicParam, dtypeParam],
  formula: String.raw`\tfrac12 - \tfrac12 \cos\tfrac{2 \pi n}{N - 1}`,
  forward: ({ windowLength, periodic, dtype }) =>
    windowOf('hann_window', windowLength, periodic, dtype, (x) => 0.5 - 0.5 * cosine(1, x)),
  gradient: {},
  examples: [{ window_length: 4 }],
});

export const hammingWindow = defineOp({
  name: 'hamming_window',
  category: 'creation',
  summary: "Hamming's window",
  params: [
    lengthParam,
    periodicParam,
    attr('alpha', number(), { default: 0.54 }),
    attr('beta', number(), { default: 0.46 }),
    dtypeParam,
  ],
  formula: String.raw`\alpha - \beta \cos\tfrac{2 \pi n}{N - 1}`,
  forward: ({ windowLength, periodic, alpha, beta, dtype }) =>
    windowOf('hamming_window', windowLength, periodic, dtype, (x) => alpha - beta * cosine(1, x)),
  gradient: {},
  examples: [{ window_length: 4 }],
});

export const blackmanWindow = defineOp({
  name: 'blackman_window',
  category: 'creation',
  summary: "Blackman's window",
  params: [lengthParam, periodicParam, dtypeParam],
  formula: String.raw`0.42 - 0.5 \cos\tfrac{2 \pi n}{N - 1} + 0.08 \cos\tfrac{4 \pi n}{N - 1}`,
  forward: ({ windowLength, periodic, dtype }) =>
    windowOf('blackman_window', windowLength, periodic, dtype, (x) => 0.42 - 0.5 * cosine(1, x) + 0.08 * cosine(2, x)),
  gradient: {},
  examples: [{ window_length: 4 }],
});

export const bartlettWindow = defineOp({
  name: 'bartlett_window',
  category: 'creation',
  summary: "Bartlett's window, a triangle",
  params: [lengthParam, periodicParam, dtypeParam],
  formula: String.raw`1 - \bigl|\tfrac{2 n}{N - 1} - 1\bigr|`,
  forward: ({ windowLength, periodic, dtype }) =>
    windowOf('bartlett_window', windowLength, periodic, dtype, (x) => 1 - Math.abs(2 * x - 1)),
  gradient: {},
  examples: [{ window_length: 4 }],
});

export const kaiserWindow = defineOp({
  name: 'kaiser_window',
  category: 'creation',
  summary: "Kaiser's window",
  params: [lengthParam, periodicParam, attr('beta', number(), { default: 12, doc: 'How narrow it is' }), dtypeParam],
  formula: String.raw`I_0\bigl(\beta \sqrt{1 - (\tfrac{2 n}{N - 1} - 1)^2}\bigr) / I_0(\beta)`,
  forward: ({ windowLength, periodic, beta, dtype }) =>
    windowOf('kaiser_window', windowLength, periodic, dtype, (x) => {
      return i0(beta * Math.sqrt(Math.max(0, 1 - (2 * x - 1) ** 2))) / i0(beta);
    }),
  gradient: {},
  examples: [{ window_length: 4 }],
});
