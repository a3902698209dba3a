/** How weights are filled: the formulas of torch.nn.init, drawn as PyTorch draws them. */
import { noteWrite } from '../../autograd/windows.ts';
import { copyInto } from '../../kernels/copy.ts';
import { fill } from '../../kernels/pointwise.ts';
import { normalFill, uniformFill } from '../../kernels/random/continuous.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { valueError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';
import { guarded } from '../torch/errors.ts';

function written(t: Tensor, body: () => void): Tensor {
  guarded(body);
  noteWrite(t);
  return t;
}

export const uniform = (t: Tensor, from: number, to: number): Tensor => written(t, () => uniformFill(t, from, to));
export const normal = (t: Tensor, mean: number, std: number): Tensor => written(t, () => normalFill(t, mean, std));
export const constant = (t: Tensor, value: number): Tensor =>
  written(t, () => {
    const one = fill(empty([], t.dtype), value);
    copyInto(t, one.alias(t.shape, new Array<number>(t.ndim).fill(0), 0));
  });

export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** How many inputs an output of a weight hangs on, and how many outputs an input reaches. */
export function fansOf(t: Tensor): Fans {
  if (t.ndim < 2) {
    throw valueError('Fan in and fan out can not be computed for tensor with fewer than 2 dimensions');
  }
  const [outputs, inputs, ...field] = t.shape;
  const size = field.reduce((a, b) => a * b, 1);
  return { fanIn: inputs * size, fanOut: outputs * size };
}

const LINEAR = new Set(
  'linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d sigmoid'.split(' '),
);

/** What a nonlinearity does to the deviation of what runs through it. */
export function gainOf(nonlinearity: Value, param: number | null): number {
  if (typeof nonlinearity === 'string' && LINEAR.has(nonlinearity)) return 1;
  if (nonlinearity === 'tanh') return 5 / 3;
  if (nonlinearity === 'relu') return Math.sqrt(2);
  if (nonlinearity === 'leaky_relu') return Math.sqrt(2 / (1 + (param ?? 0.01) ** 2));
  if (nonlinearity === 'selu') return 3 / 4;
  throw valueError(`Unsupported nonlinearity ${String(nonlinearity)}`);
}

/** He's deviation. */
function kaimingStd(t: Tensor, a: number, mode: string, nonlinearity: Value): number {
  const key = mode.toLowerCase();
  if (key !== 'fan_in' && key !== 'fan_out') {
    throw valueError(`Mode ${key} not supported, please use one of ['fan_in', 'fan_out']`);
  }
  const { fanIn, fanOut } = fansOf(t);
  return gainOf(nonlinearity, a) / Math.sqrt(key === 'fan_in' ? fanIn : fanOut);
}

export function kaimingUniform(t: Tensor, a = 0, mode = 'fan_in', nonlinearity: Value = 'leaky_relu'): Tensor {
  if (t.numel === 0) return t;
  const bound = Math.sqrt(3) * kaimingStd(t, a, mode, nonlinearity);
  return uniform(t, -bound, bound);
}

export function kaimingNormal(t: Tensor, a = 0, mode = 'fan_in', nonlinearity: Value = 'leaky_relu'): Tensor {
  return t.numel === 0 ? t : normal(t, 0, kaimingStd(t, a, mode, nonlinearity));
}

/** Glorot's deviation. */
function xavierStd(t: Tensor, gain: number): number {
  const { fanIn, fanOut } = fansOf(t);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

export function xavierUniform(t: Tensor, gain = 1): Tensor {
  const bound = Math.sqrt(3) * xavierStd(t, gain);
  return uniform(t, -bound, bound);
}

export const xavierNormal = (t: Tensor, gain = 1): Tensor => normal(t, 0, xavierStd(t, gain));

/** How Linear and the convolutions begin: the weight by He's formula, the bias from the same interval. */
export function fillLayer(weight: Tensor, bias: Tensor | null): void {
  kaimingUniform(weight, Math.sqrt(5));
  if (bias === null) return;
  const { fanIn } = fansOf(weight);
  if (fanIn === 0) return;
  const bound = 1 / Math.sqrt(fanIn);
  uniform(bias, -bound, bound);
}
