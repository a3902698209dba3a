import { PyList, type Value } from '../runtime/values.ts';
import { asTensor } from '../torch/construct.ts';
import { ConstantDict, type Out, type Self, sizesOf, tensorOf } from './classes.ts';
import { beginTransformed, expandTransformed, transformedClass } from './composed.ts';
import { AT_LEAST, NONNEGATIVE, POSITIVE, REAL, SIMPLEX, UNIT_INTERVAL } from './constraints.ts';
import { type DistributionSpec, defineDistribution, expanded, extended, fresh, sampleShape } from './distribution.ts';
import { cauchyClass, checkedValue, normalClass, pair, uniformClass } from './location-scale.ts';
import { exponentialClass } from './positive.ts';
import type { Quantity } from './quantity.ts';
import { absClass, affineClass, expClass, powerClass, stickBreakingClass } from './transform-kinds.ts';

const EULER = 0.5772156649015329;
const base = (me: Self): Self => me.its('base_dist');
const ofBase =
  (name: string) =>
  (me: Self): Out =>
    base(me).get(name);

/** One whose `expand` expands, besides its base, some tensors of its own. */
export function defineDerived(spec: DistributionSpec): ReturnType<typeof defineDistribution> {
  const { expands = [], methods, ...rest } = spec;
  const cls: ReturnType<typeof defineDistribution> = defineDistribution({
    ...rest,
    base: transformedClass,
    methods: {
      'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
        const made = fresh(me, cls, _instance);
        const shape = sizesOf(batch_shape);
        for (const name of expands) made.set(name, me.q(name).expand(shape));
        return expandTransformed(me, made, batch_shape);
      },
      ...methods,
    },
  });
  return cls;
}

const LOC_SCALE = new ConstantDict({ loc: REAL, scale: POSITIVE });
const SCALE = new ConstantDict({ scale: POSITIVE });

export const logNormalClass = defineDerived({
  name: 'LogNormal',
  module: 'log_normal',
  constants: { arg_constraints: LOC_SCALE, support: POSITIVE, has_rsample: true },
  init: [
    'loc, scale',
    (me, { loc, scale, validate_args }) =>
      beginTransformed(me, me.make(normalClass, [loc, scale], { validate_args }), me.make(expClass, []), validate_args),
  ],
  properties: {
    loc: ofBase('loc'),
    scale: ofBase('scale'),
    mean: (me) => me.q('loc').add(me.q('scale').pow(2).div(2)).exp(),
    mode: (me) => me.q('loc').sub(me.q('scale').square()).exp(),
    variance: (me) => {
      const square = me.q('scale').pow(2);
      return square.exp().sub(1).mul(me.q('loc').mul(2).add(square).exp());
    },
  },
  methods: { 'entropy()': (me) => base(me).callQ('entropy').add(me.q('loc')) },
});

export const logisticNormalClass = defineDerived({
  name: 'LogisticNormal',
  module: 'logistic_normal',
  constants: { arg_constraints: LOC_SCALE, support: SIMPLEX, has_rsample: true },
  init: [
    'loc, scale',
    (me, { loc, scale, validate_args }) => {
      let inner: Value = me.make(normalClass, [loc, scale], { validate_args });
      if (me.other(inner).sizes('batch_shape').length === 0) inner = me.other(inner).call('expand', [1]);
      return beginTransformed(me, inner, me.make(stickBreakingClass, []), validate_args);
    },
  ],
  properties: {
    loc: (me) => base(me).its('base_dist').get('loc'),
    scale: (me) => base(me).its('base_dist').get('scale'),
  },
});

/** A distribution that is symmetric about zero, folded there. */
function folded(
  name: string,
  module: string,
  inner: typeof normalClass,
  properties: DistributionSpec['properties'],
): typeof normalClass {
  return defineDerived({
    name,
    module,
    constants: { arg_constraints: SCALE, support: NONNEGATIVE, has_rsample: true },
    init: [
      'scale',
      (me, { scale, validate_args }) =>
        beginTransformed(
          me,
          me.make(inner, [0n, scale], { validate_args: false }),
          me.make(absClass, []),
          validate_args,
        ),
    ],
    properties: { scale: ofBase('scale'), mode: (me) => me.q('scale').zeros(), ...properties },
    methods: {
      'log_prob(value)': (me, { value }) => {
        const x = checkedValue(me, asTensor(value, me.q('scale').dtype));
        const log = base(me).callQ('log_prob', x).add(Math.log(2));
        return x.ge(0).choose(log, Number.NEGATIVE_INFINITY);
      },
      'cdf(value)': (me, { value }) => base(me).callQ('cdf', checkedValue(me, value)).mul(2).sub(1),
      'icdf(prob)': (me, { prob }) => base(me).call('icdf', tensorOf(prob, 'prob').add(1).div(2)),
      'entropy()': (me) => base(me).callQ('entropy').sub(Math.log(2)),
    },
  });
}

export const halfNormalClass = folded('HalfNormal', 'half_normal', normalClass, {
  mean: (me) => me.q('scale').mul(Math.sqrt(2 / Math.PI)),
  variance: (me) =>
    me
      .q('scale')
      .pow(2)
      .mul(1 - 2 / Math.PI),
});

export const halfCauchyClass = folded('HalfCauchy', 'half_cauchy', cauchyClass, {
  mean: (me) => me.q('scale').full(extended(me, sampleShape(null)), Number.POSITIVE_INFINITY),
  variance: ofBase('variance'),
});

export const gumbelClass = defineDerived({
  name: 'Gumbel',
  module: 'gumbel',
  constants: { arg_constraints: LOC_SCALE, support: REAL },
  expands: ['loc', 'scale'],
  init: [
    'loc, scale',
    (me, args) => {
      pair(me, 'loc', 'scale', args);
      const [place, scale] = [me.q('loc'), me.q('scale')];
      const inner = me.make(uniformClass, [place.like(place.tiny), place.like(1 - place.eps)]);
      const logarithm = (): Value => me.other(me.make(expClass, [])).get('inv');
      const steps = new PyList([
        logarithm(),
        me.make(affineClass, [], { loc: 0n, scale: scale.ones().neg() }),
        logarithm(),
        me.make(affineClass, [], { loc: args.loc, scale: scale.neg() }),
      ]);
      return beginTransformed(me, inner, steps, args.validate_args);
    },
  ],
  properties: {
    mean: (me) => me.q('loc').add(me.q('scale').mul(EULER)),
    mode: (me) => me.get('loc'),
    stddev: (me) => me.q('scale').mul(Math.PI / Math.sqrt(6)),
    variance: (me) => me.q('stddev').pow(2),
  },
  methods: {
    'log_prob(value)': (me, { value }) => {
      const x = checkedValue(me, value);
      const y = me.q('loc').sub(x).div(me.q('scale'));
      return y.sub(y.exp()).sub(me.q('scale').log());
    },
    'entropy()': (me) =>
      me
        .q('scale')
        .log()
        .add(1 + EULER),
  },
});

const powers = (me: Self, exponent: Quantity, scale: Quantity): Value =>
  new PyList([me.make(powerClass, [], { exponent }), me.make(affineClass, [], { loc: 0n, scale })]);

export const weibullClass: ReturnType<typeof defineDistribution> = defineDerived({
  name: 'Weibull',
  module: 'weibull',
  constants: { arg_constraints: new ConstantDict({ scale: POSITIVE, concentration: POSITIVE }), support: POSITIVE },
  init: [
    'scale, concentration',
    (me, args) => {
      pair(me, 'scale', 'concentration', args);
      const scale = me.q('scale');
      const inverse = me.q('concentration').reciprocal();
      me.set('concentration_reciprocal', inverse);
      const inner = me.make(exponentialClass, [scale.ones()], { validate_args: args.validate_args });
      return beginTransformed(me, inner, powers(me, inverse, scale), args.validate_args);
    },
  ],
  properties: {
    mean: (me) => me.q('scale').mul(me.q('concentration_reciprocal').add(1).lgamma().exp()),
    mode: (me) => {
      const k = me.q('concentration');
      return me.q('scale').mul(k.sub(1).div(k).pow(k.reciprocal()));
    },
    variance: (me) => {
      const r = me.q('concentration_reciprocal');
      const square = r.mul(2).add(1).lgamma().exp();
      return me
        .q('scale')
        .pow(2)
        .mul(square.sub(r.add(1).lgamma().mul(2).exp()));
    },
  },
  methods: {
    'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
      const made = fresh(me, weibullClass, _instance);
      const shape = sizesOf(batch_shape);
      for (const name of ['scale', 'concentration']) made.set(name, me.q(name).expand(shape));
      const inverse = made.q('concentration').reciprocal();
      made.set('concentration_reciprocal', inverse);
      made.set('base_dist', base(me).call('expand', shape));
      made.set('transforms', powers(me, inverse, made.q('scale')));
      return expanded(me, made, shape);
    },
    'entropy()': (me) => {
      const r = me.q('concentration_reciprocal');
      return r.from(1).mul(EULER).add(me.q('scale').mul(r).log()).add(1);
    },
  },
});

export const paretoClass = defineDerived({
  name: 'Pareto',
  module: 'pareto',
  constants: { arg_constraints: new ConstantDict({ alpha: POSITIVE, scale: POSITIVE }) },
  expands: ['scale', 'alpha'],
  init: [
    'scale, alpha',
    (me, args) => {
      pair(me, 'scale', 'alpha', args);
      const inner = me.make(exponentialClass, [me.q('alpha')], { validate_args: args.validate_args });
      const steps = new PyList([me.make(expClass, []), me.make(affineClass, [], { loc: 0n, scale: me.q('scale') })]);
      return beginTransformed(me, inner, steps, args.validate_args);
    },
  ],
  properties: {
    support: (me) => AT_LEAST(me.get('scale')),
    mean: (me) => {
      const a = me.q('alpha').clamp(1);
      return a.mul(me.q('scale')).div(a.sub(1));
    },
    mode: (me) => me.get('scale'),
    variance: (me) => {
      const a = me.q('alpha').clamp(2);
      return me
        .q('scale')
        .pow(2)
        .mul(a)
        .div(a.sub(1).pow(2).mul(a.sub(2)));
    },
  },
  methods: {
    'entropy()': (me) => me.q('scale').div(me.q('alpha')).log().add(me.q('alpha').reciprocal().add(1)),
  },
});

/** The moment of order `n`. */
const moment = (me: Self, n: number): Quantity => {
  const [a, b] = [me.q('concentration1'), me.q('concentration0')];
  const first = a.under(n).add(1);
  return b.mul(first.lgamma().add(b.lgamma()).sub(first.add(b).lgamma()).exp());
};

export const kumaraswamyClass = defineDerived({
  name: 'Kumaraswamy',
  module: 'kumaraswamy',
  constants: {
    arg_constraints: new ConstantDict({ concentration1: POSITIVE, concentration0: POSITIVE }),
    support: UNIT_INTERVAL,
    has_rsample: true,
  },
  expands: ['concentration1', 'concentration0'],
  init: [
    'concentration1, concentration0',
    (me, args) => {
      pair(me, 'concentration1', 'concentration0', args);
      const [a, b] = [me.q('concentration1'), me.q('concentration0')];
      const inner = me.make(uniformClass, [b.like(0), b.like(1)], { validate_args: args.validate_args });
      const steps = new PyList([
        me.make(powerClass, [], { exponent: b.reciprocal() }),
        me.make(affineClass, [], { loc: 1, scale: -1 }),
        me.make(powerClass, [], { exponent: a.reciprocal() }),
      ]);
      return beginTransformed(me, inner, steps, args.validate_args);
    },
  ],
  properties: {
    mean: (me) => moment(me, 1),
    mode: (me) => {
      const [a, b] = [me.q('concentration1'), me.q('concentration0')];
      const log = b.reciprocal().mul(b.neg().log1p()).sub(b.neg().mul(a).log1p());
      return log.fill(b.lt(1).or(a.lt(1)), Number.NaN).exp();
    },
    variance: (me) => moment(me, 2).sub(me.q('mean').pow(2)),
  },
  methods: {
    'entropy()': (me) => {
      const [a, b] = [me.q('concentration1'), me.q('concentration0')];
      const harmonic = b.add(1).digamma().add(EULER);
      return b.reciprocal().from(1).add(a.reciprocal().from(1).mul(harmonic)).sub(a.log()).sub(b.log());
    },
  },
});
