/** Walks over the tree of modules; whatever is met twice is given once. */
import { pulse } from '../../kernels/pulse.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { PyInstance } from '../runtime/values.ts';
import { stateOf } from './state.ts';

/** What meeting a module takes, in multiplications: a module that is met by many ways is met each time. */
export const STEP = 1024;

const join = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`);

/** The module itself and all below it, under their dotted names. */
export function* namedModules(
  module: PyInstance,
  prefix = '',
  seen = new Set<PyInstance>(),
  once = true,
): Generator<[string, PyInstance]> {
  if (seen.has(module)) return;
  if (once) seen.add(module);
  pulse(STEP);
  yield [prefix, module];
  for (const [name, child] of stateOf(module).modules) {
    if (child !== null) yield* namedModules(child, join(prefix, name), seen, once);
  }
}

export function* namedChildren(module: PyInstance): Generator<[string, PyInstance]> {
  const seen = new Set<PyInstance>();
  for (const [name, child] of stateOf(module).modules) {
    if (child === null || seen.has(child)) continue;
    seen.add(child);
    yield [name, child];
  }
}

function* namedTensors(
  part: 'parameters' | 'buffers',
  module: PyInstance,
  prefix: string,
  recurse: boolean,
): Generator<[string, Tensor]> {
  const seen = new Set<Tensor>();
  const modules: Iterable<[string, PyInstance]> = recurse ? namedModules(module, prefix) : [[prefix, module]];
  for (const [path, each] of modules) {
    for (const [name, tensor] of stateOf(each)[part]) {
      if (tensor === null || seen.has(tensor)) continue;
      seen.add(tensor);
      yield [join(path, name), tensor];
    }
  }
}

export const namedParameters = (module: PyInstance, prefix = '', recurse = true): Generator<[string, Tensor]> =>
  namedTensors('parameters', module, prefix, recurse);

export const namedBuffers = (module: PyInstance, prefix = '', recurse = true): Generator<[string, Tensor]> =>
  namedTensors('buffers', module, prefix, recurse);

/** What `state_dict` saves of one module: parameters, and buffers that last. */
export function* ownTensors(module: PyInstance): Generator<[string, Tensor]> {
  const { parameters, buffers, transient } = stateOf(module);
  for (const [name, tensor] of parameters) if (tensor !== null) yield [name, tensor];
  for (const [name, tensor] of buffers) if (tensor !== null && !transient.has(name)) yield [name, tensor];
}
