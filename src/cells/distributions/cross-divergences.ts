import { NOT_NEGATIVE } from './bounded-divergences.ts';
import { bernoulliClass, binomialClass, continuousBernoulliClass } from './counts.ts';
import { gumbelClass, paretoClass } from './derived.ts';
import { continuous, EULER, gammaNorm, INFINITY, infinite, rows, TWO_PI, width, xLogX } from './divergence-parts.ts';
import type { Row } from './divergences.ts';
import { gammaClass } from './gamma.ts';
import { laplaceClass, normalClass, uniformClass } from './location-scale.ts';
import { exponentialClass, poissonClass } from './positive.ts';
import { betaClass } from './simplex.ts';

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
  ...NOT_NEGATIVE,
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
