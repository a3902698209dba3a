/** Differences of neighbours, and areas under sampled curves. */
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { Float, type Scalar } from '../../tensor/scalar.ts';
import { normalizeDim } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { attr, integer, optionalTensor, scalarAttr, tensor } from '../params.ts';
import { add, div, mul, sub } from '../pointwise/arithmetic.ts';
import { clone } from '../pointwise/identity.ts';
import { logicalXor } from '../pointwise/logical.ts';
import { cat, reshape } from '../shape/index.ts';
import { narrow } from '../shape/windows.ts';
import { cumsum } from './scans.ts';
import { sum } from './sum.ts';

/** All but the first, and all but the last elements along a dimension. */
const neighbours = (t: Tensor, dim: number): [Tensor, Tensor] => {
  const n = Math.max(t.shape[dim] - 1, 0);
  return [narrow(t, dim, Math.min(1, t.shape[dim]), n), narrow(t, dim, 0, n)];
};

function checkPiece(input: Tensor, piece: Tensor, dim: number, name: string): void {
  if (piece.ndim !== input.ndim) {
    throw shapeMismatch(
      `diff expects ${name} to have as many dimensions as input, but got shapes ${showShape(piece.shape)} and ${showShape(input.shape)}`,
    );
  }
  input.shape.forEach((size, d) => {
    if (d !== dim && size !== piece.shape[d]) {
      throw shapeMismatch(
        `diff expects the shape of ${name} to match that of input except along dimension ${dim}, but got shapes ${showShape(piece.shape)} and ${showShape(input.shape)}: dimension ${d} differs`,
      );
    }
  });
}

export const diff = defineOp({
  name: 'diff',
  category: 'reduction',
  summary: 'Differences of neighbouring elements along a dimension, n times over',
  params: [
    tensor('input'),
    attr('n', integer(), { default: 1 }),
    attr('dim', integer(), { default: -1 }),
    optionalTensor('prepend'),
    optionalTensor('append'),
  ],
  formula: String.raw`y_i = x_{i+1} - x_i`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_i} = G_{i-1} - G_i`,
  composite: ({ input, n, dim, prepend, append }) => {
    if (input.ndim === 0) throw shapeMismatch('diff expects input to be at least one-dimensional, but it has shape []');
    const d = normalizeDim(dim, input.ndim);
    if (prepend !== undefined) checkPiece(input, prepend, d, 'prepend');
    if (append !== undefined) checkPiece(input, append, d, 'append');
    if (n === 0) return clone(input);
    const pieces = [prepend, input, append].filter((t) => t !== undefined);
    let out = pieces.length === 1 ? input : cat(pieces, d);
    // Every difference is one element shorter: beyond the size there is nothing left.
    for (let k = Math.min(n, out.shape[d]); k > 0; k--) {
      const [later, earlier] = neighbours(out, d);
      out = out.dtype === 'bool' ? logicalXor(later, earlier) : sub(later, earlier);
    }
    return out === input ? clone(input) : out;
  },
  examples: [{ input: [1, 3, 2, 7] }, '{"input": [[1, 3, 2], [0, 5, 4]], "n": 2}'],
});

const dxParam = attr('dx', scalarAttr, { default: 1 as Scalar, doc: 'The distance of samples, where x is absent' });
const params = [
  tensor('y'),
  optionalTensor('x', { doc: 'The places of the samples' }),
  dxParam,
  attr('dim', integer(), { default: -1 }),
] as const;

interface Curve {
  readonly y: Tensor;
  readonly x?: Tensor;
  readonly dx: Scalar;
  readonly dim: number;
}

/** The distances of neighbouring samples, in a shape that broadcasts over `y`. */
function steps(op: string, y: Tensor, x: Tensor, dim: number): Tensor {
  if (x.dtype === 'bool') throw dtypeError(`${op}: received a bool input for \`x\`, but bool is not supported`);
  let places = x;
  if (x.ndim === 1) {
    if (x.shape[0] !== y.shape[dim])
      throw shapeMismatch(
        `${op}: There must be one \`x\` value for each sample point, but x has shape ${showShape(x.shape)} and y has size ${y.shape[dim]} at dimension ${dim} (shape ${showShape(y.shape)})`,
      );
    places = reshape(
      x,
      y.shape.map((_, d) => (d === dim ? x.shape[0] : 1)),
    );
  } else if (x.ndim < y.ndim) {
    places = reshape(x, [...new Array<number>(y.ndim - x.ndim).fill(1), ...x.shape]);
  }
  const [later, earlier] = neighbours(places, dim);
  return sub(later, earlier);
}

/** Twice the area of each strip, and the factor that halves it. */
function strips(op: string, { y, x, dx, dim }: Curve): { areas: Tensor; along: number; factor: Scalar | null } {
  if (y.ndim === 0) throw shapeMismatch(`${op}: y needs at least 1 dimension, but has shape []`);
  const d = normalizeDim(dim, y.ndim);
  if (y.dtype === 'bool') throw dtypeError(`${op}: received a bool input for \`y\`, but bool is not supported`);
  const [later, earlier] = neighbours(y, d);
  const sums = add(later, earlier);
  if (x === undefined) return { areas: sums, along: d, factor: dx };
  return { areas: mul(sums, steps(op, y, x, d)), along: d, factor: null };
}

const halve = (t: Tensor, factor: Scalar | null): Tensor => {
  if (factor === null) return div(t, new Float(2));
  const half = typeof factor === 'object' ? factor.value / 2 : Number(factor) / 2;
  return mul(t, Number.isInteger(half) ? new Float(half) : half);
};

export const trapezoid = defineOp({
  name: 'trapezoid',
  aliases: ['trapz'],
  category: 'reduction',
  in: ['torch'],
  takes: 'y x | dim / y | dx dim',
  summary: 'Area under a sampled curve by the trapezoidal rule',
  params,
  formula: String.raw`\sum_i \tfrac{1}{2} (y_i + y_{i+1}) (x_{i+1} - x_i)`,
  derivative: String.raw`\tfrac{\partial}{\partial y_i} = \tfrac{1}{2} (x_{i+1} - x_{i-1}),\quad \tfrac{\partial}{\partial x_i} = \tfrac{1}{2} (y_{i-1} - y_{i+1}) \quad\text{inside}`,
  composite: (args) => {
    if (args.y.ndim > 0 && args.y.shape[normalizeDim(args.dim, args.y.ndim)] === 0) {
      const d = normalizeDim(args.dim, args.y.ndim);
      return zeros(
        args.y.shape.filter((_, k) => k !== d),
        args.y.dtype,
      );
    }
    const { areas, along, factor } = strips('trapezoid', args);
    return halve(sum(areas, along), factor);
  },
  examples: [{ y: [1, 3, 2, 7] }, { y: [1, 3, 2, 7], x: [0, 1, 4, 6] }],
});

export const cumulativeTrapezoid = defineOp({
  name: 'cumulative_trapezoid',
  category: 'reduction',
  in: ['torch'],
  takes: 'y x | dim / y | dx dim',
  summary: 'Running area under a sampled curve by the trapezoidal rule',
  params,
  formula: String.raw`z_k = \sum_{i \le k} \tfrac{1}{2} (y_i + y_{i+1}) (x_{i+1} - x_i)`,
  derivative: String.raw`\tfrac{\partial z_k}{\partial y_i} = \tfrac{1}{2} (x_{i+1} - x_{i-1}),\quad \tfrac{\partial z_k}{\partial x_i} = \tfrac{1}{2} (y_{i-1} - y_{i+1}) \quad\text{for } 0 < i \le k`,
  composite: (args) => {
    const { areas, along, factor } = strips('cumulative_trapezoid', args);
    return halve(cumsum(areas, along), factor);
  },
  examples: [{ y: [1, 3, 2, 7] }, { y: [1, 3, 2, 7], x: [0, 1, 4, 6] }],
});
