/** Relaxed distributions: samples that gradients go through, near yes and no or near one of several. */
import type { Bound } from '../nn/signature.ts';
import { typeError } from '../runtime/errors.ts';
import { CHOICES, HELD, hold } from './categorical.ts';
import { ConstantDict, type Out, type Self, sizesOf } from './classes.ts';
import { beginTransformed } from './composed.ts';
import { REAL, REAL_VECTOR, SIMPLEX, UNIT_INTERVAL } from './constraints.ts';
import { BINARY, chance, clampProbs, paramShape } from './counts.ts';
import { defineDerived } from './derived.ts';
import { begin, broadcastAll, defineDistribution, expanded, extended, fresh, sampleShape } from './distribution.ts';
import { checkedValue } from './location-scale.ts';
import { broadcast, type Quantity } from './quantity.ts';
import { uniform } from './sampling.ts';
import { expClass, sigmoidClass } from './transform-kinds.ts';

const BINARY_CONSTRAINTS = new ConstantDict({ probs: UNIT_INTERVAL, logits: REAL });

/** The temperature, a number or a tensor, as a tensor. */
const temperature = (me: Self): Quantity => broadcastAll(me.get('temperature'), me.get('logits'))[0];

const logitRelaxed = defineDistribution({
  name: 'LogitRelaxedBernoulli',
  module: 'relaxed_bernoulli',
  constants: { arg_constraints: BINARY_CONSTRAINTS, support: REAL },
  expands: ['probs', 'logits'],
  keeps: ['temperature'],
  init: [
    'temperature, probs=None, logits=None',
    (me, args) => {
      me.set('temperature', args.temperature);
      return begin(me, chance(me, args).shape, [], args.validate_args);
    },
  ],
  lazy: BINARY,
  properties: { param_shape: paramShape },
  methods: {
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const shape = extended(me, sampleShape(sample_shape));
      const p = clampProbs(me.q('probs').expand(shape));
      const u = clampProbs(uniform(shape, p.dtype));
      return u.log().sub(u.neg().log1p()).add(p.log()).sub(p.neg().log1p()).div(temperature(me));
    },
    'log_prob(value)': (me, { value }) => {
      const [x, logits] = broadcast(checkedValue(me, value), me.q('logits'));
      const diff = logits.sub(x.mul(temperature(me)));
      return temperature(me).log().add(diff).sub(diff.exp().log1p().mul(2));
    },
  },
});
export const logitRelaxedClass = logitRelaxed;

const ofBase =
  (name: string) =>
  (me: Self): Out =>
    me.its('base_dist').get(name);
const SHOWN = { temperature: ofBase('temperature'), logits: ofBase('logits'), probs: ofBase('probs') };

const relaxedBase = (me: Self, cls: typeof logitRelaxed, args: Bound, named: Record<string, Out> = {}) =>
  me.make(cls, [args.temperature, args.probs, args.logits], named);

export const relaxedBernoulliClass = defineDerived({
  name: 'RelaxedBernoulli',
  module: 'relaxed_bernoulli',
  constants: { arg_constraints: BINARY_CONSTRAINTS, support: UNIT_INTERVAL, has_rsample: true },
  init: [
    'temperature, probs=None, logits=None',
    (me, args) =>
      beginTransformed(me, relaxedBase(me, logitRelaxedClass, args), me.make(sigmoidClass, []), args.validate_args),
  ],
  properties: SHOWN,
});

const expRelaxed = defineDistribution({
  name: 'ExpRelaxedCategorical',
  module: 'relaxed_categorical',
  constants: { arg_constraints: CHOICES, support: REAL_VECTOR, has_rsample: true },
  init: [
    'temperature, probs=None, logits=None',
    (me, args) => {
      me.set('temperature', args.temperature);
      const event = hold(me, args);
      return begin(me, me.its('_categorical').sizes('batch_shape'), event, args.validate_args);
    },
  ],
  properties: HELD,
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, expRelaxed, _instance);
      const shape = sizesOf(batch_shape);
      made.set('temperature', me.get('temperature'));
      made.set('_categorical', me.its('_categorical').call('expand', shape));
      return expanded(me, made, shape, me.sizes('event_shape'));
    },
    'rsample(sample_shape=None)': (me, { sample_shape }) => {
      const logits = me.q('logits');
      const u = clampProbs(uniform(extended(me, sampleShape(sample_shape)), logits.dtype));
      const scores = logits.add(u.log().neg().log().neg()).div(temperature(me));
      return scores.sub(scores.logsumexp(true));
    },
    'log_prob(value)': (me, { value }) => {
      const kinds = me.its('_categorical').whole('_num_events');
      const [x, logits] = broadcast(checkedValue(me, value), me.q('logits'));
      const heat = me.get('temperature');
      if (typeof heat === 'number' || typeof heat === 'bigint')
        throw typeError(
          `full_like(): argument 'input' (position 1) must be Tensor, not ${typeof heat === 'number' ? 'float' : 'int'}`,
        );
      const t = me.q('temperature');
      const scale = t
        .like(kinds)
        .lgamma()
        .sub(t.log().mul(-(kinds - 1)));
      const score = logits.sub(x.mul(t));
      return score.sub(score.logsumexp(true)).sum(-1).add(scale);
    },
  },
});
export const expRelaxedClass = expRelaxed;

export const relaxedOneHotClass = defineDerived({
  name: 'RelaxedOneHotCategorical',
  module: 'relaxed_categorical',
  constants: { arg_constraints: CHOICES, support: SIMPLEX, has_rsample: true },
  init: [
    'temperature, probs=None, logits=None',
    (me, args) =>
      beginTransformed(
        me,
        relaxedBase(me, expRelaxedClass, args, { validate_args: args.validate_args }),
        me.make(expClass, []),
        args.validate_args,
      ),
  ],
  properties: SHOWN,
});
