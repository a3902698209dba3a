/** torch.nn and torch.optim as cells import them. */
import './module.ts';
import { type PyClass, PyModule, type Value } from '../runtime/values.ts';
import { activations } from './activations.ts';
import { containers } from './containers.ts';
import { dataMembers } from './data.ts';
import { modulesFromOps } from './from-ops.ts';
import { initMembers } from './init.ts';
import { convolutions } from './layers/conv.ts';
import { embeddings } from './layers/embedding.ts';
import { norms } from './layers/norms.ts';
import { plainLayers } from './layers/plain.ts';
import { pooling } from './layers/pooling.ts';
import { recurrent } from './layers/recurrent.ts';
import { linear } from './linear.ts';
import { losses } from './losses.ts';
import { optimizers } from './optim/index.ts';
import { schedulers } from './optim/schedulers/index.ts';
import { parameterClass } from './parameter.ts';
import { parameterContainers } from './parameter-containers.ts';
import { moduleClass } from './state.ts';
import { utilMembers } from './utils.ts';

export { isParameter, PARAMETER_PREFIX, parameterClass } from './parameter.ts';
export { isModule, moduleClass } from './state.ts';

/** Modules that hold parameters or children, or check what they are given. The others are made from the ops. */
export const BY_HAND: readonly PyClass[] = [
  ...linear,
  ...containers,
  ...activations,
  ...losses,
  ...convolutions,
  ...pooling,
  ...norms,
  ...plainLayers,
  ...embeddings,
  ...recurrent,
  ...parameterContainers,
];
const MODULES: readonly PyClass[] = [...BY_HAND, ...modulesFromOps(BY_HAND)];

const named = (classes: readonly PyClass[]): [string, Value][] => classes.map((cls) => [cls.name, cls]);

/** Files of PyTorch's in which classes stand, as `<class 'torch.nn.modules.linear.Linear'>` prints them. */
const FILES: readonly (readonly [RegExp, string])[] = [
  [/Sequential|ModuleList|ModuleDict|ParameterList|ParameterDict/, 'container'],
  [/^Upsampl/, 'upsampling'],
  [/inear|Identity/, 'linear'],
  [/Loss$/, 'loss'],
  [/^Conv/, 'conv'],
  [/Pool|Unpool/, 'pooling'],
  [/^BatchNorm/, 'batchnorm'],
  [/^InstanceNorm/, 'instancenorm'],
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
];

function placeClasses(): void {
  const put = (cls: PyClass, place: string): void => {
    if (!cls.members.has('__module__')) cls.members.set('__module__', place);
  };
  for (const cls of [moduleClass, ...MODULES]) {
    const file = FILES.find(([pattern]) => pattern.test(cls.name))?.[1] ?? 'activation';
    put(cls, `torch.nn.modules.${file}`);
  }
  for (const cls of optimizers) put(cls, `torch.optim.${cls.name.toLowerCase()}`);
  for (const cls of schedulers) put(cls, 'torch.optim.lr_scheduler');
  put(parameterClass, 'torch.nn.parameter');
}
placeClasses();

/** The modules by their dotted names. `torch.nn.functional` is among the tables of torch. */
export function nnModules(): Map<string, PyModule> {
  const found = new Map<string, PyModule>();
  const add = (name: string, members: readonly (readonly [string, Value])[]): void => {
    found.set(name, new PyModule(name, new Map(members)));
  };
  const parameter: [string, Value] = ['Parameter', parameterClass];
  const modules = named([moduleClass, ...MODULES]);
  add('torch.nn', [...modules, parameter]);
  add('torch.nn.modules', modules);
  add('torch.nn.parameter', [parameter]);
  add('torch.nn.init', initMembers);
  add('torch.nn.utils', utilMembers);
  add('torch.optim', named(optimizers));
  add('torch.optim.lr_scheduler', named(schedulers));
  add('torch.utils', []);
  add('torch.utils.data', dataMembers);
  return found;
}
