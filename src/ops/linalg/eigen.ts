/** Eigenvalues of matrices that need not be symmetric: complex numbers, as their two parts. */
import { cast, eigenGeneral } from '../../kernels/index.ts';
import { EngineError, valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { eye, zerosLike } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { tensor } from '../params.ts';
import { add, div, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { square } from '../pointwise/powers.ts';
import { where } from '../pointwise/select.ts';
import { diagEmbed, diagonal, mT, unsqueeze } from '../shape/index.ts';
import { cat } from '../shape/pieces.ts';
import { slice } from '../shape/windows.ts';
import { checkSquare } from './checks.ts';
import { linalgInv } from './inverse.ts';
import { matmul } from './matmul.ts';

/** A complex tensor as its parts. */
interface Pair {
  readonly re: Tensor;
  readonly im: Tensor;
}

const plus = (a: Pair, b: Pair): Pair => ({ re: add(a.re, b.re), im: add(a.im, b.im) });
const minus = (a: Pair, b: Pair): Pair => ({ re: sub(a.re, b.re), im: sub(a.im, b.im) });
const times = (a: Pair, b: Pair, by: (x: Tensor, y: Tensor) => Tensor): Pair => ({
  re: sub(by(a.re, b.re), by(a.im, b.im)),
  im: add(by(a.re, b.im), by(a.im, b.re)),
});
const product = (a: Pair, b: Pair): Pair => times(a, b, matmul);
/** Conjugated and transposed. */
const adjoint = ({ re, im }: Pair): Pair => ({ re: mT(re), im: neg(mT(im)) });

/** By way of the real matrix [[re, -im], [im, re]], whose inverse has the same form. */
function inverse({ re, im }: Pair): Pair {
  const n = re.shape[re.ndim - 1];
  const whole = linalgInv(cat([cat([re, neg(im)], -1), cat([im, re], -1)], -2));
  const left = slice(whole, -1, 0, n);
  return { re: slice(left, -2, 0, n), im: slice(left, -2, n, 2 * n) };
}

/**
 * As PyTorch's linalg_eig_backward: vectors are as long as one, and what turns one of them as a whole has no slope.
 * The matrix is real, so of what comes out the real part is its gradient.
 */
function eigenSlope(values: Pair, vectors: Pair, gValues: Pair | null, gVectors: Pair | null): Tensor {
  const turned = adjoint(vectors);
  let inner: Pair | null = gValues === null ? null : { re: diagEmbed(gValues.re), im: diagEmbed(gValues.im) };
  if (gVectors !== null) {
    const n = values.re.shape[values.re.ndim - 1];
    const onDiagonal = eye(n, undefined, 'bool');
    const along = product(turned, gVectors);
    const own = unsqueeze(diagonal(along.re, 0, -2, -1), -2);
    const lengths = product(turned, vectors);
    const rest = minus(along, { re: mul(lengths.re, own), im: mul(lengths.im, own) });
    // Divided by the conjugate of w_k - w_j at [j, k].
    const gap = (t: Tensor): Tensor => sub(unsqueeze(t, -2), unsqueeze(t, -1));
    const [er, ei] = [where(onDiagonal, 1, gap(values.re)), gap(values.im)];
    const size = add(square(er), square(ei));
    const mixed = times(rest, { re: div(er, size), im: div(ei, size) }, mul);
    const outside = { re: where(onDiagonal, 0, mixed.re), im: where(onDiagonal, 0, mixed.im) };
    inner = inner === null ? outside : plus(inner, outside);
  }
  return product(inverse(turned), product(inner as Pair, turned)).re;
}

const pairOf = (re: Tensor | null, im: Tensor | null): Pair | null => {
  if (re === null) return im === null ? null : { re: zerosLike(im), im };
  return { re, im: im ?? zerosLike(re) };
};

export const linalgEigParts = defineOp({
  name: 'linalg_eig_parts',
  category: 'linalg',
  in: [],
  summary:
    'Eigenvalues of a square matrix and their vectors as columns: real and imaginary parts of the values, then those of the vectors',
  source: "LAPACK's xGEEV",
  params: [tensor('A')],
  formula: String.raw`A V = V \operatorname{diag}(\Lambda)`,
  derivative: String.raw`\operatorname{Re} \Bigl( V^{-H} \bigl( \operatorname{diag}(G_\Lambda) + \tfrac{V^H G_V - V^H V \operatorname{diag}(\operatorname{Re} V^H G_V)}{E} \bigr) V^H \Bigr),\quad E_{jk} = \overline{\Lambda_k - \Lambda_j}`,
  forward: ({ A }): readonly Tensor[] => {
    checkSquare('linalg.eig', 'A', A);
    const { parts, outcome } = eigenGeneral(A);
    const made = parts.map((part) => cast(part, A.dtype));
    const ended = outcome();
    if (ended === 'not finite') throw valueRange('torch.linalg.eig: input tensor should not contain infs or NaNs.');
    if (ended === 'no convergence')
      throw new EngineError('value_range', 'linalg.eig: the algorithm found no eigenvalues: it did not converge.');
    return made;
  },
  saves: ['result'],
  gradFn: 'LinalgEigBackward0',
  gradient: {
    A: ({ result: [wr, wi, vr, vi] }, [gwr, gwi, gvr, gvi]): Tensor | null => {
      const [gValues, gVectors] = [pairOf(gwr, gwi), pairOf(gvr, gvi)];
      if (gValues === null && gVectors === null) return null;
      return eigenSlope({ re: wr, im: wi }, { re: vr, im: vi }, gValues, gVectors);
    },
  },
  examples: ['{"A": [[4, 1, 0.5], [2, 3, -1], [0.5, -1, 1]]}'],
});
