/** Matrices as an orthogonal matrix times an upper triangular one. */
import { cast, orthogonal, reflections } from '../../kernels/index.ts';
import { isFloating, typeNameOf } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { empty, type Tensor, type TensorMeta } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { zeros } from '../creation/filled.ts';
import { eye } from '../creation/matrices.ts';
import { defineOp } from '../define.ts';
import { type Attr, attr, boolean, constant, Refusal, tensor } from '../params.ts';
import { add, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { cat, expand, mT, narrow, select, tril, triu, unsqueeze } from '../shape/index.ts';
import { matmul } from './matmul.ts';
import { linalgSolveTriangular } from './triangular.ts';

type Mode = 'reduced' | 'complete' | 'r';

function checkInput(op: string, A: Tensor): void {
  if (A.ndim < 2) throw shapeMismatch(`${op}: The input tensor A must have at least 2 dimensions.`);
  if (!isFloating(A.dtype))
    throw dtypeError(`${op}: Expected a floating point or complex tensor as input. Got ${typeNameOf(A.dtype)}`);
}

export const geqrf = defineOp({
  name: 'geqrf',
  category: 'linalg',
  summary: "Householder's reflections that make a matrix upper triangular: below the diagonal, with their factors",
  params: [constant('input')],
  formula: String.raw`A = H_1 H_2 \cdots H_k R,\quad H_i = I - \tau_i v_i v_i^\top`,
  forward: ({ input }): readonly Tensor[] => {
    checkInput('torch.geqrf', input);
    const { a, tau } = reflections(input);
    return [cast(a, input.dtype), cast(tau, input.dtype)];
  },
  gradient: {},
  examples: ['{"input": [[1, 1], [0, 1], [1, 0]]}'],
});

/** Lower triangle and its reflection below the diagonal: what a gradient of Q R has in the frame of Q. */
const mirrored = (t: Tensor): Tensor => add(tril(t), mT(tril(t, -1)));

/** The gradient of a matrix with no more columns than rows, of its reduced factors. */
function tallSlope(q: Tensor, r: Tensor, gq: Tensor | null, gr: Tensor | null): Tensor {
  const fromR = gr === null ? null : matmul(r, mT(gr));
  const fromQ = gq === null ? null : matmul(mT(gq), q);
  const inner = fromR === null ? neg(fromQ as Tensor) : fromQ === null ? fromR : sub(fromR, fromQ);
  const turned = matmul(q, mirrored(inner));
  const whole = gq === null ? turned : add(gq, turned);
  return linalgSolveTriangular(mT(r), whole, false, false);
}

function qrSlope(
  A: TensorMeta,
  mode: Mode,
  [q, r]: readonly Tensor[],
  gq: Tensor | null,
  gr: Tensor | null,
): Tensor | null {
  if (gq === null && gr === null) return null;
  const [m, n] = A.shape.slice(-2);
  if (mode === 'r')
    throw valueRange(
      "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you are going to differentiate through linalg.qr.",
    );
  if (mode === 'complete' && m > n)
    throw valueRange("The QR decomposition is not differentiable when mode='complete' and nrows > ncols");
  if (m >= n) return tallSlope(q, r, gq, gr);
  // A = [X | Y] = Q [U | V]: what comes through V goes to Y, and to Q.
  const part = (t: Tensor, from: number, count: number): Tensor => narrow(t, -1, from, count);
  const gv = gr === null ? null : part(gr, m, n - m);
  const y = gv === null ? null : matmul(q, part(r, m, n - m));
  const more = gv === null || y === null ? null : matmul(y, mT(gv));
  const gQ = gq === null ? more : more === null ? gq : add(gq, more);
  const gx = tallSlope(q, part(r, 0, m), gQ, gr === null ? null : part(gr, 0, m));
  const gy = gv === null ? zeros([...A.shape.slice(0, -1), n - m], A.dtype) : matmul(q, gv);
  return cat([gx, gy], -1);
}

/** Any text is read, and refused in PyTorch's words. */
const modeAttr: Attr<Mode> = {
  jsonSchema: { type: 'string', enum: ['reduced', 'complete', 'r'] },
  read: (value) => (typeof value === 'string' ? (value as Mode) : new Refusal('"reduced", "complete" or "r"')),
};

function checkMode(mode: Mode): void {
  if (mode !== 'reduced' && mode !== 'complete' && mode !== 'r')
    throw valueRange(
      `qr received unrecognized mode '${mode}' but expected one of 'reduced' (default), 'r', or 'complete'`,
    );
}

export const linalgQr = defineOp({
  name: 'linalg_qr',
  category: 'linalg',
  in: ['linalg'],
  summary: 'A matrix, or each of many, as an orthogonal matrix times an upper triangular one',
  params: [
    tensor('A'),
    attr('mode', modeAttr, {
      default: 'reduced' as Mode,
      doc: 'complete: Q is square; r: Q is not computed',
    }),
  ],
  formula: String.raw`A = Q R`,
  derivative: String.raw`\bigl(G_Q + Q \operatorname{copyltu}(R G_R^\top - G_Q^\top Q)\bigr) R^{-\top}`,
  forward: ({ A, mode }): readonly Tensor[] => {
    checkMode(mode);
    checkInput('linalg.qr', A);
    const [m, n] = A.shape.slice(-2);
    const rows = mode === 'complete' ? m : Math.min(m, n);
    const { a, tau } = reflections(A);
    const r = cast(triu(narrow(withRows(a, rows), -2, 0, rows)), A.dtype);
    const q = mode === 'r' ? empty([0], A.dtype) : cast(orthogonal(a, tau, rows), A.dtype);
    return [q, r];
  },
  saves: ['result'],
  gradient: { A: ({ A, mode, result }, [gq, gr]): Tensor | null => qrSlope(A, mode, result, gq, gr) },
  examples: ['{"A": [[1, 1], [0.5, 1], [1, 0.25]]}', '{"A": [[1, 2, 3], [0.5, -1, 2]]}'],
});

/** At least so many rows, further ones of zeros. */
function withRows(t: Tensor, rows: number): Tensor {
  const own = t.shape[t.ndim - 2];
  if (own >= rows) return t;
  return cat([t, zeros([...t.shape.slice(0, -2), rows - own, t.shape[t.ndim - 1]], t.dtype)], -2);
}

export const qr = defineOp({
  name: 'qr',
  category: 'linalg',
  summary: 'The older name of linalg.qr',
  params: [tensor('input'), attr('some', boolean, { default: true, doc: 'Whether Q has no more columns than needed' })],
  formula: String.raw`A = Q R`,
  derivative: String.raw`\bigl(G_Q + Q \operatorname{copyltu}(R G_R^\top - G_Q^\top Q)\bigr) R^{-\top}`,
  composite: ({ input, some }): readonly Tensor[] => {
    warn(
      "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.\nThe boolean parameter 'some' has been replaced with a string parameter 'mode'.\nQ, R = torch.qr(A, some)\nshould be replaced with\nQ, R = torch.linalg.qr(A, 'reduced' if some else 'complete')",
    );
    return linalgQr(input, some ? 'reduced' : 'complete');
  },
  examples: ['{"input": [[1, 1], [0.5, 1], [1, 0.25]]}'],
});

export const linalgHouseholderProduct = defineOp({
  name: 'linalg_householder_product',
  aliases: ['orgqr'],
  category: 'linalg',
  in: ['linalg', 'torch:orgqr', 'Tensor:orgqr'],
  takes: { ':orgqr': 'input=A input2=tau' },
  summary: "The first columns of a product of Householder's reflections",
  params: [tensor('A', { doc: 'The vectors, below the diagonal' }), tensor('tau', { doc: 'Their factors' })],
  formula: String.raw`Q = H_1 H_2 \cdots H_k,\quad H_i = I - \tau_i v_i v_i^\top`,
  derivative: String.raw`dH_i = -d\tau_i\, v_i v_i^\top - \tau_i (dv_i\, v_i^\top + v_i\, dv_i^\top)`,
  composite: ({ A, tau }): Tensor => {
    checkInput('torch.linalg.householder_product', A);
    const [m, n] = A.shape.slice(-2);
    const count = tau.shape[tau.ndim - 1] ?? 0;
    if (m < n || count > n || tau.ndim !== A.ndim - 1)
      throw shapeMismatch(
        `torch.linalg.householder_product: input.shape[-2] must be greater than or equal to input.shape[-1], and that to tau.shape[-1], but the shapes are ${showShape(A.shape)} and ${showShape(tau.shape)}`,
      );
    const batch = A.shape.slice(0, -2);
    let q: Tensor = expand(eye(m, n, A.dtype), [...batch, m, n]);
    const unit = expand(eye(m, n, A.dtype), [...batch, m, n]);
    const vectors = add(tril(A, -1), unit);
    for (let k = count - 1; k >= 0; k--) {
      const v = narrow(vectors, -1, k, 1);
      const factor = unsqueeze(unsqueeze(select(tau, -1, k), -1), -1);
      q = sub(q, mul(matmul(v, matmul(mT(v), q)), factor));
    }
    return q;
  },
  examples: ['{"A": [[-1.5, -1], [0.3, -1.2], [0.4, 0.1]], "tau": [1.2, 1.5]}'],
});
