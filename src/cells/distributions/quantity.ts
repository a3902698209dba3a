/** Formulas over tensors, written as chains of methods: each is one op. */
import * as activations from '../../ops/activations/index.ts';
import * as creation from '../../ops/creation/index.ts';
import * as indexing from '../../ops/indexing/index.ts';
import * as linalg from '../../ops/linalg/index.ts';
import * as pointwise from '../../ops/pointwise/index.ts';
import * as reductions from '../../ops/reductions/index.ts';
import { findOp } from '../../ops/registry.ts';
import * as shapes from '../../ops/shape/index.ts';
import { type DType, rowOf } from '../../tensor/dtype.ts';
import type { Scalar } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { itemOf } from '../torch/convert.ts';

/** What stands beside a quantity in a formula. */
export type Operand = Quantity | Tensor | Scalar;

const raw = (x: Operand): Tensor | Scalar => (x instanceof Quantity ? x.t : x);

export class Quantity {
  readonly t: Tensor;
  constructor(t: Tensor) {
    this.t = t;
  }

  get shape(): readonly number[] {
    return this.t.shape;
  }
  get ndim(): number {
    return this.t.ndim;
  }
  get dtype(): DType {
    return this.t.dtype;
  }
  /** The least step from 1, and the least normal number. */
  get eps(): number {
    return rowOf(this.t.dtype).eps ?? 0;
  }
  get tiny(): number {
    return rowOf(this.t.dtype).tiny ?? 0;
  }
  /** The lowest finite number. */
  get lowest(): number {
    return Number(rowOf(this.t.dtype).min);
  }
  size(dim: number): number {
    return this.t.shape.at(dim) ?? 1;
  }

  add(o: Operand): Quantity {
    return q(pointwise.add(this.t, raw(o)));
  }
  sub(o: Operand): Quantity {
    return q(pointwise.sub(this.t, raw(o)));
  }
  mul(o: Operand): Quantity {
    return q(pointwise.mul(this.t, raw(o)));
  }
  div(o: Operand): Quantity {
    return q(pointwise.div(this.t, raw(o)));
  }
  /** `o - this` and `o / this`. */
  from(o: Scalar): Quantity {
    return q(pointwise.rsub(this.t, o));
  }
  under(o: number): Quantity {
    return this.reciprocal().mul(o);
  }
  pow(o: Operand): Quantity {
    return q(pointwise.pow(this.t, raw(o)));
  }
  remainder(o: Operand): Quantity {
    return q(pointwise.remainder(this.t, raw(o)));
  }
  xlogy(o: Operand): Quantity {
    return q(pointwise.xlogy(this.t, raw(o)));
  }
  neg(): Quantity {
    return q(pointwise.neg(this.t));
  }
  exp(): Quantity {
    return q(pointwise.exp(this.t));
  }
  expm1(): Quantity {
    return q(pointwise.expm1(this.t));
  }
  log(): Quantity {
    return q(pointwise.log(this.t));
  }
  log1p(): Quantity {
    return q(pointwise.log1p(this.t));
  }
  sqrt(): Quantity {
    return q(pointwise.sqrt(this.t));
  }
  rsqrt(): Quantity {
    return q(pointwise.rsqrt(this.t));
  }
  square(): Quantity {
    return q(pointwise.square(this.t));
  }
  abs(): Quantity {
    return q(pointwise.abs(this.t));
  }
  sign(): Quantity {
    return this.op('sgn');
  }
  reciprocal(): Quantity {
    return q(pointwise.reciprocal(this.t));
  }
  floor(): Quantity {
    return this.op('floor');
  }
  erf(): Quantity {
    return q(pointwise.erf(this.t));
  }
  erfinv(): Quantity {
    return q(pointwise.erfinv(this.t));
  }
  lgamma(): Quantity {
    return q(pointwise.lgamma(this.t));
  }
  digamma(): Quantity {
    return q(pointwise.digamma(this.t));
  }
  tanh(): Quantity {
    return q(activations.tanh(this.t));
  }
  atanh(): Quantity {
    return q(pointwise.atanh(this.t));
  }
  tan(): Quantity {
    return q(pointwise.tan(this.t));
  }
  atan(): Quantity {
    return q(pointwise.atan(this.t));
  }
  cos(): Quantity {
    return q(pointwise.cos(this.t));
  }
  acos(): Quantity {
    return q(pointwise.acos(this.t));
  }
  sigmoid(): Quantity {
    return q(activations.sigmoid(this.t));
  }
  softplus(): Quantity {
    return q(activations.softplus(this.t));
  }
  logsigmoid(): Quantity {
    return q(activations.logsigmoid(this.t));
  }
  softmax(): Quantity {
    return q(activations.softmax(this.t, -1));
  }
  logSoftmax(): Quantity {
    return q(activations.logSoftmax(this.t, -1));
  }
  clamp(min?: Operand, max?: Operand): Quantity {
    return q(pointwise.clamp(this.t, min === undefined ? min : raw(min), max === undefined ? max : raw(max)));
  }

  eq(o: Operand): Quantity {
    return this.compare('eq', o);
  }
  lt(o: Operand): Quantity {
    return this.compare('lt', o);
  }
  le(o: Operand): Quantity {
    return this.compare('le', o);
  }
  gt(o: Operand): Quantity {
    return this.compare('gt', o);
  }
  ge(o: Operand): Quantity {
    return this.compare('ge', o);
  }
  and(o: Quantity): Quantity {
    return this.call('logical_and', { input: this.t, other: o.t });
  }
  or(o: Quantity): Quantity {
    return this.call('logical_or', { input: this.t, other: o.t });
  }
  not(): Quantity {
    return q(pointwise.logicalNot(this.t));
  }
  /** Where this holds, one value, and elsewhere another. */
  choose(yes: Operand, no: Operand): Quantity {
    return q(pointwise.where(this.t, raw(yes), raw(no)));
  }
  /** `value` where `mask` holds; the mask is broadcast. */
  fill(mask: Quantity, value: number): Quantity {
    return q(indexing.maskedFill(this.t, mask.t, value));
  }

  sum(dim?: number | readonly number[], keepdim = false): Quantity {
    return q(reductions.sum(this.t, dim, keepdim));
  }
  mean(dim: number): Quantity {
    return q(reductions.mean(this.t, dim));
  }
  all(dim?: number): Quantity {
    return q(reductions.all(this.t, dim));
  }
  /** Whether all, or any, elements hold. */
  get every(): boolean {
    return itemOf(reductions.all(this.t)) === true;
  }
  get some(): boolean {
    return itemOf(reductions.any(this.t)) === true;
  }
  get number(): number {
    return Number(itemOf(this.t));
  }
  logsumexp(keepdim = false): Quantity {
    return q(reductions.logsumexp(this.t, -1, keepdim));
  }
  cumsum(): Quantity {
    return q(reductions.cumsum(this.t, -1));
  }
  cumprod(): Quantity {
    return q(reductions.cumprod(this.t, -1));
  }
  amax(keepdim = false): Quantity {
    return this.call('amax', { input: this.t, dim: [-1], keepdim });
  }
  greatest(): Quantity {
    return this.call('amax', { input: this.t });
  }
  least(): Quantity {
    return this.call('amin', { input: this.t });
  }
  argmax(): Quantity {
    return this.call('argmax', { input: this.t, dim: -1 });
  }

  expand(shape: readonly number[]): Quantity {
    return q(shapes.expand(this.t, shape));
  }
  reshape(shape: readonly number[]): Quantity {
    return q(shapes.reshape(this.t, shape));
  }
  permute(dims: readonly number[]): Quantity {
    return q(shapes.permute(this.t, dims));
  }
  unsqueeze(dim: number): Quantity {
    return q(shapes.unsqueeze(this.t, dim));
  }
  squeeze(dim: number): Quantity {
    return q(shapes.squeeze(this.t, dim));
  }
  select(dim: number, index: number): Quantity {
    return this.call('select', { input: this.t, dim, index });
  }
  narrow(dim: number, start: number, length: number): Quantity {
    return this.call('narrow', { input: this.t, dim, start, length });
  }
  gather(dim: number, index: Quantity): Quantity {
    return q(indexing.gather(this.t, dim, index.t));
  }
  get mT(): Quantity {
    return q(shapes.mT(this.t));
  }
  diagonal(): Quantity {
    return q(shapes.diagonal(this.t, 0, -2, -1));
  }
  diagEmbed(): Quantity {
    return q(shapes.diagEmbed(this.t));
  }
  tril(diagonal = 0): Quantity {
    return this.call('tril', { input: this.t, diagonal });
  }
  matmul(o: Quantity): Quantity {
    return q(linalg.matmul(this.t, o.t));
  }
  cholesky(): Quantity {
    return q(linalg.linalgCholesky(this.t));
  }
  /** The solution of `this X = o`, this a lower triangle. */
  solve(o: Quantity): Quantity {
    return q(linalg.linalgSolveTriangular(this.t, o.t, false));
  }

  to(dtype: DType): Quantity {
    return dtype === this.dtype ? this : q(creation.to(this.t, dtype));
  }
  detach(): Quantity {
    return q(pointwise.detach(this.t));
  }
  clone(): Quantity {
    return q(pointwise.clone(this.t));
  }
  like(value: number): Quantity {
    return q(creation.fullLike(this.t, value));
  }
  zeros(): Quantity {
    return q(creation.zerosLike(this.t));
  }
  ones(): Quantity {
    return q(creation.onesLike(this.t));
  }
  /** A new tensor of this one's dtype. */
  full(shape: readonly number[], value: number): Quantity {
    return q(creation.newFull(this.t, shape, value));
  }

  private op(name: string): Quantity {
    return this.call(name, { input: this.t });
  }
  private compare(name: string, other: Operand): Quantity {
    return this.call(name, { input: this.t, other: raw(other) });
  }
  /** Calls an op that gives several tensors. */
  several(name: string, args: Readonly<Record<string, unknown>>): Quantity[] {
    const results = findOp(name)?.call(args) as readonly Tensor[];
    return results.map((t) => q(t));
  }
  /** Calls any op by its name. */
  call(name: string, args: Readonly<Record<string, unknown>>): Quantity {
    return q(findOp(name)?.call(args) as Tensor);
  }
}

export const q = (t: Tensor): Quantity => new Quantity(t);

export const cat = (parts: readonly Quantity[], dim: number): Quantity =>
  q(
    shapes.cat(
      parts.map((p) => p.t),
      dim,
    ),
  );

export const stack = (parts: readonly Quantity[], dim: number): Quantity =>
  q(
    shapes.stack(
      parts.map((p) => p.t),
      dim,
    ),
  );

/** From 0 up to `end`. */
export const counting = (end: number, dtype: DType): Quantity => q(creation.arange(0, end, 1, dtype));

/** Tensors in one shape. */
export const broadcast = (...parts: Quantity[]): Quantity[] =>
  shapes.broadcastTensors(parts.map((p) => p.t)).map((t) => q(t));

/** The sum over the last `dims` dimensions. */
export const sumRightmost = (x: Quantity, dims: number): Quantity =>
  dims <= 0 ? x : x.reshape([...x.shape.slice(0, x.ndim - dims), -1]).sum(-1);

export const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;
