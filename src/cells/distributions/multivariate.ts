/** Normal distributions of vectors. */
import { broadcastAll as broadcastShapes } from '../../tensor/shape.ts';
import { valueError } from '../runtime/errors.ts';
import { sizeOf } from '../torch/convert.ts';
import { ConstantDict, type Self, sizesOf, tensorOf } from './classes.ts';
import { LOWER_CHOLESKY, over, POSITIVE, POSITIVE_DEFINITE, REAL, REAL_VECTOR } from './constraints.ts';
import { begin, defineDistribution, expanded, extended, fresh, sampleShape } from './distribution.ts';
import { checkedValue } from './location-scale.ts';
import { broadcast, type Quantity } from './quantity.ts';
import { standardNormal } from './sampling.ts';

/** Matrices times vectors. */
const times = (matrices: Quantity, vectors: Quantity): Quantity => matrices.matmul(vectors.unsqueeze(-1)).squeeze(-1);

/** Squared lengths of vectors, measured by Cholesky factors that are broadcast over them. */
export function mahalanobis(factor: Quantity, x: Quantity): Quantity {
  const n = x.size(-1);
  const batch = broadcastShapes([factor.shape.slice(0, -2), x.shape.slice(0, -1)]);
  const wide = factor.expand([...batch, n, n]);
  return wide
    .solve(x.expand([...batch, n]).unsqueeze(-1))
    .square()
    .sum([-2, -1]);
}

export const logDeterminant = (factor: Quantity): Quantity => factor.diagonal().log().sum(-1);

function flipped(t: Quantity): Quantity {
  return t.call('flip', { input: t.t, dims: [-2, -1] });
}

export const identity = (like: Quantity, n: number): Quantity => like.full([n], 1).diagEmbed();

function factorOfPrecision(precision: Quantity): Quantity {
  const inverse = flipped(flipped(precision).cholesky()).mT;
  return inverse.solve(identity(precision, precision.size(-1)));
}

const MATRICES = ['scale_tril', 'covariance_matrix', 'precision_matrix'];
export const factorOf = (me: Self): Quantity => me.q('_unbroadcasted_scale_tril');
const wide = (me: Self, t: Quantity, dims: number): Quantity => {
  const event = me.sizes('_event_shape');
  return t.expand([...me.sizes('_batch_shape'), ...event, ...(dims > 1 ? event : [])]);
};

const multivariate = defineDistribution({
  name: 'MultivariateNormal',
  module: 'multivariate_normal',
  constants: {
    arg_constraints: new ConstantDict({
      loc: REAL_VECTOR,
      covariance_matrix: POSITIVE_DEFINITE,
      precision_matrix: POSITIVE_DEFINITE,
      scale_tril: LOWER_CHOLESKY,
    }),
    support: REAL_VECTOR,
    has_rsample: true,
  },
  init: [
    'loc, covariance_matrix=None, precision_matrix=None, scale_tril=None',
    (me, args) => {
      const place = tensorOf(args.loc, 'loc');
      if (place.ndim < 1) throw valueError('loc must be at least one-dimensional.');
      const given = MATRICES.filter((name) => args[name] !== null);
      if (given.length !== 1)
        throw valueError('Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.');
      const [name] = given;
      const matrix = tensorOf(args[name], name);
      if (matrix.ndim < 2)
        throw valueError(
          `${name}${name === 'scale_tril' ? ' matrix' : ''} must be at least two-dimensional, with optional leading batch dimensions`,
        );
      const batch = broadcastShapes([matrix.shape.slice(0, -2), place.shape.slice(0, -1)]);
      me.set(name, matrix.expand([...batch, -1, -1]));
      me.set('loc', place.expand([...batch, -1]));
      begin(me, batch, place.shape.slice(-1), args.validate_args);
      const factor =
        name === 'scale_tril' ? matrix : name === 'covariance_matrix' ? matrix.cholesky() : factorOfPrecision(matrix);
      me.set('_unbroadcasted_scale_tril', factor);
      return null;
    },
  ],
  lazy: {
    scale_tril: (me) => wide(me, factorOf(me), 2),
    covariance_matrix: (me) => wide(me, factorOf(me).matmul(factorOf(me).mT), 2),
    precision_matrix: (me) => wide(me, factorOf(me).call('cholesky_inverse', { L: factorOf(me).t }), 2),
  },
  properties: {
    mean: (me) => me.get('loc'),
    mode: (me) => me.get('loc'),
    variance: (me) => wide(me, factorOf(me).pow(2).sum(-1), 1),
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, multivariate, _instance);
      const shape = sizesOf(batch_shape);
      const event = me.sizes('event_shape');
      made.set('loc', me.q('loc').expand([...shape, ...event]));
      made.set('_unbroadcasted_scale_tril', factorOf(me));
      for (const name of MATRICES) if (me.has(name)) made.set(name, me.q(name).expand([...shape, ...event, ...event]));
      return expanded(me, made, shape, event);
    },
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const place = me.q('loc');
      return place.add(times(factorOf(me), standardNormal(extended(me, sampleShape(sample_shape)), place.dtype)));
    },
    'log_prob(value)': (me, { value }) => {
      const distance = mahalanobis(factorOf(me), checkedValue(me, value).sub(me.q('loc')));
      const [n] = me.sizes('_event_shape');
      return distance
        .add(n * Math.log(2 * Math.PI))
        .mul(-0.5)
        .sub(logDeterminant(factorOf(me)));
    },
    'entropy()': (me) => {
      const [n] = me.sizes('_event_shape');
      const h = logDeterminant(factorOf(me)).add(0.5 * n * (1 + Math.log(2 * Math.PI)));
      const batch = me.sizes('_batch_shape');
      return batch.length === 0 ? h : h.expand(batch);
    },
  },
});
export const multivariateClass = multivariate;

export const lowRank = (me: Self): { w: Quantity; d: Quantity; factor: Quantity } => ({
  w: me.q('_unbroadcasted_cov_factor'),
  d: me.q('_unbroadcasted_cov_diag'),
  factor: me.q('_capacitance_tril'),
});

const capacitance = (w: Quantity, d: Quantity): Quantity =>
  w.mT
    .div(d.unsqueeze(-2))
    .matmul(w)
    .add(identity(w, w.size(-1)))
    .cholesky();

export const lowRankLogDeterminant = ({ d, factor }: ReturnType<typeof lowRank>): Quantity =>
  logDeterminant(factor).mul(2).add(d.log().sum(-1));

export function lowRankMahalanobis({ w, d, factor }: ReturnType<typeof lowRank>, x: Quantity): Quantity {
  const inner = times(w.mT.div(d.unsqueeze(-2)), x);
  return x.pow(2).div(d).sum(-1).sub(mahalanobis(factor, inner));
}

const lowRankDist = defineDistribution({
  name: 'LowRankMultivariateNormal',
  module: 'lowrank_multivariate_normal',
  constants: {
    arg_constraints: new ConstantDict({ loc: REAL_VECTOR, cov_factor: over(REAL, 2), cov_diag: over(POSITIVE, 1) }),
    support: REAL_VECTOR,
    has_rsample: true,
  },
  init: [
    'loc, cov_factor, cov_diag',
    (me, args) => {
      const place = tensorOf(args.loc, 'loc');
      const [w, d] = [tensorOf(args.cov_factor, 'cov_factor'), tensorOf(args.cov_diag, 'cov_diag')];
      if (place.ndim < 1) throw valueError('loc must be at least one-dimensional.');
      const n = place.size(-1);
      if (w.ndim < 2)
        throw valueError('cov_factor must be at least two-dimensional, with optional leading batch dimensions');
      if (w.size(-2) !== n) throw valueError(`cov_factor must be a batch of matrices with shape ${n} x m`);
      if (d.ndim < 1 || d.size(-1) !== n)
        throw valueError(`cov_diag must be a batch of vectors with shape ${me.repr(sizeOf([n]))}`);
      let wideParts: Quantity[];
      try {
        wideParts = broadcast(place.unsqueeze(-1), w, d.unsqueeze(-1));
      } catch {
        const show = (x: Quantity): string => me.repr(sizeOf(x.shape));
        throw valueError(`Incompatible batch shapes: loc ${show(place)}, cov_factor ${show(w)}, cov_diag ${show(d)}`);
      }
      const [l, factor, diag] = wideParts;
      me.set('cov_factor', factor);
      me.set('loc', l.select(-1, 0));
      me.set('cov_diag', diag.select(-1, 0));
      me.set('_unbroadcasted_cov_factor', w);
      me.set('_unbroadcasted_cov_diag', d);
      me.set('_capacitance_tril', capacitance(w, d));
      return begin(me, me.q('loc').shape.slice(0, -1), [n], args.validate_args);
    },
  ],
  lazy: {
    variance: (me) => wide(me, lowRank(me).w.pow(2).sum(-1).add(lowRank(me).d), 1),
    scale_tril: (me) => {
      const { w, d } = lowRank(me);
      const root = d.sqrt().unsqueeze(-1);
      const scaled = w.div(root);
      const k = scaled.matmul(scaled.mT).add(identity(w, w.size(-2)));
      return wide(me, root.mul(k.cholesky()), 2);
    },
    covariance_matrix: (me) => wide(me, lowRank(me).w.matmul(lowRank(me).w.mT).add(lowRank(me).d.diagEmbed()), 2),
    precision_matrix: (me) => {
      const { w, d, factor } = lowRank(me);
      const a = factor.solve(w.mT.div(d.unsqueeze(-2)));
      return wide(me, d.reciprocal().diagEmbed().sub(a.mT.matmul(a)), 2);
    },
  },
  properties: { mean: (me) => me.get('loc'), mode: (me) => me.get('loc') },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, lowRankDist, _instance);
      const shape = sizesOf(batch_shape);
      const event = me.sizes('event_shape');
      for (const name of ['loc', 'cov_diag']) made.set(name, me.q(name).expand([...shape, ...event]));
      made.set('cov_factor', me.q('cov_factor').expand([...shape, ...event, me.q('cov_factor').size(-1)]));
      for (const name of ['_unbroadcasted_cov_factor', '_unbroadcasted_cov_diag', '_capacitance_tril'])
        made.set(name, me.get(name));
      return expanded(me, made, shape, event);
    },
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = extended(me, sampleShape(sample_shape));
      const { w, d } = lowRank(me);
      const place = me.q('loc');
      const first = standardNormal([...shape.slice(0, -1), w.size(-1)], place.dtype);
      const second = standardNormal(shape, place.dtype);
      return place.add(times(w, first)).add(d.sqrt().mul(second));
    },
    'log_prob(value)': (me, { value }) => {
      const parts = lowRank(me);
      const distance = lowRankMahalanobis(parts, checkedValue(me, value).sub(me.q('loc')));
      const [n] = me.sizes('_event_shape');
      return lowRankLogDeterminant(parts)
        .add(n * Math.log(2 * Math.PI))
        .add(distance)
        .mul(-0.5);
    },
    'entropy()': (me) => {
      const [n] = me.sizes('_event_shape');
      const h = lowRankLogDeterminant(lowRank(me))
        .add(n * (1 + Math.log(2 * Math.PI)))
        .mul(0.5);
      const batch = me.sizes('_batch_shape');
      return batch.length === 0 ? h : h.expand(batch);
    },
  },
});
export const lowRankClass = lowRankDist;
