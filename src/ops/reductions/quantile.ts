/** Quantiles. */

import { firstWithout } from '../../kernels/index.ts';
import { type DType, isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { type Scalar, scalarToNumber } from '../../tensor/scalar.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { gather, sort } from '../indexing/index.ts';
import { attr, oneOf, operand, tensor } from '../params.ts';
import { mul, sub } from '../pointwise/arithmetic.ts';
import { clampMin } from '../pointwise/clamp.ts';
import { isnan } from '../pointwise/classify.ts';
import { lerp } from '../pointwise/combine.ts';
import { logicalNot } from '../pointwise/logical.ts';
import { ceil, floor, round } from '../pointwise/rounding.ts';
import { where } from '../pointwise/select.ts';
import { scalarTensor } from '../promote.ts';
import { expand, movedim, reshape, squeeze, unsqueeze } from '../shape/index.ts';
import { keepdimParam, oneDimParam } from './params.ts';
import { sum } from './sum.ts';
import { any } from './truth.ts';

type Interpolation = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';

const params = [
  tensor('input'),
  operand('q', { doc: 'A number from 0 to 1, or a vector of them: results then stand along a first dimension' }),
  oneDimParam,
  keepdimParam,
  attr('interpolation', oneOf<Interpolation>('linear', 'lower', 'higher', 'midpoint', 'nearest'), {
    default: 'linear',
    doc: 'What stands between two elements',
  }),
] as const;

interface Call {
  readonly input: Tensor;
  readonly q: Tensor | Scalar;
  readonly dim: number | undefined;
  readonly keepdim: boolean;
  readonly interpolation: Interpolation;
}

/** The quantiles as a tensor of the input's dtype, each from 0 to 1. */
function quantiles(op: string, q: Tensor | Scalar, dtype: DType): Tensor {
  if (!(q instanceof Tensor)) {
    const value = scalarToNumber(q);
    if (!(value >= 0 && value <= 1)) throw valueRange(`${op}() q must be in the range [0, 1] but got ${value}`);
    return scalarTensor(q, dtype);
  }
  if (q.ndim > 1) throw shapeMismatch(`${op}() q must be a scalar or 1D tensor, but has shape ${showShape(q.shape)}`);
  if (q.dtype !== dtype)
    throw dtypeError(`${op}() q tensor must be same dtype as the input tensor, but got ${q.dtype} and ${dtype}`);
  const odd = firstWithout(q, (x) => x >= 0 && x <= 1);
  if (odd !== undefined) throw valueRange(`${op}() q values must be in the range [0, 1], but got ${odd}`);
  return q;
}

function quantileOf(op: string, { input, q, dim, keepdim, interpolation }: Call, ignoreNaN: boolean): Tensor {
  if (!isFloating(input.dtype)) throw dtypeError(`${op}() input tensor must be either float or double dtype`);
  if (input.numel === 0)
    throw shapeMismatch(`${op}() input tensor must be non-empty, but has shape ${showShape(input.shape)}`);
  const levels = quantiles(op, q, input.dtype);
  const along = dim === undefined ? undefined : normalizeDim(dim, input.ndim);
  // Rows last: all elements in one row, or those along the dimension.
  const rows = along === undefined || input.ndim === 0 ? reshape(input, [input.numel]) : movedim(input, along, -1);
  const sorted = (sort(rows, -1) as readonly Tensor[])[0];
  const n = rows.shape[rows.ndim - 1];
  const unknown = isnan(rows);
  const ranks = ignoreNaN
    ? clampMin(
        mul(
          levels.ndim === 0 ? reshape(levels, [1]) : levels,
          sub(to(sum(logicalNot(unknown), -1, true), input.dtype), 1),
        ),
        0,
      )
    : // A row with a NaN has it last, and answers with it.
      where(any(unknown, -1, true), n - 1, mul(levels.ndim === 0 ? reshape(levels, [1]) : levels, n - 1));
  const shape = [...rows.shape.slice(0, -1), levels.ndim === 0 ? 1 : levels.shape[0]];
  const values = between(sorted, expand(ranks, shape), interpolation);
  return arranged(values, levels.ndim === 1, input, along, keepdim);
}

/** What stands at fractional ranks of sorted rows. */
function between(sorted: Tensor, ranks: Tensor, interpolation: Interpolation): Tensor {
  const at = (places: Tensor): Tensor => gather(sorted, -1, to(places, 'int64'));
  if (interpolation === 'lower') return at(floor(ranks));
  if (interpolation === 'higher') return at(ceil(ranks));
  if (interpolation === 'nearest') return at(round(ranks));
  const below = floor(ranks);
  const weight = interpolation === 'midpoint' ? 0.5 : sub(ranks, below);
  return lerp(at(below), at(ceil(ranks)), weight);
}

/** Results stand last; several go first. Reduced dimensions come back with size 1 where they are kept. */
function arranged(
  values: Tensor,
  several: boolean,
  input: Tensor,
  along: number | undefined,
  keepdim: boolean,
): Tensor {
  const out = several ? movedim(values, -1, 0) : squeeze(values, -1);
  if (!keepdim || input.ndim === 0) return out;
  const lead = several ? 1 : 0;
  if (along !== undefined) return unsqueeze(out, along + lead);
  return reshape(out, [...out.shape.slice(0, lead), ...input.shape.map(() => 1)]);
}

const FORMULA = String.raw`x_{(\lfloor r \rfloor)} + (r - \lfloor r \rfloor)(x_{(\lceil r \rceil)} - x_{(\lfloor r \rfloor)}),\quad r = q (n - 1)`;

const DERIVATIVE = String.raw`\tfrac{\partial}{\partial x_{(\lfloor r \rfloor)}} = 1 - (r - \lfloor r \rfloor),\quad \tfrac{\partial}{\partial x_{(\lceil r \rceil)}} = r - \lfloor r \rfloor`;

export const quantile = defineOp({
  name: 'quantile',
  category: 'reduction',
  takes: 'input q dim keepdim | interpolation',
  summary: 'Quantiles of all elements, or along a dimension',
  params,
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: (args) => quantileOf('quantile', args, false),
  examples: [{ input: [1, 5, 2, 4], q: 0.3 }, '{"input": [[1, 5, 2], [4, 0, 6]], "q": [0.2, 0.7], "dim": 1}'],
});

export const nanquantile = defineOp({
  name: 'nanquantile',
  category: 'reduction',
  takes: 'input q dim keepdim | interpolation',
  summary: 'Quantiles of what is not NaN',
  params,
  formula: FORMULA,
  derivative: DERIVATIVE,
  composite: (args) => quantileOf('nanquantile', args, true),
  examples: [{ input: [1, 5, 2, 4], q: 0.3 }],
});
