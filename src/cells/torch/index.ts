/** What `import torch` finds, and tensors as the language sees them. */

import { functionalOfModules, nnModules } from '../nn/index.ts';
import { checkKnown, isLazy, isParameter, PARAMETER_PREFIX, parameterClassOf } from '../nn/parameter.ts';
import type { ModuleTable } from '../runtime/tensor-protocol.ts';
import type { PyClass, Value } from '../runtime/values.ts';
import { PyModule } from '../runtime/values.ts';
import { tell } from './absent.ts';
import { AUTOGRAD, AUTOGRAD_FUNCTIONAL } from './autograd.ts';
import { CHECKPOINT } from './checkpoint.ts';
import { deviceClass, dtypeClass, generatorClass, sizeClass } from './classes.ts';
import { CONSTANT_CLASSES, CONSTANTS } from './constants.ts';
import { FUNCTION } from './custom-function.ts';
import { withDeprecated } from './deprecated.ts';
import { dtypeNames } from './dtypes.ts';
import { FORMAT_NAMES } from './formats.ts';
import { FORWARD_AD } from './forward-ad.ts';
import { opTables } from './functions.ts';
import { GRADCHECK } from './gradcheck.ts';
import { INTERNALS } from './internals.ts';
import { GRAD_MODES } from './modes.ts';
import { place } from './naming.ts';
import { functionalMembers, linalgMembers } from './nn-functional.ts';
import { OBJECTS } from './objects.ts';
import { type Kinds, Tensors } from './protocol.ts';
import { PYTORCH_VERSION } from './public-names.ts';
import { AUTOGRAD_GRAPH } from './saved-tensors.ts';
import { SAVING } from './saving.ts';
import { TorchState } from './state.ts';
import { STORAGES, typedStorageClass, untypedStorageClass } from './storage.ts';
import { autocastClass } from './system/amp.ts';
import { BACKENDS, BUILT } from './system/backends.ts';
import { CUDA } from './system/cuda.ts';
import { tensorClass, tensorTypes } from './tensor-class.ts';
import { TESTING } from './testing.ts';
import { torchFunctions } from './torch-functions.ts';

export { asPyError, guarded } from './errors.ts';
export { TorchState, withState } from './state.ts';
export { tensorClass } from './tensor-class.ts';

/** Parameters are tensors of a class of their own. */
const KINDS: Kinds = {
  classOf: parameterClassOf,
  check: checkKnown,
  repr: (t) => (isLazy(t) ? `<${parameterClassOf(t)?.name}>` : undefined),
  prefix: (t) => (isParameter(t) ? PARAMETER_PREFIX : ''),
};

/** Functions alone, which no workspace changes: what modules call. */
const functional = new PyModule(
  'torch.nn.functional',
  withDeprecated(new Map([...functionalMembers(), ...functionalOfModules])),
);

/** Functions that PyTorch writes in Python. */
const FUNCTIONAL =
  'align_tensors atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cdist chain_matmul einsum istft lu meshgrid norm split stft tensordot unique unique_consecutive'.split(
    ' ',
  );

const chosen = ({ members }: PyModule, names: readonly string[]): Map<string, Value> =>
  new Map(names.flatMap((name) => (members.has(name) ? [[name, members.get(name) as Value] as const] : [])));

const RANDOM = ['manual_seed', 'seed', 'initial_seed', 'get_rng_state', 'set_rng_state'];

function torchModule(): PyModule {
  const torch = new PyModule('torch', torchFunctions());
  const put = (entries: Iterable<readonly [string, Value]>): void => {
    for (const [name, value] of entries) torch.members.set(name, value);
  };
  put(dtypeNames());
  put(CONSTANTS);
  put(CONSTANT_CLASSES);
  put(BUILT);
  put(FORMAT_NAMES);
  put(STORAGES);
  put(GRAD_MODES);
  put(SAVING.map((fn): [string, Value] => [fn.name, fn]));
  put([
    ['Tensor', tensorClass],
    ['Size', sizeClass],
    ['dtype', dtypeClass],
    ['device', deviceClass],
    ['Generator', generatorClass],
    ['inf', Number.POSITIVE_INFINITY],
    ['nan', Number.NaN],
    ['pi', Math.PI],
    ['e', Math.E],
    ['__version__', PYTORCH_VERSION],
    ['autocast', autocastClass(null)],
  ]);
  put(tensorTypes.map((cls: PyClass): [string, Value] => [cls.name, cls]));
  return torch;
}

let made: ReadonlyMap<string, PyModule> | undefined;

/** The modules by name: made once for a thread, as no cell can write to them. */
function torchTables(): ReadonlyMap<string, PyModule> {
  made ??= makeModules();
  return made;
}

/** The modules of a workspace. What they keep from cell to cell is in `state`: run each cell under {@link withState}. */
export function torchModules(state = new TorchState()): ModuleTable {
  const modules = torchTables();
  return { import: (name) => modules.get(name), tensors: new Tensors(state, KINDS), objects: OBJECTS, tell };
}

function makeModules(): ReadonlyMap<string, PyModule> {
  const modules = new Map<string, PyModule>();
  const add = (name: string, members: Iterable<readonly [string, Value]>): void => {
    const module = new PyModule(name, new Map(members));
    place(name, module.members);
    modules.set(name, module);
  };
  const torch = torchModule();
  modules.set('torch', torch);
  add('torch.special', opTables().special);
  add('torch.linalg', linalgMembers());
  add('torch.testing', TESTING);
  add('torch.storage', [
    ['TypedStorage', typedStorageClass],
    ['UntypedStorage', untypedStorageClass],
  ]);
  add('torch.autograd', [...AUTOGRAD, ...GRAD_MODES.filter(([name]) => name !== 'is_grad_enabled')]);
  add(
    'torch.autograd.grad_mode',
    GRAD_MODES.filter(([name]) => !name.startsWith('is_')),
  );
  add('torch.autograd.functional', AUTOGRAD_FUNCTIONAL);
  for (const [name, members] of INTERNALS) add(name, members);
  add('torch.autograd.function', FUNCTION);
  add('torch.autograd.graph', AUTOGRAD_GRAPH);
  add('torch.autograd.forward_ad', FORWARD_AD);
  add('torch.autograd.gradcheck', GRADCHECK);
  add('torch.utils.checkpoint', CHECKPOINT);
  add(
    'torch.random',
    RANDOM.map((name) => [name, torch.members.get(name) as Value]),
  );
  for (const module of [...CUDA, ...BACKENDS]) {
    place(module.name, module.members);
    modules.set(module.name, module);
  }
  modules.set('torch.functional', new PyModule('torch.functional', chosen(torch, FUNCTIONAL)));
  for (const [name, module] of nnModules()) modules.set(name, module);
  modules.set('torch.nn.functional', functional);
  modules.get('torch.autograd')?.members.set('torch', torch);
  // A module is an attribute of the one that its name begins with.
  for (const [name, module] of modules) {
    const at = name.lastIndexOf('.');
    const parent = at < 0 ? undefined : modules.get(name.slice(0, at));
    if (parent !== undefined && !parent.members.has(name.slice(at + 1))) parent.members.set(name.slice(at + 1), module);
  }
  return modules;
}
