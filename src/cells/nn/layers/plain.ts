/** Layers without weights that check their settings, or keep them under other names than their op. */
import { valueError } from '../../runtime/errors.ts';
import type { PyClass, Value } from '../../runtime/values.ts';
import { PyTuple } from '../../runtime/values.ts';
import { itemsOf } from '../../torch/convert.ts';
import { call } from '../call.ts';
import { number, tensorOf, tupleOf } from '../convert.ts';
import { attribute, defineModule } from '../define.ts';

const dropout = (name: string, fn: string): PyClass =>
  defineModule({
    name,
    owner: '_DropoutNd',
    takes: 'p=0.5, inplace=False',
    shows: 'p inplace',
    init(_self, { p }, interpreter) {
      if (number(p) < 0 || number(p) > 1) {
        throw valueError(`dropout probability has to be between 0 and 1, but got ${interpreter.str(p)}`);
      }
    },
    forward(self, { input }, interpreter) {
      const named: Record<string, Value> = { p: number(attribute(self, 'p')), training: attribute(self, 'training') };
      if (attribute(self, 'inplace') === true) named.inplace = true;
      return call(fn, [input], named, interpreter);
    },
  });

export const dropoutLayer = dropout('Dropout', 'dropout');

const pad = (name: string, rank: number, mode: string): PyClass =>
  defineModule({
    name: `${name}${rank}d`,
    takes: 'padding',
    shows: '!padding',
    init: (self, { padding }) => void self.attributes.set('padding', tupleOf(padding, 2 * rank)),
    forward: (self, { input }, interpreter) => call('pad', [input, attribute(self, 'padding')], { mode }, interpreter),
  });

const constantPad = (rank: number): PyClass =>
  defineModule({
    name: `ConstantPad${rank}d`,
    takes: 'padding, value',
    shows: 'padding value',
    init: (self, { padding }) => void self.attributes.set('padding', tupleOf(padding, 2 * rank)),
    forward: (self, { input }, interpreter) =>
      call(
        'pad',
        [input, attribute(self, 'padding')],
        { mode: 'constant', value: attribute(self, 'value') },
        interpreter,
      ),
  });

const unflatten = defineModule({
  name: 'Unflatten',
  takes: 'dim, unflattened_size',
  shows: 'dim unflattened_size',
  forward(self, { input }, interpreter) {
    const x = tensorOf(input, 'input');
    const dim = Number(attribute(self, 'dim') as bigint);
    const at = dim < 0 ? dim + x.ndim : dim;
    const sizes = itemsOf(attribute(self, 'unflattened_size')) ?? [];
    const shape: Value[] = x.shape.map(BigInt);
    shape.splice(at, 1, ...sizes);
    return call('reshape', [input, new PyTuple(shape)], {}, interpreter);
  },
});

export const pairwiseDistance = defineModule({
  name: 'PairwiseDistance',
  takes: 'p=2.0, eps=1e-06, keepdim=False',
  hidden: ['p'],
  init: (self, { p }) => void self.attributes.set('norm', p),
  input: 'x1, x2',
  forward: (self, { x1, x2 }, interpreter) =>
    call(
      'pairwise_distance',
      [x1, x2, ...['norm', 'eps', 'keepdim'].map((name) => attribute(self, name))],
      {},
      interpreter,
    ),
});

const upsample = (name: string, mode: string | null): PyClass =>
  defineModule({
    name,
    takes: `size=None, scale_factor=None${mode === null ? ", mode='nearest', align_corners=None, recompute_scale_factor=None" : ''}`,
    init(self, { size, scale_factor }) {
      if (mode !== null) {
        self.attributes.set('mode', mode);
        self.attributes.set('align_corners', mode === 'bilinear' ? true : null);
        self.attributes.set('recompute_scale_factor', null);
      }
      const factors = scale_factor === null ? null : itemsOf(scale_factor);
      const scale = factors === undefined ? number(scale_factor) : factors && new PyTuple(factors.map(number));
      self.attributes.set('scale_factor', scale);
      self.attributes.set('size', size);
    },
    shows(self, interpreter) {
      const scale = attribute(self, 'scale_factor');
      const first =
        scale === null ? `size=${interpreter.str(attribute(self, 'size'))}` : `scale_factor=${interpreter.str(scale)}`;
      return `${first}, mode=${interpreter.str(attribute(self, 'mode'))}`;
    },
    forward(self, { input }, interpreter) {
      const names = ['size', 'scale_factor', 'mode', 'align_corners', 'recompute_scale_factor'];
      const named = Object.fromEntries(names.map((key) => [key, attribute(self, key)]));
      return call('interpolate', [input], named, interpreter);
    },
  });

export const plainLayers: readonly PyClass[] = [
  dropoutLayer,
  dropout('Dropout1d', 'dropout1d'),
  dropout('Dropout2d', 'dropout2d'),
  dropout('Dropout3d', 'dropout3d'),
  dropout('AlphaDropout', 'alpha_dropout'),
  dropout('FeatureAlphaDropout', 'feature_alpha_dropout'),
  ...[1, 2, 3].flatMap((rank) => [
    pad('ReflectionPad', rank, 'reflect'),
    pad('ReplicationPad', rank, 'replicate'),
    constantPad(rank),
  ]),
  pad('ZeroPad', 2, 'constant'),
  unflatten,
  pairwiseDistance,
  upsample('Upsample', null),
  upsample('UpsamplingNearest2d', 'nearest'),
  upsample('UpsamplingBilinear2d', 'bilinear'),
];
