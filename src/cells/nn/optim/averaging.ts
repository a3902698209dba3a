/** torch.optim.swa_utils: the average of a model's weights over time. */
import { noGrad } from '../../../autograd/mode.ts';
import { ones, zeros } from '../../../ops/creation/index.ts';
import { add, div, sub } from '../../../ops/pointwise/index.ts';
import { bigintsOf, empty, Tensor } from '../../../tensor/tensor.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { isSubclass } from '../../runtime/mro.ts';
import type { PyInstance, Value } from '../../runtime/values.ts';
import { itemsOf } from '../../torch/convert.ts';
import { guarded } from '../../torch/errors.ts';
import { cloneModule } from '../clone.ts';
import { tensorOf } from '../convert.ts';
import { attribute, defineModule, method } from '../define.ts';
import { functionsOf } from '../functional.ts';
import { batchNormBase } from '../layers/norms.ts';
import { copyOver } from '../loading.ts';
import { addModule, memberOf, selfOf, stateOf } from '../state.ts';
import { namedBuffers, namedModules, namedParameters } from '../walk.ts';
import { swaRate } from './schedulers/index.ts';

const tensorsOf = (module: PyInstance, buffers: boolean): Tensor[] =>
  [...namedParameters(module), ...(buffers ? namedBuffers(module) : [])].map(([, t]) => t);

const counterOf = (self: PyInstance): Tensor => tensorOf(stateOf(self).buffers.get('n_averaged'), 'n_averaged');

/** The next average: by the caller's function, or the mean of all that were seen. */
function averaged(self: PyInstance, mean: Tensor, now: Tensor, counter: Tensor, interpreter: Interpreter): Tensor {
  const own = attribute(self, 'avg_fn');
  if (own !== null) return tensorOf(interpreter.call(own, [mean, now, counter]), 'avg_fn');
  return add(mean, div(sub(now, mean), add(counter, 1)));
}

const averagedModel = defineModule({
  name: 'AveragedModel',
  takes: 'model, device=None, avg_fn=None, use_buffers=False',
  hidden: ['model'],
  init(self, { model }, interpreter) {
    addModule(self, 'module', cloneModule(selfOf(model), interpreter));
    stateOf(self).buffers.set('n_averaged', empty([], 'int64'));
  },
  forward: (_self, { input }) => input,
  methods: {
    'update_parameters(model)': (self, [model], _kwargs, interpreter) => {
      const buffers = attribute(self, 'use_buffers') === true;
      const counter = counterOf(self);
      const count = bigintsOf(counter)[counter.offset];
      const own = buffers ? tensorsOf(selfOf(memberOf(self, 'module') ?? null), true) : tensorsOf(self, false);
      const now = tensorsOf(selfOf(model), buffers);
      guarded(() =>
        noGrad(() => {
          for (const [i, mean] of own.entries()) {
            if (now[i] === undefined) break;
            const next = now[i].detach();
            copyOver(mean, count === 0n ? next : averaged(self, mean.detach(), next, counter, interpreter));
          }
          copyOver(counter, add(counter, 1));
        }),
      );
      return null;
    },
  },
});
averagedModel.members.set(
  'forward',
  method('forward', (self, args, kwargs, interpreter) =>
    interpreter.call(memberOf(self, 'module') ?? null, args, kwargs),
  ),
);

/** One pass over the data, by which batch norms find their statistics anew. */
function updateStatistics(model: PyInstance, loader: Value, interpreter: Interpreter): void {
  const norms = [...namedModules(model)]
    .map(([, module]) => module)
    .filter(({ cls }) => isSubclass(cls, batchNormBase));
  if (norms.length === 0) return;
  const momenta = norms.map((module) => module.attributes.get('momentum') ?? null);
  for (const module of norms) {
    const { buffers } = stateOf(module);
    const [mean, variance] = [buffers.get('running_mean'), buffers.get('running_var')];
    if (mean instanceof Tensor) buffers.set('running_mean', zeros([...mean.shape], mean.dtype));
    if (variance instanceof Tensor) buffers.set('running_var', ones([...variance.shape], variance.dtype));
    if (buffers.get('num_batches_tracked') instanceof Tensor) buffers.set('num_batches_tracked', empty([], 'int64'));
    module.attributes.set('momentum', null);
  }
  const train = (mode: boolean): Value => interpreter.call(interpreter.getAttribute(model, 'train'), [mode]);
  const before = model.attributes.get('training') === true;
  train(true);
  noGrad(() => {
    for (const batch of interpreter.iterate(loader)) {
      interpreter.call(model, [batch instanceof Tensor ? batch : ((itemsOf(batch) ?? [batch])[0] ?? null)]);
    }
  });
  for (const [i, module] of norms.entries()) module.attributes.set('momentum', momenta[i]);
  train(before);
}

export const averagingMembers: readonly [string, Value][] = [
  ['AveragedModel', averagedModel],
  ['SWALR', swaRate],
  ...functionsOf({
    'update_bn(loader, model, device=None)': ({ loader, model }, interpreter) => {
      updateStatistics(selfOf(model), loader, interpreter);
      return null;
    },
  }),
];
for (const cls of [averagedModel, swaRate]) cls.members.set('__module__', 'torch.optim.swa_utils');
