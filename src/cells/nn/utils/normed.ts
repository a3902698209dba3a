/** Weights that are computed anew before each call: weight_norm and spectral_norm, as they are of old. */
import { overwrite } from '../../../autograd/inplace.ts';
import { noGrad } from '../../../autograd/mode.ts';
import { copy } from '../../../kernels/copy.ts';
import { dot, linalgVectorNorm, mv } from '../../../ops/linalg/index.ts';
import { normalize } from '../../../ops/nn/index.ts';
import { div, mul } from '../../../ops/pointwise/index.ts';
import { permute, reshape, transpose } from '../../../ops/shape/index.ts';
import { empty, type Tensor } from '../../../tensor/tensor.ts';
import { runtimeError, valueError } from '../../runtime/errors.ts';
import { isSubclass, mro } from '../../runtime/mro.ts';
import { PyClass, PyInstance, type Value } from '../../runtime/values.ts';
import { guarded } from '../../torch/errors.ts';
import { integer, number, tensorOf } from '../convert.ts';
import { method, objectOf } from '../define.ts';
import { normal } from '../fillings.ts';
import { functionsOf } from '../functional.ts';
import { addHook, hooksIn, hooksOf } from '../hooks.ts';
import { isLazy, makeParameter } from '../parameter.ts';
import { addParameter, memberOf, release, selfOf, stateOf } from '../state.ts';

/** All dimensions but one; with -1, none is left. */
const others = (ndim: number, dim: number): number[] =>
  Array.from({ length: ndim }, (_, d) => d).filter((d) => d !== dim);

/** The norm of each slice along a dimension, or of all. */
export const normExcept = (t: Tensor, dim: number): Tensor =>
  dim === -1 ? linalgVectorNorm(t, 2) : linalgVectorNorm(t, 2, others(t.ndim, dim), true);

/** A matrix whose rows are what lies along a dimension. */
export function asMatrix(weight: Tensor, dim: number): Tensor {
  const moved = dim === 0 ? weight : permute(weight, [dim, ...others(weight.ndim, dim)]);
  return reshape(moved, [moved.shape[0], -1]);
}

const tensorAt = (module: PyInstance, name: string): Tensor => tensorOf(memberOf(module, name), name);
const nameOf = (self: PyInstance): string => String(self.attributes.get('name'));
const setting = (self: PyInstance, name: string): number => number(self.attributes.get(name) ?? null);

/** Sets what is no parameter. */
const put = (module: PyInstance, name: string, value: Tensor): void => void module.attributes.set(name, value);

function weightNormOf(self: PyInstance, module: PyInstance): Tensor {
  const v = tensorAt(module, `${nameOf(self)}_v`);
  return mul(v, div(tensorAt(module, `${nameOf(self)}_g`), normExcept(v, setting(self, 'dim'))));
}

/** Towards the first singular vectors, which are written over. */
function iterate(matrix: Tensor, u: Tensor, v: Tensor, times: number, eps: number): void {
  const write = (t: Tensor, value: Tensor): void => void overwrite(t, () => value, { name: 'copy_' });
  for (let i = 0; i < times; i++) {
    write(v, normalize(mv(transpose(matrix, 0, 1), u), 2, 0, eps));
    write(u, normalize(mv(matrix, v), 2, 0, eps));
  }
}

function spectralNormOf(self: PyInstance, module: PyInstance, steps: boolean): Tensor {
  const name = nameOf(self);
  const weight = tensorAt(module, `${name}_orig`);
  const [u, v] = [tensorAt(module, `${name}_u`), tensorAt(module, `${name}_v`)];
  const matrix = asMatrix(weight, setting(self, 'dim'));
  if (steps) noGrad(() => iterate(matrix.detach(), u, v, setting(self, 'n_power_iterations'), setting(self, 'eps')));
  const [left, right] = steps ? [copy(u), copy(v)] : [u, v];
  return div(weight, dot(left, mv(matrix, right)));
}

const hookClass = (name: string, run: (self: PyInstance, module: PyInstance) => Tensor): PyClass =>
  new PyClass(
    name,
    [],
    new Map<string, Value>([
      [
        '__call__',
        method(
          '__call__',
          (self, [module]) => {
            const owner = selfOf(module);
            put(
              owner,
              nameOf(self),
              guarded(() => run(self, owner)),
            );
            return null;
          },
          objectOf,
        ),
      ],
    ]),
  );

const weightNorm = hookClass('WeightNorm', weightNormOf);
const spectralNorm = hookClass('SpectralNorm', (self, module) =>
  spectralNormOf(self, module, module.attributes.get('training') === true),
);

const isHook = (hook: Value, cls: PyClass, name: string): hook is PyInstance =>
  hook instanceof PyInstance && isSubclass(hook.cls, cls) && nameOf(hook) === name;

function refuseSecond(module: PyInstance, cls: PyClass, what: string, name: string): void {
  if (hooksIn(module, '_forward_pre_hooks').some((hook) => isHook(hook, cls, name))) {
    throw runtimeError(`Cannot register two ${what} hooks on the same parameter ${name}`);
  }
}

function make(cls: PyClass, settings: Readonly<Record<string, Value>>): PyInstance {
  const made = new PyInstance(cls);
  for (const [name, value] of Object.entries(settings)) made.attributes.set(name, value);
  return made;
}

const LAZY = (cls: string, what: string): string =>
  `The module passed to \`${cls}\` can't have uninitialized parameters. Make sure to run the dummy forward before applying ${what}`;

/** Takes a hook away, and makes what it computed a parameter again. */
function remove(
  module: PyInstance,
  cls: PyClass,
  name: string,
  what: string,
  value: (hook: PyInstance) => Tensor,
): void {
  const { entries } = hooksOf(module, '_forward_pre_hooks');
  for (const [key, [, hook]] of entries) {
    if (!isHook(hook, cls, name)) continue;
    const weight = noGrad(() => value(hook)).detach();
    for (const suffix of ['', '_g', '_v', '_u', '_orig']) release(module, name + suffix);
    addParameter(module, name, makeParameter(weight));
    entries.delete(key);
    return;
  }
  throw valueError(`${what} of '${name}' not found in ${module.type}`);
}

/** Where the outputs of a layer are among the dimensions of its weight. */
export const outputDim = (module: PyInstance): number =>
  mro(module.cls).some(({ name }) => /^ConvTranspose\dd$/.test(name)) ? 1 : 0;

export const normedMembers: readonly [string, Value][] = functionsOf({
  "weight_norm(module, name='weight', dim=0)": ({ module: given, name: key, dim }, interpreter) => {
    const [module, name] = [selfOf(given), String(key)];
    refuseSecond(module, weightNorm, 'weight_norm', name);
    const weight = tensorAt(module, name);
    if (isLazy(weight)) throw valueError(LAZY('WeightNorm', 'weight normalization'));
    const hook = make(weightNorm, { name, dim: dim === null ? -1n : dim });
    release(module, name);
    const along = setting(hook, 'dim');
    addParameter(
      module,
      `${name}_g`,
      makeParameter(normExcept(weight.detach(), along < -1 ? along + weight.ndim : along)),
    );
    addParameter(module, `${name}_v`, makeParameter(weight.detach()));
    put(module, name, weightNormOf(hook, module));
    addHook(module, '_forward_pre_hooks', hook, interpreter);
    return module;
  },
  "remove_weight_norm(module, name='weight')": ({ module, name }) => {
    remove(selfOf(module), weightNorm, String(name), 'weight_norm', (hook) => weightNormOf(hook, selfOf(module)));
    return module;
  },
  "spectral_norm(module, name='weight', n_power_iterations=1, eps=1e-12, dim=None)": (args, interpreter) => {
    const [module, name] = [selfOf(args.module), String(args.name)];
    const { n_power_iterations, eps } = args;
    const dim = args.dim ?? BigInt(outputDim(module));
    if (integer(n_power_iterations) <= 0) {
      throw valueError(
        `Expected n_power_iterations to be positive, but got n_power_iterations=${integer(n_power_iterations)}`,
      );
    }
    refuseSecond(module, spectralNorm, 'spectral_norm', name);
    const weight = stateOf(module).parameters.get(name) ?? null;
    if (weight === null) throw valueError(`\`SpectralNorm\` cannot be applied as parameter \`${name}\` is None`);
    if (isLazy(weight)) throw valueError(LAZY('SpectralNorm', 'spectral normalization'));
    const hook = make(spectralNorm, { name, dim, n_power_iterations, eps });
    const matrix = asMatrix(weight.detach(), integer(dim));
    const draw = (size: number): Tensor =>
      noGrad(() => normalize(normal(empty([size], weight.dtype), 0, 1), 2, 0, number(eps)));
    const [u, v] = [draw(matrix.shape[0]), draw(matrix.shape[1])];
    release(module, name);
    addParameter(module, `${name}_orig`, weight);
    put(module, name, weight.detach());
    stateOf(module).buffers.set(`${name}_u`, u);
    stateOf(module).buffers.set(`${name}_v`, v);
    addHook(module, '_forward_pre_hooks', hook, interpreter);
    return module;
  },
  "remove_spectral_norm(module, name='weight')": ({ module, name }) => {
    const value = (hook: PyInstance): Tensor => spectralNormOf(hook, selfOf(module), false);
    remove(selfOf(module), spectralNorm, String(name), 'spectral_norm', value);
    return module;
  },
});
