/** torch.nn and torch.optim as cells import them. */
import './module.ts';
import { type PyClass, PyModule, type Value } from '../runtime/values.ts';
import { placeMethods } from '../torch/naming.ts';
import { activations } from './activations.ts';
import { containers } from './containers.ts';
import { dataMembers } from './data.ts';
import { dataParallel } from './data-parallel.ts';
import { modulesFromOps } from './from-ops.ts';
import { GLOBAL_HOOKS } from './hooks.ts';
import { initMembers } from './init.ts';
import { convBase, convolutions } from './layers/conv.ts';
import { embeddings } from './layers/embedding.ts';
import { batchNormBase, instanceNormBase, normBase, norms } from './layers/norms.ts';
import { plainLayers } from './layers/plain.ts';
import { pooling } from './layers/pooling.ts';
import { recurrent, rnnBase, rnnCellBase } from './layers/recurrent.ts';
import { transformers } from './layers/transformer.ts';
import { lazyLayers, lazyMixin } from './lazy.ts';
import { linear } from './linear.ts';
import { losses } from './losses.ts';
import { averagingMembers } from './optim/averaging.ts';
import { optimizers } from './optim/index.ts';
import { EPOCH_DEPRECATION } from './optim/schedulers/define.ts';
import { schedulers } from './optim/schedulers/index.ts';
import { rnnUtils } from './packed.ts';
import { parameterClass, uninitializedBufferClass, uninitializedParameterClass } from './parameter.ts';
import { parameterContainers } from './parameter-containers.ts';
import { moduleClass } from './state.ts';
import { utilMembers } from './utils/gradients.ts';
import { normedMembers } from './utils/normed.ts';
import { parametrizationMembers } from './utils/parametrizations.ts';
import { parametrizeMembers } from './utils/parametrize.ts';
import { pruneMembers } from './utils/prune.ts';

export { functionalOfModules } from './functional.ts';
export { isParameter, PARAMETER_PREFIX, parameterClass } from './parameter.ts';
export { isModule, moduleClass } from './state.ts';

/** Modules that hold parameters or children, or check what they are given. The others are made from the ops. */
export const BY_HAND: readonly PyClass[] = [
  ...linear,
  ...containers,
  dataParallel,
  ...activations,
  ...losses,
  ...convolutions,
  ...pooling,
  ...norms,
  ...plainLayers,
  ...embeddings,
  ...recurrent,
  ...parameterContainers,
  ...transformers,
  ...lazyLayers,
];
const MODULES: readonly PyClass[] = [...BY_HAND, ...modulesFromOps(BY_HAND)];

/** Classes that layers have in common, which stand in their files alone. */
const BASES: readonly PyClass[] = [
  convBase,
  normBase,
  batchNormBase,
  instanceNormBase,
  rnnBase,
  rnnCellBase,
  lazyMixin,
];

const named = (classes: readonly PyClass[]): [string, Value][] => classes.map((cls) => [cls.name, cls]);

/** Files of PyTorch's in which classes stand, as `<class 'torch.nn.modules.linear.Linear'>` prints them. */
const FILES: readonly (readonly [RegExp, string])[] = [
  [/Sequential|ModuleList|ModuleDict|ParameterList|ParameterDict/, 'container'],
  [/^Transformer/, 'transformer'],
  [/^Upsampl/, 'upsampling'],
  [/inear|Identity/, 'linear'],
  [/Loss$/, 'loss'],
  [/^LazyModule/, 'lazy'],
  [/^(Lazy)?_?Conv/, 'conv'],
  [/Pool|Unpool/, 'pooling'],
  [/^(Lazy)?_?BatchNorm|^_NormBase/, 'batchnorm'],
  [/^(Lazy)?_?InstanceNorm/, 'instancenorm'],
  [/Norm$/, 'normalization'],
  [/Dropout/, 'dropout'],
  [/Pad\dd$/, 'padding'],
  [/latten$/, 'flatten'],
  [/^Pixel/, 'pixelshuffle'],
  [/^Channel/, 'channelshuffle'],
  [/[Ff]old$/, 'fold'],
  [/Distance|Similarity/, 'distance'],
  [/^Embedding/, 'sparse'],
  [/RNN|LSTM|GRU/, 'rnn'],
  [/^Module$/, 'module'],
  [/^DataParallel$/, 'data_parallel'],
];

const fileOf = ({ name }: PyClass): string => FILES.find(([pattern]) => pattern.test(name))?.[1] ?? 'activation';

function placeClasses(): void {
  const put = (cls: PyClass, place: string): void => {
    if (!cls.members.has('__module__')) cls.members.set('__module__', place);
    placeMethods(cls.name, place, cls.members);
  };
  put(dataParallel, 'torch.nn.parallel.data_parallel');
  for (const cls of [moduleClass, ...MODULES, ...BASES]) put(cls, `torch.nn.modules.${fileOf(cls)}`);
  for (const cls of optimizers) put(cls, `torch.optim.${cls.name.toLowerCase()}`);
  for (const cls of schedulers) put(cls, 'torch.optim.lr_scheduler');
  for (const cls of [parameterClass, uninitializedParameterClass, uninitializedBufferClass]) {
    put(cls, 'torch.nn.parameter');
  }
}
placeClasses();

/** The modules by their dotted names. `torch.nn.functional` is among the tables of torch. */
export function nnModules(): Map<string, PyModule> {
  const found = new Map<string, PyModule>();
  const add = (name: string, members: readonly (readonly [string, Value])[]): void => {
    found.set(name, new PyModule(name, new Map(members)));
  };
  const parameters = named([parameterClass, uninitializedParameterClass, uninitializedBufferClass]);
  const modules = named([moduleClass, ...MODULES]);
  add('torch.nn', [...modules, ...parameters]);
  add('torch.nn.modules', modules);
  add('torch.nn.parameter', parameters);
  for (const cls of [moduleClass, ...MODULES, ...BASES]) {
    const file = `torch.nn.modules.${fileOf(cls)}`;
    if (!found.has(file)) add(file, file.endsWith('.module') ? GLOBAL_HOOKS : []);
    found.get(file)?.members.set(cls.name, cls);
  }
  add('torch.nn.parallel', named([dataParallel]));
  add('torch.nn.init', initMembers);
  add('torch.nn.utils', [...utilMembers, ...normedMembers]);
  add('torch.nn.utils.prune', pruneMembers);
  add('torch.nn.utils.parametrize', parametrizeMembers);
  add('torch.nn.utils.parametrizations', parametrizationMembers);
  add('torch.optim.swa_utils', averagingMembers);
  add('torch.nn.utils.rnn', rnnUtils);
  add('torch.optim', named(optimizers));
  add('torch.optim.lr_scheduler', [...named(schedulers), ['EPOCH_DEPRECATION_WARNING', EPOCH_DEPRECATION]]);
  add('torch.utils', []);
  add('torch.utils.data', dataMembers);
  add('torch.utils.data._utils', []);
  add(
    'torch.utils.data._utils.collate',
    dataMembers.filter(([name]) => name === 'default_collate'),
  );
  return found;
}
