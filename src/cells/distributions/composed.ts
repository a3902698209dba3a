/** Distributions made of others: transformed, with more dimensions to an event, mixed. */

import { numelOf } from '../../tensor/shape.ts';
import { valueError } from '../runtime/errors.ts';
import { isSubclass } from '../runtime/mro.ts';
import { PyInstance, PyList, type Value } from '../runtime/values.ts';
import { sizeOf } from '../torch/convert.ts';
import { categoricalClass } from './categorical.ts';
import { ConstantDict, notImplemented, type Self, sizesOf, tensorOf, wholeOf } from './classes.ts';
import { over } from './constraints.ts';
import {
  begin,
  defineDistribution,
  distribution,
  expanded,
  fresh,
  sampleShape,
  validateSample,
} from './distribution.ts';
import { type Quantity, sumRightmost } from './quantity.ts';
import { noGrad } from './sampling.ts';
import { composeClass, depth, isTransform, times, transformsOf } from './transforms.ts';

const UNCHECKED = new ConstantDict({});
const base = (me: Self): Self => me.its('base_dist');

const independent = defineDistribution({
  name: 'Independent',
  module: 'independent',
  constants: { arg_constraints: UNCHECKED },
  init: [
    'base_distribution, reinterpreted_batch_ndims',
    (me, { base_distribution, reinterpreted_batch_ndims, validate_args }) => {
      const inner = me.other(base_distribution);
      const dims = wholeOf(reinterpreted_batch_ndims, 'reinterpreted_batch_ndims');
      const [batch, event] = [inner.sizes('batch_shape'), inner.sizes('event_shape')];
      if (dims > batch.length)
        throw valueError(
          `Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual ${dims} vs ${batch.length}`,
        );
      me.set('base_dist', base_distribution);
      me.set('reinterpreted_batch_ndims', reinterpreted_batch_ndims);
      const cut = batch.length - dims;
      return begin(me, batch.slice(0, cut), [...batch.slice(cut), ...event], validate_args);
    },
  ],
  properties: {
    has_rsample: (me) => base(me).get('has_rsample'),
    has_enumerate_support: (me) => more(me) === 0 && base(me).get('has_enumerate_support'),
    support: (me) => (more(me) === 0 ? base(me).get('support') : over(base(me).its('support').self, more(me))),
    mean: (me) => base(me).get('mean'),
    mode: (me) => base(me).get('mode'),
    variance: (me) => base(me).get('variance'),
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, independent, _instance);
      const shape = sizesOf(batch_shape);
      const event = me.sizes('event_shape');
      made.set('base_dist', base(me).call('expand', [...shape, ...event.slice(0, more(me))]));
      made.set('reinterpreted_batch_ndims', me.get('reinterpreted_batch_ndims'));
      return expanded(me, made, shape, event);
    },
    'sample(sample_shape=None)': (me, { sample_shape }) => base(me).call('sample', sampleShape(sample_shape)),
    'rsample(sample_shape=None)': (me, { sample_shape }) => base(me).call('rsample', sampleShape(sample_shape)),
    'log_prob(value)': (me, { value }) => sumRightmost(base(me).callQ('log_prob', value), more(me)),
    'entropy()': (me) => sumRightmost(base(me).callQ('entropy'), more(me)),
    'enumerate_support(expand=True)': (me, { expand }) => {
      if (more(me) > 0) throw notImplemented('Enumeration over cartesian product is not implemented');
      return base(me).call('enumerate_support', expand);
    },
    '__repr__()': (me) => `${me.self.cls.name}(${me.repr(me.get('base_dist'))}, ${more(me)})`,
  },
});
export const independentClass = independent;

const more = (me: Self): number => me.whole('reinterpreted_batch_ndims');
const steps = (me: Self): Self[] => transformsOf(me, 'transforms');

/** The constructor of transformed distributions, for those that derive from it. */
export function beginTransformed(me: Self, given: Value, transforms: Value, validateArgs: Value): null {
  if (isTransform(transforms)) me.set('transforms', new PyList([transforms]));
  else if (transforms instanceof PyList) {
    if (!transforms.items.every(isTransform))
      throw valueError('transforms must be a Transform or a list of Transforms');
    me.set('transforms', transforms);
  } else throw valueError(`transforms must be a Transform or list, but was ${me.repr(transforms)}`);
  let inner = me.other(given);
  const innerEvent = inner.sizes('event_shape').length;
  const shape = [...inner.sizes('batch_shape'), ...inner.sizes('event_shape')];
  const chain = me.other(me.make(composeClass, [me.get('transforms')]));
  const domain = depth(chain, 'domain');
  if (shape.length < domain)
    throw valueError(
      `base_distribution needs to have shape with size at least ${domain}, but got ${me.repr(sizeOf(shape))}.`,
    );
  const result = sizesOf(chain.call('forward_shape', shape));
  const back = sizesOf(chain.call('inverse_shape', result));
  if (back.length !== shape.length || back.some((size, i) => size !== shape[i]))
    inner = me.other(inner.call('expand', back.slice(0, back.length - innerEvent)));
  if (domain > innerEvent) inner = me.other(me.make(independentClass, [inner.self, BigInt(domain - innerEvent)]));
  me.set('base_dist', inner.self);
  const event = depth(chain, 'codomain') + Math.max(innerEvent - domain, 0);
  const cut = result.length - event;
  return begin(me, result.slice(0, cut), result.slice(cut), validateArgs);
}

/** The `expand` of transformed distributions, for those that derive from it. */
export function expandTransformed(me: Self, made: Self, batchShape: Value): PyInstance {
  const shape = sizesOf(batchShape);
  const event = me.sizes('event_shape');
  const size = steps(me).reduceRight<Value>((s, t) => t.call('inverse_shape', s), sizeOf([...shape, ...event]));
  const sizes = sizesOf(size);
  const cut = sizes.length - base(me).sizes('event_shape').length;
  made.set('base_dist', base(me).call('expand', sizes.slice(0, cut)));
  made.set('transforms', me.get('transforms'));
  return expanded(me, made, shape, event);
}

const apply = (me: Self, x: Value): Value => steps(me).reduce<Value>((y, t) => me.interpreter.call(t.self, [y]), x);
const back = (me: Self, t: Self, y: Value): Value => me.interpreter.call(t.get('inv'), [y]);

/** Turns a probability round where the transforms fall. */
function monotone(me: Self, value: Quantity): Quantity {
  const sign = steps(me).reduce<Value>((s, t) => times(me, s, t.get('sign')), 1n);
  if (sign === 1n) return value;
  return typeof sign === 'bigint'
    ? value.sub(0.5).mul(Number(sign)).add(0.5)
    : value.sub(0.5).mul(tensorOf(sign, 'sign')).add(0.5);
}

const transformed = defineDistribution({
  name: 'TransformedDistribution',
  module: 'transformed_distribution',
  constants: { arg_constraints: UNCHECKED },
  init: [
    'base_distribution, transforms',
    (me, { base_distribution, transforms, validate_args }) =>
      beginTransformed(me, base_distribution, transforms, validate_args),
  ],
  properties: {
    support: (me) => {
      const all = steps(me);
      if (all.length === 0) return base(me).get('support');
      const support = all[all.length - 1].its('codomain');
      const missing = me.sizes('event_shape').length - support.whole('event_dim');
      return missing > 0 ? over(support.self, missing) : support.self;
    },
    has_rsample: (me) => base(me).get('has_rsample'),
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) =>
      expandTransformed(me, fresh(me, transformed, _instance), batch_shape),
    'sample(sample_shape=None)': (me, { sample_shape }) =>
      noGrad(() => apply(me, base(me).call('sample', sampleShape(sample_shape)))),
    'rsample(sample_shape=None)': (me, { sample_shape }) =>
      apply(me, base(me).call('rsample', sampleShape(sample_shape))),
    'log_prob(value)': (me, { value }) => {
      validateSample(me, value);
      let dims = me.sizes('event_shape').length;
      let total: Quantity | undefined;
      let y: Value = value;
      for (const t of steps(me).reverse()) {
        const x: Value = back(me, t, y);
        dims += depth(t, 'domain') - depth(t, 'codomain');
        const term = sumRightmost(t.callQ('log_abs_det_jacobian', x, y), dims - depth(t, 'domain')).neg();
        total = total === undefined ? term : total.add(term);
        y = x;
      }
      const rest = sumRightmost(base(me).callQ('log_prob', y), dims - base(me).sizes('event_shape').length);
      return total === undefined ? rest : total.add(rest);
    },
    'cdf(value)': (me, { value }) => {
      const x = steps(me).reduceRight<Value>((y, t) => back(me, t, y), value);
      if (me.truth('_validate_args')) base(me).call('_validate_sample', x);
      return monotone(me, base(me).callQ('cdf', x));
    },
    'icdf(value)': (me, { value }) => apply(me, base(me).call('icdf', monotone(me, tensorOf(value, 'value')))),
  },
});
export const transformedClass = transformed;

const mixed = (me: Self): Self => me.its('_mixture_distribution');
const component = (me: Self): Self => me.its('_component_distribution');
const eventDims = (me: Self): number => me.whole('_event_ndims');
const pad = (me: Self, x: Quantity): Quantity => x.unsqueeze(-1 - eventDims(me));

/** The weights, with as many dimensions as the components' moments have. */
function weights(me: Self): Quantity {
  const probs = mixed(me).q('probs');
  const own = numelOf(mixed(me).sizes('batch_shape'));
  const missing = own === 1 ? 0 : Math.max(0, numelOf(me.sizes('batch_shape')) - own);
  const ones = (n: number): number[] => new Array<number>(Math.min(n, 64)).fill(1);
  return probs.reshape([
    ...probs.shape.slice(0, -1),
    ...ones(missing),
    ...probs.shape.slice(-1),
    ...ones(eventDims(me)),
  ]);
}

const mixture = defineDistribution({
  name: 'MixtureSameFamily',
  module: 'mixture_same_family',
  constants: { arg_constraints: UNCHECKED, has_rsample: false },
  init: [
    'mixture_distribution, component_distribution',
    (me, { mixture_distribution, component_distribution, validate_args }) => {
      if (!(mixture_distribution instanceof PyInstance) || !isSubclass(mixture_distribution.cls, categoricalClass))
        throw valueError(' The Mixture distribution needs to be an  instance of torch.distribtutions.Categorical');
      if (!(component_distribution instanceof PyInstance) || !isSubclass(component_distribution.cls, distribution))
        throw valueError('The Component distribution need to be an instance of torch.distributions.Distribution');
      me.set('_mixture_distribution', mixture_distribution);
      me.set('_component_distribution', component_distribution);
      const weightsShape = mixed(me).sizes('batch_shape');
      const all = component(me).sizes('batch_shape');
      const batch = all.slice(0, -1);
      for (let i = 1; i <= Math.min(weightsShape.length, batch.length); i++) {
        const [a, b] = [weightsShape.at(-i), batch.at(-i)];
        if (a !== 1 && b !== 1 && a !== b)
          throw valueError(
            `\`mixture_distribution.batch_shape\` (${me.repr(sizeOf(weightsShape))}) is not compatible with \`component_distribution.batch_shape\`(${me.repr(sizeOf(batch))})`,
          );
      }
      const count = mixed(me).q('logits').size(-1);
      if (all.length === 0) throw valueError('component_distribution needs a batch dimension');
      if (count !== all[all.length - 1])
        throw valueError(
          `\`mixture_distribution component\` (${count}) does not equal \`component_distribution.batch_shape[-1]\` (${all[all.length - 1]})`,
        );
      me.set('_num_component', BigInt(count));
      const event = component(me).sizes('event_shape');
      me.set('_event_ndims', BigInt(event.length));
      return begin(me, batch, event, validate_args);
    },
  ],
  properties: {
    support: (me) => component(me).get('support'),
    mixture_distribution: (me) => me.get('_mixture_distribution'),
    component_distribution: (me) => me.get('_component_distribution'),
    mean: (me) =>
      weights(me)
        .mul(component(me).q('mean'))
        .sum(-1 - eventDims(me)),
    variance: (me) => {
      const probs = weights(me);
      const dim = -1 - eventDims(me);
      const within = probs.mul(component(me).q('variance')).sum(dim);
      const between = probs
        .mul(
          component(me)
            .q('mean')
            .sub(pad(me, me.q('mean')))
            .pow(2),
        )
        .sum(dim);
      return within.add(between);
    },
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, mixture, _instance);
      const shape = sizesOf(batch_shape);
      made.set('_component_distribution', component(me).call('expand', [...shape, me.whole('_num_component')]));
      made.set('_mixture_distribution', mixed(me).call('expand', shape));
      made.set('_num_component', me.get('_num_component'));
      made.set('_event_ndims', me.get('_event_ndims'));
      return expanded(me, made, shape, component(made).sizes('event_shape'));
    },
    'cdf(x)': (me, { x }) =>
      component(me)
        .callQ('cdf', pad(me, tensorOf(x, 'x')))
        .mul(mixed(me).q('probs'))
        .sum(-1),
    'log_prob(x)': (me, { x }) => {
      validateSample(me, x);
      const log = component(me).callQ('log_prob', pad(me, tensorOf(x, 'x')));
      return log.add(mixed(me).q('logits').logSoftmax()).logsumexp();
    },
    'sample(sample_shape=None)': (me, { sample_shape }) =>
      noGrad(() => {
        const shape = sampleShape(sample_shape);
        const dim = sizesOf(shape).length + me.sizes('batch_shape').length;
        const event = me.sizes('event_shape');
        const picked = mixed(me).callQ('sample', shape);
        const samples = component(me).callQ('sample', shape);
        const index = picked
          .reshape([...picked.shape, ...new Array<number>(event.length + 1).fill(1)])
          .expand([...picked.shape, 1, ...event]);
        return samples.gather(dim, index).squeeze(dim);
      }),
    '__repr__()': (me) =>
      `MixtureSameFamily(\n  ${me.repr(me.get('_mixture_distribution'))},\n  ${me.repr(me.get('_component_distribution'))})`,
  },
});
export const mixtureClass = mixture;
