/** torch.nn.utils.parametrizations: orthogonal matrices, and weights of spectral norm 1. */
import { overwrite } from '../../../autograd/inplace.ts';
import { noGrad } from '../../../autograd/mode.ts';
import { copy } from '../../../kernels/copy.ts';
import { eye, zeros } from '../../../ops/creation/index.ts';
import { dot, linalgSolve, matmul, matrixExp, mv } from '../../../ops/linalg/index.ts';
import { normalize } from '../../../ops/nn/index.ts';
import { add, div, mul, neg, reciprocal, sub } from '../../../ops/pointwise/index.ts';
import { sum } from '../../../ops/reductions/index.ts';
import { cat, diagonal, narrow, select, transpose, tril, unsqueeze } from '../../../ops/shape/index.ts';
import { empty, numbersOf, Tensor } from '../../../tensor/tensor.ts';
import { PyError, valueError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import type { PyInstance, Value } from '../../runtime/values.ts';
import { guarded } from '../../torch/errors.ts';
import { integer, number, tensorOf } from '../convert.ts';
import { attribute, defineModule } from '../define.ts';
import { normal } from '../fillings.ts';
import { functionsOf } from '../functional.ts';
import { orthonormal } from '../orthogonal.ts';
import { memberOf, selfOf, stateOf } from '../state.ts';
import { asMatrix, outputDim } from './normed.ts';
import { registerParametrization } from './parametrize.ts';

const buffer = (self: PyInstance, name: string): Tensor => tensorOf(stateOf(self).buffers.get(name), name);
const setting = (self: PyInstance, name: string): number => number(attribute(self, name));

/** Steps towards the first singular vectors, which the module keeps. */
function approach(self: PyInstance, matrix: Tensor, times: number): void {
  const eps = setting(self, 'eps');
  const write = (t: Tensor, value: Tensor): void => void overwrite(t, () => value, { name: 'copy_' });
  noGrad(() => {
    const weight = matrix.detach();
    const [u, v] = [buffer(self, '_u'), buffer(self, '_v')];
    for (let i = 0; i < times; i++) {
      write(u, normalize(mv(weight, v), 2, 0, eps));
      write(v, normalize(mv(transpose(weight, 0, 1), u), 2, 0, eps));
    }
  });
}

/** How many steps are taken when a weight comes under the norm. */
const FIRST_STEPS = 15;

const spectralNorm = defineModule({
  name: '_SpectralNorm',
  takes: 'weight, n_power_iterations=1, dim=0, eps=1e-12',
  hidden: ['weight', 'n_power_iterations'],
  init(self, { weight: given, n_power_iterations, dim, eps }) {
    const weight = tensorOf(given, 'weight');
    const { ndim } = weight;
    const at = integer(dim);
    if (at >= ndim || at < -ndim) {
      throw new PyError(
        'IndexError',
        `Dimension out of range (expected to be in range of [-${ndim}, ${ndim - 1}] but got ${at})`,
      );
    }
    if (integer(n_power_iterations) <= 0) {
      throw valueError(
        `Expected n_power_iterations to be positive, but got n_power_iterations=${integer(n_power_iterations)}`,
      );
    }
    self.attributes.set('dim', BigInt(at < 0 ? at + ndim : at));
    if (ndim < 2) return;
    self.attributes.set('n_power_iterations', n_power_iterations);
    guarded(() => {
      const matrix = asMatrix(weight.detach(), setting(self, 'dim'));
      const draws = matrix.shape.map((size) => normal(empty([size], weight.dtype), 0, 1));
      ['_u', '_v'].forEach((name, i) => {
        stateOf(self).buffers.set(
          name,
          noGrad(() => normalize(draws[i], 2, 0, number(eps))),
        );
      });
      approach(self, matrix, FIRST_STEPS);
    });
  },
  input: 'weight',
  forward(self, { weight: given }) {
    const weight = tensorOf(given, 'weight');
    return guarded(() => {
      if (weight.ndim === 1) return normalize(weight, 2, 0, setting(self, 'eps'));
      const matrix = asMatrix(weight, setting(self, 'dim'));
      if (attribute(self, 'training') === true) approach(self, matrix, setting(self, 'n_power_iterations'));
      const [u, v] = ['_u', '_v'].map((name) => copy(buffer(self, name)));
      return div(weight, dot(u, mv(matrix, v)));
    });
  },
  methods: { 'right_inverse(value)': (_self, [value]) => value },
});

/** The matrix with orthonormal columns that QR makes of a matrix, its signs as those of R's diagonal. */
function orthonormalOf(t: Tensor): Tensor {
  const flat = copy(t.detach());
  const out = empty(flat.shape, flat.dtype);
  numbersOf(out).set(
    orthonormal(numbersOf(flat).subarray(flat.offset, flat.offset + flat.numel), t.shape[0], t.shape[1]),
  );
  return out;
}

/** The product of reflections whose vectors stand below the diagonal, of which some columns are wanted. */
function reflections(x: Tensor): Tensor {
  const [n, k] = x.shape;
  const below = tril(x, -1);
  const shares = mul(reciprocal(add(sum(mul(below, below), [0]), 1)), 2);
  const unit = eye(n, k, x.dtype);
  const vectors = add(below, unit);
  let product = unit;
  for (let i = k - 1; i >= 0; i--) {
    const v = unsqueeze(select(vectors, 1, i), 1);
    const along = matmul(transpose(v, 0, 1), product);
    product = sub(product, mul(matmul(v, along), select(shares, 0, i)));
  }
  return mul(product, unsqueeze(diagonal(x).detach(), 0));
}

/** The orthogonal matrix of a skew-symmetric one. */
function rotation(map: Value, x: Tensor): Tensor {
  const [n, k] = x.shape;
  const lower = tril(x);
  const square = n === k ? lower : cat([lower, zeros([n, n - k], x.dtype)], 1);
  const skew = sub(square, transpose(square, 0, 1));
  const identity = eye(n, n, x.dtype);
  const q = map === 'matrix_exp' ? matrixExp(skew) : linalgSolve(add(identity, skew, -0.5), add(identity, skew, 0.5));
  return n === k ? q : narrow(q, 1, 0, k);
}

const turned = (t: Tensor): Tensor => transpose(t, 0, 1);

const orthogonalModule = defineModule({
  name: '_Orthogonal',
  takes: 'weight, orthogonal_map, *, use_trivialization=True',
  hidden: ['weight', 'use_trivialization'],
  init(self, { use_trivialization }) {
    self.attributes.set('_trivial', use_trivialization);
    if (use_trivialization === true) stateOf(self).buffers.set('base', null);
  },
  input: 'X',
  forward: (self, { X }) =>
    guarded(() => {
      const given = tensorOf(X, 'X');
      const wide = given.shape[0] < given.shape[1];
      const x = wide ? turned(given) : given;
      const map = attribute(self, 'orthogonal_map');
      let q = map === 'householder' ? reflections(x) : rotation(map, x);
      const base = memberOf(self, 'base') ?? null;
      if (base instanceof Tensor) q = matmul(base, q);
      return wide ? turned(q) : q;
    }),
  methods: {
    'right_inverse(Q)': (self, [Q]) =>
      guarded(() =>
        noGrad(() => {
          const given = tensorOf(Q, 'Q').detach();
          if (attribute(self, '_trivial') !== true) {
            throw new PyError(
              'NotImplementedError',
              'It is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=False.',
            );
          }
          const wide = given.shape[0] < given.shape[1];
          const q = wide ? turned(given) : given;
          const [n, k] = q.shape;
          const full = n === k ? q : cat([q, normal(empty([n, n - k], q.dtype), 0, 1)], 1);
          stateOf(self).buffers.set('base', orthonormalOf(full));
          return neg(eye(given.shape[0], given.shape[1], given.dtype));
        }),
      ),
  },
});

const MAPS = ['matrix_exp', 'cayley', 'householder'];

function weightOf(module: PyInstance, name: string): Tensor {
  const weight = memberOf(module, name);
  if (weight instanceof Tensor) return weight;
  throw valueError(`Module '${module.type}' has no parameter or buffer with name '${name}'`);
}

function orthogonal(module: PyInstance, name: string, given: Value, trivial: Value, interpreter: Interpreter): void {
  const weight = weightOf(module, name);
  if (weight.ndim !== 2) {
    throw valueError(`Expected a matrix or batch of matrices. Got a tensor of ${weight.ndim} dimensions.`);
  }
  const map = given ?? (weight.shape[0] === weight.shape[1] ? 'matrix_exp' : 'householder');
  if (typeof map !== 'string' || !MAPS.includes(map)) {
    throw valueError(
      `orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: ${interpreter.str(map)}`,
    );
  }
  const made = interpreter.call(orthogonalModule, [weight, map], new Map([['use_trivialization', trivial]]));
  registerParametrization(module, name, made, interpreter, true);
}

export const parametrizationMembers: readonly [string, Value][] = functionsOf({
  "orthogonal(module, name='weight', orthogonal_map=None, *, use_trivialization=True)": (args, interpreter) => {
    const { module, name, orthogonal_map, use_trivialization } = args;
    orthogonal(selfOf(module), String(name), orthogonal_map, use_trivialization, interpreter);
    return module;
  },
  "spectral_norm(module, name='weight', n_power_iterations=1, eps=1e-12, dim=None)": (args, interpreter) => {
    const { module, name, n_power_iterations, eps, dim } = args;
    const owner = selfOf(module);
    const settings = [n_power_iterations, dim ?? BigInt(outputDim(owner)), eps];
    const made = interpreter.call(spectralNorm, [weightOf(owner, String(name)), ...settings]);
    registerParametrization(owner, String(name), made, interpreter);
    return module;
  },
});
