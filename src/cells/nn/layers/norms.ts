/** Layers that standardise: batch, layer, group, instance and local response normalisation. */

import { noteWrite } from '../../../autograd/windows.ts';
import { fill } from '../../../kernels/pointwise.ts';
import { bigintsOf, empty, Tensor } from '../../../tensor/tensor.ts';
import { valueError } from '../../runtime/errors.ts';
import { PyClass, type PyInstance, PyTuple, type Value } from '../../runtime/values.ts';
import { itemsOf } from '../../torch/convert.ts';
import { call } from '../call.ts';
import { blank, integer, integers, number, tensorOf } from '../convert.ts';
import { attribute, defineModule, ownTensor } from '../define.ts';
import { constant } from '../fillings.ts';
import { makeParameter } from '../parameter.ts';
import { attributesText } from '../print.ts';
import type { Bound } from '../signature.ts';
import { addParameter, moduleClass, stateOf, weightOf } from '../state.ts';

/** The two weights of a layer, ones and zeros, or none. */
function addAffine(self: PyInstance, shape: readonly number[], affine: boolean, dtype: Value): void {
  addParameter(self, 'weight', affine ? makeParameter(blank(shape, dtype)) : null);
  addParameter(self, 'bias', affine ? makeParameter(blank(shape, dtype)) : null);
}

function addStatistics(self: PyInstance, size: number, kept: boolean, dtype: Value): void {
  const { buffers } = stateOf(self);
  buffers.set('running_mean', kept ? blank([size], dtype) : null);
  buffers.set('running_var', kept ? blank([size], dtype) : null);
  buffers.set('num_batches_tracked', kept ? empty([], 'int64') : null);
}

/** Ones and zeros, in the weights and in what is kept of the batches. */
function resetNorm(self: PyInstance): void {
  const beginnings = { running_mean: 0, running_var: 1, num_batches_tracked: 0, weight: 1, bias: 0 };
  for (const [name, value] of Object.entries(beginnings)) {
    const t = ownTensor(self, name);
    if (t !== null) constant(t, value);
  }
}

function beginRunning(self: PyInstance, { num_features, affine, track_running_stats, dtype }: Bound): void {
  const size = integer(num_features);
  addAffine(self, [size], affine !== false, dtype);
  addStatistics(self, size, track_running_stats !== false, dtype);
}

/** What all batch norms are, and all instance norms. */
export const normBase = new PyClass('_NormBase', [moduleClass]);
export const batchNormBase = new PyClass('_BatchNorm', [normBase]);
export const instanceNormBase = new PyClass('_InstanceNorm', [normBase]);

const RUNNING = 'eps momentum affine track_running_stats';

/** Dimensions that a layer of a rank may be given. */
const BATCH_DIMS: readonly (readonly number[])[] = [[2, 3], [4], [5]];
const BATCH_WORDS = ['2D or 3D', '4D', '5D'];

function checkDims(input: Tensor, rank: number): void {
  if (BATCH_DIMS[rank - 1].includes(input.ndim)) return;
  throw valueError(`expected ${BATCH_WORDS[rank - 1]} input (got ${input.ndim}D input)`);
}

/** Refuses a batch of single values, of which there is no variance. */
function checkMany(input: Tensor): void {
  const [n, , ...rest] = input.shape;
  if (rest.reduce((a, b) => a * b, n) !== 1) return;
  throw valueError(
    `Expected more than 1 value per channel when training, got input size torch.Size([${input.shape.join(', ')}])`,
  );
}

/** Counts a batch; the share that it has in the running statistics. */
function countBatch(self: PyInstance): number {
  const momentum = attribute(self, 'momentum');
  const counter = weightOf(self, 'num_batches_tracked');
  let share = momentum === null ? 0 : number(momentum);
  if (attribute(self, 'training') === true && counter instanceof Tensor) {
    const count = bigintsOf(counter)[counter.offset] + 1n;
    fill(counter, Number(count));
    noteWrite(counter);
    if (momentum === null) share = 1 / Number(count);
  }
  return share;
}

const batchNorm = (rank: number): PyClass =>
  defineModule({
    name: `BatchNorm${rank}d`,
    owner: '_BatchNorm',
    takes: 'num_features, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None',
    shows: `!num_features ${RUNNING}`,
    base: batchNormBase,
    init: beginRunning,
    reset: resetNorm,
    forward(self, { input }, interpreter) {
      const x = tensorOf(input, 'input');
      checkDims(x, rank);
      const share = countBatch(self);
      const mean = weightOf(self, 'running_mean');
      const variance = weightOf(self, 'running_var');
      const training = attribute(self, 'training') === true;
      const ofBatch = training || (mean === null && variance === null);
      if (ofBatch) checkMany(x);
      const kept = !training || attribute(self, 'track_running_stats') === true;
      return call(
        'batch_norm',
        [input, kept ? mean : null, kept ? variance : null, weightOf(self, 'weight'), weightOf(self, 'bias')],
        { training: ofBatch, momentum: share, eps: attribute(self, 'eps') },
        interpreter,
      );
    },
  });

const instanceNorm = (rank: number): PyClass =>
  defineModule({
    name: `InstanceNorm${rank}d`,
    owner: '_InstanceNorm',
    takes: 'num_features, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False, device=None, dtype=None',
    shows: `!num_features ${RUNNING}`,
    base: instanceNormBase,
    reset: resetNorm,
    init(self, { num_features, affine, track_running_stats, dtype }) {
      const size = integer(num_features);
      addAffine(self, [size], affine === true, dtype);
      addStatistics(self, size, track_running_stats === true, dtype);
    },
    forward(self, { input }, interpreter) {
      const x = tensorOf(input, 'input');
      if (x.ndim !== rank + 1 && x.ndim !== rank + 2) {
        throw valueError(`expected ${rank + 1}D or ${rank + 2}D input (got ${x.ndim}D input)`);
      }
      const single = x.ndim === rank + 1;
      const batch = single ? call('unsqueeze', [x, 0n], {}, interpreter) : x;
      const [mean, variance, weight, bias] = ['running_mean', 'running_var', 'weight', 'bias'].map((name) =>
        weightOf(self, name),
      );
      const stats = attribute(self, 'training') === true || attribute(self, 'track_running_stats') !== true;
      const momentum = attribute(self, 'momentum');
      const out = call(
        'instance_norm',
        [batch, mean, variance, weight, bias],
        { use_input_stats: stats, momentum: momentum === null ? 0.0 : momentum, eps: attribute(self, 'eps') },
        interpreter,
      );
      return single ? call('squeeze', [out, 0n], {}, interpreter) : out;
    },
  });

export const layerNorm = defineModule({
  name: 'LayerNorm',
  takes: 'normalized_shape, eps=1e-05, elementwise_affine=True, device=None, dtype=None',
  shows: '!normalized_shape eps elementwise_affine',
  reset: resetNorm,
  init(self, { normalized_shape, elementwise_affine, dtype }) {
    self.attributes.set('normalized_shape', new PyTuple(itemsOf(normalized_shape) ?? [normalized_shape]));
    addAffine(self, integers(normalized_shape), elementwise_affine !== false, dtype);
  },
  forward: (self, { input }, interpreter) =>
    call(
      'layer_norm',
      [input, attribute(self, 'normalized_shape'), weightOf(self, 'weight'), weightOf(self, 'bias')],
      { eps: attribute(self, 'eps') },
      interpreter,
    ),
});

const groupNorm = defineModule({
  name: 'GroupNorm',
  takes: 'num_groups, num_channels, eps=1e-05, affine=True, device=None, dtype=None',
  shows: '!num_groups !num_channels eps affine',
  reset: resetNorm,
  init(self, { num_groups, num_channels, affine, dtype }) {
    if (integer(num_channels) % integer(num_groups) !== 0) {
      throw valueError('num_channels must be divisible by num_groups');
    }
    addAffine(self, [integer(num_channels)], affine !== false, dtype);
  },
  forward: (self, { input }, interpreter) =>
    call(
      'group_norm',
      [input, attribute(self, 'num_groups'), weightOf(self, 'weight'), weightOf(self, 'bias')],
      { eps: attribute(self, 'eps') },
      interpreter,
    ),
});

const localResponseNorm = defineModule({
  name: 'LocalResponseNorm',
  takes: 'size, alpha=0.0001, beta=0.75, k=1.0',
  shows: (self, interpreter) => attributesText(self, '!size alpha beta k', interpreter),
  forward: (self, { input }, interpreter) =>
    call(
      'local_response_norm',
      [input, ...['size', 'alpha', 'beta', 'k'].map((name) => attribute(self, name))],
      {},
      interpreter,
    ),
});

export const norms: readonly PyClass[] = [
  ...[1, 2, 3].flatMap((rank) => [batchNorm(rank), instanceNorm(rank)]),
  layerNorm,
  groupNorm,
  localResponseNorm,
];
