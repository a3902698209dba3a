/** Elements, or whole channels, left out at random in training. */
import { dropoutMask, dropoutNoise } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, number, tensor } from '../params.ts';
import { add, mul } from '../pointwise/arithmetic.ts';
import { alias, squeeze, unsqueeze } from '../shape/index.ts';

interface Call {
  readonly input: Tensor;
  readonly p: number;
  readonly training: boolean;
}

function check(op: string, { input, p, training }: Call): void {
  if (!(p >= 0 && p <= 1)) throw valueRange(`${op}: dropout probability has to be between 0 and 1, but got ${p}`);
  if (training && p > 0 && !isFloating(input.dtype))
    throw dtypeError(`${op}: in training input must be floating, but is ${input.dtype}`);
}

/** Channels are dropped whole: one draw for each, however large it is. */
function checkChannels(op: string, input: Tensor): void {
  if (input.ndim >= 2) return;
  throw shapeMismatch(
    `${op}: feature dropout requires at least 2 dimensions in the input, but got ${showShape(input.shape)}`,
  );
}

const idle = ({ input, p, training }: Call): boolean => !training || p === 0 || input.numel === 0;

/** What is kept is scaled up, so that the mean stays. */
function dropped(op: string, call: Call, channels = false): Tensor {
  check(op, call);
  const { input, p } = call;
  if (idle(call)) return alias(input);
  if (channels) checkChannels(op, input);
  return mul(input, dropoutNoise(input, p, channels));
}

const SELU_LOW = 1.7580993408473766;

/** What is dropped takes SELU's lowest value, and an affine map brings mean and variance back. */
function alphaDropped(op: string, call: Call, channels = false): Tensor {
  check(op, call);
  const { input, p } = call;
  if (idle(call)) return alias(input);
  if (channels) checkChannels(op, input);
  if (p === 1) return mul(input, zeros([], input.dtype));
  const mask = dropoutMask(input, p, channels);
  const a = 1 / Math.sqrt((SELU_LOW * SELU_LOW * p + 1) * (1 - p));
  const shift = add(mul(add(mask, -1), float(SELU_LOW * a)), float(SELU_LOW * a * p));
  return add(mul(input, mul(mask, float(a))), shift);
}

const params = [
  tensor('input'),
  attr('p', number(), { default: 0.5, doc: 'The probability of being left out' }),
  attr('training', boolean, { default: true, doc: 'Otherwise the input stays as it is' }),
] as const;
const alphaParams = [params[0], params[1], attr('training', boolean, { default: false, doc: params[2].doc })] as const;

const FORMULA = String.raw`\tfrac{m}{1 - p}\, x,\quad m \sim \operatorname{Bernoulli}(1 - p)`;
const DERIVATIVE = String.raw`\tfrac{m}{1 - p}`;
const ALPHA_FORMULA = String.raw`a \bigl(m x + (1 - m) \alpha'\bigr) + b,\quad m \sim \operatorname{Bernoulli}(1 - p)`;

export const dropout = defineOp({
  name: 'dropout',
  category: 'nn',
  in: ['torch_', 'F'],
  takes: { torch: 'input p train=training' },
  inplace: true,
  module: 'Dropout',
  summary: 'Elements left out at random in training, the others scaled up',
  source: 'Srivastava et al. 2014',
  params,
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: (call) => dropped('dropout', call),
  derivation: {
    words: 'what was kept gets its gradient times 1/(1 - p), what was dropped 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]], "training": false}'],
});

export const featureDropout = defineOp({
  name: 'feature_dropout',
  category: 'nn',
  in: ['torch_'],
  takes: 'input p train=training',
  summary: 'Whole channels left out at random in training',
  params,
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: (call) => dropped('feature_dropout', call, true),
  examples: ['{"input": [[1, 2], [3, 4]], "training": false}'],
});

/** Of an image without a batch dimension, channels stand first. */
function channelDropout(op: string, call: Call, unbatched: number): Tensor {
  if (call.input.ndim !== unbatched) return dropped(op, call, true);
  return squeeze(dropped(op, { ...call, input: unsqueeze(call.input, 0) }, true), 0);
}

export const dropout1d = defineOp({
  name: 'dropout1d',
  category: 'nn',
  inplace: true,
  module: 'Dropout1d',
  summary: 'Whole channels of signals left out at random in training',
  params,
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: (call) => {
    if (call.input.ndim !== 2 && call.input.ndim !== 3)
      throw shapeMismatch(`dropout1d: expected 2D or 3D input, but received shape ${showShape(call.input.shape)}`);
    return channelDropout('dropout1d', call, 2);
  },
  examples: ['{"input": [[1, 2], [3, 4]], "training": false}'],
});

export const dropout2d = defineOp({
  name: 'dropout2d',
  category: 'nn',
  inplace: true,
  module: 'Dropout2d',
  summary: 'Whole channels of images left out at random in training',
  source: 'Tompson et al. 2015',
  params,
  formula: FORMULA,
  derivative: DERIVATIVE,
  // Three dimensions are [n, channels, length] to PyTorch's dropout2d, not an image without a batch.
  composite: (call) => dropped('dropout2d', call, true),
  examples: ['{"input": [[1, 2], [3, 4]], "training": false}'],
});

export const dropout3d = defineOp({
  name: 'dropout3d',
  category: 'nn',
  inplace: true,
  module: 'Dropout3d',
  summary: 'Whole channels of volumes left out at random in training',
  params,
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: (call) => channelDropout('dropout3d', call, 4),
  examples: ['{"input": [[1, 2], [3, 4]], "training": false}'],
});

export const alphaDropout = defineOp({
  name: 'alpha_dropout',
  category: 'nn',
  in: ['torch_', 'F'],
  takes: { torch: 'input p train=training' },
  inplace: true,
  module: 'AlphaDropout',
  summary: 'Elements set to the lowest value of SELU at random in training, mean and variance kept',
  source: 'Klambauer et al. 2017',
  params: alphaParams,
  formula: ALPHA_FORMULA,
  derivative: 'a\\,m',
  composite: (call) => alphaDropped('alpha_dropout', call),
  examples: ['{"input": [[1, 2], [3, 4]], "training": false}'],
});

export const featureAlphaDropout = defineOp({
  name: 'feature_alpha_dropout',
  category: 'nn',
  in: ['torch_', 'F'],
  takes: { torch: 'input p train=training' },
  inplace: true,
  module: 'FeatureAlphaDropout',
  summary: 'Whole channels set to the lowest value of SELU at random in training',
  params: alphaParams,
  formula: ALPHA_FORMULA,
  derivative: 'a\\,m',
  composite: (call) => alphaDropped('feature_alpha_dropout', call, true),
  examples: ['{"input": [[1, 2], [3, 4]], "training": false}'],
});
