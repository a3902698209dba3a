/** The cross product of vectors in space. */

import { crossRows } from '../../kernels/index.ts';
import { shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, optionalAttr, tensor } from '../params.ts';
import { checkDTypes } from './checks.ts';

export const linalgCross = defineOp({
  name: 'linalg_cross',
  category: 'linalg',
  in: ['linalg'],
  takes: 'input other | dim',
  summary: 'Cross product of vectors of 3 elements along a dimension',
  params: [tensor('input'), tensor('other'), attr('dim', integer(), { default: -1 })],
  formula: String.raw`a \times b`,
  derivative: String.raw`\tfrac{\partial L}{\partial a} = b \times g,\quad \tfrac{\partial L}{\partial b} = g \times a`,
  forward: ({ input, other, dim }) => {
    if (input.ndim !== other.ndim) {
      throw shapeMismatch(
        `linalg.cross: inputs must have the same number of dimensions, but got shapes ${showShape(input.shape)} and ${showShape(other.shape)}`,
      );
    }
    const d = normalizeDim(dim, input.ndim);
    if (input.shape[d] !== 3 || other.shape[d] !== 3) {
      throw shapeMismatch(
        `linalg.cross: dimension ${d} of both inputs must have size 3, but got shapes ${showShape(input.shape)} and ${showShape(other.shape)}`,
      );
    }
    checkDTypes('linalg.cross', ['input', 'other'], [input, other]);
    return crossRows(input, other, d);
  },
  saves: ['input', 'other'],
  gradient: {
    input: ({ other, dim }, grad): Tensor => linalgCross(other, grad, dim),
    other: ({ input, dim }, grad): Tensor => linalgCross(grad, input, dim),
  },
  examples: [{ input: [1, 2, 3], other: [0, 1, -1] }],
});

export const cross = defineOp({
  name: 'cross',
  category: 'linalg',
  summary: 'Cross product along a dimension, or along the first that has 3 elements',
  params: [tensor('input'), tensor('other'), optionalAttr('dim', integer())],
  formula: String.raw`a \times b`,
  derivative: String.raw`\tfrac{\partial L}{\partial a} = b \times g,\quad \tfrac{\partial L}{\partial b} = g \times a`,
  composite: ({ input, other, dim }) => {
    const along = dim ?? input.shape.indexOf(3);
    if (dim === undefined && along < 0)
      throw valueRange(`cross: no dimension of size 3 in input of shape ${showShape(input.shape)}`);
    return linalgCross(input, other, along);
  },
  examples: ['{"input": [[1, 2, 3], [4, 5, 6]], "other": [[0, 1, -1], [1, 1, 1]]}'],
});
