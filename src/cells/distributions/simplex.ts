/** Distributions of numbers that sum to one. */

import { DEFAULT_DTYPE } from '../../tensor/dtype.ts';
import { valueError } from '../runtime/errors.ts';
import { PyTuple } from '../runtime/values.ts';
import { asTensor } from '../torch/construct.ts';
import { ConstantDict, isNumber, type Self, sizesOf, tensorOf } from './classes.ts';
import { over, POSITIVE, SIMPLEX, UNIT_INTERVAL } from './constraints.ts';
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
import { expandWith } from './gamma.ts';
import { checkedValue } from './location-scale.ts';
import { type Quantity, q, stack } from './quantity.ts';
import { dirichlet } from './sampling.ts';

const concentrated = (me: Self): Quantity => me.q('concentration');

const dirichletDist = defineDistribution({
  name: 'Dirichlet',
  module: 'dirichlet',
  base: exponentialFamily,
  constants: {
    arg_constraints: new ConstantDict({ concentration: over(POSITIVE, 1) }),
    support: SIMPLEX,
    has_rsample: true,
  },
  init: [
    'concentration',
    (me, { concentration, validate_args }) => {
      const c = tensorOf(concentration, 'concentration');
      if (c.ndim < 1) throw valueError('`concentration` parameter must be at least one-dimensional.');
      me.set('concentration', c);
      return begin(me, c.shape.slice(0, -1), c.shape.slice(-1), validate_args);
    },
  ],
  properties: {
    mean: (me) => concentrated(me).div(concentrated(me).sum(-1, true)),
    mode: (me) => {
      const less = concentrated(me).sub(1).clamp(0);
      const mode = less.div(less.sum(-1, true));
      const corner = concentrated(me).lt(1).all(-1);
      if (!corner.some) return mode;
      const highest = mode.call('one_hot', { input: mode.argmax().t, numClasses: mode.size(-1) }).to(mode.dtype);
      return corner.unsqueeze(-1).choose(highest, mode);
    },
    variance: (me) => {
      const c = concentrated(me);
      const total = c.sum(-1, true);
      return c.mul(total.sub(c)).div(total.pow(2).mul(total.add(1)));
    },
    _natural_params: (me) => new PyTuple([me.get('concentration')]),
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, dirichletDist, _instance);
      const shape = sizesOf(batch_shape);
      const event = me.sizes('event_shape');
      made.set('concentration', concentrated(me).expand([...shape, ...event]));
      return expanded(me, made, shape, event);
    },
    'rsample(sample_shape=None)': (me, { sample_shape }) =>
      dirichlet(concentrated(me).expand(extended(me, sampleShape(sample_shape)))),
    'log_prob(value)': (me, { value }) => {
      const c = concentrated(me);
      const x = checkedValue(me, value);
      return x.log().mul(c.sub(1)).sum(-1).add(c.sum(-1).lgamma()).sub(c.lgamma().sum(-1));
    },
    'entropy()': (me) => {
      const c = concentrated(me);
      const total = c.sum(-1);
      return c
        .lgamma()
        .sum(-1)
        .sub(total.lgamma())
        .sub(total.from(c.size(-1)).mul(total.digamma()))
        .sub(c.sub(1).mul(c.digamma()).sum(-1));
    },
    '_log_normalizer(x)': (_, { x }) => tensorOf(x, 'x').lgamma().sum(-1).sub(tensorOf(x, 'x').sum(-1).lgamma()),
  },
});
export const dirichletClass = dirichletDist;

const part = (me: Self, index: number): Quantity => {
  const both = me.its('_dirichlet').q('concentration');
  return both.select(both.ndim - 1, index);
};
const heads = (me: Self): Quantity => part(me, 0);
const tails = (me: Self): Quantity => part(me, 1);

const beta = defineDistribution({
  name: 'Beta',
  module: 'beta',
  base: exponentialFamily,
  constants: {
    arg_constraints: new ConstantDict({ concentration1: POSITIVE, concentration0: POSITIVE }),
    support: UNIT_INTERVAL,
    has_rsample: true,
  },
  init: [
    'concentration1, concentration0',
    (me, { concentration1, concentration0, validate_args }) => {
      const both =
        isNumber(concentration1) && isNumber(concentration0)
          ? q(asTensor(new PyTuple([concentration1, concentration0]), DEFAULT_DTYPE))
          : stack(broadcastAll(concentration1, concentration0), -1);
      const inner = me.make(dirichletClass, [both], { validate_args });
      me.set('_dirichlet', inner);
      return begin(me, me.other(inner).sizes('_batch_shape'), [], validate_args);
    },
  ],
  properties: {
    concentration1: heads,
    concentration0: tails,
    mean: (me) => heads(me).div(heads(me).add(tails(me))),
    mode: (me) => me.its('_dirichlet').q('mode').select(-1, 0),
    variance: (me) => {
      const total = heads(me).add(tails(me));
      return heads(me)
        .mul(tails(me))
        .div(total.pow(2).mul(total.add(1)));
    },
    _natural_params: (me) => new PyTuple([heads(me).t, tails(me).t]),
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) =>
      expandWith(me, beta, _instance, sizesOf(batch_shape), [], ['_dirichlet']),
    'rsample(sample_shape=None)': (me, { sample_shape }) =>
      me.its('_dirichlet').callQ('rsample', sampleShape(sample_shape)).select(-1, 0),
    'log_prob(value)': (me, { value }) => {
      const x = checkedValue(me, value);
      return me.its('_dirichlet').call('log_prob', stack([x, x.from(1)], -1));
    },
    'entropy()': (me) => me.its('_dirichlet').call('entropy'),
    '_log_normalizer(x, y)': (_, { x, y }) => {
      const [a, b] = [tensorOf(x, 'x'), tensorOf(y, 'y')];
      return a.lgamma().add(b.lgamma()).sub(a.add(b).lgamma());
    },
  },
});
export const betaClass = beta;
