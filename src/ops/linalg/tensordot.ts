/** Products that contract some dimensions of two tensors, or none. */

import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, indexOutOfRange, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { normalizeDim, numelOf } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { type Attr, attr, integer, Refusal, tensor } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { sum } from '../reductions/sum.ts';
import { permute, reshape, unsqueeze } from '../shape/index.ts';
import { checkDTypes, checkRank } from './checks.ts';
import { mm } from './matmul.ts';

export const outer = defineOp({
  name: 'outer',
  aliases: ['ger'],
  category: 'linalg',
  summary: 'Every product of an element of one vector and one of another',
  params: [tensor('input'), tensor('vec2')],
  formula: String.raw`y_{ij} = u_i\, v_j`,
  derivative: String.raw`\tfrac{\partial L}{\partial u} = G v,\quad \tfrac{\partial L}{\partial v} = G^\top u`,
  composite: ({ input, vec2 }) => {
    checkRank('outer', 'input', input, 1);
    checkRank('outer', 'vec2', vec2, 1);
    return mul(unsqueeze(input, -1), vec2);
  },
  derivation: {
    formula: String.raw`@input\,@vec2^{\top}`,
    words: 'the gradient times the one vector for the other',
  },
  examples: [{ input: [1, 2], vec2: [3, 4, -5] }],
});

type Contracted = number | readonly (readonly number[])[];

const contracted: Attr<Contracted> = {
  jsonSchema: {
    type: ['integer', 'array'],
    items: { type: 'array', items: { type: 'integer' } },
    minItems: 2,
    maxItems: 2,
  },
  read(value) {
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    const lists = Array.isArray(value) && value.length === 2 ? value.map((v) => (typeof v === 'number' ? [v] : v)) : [];
    const fits =
      lists.length === 2 && lists.every((list) => Array.isArray(list) && list.every((d) => Number.isInteger(d)));
    return fits ? (lists as number[][]) : new Refusal('an integer, or two lists of dimensions');
  },
};

/** The dimensions of both sides that are summed over, as pairs. */
function contractedDims(a: Tensor, b: Tensor, dims: Contracted): [number[], number[]] {
  let left: readonly number[];
  let right: readonly number[];
  if (typeof dims === 'number') {
    if (dims < 0) throw valueRange(`tensordot expects dims >= 0, but got dims=${dims}`);
    if (dims > Math.min(a.ndim, b.ndim))
      throw indexOutOfRange(
        `tensordot: cannot contract ${dims} dimensions of input ${showShape(a.shape)} and other ${showShape(b.shape)}`,
      );
    left = Array.from({ length: dims }, (_, i) => i - dims);
    right = Array.from({ length: dims }, (_, i) => i);
  } else [left, right] = dims;
  if (left.length !== right.length)
    throw valueRange(
      `tensordot: both dimension lists should have same length, but got ${left.length} and ${right.length}`,
    );
  if (left.length > 0 && (a.ndim === 0 || b.ndim === 0))
    throw indexOutOfRange(
      `tensordot: a 0-d tensor has no dimension to contract; input has shape ${showShape(a.shape)}, other ${showShape(b.shape)}`,
    );
  const [da, db] = [left.map((d) => normalizeDim(d, a.ndim)), right.map((d) => normalizeDim(d, b.ndim))];
  for (const [list, name] of [
    [da, 'input'],
    [db, 'other'],
  ] as const) {
    const twice = list.find((d, i) => list.indexOf(d) !== i);
    if (twice !== undefined)
      throw valueRange(`tensordot: dim ${twice} of ${name} appears multiple times in the list of dims`);
  }
  da.forEach((d, i) => {
    const [x, y] = [a.shape[d], b.shape[db[i]]];
    if (x !== y && x !== 1 && y !== 1) {
      throw shapeMismatch(
        `contracted dimensions need to match, but input ${showShape(a.shape)} has size ${x} at dimension ${d} and other ${showShape(b.shape)} has size ${y} at dimension ${db[i]}`,
      );
    }
  });
  return [da, db];
}

export const tensordot = defineOp({
  name: 'tensordot',
  category: 'linalg',
  in: ['torch'],
  takes: 'a=input b=other dims out',
  summary: 'Contraction of dimensions of two tensors, pair by pair',
  params: [
    tensor('input'),
    tensor('other'),
    attr('dims', contracted, {
      default: 2,
      doc: 'How many dimensions, the last of input with the first of other; or two lists of dimensions',
    }),
  ],
  formula: String.raw`y_{i,j} = \sum_k a_{i,k}\, b_{k,j}`,
  derivative: String.raw`\tfrac{\partial L}{\partial a_{i,k}} = \sum_j G_{i,j}\, b_{k,j}`,
  composite: ({ input, other, dims }) => {
    checkDTypes('tensordot', ['input', 'other'], [input, other]);
    const [da, db] = contractedDims(input, other, dims);
    // A size of 1 on one side pairs with any size: the other side is summed beforehand.
    const lone = (t: Tensor, mine: number[], partner: Tensor, theirs: number[]): Tensor => {
      const along = mine.filter((d, i) => t.shape[d] !== 1 && partner.shape[theirs[i]] === 1);
      return along.length > 0 ? sum(t, along, true, t.dtype) : t;
    };
    const a = lone(input, da, other, db);
    const b = lone(other, db, input, da);
    const freeA = a.shape.map((_, d) => d).filter((d) => !da.includes(d));
    const freeB = b.shape.map((_, d) => d).filter((d) => !db.includes(d));
    const [sizesA, sizesB] = [freeA.map((d) => a.shape[d]), freeB.map((d) => b.shape[d])];
    const depth = da.reduce((n, d) => n * a.shape[d], 1);
    const left = reshape(permute(a, [...freeA, ...da]), [numelOf(sizesA), depth]);
    const right = reshape(permute(b, [...db, ...freeB]), [depth, numelOf(sizesB)]);
    return reshape(mm(left, right), [...sizesA, ...sizesB]);
  },
  examples: [
    '{"input": [[1, 2], [3, 4]], "other": [[5, 6], [7, 8]], "dims": 1}',
    '{"input": [[1, 2], [3, 4]], "other": [[5, 6], [7, 8]], "dims": [[0, 1], [1, 0]]}',
  ],
});

export const inner = defineOp({
  name: 'inner',
  category: 'linalg',
  summary: 'Dot products along the last dimensions of two tensors',
  params: [tensor('input'), tensor('other')],
  formula: String.raw`y_{i,j} = \sum_k a_{i,k}\, b_{j,k}`,
  derivative: String.raw`\tfrac{\partial L}{\partial a_{i,k}} = \sum_j G_{i,j}\, b_{j,k}`,
  composite: ({ input, other }) => {
    if (input.ndim === 0 || other.ndim === 0) return mul(input, other);
    const [da, db] = [input.ndim - 1, other.ndim - 1];
    if (input.shape[da] !== other.shape[db]) {
      throw shapeMismatch(
        `inner() the last dimension must match on both input tensors but got shapes ${showShape(input.shape)} and ${showShape(other.shape)}: sizes ${input.shape[da]} and ${other.shape[db]}`,
      );
    }
    return tensordot(input, other, [[-1], [-1]]);
  },
  examples: ['{"input": [[1, 2], [3, 4]], "other": [[5, -6]]}'],
});

export const vecdot = defineOp({
  name: 'vecdot',
  aliases: ['linalg_vecdot'],
  category: 'linalg',
  in: ['linalg'],
  takes: 'x y | dim',
  summary: 'Dot products along one dimension of two broadcast tensors',
  params: [tensor('x'), tensor('y'), attr('dim', integer(), { default: -1 })],
  formula: String.raw`\sum_k x_k\, y_k`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = y,\quad \tfrac{\partial}{\partial y} = x`,
  composite: ({ x, y, dim }) => {
    if (!isFloating(x.dtype)) throw dtypeError(`vecdot: expected a floating dtype, but x is ${x.dtype}`);
    if (x.dtype !== y.dtype)
      throw dtypeError(`vecdot: expected x and y to have the same dtype, but got ${x.dtype} and ${y.dtype}`);
    return sum(mul(x, y), dim);
  },
  examples: ['{"x": [[1, 2], [3, 4]], "y": [5, -6]}'],
});

export const kron = defineOp({
  name: 'kron',
  category: 'linalg',
  summary: 'Kronecker product: each element of one tensor times all of the other',
  params: [tensor('input'), tensor('other')],
  formula: String.raw`y_{i n + k} = a_i\, b_k`,
  derivative: String.raw`\tfrac{\partial L}{\partial a_i} = \sum_k G_{i n + k}\, b_k`,
  composite: ({ input, other }) => {
    const rank = Math.max(input.ndim, other.ndim);
    const sizes = (t: Tensor): number[] => [...new Array<number>(rank - t.ndim).fill(1), ...t.shape];
    const [a, b] = [sizes(input), sizes(other)];
    const products = mul(
      reshape(
        input,
        a.flatMap((n) => [n, 1]),
      ),
      reshape(
        other,
        b.flatMap((n) => [1, n]),
      ),
    );
    return reshape(
      products,
      a.map((n, d) => n * b[d]),
    );
  },
  examples: ['{"input": [[1, 2], [3, 4]], "other": [[1, -1]]}'],
});
