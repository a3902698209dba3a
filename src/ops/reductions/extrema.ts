/** The largest and the smallest elements. */
import { type Direction, extremePlaces, extremeRows, extremeWithPlace } from '../../kernels/index.ts';
import { dtypeError, EngineError, indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { Float, type Scalar } from '../../tensor/scalar.ts';
import { checkShape, normalizeDim, normalizeDims, type Shape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { along } from '../derivation.ts';
import { attr, constant, integer, optionalOperand, optionalTensor, tensor } from '../params.ts';
import { div, mul } from '../pointwise/arithmetic.ts';
import { isnan } from '../pointwise/classify.ts';
import { eq } from '../pointwise/comparison.ts';
import { maximum, minimum } from '../pointwise/extrema.ts';
import { logicalAnd, logicalOr } from '../pointwise/logical.ts';
import { where } from '../pointwise/select.ts';
import { reshape } from '../shape/index.ts';
import { dimParam, keepdimParam, oneDimParam } from './params.ts';
import { intoPlaces } from './places.ts';
import { sum, unreduce } from './sum.ts';

/** There is something to choose from. */
export function checkNotEmpty(op: string, shape: Shape, dim: number | readonly number[] | undefined): void {
  checkShape(shape);
  const all = dim === undefined || (typeof dim !== 'number' && dim.length === 0);
  for (const d of normalizeDims(dim, shape.length)) {
    if (shape[d] !== 0) continue;
    if (all)
      throw shapeMismatch(
        `${op}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument. (input has shape ${showShape(shape)})`,
      );
    throw indexOutOfRange(
      `${op}(): Expected reduction dim ${d} to have non-zero size, but input has shape ${showShape(shape)}`,
    );
  }
}

/** Elements equal to the result of their reduction; where that is NaN, all that are NaN. */
const winners = (input: Tensor, result: Tensor): Tensor =>
  logicalOr(eq(input, result), logicalAnd(isnan(input), isnan(result)));

/** Equal elements share the gradient of the full reduction that gave `result`. */
export function shareEvenly(input: Tensor, result: Tensor, grad: Tensor): Tensor {
  const mask = winners(input, result);
  return where(mask, div(grad, sum(mask)), new Float(0));
}

/** The names and formulas of both directions. */
const SIDES = [
  { direction: 1, max: 'max', largest: 'Largest' },
  { direction: -1, max: 'min', largest: 'Smallest' },
] as const;

function arrange(direction: Direction) {
  const { max, largest } = SIDES[direction > 0 ? 0 : 1];
  const [name, other] = direction > 0 ? (['Max', 'maximum'] as const) : (['Min', 'minimum'] as const);
  const formula = `\\${max}_i x_i`;
  /** Equal elements have equal parts. */
  const share = `\\frac{[x_i = \\${max}_k x_k]}{\\#\\{j : x_j = \\${max}_k x_k\\}}`;
  const examples = [
    {
      input: [
        [1, 5, 2],
        [4, 0, 6],
      ],
    },
  ] as const;

  const whole = defineOp({
    name: max,
    category: 'reduction',
    summary: `${largest} of all elements`,
    params: [tensor('input')],
    formula,
    forward: ({ input }): Tensor => {
      checkNotEmpty(max, input.shape, undefined);
      return extremeRows(input, normalizeDims(undefined, input.ndim), false, direction);
    },
    saves: ['input', 'result'],
    gradFn: `${name}Backward1`,
    gradient: { input: ({ input, result }, grad): Tensor => shareEvenly(input, result, grad) },
    examples,
  });

  const byDim = defineOp({
    name: max,
    category: 'reduction',
    summary: `${largest} elements along a dimension, and where they are`,
    params: [tensor('input'), attr('dim', integer()), keepdimParam],
    formula,
    forward: ({ input, dim, keepdim }): readonly Tensor[] => {
      const d = normalizeDim(dim, input.ndim);
      checkNotEmpty(max, input.shape, dim);
      return extremeWithPlace(input, d, keepdim, direction);
    },
    saves: ['result'],
    gradFn: `${name}Backward0`,
    gradient: {
      input: ({ input, dim, keepdim, result }, [grad]): Tensor | null =>
        grad == null ? null : intoPlaces(grad, input.shape, dim, (result as readonly Tensor[])[1], keepdim),
    },
    examples: ['{"input": [[1, 5, 2], [4, 0, 6]], "dim": 1}'],
  });

  /** PyTorch's three forms under one name. */
  const any = defineOp({
    name: max,
    category: 'reduction',
    takes: 'input dim keepdim / input other',
    summary: `${largest} of all elements; or along a dimension, with its index; or of two tensors`,
    params: [
      tensor('input'),
      optionalOperand('dim', { doc: `A dimension: the answer is then values and indices. A tensor here is other` }),
      keepdimParam,
      optionalTensor('other', { doc: `The answer is then ${other}(input, other)` }),
    ],
    formula,
    derivative: String.raw`${share},\quad\text{along a dimension } [i = \text{index}]`,
    composite: ({ input, dim, keepdim, other: second }): Tensor | readonly Tensor[] => {
      const other = dim instanceof Tensor ? dim : second;
      if (other !== undefined) return direction > 0 ? maximum(input, other) : minimum(input, other);
      return dim === undefined ? whole(input) : byDim(input, wholeDim(max, dim as Scalar), keepdim);
    },
    derivation: {
      formula: ({ dim }) => `\\${max}${typeof dim === 'number' ? along(dim) : ''}(@input)`,
      words: `the gradient goes to the ${largest.toLowerCase()} element; of equal ones all share it where there is no dimension, and along a dimension the one that the index tells gets it`,
      extreme: true,
    },
    examples: [
      '{"input": [[1, 5, 2], [4, 0, 6]]}',
      '{"input": [[1, 5, 2], [4, 0, 6]], "dim": 1}',
      { input: [1, 5, 2], other: [3, 2, 4] },
    ],
  });

  const over = defineOp({
    name: `a${max}` as const,
    category: 'reduction',
    summary: `${largest} elements along dimensions`,
    params: [tensor('input'), dimParam, keepdimParam],
    formula,
    derivative: share,
    forward: ({ input, dim, keepdim }): Tensor => {
      const dims = normalizeDims(dim, input.ndim);
      checkNotEmpty(`a${max}`, input.shape, dim);
      return extremeRows(input, dims, keepdim, direction);
    },
    saves: ['input', 'result'],
    gradient: {
      input: ({ input, dim, keepdim, result }, grad): Tensor => spread(input, dim, keepdim, result, grad),
    },
    derivation: {
      formula: ({ dim }) => `\\${max}${along(dim)}(@input)`,
      words: `the gradient goes to the ${largest.toLowerCase()} element; equal ones share it`,
      extreme: true,
    },
    examples: ['{"input": [[1, 5, 2], [4, 0, 6]], "dim": 1}', '{"input": [[1, 5, 2], [4, 0, 6]], "dim": [0, 1]}'],
  });

  const arg = defineOp({
    name: `arg${max}` as const,
    category: 'reduction',
    summary: `Index of the ${largest.toLowerCase()} element, in row-major order or along a dimension; the first of equal ones`,
    params: [constant('input'), oneDimParam, keepdimParam],
    formula: String.raw`\operatorname{arg${max}}_i x_i`,
    forward: ({ input, dim, keepdim }): Tensor => {
      const dims =
        dim === undefined || input.ndim === 0 ? normalizeDims(undefined, input.ndim) : [normalizeDim(dim, input.ndim)];
      if (dim !== undefined) normalizeDim(dim, input.ndim);
      if (input.dtype === 'bool')
        throw dtypeError(`arg${max} is not implemented for bool; cast to an integer dtype first`);
      checkNotEmpty(`arg${max}`, input.shape, dim);
      return extremePlaces(input, dims, keepdim, direction);
    },
    gradient: {},
    examples: ['{"input": [[1, 5, 2], [4, 0, 6]]}', '{"input": [[1, 5, 2], [4, 0, 6]], "dim": 1}'],
  });
  return { any, over, arg };
}

function wholeDim(op: string, dim: Scalar): number {
  if (typeof dim !== 'number' || !Number.isInteger(dim))
    throw new EngineError('value_range', `${op}(): dim must be an integer`);
  return dim;
}

/** Equal elements of a row share its gradient. As in PyTorch, a NaN result is equal to nothing: it gives NaN. */
function spread(
  input: Tensor,
  dim: number | readonly number[] | undefined,
  keepdim: boolean,
  result: Tensor,
  grad: Tensor,
): Tensor {
  if (input.ndim === 0) return grad;
  const mask = eq(input, unreduce(result, input.shape, dim, keepdim));
  const shares = sum(mask, dim, true);
  return div(mul(unreduce(grad, input.shape, dim, keepdim), mask), shares);
}

const largest = arrange(1);
const smallest = arrange(-1);

export const max = largest.any;
export const min = smallest.any;
export const amax = largest.over;
export const amin = smallest.over;
export const argmax = largest.arg;
export const argmin = smallest.arg;

export const aminmax = defineOp({
  name: 'aminmax',
  category: 'reduction',
  takes: 'input | dim keepdim',
  summary: 'Smallest and largest elements, of all or along a dimension',
  params: [tensor('input'), oneDimParam, keepdimParam],
  formula: String.raw`(\min_i x_i, \max_i x_i)`,
  derivative: String.raw`\frac{[x_i = \min_k x_k]}{\#\{j : x_j = \min_k x_k\}},\quad \frac{[x_i = \max_k x_k]}{\#\{j : x_j = \max_k x_k\}}`,
  composite: ({ input, dim, keepdim }): readonly Tensor[] => {
    checkNotEmpty('aminmax', input.shape, dim);
    // PyTorch keeps a dimension of size 1 even where a tensor had none.
    const kept = input.ndim === 0 && dim !== undefined && keepdim;
    const pair = [amin(input, dim, keepdim), amax(input, dim, keepdim)];
    return kept ? pair.map((t) => reshape(t, [1])) : pair;
  },
  examples: ['{"input": [[1, 5, 2], [4, 0, 6]], "dim": 1}'],
});
