/** The affine layer. */
import type { Edge, Step } from '../../autograd/node.ts';
import { matrixProduct } from '../../kernels/index.ts';
import { shapeMismatch, showShape } from '../../tensor/errors.ts';
import { contiguousStrides, expandsTo, type Shape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { optionalTensor, tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { mT, reshape, unsqueeze } from '../shape/index.ts';
import { checkDTypes } from './checks.ts';
import { asRows, matmul } from './matmul.ts';

/** The last dimension of a vector or of many, cut off. */
const lead = (shape: Shape): Shape => shape.slice(0, -1);

function node({ input, weight, bias }: { input: Tensor; weight: Tensor; bias?: Tensor }): string {
  if (bias === undefined) {
    if (weight.ndim === 1)
      return input.ndim === 1 ? 'DotBackward0' : input.ndim === 2 ? 'MvBackward0' : 'UnsafeViewBackward0';
    return input.ndim === 1 ? 'SqueezeBackward3' : input.ndim === 2 ? 'MmBackward0' : 'UnsafeViewBackward0';
  }
  return input.ndim === 2 ? 'AddmmBackward0' : input.ndim === 3 ? 'ViewBackward0' : 'AddBackward0';
}

type Given = (key: string) => Edge | null;

/** What PyTorch makes of it: a product with the weight transposed, and what brings other shapes to a matrix and back. */
function graph(given: Given, name: string): readonly Step[] {
  const columns = through('TBackward0', given('weight'));
  const product = (input: Step): Step => ({ name: 'MmBackward0', next: [input, columns] });
  switch (name) {
    case 'AddmmBackward0':
      return [given('bias'), given('input'), columns];
    case 'ViewBackward0':
      return [{ name: 'AddmmBackward0', next: [given('bias'), through('ViewBackward0', given('input')), columns] }];
    case 'UnsafeViewBackward0':
      return [product(through('ReshapeAliasBackward0', given('input')))];
    case 'SqueezeBackward3':
      return [product(through('UnsqueezeBackward0', given('input')))];
    case 'AddBackward0':
      return [
        { name: 'SqueezeBackward3', next: [product(through('UnsqueezeBackward0', given('input')))] },
        given('bias'),
      ];
    default:
      return [given('input'), name === 'MmBackward0' ? columns : given('weight')];
  }
}

const through = (name: string, edge: Edge | null): Step => (edge === null ? null : { name, next: [edge] });

export const linear = defineOp({
  name: 'linear',
  category: 'linalg',
  in: ['F'],
  module: 'Linear',
  summary: 'Affine map of the last dimension, as a fully connected layer does it',
  params: [
    tensor('input', { doc: 'Shape [..., in]' }),
    tensor('weight', { doc: 'Shape [out, in], or [in] for a single output without a dimension of its own' }),
    optionalTensor('bias', { doc: 'Shape [out]' }),
  ],
  formula: String.raw`y = x W^\top + b`,
  derivative: String.raw`\tfrac{\partial L}{\partial x} = G W,\quad \tfrac{\partial L}{\partial W} = G^\top x,\quad \tfrac{\partial L}{\partial b} = \sum G`,
  forward: ({ input, weight, bias }) => {
    if (input.ndim === 0) throw shapeMismatch('linear: input needs at least 1 dimension, but has shape []');
    if (weight.ndim !== 2 && weight.ndim !== 1) {
      throw shapeMismatch(
        `linear: weight must have 2 dimensions [out, in], or 1, but has shape ${showShape(weight.shape)}`,
      );
    }
    if (weight.ndim === 1 && bias !== undefined && input.ndim !== 1) {
      throw shapeMismatch(
        `linear: weight must have 2 dimensions [out, in] where there is a bias, but has shape ${showShape(weight.shape)}`,
      );
    }
    const depth = input.shape[input.ndim - 1];
    if (depth !== weight.shape[weight.ndim - 1]) {
      throw shapeMismatch(
        `linear: input and weight shapes cannot be multiplied (${showShape(input.shape)} and ${showShape(weight.shape)}): dimension ${input.ndim - 1} of input has size ${depth}, but dimension ${weight.ndim - 1} of weight has size ${weight.shape[weight.ndim - 1]}`,
      );
    }
    checkDTypes('linear', ['input', 'weight', 'bias'], bias === undefined ? [input, weight] : [input, weight, bias]);
    const outFeatures = weight.ndim === 2 ? weight.shape[0] : 1;
    const shape = [...lead(input.shape), ...(weight.ndim === 2 ? [outFeatures] : [])];
    if (bias !== undefined && !expandsTo(bias.shape, shape)) {
      throw shapeMismatch(
        `linear: bias of shape ${showShape(bias.shape)} does not broadcast to the result's shape ${showShape(shape)}`,
      );
    }
    const columns =
      weight.ndim === 2
        ? weight.alias([depth, outFeatures], [weight.strides[1], weight.strides[0]])
        : weight.alias([depth, 1], [weight.strides[0], 0]);
    const rows = input.ndim === 1 ? input.alias([1, depth], [0, input.strides[0]]) : input;
    const out = matrixProduct(rows, columns, bias ?? null);
    return out.alias(shape, contiguousStrides(shape));
  },
  saves: { input: ['weight'], weight: ['input'] },
  gradFn: node,
  graph,
  gradient: {
    input: ({ weight }, grad) => (weight.ndim === 1 ? mul(unsqueeze(grad, -1), weight) : matmul(grad, weight)),
    weight: ({ input, weight }, grad) => {
      if (weight.shape.length === 1) {
        return input.ndim === 1 ? mul(grad, input) : matmul(mT(asRows(input)), reshape(grad, [grad.numel]));
      }
      if (input.ndim === 1) return mul(unsqueeze(grad, -1), input);
      return matmul(mT(asRows(grad)), asRows(input));
    },
    bias: (_, grad) => grad,
  },
  derivation: {
    formula: ({ bias }) =>
      bias === undefined ? String.raw`@input\,@weight^{\top}` : String.raw`@input\,@weight^{\top} + @bias`,
    by: {
      input: ({ weight, result }) => ({
        form: 'matrix',
        latex: String.raw`@g\,@weight`,
        words: `the gradient, of shape ${showShape(result.shape)}, times the weight, of shape ${showShape(weight.shape)}`,
      }),
      weight: ({ input, result }) => ({
        form: 'matrix',
        latex: String.raw`@g^{\top} @input`,
        words: `the transposed gradient, of shape ${showShape(result.shape)}, times the input, of shape ${showShape(input.shape)}: a sum over all examples`,
      }),
      bias: '1',
    },
  },
  examples: ['{"input": [[1, 2], [3, 4]], "weight": [[0.5, -1], [2, 0.25], [1, 1]], "bias": [0, 1, -1]}'],
});
