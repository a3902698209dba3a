/** Gamma, and what is made of it. */

import { Tensor } from '../../tensor/tensor.ts';
import { type PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { asTensor } from '../torch/construct.ts';
import { ConstantDict, type Self, sizesOf, tensorOf } from './classes.ts';
import { NONNEGATIVE, POSITIVE, REAL } from './constraints.ts';
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
import { checkedValue, pair } from './location-scale.ts';
import { type Quantity, q } from './quantity.ts';
import { gammaDraws, standardNormal } from './sampling.ts';

const NONE = 0n;

/** A value of the parameters' dtype. */
function valueLike(me: Self, value: Value, parameter: string): Quantity {
  const t = asTensor(value, me.q(parameter).dtype);
  return checkedValue(me, t);
}

export const gammaClass = defineDistribution({
  name: 'Gamma',
  module: 'gamma',
  base: exponentialFamily,
  constants: {
    arg_constraints: new ConstantDict({ concentration: POSITIVE, rate: POSITIVE }),
    support: NONNEGATIVE,
    has_rsample: true,
    _mean_carrier_measure: NONE,
  },
  expands: ['concentration', 'rate'],
  init: [
    'concentration, rate',
    (me, args) => {
      pair(me, 'concentration', 'rate', args);
      return begin(me, me.q('rate').shape, [], args.validate_args);
    },
  ],
  properties: {
    mean: (me) => me.q('concentration').div(me.q('rate')),
    mode: (me) => me.q('concentration').sub(1).div(me.q('rate')).clamp(0),
    variance: (me) => me.q('concentration').div(me.q('rate').pow(2)),
    _natural_params: (me) => new PyTuple([me.q('concentration').sub(1).t, me.q('rate').neg().t]),
  },
  methods: {
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = extended(me, sampleShape(sample_shape));
      return gammaDraws(me.q('concentration').expand(shape), me.q('rate').expand(shape));
    },
    'log_prob(value)': (me, { value }) => {
      const x = valueLike(me, value, 'rate');
      const [alpha, rate] = [me.q('concentration'), me.q('rate')];
      return alpha.xlogy(rate).add(alpha.sub(1).xlogy(x)).sub(rate.mul(x)).sub(alpha.lgamma());
    },
    'entropy()': (me) => {
      const alpha = me.q('concentration');
      return alpha.sub(me.q('rate').log()).add(alpha.lgamma()).add(alpha.from(1).mul(alpha.digamma()));
    },
    '_log_normalizer(x, y)': (_, { x, y }) => {
      const one = tensorOf(x, 'x').add(1);
      return one.lgamma().add(one.mul(tensorOf(y, 'y').reciprocal().neg().log()));
    },
  },
});

const chi2 = defineDistribution({
  name: 'Chi2',
  module: 'chi2',
  base: gammaClass,
  constants: { arg_constraints: new ConstantDict({ df: POSITIVE }) },
  init: [
    'df',
    (me, { df, validate_args }) => {
      const [half, rate] = broadcastAll(df instanceof Tensor ? q(df).mul(0.5).t : 0.5 * Number(df), 0.5);
      me.set('concentration', half);
      me.set('rate', rate);
      return begin(me, rate.shape, [], validate_args);
    },
  ],
  properties: { df: (me) => me.q('concentration').mul(2) },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, chi2, _instance);
      const shape = sizesOf(batch_shape);
      for (const name of ['concentration', 'rate']) made.set(name, me.q(name).expand(shape));
      return expanded(me, made, shape);
    },
  },
});
export const chi2Class = chi2;

/** A distribution inside of another: made here, and expanded with it. */
export function expandWith(
  me: Self,
  cls: Parameters<typeof fresh>[1],
  given: Value,
  shape: readonly number[],
  own: readonly string[],
  inner: readonly string[],
): PyInstance {
  const made = fresh(me, cls, given);
  for (const name of own) made.set(name, me.q(name).expand(shape));
  for (const name of inner) made.set(name, me.its(name).call('expand', shape));
  return expanded(me, made, shape);
}

const fisher = defineDistribution({
  name: 'FisherSnedecor',
  module: 'fishersnedecor',
  constants: {
    arg_constraints: new ConstantDict({ df1: POSITIVE, df2: POSITIVE }),
    support: POSITIVE,
    has_rsample: true,
  },
  init: [
    'df1, df2',
    (me, args) => {
      pair(me, 'df1', 'df2', args);
      const [a, b] = [me.q('df1'), me.q('df2')];
      me.set('_gamma1', me.make(gammaClass, [a.mul(0.5), a]));
      me.set('_gamma2', me.make(gammaClass, [b.mul(0.5), b]));
      return begin(me, a.shape, [], args.validate_args);
    },
  ],
  properties: {
    mean: (me) => {
      const b = me.q('df2').fill(me.q('df2').le(2), Number.NaN);
      return b.div(b.sub(2));
    },
    mode: (me) => {
      const [a, b] = [me.q('df1'), me.q('df2')];
      return a.sub(2).div(a).mul(b).div(b.add(2)).fill(a.le(2), Number.NaN);
    },
    variance: (me) => {
      const a = me.q('df1');
      const b = me.q('df2').fill(me.q('df2').le(4), Number.NaN);
      return b
        .pow(2)
        .mul(2)
        .mul(a.add(b).sub(2))
        .div(a.mul(b.sub(2).pow(2)).mul(b.sub(4)));
    },
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) =>
      expandWith(me, fisher, _instance, sizesOf(batch_shape), ['df1', 'df2'], ['_gamma1', '_gamma2']),
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = sampleShape(sample_shape);
      const a = me.its('_gamma1').callQ('rsample', shape);
      const b = me.its('_gamma2').callQ('rsample', shape);
      return a.div(b.clamp(b.tiny)).clamp(b.tiny);
    },
    'log_prob(value)': (me, { value }) => {
      const x = checkedValue(me, value);
      const [a, b] = [me.q('df1').mul(0.5), me.q('df2').mul(0.5)];
      const ratio = me.q('df1').div(me.q('df2'));
      const first = a.add(b).lgamma().sub(a.lgamma()).sub(b.lgamma());
      const second = a.mul(ratio.log()).add(a.sub(1).mul(x.log()));
      return first.add(second).sub(a.add(b).mul(ratio.mul(x).log1p()));
    },
  },
});
export const fisherClass = fisher;

const student = defineDistribution({
  name: 'StudentT',
  module: 'studentT',
  constants: {
    arg_constraints: new ConstantDict({ df: POSITIVE, loc: REAL, scale: POSITIVE }),
    support: REAL,
    has_rsample: true,
  },
  init: [
    'df, loc=0.0, scale=1.0',
    (me, args) => {
      const [df, place, scale] = broadcastAll(args.df, args.loc, args.scale);
      me.set('df', df);
      me.set('loc', place);
      me.set('scale', scale);
      me.set('_chi2', me.make(chi2Class, [df]));
      return begin(me, df.shape, [], args.validate_args);
    },
  ],
  properties: {
    mean: (me) => me.q('loc').fill(me.q('df').le(1), Number.NaN),
    mode: (me) => me.get('loc'),
    variance: (me) => {
      const df = me.q('df');
      const finite = me.q('scale').pow(2).mul(df).div(df.sub(2));
      return df.gt(2).choose(finite, Number.POSITIVE_INFINITY).fill(df.le(1), Number.NaN);
    },
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) =>
      expandWith(me, student, _instance, sizesOf(batch_shape), ['df', 'loc', 'scale'], ['_chi2']),
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const df = me.q('df');
      const noise = standardNormal(extended(me, sampleShape(sample_shape)), df.dtype);
      const spread = me.its('_chi2').callQ('rsample', sampleShape(sample_shape)).div(df).rsqrt();
      return me.q('loc').add(me.q('scale').mul(noise.mul(spread)));
    },
    'log_prob(value)': (me, { value }) => {
      const [df, scale] = [me.q('df'), me.q('scale')];
      const y = checkedValue(me, value).sub(me.q('loc')).div(scale);
      const z = scale
        .log()
        .add(df.log().mul(0.5))
        .add(0.5 * Math.log(Math.PI))
        .add(df.mul(0.5).lgamma())
        .sub(df.add(1).mul(0.5).lgamma());
      return df.add(1).mul(-0.5).mul(y.pow(2).div(df).log1p()).sub(z);
    },
    'entropy()': (me) => {
      const df = me.q('df');
      const [half, more] = [df.mul(0.5), df.add(1).mul(0.5)];
      const beta = half
        .lgamma()
        .add(Math.log(Math.sqrt(Math.PI)))
        .sub(more.lgamma());
      return me
        .q('scale')
        .log()
        .add(more.mul(more.digamma().sub(half.digamma())))
        .add(df.log().mul(0.5))
        .add(beta);
    },
  },
});
export const studentClass = student;
