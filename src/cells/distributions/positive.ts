import { PyTuple, type Value } from '../runtime/values.ts';
import { ConstantDict, type Out, type Self, tensorOf } from './classes.ts';
import { NONNEGATIVE, NONNEGATIVE_INTEGER, POSITIVE } from './constraints.ts';
import { begin, broadcastAll, defineDistribution, exponentialFamily, extended, sampleShape } from './distribution.ts';
import { checkedValue } from './location-scale.ts';
import { broadcast } from './quantity.ts';
import { exponential, noGrad, poisson } from './sampling.ts';

const NONE = 0n;

const rated = (me: Self, args: Readonly<Record<string, Value>>): Out => {
  me.set('rate', broadcastAll(args.rate)[0]);
  return begin(me, me.q('rate').shape, [], args.validate_args);
};

export const exponentialClass = defineDistribution({
  name: 'Exponential',
  module: 'exponential',
  base: exponentialFamily,
  constants: {
    arg_constraints: new ConstantDict({ rate: POSITIVE }),
    support: NONNEGATIVE,
    has_rsample: true,
    _mean_carrier_measure: NONE,
  },
  expands: ['rate'],
  init: ['rate', rated],
  properties: {
    mean: (me) => me.q('rate').reciprocal(),
    mode: (me) => me.q('rate').zeros(),
    stddev: (me) => me.q('rate').reciprocal(),
    variance: (me) => me.q('rate').pow(-2),
    _natural_params: (me) => new PyTuple([me.q('rate').neg().t]),
  },
  methods: {
    'rsample(sample_shape=None)': (me, { sample_shape }) =>
      exponential(extended(me, sampleShape(sample_shape)), me.q('rate').dtype).div(me.q('rate')),
    'log_prob(value)': (me, { value }) => {
      const rate = me.q('rate');
      return rate.log().sub(rate.mul(checkedValue(me, value)));
    },
    'cdf(value)': (me, { value }) => me.q('rate').neg().mul(checkedValue(me, value)).exp().from(1),
    'icdf(value)': (me, { value }) => tensorOf(value, 'value').from(1).log().neg().div(me.q('rate')),
    'entropy()': (me) => me.q('rate').log().from(1),
    '_log_normalizer(x)': (_, { x }) => tensorOf(x, 'x').neg().log().neg(),
  },
});

export const poissonClass = defineDistribution({
  name: 'Poisson',
  module: 'poisson',
  base: exponentialFamily,
  constants: { arg_constraints: new ConstantDict({ rate: NONNEGATIVE }), support: NONNEGATIVE_INTEGER },
  expands: ['rate'],
  init: ['rate', rated],
  properties: {
    mean: (me) => me.get('rate'),
    mode: (me) => me.q('rate').floor(),
    variance: (me) => me.get('rate'),
    _natural_params: (me) => new PyTuple([me.q('rate').log().t]),
  },
  methods: {
    'sample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = extended(me, sampleShape(sample_shape));
      return noGrad(() => poisson(me.q('rate').expand(shape)));
    },
    'log_prob(value)': (me, { value }) => {
      const [rate, x] = broadcast(me.q('rate'), checkedValue(me, value));
      return x.xlogy(rate).sub(rate).sub(x.add(1).lgamma());
    },
    '_log_normalizer(x)': (_, { x }) => tensorOf(x, 'x').exp(),
  },
});
