/** functorch, and torch.func as later releases call it: made once for a thread. */
import { PyModule, type Value } from '../runtime/values.ts';
import { DERIVATIVES } from './derivatives.ts';
import { functionalCall, LATER, MODULE_FUNCTIONS } from './modules.ts';
import { vmap } from './vmap.ts';

const named = (list: readonly { readonly name: string }[]): [string, Value][] =>
  list.map((value) => [value.name, value as unknown as Value]);

const TRANSFORMS = [vmap, ...DERIVATIVES];

const MODULES: ReadonlyMap<string, PyModule> = new Map(
  [
    new PyModule('functorch', new Map(named([...TRANSFORMS, ...MODULE_FUNCTIONS]))),
    new PyModule('torch.func', new Map(named([...TRANSFORMS, ...LATER]))),
    new PyModule(
      'torch._vmap_internals',
      new Map<string, Value>([
        ['_vmap', vmap],
        ['vmap', vmap],
      ]),
    ),
    new PyModule('torch.nn.utils.stateless', new Map(named([functionalCall]))),
  ].map((module) => [module.name, module]),
);

export const functorchModule = (name: string): PyModule | undefined => MODULES.get(name);
