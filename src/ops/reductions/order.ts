/** Elements chosen by their rank or by how often they occur. */
import { fill, kthPlace, medianPlace, modePlace, nanMedianPlace, pickRows, pickValues } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { normalizeDim, normalizeDims } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, tensor } from '../params.ts';
import { checkNotEmpty, shareEvenly } from './extrema.ts';
import { keepdimParam, oneDimParam } from './params.ts';
import { intoPlaces } from './places.ts';

/** The gradient of values picked along a dimension, beside which their places were given. */
const toPicked = (
  {
    input,
    dim,
    keepdim,
    result,
  }: { input: { shape: readonly number[] }; dim: number; keepdim: boolean; result: unknown },
  grad: Tensor | null,
): Tensor | null =>
  grad == null ? null : intoPlaces(grad, input.shape, dim, (result as readonly Tensor[])[1], keepdim);

const notForBool = (op: string, input: Tensor): void => {
  if (input.dtype === 'bool') throw dtypeError(`${op} is not implemented for bool; cast to an integer dtype first`);
};

const medianOf = <const N extends string>(name: N, node: string, what: string, place: typeof medianPlace) => {
  const examples = [
    {
      input: [
        [1, 5, 2],
        [4, 0, 6],
      ],
    },
  ] as const;
  const whole = defineOp({
    name,
    category: 'reduction',
    summary: `Median of all elements${what}`,
    params: [tensor('input')],
    formula: String.raw`\operatorname{median}_i x_i`,
    forward: ({ input }): Tensor => {
      notForBool(name, input);
      if (input.numel === 0) {
        if (!isFloating(input.dtype))
          throw shapeMismatch(
            `${name}(): an integer tensor without elements has no median (input has shape ${showShape(input.shape)})`,
          );
        return fill(empty([], input.dtype), Number.NaN);
      }
      return pickValues(input, normalizeDims(undefined, input.ndim), false, place);
    },
    saves: ['input', 'result'],
    gradFn: `${node}Backward0`,
    gradient: { input: ({ input, result }, grad): Tensor => shareEvenly(input, result, grad) },
    examples,
  });
  const along = defineOp({
    name,
    category: 'reduction',
    summary: `Medians along a dimension${what}, and where they are`,
    params: [tensor('input'), attr('dim', integer()), keepdimParam],
    formula: String.raw`\operatorname{median}_i x_i`,
    forward: ({ input, dim, keepdim }): readonly Tensor[] => {
      const d = normalizeDim(dim, input.ndim);
      notForBool(name, input);
      checkNotEmpty(name, input.shape, dim);
      return pickRows(input, d, keepdim, place);
    },
    saves: ['result'],
    gradFn: `${node}Backward1`,
    gradient: { input: (saved, [grad]): Tensor | null => toPicked(saved, grad) },
    examples: ['{"input": [[1, 5, 2], [4, 0, 6]], "dim": 1}'],
  });
  return defineOp({
    name,
    category: 'reduction',
    summary: `Median${what}, of all elements or along a dimension with its index; of two middle elements the lower`,
    params: [tensor('input'), oneDimParam, keepdimParam],
    formula: String.raw`\operatorname{median}_i x_i`,
    derivative: String.raw`[x_i = \operatorname{median}_j x_j]`,
    composite: ({ input, dim, keepdim }): Tensor | readonly Tensor[] =>
      dim === undefined ? whole(input) : along(input, dim, keepdim),
    examples: ['{"input": [[1, 5, 2], [4, 0, 6]]}', '{"input": [[1, 5, 2], [4, 0, 6]], "dim": 1}'],
  });
};

export const median = medianOf('median', 'Median', '', medianPlace);
export const nanmedian = medianOf('nanmedian', 'Nanmedian', ' of what is not NaN', nanMedianPlace);

export const kthvalue = defineOp({
  name: 'kthvalue',
  category: 'reduction',
  summary: 'The k-th smallest elements along a dimension, and where they are',
  params: [
    tensor('input'),
    attr('k', integer(), { doc: '1 is the smallest' }),
    attr('dim', integer(), { default: -1 }),
    keepdimParam,
  ],
  formula: String.raw`x_{(k)}`,
  derivative: String.raw`[x_i = x_{(k)}]`,
  forward: ({ input, k, dim, keepdim }): readonly Tensor[] => {
    const d = normalizeDim(dim, input.ndim);
    notForBool('kthvalue', input);
    checkNotEmpty('kthvalue', input.shape, dim);
    const n = input.ndim === 0 ? 1 : input.shape[d];
    if (k < 1 || k > n)
      throw valueRange(
        `kthvalue(): selected number k=${k} out of range for dimension ${d} of size ${n} (input has shape ${showShape(input.shape)})`,
      );
    return pickRows(input, d, keepdim, kthPlace(k - 1));
  },
  saves: ['result'],
  gradient: { input: (saved, [grad]): Tensor | null => toPicked(saved, grad) },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: ['{"input": [[1, 5, 2], [4, 0, 6]], "k": 2}'],
});

export const mode = defineOp({
  name: 'mode',
  category: 'reduction',
  summary: 'The most frequent elements along a dimension, and where they are',
  params: [tensor('input'), attr('dim', integer(), { default: -1 }), keepdimParam],
  formula: String.raw`\arg\max_v |\{i : x_i = v\}|`,
  derivative: String.raw`[i = \text{index}]`,
  forward: ({ input, dim, keepdim }): readonly Tensor[] => {
    const d = normalizeDim(dim, input.ndim);
    checkNotEmpty('mode', input.shape, dim);
    return pickRows(input, d, keepdim, modePlace);
  },
  saves: ['result'],
  gradient: { input: (saved, [grad]): Tensor | null => toPicked(saved, grad) },
  examples: ['{"input": [[1, 5, 2], [4, 0, 6]]}'],
});
