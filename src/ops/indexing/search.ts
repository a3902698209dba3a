/** Finding numbers among others. */

import { cast, contiguous, map1, membersOf, placesIn } from '../../kernels/index.ts';
import { EngineError, indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import type { Scalar } from '../../tensor/scalar.ts';
import { sameShape } from '../../tensor/shape.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, constantOperand, oneOf, optionalAttr, optionalConstant } from '../params.ts';
import { asTensor, commonType } from '../promote.ts';

/** Where each value belongs among sorted boundaries: before its equals, or behind them (`right`). */
function positions(
  boundaries: Tensor,
  input: Tensor | Scalar,
  right: boolean,
  int32: boolean,
  sorter?: Tensor,
): Tensor {
  const dtype = commonType(boundaries, input);
  const sorted = contiguous(cast(boundaries, dtype));
  const values = contiguous(asTensor(input, dtype));
  const order = sorter === undefined ? undefined : contiguous(sorter);
  const out = empty(values.shape, int32 ? 'int32' : 'int64');
  return placesIn(out, sorted, values, right, order);
}

const outInt32 = attr('out_int32', boolean, { default: false, doc: 'An int32 result' });
const rightParam = attr('right', boolean, { default: false, doc: 'Behind equal boundaries, not before them' });

export const searchsorted = defineOp({
  name: 'searchsorted',
  category: 'indexing',
  in: ['torch'],
  takes: 'sorted_sequence input | out_int32 right side sorter',
  summary: 'Where values belong in sorted rows',
  params: [
    constant('sorted_sequence'),
    constantOperand('input'),
    outInt32,
    rightParam,
    optionalAttr('side', oneOf('left', 'right')),
    optionalConstant('sorter', { wants: 'int64', doc: 'Indices that sort sorted_sequence' }),
  ],
  formula: String.raw`\#\{j : b_j < x\}`,
  forward: ({ sortedSequence, input, outInt32, right, side, sorter }) => {
    const rank = sortedSequence.ndim;
    if (rank === 0)
      throw shapeMismatch(
        'torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension',
      );
    if (rank > 1 && !(input instanceof Tensor && input.ndim > 0))
      throw shapeMismatch(
        `torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(${rank}) and input value's dim(0) numel(1)`,
      );
    if (side === 'left' && right)
      throw new EngineError(
        'value_range',
        "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True",
      );
    const shape = input instanceof Tensor ? input.shape : [];
    if (rank > 1 && (shape.length !== rank || !sameShape(shape.slice(0, -1), sortedSequence.shape.slice(0, -1)))) {
      throw shapeMismatch(
        `torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor ${showShape(sortedSequence.shape)} and input value tensor ${showShape(shape)}`,
      );
    }
    if (sorter !== undefined) {
      if (!sameShape(sorter.shape, sortedSequence.shape))
        throw shapeMismatch(
          `torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor ${showShape(sortedSequence.shape)} and got sorter tensor ${showShape(sorter.shape)}`,
        );
      if (sorter.dtype !== 'int64')
        throw new EngineError(
          'dtype',
          `torch.searchsorted(): sorter must be a tensor of long dtype but got dtype ${sorter.dtype}`,
        );
    }
    const out = positions(sortedSequence, input, right || side === 'right', outInt32, checked(sorter, sortedSequence));
    return out;
  },
  gradient: {},
  examples: [{ sorted_sequence: [1, 3, 5], input: [0, 3, 6] }],
});

/** A sorter with every index within its row. */
function checked(sorter: Tensor | undefined, sorted: Tensor): Tensor | undefined {
  if (sorter === undefined) return undefined;
  const n = BigInt(sorted.shape[sorted.ndim - 1]);
  return map1(
    {
      number: (x) => x,
      int64: (x) => {
        if (x < 0n || x >= n) throw indexOutOfRange('torch.searchsorted(): sorter index out of range');
        return x;
      },
    },
    sorter,
  );
}

export const bucketize = defineOp({
  name: 'bucketize',
  category: 'indexing',
  in: ['torch'],
  takes: 'input boundaries | out_int32 right',
  summary: 'Which interval between boundaries each value is in',
  params: [constantOperand('input'), constant('boundaries'), outInt32, rightParam],
  formula: String.raw`\#\{j : b_j < x\}`,
  forward: ({ input, boundaries, outInt32, right }) => {
    if (boundaries.ndim !== 1)
      throw shapeMismatch(`boundaries tensor must be 1 dimension, but got dim(${boundaries.ndim})`);
    return positions(boundaries, input, right, outInt32);
  },
  gradient: {},
  examples: [{ input: [0, 3, 6], boundaries: [1, 3, 5] }],
});

export const isin = defineOp({
  name: 'isin',
  category: 'comparison',
  in: ['torch'],
  takes: 'elements test_elements | assume_unique invert element=elements test_element=test_elements',
  summary: 'Whether elements are among others',
  params: [
    constantOperand('elements'),
    constantOperand('test_elements'),
    attr('assume_unique', boolean, { default: false, doc: 'No element comes twice; changes no result' }),
    attr('invert', boolean, { default: false }),
  ],
  formula: String.raw`x \in T`,
  forward: ({ elements, testElements, invert }) => {
    for (const t of [elements, testElements]) {
      if (t instanceof Tensor && t.dtype === 'bool')
        throw new EngineError('dtype', 'Unsupported input type encountered for isin(): Bool');
    }
    const dtype = commonType(elements, testElements);
    const [x, tests] = [contiguous(asTensor(elements, dtype)), contiguous(asTensor(testElements, dtype))];
    const out = empty(x.shape, 'bool');
    return membersOf(out, x, tests, invert);
  },
  gradient: {},
  examples: [{ elements: [1, 2, 3], test_elements: [2, 4] }],
});
