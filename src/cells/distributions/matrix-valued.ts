/** Distributions of matrices. */
import { broadcastAll as broadcastShapes } from '../../tensor/shape.ts';
import { valueError } from '../runtime/errors.ts';
import { PyTuple } from '../runtime/values.ts';
import { ConstantDict, isNumber, type Self, sizesOf, tensorOf, wholeOf } from './classes.ts';
import { CORR_CHOLESKY, KINDS, LOWER_CHOLESKY, POSITIVE, POSITIVE_DEFINITE, shared } from './constraints.ts';
import {
  begin,
  broadcastAll,
  defineDistribution,
  expanded,
  exponentialFamily,
  extended,
  fresh,
  sampleShape,
} from './distribution.ts';
import { chi2Class } from './gamma.ts';
import { checkedValue } from './location-scale.ts';
import { factorOf, logDeterminant } from './multivariate.ts';
import { cat, counting, type Quantity } from './quantity.ts';
import { noGrad, standardNormal } from './sampling.ts';
import { betaClass } from './simplex.ts';

/** The logarithm of the multivariate gamma function. */
function mvlgamma(x: Quantity, p: number): Quantity {
  const terms = counting(p, x.dtype).mul(-0.5).add(x.unsqueeze(-1)).lgamma().sum(-1);
  return terms.add((p * (p - 1) * Math.log(Math.PI)) / 4);
}

const lkj = defineDistribution({
  name: 'LKJCholesky',
  module: 'lkj_cholesky',
  constants: { arg_constraints: new ConstantDict({ concentration: POSITIVE }), support: CORR_CHOLESKY },
  init: [
    'dim, concentration=1.0',
    (me, args) => {
      const dim = wholeOf(args.dim, 'dim');
      if (dim < 2) throw valueError(`Expected dim to be an integer greater than or equal to 2. Found dim=${dim}.`);
      me.interpreter.budget.room(dim * dim);
      const [concentration] = broadcastAll(args.concentration);
      me.set('dim', args.dim);
      me.set('concentration', concentration);
      const offset = cat([concentration.full([1], 0), counting(dim - 1, concentration.dtype)], 0);
      const tails = concentration
        .add(0.5 * (dim - 2))
        .unsqueeze(-1)
        .sub(offset.mul(0.5));
      me.set('_beta', me.make(betaClass, [offset.add(0.5), tails]));
      return begin(me, concentration.shape, [dim, dim], args.validate_args);
    },
  ],
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, lkj, _instance);
      const shape = sizesOf(batch_shape);
      made.set('dim', me.get('dim'));
      made.set('concentration', me.q('concentration').expand(shape));
      made.set('_beta', me.its('_beta').call('expand', [...shape, me.whole('dim')]));
      return expanded(me, made, shape, me.sizes('event_shape'));
    },
    'sample(sample_shape=None)': (me, { sample_shape }) => {
      const y = me.its('_beta').callQ('sample', sampleShape(sample_shape)).unsqueeze(-1);
      return noGrad(() => {
        const normal = standardNormal(extended(me, sampleShape(sample_shape)), y.dtype).tril(-1);
        const sphere = normal.div(normal.square().sum(-1, true).sqrt());
        const first = counting(me.whole('dim'), 'int64').eq(0).unsqueeze(-1);
        const w = y.sqrt().mul(first.choose(0, sphere));
        return w.add(w.square().sum(-1).from(1).clamp(w.tiny).sqrt().diagEmbed());
      });
    },
    'log_prob(value)': (me, { value }) => {
      const dim = me.whole('dim');
      const all = checkedValue(me, value).diagonal();
      const diagonal = all.narrow(-1, 1, dim - 1);
      const concentration = me.q('concentration');
      const order = concentration
        .sub(1)
        .unsqueeze(-1)
        .mul(2)
        .sub(counting(dim - 1, concentration.dtype))
        .add(dim - 2);
      const alpha = concentration.add(0.5 * (dim - 1));
      const normal = mvlgamma(alpha.sub(0.5), dim - 1)
        .sub(alpha.lgamma().mul(dim - 1))
        .add(0.5 * (dim - 1) * Math.log(Math.PI));
      return order.mul(diagonal.log()).sum(-1).sub(normal);
    },
  },
});
export const lkjClass = lkj;

const MATRICES = ['covariance_matrix', 'precision_matrix', 'scale_tril'];
const rows = (me: Self): number => me.sizes('_event_shape')[0];
const wide = (me: Self, t: Quantity): Quantity => t.expand([...me.sizes('_batch_shape'), ...me.sizes('_event_shape')]);

/** The precision's Cholesky factor turned into the covariance's. */
const solved = (me: Self, value: Quantity): Quantity => value.call('cholesky_solve', { B: value.t, L: factorOf(me).t });

/** One number for each batch, as wide as a matrix. */
const spread = (x: Quantity): Quantity => x.unsqueeze(-1).unsqueeze(-1);

function chi2Of(me: Self, df: Quantity, batch: readonly number[]): void {
  const p = factorOf(me).size(-1);
  const each = df
    .unsqueeze(-1)
    .sub(counting(p, df.dtype))
    .expand([...batch, p]);
  me.set('_dist_chi2', me.make(chi2Class, [each]));
}

/** Bartlett's decomposition: a triangle of chi-squared and normal numbers, times its transpose. */
function bartlett(me: Self, shape: readonly number[]): Quantity {
  const p = rows(me);
  const root = me.its('_dist_chi2').callQ('rsample', shape).sqrt();
  const noise = root.clamp(root.eps).diagEmbed();
  const below = standardNormal([...shape, ...me.sizes('_batch_shape'), (p * (p - 1)) / 2], noise.dtype);
  const places = noise.call('tril_indices', { row: p, col: p, offset: -1 });
  const flat = noise.reshape([...noise.shape.slice(0, -2), p * p]);
  const filled = flat.call('index_add', {
    input: flat.t,
    dim: -1,
    index: places.select(0, 0).mul(p).add(places.select(0, 1)).t,
    source: below.t,
  });
  const factor = factorOf(me).matmul(filled.reshape(noise.shape));
  return factor.matmul(factor.mT);
}

const wishart = defineDistribution({
  name: 'Wishart',
  module: 'wishart',
  base: exponentialFamily,
  constants: { support: POSITIVE_DEFINITE, has_rsample: true, _mean_carrier_measure: 0n },
  init: [
    'df, covariance_matrix=None, precision_matrix=None, scale_tril=None',
    (me, args) => {
      const given = MATRICES.filter((name) => args[name] !== null);
      if (given.length !== 1)
        throw valueError('Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.');
      const [name] = given;
      const matrix = tensorOf(args[name], name);
      if (matrix.ndim < 2)
        throw valueError('scale_tril must be at least two-dimensional, with optional leading batch dimensions');
      const p = matrix.size(-1);
      const [free] = isNumber(args.df)
        ? broadcastAll(args.df, matrix.t).map((x) => x.reshape([-1]).select(0, 0))
        : [tensorOf(args.df, 'df')];
      const batch = broadcastShapes([matrix.shape.slice(0, -2), free.shape]);
      const df = isNumber(args.df) ? free.expand(batch) : free.expand(batch);
      me.set('df', df);
      if (df.le(p - 1).some)
        throw valueError(`Value of df=${me.interpreter.str(args.df)} expected to be greater than ndim - 1 = ${p - 1}.`);
      me.set(name, matrix.expand([...batch, -1, -1]));
      if (df.lt(p).some)
        me.interpreter.warn(
          'UserWarning',
          'Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.',
        );
      begin(me, batch, matrix.shape.slice(-2), args.validate_args);
      const factor =
        name === 'scale_tril'
          ? matrix
          : name === 'covariance_matrix'
            ? matrix.cholesky()
            : matrix.call('linalg_inv', { A: matrix.t }).cholesky();
      me.set('_unbroadcasted_scale_tril', factor);
      chi2Of(me, df, batch);
      return null;
    },
  ],
  lazy: {
    scale_tril: (me) => wide(me, factorOf(me)),
    covariance_matrix: (me) => wide(me, factorOf(me).matmul(factorOf(me).mT)),
    precision_matrix: (me) => wide(me, factorOf(me).call('cholesky_inverse', { L: factorOf(me).t })),
  },
  properties: {
    arg_constraints: (me) =>
      new ConstantDict({
        covariance_matrix: POSITIVE_DEFINITE,
        precision_matrix: POSITIVE_DEFINITE,
        scale_tril: LOWER_CHOLESKY,
        df: shared(KINDS.greaterThan, { lower_bound: BigInt(rows(me) - 1) }),
      }),
    mean: (me) => spread(me.q('df')).mul(me.q('covariance_matrix')),
    mode: (me) => {
      const factor = me.q('df').sub(rows(me) + 1);
      return spread(factor.fill(factor.le(0), Number.NaN)).mul(me.q('covariance_matrix'));
    },
    variance: (me) => {
      const v = me.q('covariance_matrix');
      const d = v.diagonal();
      return spread(me.q('df')).mul(v.pow(2).add(d.unsqueeze(-1).mul(d.unsqueeze(-2))));
    },
    _natural_params: (me) =>
      new PyTuple([
        me.q('precision_matrix').neg().div(2).t,
        me
          .q('df')
          .sub(rows(me) + 1)
          .div(2).t,
      ]),
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, wishart, _instance);
      const shape = sizesOf(batch_shape);
      const event = me.sizes('event_shape');
      made.set('_unbroadcasted_scale_tril', factorOf(me).expand([...shape, ...event]));
      made.set('df', me.q('df').expand(shape));
      for (const name of MATRICES) if (me.has(name)) made.set(name, me.q(name).expand([...shape, ...event]));
      chi2Of(made, made.q('df'), shape);
      return expanded(me, made, shape, event);
    },
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = sizesOf(sampleShape(sample_shape));
      const drawn = bartlett(me, shape);
      if (me.sizes('_batch_shape').length > 0) return drawn;
      // As released, it takes what is regular for singular, and draws it once more.
      const again = me.its('support').callQ('check', drawn);
      if (!again.some) return drawn;
      me.interpreter.warn('UserWarning', 'Singular sample detected.');
      const fresher = bartlett(me, [again.to('int64').sum().number]);
      const mask = spread(again).expand(drawn.shape);
      return drawn.call('masked_scatter', { input: drawn.t, mask: mask.t, source: fresher.t });
    },
    'log_prob(value)': (me, { value }) => {
      const x = checkedValue(me, value);
      const [nu, p] = [me.q('df'), rows(me)];
      const [, log] = x.several('linalg_slogdet', { A: x.t });
      const trace = solved(me, x).diagonal().sum(-1);
      return nu
        .neg()
        .mul(logDeterminant(factorOf(me)).add((p * Math.log(2)) / 2))
        .sub(mvlgamma(nu.div(2), p))
        .add(
          nu
            .sub(p + 1)
            .div(2)
            .mul(log),
        )
        .sub(trace.div(2));
    },
    'entropy()': (me) => {
      const [nu, p] = [me.q('df'), rows(me)];
      const digammas = counting(p, nu.dtype).mul(-0.5).add(nu.div(2).unsqueeze(-1)).digamma().sum(-1);
      return logDeterminant(factorOf(me))
        .add((p * Math.log(2)) / 2)
        .mul(p + 1)
        .add(mvlgamma(nu.div(2), p))
        .sub(
          nu
            .sub(p + 1)
            .div(2)
            .mul(digammas),
        )
        .add(nu.mul(p).div(2));
    },
    '_log_normalizer(x, y)': (me, { x, y }) => {
      const p = rows(me);
      const half = tensorOf(y, 'y').add((p + 1) / 2);
      const scaled = tensorOf(x, 'x').mul(-2);
      const [, log] = scaled.several('linalg_slogdet', { A: scaled.t });
      return half.mul(log.from(p * Math.log(2))).add(mvlgamma(half, p));
    },
  },
});
export const wishartClass = wishart;
