/** Distributions of yes and no, and of how often it was yes. */
import type { Bound } from '../nn/signature.ts';
import { valueError } from '../runtime/errors.ts';
import { PyTuple, type Value } from '../runtime/values.ts';
import { type ClassSpec, ConstantDict, notImplemented, type Out, type Self, tensorOf } from './classes.ts';
import { AT_LEAST, BOOLEAN, HALF_OPEN, KINDS, NONNEGATIVE_INTEGER, REAL, UNIT_INTERVAL } from './constraints.ts';
import { begin, broadcastAll, defineDistribution, exponentialFamily, extended, sampleShape } from './distribution.ts';
import { checkedValue } from './location-scale.ts';
import { broadcast, counting, type Quantity } from './quantity.ts';
import { bernoulli, binomial, gammaDraws, noGrad, poisson, uniform } from './sampling.ts';

export function eitherOf(probs: Value, logits: Value): 'probs' | 'logits' {
  if ((probs === null) === (logits === null))
    throw valueError('Either `probs` or `logits` must be specified, but not both.');
  return probs === null ? 'logits' : 'probs';
}

export const clampProbs = (p: Quantity): Quantity => p.clamp(p.eps, 1 - p.eps);

/** Log odds. */
function logitsOf(probs: Quantity): Quantity {
  const p = clampProbs(probs);
  return p.log().sub(p.neg().log1p());
}

/** `logits` of `probs` and the other way round: whichever was not given is computed when it is asked for. */
export const BINARY: NonNullable<ClassSpec['lazy']> = {
  logits: (me) => logitsOf(me.q('probs')),
  probs: (me) => me.q('logits').sigmoid(),
};

/** The constructor's part for `probs` or `logits`. */
export function chance(me: Self, args: Bound): Quantity {
  const which = eitherOf(args.probs, args.logits);
  const [param] = broadcastAll(args[which]);
  me.set(which, param);
  me.set('_param', param);
  return param;
}

/** As {@link chance}, beside a number of trials. */
function counted(me: Self, args: Bound): Out {
  const which = eitherOf(args.probs, args.logits);
  const [count, param] = broadcastAll(args.total_count, args[which]);
  me.set('total_count', count.to(param.dtype));
  me.set(which, param);
  me.set('_param', param);
  return begin(me, param.shape, [], args.validate_args);
}

/** The loss of a prediction in log odds. */
export const crossEntropy = (logits: Quantity, target: Quantity): Quantity =>
  logits.call('binary_cross_entropy_with_logits', { input: logits.t, target: target.t, reduction: 'none' });

const probs = (me: Self): Quantity => me.q('probs');
const BINARY_CONSTRAINTS = new ConstantDict({ probs: UNIT_INTERVAL, logits: REAL });
export const paramShape = (me: Self): Out => me.q('_param').shape;

/** 0, 1, … up to `last`, one for each batch. */
function enumerated(me: Self, last: number, expand: Value): Quantity {
  const batch = me.sizes('_batch_shape');
  const values = counting(last + 1, me.q('_param').dtype).reshape([-1, ...batch.map(() => 1)]);
  return expand === false ? values : values.expand([-1, ...batch]);
}

export const bernoulliClass = defineDistribution({
  name: 'Bernoulli',
  module: 'bernoulli',
  base: exponentialFamily,
  constants: {
    arg_constraints: BINARY_CONSTRAINTS,
    support: BOOLEAN,
    has_enumerate_support: true,
    _mean_carrier_measure: 0n,
  },
  expands: ['probs', 'logits'],
  init: ['probs=None, logits=None', (me, args) => begin(me, chance(me, args).shape, [], args.validate_args)],
  lazy: BINARY,
  properties: {
    mean: (me) => me.get('probs'),
    mode: (me) => probs(me).ge(0.5).to(probs(me).dtype).fill(probs(me).eq(0.5), Number.NaN),
    variance: (me) => probs(me).mul(probs(me).from(1)),
    param_shape: paramShape,
    _natural_params: (me) => new PyTuple([probs(me).div(probs(me).from(1)).log().t]),
  },
  methods: {
    'sample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = extended(me, sampleShape(sample_shape));
      return noGrad(() => bernoulli(probs(me).expand(shape)));
    },
    'log_prob(value)': (me, { value }) => {
      const [x, logits] = broadcast(checkedValue(me, value), me.q('logits'));
      return crossEntropy(logits, x).neg();
    },
    'entropy()': (me) => crossEntropy(me.q('logits'), probs(me)),
    'enumerate_support(expand=True)': (me, { expand }) => enumerated(me, 1, expand),
    '_log_normalizer(x)': (_, { x }) => tensorOf(x, 'x').exp().add(1).log(),
  },
});

export const geometricClass = defineDistribution({
  name: 'Geometric',
  module: 'geometric',
  constants: { arg_constraints: BINARY_CONSTRAINTS, support: NONNEGATIVE_INTEGER },
  expands: ['probs', 'logits'],
  init: [
    'probs=None, logits=None',
    (me, args) => {
      const which = eitherOf(args.probs, args.logits);
      const [param] = broadcastAll(args[which]);
      me.set(which, param);
      begin(me, param.shape, [], args.validate_args);
      if (which === 'probs' && me.truth('_validate_args') && !param.gt(0).every)
        throw valueError(
          `Expected parameter probs (Tensor of shape ${me.repr(new PyTuple(param.shape.map(BigInt)))}) of distribution ${me.repr(me.self)} to be positive but found invalid values:\n${me.interpreter.str(param.t)}`,
        );
      return null;
    },
  ],
  lazy: BINARY,
  properties: {
    mean: (me) => probs(me).reciprocal().sub(1),
    mode: (me) => probs(me).zeros(),
    variance: (me) => probs(me).reciprocal().sub(1).div(probs(me)),
  },
  methods: {
    'sample(sample_shape=None)': (me, { sample_shape }) => {
      const p = probs(me);
      const shape = extended(me, sampleShape(sample_shape));
      return noGrad(() => uniform(shape, p.dtype, p.tiny, 1).log().div(p.neg().log1p()).floor());
    },
    'log_prob(value)': (me, { value }) => {
      const [x, given] = broadcast(checkedValue(me, value), probs(me));
      const p = given.fill(given.eq(1).and(x.eq(0)), 0);
      return x.mul(p.neg().log1p()).add(probs(me).log());
    },
    'entropy()': (me) => crossEntropy(me.q('logits'), probs(me)).div(probs(me)),
  },
});

/** The same for all, or none is told. */
function sameCount(me: Self, what: string): number {
  const count = me.q('total_count');
  const most = Math.trunc(count.greatest().number);
  if (count.least().number !== most) throw notImplemented(`Inhomogeneous total count not supported by \`${what}\`.`);
  me.interpreter.budget.room(most);
  return most;
}

export const binomialClass = defineDistribution({
  name: 'Binomial',
  module: 'binomial',
  constants: {
    arg_constraints: new ConstantDict({ total_count: NONNEGATIVE_INTEGER, probs: UNIT_INTERVAL, logits: REAL }),
    has_enumerate_support: true,
  },
  expands: ['total_count', 'probs', 'logits'],
  init: ['total_count=1, probs=None, logits=None', counted],
  lazy: BINARY,
  properties: {
    support: (me) => me.make(KINDS.integerInterval, [0n, me.get('total_count')]),
    mean: (me) => me.q('total_count').mul(probs(me)),
    mode: (me) => me.q('total_count').add(1).mul(probs(me)).floor().clamp(undefined, me.q('total_count')),
    variance: (me) => me.q('total_count').mul(probs(me)).mul(probs(me).from(1)),
    param_shape: paramShape,
  },
  methods: {
    'sample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = extended(me, sampleShape(sample_shape));
      return noGrad(() => binomial(me.q('total_count').expand(shape), probs(me).expand(shape)));
    },
    'log_prob(value)': (me, { value }) => {
      const x = checkedValue(me, value);
      const [count, logits] = [me.q('total_count'), me.q('logits')];
      const positive = logits.clamp(0).add(logits).sub(logits.clamp(undefined, 0)).div(2);
      const normal = count.mul(positive).add(count.mul(logits.abs().neg().exp().log1p())).sub(count.add(1).lgamma());
      return x.mul(logits).sub(x.add(1).lgamma()).sub(count.sub(x).add(1).lgamma()).sub(normal);
    },
    'entropy()': (me) => {
      const most = sameCount(me, 'entropy');
      const log = me.callQ('log_prob', enumerated(me, most, false));
      return log.exp().mul(log).sum(0).neg();
    },
    'enumerate_support(expand=True)': (me, { expand }) => enumerated(me, sameCount(me, 'enumerate_support'), expand),
  },
});

export const negativeBinomialClass = defineDistribution({
  name: 'NegativeBinomial',
  module: 'negative_binomial',
  constants: {
    arg_constraints: new ConstantDict({ total_count: AT_LEAST(0n), probs: HALF_OPEN(0, 1), logits: REAL }),
    support: NONNEGATIVE_INTEGER,
  },
  expands: ['total_count', 'probs', 'logits'],
  init: ['total_count, probs=None, logits=None', counted],
  lazy: {
    ...BINARY,
  },
  properties: {
    mean: (me) => me.q('total_count').mul(me.q('logits').exp()),
    mode: (me) => me.q('total_count').sub(1).mul(me.q('logits').exp()).floor().clamp(0),
    variance: (me) => me.q('mean').div(me.q('logits').neg().sigmoid()),
    param_shape: paramShape,
  },
  methods: {
    'sample(sample_shape=None)': (me, { sample_shape }) =>
      noGrad(() => {
        const shape = extended(me, sampleShape(sample_shape));
        return poisson(gammaDraws(me.q('total_count').expand(shape), me.q('logits').neg().exp().expand(shape)));
      }),
    'log_prob(value)': (me, { value }) => {
      const x = checkedValue(me, value);
      const [count, logits] = [me.q('total_count'), me.q('logits')];
      const free = count.mul(logits.neg().logsigmoid()).add(x.mul(logits.logsigmoid()));
      const normal = count.add(x).lgamma().neg().add(x.add(1).lgamma()).add(count.lgamma());
      return free.sub(normal.fill(count.add(x).eq(0), 0));
    },
  },
});

/** The last bits on both sides of one half, where a formula loses its digits. */
const LIMITS = new PyTuple([0.499, 0.501]);

function limitsOf(me: Self): [number, number] {
  const limits = me.get('_lims');
  if (!(limits instanceof PyTuple) || limits.items.length !== 2) throw valueError('lims must be two numbers');
  return [Number(limits.items[0]), Number(limits.items[1])];
}

const farFrom = (x: Quantity, [low, high]: readonly [number, number]): Quantity => x.le(low).or(x.gt(high));
const outside = (me: Self): Quantity => farFrom(probs(me), limitsOf(me));
const cutProbs = (me: Self): Quantity => outside(me).choose(probs(me), probs(me).like(limitsOf(me)[0]));
const logOdds = (p: Quantity): Quantity => p.neg().log1p().sub(p.log());

export function continuousLogNorm(me: Self): Quantity {
  const cut = cutProbs(me);
  const low = cut.le(0.5);
  const below = low.choose(cut, cut.zeros()).mul(-2).log1p();
  const above = cut.ge(0.5).choose(cut, cut.ones()).mul(2).sub(1).log();
  const norm = logOdds(cut).abs().log().sub(low.choose(below, above));
  const x = probs(me).sub(0.5).pow(2);
  const taylor = x
    .mul(104 / 45)
    .add(4 / 3)
    .mul(x)
    .add(Math.log(2));
  return outside(me).choose(norm, taylor);
}

const fromUniform = (me: Self, u: Quantity): Quantity => {
  const cut = cutProbs(me);
  const low = cut.neg().log1p();
  const moved = cut
    .neg()
    .add(u.mul(cut.mul(2).sub(1)))
    .log1p()
    .sub(low)
    .div(cut.log().sub(low));
  return outside(me).choose(moved, u);
};

export const continuousBernoulliClass = defineDistribution({
  name: 'ContinuousBernoulli',
  module: 'continuous_bernoulli',
  base: exponentialFamily,
  constants: {
    arg_constraints: BINARY_CONSTRAINTS,
    support: UNIT_INTERVAL,
    has_rsample: true,
    _mean_carrier_measure: 0n,
    _lims: LIMITS,
  },
  expands: ['probs', 'logits'],
  keeps: ['_lims'],
  init: [
    'probs=None, logits=None, lims=None',
    (me, args) => {
      let param = chance(me, args);
      if (args.lims !== null) me.set('_lims', args.lims);
      if (args.probs !== null) {
        if (args.validate_args !== null && !param.ge(0).and(param.le(1)).every)
          throw valueError('The parameter probs has invalid values');
        param = clampProbs(param);
        me.set('probs', param);
        me.set('_param', param);
      }
      return begin(me, param.shape, [], args.validate_args);
    },
  ],
  lazy: { logits: BINARY.logits, probs: (me) => clampProbs(me.q('logits').sigmoid()) },
  properties: {
    mean: (me) => {
      const cut = cutProbs(me);
      const means = cut.div(cut.mul(2).sub(1)).add(logOdds(cut).reciprocal());
      const x = probs(me).sub(0.5);
      const taylor = x
        .pow(2)
        .mul(16 / 45)
        .add(1 / 3)
        .mul(x)
        .add(0.5);
      return outside(me).choose(means, taylor);
    },
    stddev: (me) => me.q('variance').sqrt(),
    variance: (me) => {
      const cut = cutProbs(me);
      const first = cut.mul(cut.sub(1)).div(cut.mul(-2).add(1).pow(2));
      const x = probs(me).sub(0.5).pow(2);
      const taylor = x
        .mul(128 / 945)
        .from(1 / 15)
        .mul(x)
        .from(1 / 12);
      return outside(me).choose(first.add(logOdds(cut).pow(2).reciprocal()), taylor);
    },
    param_shape: paramShape,
    _natural_params: (me) => new PyTuple([me.get('logits')]),
  },
  methods: {
    '_cont_bern_log_norm()': continuousLogNorm,
    'sample(sample_shape=None)': (me, { sample_shape }) =>
      noGrad(() => fromUniform(me, uniform(extended(me, sampleShape(sample_shape)), probs(me).dtype))),
    'rsample(sample_shape=None)': (me, { sample_shape }) =>
      fromUniform(me, uniform(extended(me, sampleShape(sample_shape)), probs(me).dtype)),
    'log_prob(value)': (me, { value }) => {
      const [x, logits] = broadcast(checkedValue(me, value), me.q('logits'));
      return crossEntropy(logits, x).neg().add(continuousLogNorm(me));
    },
    'cdf(value)': (me, { value }) => {
      const x = checkedValue(me, value);
      const cut = cutProbs(me);
      const both = cut.pow(x).mul(cut.from(1).pow(x.from(1)));
      const cdfs = outside(me).choose(both.add(cut).sub(1).div(cut.mul(2).sub(1)), x);
      return x.le(0).choose(x.zeros(), x.ge(1).choose(x.ones(), cdfs));
    },
    'icdf(value)': (me, { value }) => fromUniform(me, tensorOf(value, 'value')),
    'entropy()': (me) => {
      const low = probs(me).neg().log1p();
      const high = probs(me).log();
      return me.q('mean').mul(low.sub(high)).sub(continuousLogNorm(me)).sub(low);
    },
    '_log_normalizer(x)': (me, { x }) => {
      const n = tensorOf(x, 'x');
      const [low, high] = limitsOf(me);
      const far = farFrom(n, [low - 0.5, high - 0.5]);
      const cut = far.choose(n, n.like(low - 0.5));
      const norm = cut.exp().sub(1).abs().log().sub(cut.abs().log());
      const taylor = n.mul(0.5).add(n.pow(2).div(24)).sub(n.pow(4).div(2880));
      return far.choose(norm, taylor);
    },
  },
});
