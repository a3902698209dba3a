/** Norms of vectors. */
import { cast, normRows } from '../../kernels/index.ts';
import { type DType, isFloating, promoteTypes } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { Float, float } from '../../tensor/scalar.ts';
import { normalizeDim, normalizeDims } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { to, zeros } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { type Attr, attr, integer, number, optionalAttr, Refusal, tensor } from '../params.ts';
import { add, div, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { isnan } from '../pointwise/classify.ts';
import { eq, gt } from '../pointwise/comparison.ts';
import { logicalOr } from '../pointwise/logical.ts';
import { pow, reciprocal } from '../pointwise/powers.ts';
import { where } from '../pointwise/select.ts';
import { abs, sgn } from '../pointwise/sign.ts';
import { dimParam, dtypeParam, keepdimParam } from '../reductions/params.ts';
import { sum, unreduce } from '../reductions/sum.ts';
import { nuclearNorm, nuclearSlope } from './nuclear.ts';

type Dims = number | readonly number[] | undefined;

/** As PyTorch's norm_backward: zero vectors, and the zeros of a vector, have slope 0. */
function normSlope(input: Tensor, p: number, result: Tensor, dim: Dims, keepdim: boolean, grad: Tensor): Tensor {
  const norm = unreduce(result, input.shape, dim, keepdim);
  const g = unreduce(grad, input.shape, dim, keepdim);
  const unlessZero = (t: Tensor): Tensor => where(eq(norm, 0), new Float(0), t);
  if (p === 0) return zeros(input.shape, input.dtype);
  if (p === 1) return mul(g, sgn(input));
  if (p === 2) return mul(g, unlessZero(div(input, norm)));
  const size = abs(input);
  if (!Number.isFinite(p)) {
    const mask = logicalOr(eq(size, norm), isnan(size));
    return mul(sgn(input), mul(div(g, sum(mask, dim, true)), mask));
  }
  if (p < 1) {
    const powers = where(eq(input, 0), new Float(0), pow(size, float(p - 1)));
    return mul(mul(mul(sgn(input), powers), g), pow(norm, float(1 - p)));
  }
  const scale = unlessZero(div(g, pow(norm, float(p - 1))));
  if (p < 2) return mul(mul(sgn(input), pow(size, float(p - 1))), scale);
  return mul(mul(input, pow(size, float(p - 2))), scale);
}

const isKnown = (value: unknown): value is string => value === 'fro' || value === 'nuc';

/** An order: a number, or the name of a matrix norm. */
export const order: Attr<number | string> = {
  jsonSchema: {
    type: ['number', 'string'],
    description: 'A number; "Infinity" and "-Infinity"; "fro" for the Frobenius norm',
  },
  read(value) {
    if (isKnown(value)) return value;
    const read = number().read(value);
    return read instanceof Refusal ? new Refusal('a number, "Infinity", "-Infinity", "fro" or "nuc"') : read;
  },
};

/** torch.norm's order as a number. */
function powerOf(p: number | string | undefined): number {
  return p === undefined || typeof p === 'string' ? 2 : p;
}

export function checkFloating(op: string, own: DType, asked: DType | undefined): DType {
  const dtype = asked ?? own;
  if (!isFloating(dtype)) throw dtypeError(`${op}: expected a floating dtype, but got ${dtype}`);
  return dtype;
}

export const NORM = String.raw`\Bigl(\sum_i |x_i|^p\Bigr)^{1/p}`;
export const SLOPE = String.raw`\operatorname{sgn}(x_i) \Bigl(\tfrac{|x_i|}{\lVert x \rVert_p}\Bigr)^{p-1}`;

export const norm = defineOp({
  name: 'norm',
  category: 'reduction',
  takes: { torch: 'input p dim keepdim out dtype', Tensor: 'input p dim keepdim dtype' },
  summary: 'p-norm of all elements, or along dimensions',
  params: [
    tensor('input'),
    optionalAttr('p', order, { doc: 'The order; 2 where absent or "fro"; "nuc" for the sum of the singular values' }),
    dimParam,
    keepdimParam,
    dtypeParam,
  ],
  formula: NORM,
  derivative: SLOPE,
  forward: ({ input, p, dim, keepdim, dtype }) => {
    const out = checkFloating('norm', input.dtype, dtype);
    const x = cast(input, out);
    return p === 'nuc' ? nuclearNorm(x, dim, keepdim) : normRows(x, normalizeDims(dim, x.ndim), keepdim, powerOf(p));
  },
  saves: ['input', 'result'],
  gradFn: ({ p, dtype }) => (p === 'nuc' ? 'SumBackward1' : dtype === undefined ? 'NormBackward1' : 'NormBackward3'),
  gradient: {
    input: ({ input, p, dim, keepdim, result }, grad) => {
      const x = to(input, result.dtype);
      return p === 'nuc' ? nuclearSlope(x, dim, grad) : normSlope(x, powerOf(p), result, dim, keepdim, grad);
    },
  },
  derivation: {
    formula: String.raw`\lVert @input \rVert`,
    by: {
      input: ({ p }) =>
        p === undefined || p === 2
          ? {
              form: 'vjp',
              latex: String.raw`@g \cdot \frac{@input}{@result}`,
              words: 'the direction of the vector, of length 1; at 0 it is taken to be 0, which is a convention',
            }
          : {
              form: 'vjp',
              latex: String.raw`@g \cdot \operatorname{sgn}(@input) \left(\frac{|@input|}{@result}\right)^{p - 1}`,
              words: 'each element by its share in the norm',
            },
    },
  },
  examples: [
    '{"input": [[3, -4], [1, 2]]}',
    '{"input": [[3, -4], [1, 2]], "p": "Infinity", "dim": 1}',
    '{"input": [[3, -4], [1, 2]], "p": "nuc"}',
  ],
});

/** Orders without a value for nothing at all refuse empty rows. */
function checkIdentity(ord: number, input: TensorMeta, dim: Dims): void {
  if (ord >= 0 && ord !== Infinity) return;
  const empty = normalizeDims(dim, input.shape.length).filter((d) => input.shape[d] === 0);
  if (empty.length === 0) return;
  throw shapeMismatch(
    `vector_norm: cannot compute the ${ord} norm of an empty tensor because the operation does not have an identity: dimension ${empty[0]} of input ${showShape(input.shape)} is empty`,
  );
}

export const linalgVectorNorm = defineOp({
  name: 'linalg_vector_norm',
  aliases: ['vector_norm'],
  category: 'linalg',
  in: ['linalg'],
  summary: 'p-norm of a tensor taken as a vector, or along dimensions',
  params: [tensor('x'), attr('ord', number(), { default: 2 }), dimParam, keepdimParam, dtypeParam],
  formula: NORM,
  derivative: SLOPE,
  forward: ({ x, ord, dim, keepdim, dtype }) => {
    const out =
      checkFloating('linalg.vector_norm', x.dtype, undefined) && checkFloating('linalg.vector_norm', x.dtype, dtype);
    if (promoteTypes(x.dtype, out) !== out)
      throw dtypeError(
        `linalg.vector_norm: the dtype of the input (${x.dtype}) should be convertible without narrowing to the specified dtype (${out})`,
      );
    checkIdentity(ord, x, dim);
    return normRows(cast(x, out), normalizeDims(dim, x.ndim), keepdim, ord);
  },
  saves: ['x', 'result'],
  gradient: {
    x: ({ x, ord, dim, keepdim, result }, grad) => normSlope(to(x, result.dtype), ord, result, dim, keepdim, grad),
  },
  examples: [{ x: [3, -4] }, '{"x": [[3, -4], [1, 2]], "ord": 3, "dim": 1}'],
});

export const dist = defineOp({
  name: 'dist',
  category: 'reduction',
  summary: 'p-norm of the difference of two tensors',
  params: [tensor('input'), tensor('other'), attr('p', number(), { default: 2 })],
  formula: String.raw`\lVert x - y \rVert_p`,
  derivative: SLOPE.replaceAll('x', 'd'),
  forward: ({ input, other, p }) => norm(sub(input, other), p),
  saves: ['input', 'other', 'result'],
  gradient: {
    input: ({ input, other, p, result }, grad) => normSlope(sub(input, other), p, result, undefined, false, grad),
    other: ({ input, other, p, result }, grad) => neg(normSlope(sub(input, other), p, result, undefined, false, grad)),
  },
  examples: [{ input: [1, 2], other: [4, -2] }],
});

export const renorm = defineOp({
  name: 'renorm',
  category: 'reduction',
  in: ['torch', 'Tensor_'],
  summary: 'Slices along a dimension scaled down to a largest norm',
  params: [
    tensor('input'),
    attr('p', number({ exclusiveMinimum: 0 })),
    attr('dim', integer()),
    attr('maxnorm', number({ minimum: 0 })),
  ],
  formula: String.raw`x_d \min\Bigl(1, \tfrac{m}{\lVert x_d \rVert_p + 10^{-7}}\Bigr)`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_d} = \begin{cases} s\, g_d - \tfrac{s^2}{m} \langle g_d, x_d \rangle \tfrac{\partial n}{\partial x_d} & n > m \\ g_d & \text{else} \end{cases},\quad n = \lVert x_d \rVert_p,\ s = \tfrac{m}{n + 10^{-7}}`,
  composite: ({ input, p, dim, maxnorm }) => {
    if (input.ndim < 2)
      throw shapeMismatch(`renorm: input needs at least 2 dimensions, but has shape ${showShape(input.shape)}`);
    checkFloating('renorm', input.dtype, undefined);
    const along = normalizeDim(dim, input.ndim);
    const norms = linalgVectorNorm(
      input,
      p,
      input.shape.map((_, d) => d).filter((d) => d !== along),
      true,
    );
    const factor = mul(reciprocal(add(norms, 1e-7)), float(maxnorm));
    return mul(input, where(gt(norms, float(maxnorm)), factor, new Float(1)));
  },
  examples: ['{"input": [[3, 4], [0.1, 0.2]], "p": 2, "dim": 0, "maxnorm": 1}'],
});
