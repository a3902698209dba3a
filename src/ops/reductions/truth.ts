/** Whether and how many elements are true, that is, not zero. NaN is true. */
import { allTrueRows, anyTrueRows, countTrueRows } from '../../kernels/index.ts';
import type { DType } from '../../tensor/dtype.ts';
import { normalizeDims } from '../../tensor/shape.ts';
import { defineOp } from '../define.ts';
import { constant, integerOrList, optionalAttr } from '../params.ts';
import { dimParam, keepdimParam } from './params.ts';

/** As PyTorch: uint8 in, uint8 out. */
const truthType = (own: DType): DType => (own === 'uint8' ? 'uint8' : 'bool');

export const all = defineOp({
  name: 'all',
  category: 'reduction',
  summary: 'Whether all elements are true',
  params: [constant('input'), dimParam, keepdimParam],
  formula: String.raw`\bigwedge_i x_i \ne 0`,
  forward: ({ input, dim, keepdim }) =>
    allTrueRows(input, normalizeDims(dim, input.ndim), keepdim, truthType(input.dtype)),
  gradient: {},
  examples: ['{"input": [[1, 2], [0, 4]], "dim": 1}'],
});

export const any = defineOp({
  name: 'any',
  category: 'reduction',
  summary: 'Whether any element is true',
  params: [constant('input'), dimParam, keepdimParam],
  formula: String.raw`\bigvee_i x_i \ne 0`,
  forward: ({ input, dim, keepdim }) =>
    anyTrueRows(input, normalizeDims(dim, input.ndim), keepdim, truthType(input.dtype)),
  gradient: {},
  examples: ['{"input": [[1, 2], [0, 0]], "dim": 1}'],
});

export const countNonzero = defineOp({
  name: 'count_nonzero',
  category: 'reduction',
  summary: 'How many elements are not zero',
  params: [constant('input'), optionalAttr('dim', integerOrList)],
  formula: String.raw`|\{i : x_i \ne 0\}|`,
  forward: ({ input, dim }) => countTrueRows(input, normalizeDims(dim, input.ndim), false),
  gradient: {},
  examples: ['{"input": [[1, 2], [0, 0]], "dim": 1}'],
});
