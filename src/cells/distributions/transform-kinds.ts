/** Transforms of single numbers, and of vectors and matrices. */
import { broadcastAll as broadcastShapesOf } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { valueError } from '../runtime/errors.ts';
import { isSubclass } from '../runtime/mro.ts';
import { PyInstance, type Value } from '../runtime/values.ts';
import { type ClassSpec, isNumber, type Out, operandOf, type Self, sizesOf } from './classes.ts';
import {
  CORR_CHOLESKY,
  INTERVAL,
  LOWER_CHOLESKY,
  over,
  POSITIVE,
  REAL,
  REAL_VECTOR,
  SIMPLEX,
  UNIT_INTERVAL,
} from './constraints.ts';
import { broadcastAll } from './distribution.ts';
import { type Quantity, q, sumRightmost } from './quantity.ts';
import { defineTransform } from './transforms.ts';

const RISING = { bijective: true, sign: 1n };
const LINE = { domain: REAL, codomain: POSITIVE, ...RISING };

export const expClass = defineTransform({
  name: 'ExpTransform',
  constants: LINE,
  call: (_, x) => x.exp(),
  inverse: (_, y) => y.log(),
  jacobian: (_, x) => x,
});

export const softplusClass = defineTransform({
  name: 'SoftplusTransform',
  constants: LINE,
  call: (_, x) => x.softplus(),
  inverse: (_, y) => y.neg().expm1().neg().log().add(y),
  jacobian: (_, x) => x.neg().softplus().neg(),
});

const clippedSigmoid = (x: Quantity): Quantity => x.sigmoid().clamp(x.tiny, 1 - x.eps);

export const sigmoidClass = defineTransform({
  name: 'SigmoidTransform',
  constants: { domain: REAL, codomain: UNIT_INTERVAL, ...RISING },
  call: (_, x) => clippedSigmoid(x),
  inverse: (_, given) => {
    const y = given.clamp(given.tiny, 1 - given.eps);
    return y.log().sub(y.neg().log1p());
  },
  jacobian: (_, x) => x.neg().softplus().neg().sub(x.softplus()),
});

export const tanhClass = defineTransform({
  name: 'TanhTransform',
  constants: { domain: REAL, codomain: INTERVAL(-1, 1), ...RISING },
  call: (_, x) => x.tanh(),
  inverse: (_, y) => y.atanh(),
  jacobian: (_, x) => x.from(Math.log(2)).sub(x.mul(-2).softplus()).mul(2),
});

export const absClass = defineTransform({
  name: 'AbsTransform',
  constants: { domain: REAL, codomain: POSITIVE },
  call: (_, x) => x.abs(),
  inverse: (_, y) => y,
});

/** The shape of what may be a tensor. */
const shapeOf = (value: Value): readonly number[] => (value instanceof Tensor ? value.shape : []);

const widened = (names: readonly string[]): ClassSpec['methods'] => {
  const widen = (me: Self, shape: Value): Out =>
    broadcastShapesOf([sizesOf(shape), ...names.map((name) => shapeOf(me.get(name)))]);
  return {
    'forward_shape(shape)': (me, { shape }) => widen(me, shape),
    'inverse_shape(shape)': (me, { shape }) => widen(me, shape),
  };
};

export const powerClass = defineTransform({
  name: 'PowerTransform',
  constants: { domain: POSITIVE, codomain: POSITIVE, ...RISING },
  keeps: 'exponent',
  made: (me) => me.set('exponent', broadcastAll(me.get('exponent'))[0]),
  call: (me, x) => x.pow(me.q('exponent')),
  inverse: (me, y) => y.pow(me.q('exponent').reciprocal()),
  jacobian: (me, x, y) => me.q('exponent').mul(y).div(x).abs().log(),
  methods: {
    ...widened(['exponent']),
    '__eq__(other)': (me, { other }) =>
      other instanceof PyInstance &&
      isSubclass(other.cls, powerClass) &&
      me.q('exponent').eq(me.other(other).q('exponent')).every,
  },
});

const equalParts = (a: Value, b: Value): boolean => {
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b);
  const [x, y] = [operandOf(a), operandOf(b)];
  if (x instanceof Tensor) return q(x).eq(y).every;
  return y instanceof Tensor && q(y).eq(x).every;
};

const depthOf = (me: Self): number => me.whole('_event_dim');
const realOver = (me: Self): Out => (depthOf(me) === 0 ? REAL : over(REAL, depthOf(me)));
const place = (me: Self) => operandOf(me.get('loc'), 'loc');
const scale = (me: Self) => operandOf(me.get('scale'), 'scale');

export const affineClass = defineTransform({
  name: 'AffineTransform',
  constants: { bijective: true },
  keeps: 'loc, scale, event_dim=0',
  made: (me) => {
    me.set('_event_dim', me.self.attributes.get('event_dim') as Value);
    me.self.attributes.delete('event_dim');
  },
  properties: {
    event_dim: (me) => me.get('_event_dim'),
    domain: realOver,
    codomain: realOver,
    sign: (me) => {
      const factor = me.get('scale');
      return factor instanceof Tensor ? q(factor).sign() : BigInt(Math.sign(Number(factor)));
    },
  },
  call: (me, x) => x.mul(scale(me)).add(place(me)),
  inverse: (me, y) => y.sub(place(me)).div(scale(me)),
  jacobian: (me, x) => {
    const factor = me.get('scale');
    const log = factor instanceof Tensor ? q(factor).abs().log() : x.like(Math.log(Math.abs(Number(factor))));
    const dims = depthOf(me);
    return sumRightmost(log, dims).expand(x.shape.slice(0, x.ndim - dims));
  },
  methods: {
    ...widened(['loc', 'scale']),
    '__eq__(other)': (me, { other }) => {
      if (!(other instanceof PyInstance) || !isSubclass(other.cls, affineClass)) return false;
      const that = me.other(other);
      return equalParts(me.get('loc'), that.get('loc')) && equalParts(me.get('scale'), that.get('scale'));
    },
  },
});

const needs = (shape: readonly number[], dims: number): void => {
  if (shape.length < dims) throw valueError('Too few dimensions on input');
};

export const softmaxClass = defineTransform({
  name: 'SoftmaxTransform',
  constants: { domain: REAL_VECTOR, codomain: SIMPLEX },
  call: (_, x) => {
    const probs = x.sub(x.amax(true)).exp();
    return probs.div(probs.sum(-1, true));
  },
  inverse: (_, y) => y.log(),
  methods: {
    'forward_shape(shape)': (_, { shape }) => {
      needs(sizesOf(shape), 1);
      return shape;
    },
    'inverse_shape(shape)': (_, { shape }) => {
      needs(sizesOf(shape), 1);
      return shape;
    },
  },
});

/** `n`, …, 1: how many pieces are still to come. */
const pieces = (x: Quantity, n: number): Quantity =>
  x
    .full([n], 1)
    .cumsum()
    .from(n + 1);
const padded = (x: Quantity, left: number, right: number): Quantity =>
  x.call('pad', { input: x.t, pad: [left, right], mode: 'constant', value: 1 });

export const stickBreakingClass = defineTransform({
  name: 'StickBreakingTransform',
  constants: { domain: REAL_VECTOR, codomain: SIMPLEX, bijective: true },
  call: (_, x) => {
    const z = clippedSigmoid(x.sub(pieces(x, x.size(-1)).log()));
    return padded(z, 0, 1).mul(padded(z.from(1).cumprod(), 1, 0));
  },
  inverse: (_, y) => {
    const cropped = y.narrow(-1, 0, y.size(-1) - 1);
    const left = cropped.cumsum().from(1).clamp(y.tiny);
    return cropped
      .log()
      .sub(left.log())
      .add(pieces(y, y.size(-1) - 1).log());
  },
  jacobian: (_, given, y) => {
    const x = given.sub(pieces(given, given.size(-1)).log());
    return x
      .neg()
      .add(x.logsigmoid())
      .add(y.narrow(-1, 0, y.size(-1) - 1).log())
      .sum(-1);
  },
  methods: {
    'forward_shape(shape)': (_, { shape }) => {
      const sizes = sizesOf(shape);
      needs(sizes, 1);
      return [...sizes.slice(0, -1), sizes[sizes.length - 1] + 1];
    },
    'inverse_shape(shape)': (_, { shape }) => {
      const sizes = sizesOf(shape);
      needs(sizes, 1);
      return [...sizes.slice(0, -1), sizes[sizes.length - 1] - 1];
    },
  },
});

export const lowerCholeskyClass = defineTransform({
  name: 'LowerCholeskyTransform',
  constants: { domain: over(REAL, 2), codomain: LOWER_CHOLESKY },
  call: (_, x) => x.tril(-1).add(x.diagonal().exp().diagEmbed()),
  inverse: (_, y) => y.tril(-1).add(y.diagonal().log().diagEmbed()),
});

/** Where, in a matrix of `n` rows, the elements below a diagonal lie, row by row. */
function below(like: Quantity, n: number, diagonal: number): Quantity {
  const places = like.call('tril_indices', { row: n, col: n, offset: diagonal });
  return places.select(0, 0).mul(n).add(places.select(0, 1));
}

function vectorOf(matrix: Quantity, diagonal: number): Quantity {
  const n = matrix.size(-1);
  const flat = matrix.reshape([...matrix.shape.slice(0, -2), n * n]);
  return flat.call('index_select', { input: flat.t, dim: -1, index: below(matrix, n, diagonal).t });
}

function matrixOf(vector: Quantity, diagonal: number): Quantity {
  const length = vector.size(-1);
  const n = Math.round(
    (-(1 + 2 * diagonal) + Math.sqrt((1 + 2 * diagonal) ** 2 + 8 * length + 4 * Math.abs(diagonal) * (diagonal + 1))) /
      2,
  );
  const batch = vector.shape.slice(0, -1);
  const zeros = vector.full([...batch, n * n], 0);
  const filled = zeros.call('index_add', {
    input: zeros.t,
    dim: -1,
    index: below(vector, n, diagonal).t,
    source: vector.t,
  });
  return filled.reshape([...batch, n, n]);
}

export const corrCholeskyClass = defineTransform({
  name: 'CorrCholeskyTransform',
  constants: { domain: REAL_VECTOR, codomain: CORR_CHOLESKY, bijective: true },
  call: (_, given) => {
    const x = given.tanh().clamp(-1 + given.eps, 1 - given.eps);
    const r = matrixOf(x, -1);
    const left = r.square().from(1).sqrt().cumprod();
    const n = r.size(-1);
    const shifted = padded(left.narrow(-1, 0, n - 1), 1, 0);
    return r.add(r.full([n], 1).diagEmbed()).mul(shifted);
  },
  inverse: (_, y) => {
    const shifted = padded(
      y
        .mul(y)
        .cumsum()
        .from(1)
        .narrow(-1, 0, y.size(-1) - 1),
      1,
      0,
    );
    const t = vectorOf(y, -1).div(vectorOf(shifted, -1).sqrt());
    return t.add(1).div(t.from(1)).log().div(2);
  },
  jacobian: (_, x, y) => {
    const broken = vectorOf(y.mul(y).cumsum().from(1), -2).log().sum(-1).mul(0.5);
    const flattened = x.add(x.mul(-2).softplus()).sub(Math.log(2)).sum(-1).mul(-2);
    return broken.add(flattened);
  },
  methods: {
    '__eq__(other)': (me, { other }) => me.self === other,
    'forward_shape(shape)': (_, { shape }) => {
      const sizes = sizesOf(shape);
      needs(sizes, 1);
      const n = sizes[sizes.length - 1];
      const d = Math.round(Math.sqrt(0.25 + 2 * n) + 0.5);
      if ((d * (d - 1)) / 2 !== n) throw valueError('Input is not a flattend lower-diagonal number');
      return [...sizes.slice(0, -1), d, d];
    },
    'inverse_shape(shape)': (_, { shape }) => {
      const sizes = sizesOf(shape);
      needs(sizes, 2);
      const d = sizes[sizes.length - 1];
      if (sizes[sizes.length - 2] !== d) throw valueError('Input is not square');
      return [...sizes.slice(0, -2), (d * (d - 1)) / 2];
    },
  },
});

export const cdfClass = defineTransform({
  name: 'CumulativeDistributionTransform',
  constants: { codomain: UNIT_INTERVAL, ...RISING },
  keeps: 'distribution',
  properties: { domain: (me) => me.its('distribution').get('support') },
  call: (me, x) => me.its('distribution').call('cdf', x),
  inverse: (me, y) => me.its('distribution').call('icdf', y),
  jacobian: (me, x) => me.its('distribution').call('log_prob', x),
});
