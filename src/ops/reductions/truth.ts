/** Whether and how many elements are true, that is, not zero. NaN is true. */
import { reduceRows } from '../../kernels/index.ts';
import type { DType } from '../../tensor/dtype.ts';
import { normalizeDims } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant, integerOrList, optionalAttr } from '../params.ts';
import { dimParam, keepdimParam } from './params.ts';

/** int64 elements are bigints here: their zero is false as well. */
const isTrue = (x: number): boolean => Boolean(x) || Number.isNaN(x);

/** As PyTorch: uint8 in, uint8 out. */
const truthType = (own: DType): DType => (own === 'uint8' ? 'uint8' : 'bool');

/** Whether a row holds an element that is `sought`. */
const holds = (
  input: Tensor,
  dim: number | readonly number[] | undefined,
  keepdim: boolean,
  sought: boolean,
  found: 0 | 1,
): Tensor =>
  reduceRows(input, normalizeDims(dim, input.ndim), keepdim, truthType(input.dtype), (data, start, stride, n) => {
    for (let k = 0, i = start; k < n; k++, i += stride) if (isTrue(data[i]) === sought) return found;
    return 1 - found;
  });

export const all = defineOp({
  name: 'all',
  category: 'reduction',
  summary: 'Whether all elements are true',
  params: [constant('input'), dimParam, keepdimParam],
  formula: String.raw`\bigwedge_i x_i \ne 0`,
  forward: ({ input, dim, keepdim }) => holds(input, dim, keepdim, false, 0),
  gradient: {},
  examples: ['{"input": [[1, 2], [0, 4]], "dim": 1}'],
});

export const any = defineOp({
  name: 'any',
  category: 'reduction',
  summary: 'Whether any element is true',
  params: [constant('input'), dimParam, keepdimParam],
  formula: String.raw`\bigvee_i x_i \ne 0`,
  forward: ({ input, dim, keepdim }) => holds(input, dim, keepdim, true, 1),
  gradient: {},
  examples: ['{"input": [[1, 2], [0, 0]], "dim": 1}'],
});

export const countNonzero = defineOp({
  name: 'count_nonzero',
  category: 'reduction',
  summary: 'How many elements are not zero',
  params: [constant('input'), optionalAttr('dim', integerOrList)],
  formula: String.raw`|\{i : x_i \ne 0\}|`,
  forward: ({ input, dim }) =>
    reduceRows(input, normalizeDims(dim, input.ndim), false, 'int64', ((
      data: Float64Array,
      start: number,
      stride: number,
      n: number,
    ) => {
      let count = 0;
      for (let k = 0, i = start; k < n; k++, i += stride) if (isTrue(data[i])) count++;
      return BigInt(count);
    }) as never),
  gradient: {},
  examples: ['{"input": [[1, 2], [0, 0]], "dim": 1}'],
});
