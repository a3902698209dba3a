/** Products of matrices, and what belongs to them. */
import { isFloating } from '../../../../tensor/dtype.ts';
import { float } from '../../../../tensor/scalar.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import type { Val } from '../val.ts';
import { cast } from './helpers.ts';
import { aligned } from './pointwise.ts';

/** PyTorch's linear where it is one; else alpha and beta in their places. */
const gemm: Lower = (n) => {
  const b = n.build;
  const [alpha, beta] = [n.float('alpha', 1), n.float('beta', 1)];
  const flip = (v: Val, name: string): Val => (n.flag(name) ? b.one('t', [v]) : v);
  const c = n.optional(2);
  const a = flip(n.input(0), 'transA');
  const { dtype } = a;
  if (n.flag('transB') && alpha === 1 && beta === 1 && (c === null || c.rank === 1)) {
    const wide = c?.sizes?.[0] !== 1 || n.input(1).sizes?.[0] === 1;
    if (wide) return b.one('linear', c === null ? [a, n.input(1)] : [a, n.input(1), c]);
  }
  const w = flip(n.input(1), 'transB');
  const number = (x: number): unknown => (isFloating(dtype) ? float(x) : x);
  if (c !== null && isFloating(dtype)) return b.one('addmm', [c, a, w], { beta: number(beta), alpha: number(alpha) });
  const product = scaled(n, b.one('mm', [a, w]), alpha);
  return c === null ? product : b.one('add', [product, scaled(n, c, beta)]);
};

function scaled(n: OnnxNode, v: Val, by: number): Val {
  if (by === 1) return v;
  if (isFloating(v.dtype)) return n.build.one('mul', [v, float(by)]);
  return cast(n, n.build.one('mul', [v, float(by)]), v.dtype);
}

/** Integers of 8 bits less their zero points, as int32. */
export function centred(n: OnnxNode, v: Val, zero: Val | null, shape?: readonly number[]): Val {
  const wide = cast(n, v, 'int32');
  if (zero === null) return wide;
  const z = cast(n, zero, 'int32');
  const placed = shape !== undefined && z.rank === 1 && z.sizes?.[0] !== 1 ? n.build.one('reshape', [z], { shape }) : z;
  return n.build.one('sub', [wide, placed]);
}

const matmulInteger: Lower = (n) => {
  const a = centred(n, n.input(0), n.optional(2), [-1, 1]);
  const b = centred(n, n.input(1), n.optional(3), [1, -1]);
  // Sums of products of 8 bits are exact in float64.
  return cast(n, n.build.one('matmul', [cast(n, a, 'float64'), cast(n, b, 'float64')]), 'int32');
};

const einsum: Lower = (n) =>
  n.build.one('einsum', [n.inputs.map((_, i) => n.input(i))], {
    equation: n.string('equation', '').replaceAll(' ', ''),
  });

export const products: Table = {
  Det: since([11], (n) => n.build.one('linalg_det', [n.input(0)])),
  Einsum: since([12], einsum),
  Gemm: since([6, 7, 9, 11, 13], gemm),
  MatMul: since([1, 9, 13], (n) => n.build.one('matmul', aligned(n))),
  MatMulInteger: since([10], matmulInteger),
};
