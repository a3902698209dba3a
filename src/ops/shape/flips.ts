/** Elements in reverse, shifted around, turned. */
import { copy, copyInto, emptyLike } from '../../kernels/index.ts';
import { EngineError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, integerList, integerOrList, tensor } from '../params.ts';
import { alias } from './copies.ts';
import { transpose } from './dims.ts';
import { reshape } from './views.ts';

const listOf = (x: number | readonly number[]): readonly number[] => (typeof x === 'number' ? [x] : x);

export const flip = defineOp({
  name: 'flip',
  category: 'shape',
  summary: 'Reversed along dimensions',
  params: [tensor('input'), attr('dims', integerOrList)],
  formula: String.raw`y_{\ldots i \ldots} = x_{\ldots n - 1 - i \ldots}`,
  derivative: '1',
  forward: ({ input, dims }) => {
    const over = listOf(dims).map((d) => normalizeDim(d, input.ndim));
    if (new Set(over).size !== over.length)
      throw new EngineError(
        'value_range',
        `flip: a dim appears multiple times in the list of dims ${showShape(listOf(dims))}`,
      );
    const out = emptyLike(input);
    const strides = [...input.strides];
    let start = input.offset;
    for (const d of over) {
      if (input.ndim === 0) continue;
      start += (input.shape[d] - 1) * strides[d];
      strides[d] = -strides[d];
    }
    return copyInto(out, input.alias(input.shape, strides, start));
  },
  gradient: { input: ({ dims }, grad): Tensor => flip(grad, dims) },
  derivation: {
    words: 'the gradient is turned back',
  },
  examples: ['{"input": [[1, 2], [3, 4]], "dims": [0]}'],
});

export const fliplr = defineOp({
  name: 'fliplr',
  category: 'shape',
  summary: 'Columns reversed',
  params: [tensor('input')],
  formula: String.raw`y_{i, j} = x_{i, n - 1 - j}`,
  derivative: '1',
  composite: ({ input }) => {
    if (input.ndim < 2) throw shapeMismatch(`Input must be >= 2-d, but got the shape ${showShape(input.shape)}.`);
    return flip(input, 1);
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

export const flipud = defineOp({
  name: 'flipud',
  category: 'shape',
  summary: 'Rows reversed',
  params: [tensor('input')],
  formula: String.raw`y_{i, j} = x_{n - 1 - i, j}`,
  derivative: '1',
  composite: ({ input }) => {
    if (input.ndim < 1) throw shapeMismatch(`Input must be >= 1-d, but got the shape ${showShape(input.shape)}.`);
    return flip(input, 0);
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});

/** Shifted around one dimension. */
function rolled(t: Tensor, shift: number, dim: number): Tensor {
  const size = t.shape[dim];
  const out = empty(t.shape, t.dtype);
  const by = size === 0 ? 0 : ((shift % size) + size) % size;
  const window = (of: Tensor, from: number, length: number): Tensor =>
    of.alias(of.shape.with(dim, length), of.strides, of.offset + from * of.strides[dim]);
  copyInto(window(out, by, size - by), window(t, 0, size - by));
  copyInto(window(out, 0, by), window(t, size - by, by));
  return out;
}

export const roll = defineOp({
  name: 'roll',
  category: 'shape',
  summary: 'Shifted around dimensions, or around the flattened tensor',
  params: [
    tensor('input'),
    attr('shifts', integerOrList),
    attr('dims', integerOrList, { default: [], doc: 'As many as shifts; none: the flattened tensor' }),
  ],
  formula: String.raw`y_{\ldots i \ldots} = x_{\ldots (i - s) \bmod n \ldots}`,
  derivative: '1',
  forward: ({ input, shifts, dims }) => {
    const [by, over] = [listOf(shifts), listOf(dims)];
    if (by.length === 0) throw valueRange('`shifts` required');
    if (input.numel === 0) return copy(input);
    if (over.length === 0 && by.length === 1) {
      const flat = rolled(reshape(input, [input.numel]), by[0], 0);
      return reshape(flat, input.shape);
    }
    if (by.length !== over.length)
      throw shapeMismatch(`shifts and dimensions must align. shifts: ${by.length}, dims:${over.length}`);
    if (input.ndim === 0)
      throw new EngineError('index_out_of_range', `Dimension specified as ${over[0]} but tensor has no dimensions`);
    return by.reduce((t, shift, i) => rolled(t, shift, normalizeDim(over[i], input.ndim)), input);
  },
  gradient: {
    input: ({ shifts, dims }, grad): Tensor =>
      roll(
        grad,
        listOf(shifts).map((s) => -s),
        dims,
      ),
  },
  derivation: {
    words: 'the gradient is rolled back',
  },
  examples: [{ input: [1, 2, 3, 4], shifts: 1, dims: 0 }],
});

export const rot90 = defineOp({
  name: 'rot90',
  category: 'shape',
  summary: 'Turned by k right angles in a plane of two dimensions',
  params: [
    tensor('input'),
    attr('k', integer(), { default: 1, doc: 'How often; negative ones turn back' }),
    attr('dims', integerList, { default: [0, 1] }),
  ],
  formula: String.raw`y_{i, j} = x_{j, n - 1 - i}`,
  derivative: '1',
  composite: ({ input, k, dims }) => {
    if (dims.length !== 2) throw shapeMismatch(`expected total rotation dims == 2, but got dims = ${dims.length}`);
    if (input.ndim < 2) throw shapeMismatch(`expected total dims >= 2, but got total dims = ${input.ndim}`);
    dims.forEach((d, i) => {
      if (d < -input.ndim || d >= input.ndim) throw shapeMismatch(`Rotation dim${i} out of range, dim${i} = ${d}`);
    });
    const [a, b] = dims.map((d) => normalizeDim(d, input.ndim));
    if (a === b)
      throw new EngineError(
        'value_range',
        `expected rotation dims to be different, but got dim0 = ${dims[0]} and dim1 = ${dims[1]}`,
      );
    const turns = ((k % 4) + 4) % 4;
    if (turns === 0) return alias(input);
    if (turns === 2) return flip(input, [a, b]);
    return transpose(flip(input, turns === 1 ? b : a), a, b);
  },
  examples: ['{"input": [[1, 2], [3, 4]]}'],
});
