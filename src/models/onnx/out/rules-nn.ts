/** Layers: convolutions, normalisations, softmax, tables of rows. */
import { type GraphBuilder, type Ref, Unsupported } from './builder.ts';
import type { Call, Rule } from './call.ts';
import { addedAlong, oneHot } from './rules-indexing.ts';

const big = (list: readonly number[]): bigint[] => list.map(BigInt);

const convolution: Rule = (b, call) => {
  const [x, weight, bias] = [call.tensor('input', call.dtype), call.tensor('weight', call.dtype), call.maybe('bias')];
  const rank = weight.rank - 2;
  const [stride, padding, dilation] = ['stride', 'padding', 'dilation'].map((key) => call.list(key, rank));
  const image = x.rank === rank + 2 ? x : b.reshape(x, [1, ...x.shape]);
  const shape = x.rank === rank + 2 ? call.shape : [1, ...call.shape];
  const inputs = [image, weight, ...(bias === undefined ? [] : [b.cast(bias, call.dtype)])];
  const attributes = {
    kernel_shape: big(weight.shape.slice(2)),
    strides: big(stride),
    pads: big([...padding, ...padding]),
    dilations: big(dilation),
    group: call.number('groups', 1),
  };
  if (!call.flag('transposed')) return b.reshape(b.op('Conv', inputs, call.dtype, shape, attributes), call.shape);
  // What is to be padded at the end was not cut off there, or else no window reaches it.
  const more = call.list('outputPadding', rank);
  const after = padding.map((n, d) => Math.max(0, n - more[d]));
  const beyond = padding.map((n, d) => Math.max(0, more[d] - n));
  const reached = shape.map((size, d) => (d < 2 ? size : size - beyond[d - 2]));
  const made = b.op('ConvTranspose', inputs.slice(0, 2), call.dtype, reached, {
    ...attributes,
    pads: big([...padding, ...after]),
  });
  const none = [0, 0, ...padding.map(() => 0)];
  const whole = b.pad(made, none, [0, 0, ...beyond]);
  const out = bias === undefined ? whole : b.add(whole, b.reshape(bias, [bias.numel, ...padding.map(() => 1)]));
  return b.reshape(out, call.shape);
};

/** A convolution over examples: what was the batch is summed over, strides and dilations change places. */
const weightBackward: Rule = (b, call) => {
  const [x, g] = [call.tensor('input', call.dtype), call.tensor('gradOutput', call.dtype)];
  const rank = x.rank - 2;
  const groups = call.number('groups', 1);
  const [stride, padding, dilation] = ['stride', 'padding', 'dilation'].map((key) => call.list(key, rank));
  const kernel = call.shape.slice(2);
  const swap = (t: Ref): Ref => b.transpose(t, [1, 0, ...[...Array(rank).keys()].map((d) => d + 2)]);
  const [channels, filters] = [x.shape[1] / groups, g.shape[1] / groups];
  const parts: Ref[] = [];
  for (let i = 0; i < groups; i++) {
    const image = swap(b.slice(x, 1, i * channels, (i + 1) * channels));
    const windows = swap(b.slice(g, 1, i * filters, (i + 1) * filters));
    const sizes = kernel.map((_, d) => {
      const span = x.shape[d + 2] + 2 * padding[d] - stride[d] * (g.shape[d + 2] - 1) - 1;
      return Math.floor(span / dilation[d]) + 1;
    });
    let made = b.op('Conv', [image, windows], call.dtype, [channels, filters, ...sizes], {
      kernel_shape: big(g.shape.slice(2)),
      strides: big(dilation),
      dilations: big(stride),
      pads: big([...padding, ...padding]),
    });
    kernel.forEach((size, d) => {
      // Where the last window ends before the image does, there are further products, which nobody wants.
      made = b.slice(made, d + 2, 0, size);
    });
    parts.push(swap(made));
  }
  return b.concat(parts, 0);
};

/** Mean and the inverse of the deviation along some dimensions, which stay as ones. */
function moments(b: GraphBuilder, x: Ref, dims: readonly number[], eps: number): { mean: Ref; unit: Ref; scale: Ref } {
  const mean = b.reduce('Mean', x, dims, true);
  const centred = b.sub(x, mean);
  const variance = b.reduce('Mean', b.mul(centred, centred), dims, true);
  const scale = b.div(b.like(1, x), b.sqrt(b.add(variance, eps)));
  return { mean, unit: b.mul(centred, scale), scale };
}

const standardize: Rule = (b, call) => {
  const x = call.tensor('input');
  return moments(b, x, call.dims('dim', x.rank), call.number('eps')).unit;
};

const standardizeBackward: Rule = (b, call) => {
  const x = b.cast(call.tensor('input'), 'float64');
  const g = b.cast(call.tensor('gradOutput'), 'float64');
  const dims = call.dims('dim', x.rank);
  const { unit, scale } = moments(b, x, dims, call.number('eps'));
  const along = (t: Ref): Ref => b.reduce('Mean', t, dims, true);
  const inner = b.sub(b.sub(g, along(g)), b.mul(unit, along(b.mul(g, unit))));
  return b.cast(b.mul(inner, scale), call.dtype);
};

const layerNorm: Rule = (b, call) => {
  const x = call.tensor('input');
  const count = call.attr<readonly number[]>('normalizedShape').length;
  const axis = x.rank - count;
  const [weight, bias] = [call.maybe('weight'), call.maybe('bias')];
  const eps = call.number('eps', 1e-5);
  if (b.opset >= 17 && x.dtype === 'float32') {
    const scale = weight ?? b.filled(1, x.shape.slice(axis), x.dtype);
    const stats = [...x.shape.slice(0, axis), ...Array<number>(count).fill(1)];
    return b.ops(
      'LayerNormalization',
      [x, scale, ...(bias === undefined ? [] : [bias])],
      [
        { dtype: x.dtype, shape: x.shape },
        { dtype: 'float32', shape: stats },
        { dtype: 'float32', shape: stats },
      ],
      { axis, epsilon: { float: eps } },
    );
  }
  const dims = Array.from({ length: count }, (_, i) => axis + i);
  const { mean, unit, scale } = moments(b, x, dims, eps);
  const scaled = weight === undefined ? unit : b.mul(unit, weight);
  return [bias === undefined ? scaled : b.add(scaled, bias), mean, scale];
};

/** A vector with an element for each channel, beside [n, channels, …]. */
const perChannel = (b: GraphBuilder, x: Ref, rank: number): Ref =>
  b.reshape(x, [x.numel, ...Array<number>(Math.max(0, rank - 2)).fill(1)]);

const affine = (b: GraphBuilder, call: Call, unit: Ref): Ref => {
  const [weight, bias] = [call.maybe('weight'), call.maybe('bias')];
  const scaled = weight === undefined ? unit : b.mul(unit, perChannel(b, b.cast(weight, unit.dtype), unit.rank));
  return bias === undefined ? scaled : b.add(scaled, perChannel(b, b.cast(bias, unit.dtype), unit.rank));
};

const batchNorm: Rule = (b, call) => {
  const x = call.tensor('input');
  const eps = call.number('eps');
  if (!call.flag('training')) {
    const [mean, variance] = ['runningMean', 'runningVar'].map((key) => call.tensor(key, x.dtype));
    const channels = [mean.numel];
    const weight = call.maybe('weight') ?? b.filled(1, channels, x.dtype);
    const bias = call.maybe('bias') ?? b.filled(0, channels, x.dtype);
    const none = b.const([], [0], x.dtype);
    const inputs = [x, b.cast(weight, x.dtype), b.cast(bias, x.dtype), mean, variance];
    return [b.op('BatchNormalization', inputs, x.dtype, x.shape, { epsilon: { float: eps } }), none, none];
  }
  const dims = [...Array(x.rank).keys()].filter((d) => d !== 1);
  const { mean, unit, scale } = moments(b, x, dims, eps);
  return [affine(b, call, unit), b.reshape(mean, call.outputs[1].shape), b.reshape(scale, call.outputs[2].shape)];
};

const groupNorm: Rule = (b, call) => {
  const x = call.tensor('input');
  const groups = call.number('group');
  const rows = b.reshape(x, [x.shape[0], groups, x.numel / Math.max(1, x.shape[0] * groups)]);
  const { mean, unit, scale } = moments(b, rows, [2], call.number('eps'));
  const made = affine(b, call, b.reshape(unit, x.shape));
  return [made, b.reshape(mean, call.outputs[1].shape), b.reshape(scale, call.outputs[2].shape)];
};

const softmax =
  (operator: string): Rule =>
  (b, call) => {
    const x = call.tensor('input', call.dtype);
    if (x.rank === 0) return operator === 'Softmax' ? b.div(x, x) : b.sub(x, x);
    return b.op(operator, [x], x.dtype, x.shape, { axis: call.dims('dim', x.rank)[0] });
  };

const softmaxBackward =
  (logarithm: boolean): Rule =>
  (b, call) => {
    const [g, y] = [call.tensor('gradOutput', call.dtype), call.tensor('output', call.dtype)];
    const dims = call.dims('dim', y.rank);
    if (logarithm) return b.sub(g, b.mul(b.exp(y), b.sum(g, dims, true)));
    return b.mul(y, b.sub(g, b.sum(b.mul(g, y), dims, true)));
  };

const embedding: Rule = (b, call) => {
  if (call.args.maxNorm !== undefined && call.args.maxNorm !== null)
    throw new Unsupported('max_norm writes over its table');
  return b.gather(call.tensor('weight'), call.tensor('input', 'int64'), 0);
};

const embeddingBackward: Rule = (b, call) => {
  const [rows, width] = call.shape;
  const index = call.tensor('indices', 'int64');
  const flat = b.reshape(index, [index.numel]);
  let g = b.reshape(call.tensor('gradOutput'), [index.numel, width]);
  const hidden = call.number('paddingIdx', -1);
  if (call.flag('scaleGradByFreq')) {
    const counts = b.sum(b.cast(b.equal(b.unsqueeze(flat, -1), flat), g.dtype), [-1], true);
    g = b.div(g, counts);
  }
  if (hidden >= 0) g = b.where(b.unsqueeze(b.equal(flat, hidden), -1), b.scalar(0, g.dtype), g);
  if (b.opset < 16) return b.matmul(b.mT(b.cast(oneHot(b, flat, rows), g.dtype)), g);
  return addedAlong(b, b.filled(0, [rows, width], g.dtype), 0, b.expand(b.unsqueeze(flat, -1), g.shape), g);
};

const cdist: Rule = (b, call) => {
  const [x, y] = [call.tensor('x1', call.dtype), call.tensor('x2', call.dtype)];
  const gap = b.abs(b.sub(b.unsqueeze(x, -2), b.unsqueeze(y, -3)));
  const p = call.number('p', 2);
  if (p === Number.POSITIVE_INFINITY) return b.reduce('Max', gap, [-1]);
  if (p === 0) return b.sum(b.cast(b.not(b.equal(gap, 0)), gap.dtype), [-1]);
  if (p === 1) return b.sum(gap, [-1]);
  if (p === 2) return b.sqrt(b.sum(b.mul(gap, gap), [-1]));
  return b.binary('Pow', b.sum(b.binary('Pow', gap, b.like(p, gap)), [-1]), b.like(1 / p, gap));
};

/** For each bag and column the row whose element is the largest, the first of several. */
const bagRows: Rule = (b, call) => {
  const weight = call.tensor('weight');
  const [input, bags] = [call.tensor('input', 'int64'), call.tensor('bags', 'int64')];
  const flat = b.reshape(input, [input.numel]);
  const count = call.shape[0];
  const rows = b.gather(weight, flat, 0);
  const inBag = b.and(
    b.equal(b.reshape(bags, [1, flat.numel]), b.const([...Array(count).keys()], [count, 1], 'int64')),
    b.not(b.equal(flat, call.number('paddingIdx', -1))),
  );
  const mask = b.unsqueeze(inBag, -1);
  const values = b.where(mask, b.unsqueeze(rows, 0), b.scalar(Number.NEGATIVE_INFINITY, weight.dtype));
  const shape = [count, weight.shape[1]];
  const best = b.op('ArgMax', [values], 'int64', shape, { axis: 1, keepdims: 0 });
  const some = b.greater(b.reduce('Max', b.cast(inBag, 'int32'), [1], true), 0);
  return b.where(some, b.gather(flat, best, 0), b.scalar(-1, 'int64'));
};

/** Every channel of every image is standardised by itself, or by what was kept of its channel. */
const instanceNorm: Rule = (b, call) => {
  const x = call.tensor('input');
  const eps = call.number('eps', 1e-5);
  if (call.args.useInputStats !== false) {
    const dims = Array.from({ length: x.rank - 2 }, (_, d) => d + 2);
    return affine(b, call, moments(b, x, dims, eps).unit);
  }
  const [mean, variance] = ['runningMean', 'runningVar'].map((key) => perChannel(b, call.tensor(key, x.dtype), x.rank));
  return affine(b, call, b.div(b.sub(x, mean), b.sqrt(b.add(variance, eps))));
};

export const NN: Readonly<Record<string, Rule>> = {
  convolution,
  convolution_weight_backward: weightBackward,
  standardize,
  standardize_backward: standardizeBackward,
  native_layer_norm: layerNorm,
  native_batch_norm: batchNorm,
  native_group_norm: groupNorm,
  instance_norm: instanceNorm,
  softmax: softmax('Softmax'),
  log_softmax: softmax('LogSoftmax'),
  _softmax_backward_data: softmaxBackward(false),
  _log_softmax_backward_data: softmaxBackward(true),
  embedding,
  embedding_dense_backward: embeddingBackward,
  embedding_bag_max_rows: bagRows,
  cdist,
};
