/** Messages of losses and layers in PyTorch's words and types: most of them are checked in PyTorch's Python. */
import { isDType, typeNameOf } from '../../tensor/dtype.ts';
import type { Rule } from './wordings.ts';

const kindOf = (dtype: string): string => (isDType(dtype) ? typeNameOf(dtype) : dtype);
const parts = (shape: string): string[] => (shape === '' ? [] : shape.split(', '));
const by = (shape: string): string => parts(shape).join('x');
const float = (x: string): string => (/^-?\d+$/.test(x) ? `${x}.0` : x);

/** A target of class indices that does not fit. */
function wrongTarget(wanted: string, input: string, got: string): string {
  const shape = parts(input);
  if (shape.length === 1) return `size mismatch (got input: [${input}], target: [${got}])`;
  return shape.length === 2
    ? '0D or 1D target tensor expected, multi-target not supported'
    : `Expected target size [${wanted}], got [${got}]`;
}

const TARGET =
  /^\w+: expected a target of shape \[(.*)\] for the input of shape \[(.*)\], whose dimension \d+ holds the classes, but got \[(.*)\]$/;

const BATCH =
  /^\w+: expected a target of shape \[\d.*\] for the input of shape \[(\d+), .*\], whose dimension \d+ holds the classes, but got \[(?!\1[,\]])(?:\d+\]|\d+, .*\])$/;

export const LOSS_WORDINGS: readonly Rule[] = [
  [BATCH, batchMismatch, 'ValueError', /^(cross_entropy|nll_loss)$/],
  [TARGET, (_, wanted, input, got) => wrongTarget(wanted, input, got)],
  [/^(Target -?\d+ is out of bounds): .*/, (_, words) => `${words}.`],
  [
    /^(?:cross_entropy|nll_loss): expected class indices of dtype int64, but got a target of dtype (\w+)/,
    (_, dtype) => `expected scalar type Long but found ${kindOf(dtype)}`,
  ],
  [
    /^cross_entropy: expected a floating dtype for a target with class probabilities, but got (\w+)/,
    (_, dtype) => `Expected floating point type for target with class probabilities, got ${kindOf(dtype)}`,
  ],
  [
    /^\w+: weight should be defined for all (\d+) classes of the input of shape .*, but got the shape (\[.*\])/,
    (_, n, shape) =>
      `weight tensor should be defined either for all ${n} classes or no classes but got weight tensor of shape: ${shape}`,
  ],
  [
    /^binary_cross_entropy: the target's shape (\[.*\]) must be the same as the input's (\[.*\])/,
    (_, target, input) =>
      `Using a target size (torch.Size(${target})) that is different to the input size (torch.Size(${input})) is deprecated. Please ensure they have the same size.`,
    'ValueError',
  ],
  [
    /^binary_cross_entropy_with_logits: the target's shape (\[.*\]) must be the same as the input's (\[.*\])/,
    (_, target, input) => `Target size (torch.Size(${target})) must be the same as input size (torch.Size(${input}))`,
    'ValueError',
  ],
  [/^(all elements of input should be between 0 and 1), but got .*/, (_, words) => words],
  [
    /^binary_cross_entropy: found a target of dtype (\w+), but expected the input's (\w+)/,
    (_, found, wanted) => `Found dtype ${kindOf(found)} but expected ${kindOf(wanted)}`,
  ],
  [
    /^binary_cross_entropy_with_logits: the target has to be floating, but got (\w+)/,
    (_, dtype) => `result type Float can't be cast to the desired output type ${kindOf(dtype)}`,
  ],
  [/^gaussian_nll_loss: var has negative entries.*/, () => 'var has negative entry/entries', 'ValueError'],
  [/^gaussian_nll_loss: var of shape .* is of incorrect size.*/, () => 'var is of incorrect size', 'ValueError'],
  [
    /^huber_loss does not support non-positive values for delta.*/,
    () => 'huber_loss does not support non-positive values for delta.',
  ],
  [
    /^smooth_l1_loss does not support negative values for beta.*/,
    () => 'smooth_l1_loss does not support negative values for beta.',
  ],
  [
    /^margin_ranking_loss: all tensors should have the same number of dimensions, but got input1 (\[.*\]), input2 (\[.*\]) and target (\[.*\])/,
    (_, a, b, c) =>
      `margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: torch.Size(${a}), input2: torch.Size(${b}), target: torch.Size(${c}) `,
  ],
  [/^multi_margin_loss: target -?\d+ is out of range.*/, () => 'target out of range', 'RuntimeError'],
  [
    /^multilabel_margin_loss: expected a target of the input's shape .*, but got (\[.*\])/,
    (_, shape) => `inconsistent size ${shape} for argument #2 'target'`,
  ],
];

/** Two batches of different lengths. */
function batchMismatch(message: string): string {
  const [, , input, got] = TARGET.exec(message) ?? [];
  return `Expected input batch_size (${parts(input)[0]}) to match target batch_size (${parts(got)[0]}).`;
}

/** What a layer of several dimensions takes. */
const dimensions = (op: string, n: string, shape: string): string =>
  op.includes('pool')
    ? op.startsWith('adaptive')
      ? `${op}(): Expected ${n}D or ${Number(n) + 1}D tensor, but got ${shape}`
      : `non-empty ${n}D or ${Number(n) + 1}D (batch mode) tensor expected for input`
    : `Expected ${n}D (unbatched) or ${Number(n) + 1}D (batched) input to ${op}, but got input of size: ${shape}`;

/** Of arguments that are out of range. */
const ARGUMENTS: readonly Rule[] = [
  [/^huber_loss\(\): delta must be/, () => 'huber_loss does not support non-positive values for delta.'],
  [/^smooth_l1_loss\(\): beta must be/, () => 'smooth_l1_loss does not support negative values for beta.'],
  [
    /^cross_entropy\(\): label_smoothing must be .*, but got (.*)/,
    (_, x) => `label_smoothing must be between 0.0 and 1.0. Got: ${x.replace(/\.0$/, '')}`,
  ],
  [/^gelu\(\): approximate must be/, () => 'approximate argument must be either none or tanh.'],
  [
    /^pad\(\): mode must be .*, but got '(.*)'/,
    (_, mode) => `Unrecognised padding mode ${mode}`,
    'NotImplementedError',
  ],
];

export const NN_WORDINGS: readonly Rule[] = [
  ...ARGUMENTS,
  [
    /^\w+: (dropout probability has to be between 0 and 1, but got) (.*)/,
    (_, words, p) => `${words} ${float(p)}`,
    'ValueError',
  ],
  [
    /^embedding: indices must be int64 or int32, but got (\w+)/,
    (_, dtype) =>
      `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.${kindOf(dtype)}Tensor instead (while checking arguments for embedding)`,
  ],
  [
    /^embedding(?:_bag)?: padding_idx must be within num_embeddings.*/,
    () => 'Padding_idx must be within num_embeddings',
    'AssertionError',
  ],
  [/^one_hot: class values must be smaller than num_classes.*/, () => 'Class values must be smaller than num_classes.'],
  [/^one_hot: class values must be non-negative.*/, () => 'Class values must be non-negative.'],
  [/^(one_hot is only applicable to index tensor): .*/, (_, words) => `${words}.`],
  [/^linear: expected input and weight to have the same dtype.*/, () => 'mat1 and mat2 must have the same dtype'],
  [
    /^(\w+): expected (\d)D \(unbatched\) or \dD \(batched\) input, but got input of size: (\[.*\])/,
    (_, op, n, shape) => dimensions(op, n, shape),
  ],
  [
    /^(Calculated padded input size per channel): \[(.*)\]\. (Kernel size): \[(.*)\]\. (Kernel size can't be greater than actual input size), nor 0/,
    (_, a, input, b, kernel, c) => `${a}: (${parts(input).join(' x ')}). ${b}: (${parts(kernel).join(' x ')}). ${c}`,
  ],
  [/^convolution: stride must be at least 1.*/, () => 'non-positive stride is not supported'],
  [
    /^\w*pool(\d)d: Given input size \[(.*)\], the calculated output size of the pooled dimensions is \[(.*)\]: output size is too small/,
    (_, n, input, output) => {
      const shape = parts(input).slice(-Number(n) - 1);
      return `Given input size: (${shape.join('x')}). Calculated output size: (${shape[0]}x${by(output)}). Output size is too small`;
    },
  ],
  [/^\w+pool\dd: (pad should be at most half of kernel size.*|divisor must be not zero)/, (_, words) => words],
  [
    /^batch_norm: expected (\w+) to be a vector of size equal to the number of channels in input \((\d+)\), but got \w+ of shape \[(\d+)\].*/,
    (_, name, wanted, got) => `${name} should contain ${wanted} elements not ${got}`,
  ],
  [
    /^instance_norm: expected more than 1 value per channel when training, got input size (\[.*\])/,
    (_, shape) => `Expected more than 1 spatial element when training, got input size torch.Size(${shape})`,
    'ValueError',
  ],
  [
    /^\w+_norm: expected more than 1 value per channel when training, got input size (\[.*\])/,
    (_, shape) => `Expected more than 1 value per channel when training, got input size ${shape}`,
    'ValueError',
  ],
  [/^(Given normalized_shape=.*, but got input of size) (\[.*\])/, (_, words, shape) => words + shape],
  [/^\w+: (Padding length must be divisible by 2), but got .*/, (_, words) => words],
  [/^\w+: (Padding length too large): .*/, (_, words) => words],
  [
    /^pad: (Padding size should be less than the corresponding input dimension, but got) (padding .*)/,
    (_, words, more) => `Argument #4: ${words}: ${more}`,
  ],
  [
    /^pad: (Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now), .*/,
    (_, words) => words,
    'NotImplementedError',
  ],
  [
    /^prelu: mismatch of parameter numbers and input channel size: weight has (\d+) elements, input of shape .* has (\d+) channels/,
    (_, n, channels) =>
      `Mismatch of parameter numbers and input channel size. Found parameter numbers = ${n} and channel size = ${channels}.`,
  ],
  [
    /^glu: the halved dimension must be even, but dimension (\d+) of the shape .* is of size (\d+)/,
    (_, dim, size) => `Halving dimension must be even, but dimension ${dim} is size ${size}`,
  ],
  [
    /^(bilinear\(\): .* size does not match weight size: got \d+) \(shape .*\) (but expected \d+) \(weight .*/,
    (_, words, more) => `${words} ${more}`,
  ],
];
