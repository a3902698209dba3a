/** Losses that are one op: the value of each element, then reduced. */
import type { GraphBuilder, Ref } from './builder.ts';
import type { Call, Rule } from './call.ts';
import { log1p } from './functions.ts';
import { oneHot } from './rules-indexing.ts';

/** The loss's values as its `reduction` asks for them. */
function reducedAs(b: GraphBuilder, call: Call, values: Ref): Ref {
  const reduction = call.attr<string | undefined>('reduction') ?? 'mean';
  if (reduction === 'none') return values;
  return b.reduce(reduction === 'sum' ? 'Sum' : 'Mean', values);
}

const pairwise =
  (body: (b: GraphBuilder, x: Ref, y: Ref, call: Call) => Ref): Rule =>
  (b, call) =>
    reducedAs(b, call, body(b, call.tensor('input', call.dtype), call.tensor('target', call.dtype), call));

const weighted = (b: GraphBuilder, call: Call, values: Ref): Ref => {
  const weight = call.maybe('weight');
  return weight === undefined ? values : b.mul(values, b.cast(weight, values.dtype));
};

/** Quadratic up to `bend`, and straight from there. */
function bent(b: GraphBuilder, distance: Ref, bend: number, scale: number): Ref {
  if (bend === 0) return distance;
  const near = b.mul(b.mul(distance, distance), 0.5 * scale);
  const far = b.mul(b.sub(distance, bend / 2), bend * scale);
  return b.where(b.less(distance, bend), near, far);
}

/** PyTorch holds logarithms above −100. */
const clippedLog = (b: GraphBuilder, x: Ref): Ref => b.max(b.log(x), -100);

const withLogits: Rule = (b, call) => {
  const [x, y] = [call.tensor('input', call.dtype), call.tensor('target', call.dtype)];
  const tail = log1p(b, b.exp(b.neg(b.abs(x))));
  const positive = call.maybe('posWeight');
  let values: Ref;
  if (positive === undefined) values = b.add(b.sub(b.max(x, 0), b.mul(x, y)), tail);
  else {
    // (1 − y) x + l (ln(1 + e^−|x|) + max(−x, 0)), with l = 1 + (p − 1) y
    const l = b.add(b.mul(b.sub(b.cast(positive, x.dtype), 1), y), 1);
    values = b.add(b.mul(b.sub(b.like(1, y), y), x), b.mul(l, b.add(tail, b.max(b.neg(x), 0))));
  }
  return reducedAs(b, call, weighted(b, call, values));
};

interface Classes {
  /** The dimension of classes, and their number. */
  readonly axis: number;
  readonly count: number;
  /** The classes of all examples, 0 where they are ignored; whether they count; their weights, 0 where they do not. */
  readonly target: Ref;
  readonly valid: Ref;
  readonly weight: Ref;
}

function classesOf(b: GraphBuilder, call: Call, input: Ref): Classes {
  const axis = input.rank === 1 ? 0 : 1;
  const given = call.tensor('target', 'int64');
  const valid = b.not(b.equal(given, call.number('ignoreIndex', -100)));
  const target = b.where(valid, given, b.scalar(0, 'int64'));
  const weights = call.maybe('weight');
  const dtype = call.dtype;
  const own = weights === undefined ? b.scalar(1, dtype) : b.gather(b.cast(weights, dtype), target);
  return { axis, count: input.shape[axis], target, valid, weight: b.where(valid, own, b.scalar(0, dtype)) };
}

const nll: Rule = (b, call) => {
  const x = call.tensor('input');
  const { axis, target, valid, weight } = classesOf(b, call, x);
  const index = b.unsqueeze(target, axis);
  const picked = b.reshape(b.gatherElements(x, index, axis), target.shape);
  const values = b.where(valid, b.neg(b.mul(picked, weight)), b.scalar(0, x.dtype));
  const reduction = call.attr<string | undefined>('reduction') ?? 'mean';
  if (reduction === 'none') return values;
  const sum = b.sum(values);
  return reduction === 'sum' ? sum : b.div(sum, b.sum(weight));
};

const nllBackward: Rule = (b, call) => {
  const x = call.tensor('input');
  const { axis, count, target, weight } = classesOf(b, call, x);
  let g = b.mul(b.neg(weight), call.tensor('gradOutput'));
  if ((call.attr<string | undefined>('reduction') ?? 'mean') === 'mean') g = b.div(g, b.sum(weight));
  const met = oneHot(b, target, count);
  const rank = met.rank;
  // The classes, which stand last, go to their own dimension.
  const perm = [...Array(rank - 1).keys()];
  perm.splice(axis, 0, rank - 1);
  const values = b.where(met, b.unsqueeze(g, -1), b.scalar(0, g.dtype));
  return b.expand(b.transpose(values, perm), call.shape);
};

const multiMargin: Rule = (b, call) => {
  let x = call.tensor('input');
  if (x.rank < 2) x = b.reshape(x, [1, x.numel]);
  const classes = x.shape[1];
  const target = b.reshape(call.tensor('target', 'int64'), [x.shape[0], 1]);
  const own = b.gatherElements(x, target, 1);
  let values = b.max(b.add(b.sub(x, own), call.number('margin', 1)), 0);
  if (call.number('p', 1) === 2) values = b.mul(values, values);
  const weight = call.maybe('weight');
  if (weight !== undefined) values = b.mul(values, b.gather(b.cast(weight, x.dtype), target));
  const others = b.where(oneHot(b, b.reshape(target, [x.shape[0]]), classes), b.scalar(0, x.dtype), values);
  const losses = b.div(b.sum(others, [1]), classes);
  return b.reshape(reducedAs(b, call, losses), call.shape);
};

const multilabelMargin: Rule = (b, call) => {
  let x = call.tensor('input');
  let target = call.tensor('target', 'int64');
  if (x.rank < 2) {
    x = b.reshape(x, [1, x.numel]);
    target = b.reshape(target, x.shape);
  }
  const [rows, classes] = x.shape;
  // Labels stand before the first −1.
  const ended = b.op('CumSum', [b.cast(b.less(target, 0), 'int64'), b.scalar(1, 'int64')], 'int64', target.shape);
  const counted = b.equal(ended, 0);
  const safe = b.where(counted, target, b.scalar(0, 'int64'));
  const met = b.and(oneHot(b, safe, classes), b.unsqueeze(counted, -1));
  const isLabel = b.greater(b.reduce('Max', b.cast(met, 'int32'), [1]), 0);
  const own = b.gatherElements(x, safe, 1);
  const gaps = b.max(b.sub(b.add(b.unsqueeze(x, 1), 1), b.unsqueeze(own, -1)), 0);
  const counts = b.and(b.unsqueeze(counted, -1), b.not(b.reshape(isLabel, [rows, 1, classes])));
  const values = b.sum(b.where(counts, gaps, b.scalar(0, x.dtype)), [1, 2]);
  return b.reshape(reducedAs(b, call, b.div(values, classes)), call.shape);
};

export const LOSSES: Readonly<Record<string, Rule>> = {
  mse_loss: pairwise((b, x, y) => {
    const distance = b.sub(x, y);
    return b.mul(distance, distance);
  }),
  smooth_l1_loss: pairwise((b, x, y, call) => {
    const beta = call.number('beta', 1);
    return bent(b, b.abs(b.sub(x, y)), beta, beta === 0 ? 1 : 1 / beta);
  }),
  huber_loss: pairwise((b, x, y, call) => bent(b, b.abs(b.sub(x, y)), call.number('delta', 1), 1)),
  binary_cross_entropy: pairwise((b, x, y, call) => {
    const [one, other] = [b.like(1, x), b.sub(b.like(1, y), y)];
    const values = b.add(b.mul(y, clippedLog(b, x)), b.mul(other, b.max(log1p(b, b.neg(b.mul(x, one))), -100)));
    return weighted(b, call, b.neg(values));
  }),
  binary_cross_entropy_with_logits: withLogits,
  soft_margin_loss: pairwise((b, x, y) => {
    const z = b.neg(b.mul(x, y));
    return b.add(b.max(z, 0), log1p(b, b.exp(b.neg(b.abs(z)))));
  }),
  nll_loss: nll,
  nll_loss_backward: nllBackward,
  multi_margin_loss: multiMargin,
  multilabel_margin_loss: multilabelMargin,
};
