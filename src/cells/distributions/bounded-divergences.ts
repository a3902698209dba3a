import { continuousBernoulliClass } from './counts.ts';
import { gumbelClass, paretoClass } from './derived.ts';
import { continuous, EULER, gammaNorm, INFINITY, infinite, rows, TWO_PI, unitary } from './divergence-parts.ts';
import type { Row } from './divergences.ts';
import { gammaClass } from './gamma.ts';
import { normalClass, uniformClass } from './location-scale.ts';
import { exponentialClass } from './positive.ts';
import { betaClass } from './simplex.ts';

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

export const NOT_NEGATIVE: readonly Row[] = [...BETA, ...CONTINUOUS, ...EXPONENTIAL, ...GAMMA];
