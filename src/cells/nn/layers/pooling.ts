/** Pooling. */
import type { PyClass, Value } from '../../runtime/values.ts';
import { call } from '../call.ts';
import { number, tupleOf } from '../convert.ts';
import { attribute, defineModule } from '../define.ts';

const maxPool = (rank: number): PyClass =>
  defineModule({
    name: `MaxPool${rank}d`,
    owner: '_MaxPoolNd',
    takes: 'kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False',
    shows: 'kernel_size stride padding dilation ceil_mode',
    init(self, { kernel_size, stride }) {
      if (stride === null) self.attributes.set('stride', kernel_size);
    },
    forward(self, { input }, interpreter) {
      const named: Record<string, Value> = { ceil_mode: attribute(self, 'ceil_mode') };
      if (attribute(self, 'return_indices') === true) named.return_indices = true;
      const settings = ['kernel_size', 'stride', 'padding', 'dilation'].map((name) => attribute(self, name));
      return call(`max_pool${rank}d`, [input, ...settings], named, interpreter);
    },
  });

const avgPool = (rank: number): PyClass =>
  defineModule({
    name: `AvgPool${rank}d`,
    takes: `kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True${rank === 1 ? '' : ', divisor_override=None'}`,
    shows: 'kernel_size stride padding',
    init(self, { kernel_size, stride, padding }) {
      self.attributes.set('stride', stride ?? kernel_size);
      if (rank > 1) return;
      for (const name of ['kernel_size', 'stride']) self.attributes.set(name, tupleOf(attribute(self, name), 1));
      self.attributes.set('padding', tupleOf(padding, 1));
    },
    forward(self, { input }, interpreter) {
      const names = ['kernel_size', 'stride', 'padding', 'ceil_mode', 'count_include_pad'];
      const settings = names.map((name) => attribute(self, name));
      const divisor = rank === 1 ? null : attribute(self, 'divisor_override');
      const named: Record<string, Value> = divisor === null ? {} : { divisor_override: divisor };
      return call(`avg_pool${rank}d`, [input, ...settings], named, interpreter);
    },
  });

const adaptive = (kind: 'Avg' | 'Max', rank: number): PyClass =>
  defineModule({
    name: `Adaptive${kind}Pool${rank}d`,
    owner: `_Adaptive${kind}PoolNd`,
    takes: kind === 'Max' ? 'output_size, return_indices=False' : 'output_size',
    shows: 'output_size',
    forward(self, { input }, interpreter) {
      const indices = self.attributes.get('return_indices') === true;
      const named: Record<string, Value> = indices ? { return_indices: true } : {};
      const name = `adaptive_${kind.toLowerCase()}_pool${rank}d`;
      return call(name, [input, attribute(self, 'output_size')], named, interpreter);
    },
  });

const powerPool = (rank: number): PyClass =>
  defineModule({
    name: `LPPool${rank}d`,
    owner: '_LPPoolNd',
    takes: 'norm_type, kernel_size, stride=None, ceil_mode=False',
    shows: 'norm_type kernel_size stride ceil_mode',
    forward(self, { input }, interpreter) {
      const settings = ['kernel_size', 'stride', 'ceil_mode'].map((name) => attribute(self, name));
      return call(`lp_pool${rank}d`, [input, number(attribute(self, 'norm_type')), ...settings], {}, interpreter);
    },
  });

const unpool = (rank: number): PyClass =>
  defineModule({
    name: `MaxUnpool${rank}d`,
    takes: 'kernel_size, stride=None, padding=0',
    shows: 'kernel_size stride padding',
    init(self, { kernel_size, stride, padding }) {
      self.attributes.set('kernel_size', tupleOf(kernel_size, rank));
      self.attributes.set('stride', tupleOf(stride ?? kernel_size, rank));
      self.attributes.set('padding', tupleOf(padding, rank));
    },
    input: 'input, indices, output_size=None',
    forward(self, { input, indices, output_size }, interpreter) {
      const settings = ['kernel_size', 'stride', 'padding'].map((name) => attribute(self, name));
      return call(`max_unpool${rank}d`, [input, indices, ...settings, output_size], {}, interpreter);
    },
  });

const RANKS = [1, 2, 3];

export const pooling: readonly PyClass[] = [
  ...RANKS.flatMap((rank) => [
    maxPool(rank),
    avgPool(rank),
    adaptive('Avg', rank),
    adaptive('Max', rank),
    unpool(rank),
  ]),
  powerPool(1),
  powerPool(2),
];
