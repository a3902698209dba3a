/** Diagonals seen, made into matrices, and cut along. */
import { clearTriangle, copy, copyInto } from '../../kernels/index.ts';
import { EngineError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel, normalizeDim, sameShape } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, integer, integerList, tensor } from '../params.ts';
import { placed } from './placed.ts';
import { reshape } from './views.ts';

const offsetParam = attr('offset', integer(), { default: 0, doc: 'Above (positive) or below the main diagonal' });
const dim1Param = attr('dim1', integer(), { default: 0 });
const dim2Param = attr('dim2', integer(), { default: 1 });

/** Two different dimensions of a tensor. */
function pair(dim1: number, dim2: number, rank: number): [number, number] {
  const [a, b] = [normalizeDim(dim1, rank), normalizeDim(dim2, rank)];
  if (a === b) throw new EngineError('value_range', `diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  return [a, b];
}

/** The window on a diagonal, which stands last. */
function diagonalOf(t: Tensor, offset: number, dim1: number, dim2: number): Tensor {
  const [a, b] = pair(dim1, dim2, t.ndim);
  const [rows, columns] = [t.shape[a], t.shape[b]];
  const size = Math.max(offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns), 0);
  const start = size === 0 ? 0 : offset >= 0 ? offset * t.strides[b] : -offset * t.strides[a];
  const rest = t.shape.map((_, d) => d).filter((d) => d !== a && d !== b);
  return t.alias(
    [...rest.map((d) => t.shape[d]), size],
    [...rest.map((d) => t.strides[d]), t.strides[a] + t.strides[b]],
    t.offset + start,
  );
}

export const diagonal = defineOp({
  name: 'diagonal',
  category: 'shape',
  in: ['torch', 'Tensor', 'linalg'],
  takes: { linalg: 'A=input | offset dim1 dim2' },
  summary: 'A diagonal of two dimensions, as the last one',
  params: [tensor('input'), offsetParam, dim1Param, dim2Param],
  formula: String.raw`y_{\ldots i} = x_{\ldots i,\, i + \mathrm{offset}}`,
  derivative: '1',
  forward: ({ input, offset, dim1, dim2 }) => diagonalOf(input, offset, dim1, dim2),
  gradient: {
    input: ({ input, offset, dim1, dim2 }, grad): Tensor => diagonalBackward(grad, input.shape, offset, dim1, dim2),
  },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

export const diagonalBackward = defineOp({
  name: 'diagonal_backward',
  category: 'shape',
  summary: 'Zeros with a diagonal filled in: the gradient of diagonal',
  params: [tensor('grad_output'), attr('input_sizes', integerList), offsetParam, dim1Param, dim2Param],
  formula: String.raw`y_{\ldots i,\, i + \mathrm{offset}} = g_{\ldots i},\quad 0 \text{ elsewhere}`,
  derivative: '1',
  forward: ({ gradOutput, inputSizes, offset, dim1, dim2 }) =>
    placed('diagonal', gradOutput, inputSizes, (t) => diagonalOf(t, offset, dim1, dim2)),
  gradient: { gradOutput: ({ offset, dim1, dim2 }, grad): Tensor => diagonal(grad, offset, dim1, dim2) },
  examples: [{ grad_output: [1, 2], input_sizes: [2, 2] }],
});

export const diagEmbed = defineOp({
  name: 'diag_embed',
  category: 'shape',
  summary: 'Matrices with the last dimension on a diagonal',
  params: [
    tensor('input'),
    offsetParam,
    attr('dim1', integer(), { default: -2 }),
    attr('dim2', integer(), { default: -1 }),
  ],
  formula: String.raw`y_{\ldots i,\, i + \mathrm{offset}} = x_{\ldots i},\quad 0 \text{ elsewhere}`,
  derivative: '1',
  forward: ({ input, offset, dim1, dim2 }) => {
    if (input.ndim === 0)
      throw shapeMismatch('diag_embed expects a tensor of at least one dimension, but got the shape []');
    const [a, b] = pair(dim1, dim2, input.ndim + 1);
    const n = input.shape[input.ndim - 1] + Math.abs(offset);
    const shape: number[] = [...input.shape.slice(0, -1)];
    for (const d of [Math.min(a, b), Math.max(a, b)]) shape.splice(d, 0, n);
    checkNumel(shape);
    const out = empty(shape, input.dtype);
    copyInto(diagonalOf(out, offset, a, b), input);
    return out;
  },
  gradient: { input: ({ offset, dim1, dim2 }, grad): Tensor => diagonal(grad, offset, dim1, dim2) },
  examples: [{ input: [1, 2] }],
});

export const diag = defineOp({
  name: 'diag',
  category: 'shape',
  summary: "A matrix's diagonal, or a matrix with a vector on its diagonal",
  params: [tensor('input'), attr('diagonal', integer(), { default: 0, doc: 'Above (positive) or below the main one' })],
  formula: String.raw`\operatorname{diag}(x)`,
  derivative: '1',
  forward: ({ input, diagonal }) => {
    if (input.ndim !== 1 && input.ndim !== 2)
      throw shapeMismatch(`matrix or a vector expected, but got the shape ${showShape(input.shape)}`);
    if (input.ndim === 2) {
      const [rows, columns] = input.shape;
      if (diagonal > columns || -diagonal > rows)
        throw valueRange(`diagonal ${diagonal} lies outside a matrix of shape ${showShape(input.shape)}`);
      return copy(diagonalOf(input, diagonal, 0, 1));
    }
    const n = input.shape[0] + Math.abs(diagonal);
    checkNumel([n, n]);
    const out = empty([n, n], input.dtype);
    copyInto(diagonalOf(out, diagonal, 0, 1), input);
    return out;
  },
  gradient: {
    input: ({ input, diagonal: offset }, grad): Tensor =>
      input.shape.length === 1 ? diagonal(grad, offset) : diagonalBackward(grad, input.shape, offset),
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

export const diagflat = defineOp({
  name: 'diagflat',
  category: 'shape',
  summary: 'A matrix with all elements on its diagonal',
  params: [tensor('input'), offsetParam],
  formula: String.raw`\operatorname{diag}(\mathrm{flat}(x))`,
  derivative: '1',
  composite: ({ input, offset }) => diag(reshape(input, [-1]), offset),
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

export const diagonalScatter = defineOp({
  name: 'diagonal_scatter',
  category: 'shape',
  summary: 'A copy with a diagonal replaced',
  params: [tensor('input'), tensor('src'), offsetParam, dim1Param, dim2Param],
  formula: String.raw`y_{\ldots i,\, i + \mathrm{offset}} = s_{\ldots i},\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial s} = 1`,
  forward: ({ input, src, offset, dim1, dim2 }) => {
    const out = copy(input);
    const window = diagonalOf(out, offset, dim1, dim2);
    if (!sameShape(window.shape, src.shape)) {
      throw shapeMismatch(
        `expected src to have a size equal to the slice of self. src size = ${showShape(src.shape)}, slice size = ${showShape(window.shape)}`,
      );
    }
    copyInto(window, src);
    return out;
  },
  gradient: {
    input: ({ src, offset, dim1, dim2 }, grad): Tensor =>
      diagonalScatter(grad, zeros(src.shape, grad.dtype), offset, dim1, dim2),
    src: ({ offset, dim1, dim2 }, grad): Tensor => diagonal(grad, offset, dim1, dim2),
  },
  examples: ['{"input": [[1, 2], [3, 4]], "src": [10, 20]}'],
});

/** A copy of matrices with zeros where `column - row` is on the wrong side of `diagonal`. */
function triangle(input: Tensor, keep: (distance: number) => boolean): Tensor {
  if (input.ndim < 2)
    throw shapeMismatch(
      `tril and triu expect a tensor with at least 2 dimensions, but got the shape ${showShape(input.shape)}`,
    );
  return clearTriangle(copy(input), keep);
}

const diagonalParam = attr('diagonal', integer(), { default: 0, doc: 'The last one kept' });

export const tril = defineOp({
  name: 'tril',
  category: 'shape',
  in: ['torch', 'Tensor_'],
  summary: 'Matrices with zeros above a diagonal',
  params: [tensor('input'), diagonalParam],
  formula: String.raw`x_{ij}\,[\,j - i \le d\,]`,
  derivative: String.raw`[\,j - i \le d\,]`,
  forward: ({ input, diagonal }) => triangle(input, (distance) => distance <= diagonal),
  gradient: { input: ({ diagonal }, grad): Tensor => tril(grad, diagonal) },
  derivation: {
    words: 'the same triangle of the gradient; what was cut off gets 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

export const triu = defineOp({
  name: 'triu',
  category: 'shape',
  in: ['torch', 'Tensor_'],
  summary: 'Matrices with zeros below a diagonal',
  params: [tensor('input'), diagonalParam],
  formula: String.raw`x_{ij}\,[\,j - i \ge d\,]`,
  derivative: String.raw`[\,j - i \ge d\,]`,
  forward: ({ input, diagonal }) => triangle(input, (distance) => distance >= diagonal),
  gradient: { input: ({ diagonal }, grad): Tensor => triu(grad, diagonal) },
  derivation: {
    words: 'the same triangle of the gradient; what was cut off gets 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});
