/** Values joined along a dimension by a sum, product, mean or extremum. */
import { type Combine, combineAdd, combineOr, copyInto, fill, map2 } from '../../kernels/index.ts';
import { isFloating, rowOf } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/cast.ts';
import { onesLike, zerosLike } from '../creation/like.ts';
import { defineOp } from '../define.ts';
import { attr, boolean, constant, integer, oneOf, tensor } from '../params.ts';
import { div, mul } from '../pointwise/arithmetic.ts';
import { eq } from '../pointwise/comparison.ts';
import { where } from '../pointwise/select.ts';
import { narrow } from '../shape/windows.ts';
import { checkSizes, cornerGradient, gather, scatter, scatterAdd, scatterInto } from './gather.ts';
import { checkIndex, dimOf, written } from './plan.ts';

type Reduce = 'sum' | 'prod' | 'mean' | 'amax' | 'amin';

/** NaN wins. Bigints are compared as they are. */
const larger: Combine = (x, y) => (Number.isNaN(y) || y > x ? y : x);
const smaller: Combine = (x, y) => (Number.isNaN(y) || y < x ? y : x);

function combiner(reduce: Reduce, dtype: Tensor['dtype']): Combine {
  if (reduce === 'amax') return larger;
  if (reduce === 'amin') return smaller;
  if (reduce === 'prod') return dtype === 'int32' ? Math.imul : (x, y) => x * y;
  return dtype === 'bool' ? combineOr : combineAdd;
}

/** What a place holds before anything reached it, where it does not count itself. */
function neutral(reduce: Reduce, dtype: Tensor['dtype']): number | bigint {
  if (reduce === 'prod') return 1;
  if (reduce === 'sum' || reduce === 'mean') return 0;
  const low = reduce === 'amax';
  if (isFloating(dtype)) return low ? -Infinity : Infinity;
  const { min, max } = rowOf(dtype);
  return low ? min : max;
}

/** Means of integers are rounded down. */
const MEAN = {
  number: (x: number, n: number): number => x / n,
  int64: (x: bigint, n: bigint): bigint => x / n - (x % n !== 0n && x < 0n ? 1n : 0n),
};
const INTEGER_MEAN = { number: (x: number, n: number): number => Math.floor(x / n) };

/** How many values reach each place, its own counted if `self` says so, and at least one. */
function counts(input: Tensor, dim: number, index: Tensor, self: boolean): Tensor {
  const one = fill(empty([], input.dtype), 1);
  const n = fill(empty(input.shape, input.dtype), self ? 1 : 0);
  scatterInto(n, dim, index, one, combineAdd);
  return map2({ number: (x, y) => Math.max(x, y), int64: (x, y) => (x > y ? x : y) }, n, one, input.dtype);
}

const dimParam = attr('dim', integer());

const gradientOf = {
  /** With respect to the input; 0 at places that do not count themselves. */
  input(
    input: Tensor,
    dim: number,
    index: Tensor,
    src: Tensor,
    reduce: Reduce,
    self: boolean,
    grad: Tensor,
    result?: Tensor,
  ): Tensor {
    const own = (): Tensor => {
      if (reduce === 'sum') return grad;
      if (reduce === 'mean') return div(grad, reached(grad, dim, index, src, self));
      if (reduce === 'prod') {
        const filled = where(eq(input, 0), onesLike(input), input);
        return div(mul(grad, scatterReduce(filled, dim, index, src, reduce, self)), filled);
      }
      const ties = tiesOf(input, dim, index, src, result as Tensor);
      return where(eq(input, result as Tensor), div(grad, ties), 0);
    };
    return self ? own() : scatter(own(), dim, index, undefined, 0);
  },
  /** With respect to the values. */
  src(
    input: Tensor,
    dim: number,
    index: Tensor,
    src: Tensor,
    reduce: Reduce,
    self: boolean,
    grad: Tensor,
    result?: Tensor,
  ): Tensor {
    const at = (t: Tensor): Tensor => gather(t, dim, index);
    if (reduce === 'sum') return at(grad);
    if (reduce === 'mean') return div(at(grad), at(reached(grad, dim, index, src, self)));
    if (reduce === 'prod') {
      const zero = eq(src, 0);
      const zerosHere = at(scatterAdd(zerosLike(input), dim, index, to(zero, input.dtype)));
      const single = mul(zero, eq(zerosHere, 1));
      const without = scatterReduce(input, dim, index, where(single, onesLike(src), src), reduce, self);
      const all = result ?? scatterReduce(input, dim, index, src, reduce, self);
      return where(single, at(mul(grad, without)), div(at(mul(grad, all)), where(zero, onesLike(src), src)));
    }
    const value = at(result as Tensor);
    const ties = tiesOf(input, dim, index, src, result as Tensor);
    return where(eq(src, value), at(div(grad, ties)), 0);
  },
};

/** How many values each place's mean was made of. */
function reached(grad: Tensor, dim: number, index: Tensor, src: Tensor, self: boolean): Tensor {
  const n = scatterAdd(self ? onesLike(grad) : zerosLike(grad), dim, index, onesLike(src));
  return where(eq(n, 0), onesLike(n), n);
}

/** An extremum's gradient is shared evenly by those that attain it. */
function tiesOf(input: Tensor, dim: number, index: Tensor, src: Tensor, result: Tensor): Tensor {
  const own = to(eq(input, result), input.dtype);
  return scatterAdd(own, dim, index, to(eq(src, gather(result, dim, index)), input.dtype));
}

export const scatterReduce = defineOp({
  name: 'scatter_reduce',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  takes: 'input dim index src reduce | include_self',
  summary: 'Values joined along a dimension, each where an index of its own says',
  params: [
    tensor('input'),
    dimParam,
    constant('index', { wants: 'int64' }),
    tensor('src'),
    attr('reduce', oneOf<Reduce>('sum', 'prod', 'mean', 'amax', 'amin')),
    attr('include_self', boolean, { default: true, doc: "Whether the input's own elements count" }),
  ],
  formula: String.raw`y_{\ldots j \ldots} = \operatorname{reduce}(x_{\ldots j \ldots}, \{s_k : i_k = j\})`,
  derivative: String.raw`\text{as the reduction's}`,
  forward: ({ input, dim, index, src, reduce, includeSelf }) => {
    const d = dimOf(dim, input);
    if (src.dtype !== input.dtype)
      throw new EngineError(
        'dtype',
        `scatter(): Expected self.dtype to be equal to src.dtype, but got ${input.dtype} and ${src.dtype}`,
      );
    if (reduce === 'mean' && input.dtype === 'bool')
      throw new EngineError('dtype', 'scatter_reduce(): mean is not implemented for bool');
    if (index.numel > 0) {
      checkIndex('scatter_reduce', index);
      checkSizes('scatter_reduce', index, d, input, src);
    }
    const joined = written(
      input,
      (out) => {
        if (index.numel === 0) return;
        if (!includeSelf) scatterInto(out, d, index, fill(empty([], input.dtype), neutral(reduce, input.dtype)));
        scatterInto(out, d, index, src, combiner(reduce, input.dtype));
        // Means are divided before they are rounded.
        if (reduce === 'mean' && out.dtype !== input.dtype) divideInto(out, input, d, index, includeSelf);
      },
      true,
    );
    if (reduce !== 'mean' || index.numel === 0 || (isFloating(input.dtype) && input.dtype !== 'float64')) return joined;
    const formula = isFloating(input.dtype) || input.dtype === 'int64' ? MEAN : INTEGER_MEAN;
    return map2(formula, joined, counts(input, d, index, includeSelf), input.dtype);
  },
  saves: ['input', 'index', 'src', 'result'],
  gradient: {
    input: ({ input, dim, index, src, reduce, includeSelf, result }, grad): Tensor =>
      gradientOf.input(input, dim, index, covered(src, index), reduce, includeSelf, grad, result),
    src: ({ input, dim, index, src, reduce, includeSelf, result }, grad): Tensor =>
      cornerGradient(
        gradientOf.src(input, dim, index, covered(src, index), reduce, includeSelf, grad, result),
        src.shape,
      ),
  },
  examples: [{ input: [[1, 2, 3]], dim: 1, index: [[0, 0, 2]], src: [[5, 6, 7]], reduce: 'sum' }],
});

function divideInto(out: Tensor, input: Tensor, dim: number, index: Tensor, self: boolean): void {
  const means = map2(MEAN, out, counts(input, dim, index, self), out.dtype);
  copyInto(out, means);
}

/** The corner of the values that the index covers. */
function covered(src: Tensor, index: Tensor): Tensor {
  let out = src;
  for (let d = 0; d < index.ndim; d++) if (out.shape[d] !== index.shape[d]) out = narrow(out, d, 0, index.shape[d]);
  return out;
}
