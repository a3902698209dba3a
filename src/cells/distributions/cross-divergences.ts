/** Divergences from a distribution of one kind to one of another. */
import type { PyClass } from '../runtime/values.ts';
import type { Self } from './classes.ts';
import { bernoulliClass, binomialClass, continuousBernoulliClass, continuousLogNorm } from './counts.ts';
import { gumbelClass, paretoClass } from './derived.ts';
import type { Divergence, Row } from './divergences.ts';
import { gammaClass } from './gamma.ts';
import { laplaceClass, normalClass, uniformClass } from './location-scale.ts';
import { exponentialClass, poissonClass } from './positive.ts';
import type { Quantity } from './quantity.ts';
import { betaClass } from './simplex.ts';

const EULER = 0.5772156649015329;
const INFINITY = Number.POSITIVE_INFINITY;
const TWO_PI = 2 * Math.PI;

const xLogX = (x: Quantity): Quantity => x.mul(x.log());
/** `infinite(name)`: of the shape of a parameter of the first. */
const infinite =
  (name: string): Divergence =>
  (p) =>
    p.q(name).like(INFINITY);

/** What the support of the second leaves out. */
const rows = (p: PyClass, others: readonly PyClass[], of: Divergence): Row[] => others.map((q): Row => [p, q, of]);

const width = (p: Self): Quantity => p.q('high').sub(p.q('low'));
const unitary: Divergence = (p, q) =>
  p
    .callQ('entropy')
    .neg()
    .add(q.q('low').neg().add(q.q('high')).log());
/** ln Γ(a) − a ln r */
const gammaNorm = (q: Self): Quantity =>
  q
    .q('concentration')
    .lgamma()
    .sub(q.q('concentration').mul(q.q('rate').log()));
const continuous: Divergence = (p, q) =>
  p
    .callQ('entropy')
    .neg()
    .sub(p.q('mean').mul(q.q('logits')))
    .sub(q.q('probs').neg().log1p())
    .sub(continuousLogNorm(q));

const BETA: Row[] = [
  [betaClass, continuousBernoulliClass, continuous],
  [betaClass, paretoClass, infinite('concentration1')],
  [
    betaClass,
    exponentialClass,
    (p, q) =>
      p
        .callQ('entropy')
        .neg()
        .sub(q.q('rate').log())
        .add(q.q('rate').mul(p.q('mean'))),
  ],
  [
    betaClass,
    gammaClass,
    (p, q) => {
      const a = p.q('concentration1');
      const digammas = a.digamma().sub(a.add(p.q('concentration0')).digamma());
      return p
        .callQ('entropy')
        .neg()
        .add(gammaNorm(q))
        .sub(q.q('concentration').sub(1).mul(digammas))
        .add(q.q('rate').mul(p.q('mean')));
    },
  ],
  [
    betaClass,
    normalClass,
    (p, q) => {
      const mean = p.q('mean');
      const variance = q.q('scale').pow(2);
      const second = p.q('variance').add(mean.pow(2)).mul(0.5);
      const rest = second.sub(q.q('loc').mul(mean)).add(q.q('loc').pow(2).mul(0.5));
      return p.callQ('entropy').neg().add(variance.mul(TWO_PI).log().mul(0.5)).add(rest.div(variance));
    },
  ],
  [
    betaClass,
    uniformClass,
    (p, q, again) => unitary(p, q, again).fill(q.q('low').gt(0).or(q.q('high').lt(1)), INFINITY),
  ],
];

const CONTINUOUS: Row[] = [
  [continuousBernoulliClass, paretoClass, infinite('probs')],
  [
    continuousBernoulliClass,
    exponentialClass,
    (p, q) =>
      p
        .callQ('entropy')
        .neg()
        .sub(q.q('rate').log())
        .add(q.q('rate').mul(p.q('mean'))),
  ],
  [
    continuousBernoulliClass,
    normalClass,
    (p, q) => {
      const [place, scale, mean] = [q.q('loc'), q.q('scale'), p.q('mean')];
      const t2 = place.div(scale).square().add(Math.log(TWO_PI)).mul(0.5).add(scale.log());
      const t3 = p.q('variance').add(mean.square()).sub(place.mul(2).mul(mean)).div(scale.square().mul(2));
      return p.callQ('entropy').neg().add(t2).add(t3);
    },
  ],
  [
    continuousBernoulliClass,
    uniformClass,
    (p, q, again) => unitary(p, q, again).fill(q.q('low').ge(0).or(q.q('high').le(1)), INFINITY),
  ],
];

const EXPONENTIAL: Row[] = [
  ...rows(exponentialClass, [betaClass, continuousBernoulliClass, paretoClass, uniformClass], infinite('rate')),
  [
    exponentialClass,
    gammaClass,
    (p, q) => {
      const ratio = q.q('rate').div(p.q('rate'));
      const k = q.q('concentration');
      return k
        .neg()
        .mul(ratio.log())
        .add(ratio)
        .add(k.lgamma())
        .add(k.mul(EULER))
        .sub(1 + EULER);
    },
  ],
  [
    exponentialClass,
    gumbelClass,
    (p, q) => {
      const product = p.q('rate').mul(q.q('scale'));
      const ratio = q.q('loc').div(q.q('scale'));
      const t2 = ratio.exp().mul(product).div(product.add(1));
      return product.log().sub(1).sub(ratio).add(t2).add(product.reciprocal());
    },
  ],
  [
    exponentialClass,
    normalClass,
    (p, q) => {
      const variance = q.q('scale').pow(2);
      const square = p.q('rate').pow(2);
      const rest = square
        .reciprocal()
        .sub(q.q('loc').div(p.q('rate')))
        .add(q.q('loc').pow(2).mul(0.5));
      return square.mul(variance).mul(TWO_PI).log().mul(0.5).sub(1).add(rest.div(variance));
    },
  ],
];

const GAMMA: Row[] = [
  ...rows(gammaClass, [betaClass, continuousBernoulliClass, paretoClass, uniformClass], infinite('concentration')),
  [
    gammaClass,
    exponentialClass,
    (p, q) =>
      p
        .callQ('entropy')
        .neg()
        .sub(q.q('rate').log())
        .add(q.q('rate').mul(p.q('concentration')).div(p.q('rate'))),
  ],
  [
    gammaClass,
    gumbelClass,
    (p, q) => {
      const k = p.q('concentration');
      const product = p.q('rate').mul(q.q('scale'));
      const ratio = q.q('loc').div(q.q('scale'));
      const t1 = k.sub(1).mul(k.digamma()).sub(k.lgamma()).sub(k);
      const t2 = product.log().add(k.div(product));
      const t3 = ratio.exp().mul(product.reciprocal().add(1).pow(k.neg())).sub(ratio);
      return t1.add(t2).add(t3);
    },
  ],
  [
    gammaClass,
    normalClass,
    (p, q) => {
      const k = p.q('concentration');
      const variance = q.q('scale').pow(2);
      const square = p.q('rate').pow(2);
      const t1 = square.mul(variance).mul(TWO_PI).log().mul(0.5).sub(k).sub(k.lgamma());
      const t2 = k.pow(2).add(k).mul(0.5).div(square);
      const t3 = q.q('loc').mul(k).div(p.q('rate'));
      const t4 = q.q('loc').pow(2).mul(0.5);
      return t1.add(k.sub(1).mul(k.digamma())).add(t2.sub(t3).add(t4).div(variance));
    },
  ],
];

const BOUNDED = [betaClass, continuousBernoulliClass, exponentialClass, gammaClass, paretoClass, uniformClass];

const REAL_LINE: Row[] = [
  ...rows(gumbelClass, BOUNDED, infinite('loc')),
  ...rows(laplaceClass, BOUNDED, infinite('loc')),
  ...rows(normalClass, BOUNDED, infinite('loc')),
  [
    gumbelClass,
    normalClass,
    (p, q) => {
      const ratio = p.q('scale').div(q.q('scale'));
      const moved = p.q('loc').add(p.q('scale').mul(EULER)).sub(q.q('loc')).div(q.q('scale'));
      return ratio
        .div(Math.sqrt(TWO_PI))
        .log()
        .neg()
        .add(
          ratio
            .mul(Math.PI * 0.5)
            .pow(2)
            .div(3),
        )
        .add(moved.pow(2).mul(0.5))
        .sub(EULER + 1);
    },
  ],
  [
    laplaceClass,
    normalClass,
    (p, q) => {
      const variance = q.q('scale').pow(2);
      const ratio = p.q('scale').pow(2).div(variance);
      const [a, b] = [p.q('loc'), q.q('loc')];
      const rest = a.pow(2).mul(0.5).sub(a.mul(b)).add(b.pow(2).mul(0.5));
      return ratio
        .mul(2 / Math.PI)
        .log()
        .mul(-0.5)
        .add(ratio)
        .add(rest.div(variance))
        .sub(1);
    },
  ],
  [
    normalClass,
    gumbelClass,
    (p, q) => {
      const mean = p.q('loc').div(q.q('scale'));
      const place = q.q('loc').div(q.q('scale'));
      const square = p.q('scale').div(q.q('scale')).pow(2);
      return square
        .log()
        .mul(-0.5)
        .add(mean.sub(place))
        .add(square.mul(0.5).sub(mean).add(place).exp())
        .sub(0.5 * (1 + Math.log(TWO_PI)));
    },
  ],
  [
    normalClass,
    laplaceClass,
    (p, q) => {
      const far = p.q('loc').sub(q.q('loc'));
      const ratio = p.q('scale').div(q.q('scale'));
      const scaled = far.div(p.q('scale'));
      const t2 = p
        .q('scale')
        .mul(Math.sqrt(2 / Math.PI))
        .mul(scaled.pow(2).mul(-0.5).exp());
      const t3 = far.mul(scaled.mul(Math.SQRT1_2).erf());
      return ratio
        .log()
        .neg()
        .add(t2.add(t3).div(q.q('scale')))
        .sub(0.5 * (1 + Math.log(0.5 * Math.PI)));
    },
  ],
];

const PARETO: Row[] = [
  ...rows(paretoClass, [betaClass, continuousBernoulliClass, uniformClass], infinite('scale')),
  [
    paretoClass,
    exponentialClass,
    (p, q) => {
      const a = p.q('alpha');
      const product = p.q('scale').mul(q.q('rate'));
      const t3 = a.mul(product).div(a.sub(1));
      return a.div(product).log().sub(a.reciprocal()).add(t3).sub(1).fill(a.le(1), INFINITY);
    },
  ],
  [
    paretoClass,
    gammaClass,
    (p, q) => {
      const a = p.q('alpha');
      const common = p.q('scale').log().add(a.reciprocal());
      return a
        .log()
        .sub(common)
        .add(gammaNorm(q))
        .add(q.q('concentration').from(1).mul(common))
        .add(q.q('rate').mul(a).mul(p.q('scale')).div(a.sub(1)))
        .sub(1)
        .fill(a.le(1), INFINITY);
    },
  ],
  [
    paretoClass,
    normalClass,
    (p, q) => {
      const a = p.q('alpha');
      const variance = q.q('scale').pow(2).mul(2);
      const common = p.q('scale').div(a.sub(1));
      const t1 = q.q('scale').mul(Math.sqrt(TWO_PI)).mul(a).div(p.q('scale')).log();
      const t3 = a.mul(common.pow(2)).div(a.sub(2));
      const t4 = a.mul(common).sub(q.q('loc')).pow(2);
      return t1.sub(a.reciprocal()).add(t3.add(t4).div(variance)).sub(1).fill(a.le(2), INFINITY);
    },
  ],
];

const UNIFORM: Row[] = [
  [
    uniformClass,
    betaClass,
    (p, q) => {
      const common = width(p);
      const [high, low] = [p.q('high'), p.q('low')];
      const [a, b] = [q.q('concentration1'), q.q('concentration0')];
      const t2 = a
        .sub(1)
        .mul(xLogX(high).sub(xLogX(low)).sub(common))
        .div(common);
      const t3 = b
        .sub(1)
        .mul(
          xLogX(high.from(1))
            .sub(xLogX(low.from(1)))
            .add(common),
        )
        .div(common);
      const t4 = a.lgamma().add(b.lgamma()).sub(a.add(b).lgamma());
      return t3
        .add(t4)
        .sub(common.log())
        .sub(t2)
        .fill(high.gt(1).or(low.lt(0)), INFINITY);
    },
  ],
  [
    uniformClass,
    continuousBernoulliClass,
    (p, q, again) => continuous(p, q, again).fill(p.q('high').ge(1).or(p.q('low').le(0)), INFINITY),
  ],
  [
    uniformClass,
    exponentialClass,
    (p, q) => {
      const rate = q.q('rate');
      const result = rate
        .mul(p.q('high').add(p.q('low')))
        .div(2)
        .sub(width(p).mul(rate).log());
      return result.fill(p.q('low').lt(0), INFINITY);
    },
  ],
  [
    uniformClass,
    gammaClass,
    (p, q) => {
      const common = width(p);
      const logs = xLogX(p.q('high'))
        .sub(xLogX(p.q('low')))
        .sub(common)
        .div(common);
      const t4 = q
        .q('rate')
        .mul(p.q('high').add(p.q('low')))
        .div(2);
      const result = common.log().neg().add(gammaNorm(q)).add(q.q('concentration').from(1).mul(logs)).add(t4);
      return result.fill(p.q('low').lt(0), INFINITY);
    },
  ],
  [
    uniformClass,
    gumbelClass,
    (p, q) => {
      const common = q.q('scale').div(width(p));
      const high = p.q('high').sub(q.q('loc')).div(q.q('scale'));
      const low = p.q('low').sub(q.q('loc')).div(q.q('scale'));
      return common
        .log()
        .add(high.add(low).mul(0.5))
        .sub(common.mul(high.neg().exp().sub(low.neg().exp())));
    },
  ],
  [
    uniformClass,
    normalClass,
    (p, q) => {
      const common = width(p);
      const t3 = p.q('high').add(p.q('low')).sub(q.q('loc').mul(2)).div(2).pow(2);
      const t1 = q.q('scale').mul(Math.sqrt(TWO_PI)).div(common).log();
      return t1.add(common.pow(2).div(12).add(t3).mul(0.5).div(q.q('scale').pow(2)));
    },
  ],
  [
    uniformClass,
    paretoClass,
    (p, q) => {
      const common = width(p);
      const a = q.q('alpha');
      const t1 = a.mul(q.q('scale').pow(a)).mul(common).log();
      const t2 = xLogX(p.q('high'))
        .sub(xLogX(p.q('low')))
        .sub(common)
        .div(common);
      return t2
        .mul(a.add(1))
        .sub(t1)
        .fill(p.q('low').lt(q.q('scale')), INFINITY);
    },
  ],
];

export const CROSSED: readonly Row[] = [
  ...BETA,
  ...CONTINUOUS,
  ...EXPONENTIAL,
  ...GAMMA,
  ...REAL_LINE,
  ...PARETO,
  ...UNIFORM,
  [
    bernoulliClass,
    poissonClass,
    (p, q) =>
      p
        .callQ('entropy')
        .neg()
        .sub(p.q('probs').mul(q.q('rate').log()).sub(q.q('rate'))),
  ],
  [poissonClass, bernoulliClass, infinite('rate')],
  [poissonClass, binomialClass, infinite('rate')],
];
