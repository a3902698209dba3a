/** Which modules there are: `import` asks the tables in this order. */
import { addComplex, complexModule } from './complex/index.ts';
import { distributionModule } from './distributions/index.ts';
import { functorchModule } from './functorch/index.ts';
import { ipythonModules } from './ipython/index.ts';
import { numpyModule } from './numpy/index.ts';
import { pyplotModules } from './pyplot/index.ts';
import type { ModuleTable } from './runtime/tensor-protocol.ts';
import type { PyModule } from './runtime/values.ts';
import { stdlibModule, stdlibSource } from './stdlib/index.ts';
import { type TorchState, torchModules } from './torch/index.ts';
import { profilingModule } from './torch/profiling.ts';
import { tqdmModules } from './tqdm/index.ts';

/** Gives a module by its dotted name, made at most once for the thread: nothing in it belongs to a workspace. */
type Provider = (name: string) => PyModule | undefined;

/** A table of modules beside torch is one line here. What it keeps for a workspace is a part (`runtime/parts.ts`). */
const PROVIDERS: readonly Provider[] = [
  numpyModule,
  distributionModule,
  functorchModule,
  complexModule,
  pyplotModules,
  ipythonModules,
  tqdmModules,
  profilingModule,
  stdlibModule,
];

/** Modules beside torch that are there as soon as torch is. */
const ROOT = 'torch';
const WITH_TORCH: readonly string[] = [
  'torch.distributions',
  'torch.fft',
  'torch.func',
  'torch._vmap_internals',
  'torch.nn.utils.stateless',
];

/** Joins the tables of torch with those beside it, once for a thread. */
let joined = false;
function join(torch: ModuleTable): void {
  if (joined) return;
  joined = true;
  const root = torch.import(ROOT);
  if (root !== undefined) addComplex(root);
  for (const name of WITH_TORCH) {
    const module = find(torch, name);
    const at = name.lastIndexOf('.');
    if (module !== undefined) find(torch, name.slice(0, at))?.members.set(name.slice(at + 1), module);
  }
}

function find(torch: ModuleTable, name: string): PyModule | undefined {
  const found = torch.import(name);
  if (found !== undefined) return found;
  for (const provide of PROVIDERS) {
    const module = provide(name);
    if (module !== undefined) return module;
  }
  return undefined;
}

/** All modules of a workspace. Run each cell under `withState`. */
export function workspaceModules(state: TorchState): ModuleTable {
  const torch = torchModules(state);
  join(torch);
  return { ...torch, import: (name) => find(torch, name), source: stdlibSource };
}
