/** Parts of a tensor along one dimension, as windows on the same elements; and what carries their gradients back. */
import { copy, copyInto, numbersIn } from '../../kernels/index.ts';
import { isIntegral } from '../../tensor/dtype.ts';
import { EngineError, indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { type Scalar, scalarKind, scalarToNumber } from '../../tensor/scalar.ts';
import { normalizeDim, type Shape, sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, constantOperand, integer, integerList, optionalAttr, tensor } from '../params.ts';
import { placed } from './placed.ts';

/** One index along a dimension, counted from either end. */
function normalizeIndex(index: number, dim: number, shape: Shape): number {
  const size = shape[dim];
  if (index < -size || index >= size) {
    throw indexOutOfRange(
      `index ${index} is out of bounds for dimension ${dim} with size ${size} of the shape ${showShape(shape)}`,
    );
  }
  return index < 0 ? index + size : index;
}

const dimOf = (name: string, dim: number, shape: Shape): number => {
  if (shape.length === 0) throw indexOutOfRange(`${name}() cannot be applied to a 0-dim tensor.`);
  return normalizeDim(dim, shape.length);
};

/** The window that `select` shows. */
function selected(t: Tensor, dim: number, index: number): Tensor {
  const d = dimOf('select', dim, t.shape);
  const i = normalizeIndex(index, d, t.shape);
  return t.alias(t.shape.toSpliced(d, 1), t.strides.toSpliced(d, 1), t.offset + i * t.strides[d]);
}

export const select = defineOp({
  name: 'select',
  category: 'indexing',
  summary: 'One index along a dimension, which is dropped',
  params: [tensor('input'), attr('dim', integer()), attr('index', integer())],
  formula: String.raw`x_{\ldots, \mathrm{index}, \ldots}`,
  derivative: '1',
  forward: ({ input, dim, index }) => selected(input, dim, index),
  gradient: { input: ({ input, dim, index }, grad): Tensor => selectBackward(grad, input.shape, dim, index) },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]], "dim": 0, "index": 1}'],
});

export const selectBackward = defineOp({
  name: 'select_backward',
  category: 'indexing',
  summary: 'Zeros with one index along a dimension filled in: the gradient of select',
  params: [tensor('grad_output'), attr('input_sizes', integerList), attr('dim', integer()), attr('index', integer())],
  formula: String.raw`y_{\ldots, \mathrm{index}, \ldots} = g,\quad 0 \text{ elsewhere}`,
  derivative: '1',
  forward: ({ gradOutput, inputSizes, dim, index }) =>
    placed('select', gradOutput, inputSizes, (t) => selected(t, dim, index)),
  gradient: { gradOutput: ({ dim, index }, grad): Tensor => select(grad, dim, index) },
  examples: [{ grad_output: [1, 2], input_sizes: [2, 2], dim: 0, index: 1 }],
});

/** Python's slice on a size: where it starts, how many elements it has. */
export function sliceRange(
  start: number | undefined,
  end: number | undefined,
  step: number,
  size: number,
): { from: number; length: number } {
  if (step <= 0) throw new EngineError('value_range', `slice step must be positive, but got ${step}`);
  const clamp = (x: number): number => Math.min(Math.max(x < 0 ? x + size : x, 0), size);
  const from = clamp(start ?? 0);
  const to = Math.max(clamp(end ?? size), from);
  return { from, length: Math.ceil((to - from) / step) };
}

/** The window that `slice` shows. */
function sliced(t: Tensor, dim: number, start: number | undefined, end: number | undefined, step: number): Tensor {
  const d = dimOf('slice', dim, t.shape);
  const { from, length } = sliceRange(start, end, step, t.shape[d]);
  return t.alias(t.shape.with(d, length), t.strides.with(d, t.strides[d] * step), t.offset + from * t.strides[d]);
}

const startParam = optionalAttr('start', integer());
const endParam = optionalAttr('end', integer());
const stepParam = attr('step', integer({ minimum: 1 }), { default: 1 });

export const slice = defineOp({
  name: 'slice',
  category: 'indexing',
  in: [],
  summary: 'Every step-th index from start up to, without, end along a dimension',
  params: [tensor('input'), attr('dim', integer(), { default: 0 }), startParam, endParam, stepParam],
  formula: String.raw`x_{\ldots, \mathrm{start}:\mathrm{end}:\mathrm{step}, \ldots}`,
  derivative: '1',
  forward: ({ input, dim, start, end, step }) => sliced(input, dim, start, end, step),
  gradient: {
    input: ({ input, dim, start, end, step }, grad): Tensor => sliceBackward(grad, input.shape, dim, start, end, step),
  },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: [{ input: [1, 2, 3, 4, 5], start: 1, step: 2 }],
});

export const sliceBackward = defineOp({
  name: 'slice_backward',
  category: 'indexing',
  summary: 'Zeros with a slice filled in: the gradient of slice',
  params: [
    tensor('grad_output'),
    attr('input_sizes', integerList),
    attr('dim', integer(), { default: 0 }),
    startParam,
    endParam,
    stepParam,
  ],
  formula: String.raw`y_{\ldots, \mathrm{start}:\mathrm{end}:\mathrm{step}, \ldots} = g,\quad 0 \text{ elsewhere}`,
  derivative: '1',
  forward: ({ gradOutput, inputSizes, dim, start, end, step }) =>
    placed('slice', gradOutput, inputSizes, (t) => sliced(t, dim, start, end, step)),
  gradient: { gradOutput: ({ dim, start, end, step }, grad): Tensor => slice(grad, dim, start, end, step) },
  examples: [{ grad_output: [1, 2], input_sizes: [5], start: 1, end: 4, step: 2 }],
});

/** The integer in a 0-d tensor, or a Python integer. */
export function wholeOf(value: Tensor | Scalar, what: string): number {
  if (!(value instanceof Tensor)) {
    if (scalarKind(value) === 'int') return scalarToNumber(value);
    throw new EngineError('dtype', `${what} must be an integer`);
  }
  if (!isIntegral(value.dtype) || value.ndim !== 0) {
    throw new EngineError(
      'dtype',
      `${what} must be an 0-dim integral Tensor, but got ${value.dtype} of shape ${showShape(value.shape)}`,
    );
  }
  return numbersIn(value)[0];
}

export const narrow = defineOp({
  name: 'narrow',
  category: 'indexing',
  summary: 'A run of indices along a dimension',
  params: [
    tensor('input'),
    attr('dim', integer()),
    constantOperand('start', { doc: 'An integer, or a 0-d integer tensor' }),
    attr('length', integer()),
  ],
  formula: String.raw`x_{\ldots, \mathrm{start}:\mathrm{start}+\mathrm{length}, \ldots}`,
  derivative: '1',
  composite: ({ input, dim, start, length }) => {
    const d = dimOf('narrow', dim, input.shape);
    const size = input.shape[d];
    if (length < 0) throw new EngineError('value_range', `narrow(): length must be non-negative, but got ${length}`);
    const asked = wholeOf(start, 'start');
    if (asked < -size || asked > size) {
      throw indexOutOfRange(
        `Dimension out of range: start ${asked} is not in [${-size}, ${size}], dimension ${d} having size ${size}`,
      );
    }
    const from = asked < 0 ? asked + size : asked;
    if (from + length > size) {
      throw indexOutOfRange(`start (${from}) + length (${length}) exceeds dimension size (${size}) of dimension ${d}`);
    }
    return slice(input, d, from, from + length);
  },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: [{ input: [1, 2, 3, 4], dim: 0, start: 1, length: 2 }],
});

/** A copy with a window replaced by a tensor of the window's shape. */
function replaced(input: Tensor, src: Tensor, windowOf: (t: Tensor) => Tensor): Tensor {
  const out = copy(input);
  const window = windowOf(out);
  if (!sameShape(window.shape, src.shape)) {
    throw shapeMismatch(
      `expected src to have a size equal to the slice of self. src size = ${showShape(src.shape)}, slice size = ${showShape(window.shape)}`,
    );
  }
  copyInto(window, src);
  return out;
}

export const selectScatter = defineOp({
  name: 'select_scatter',
  category: 'indexing',
  summary: 'A copy with one index along a dimension replaced',
  params: [tensor('input'), tensor('src'), attr('dim', integer()), attr('index', integer())],
  formula: String.raw`y_{\ldots, \mathrm{index}, \ldots} = s,\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial s} = 1`,
  forward: ({ input, src, dim, index }) => replaced(input, src, (t) => selected(t, dim, index)),
  gradient: {
    input: ({ src, dim, index }, grad): Tensor => selectScatter(grad, zeros(src.shape, grad.dtype), dim, index),
    src: ({ dim, index }, grad): Tensor => select(grad, dim, index),
  },
  examples: ['{"input": [[1, 2], [3, 4]], "src": [10, 20], "dim": 0, "index": 1}'],
});

export const sliceScatter = defineOp({
  name: 'slice_scatter',
  category: 'indexing',
  summary: 'A copy with a slice replaced',
  params: [tensor('input'), tensor('src'), attr('dim', integer(), { default: 0 }), startParam, endParam, stepParam],
  formula: String.raw`y_{\ldots, \mathrm{start}:\mathrm{end}:\mathrm{step}, \ldots} = s,\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial s} = 1`,
  forward: ({ input, src, dim, start, end, step }) => replaced(input, src, (t) => sliced(t, dim, start, end, step)),
  gradient: {
    input: ({ src, dim, start, end, step }, grad): Tensor =>
      sliceScatter(grad, zeros(src.shape, grad.dtype), dim, start, end, step),
    src: ({ dim, start, end, step }, grad): Tensor => slice(grad, dim, start, end, step),
  },
  examples: [{ input: [1, 2, 3, 4], src: [10, 20], start: 1, end: 3 }],
});
