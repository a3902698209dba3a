/** Distributions over a few kinds of things. */

import { numelOf } from '../../tensor/shape.ts';
import type { Bound } from '../nn/signature.ts';
import { valueError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';
import { ConstantDict, notImplemented, type Out, type Self, sizesOf, tensorOf } from './classes.ts';
import { KINDS, ONE_HOT, REAL_VECTOR, SIMPLEX } from './constraints.ts';
import { binomialClass, clampProbs, eitherOf, paramShape } from './counts.ts';
import { begin, defineDistribution, expanded, extended, fresh, sampleShape } from './distribution.ts';
import { checkedValue } from './location-scale.ts';
import { broadcast, counting, type Quantity } from './quantity.ts';
import { multinomial, noGrad } from './sampling.ts';

export const CHOICES = new ConstantDict({ probs: SIMPLEX, logits: REAL_VECTOR });

const events = (me: Self): number => me.whole('_num_events');

const categorical = defineDistribution({
  name: 'Categorical',
  module: 'categorical',
  constants: { arg_constraints: CHOICES, has_enumerate_support: true },
  init: [
    'probs=None, logits=None',
    (me, args) => {
      const which = eitherOf(args.probs, args.logits);
      const given = tensorOf(args[which], which);
      if (given.ndim < 1) throw valueError(`\`${which}\` parameter must be at least one-dimensional.`);
      const param = which === 'probs' ? given.div(given.sum(-1, true)) : given.sub(given.logsumexp(true));
      me.set(which, param);
      me.set('_param', param);
      me.set('_num_events', BigInt(param.size(-1)));
      return begin(me, param.shape.slice(0, -1), [], args.validate_args);
    },
  ],
  lazy: { logits: (me) => clampProbs(me.q('probs')).log(), probs: (me) => me.q('logits').softmax() },
  properties: {
    support: (me) => me.make(KINDS.integerInterval, [0n, BigInt(events(me) - 1)]),
    mean: (me) => me.q('probs').full(extended(me, sampleShape(null)), Number.NaN),
    mode: (me) => me.q('probs').argmax(),
    variance: (me) => me.q('probs').full(extended(me, sampleShape(null)), Number.NaN),
    param_shape: paramShape,
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, categorical, _instance);
      const shape = sizesOf(batch_shape);
      for (const name of ['probs', 'logits']) {
        if (!me.has(name)) continue;
        made.set(name, me.q(name).expand([...shape, events(me)]));
        made.set('_param', made.get(name));
      }
      made.set('_num_events', me.get('_num_events'));
      return expanded(me, made, shape);
    },
    'sample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = sizesOf(sampleShape(sample_shape));
      return noGrad(() => {
        const rows = me.q('probs').reshape([-1, events(me)]);
        return multinomial(rows, numelOf(shape)).mT.reshape(extended(me, sampleShape(sample_shape)));
      });
    },
    'log_prob(value)': (me, { value }) => {
      const [index, log] = broadcast(checkedValue(me, value).to('int64').unsqueeze(-1), me.q('logits'));
      return log.gather(-1, index.narrow(-1, 0, 1)).squeeze(-1);
    },
    'entropy()': (me) => {
      const logits = me.q('logits');
      return logits.clamp(logits.lowest).mul(me.q('probs')).sum(-1).neg();
    },
    'enumerate_support(expand=True)': (me, { expand }) => {
      const batch = me.sizes('_batch_shape');
      const values = counting(events(me), 'int64').reshape([-1, ...batch.map(() => 1)]);
      return expand === false ? values : values.expand([-1, ...batch]);
    },
  },
});
export const categoricalClass = categorical;

const its = (me: Self): Self => me.its('_categorical');

/** Properties of what holds a Categorical. */
export const HELD = {
  probs: (me: Self): Out => its(me).get('probs'),
  logits: (me: Self): Out => its(me).get('logits'),
  param_shape: (me: Self): Out => its(me).get('param_shape'),
};

/** Makes the Categorical inside, and gives the shape of an event. */
export function hold(me: Self, { probs, logits }: Bound, named: Readonly<Record<string, Value>> = {}): number[] {
  me.set('_categorical', me.make(categoricalClass, [], { probs, logits, ...named }));
  return its(me).sizes('param_shape').slice(-1);
}

const oneHotOf = (index: Quantity, classes: number, like: Quantity): Quantity =>
  index.call('one_hot', { input: index.t, numClasses: classes }).to(like.dtype);

const oneHot = defineDistribution({
  name: 'OneHotCategorical',
  module: 'one_hot_categorical',
  constants: { arg_constraints: CHOICES, support: ONE_HOT, has_enumerate_support: true },
  init: [
    'probs=None, logits=None',
    (me, args) => {
      const event = hold(me, args);
      return begin(me, its(me).sizes('batch_shape'), event, args.validate_args);
    },
  ],
  properties: {
    ...HELD,
    _param: (me) => its(me).get('_param'),
    mean: HELD.probs,
    mode: (me) => oneHotOf(its(me).q('probs').argmax(), its(me).whole('_num_events'), its(me).q('probs')),
    variance: (me) => its(me).q('probs').mul(its(me).q('probs').from(1)),
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, oneHot, _instance);
      const shape = sizesOf(batch_shape);
      made.set('_categorical', its(me).call('expand', shape));
      return expanded(me, made, shape, me.sizes('event_shape'));
    },
    'sample(sample_shape=None)': (me, { sample_shape }) => {
      const index = its(me).callQ('sample', sampleShape(sample_shape));
      return noGrad(() => oneHotOf(index, its(me).whole('_num_events'), its(me).q('probs')));
    },
    'log_prob(value)': (me, { value }) => its(me).call('log_prob', checkedValue(me, value).argmax()),
    'entropy()': (me) => its(me).call('entropy'),
    'enumerate_support(expand=True)': (me, { expand }) => {
      const [n] = me.sizes('event_shape');
      me.interpreter.budget.room(n * n);
      const batch = me.sizes('batch_shape');
      const values = me
        .q('_param')
        .full([n], 1)
        .diagEmbed()
        .reshape([n, ...batch.map(() => 1), n])
        .detach();
      return expand === false ? values : values.expand([n, ...batch, n]);
    },
  },
});
export const oneHotClass = oneHot;

export const straightThroughClass = defineDistribution({
  name: 'OneHotCategoricalStraightThrough',
  module: 'one_hot_categorical',
  base: oneHotClass,
  constants: { has_rsample: true },
  init: [
    'probs=None, logits=None',
    (me, args) => {
      const event = hold(me, args);
      return begin(me, its(me).sizes('batch_shape'), event, args.validate_args);
    },
  ],
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, straightThroughClass, _instance);
      const shape = sizesOf(batch_shape);
      made.set('_categorical', its(me).call('expand', shape));
      return expanded(me, made, shape, me.sizes('event_shape'));
    },
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const probs = its(me).q('probs');
      return me.callQ('sample', sampleShape(sample_shape)).add(probs.sub(probs.detach()));
    },
  },
});

const multinomialDist = defineDistribution({
  name: 'Multinomial',
  module: 'multinomial',
  constants: { arg_constraints: CHOICES },
  init: [
    'total_count=1, probs=None, logits=None',
    (me, args) => {
      if (typeof args.total_count !== 'bigint') throw notImplemented('inhomogeneous total_count is not supported');
      me.set('total_count', args.total_count);
      const event = hold(me, args);
      me.set('_binomial', me.make(binomialClass, [], { total_count: args.total_count, probs: me.get('probs') }));
      return begin(me, its(me).sizes('batch_shape'), event, args.validate_args);
    },
  ],
  properties: {
    ...HELD,
    support: (me) => me.make(KINDS.multinomial, [me.get('total_count')]),
    mean: (me) => me.q('probs').mul(me.whole('total_count')),
    variance: (me) => me.q('probs').mul(me.whole('total_count')).mul(me.q('probs').from(1)),
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, multinomialDist, _instance);
      const shape = sizesOf(batch_shape);
      made.set('total_count', me.get('total_count'));
      made.set('_categorical', its(me).call('expand', shape));
      return expanded(me, made, shape, me.sizes('event_shape'));
    },
    'sample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = sizesOf(sampleShape(sample_shape));
      const drawn = its(me).callQ('sample', [me.whole('total_count'), ...shape]);
      return noGrad(() => {
        const samples = drawn.permute([...drawn.shape.keys()].map((d) => (d + 1) % drawn.ndim));
        const counts = samples.full(extended(me, sampleShape(sample_shape)), 0);
        const added = counts.call('scatter_add', {
          input: counts.t,
          dim: -1,
          index: samples.t,
          src: samples.ones().t,
        });
        return added.to(me.q('probs').dtype);
      });
    },
    'entropy()': (me) => {
      const n = me.whole('total_count');
      const entropy = its(me).callQ('entropy').mul(n);
      const support = me.its('_binomial').callQ('enumerate_support', false);
      const some = support.narrow(0, 1, n);
      const chances = me.its('_binomial').callQ('log_prob', some).exp();
      const dims = [0, -1];
      return entropy.sub(some.full([], n + 1).lgamma()).add(chances.mul(some.add(1).lgamma()).sum(dims));
    },
    'log_prob(value)': (me, { value }) => {
      const [x, logits] = broadcast(checkedValue(me, value), me.q('logits'));
      const free = logits.fill(x.eq(0).and(logits.eq(Number.NEGATIVE_INFINITY)), 0);
      return x.sum(-1).add(1).lgamma().sub(x.add(1).lgamma().sum(-1)).add(free.mul(x).sum(-1));
    },
  },
});
export const multinomialClass = multinomialDist;
