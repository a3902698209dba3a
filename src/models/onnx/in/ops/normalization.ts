/** Means and variances brought to where they are wanted. */
import { float } from '../../../../tensor/scalar.ts';
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import { Val } from '../val.ts';
import { cast, dimOf, single } from './helpers.ts';

/** By kept statistics; in training mode by those of the batch, and the kept ones follow. */
const batchNorm: Lower = (n) => {
  const b = n.build;
  const [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => n.input(i));
  const eps = n.float('epsilon', 1e-5);
  if (!n.flag('training_mode')) {
    if (n.wants(1)) throw new Unsupported('statistics that follow the batch are read from opset 14 on');
    if (n.version < 9 && !n.flag('spatial', true))
      throw new Unsupported('statistics of each element ("spatial": 0) are not supported');
    return b.one('batch_norm', [x, mean, variance, scale, bias], { training: false, eps });
  }
  const y = b.one('batch_norm', [x, null, null, scale, bias], { training: true, eps });
  const momentum = n.float('momentum', 0.9);
  const dim = Array.from({ length: n.rank(x) }, (_, d) => d).filter((d) => d !== 1);
  const follow = (kept: Val, seen: Val): Val =>
    b.one('add', [b.one('mul', [kept, float(momentum)]), b.one('mul', [seen, float(1 - momentum)])]);
  const means = n.wants(1) ? follow(mean, b.one('mean', [x], { dim })) : null;
  const variances = n.wants(2) ? follow(variance, b.one('var', [x], { dim, unbiased: false })) : null;
  return [y, means, variances];
};

const instanceNorm: Lower = (n) =>
  n.build.one('instance_norm', [n.input(0), null, null, n.input(1), n.input(2)], {
    use_input_stats: true,
    eps: n.float('epsilon', 1e-5),
  });

/** Over the last dimensions, from an axis on. */
const layerNorm: Lower = (n) => {
  const b = n.build;
  const [x, scale, bias] = [n.input(0), n.input(1), n.optional(2)];
  const eps = n.float('epsilon', 1e-5);
  const axis = n.int('axis', -1);
  const from = axis < 0 ? axis + n.rank(x) : axis;
  const sizes = x.sizes?.slice(from) ?? [null];
  const statistics = (): (Val | null)[] => {
    const dim = sizes.map((_, d) => from + d);
    const mean = n.wants(1) ? b.one('mean', [x], { dim, keepdim: true }) : null;
    if (!n.wants(2)) return [mean];
    const variance = b.one('var', [x], { dim, unbiased: false, keepdim: true });
    return [mean, b.one('rsqrt', [b.one('add', [variance, float(eps)])])];
  };
  const fits = (v: Val | null): boolean =>
    v === null || (v.rank === sizes.length && v.sizes?.every((s, d) => s !== null && s === sizes[d]) === true);
  if (!sizes.includes(null) && fits(scale) && fits(bias))
    return [b.one('layer_norm', [x, scale, bias], { normalized_shape: sizes, eps }), ...statistics()];
  const unit = standardized(
    n,
    x,
    sizes.map((_, d) => from + d),
    eps,
  );
  const scaled = b.one('mul', [unit, scale]);
  return [bias === null ? scaled : b.one('add', [scaled, bias]), ...statistics()];
};

/** Less the mean, by the root of the variance. */
function standardized(n: OnnxNode, x: Val, dim: readonly number[], eps: number): Val {
  const b = n.build;
  const rest = b.one('sub', [x, b.one('mean', [x], { dim, keepdim: true })]);
  const variance = b.one('mean', [b.one('mul', [rest, rest])], { dim, keepdim: true });
  return b.one('mul', [rest, b.one('rsqrt', [b.one('add', [variance, float(eps)])])]);
}

/** Scale and bias are those of groups until opset 18, of channels from 21 on. */
const groupNorm: Lower = (n) => {
  const b = n.build;
  const [x, scale, bias] = [n.input(0), n.input(1), n.input(2)];
  const groups = n.int('num_groups', 1);
  const eps = n.float('epsilon', 1e-5);
  if (n.version >= 21) return b.one('group_norm', [x, scale, bias], { num_groups: groups, eps });
  const channels = dimOf(n, x, 1);
  if (typeof channels !== 'number') throw new Unsupported('the number of channels is not known');
  const each = (v: Val): Val => b.one('repeat_interleave', [v, channels / groups], { dim: 0 });
  return b.one('group_norm', [x, each(scale), each(bias)], { num_groups: groups, eps });
};

/** By the root of the mean square over the last dimensions. */
const rmsNorm: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const axis = n.int('axis', -1);
  const from = axis < 0 ? axis + n.rank(x) : axis;
  const dim = Array.from({ length: n.rank(x) - from }, (_, d) => from + d);
  const mean = b.one('mean', [b.one('mul', [x, x])], { dim, keepdim: true });
  const unit = b.one('mul', [x, b.one('rsqrt', [b.one('add', [mean, float(n.float('epsilon', 1e-5))])])]);
  return b.one('mul', [unit, n.input(1)]);
};

const meanVariance: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const dim = n.ints('axes') ?? [0, 2, 3];
  const rest = b.one('sub', [x, b.one('mean', [x], { dim, keepdim: true })]);
  const deviation = b.one('sqrt', [b.one('mean', [b.one('mul', [rest, rest])], { dim, keepdim: true })]);
  return b.one('div', [rest, b.one('add', [deviation, float(1e-9)])]);
};

const lpNorm: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const norm = b.one('linalg_vector_norm', [x], { ord: n.int('p', 2), dim: [n.int('axis', -1)], keepdim: true });
  // A row of zeros stays one.
  const zero = b.one('eq', [norm, float(0)]);
  return b.one('div', [x, b.one('where', [zero, b.one('ones_like', [norm]), norm])]);
};

/** A window of channels: of an even number, ONNX has one more behind, PyTorch one more in front. */
const lrn: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const size = n.int('size', 1);
  const [alpha, beta, k] = [n.float('alpha', 1e-4), n.float('beta', 0.75), n.float('bias', 1)];
  if (size % 2 === 1) return b.one('local_response_norm', [x], { size, alpha, beta, k });
  const channels = b.one('unsqueeze', [b.one('flatten', [b.one('mul', [x, x])], { start_dim: 2, end_dim: -1 })], {
    dim: 1,
  });
  const edges = b.one('constant_pad_nd', [channels], {
    pad: [0, 0, Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)],
  });
  const means = b.one('reshape_as', [b.one('avg_pool2d', [edges], { kernel_size: [size, 1], stride: 1 }), x]);
  const base = b.one('add', [b.one('mul', [means, float(alpha)]), float(k)]);
  return b.one('div', [x, b.one('pow', [base, float(beta)])]);
};

/** It does nothing unless it trains; whether it does may be read when the graph runs. */
const dropout: Lower = (n) => {
  const b = n.build;
  const x = n.input(0);
  const training = n.optional(2);
  const trains = training === null ? false : (training.numbers?.[0] ?? training);
  const ratio = n.optional(1);
  const p = n.float('ratio') ?? (ratio === null ? 0.5 : single(ratio));
  const dtype = n.version >= 10 ? 'bool' : x.dtype;
  if (trains === false || trains === 0 || p === 0) return [x, n.wants(1) ? b.one('ones_like', [x], { dtype }) : null];
  const settings = { p, training: trains instanceof Val ? trains : true };
  if (!n.wants(1)) return b.one('dropout', [x], settings);
  // What falls out of ones falls out of the input.
  const kept = b.one('dropout', [b.one('ones_like', [x])], settings);
  return [b.one('mul', [x, kept]), cast(n, b.one('ne', [kept, 0]), dtype)];
};

export const normalization: Table = {
  BatchNormalization: since([6, 7, 9, 14, 15], batchNorm),
  Dropout: since([6, 7, 10, 12, 13], dropout),
  GroupNormalization: since([18, 21], groupNorm),
  InstanceNormalization: since([6], instanceNorm),
  LRN: since([1, 13], lrn),
  LayerNormalization: since([17], layerNorm),
  LpNormalization: since([1], lpNorm),
  MeanVarianceNormalization: since([9, 13], meanVariance),
  RMSNormalization: since([23], rmsNorm),
};
