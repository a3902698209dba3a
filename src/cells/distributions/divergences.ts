/** Divergences between two distributions of one kind. */

import { valueError } from '../runtime/errors.ts';
import type { PyClass, Value } from '../runtime/values.ts';
import { categoricalClass, oneHotClass } from './categorical.ts';
import { notImplemented, type Self } from './classes.ts';
import { independentClass, transformedClass } from './composed.ts';
import {
  bernoulliClass,
  binomialClass,
  continuousBernoulliClass,
  continuousLogNorm,
  geometricClass,
} from './counts.ts';
import { gumbelClass, halfNormalClass, paretoClass } from './derived.ts';
import { exponentialFamily, naturalParams, normalized } from './distribution.ts';
import { gammaClass } from './gamma.ts';
import { cauchyClass, laplaceClass, normalClass, uniformClass } from './location-scale.ts';
import {
  factorOf,
  logDeterminant,
  lowRank,
  lowRankClass,
  lowRankLogDeterminant,
  lowRankMahalanobis,
  mahalanobis,
  multivariateClass,
} from './multivariate.ts';
import { exponentialClass, poissonClass } from './positive.ts';
import { type Quantity, sumRightmost } from './quantity.ts';
import { betaClass, dirichletClass } from './simplex.ts';
import { sameTransforms, transformsOf } from './transforms.ts';

export type Divergence = (p: Self, q: Self, again: (p: Value, q: Value) => Quantity) => Quantity;
export type Row = readonly [p: PyClass, q: PyClass, of: Divergence];

const EULER = 0.5772156649015329;
const INFINITY = Number.POSITIVE_INFINITY;

const normals: Divergence = (p, q) => {
  const ratio = p.q('scale').div(q.q('scale')).pow(2);
  const moved = p.q('loc').sub(q.q('loc')).div(q.q('scale')).pow(2);
  return ratio.add(moved).sub(1).sub(ratio.log()).mul(0.5);
};

const choices: Divergence = (p, q) => {
  const terms = p.q('probs').mul(p.q('logits').sub(q.q('logits')));
  return terms.fill(q.q('probs').eq(0), INFINITY).fill(p.q('probs').eq(0), 0).sum(-1);
};

/** The trace of a matrix times its transpose. */
const trace = (x: Quantity): Quantity => x.square().sum([-2, -1]);
const solve = (factor: Quantity, x: Quantity): Quantity => {
  const [a, b] = [factor.shape.slice(0, -2), x.shape.slice(0, -2)];
  if (a.length === 0 && b.length === 0) return factor.solve(x);
  const wide = factor.select(-1, 0).select(-1, 0).mul(x.select(-1, 0).select(-1, 0)).shape;
  return factor.expand([...wide, ...factor.shape.slice(-2)]).solve(x.expand([...wide, ...x.shape.slice(-2)]));
};

function sameEvents(p: Self, q: Self, what: string): number {
  const [a, b] = [p.sizes('event_shape'), q.sizes('event_shape')];
  if (a.length !== b.length || a.some((size, i) => size !== b[i]))
    throw valueError(
      `KL-divergence between two ${what} with                          different event shapes cannot be computed`,
    );
  return a[0];
}

/** What a low-rank covariance takes from the trace of another one's factor. */
const absorbed = (q: Self): { a: Quantity; d: Quantity } => {
  const { w, d, factor } = lowRank(q);
  return { a: solve(factor, w.mT.div(d.unsqueeze(-2))), d };
};

export const SAME: readonly Row[] = [
  [
    bernoulliClass,
    bernoulliClass,
    (p, q) => {
      const [a, b] = [p.q('probs'), q.q('probs')];
      const [x, y] = [p.q('logits'), q.q('logits')];
      const yes = a.mul(y.neg().softplus().sub(x.neg().softplus()));
      const no = a.from(1).mul(y.softplus().sub(x.softplus()));
      return yes
        .fill(b.eq(0), INFINITY)
        .fill(a.eq(0), 0)
        .add(no.fill(b.eq(1), INFINITY).fill(a.eq(1), 0));
    },
  ],
  [
    betaClass,
    betaClass,
    (p, q) => {
      const [a, b] = [p.q('concentration1'), p.q('concentration0')];
      const [c, d] = [q.q('concentration1'), q.q('concentration0')];
      const [first, second] = [a.add(b), c.add(d)];
      const t1 = c.lgamma().add(d.lgamma()).add(first.lgamma());
      const t2 = a.lgamma().add(b.lgamma()).add(second.lgamma());
      return t1
        .sub(t2)
        .add(a.sub(c).mul(a.digamma()))
        .add(b.sub(d).mul(b.digamma()))
        .add(second.sub(first).mul(first.digamma()));
    },
  ],
  [
    binomialClass,
    binomialClass,
    (p, q) => {
      const [n, m] = [p.q('total_count'), q.q('total_count')];
      if (n.lt(m).some)
        throw notImplemented('KL between Binomials where q.total_count > p.total_count is not implemented');
      const [a, b] = [p.q('probs'), q.q('probs')];
      const one = a
        .mul(p.q('logits').sub(q.q('logits')))
        .add(a.neg().log1p())
        .sub(b.neg().log1p());
      return n.mul(one).fill(n.gt(m), INFINITY);
    },
  ],
  [categoricalClass, categoricalClass, choices],
  [
    continuousBernoulliClass,
    continuousBernoulliClass,
    (p, q) => {
      const t1 = p.q('mean').mul(p.q('logits').sub(q.q('logits')));
      const t2 = continuousLogNorm(p).add(p.q('probs').neg().log1p());
      return t1.add(t2).sub(continuousLogNorm(q)).sub(q.q('probs').neg().log1p());
    },
  ],
  [
    dirichletClass,
    dirichletClass,
    (p, q) => {
      const [a, b] = [p.q('concentration'), q.q('concentration')];
      const [first, second] = [a.sum(-1), b.sum(-1)];
      const t2 = a.lgamma().sub(b.lgamma()).sum(-1);
      const t4 = a.digamma().sub(first.digamma().unsqueeze(-1));
      return first.lgamma().sub(second.lgamma()).sub(t2).add(a.sub(b).mul(t4).sum(-1));
    },
  ],
  [
    exponentialClass,
    exponentialClass,
    (p, q) => {
      const ratio = q.q('rate').div(p.q('rate'));
      return ratio.log().neg().add(ratio).sub(1);
    },
  ],
  [
    exponentialFamily,
    exponentialFamily,
    (p, q) => {
      if (p.self.cls !== q.self.cls)
        throw notImplemented(
          'The cross KL-divergence between different exponential families cannot                             be computed using Bregman divergences',
        );
      const theirs = naturalParams(q);
      const { normalizer, params, slopes } = normalized(p);
      const dims = q.sizes('event_shape').length;
      return params.reduce(
        (sum, own, i) => sum.sub(sumRightmost(theirs[i].sub(own).mul(slopes[i]), dims)),
        q.callQ('_log_normalizer', ...theirs).sub(normalizer),
      );
    },
  ],
  [
    gammaClass,
    gammaClass,
    (p, q) => {
      const [a, b] = [p.q('concentration'), q.q('concentration')];
      const [r, s] = [p.q('rate'), q.q('rate')];
      return b
        .mul(r.div(s).log())
        .add(b.lgamma().sub(a.lgamma()))
        .add(a.sub(b).mul(a.digamma()))
        .add(s.sub(r).mul(a.div(r)));
    },
  ],
  [
    gumbelClass,
    gumbelClass,
    (p, q) => {
      const ratio = p.q('scale').div(q.q('scale'));
      const [b, a] = [q.q('loc').div(q.q('scale')), p.q('loc').div(q.q('scale'))];
      const t3 = b.add(ratio.add(1).lgamma()).sub(a).exp();
      return ratio
        .log()
        .neg()
        .sub(b)
        .add(a)
        .add(ratio.mul(EULER))
        .add(t3)
        .sub(1 + EULER);
    },
  ],
  [
    geometricClass,
    geometricClass,
    (p, q) =>
      p
        .callQ('entropy')
        .neg()
        .sub(q.q('probs').neg().log1p().div(p.q('probs')))
        .sub(q.q('logits')),
  ],
  [halfNormalClass, halfNormalClass, (p, q, again) => normals(p.its('base_dist'), q.its('base_dist'), again)],
  [
    laplaceClass,
    laplaceClass,
    (p, q) => {
      const ratio = p.q('scale').div(q.q('scale'));
      const far = p.q('loc').sub(q.q('loc')).abs();
      const t3 = ratio.mul(far.neg().div(p.q('scale')).exp());
      return ratio
        .log()
        .neg()
        .add(far.div(q.q('scale')))
        .add(t3)
        .sub(1);
    },
  ],
  [
    lowRankClass,
    lowRankClass,
    (p, q) => {
      const n = sameEvents(p, q, 'Low Rank Multivariate Normals');
      const [own, theirs] = [lowRank(p), lowRank(q)];
      const { a, d } = absorbed(q);
      const logs = lowRankLogDeterminant(theirs).sub(lowRankLogDeterminant(own));
      const distance = lowRankMahalanobis(theirs, q.q('loc').sub(p.q('loc')));
      const traces = own.d
        .div(d)
        .sum(-1)
        .add(trace(own.w.mul(d.rsqrt().unsqueeze(-1))))
        .sub(trace(a.mul(own.d.sqrt().unsqueeze(-2))))
        .sub(trace(a.matmul(own.w)));
      return logs.add(traces).add(distance).sub(n).mul(0.5);
    },
  ],
  [
    multivariateClass,
    lowRankClass,
    (p, q) => {
      const n = sameEvents(p, q, '(Low Rank) Multivariate Normals');
      const { a, d } = absorbed(q);
      const own = factorOf(p);
      const logs = lowRankLogDeterminant(lowRank(q)).sub(logDeterminant(own).mul(2));
      const distance = lowRankMahalanobis(lowRank(q), q.q('loc').sub(p.q('loc')));
      const traces = trace(own.mul(d.rsqrt().unsqueeze(-1))).sub(trace(a.matmul(own)));
      return logs.add(traces).add(distance).sub(n).mul(0.5);
    },
  ],
  [
    lowRankClass,
    multivariateClass,
    (p, q) => {
      const n = sameEvents(p, q, '(Low Rank) Multivariate Normals');
      const own = lowRank(p);
      const factor = factorOf(q);
      const logs = logDeterminant(factor).mul(2).sub(lowRankLogDeterminant(own));
      const distance = mahalanobis(factor, q.q('loc').sub(p.q('loc')));
      const traces = trace(solve(factor, own.w)).add(trace(solve(factor, own.d.sqrt().diagEmbed())));
      return logs.add(traces).add(distance).sub(n).mul(0.5);
    },
  ],
  [
    multivariateClass,
    multivariateClass,
    (p, q) => {
      const n = sameEvents(p, q, 'Multivariate Normals');
      const factor = factorOf(q);
      const logs = logDeterminant(factor).sub(logDeterminant(factorOf(p)));
      const distance = mahalanobis(factor, q.q('loc').sub(p.q('loc')));
      return logs.add(
        trace(solve(factor, factorOf(p)))
          .add(distance)
          .sub(n)
          .mul(0.5),
      );
    },
  ],
  [normalClass, normalClass, normals],
  [oneHotClass, oneHotClass, (p, q, again) => choices(p.its('_categorical'), q.its('_categorical'), again)],
  [
    paretoClass,
    paretoClass,
    (p, q) => {
      const ratio = p.q('scale').div(q.q('scale'));
      const shape = q.q('alpha').div(p.q('alpha'));
      const result = q.q('alpha').mul(ratio.log()).sub(shape.log()).add(shape).sub(1);
      return result.fill(p.q('scale').lt(q.q('scale')), INFINITY);
    },
  ],
  [
    poissonClass,
    poissonClass,
    (p, q) => {
      const [a, b] = [p.q('rate'), q.q('rate')];
      return a.mul(a.log().sub(b.log())).sub(a.sub(b));
    },
  ],
  [
    transformedClass,
    transformedClass,
    (p, q, again) => {
      if (!sameTransforms(transformsOf(p, 'transforms'), transformsOf(q, 'transforms'))) throw notImplemented();
      const [a, b] = [p.sizes('event_shape'), q.sizes('event_shape')];
      if (a.length !== b.length || a.some((size, i) => size !== b[i])) throw notImplemented();
      return again(p.get('base_dist'), q.get('base_dist'));
    },
  ],
  [
    uniformClass,
    uniformClass,
    (p, q) => {
      const result = q
        .q('high')
        .sub(q.q('low'))
        .div(p.q('high').sub(p.q('low')))
        .log();
      return result.fill(
        q
          .q('low')
          .gt(p.q('low'))
          .or(q.q('high').lt(p.q('high'))),
        INFINITY,
      );
    },
  ],
  [
    independentClass,
    independentClass,
    (p, q, again) => {
      const dims = p.whole('reinterpreted_batch_ndims');
      if (dims !== q.whole('reinterpreted_batch_ndims')) throw notImplemented();
      return sumRightmost(again(p.get('base_dist'), q.get('base_dist')), dims);
    },
  ],
  [
    cauchyClass,
    cauchyClass,
    (p, q) => {
      const [a, b] = [p.q('scale'), q.q('scale')];
      const both = a
        .add(b)
        .pow(2)
        .add(p.q('loc').sub(q.q('loc')).pow(2));
      return both.log().sub(a.mul(4).mul(b).log());
    },
  ],
];
