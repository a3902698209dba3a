/** Dimensions exchanged, added and dropped: other strides on the same elements. */
import { EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { checkShape, normalizeDim, normalizeDims } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { defineOp } from '../define.ts';
import { attr, integer, integerList, integerOrList, optionalAttr, tensor } from '../params.ts';
import { alias } from './copies.ts';
import { reshape } from './views.ts';

const at = <T>(list: readonly T[], order: readonly number[]): T[] => order.map((d) => list[d]);

export const transpose = defineOp({
  name: 'transpose',
  aliases: ['swapaxes', 'swapdims'],
  category: 'shape',
  in: ['torch', 'Tensor_'],
  takes: { ':swapaxes': 'input axis0=dim0 axis1=dim1' },
  summary: 'Two dimensions exchanged',
  params: [tensor('input'), attr('dim0', integer()), attr('dim1', integer())],
  formula: String.raw`y_{\ldots j \ldots i \ldots} = x_{\ldots i \ldots j \ldots}`,
  derivative: '1',
  forward: ({ input, dim0, dim1 }) => {
    const a = normalizeDim(dim0, input.ndim);
    const b = normalizeDim(dim1, input.ndim);
    const order = input.shape.map((_, d) => (d === a ? b : d === b ? a : d));
    return input.alias(at(input.shape, order), at(input.strides, order));
  },
  gradient: { input: ({ dim0, dim1 }, grad): Tensor => transpose(grad, dim0, dim1) },
  derivation: {
    formula: String.raw`\operatorname{transpose}(@input)`,
    words: 'axes trade places: those of the gradient trade back',
  },
  examples: ['{"input": [[1, 2, 3], [4, 5, 6]], "dim0": 0, "dim1": 1}'],
});

/** A full order of dimensions, each once. */
function checkOrder(dims: readonly number[], rank: number): number[] {
  if (dims.length !== rank) {
    throw shapeMismatch(
      `permute: number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${rank} is not equal to len(dims) = ${dims.length}`,
    );
  }
  const order = dims.map((d) => normalizeDim(d, rank));
  if (new Set(order).size !== rank) throw new EngineError('value_range', `permute: repeated dim in ${showShape(dims)}`);
  return order;
}

/** The order that undoes another. */
function inverse(order: readonly number[]): number[] {
  const out = new Array<number>(order.length);
  order.forEach((d, i) => {
    out[d] = i;
  });
  return out;
}

export const permute = defineOp({
  name: 'permute',
  category: 'shape',
  summary: 'Dimensions in another order',
  params: [tensor('input'), attr('dims', integerList, { doc: 'Every dimension once, in the new order' })],
  formula: String.raw`y_{i_{\pi(0)}, i_{\pi(1)}, \ldots} = x_{i_0, i_1, \ldots}`,
  derivative: '1',
  forward: ({ input, dims }) => {
    const order = checkOrder(dims, input.ndim);
    return input.alias(at(input.shape, order), at(input.strides, order));
  },
  gradient: { input: ({ input, dims }, grad): Tensor => permute(grad, inverse(checkOrder(dims, input.shape.length))) },
  derivation: {
    formula: String.raw`\operatorname{permute}(@input)`,
    words: 'axes trade places: those of the gradient trade back',
  },
  examples: ['{"input": [[[1, 2], [3, 4], [5, 6]]], "dims": [2, 0, 1]}'],
});

export const movedim = defineOp({
  name: 'movedim',
  aliases: ['moveaxis'],
  category: 'shape',
  summary: 'Some dimensions moved to other places, the rest in their order',
  params: [tensor('input'), attr('source', integerOrList), attr('destination', integerOrList)],
  formula: String.raw`y_{\pi(i)} = x_{i}`,
  derivative: '1',
  composite: ({ input, source, destination }) => {
    const list = (x: number | readonly number[]): readonly number[] => (typeof x === 'number' ? [x] : x);
    const [from, to] = [list(source), list(destination)];
    if (from.length !== to.length) {
      throw shapeMismatch(
        `movedim: Invalid source or destination dims: source (${showShape(from)} dims) should contain the same number of dims as destination (${showShape(to)} dims)`,
      );
    }
    const pick = (dims: readonly number[], what: string): number[] => {
      const out = dims.map((d) => normalizeDim(d, input.ndim));
      if (new Set(out).size !== out.length)
        throw new EngineError('value_range', `movedim: repeated dim in \`${what}\` (${showShape(dims)})`);
      return out;
    };
    const src = pick(from, 'source');
    const dst = pick(to, 'destination');
    if (input.ndim === 0) return alias(input);
    const order = new Array<number>(input.ndim).fill(-1);
    src.forEach((s, i) => {
      order[dst[i]] = s;
    });
    const rest = input.shape.map((_, d) => d).filter((d) => !src.includes(d));
    return permute(
      input,
      order.map((d) => (d < 0 ? (rest.shift() as number) : d)),
    );
  },
  derivation: {
    formula: String.raw`\operatorname{movedim}(@input)`,
    words: 'axes trade places: those of the gradient trade back',
  },
  examples: ['{"input": [[[1, 2], [3, 4], [5, 6]]], "source": 0, "destination": -1}'],
});

export const t = defineOp({
  name: 't',
  category: 'shape',
  in: ['torch', 'Tensor_'],
  summary: 'A matrix transposed; fewer dimensions stay as they are',
  params: [tensor('input')],
  formula: String.raw`x^\mathsf{T}`,
  derivative: '1',
  forward: ({ input }) => {
    if (input.ndim > 2)
      throw shapeMismatch(
        `t() expects a tensor with <= 2 dimensions, but self is ${input.ndim}D, of shape ${showShape(input.shape)}`,
      );
    return input.alias([...input.shape].reverse(), [...input.strides].reverse());
  },
  gradFn: 'TBackward0',
  gradient: { input: (_, grad): Tensor => t(grad) },
  derivation: {
    formula: String.raw`@input^{\top}`,
    words: 'a transposed matrix: so is its gradient',
  },
  examples: ['{"input": [[1, 2, 3], [4, 5, 6]]}'],
});

const REVERSED =
  'The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.';

export const T = defineOp({
  name: 'T',
  aliases: ['numpy_T'],
  category: 'shape',
  in: ['property', ':numpy_T'],
  summary: 'All dimensions in reverse order',
  params: [tensor('input')],
  formula: String.raw`x^\mathsf{T}`,
  derivative: '1',
  composite: ({ input }) => {
    if (input.ndim !== 2) warn(REVERSED);
    return permute(
      input,
      input.shape.map((_, d) => input.ndim - 1 - d),
    );
  },
  examples: ['{"input": [[1, 2, 3], [4, 5, 6]]}'],
});

export const H = defineOp({
  name: 'H',
  category: 'shape',
  in: ['property'],
  summary: 'A matrix transposed (and conjugated, which leaves real numbers as they are)',
  params: [tensor('input')],
  formula: String.raw`x^\mathsf{H}`,
  derivative: '1',
  composite: ({ input }) => {
    if (input.ndim !== 2 && input.ndim !== 0)
      throw shapeMismatch(
        `tensor.H is only supported on matrices (2-D tensors). Got ${input.ndim}-D tensor, of shape ${showShape(input.shape)}.`,
      );
    return input.ndim === 0 ? alias(input) : transpose(input, 0, 1);
  },
  examples: ['{"input": [[1, 2, 3], [4, 5, 6]]}'],
});

const matrices = (name: string, input: Tensor): Tensor => {
  if (input.ndim === 1)
    throw shapeMismatch(
      `tensor.${name} is only supported on matrices or batches of matrices. Got 1-D tensor, of shape ${showShape(input.shape)}.`,
    );
  return input.ndim === 0 ? alias(input) : transpose(input, -2, -1);
};

export const mT = defineOp({
  name: 'mT',
  category: 'shape',
  in: ['property'],
  summary: 'The last two dimensions exchanged',
  params: [tensor('input')],
  formula: String.raw`x^\mathsf{T}`,
  derivative: '1',
  composite: ({ input }) => matrices('mT', input),
  examples: ['{"input": [[[1, 2, 3], [4, 5, 6]]]}'],
});

export const mH = defineOp({
  name: 'mH',
  aliases: ['adjoint'],
  category: 'shape',
  in: ['property', 'torch:adjoint', 'Tensor:adjoint'],
  summary: 'The last two dimensions exchanged (and conjugated, which leaves real numbers as they are)',
  params: [tensor('input')],
  formula: String.raw`x^\mathsf{H}`,
  derivative: '1',
  composite: ({ input }) => matrices('mH', input),
  examples: ['{"input": [[[1, 2, 3], [4, 5, 6]]]}'],
});

export const squeeze = defineOp({
  name: 'squeeze',
  category: 'shape',
  in: ['torch', 'Tensor_'],
  summary: 'Without dimensions of size 1: all of them, or one',
  params: [tensor('input'), optionalAttr('dim', integerOrList, { doc: 'Only this one, where it is of size 1' })],
  formula: String.raw`y_{\mathrm{flat}(i)} = x_{\mathrm{flat}(i)}`,
  derivative: '1',
  forward: ({ input, dim }) => {
    const dims = typeof dim === 'object' && dim.length === 0 ? [] : normalizeDims(dim, input.ndim);
    const kept = input.shape.map((_, d) => d).filter((d) => input.shape[d] !== 1 || !dims.includes(d));
    return input.alias(at(input.shape, kept), at(input.strides, kept));
  },
  gradFn: ({ dim }) => (dim === undefined ? 'SqueezeBackward0' : 'SqueezeBackward1'),
  gradient: { input: ({ input }, grad): Tensor => reshape(grad, input.shape) },
  derivation: {
    formula: String.raw`\operatorname{squeeze}(@input)`,
    words: 'the elements stay as they are: the gradient gets the shape of @input back',
  },
  examples: [{ input: [[[1], [2], [3]]], dim: 0 }],
});

export const unsqueeze = defineOp({
  name: 'unsqueeze',
  category: 'shape',
  in: ['torch', 'Tensor_'],
  summary: 'A new dimension of size 1',
  params: [tensor('input'), attr('dim', integer(), { doc: 'Where the new dimension stands' })],
  formula: String.raw`y_{\mathrm{flat}(i)} = x_{\mathrm{flat}(i)}`,
  derivative: '1',
  forward: ({ input, dim }) => {
    const d = normalizeDim(dim, input.ndim + 1);
    const shape = input.shape.toSpliced(d, 0, 1);
    checkShape(shape);
    const step = d < input.ndim ? input.shape[d] * input.strides[d] : 1;
    return input.alias(shape, input.strides.toSpliced(d, 0, step));
  },
  gradient: { input: ({ input, dim }, grad): Tensor => squeeze(grad, normalizeDim(dim, input.shape.length + 1)) },
  derivation: {
    formula: String.raw`\operatorname{unsqueeze}(@input)`,
    words: 'the elements stay as they are: the gradient gets the shape of @input back',
  },
  examples: [{ input: [1, 2, 3], dim: 1 }],
});
