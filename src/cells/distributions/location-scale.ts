/** Distributions on the real line with a place and a width. */

import type { Bound } from '../nn/signature.ts';
import { valueError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';
import { PyTuple } from '../runtime/values.ts';
import { ConstantDict, type Out, type Self, sizesOf, tensorOf } from './classes.ts';
import { DEPENDENT, KINDS, POSITIVE, REAL } from './constraints.ts';
import {
  begin,
  broadcastAll,
  defineDistribution,
  exponentialFamily,
  extended,
  sampleShape,
  validateSample,
} from './distribution.ts';
import type { Quantity } from './quantity.ts';
import { cauchy, noGrad, normal, standardNormal, uniform } from './sampling.ts';

/** Two parameters, broadcast, that are numbers or tensors. */
export function pair(me: Self, first: string, second: string, args: Bound): void {
  const [a, b] = broadcastAll(args[first], args[second]);
  me.set(first, a);
  me.set(second, b);
}

const placed = (me: Self, args: Bound): Out => {
  pair(me, 'loc', 'scale', args);
  return begin(me, me.q('loc').shape, [], args.validate_args);
};

/** The checked value of log_prob and cdf. */
export function checkedValue(me: Self, value: Value): Quantity {
  validateSample(me, value);
  return tensorOf(value, 'value');
}

const LOC_SCALE = new ConstantDict({ loc: REAL, scale: POSITIVE });
const loc = (me: Self): Out => me.get('loc');
const standardized = (me: Self, value: Value): Quantity => checkedValue(me, value).sub(me.q('loc')).div(me.q('scale'));

export const normalClass = defineDistribution({
  name: 'Normal',
  module: 'normal',
  base: exponentialFamily,
  constants: { arg_constraints: LOC_SCALE, support: REAL, has_rsample: true, _mean_carrier_measure: 0n },
  expands: ['loc', 'scale'],
  init: ['loc, scale', placed],
  properties: {
    mean: loc,
    mode: loc,
    stddev: (me) => me.get('scale'),
    variance: (me) => me.q('stddev').pow(2),
    _natural_params: (me) => {
      const variance = me.q('scale').pow(2);
      return new PyTuple([me.q('loc').div(variance).t, variance.reciprocal().mul(-0.5).t]);
    },
  },
  methods: {
    'sample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = extended(me, sampleShape(sample_shape));
      return noGrad(() => normal(me.q('loc').expand(shape), me.q('scale').expand(shape)));
    },
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const place = me.q('loc');
      const noise = standardNormal(extended(me, sampleShape(sample_shape)), place.dtype);
      return place.add(noise.mul(me.q('scale')));
    },
    'log_prob(value)': (me, { value }) => {
      const scale = me.q('scale');
      const x = checkedValue(me, value).sub(me.q('loc'));
      return x
        .pow(2)
        .neg()
        .div(scale.pow(2).mul(2))
        .sub(scale.log())
        .sub(Math.log(Math.sqrt(2 * Math.PI)));
    },
    'cdf(value)': (me, { value }) => {
      const x = checkedValue(me, value).sub(me.q('loc')).mul(me.q('scale').reciprocal());
      return x.div(Math.sqrt(2)).erf().add(1).mul(0.5);
    },
    'icdf(value)': (me, { value }) =>
      me.q('loc').add(me.q('scale').mul(tensorOf(value, 'value').mul(2).sub(1).erfinv()).mul(Math.sqrt(2))),
    'entropy()': (me) =>
      me
        .q('scale')
        .log()
        .add(0.5 + 0.5 * Math.log(2 * Math.PI)),
    '_log_normalizer(x, y)': (_, { x, y }) => {
      const [a, b] = [tensorOf(x, 'x'), tensorOf(y, 'y')];
      return a.pow(2).mul(-0.25).div(b).add(b.under(-Math.PI).log().mul(0.5));
    },
  },
});

export const laplaceClass = defineDistribution({
  name: 'Laplace',
  module: 'laplace',
  constants: { arg_constraints: LOC_SCALE, support: REAL, has_rsample: true },
  expands: ['loc', 'scale'],
  init: ['loc, scale', placed],
  properties: {
    mean: loc,
    mode: loc,
    variance: (me) => me.q('scale').pow(2).mul(2),
    stddev: (me) => me.q('scale').mul(Math.SQRT2),
  },
  methods: {
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const place = me.q('loc');
      const u = uniform(extended(me, sampleShape(sample_shape)), place.dtype, place.eps - 1, 1);
      return place.sub(me.q('scale').mul(u.sign()).mul(u.abs().neg().log1p()));
    },
    'log_prob(value)': (me, { value }) => {
      const scale = me.q('scale');
      return scale
        .mul(2)
        .log()
        .neg()
        .sub(checkedValue(me, value).sub(me.q('loc')).abs().div(scale));
    },
    'cdf(value)': (me, { value }) => {
      const x = checkedValue(me, value).sub(me.q('loc'));
      return x
        .sign()
        .mul(0.5)
        .mul(x.abs().neg().div(me.q('scale')).expm1())
        .from(0.5);
    },
    'icdf(value)': (me, { value }) => {
      const term = tensorOf(value, 'value').sub(0.5);
      return me.q('loc').sub(me.q('scale').mul(term.sign()).mul(term.abs().mul(-2).log1p()));
    },
    'entropy()': (me) => me.q('scale').mul(2).log().add(1),
  },
});

export const cauchyClass = defineDistribution({
  name: 'Cauchy',
  module: 'cauchy',
  constants: { arg_constraints: LOC_SCALE, support: REAL, has_rsample: true },
  expands: ['loc', 'scale'],
  init: ['loc, scale', placed],
  properties: {
    mean: (me) => me.q('loc').full(extended(me, sampleShape(null)), Number.NaN),
    mode: loc,
    variance: (me) => me.q('loc').full(extended(me, sampleShape(null)), Number.POSITIVE_INFINITY),
  },
  methods: {
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const place = me.q('loc');
      return place.add(cauchy(extended(me, sampleShape(sample_shape)), place.dtype).mul(me.q('scale')));
    },
    'log_prob(value)': (me, { value }) =>
      me.q('scale').log().neg().sub(Math.log(Math.PI)).sub(standardized(me, value).pow(2).add(1).log()),
    'cdf(value)': (me, { value }) => standardized(me, value).atan().div(Math.PI).add(0.5),
    'icdf(value)': (me, { value }) =>
      tensorOf(value, 'value').sub(0.5).mul(Math.PI).tan().mul(me.q('scale')).add(me.q('loc')),
    'entropy()': (me) =>
      me
        .q('scale')
        .log()
        .add(Math.log(4 * Math.PI)),
  },
});

const free = new ConstantDict({ low: DEPENDENT, high: DEPENDENT });
const width = (me: Self): Quantity => me.q('high').sub(me.q('low'));

export const uniformClass = defineDistribution({
  name: 'Uniform',
  module: 'uniform',
  constants: { arg_constraints: free, has_rsample: true },
  expands: ['low', 'high'],
  init: [
    'low, high',
    (me, args) => {
      pair(me, 'low', 'high', args);
      begin(me, me.q('low').shape, [], args.validate_args);
      if (me.truth('_validate_args') && !me.q('low').lt(me.q('high')).every)
        throw valueError('Uniform is not defined when low>= high');
      return null;
    },
  ],
  properties: {
    support: (me) => me.make(KINDS.interval, [me.get('low'), me.get('high')]),
    mean: (me) => me.q('high').add(me.q('low')).div(2),
    mode: (me) => me.q('high').mul(Number.NaN),
    stddev: (me) => width(me).div(12 ** 0.5),
    variance: (me) => width(me).pow(2).div(12),
  },
  methods: {
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const low = me.q('low');
      return low.add(uniform(extended(me, sampleShape(sample_shape)), low.dtype).mul(width(me)));
    },
    'log_prob(value)': (me, { value }) => {
      const x = checkedValue(me, value);
      const low = me.q('low');
      const inside = low.le(x).to(low.dtype).mul(me.q('high').gt(x).to(low.dtype));
      return inside.log().sub(width(me).log());
    },
    'cdf(value)': (me, { value }) => checkedValue(me, value).sub(me.q('low')).div(width(me)).clamp(0, 1),
    'icdf(value)': (me, { value }) => tensorOf(value, 'value').mul(width(me)).add(me.q('low')),
    'entropy()': (me) => width(me).log(),
  },
});

/** The logarithm of a modified Bessel function, by the polynomials of Abramowitz and Stegun. */
function logBessel(x: Quantity, order: 0 | 1): Quantity {
  const poly = (y: Quantity, coefficients: readonly number[]): Quantity =>
    coefficients.slice(0, -1).reduceRight((sum, c) => y.mul(sum).add(c), y.mul(0).add(coefficients.at(-1) as number));
  let small = poly(x.div(3.75).square(), BESSEL_SMALL[order]);
  if (order === 1) small = x.abs().mul(small);
  const large = x.sub(x.log().mul(0.5)).add(poly(x.under(3.75), BESSEL_LARGE[order]).log());
  return x.lt(3.75).choose(small.log(), large);
}

const BESSEL_SMALL = [
  [1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813],
  [0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411],
];
const BESSEL_LARGE = [
  [0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537, -0.01647633, 0.00392377],
  [0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967, -0.02895312, 0.01787654, -0.00420059],
];

/** Rounds of drawing after which what was not accepted stays NaN: far more than chance ever takes. */
const MOST_ROUNDS = 10_000;

export const vonMisesClass = defineDistribution({
  name: 'VonMises',
  module: 'von_mises',
  constants: { arg_constraints: new ConstantDict({ loc: REAL, concentration: POSITIVE }), support: REAL },
  init: [
    'loc, concentration',
    (me, args) => {
      pair(me, 'loc', 'concentration', args);
      const k = me.q('concentration');
      const tau = k.square().mul(4).add(1).sqrt().add(1);
      const rho = tau.sub(tau.mul(2).sqrt()).div(k.mul(2));
      me.set('_proposal_r', rho.square().add(1).div(rho.mul(2)));
      return begin(me, me.q('loc').shape, [], args.validate_args);
    },
  ],
  properties: { mean: loc, mode: loc },
  lazy: {
    variance: (me) =>
      logBessel(me.q('concentration'), 1)
        .sub(logBessel(me.q('concentration'), 0))
        .exp()
        .from(1),
  },
  methods: {
    'log_prob(value)': (me, { value }) => {
      const k = me.q('concentration');
      return k
        .mul(checkedValue(me, value).sub(me.q('loc')).cos())
        .sub(Math.log(2 * Math.PI))
        .sub(logBessel(k, 0));
    },
    'sample(sample_shape=None)': (me, { sample_shape }) =>
      noGrad(() => {
        const [place, k, r] = [me.q('loc'), me.q('concentration'), me.q('_proposal_r')];
        const shape = extended(me, sampleShape(sample_shape));
        let x = place.full(shape, Number.NaN);
        let done = x.full(shape, 0).to('bool');
        for (let round = 0; !done.every && round < MOST_ROUNDS; round++) {
          me.interpreter.budget.step(100);
          const u = uniform([3, ...shape], place.dtype);
          const [u1, u2, u3] = [0, 1, 2].map((i) => u.select(0, i));
          const z = u1.mul(Math.PI).cos();
          const f = r.mul(z).add(1).div(r.add(z));
          const c = k.mul(r.sub(f));
          const accept = c.mul(c.from(2)).sub(u2).gt(0).or(c.div(u2).log().add(1).sub(c).ge(0));
          if (!accept.some) continue;
          x = accept.choose(u3.sub(0.5).sign().mul(f.acos()), x);
          done = done.or(accept);
        }
        return x
          .add(Math.PI)
          .add(place)
          .remainder(2 * Math.PI)
          .sub(Math.PI);
      }),
    'expand(batch_shape)': (me, { batch_shape }) =>
      me.make(
        me.self.cls,
        ['loc', 'concentration'].map((name) => me.q(name).expand(sizesOf(batch_shape))),
        { validate_args: me.self.attributes.get('_validate_args') ?? null },
      ),
  },
});
