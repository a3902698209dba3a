/** One tensor taken apart into a number of parts, or at given places. */

import { numbersIn } from '../../kernels/index.ts';
import { EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { checkResults } from '../limits.ts';
import { attr, integer, integerOrList, type Param, tensor } from '../params.ts';
import { split, splitWithSizes } from './pieces.ts';
import { slice } from './windows.ts';

const dimParam = attr('dim', integer(), { default: 0 });

export const chunk = defineOp({
  name: 'chunk',
  category: 'shape',
  summary: 'So many parts of one size, the last maybe smaller; or fewer, where the size does not divide',
  params: [tensor('input'), attr('chunks', integer()), dimParam],
  formula: String.raw`x_{\ldots, ks:(k+1)s, \ldots},\quad s = \lceil n / \mathrm{chunks} \rceil`,
  derivative: '1',
  composite: ({ input, chunks, dim }): readonly Tensor[] => {
    if (input.ndim === 0) throw shapeMismatch('chunk expects at least a 1-dimensional tensor');
    if (chunks <= 0)
      throw new EngineError('value_range', `chunk expects \`chunks\` to be greater than 0, got: ${chunks}`);
    const d = normalizeDim(dim, input.ndim);
    const size = Math.ceil(input.shape[d] / chunks);
    // Of nothing, as many empty parts as were asked for.
    if (size === 0) checkResults('chunk', chunks);
    return size === 0 ? splitWithSizes(input, new Array<number>(chunks).fill(0), d) : split(input, size, d);
  },
  derivation: {
    words: 'the gradients of the parts are put together again; a part that nothing depends on has 0',
  },
  examples: [{ input: [1, 2, 3, 4, 5], chunks: 2 }],
});

/** The parts between given places, as Python slices. */
function cutAt(input: Tensor, places: readonly number[], dim: number): Tensor[] {
  checkResults('tensor_split', places.length + 1);
  const cuts: (number | undefined)[] = [0, ...places, undefined];
  return cuts.slice(1).map((end, i) => slice(input, dim, cuts[i], end));
}

/** So many parts, the first ones larger by one where the size does not divide. */
function cutInto(input: Tensor, sections: number, dim: number): Tensor[] {
  if (sections <= 0) throw new EngineError('value_range', `number of sections must be larger than 0, got ${sections}`);
  checkResults('tensor_split', sections);
  const size = Math.floor(input.shape[dim] / sections);
  const larger = input.shape[dim] % sections;
  let at = 0;
  return Array.from({ length: sections }, (_, i) => {
    const from = at;
    at += size + (i < larger ? 1 : 0);
    return slice(input, dim, from, at);
  });
}

/** Integers from a tensor of at most one dimension. Reads values. */
function integersIn(t: Tensor): number | number[] {
  if (t.dtype !== 'int64' || t.ndim > 1) {
    throw new EngineError(
      'dtype',
      `tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor of int64, but got ${t.dtype} of shape ${showShape(t.shape)}`,
    );
  }
  checkResults('tensor_split', t.numel + 1);
  const list = numbersIn(t);
  return t.ndim === 0 ? list[0] : list;
}

/** A number of parts, or places to cut at. */
type Sections = number | readonly number[];

const sectionsParam: Param<'indices_or_sections', Tensor | Sections, true, false> = {
  name: 'indices_or_sections',
  key: 'indicesOrSections',
  kind: 'operand',
  required: true,
  differentiable: false,
  attr: integerOrList,
  doc: 'A number of parts, places to cut at, or an int64 tensor of either',
};

export const tensorSplit = defineOp({
  name: 'tensor_split',
  category: 'shape',
  takes:
    'input indices_or_sections dim | sections=indices_or_sections indices=indices_or_sections tensor_indices_or_sections=indices_or_sections',
  summary: 'So many parts as even as can be, or parts between given places',
  params: [tensor('input'), sectionsParam, dimParam],
  formula: String.raw`x_{\ldots, a_k:a_{k+1}, \ldots}`,
  derivative: '1',
  composite: ({ input, indicesOrSections, dim }): readonly Tensor[] => {
    if (input.ndim === 0)
      throw shapeMismatch('tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims');
    const d = normalizeDim(dim, input.ndim);
    const places = indicesOrSections instanceof Tensor ? integersIn(indicesOrSections) : indicesOrSections;
    return typeof places === 'number' ? cutInto(input, places, d) : cutAt(input, places, d);
  },
  derivation: {
    words: 'the gradients of the parts are put together again; a part that nothing depends on has 0',
  },
  examples: [{ input: [1, 2, 3, 4, 5], indices_or_sections: 2 }],
});

const splitAlong = <const N extends string>(name: N, which: string, dimOf: (rank: number) => number, least: number) =>
  defineOp({
    name,
    category: 'shape',
    takes: 'input sections=indices_or_sections | indices=indices_or_sections',
    summary: `Parts along the ${which} dimension`,
    params: [
      tensor('input'),
      attr('indices_or_sections', integerOrList, {
        doc: 'A number of parts that divides the size, or places to cut at',
      }),
    ],
    formula: String.raw`x_{\ldots, a_k:a_{k+1}, \ldots}`,
    derivative: '1',
    composite: ({ input, indicesOrSections }): readonly Tensor[] => {
      if (input.ndim < least)
        throw shapeMismatch(
          `torch.${name} requires a tensor with at least ${least} dimension, but got a tensor with ${input.ndim} dimensions!`,
        );
      const d = dimOf(input.ndim);
      if (
        typeof indicesOrSections === 'number' &&
        (indicesOrSections <= 0 || input.shape[d] % indicesOrSections !== 0)
      ) {
        throw shapeMismatch(
          `torch.${name} attempted to split along dimension ${d}, but the size of the dimension ${input.shape[d]} is not divisible by the split_size ${indicesOrSections}!`,
        );
      }
      return tensorSplit(input, indicesOrSections, d);
    },
    examples: ['{"input": [[[1, 2], [3, 4]]], "indices_or_sections": 1}'],
  });

export const hsplit = splitAlong('hsplit', 'second (a vector: the first)', (rank) => (rank === 1 ? 0 : 1), 1);
export const vsplit = splitAlong('vsplit', 'first', () => 0, 2);
export const dsplit = splitAlong('dsplit', 'third', () => 2, 3);
