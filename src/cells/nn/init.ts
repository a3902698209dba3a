/** torch.nn.init. */

import { noGrad } from '../../autograd/mode.ts';
import { noteWrite } from '../../autograd/windows.ts';
import { copyInto } from '../../kernels/copy.ts';
import { randperm } from '../../kernels/random/integers.ts';
import { add, clamp, erfinv, erf as erfOp, mul } from '../../ops/pointwise/index.ts';
import { DEFAULT_DTYPE } from '../../tensor/dtype.ts';
import { bigintsOf, empty, numbersOf, Tensor } from '../../tensor/tensor.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import { NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { olderNames } from '../torch/deprecated.ts';
import { guarded } from '../torch/errors.ts';
import { integer, number, tensorOf } from './convert.ts';
import * as fillings from './fillings.ts';
import { orthonormal } from './orthogonal.ts';
import { type Bound, signature } from './signature.ts';

type Fill = (t: Tensor, args: Bound) => void;

const WITH_FAN = "a=0, mode='fan_in', nonlinearity='leaky_relu'";

/** The elements of an array, in the order of a tensor's indices. */
function put(t: Tensor, elements: ArrayLike<number>): void {
  const from = empty(t.shape, t.dtype === 'float64' ? 'float64' : DEFAULT_DTYPE);
  numbersOf(from).set(elements);
  copyInto(t, from);
  noteWrite(t);
}

/** Ones on the diagonal. */
function eye(t: Tensor): void {
  if (t.ndim !== 2) throw valueError('Only tensors with 2 dimensions are supported');
  const [rows, columns] = t.shape;
  put(
    t,
    Float64Array.from({ length: rows * columns }, (_, i) => (Math.floor(i / columns) === i % columns ? 1 : 0)),
  );
}

/** Ones in the middle of each filter that stands for its own channel. */
function dirac(t: Tensor, groups: number): void {
  if (t.ndim < 3 || t.ndim > 5) throw valueError('Only tensors with 3, 4, or 5 dimensions are supported');
  const [filters, channels, ...field] = t.shape;
  if (filters % groups !== 0) throw valueError('dim 0 must be divisible by groups');
  const size = field.reduce((a, b) => a * b, 1);
  const middle = field.reduce((at, n) => at * n + Math.floor(n / 2), 0);
  const each = filters / groups;
  const out = new Float64Array(t.numel);
  for (let g = 0; g < groups; g++) {
    for (let d = 0; d < Math.min(each, channels); d++) out[((g * each + d) * channels + d) * size + middle] = 1;
  }
  put(t, out);
}

/** The distribution of a normal number. */
function cumulative(x: number): number {
  return (1 + erf(x / Math.SQRT2)) / 2;
}

/** Through the op, so that there is one error function. */
function erf(x: number): number {
  const t = empty([], 'float64');
  numbersOf(t)[0] = x;
  return numbersOf(erfOp(t))[0];
}

/** A normal distribution without what lies beyond the bounds, by the inverse of its distribution function. */
function truncatedNormal(t: Tensor, mean: number, std: number, a: number, b: number): void {
  const low = cumulative((a - mean) / std);
  const high = cumulative((b - mean) / std);
  fillings.uniform(t, 2 * low - 1, 2 * high - 1);
  const shaped = guarded(() => noGrad(() => clamp(add(mul(erfinv(t), std * Math.sqrt(2)), mean), a, b)));
  copyInto(t, shaped);
  noteWrite(t);
}

/** Rows, or columns, of length 1 at right angles to one another. */
function orthogonal(t: Tensor, gain: number): void {
  if (t.ndim < 2) throw valueError('Only tensors with 2 or more dimensions are supported');
  if (t.numel === 0) return;
  const rows = t.shape[0];
  const columns = t.numel / rows;
  const flat = fillings.normal(empty([rows, columns], t.dtype), 0, 1);
  put(
    t,
    orthonormal(numbersOf(flat), rows, columns).map((x) => x * gain),
  );
}

/** Some elements of each column 0, the others normal. */
function sparse(t: Tensor, share: number, std: number): void {
  if (t.ndim !== 2) throw valueError('Only tensors with 2 dimensions are supported');
  const [rows, columns] = t.shape;
  // A share beyond 1 is all, as a slice that is too long is.
  const zeros = Math.min(rows, Math.ceil(share * rows));
  fillings.normal(t, 0, std);
  for (let column = 0; column < columns; column++) {
    const order = bigintsOf(randperm(rows));
    for (let i = 0; i < zeros; i++) {
      const offset = t.offset + Number(order[i]) * t.strides[0] + column * t.strides[1];
      numbersOf(t)[offset] = 0;
    }
  }
}

const FUNCTIONS: readonly (readonly [name: string, takes: string, fill: Fill])[] = [
  ['uniform_', 'a=0.0, b=1.0', (t, { a, b }) => fillings.uniform(t, number(a), number(b))],
  ['normal_', 'mean=0.0, std=1.0', (t, { mean, std }) => fillings.normal(t, number(mean), number(std))],
  [
    'trunc_normal_',
    'mean=0.0, std=1.0, a=-2.0, b=2.0',
    (t, { mean, std, a, b }) => truncatedNormal(t, number(mean), number(std), number(a), number(b)),
  ],
  ['constant_', 'val', (t, { val }) => fillings.constant(t, number(val))],
  ['ones_', '', (t) => fillings.constant(t, 1)],
  ['zeros_', '', (t) => fillings.constant(t, 0)],
  ['eye_', '', eye],
  ['dirac_', 'groups=1', (t, { groups }) => dirac(t, integer(groups))],
  ['xavier_uniform_', 'gain=1.0', (t, { gain }) => fillings.xavierUniform(t, number(gain))],
  ['xavier_normal_', 'gain=1.0', (t, { gain }) => fillings.xavierNormal(t, number(gain))],
  [
    'kaiming_uniform_',
    WITH_FAN,
    (t, { a, mode, nonlinearity }) => fillings.kaimingUniform(t, number(a), String(mode), nonlinearity),
  ],
  [
    'kaiming_normal_',
    WITH_FAN,
    (t, { a, mode, nonlinearity }) => fillings.kaimingNormal(t, number(a), String(mode), nonlinearity),
  ],
  ['orthogonal_', 'gain=1', (t, { gain }) => orthogonal(t, number(gain))],
  ['sparse_', 'sparsity, std=0.01', (t, { sparsity, std }) => sparse(t, number(sparsity), number(std))],
];

function filling([name, takes, fill]: (typeof FUNCTIONS)[number]): [string, Value] {
  const reads = signature(name, `tensor${takes === '' ? '' : `, ${takes}`}`);
  const fn = new NativeFunction(
    name,
    (args, kwargs) => {
      const { tensor, ...rest } = reads(args, kwargs);
      if (!(tensor instanceof Tensor))
        throw typeError(`${name}(): argument 'tensor' must be Tensor, not ${typeName(tensor)}`);
      fill(tensor, rest);
      return tensor;
    },
    'function',
  );
  return [name, fn];
}

const gainTakes = signature('calculate_gain', 'nonlinearity, param=None');
const calculateGain = new NativeFunction(
  'calculate_gain',
  (args, kwargs) => {
    const { nonlinearity, param } = gainTakes(args, kwargs);
    if (param !== null && typeof param !== 'bigint' && typeof param !== 'number') {
      if (nonlinearity === 'leaky_relu') throw valueError(`negative_slope ${String(param)} not a valid number`);
    }
    const gain = fillings.gainOf(
      nonlinearity,
      typeof param === 'bigint' || typeof param === 'number' ? number(param) : null,
    );
    return gain === 1 ? 1n : gain;
  },
  'function',
);

const fanTakes = signature('_calculate_fan_in_and_fan_out', 'tensor');
const fans = new NativeFunction(
  '_calculate_fan_in_and_fan_out',
  (args, kwargs) => {
    const { fanIn, fanOut } = fillings.fansOf(tensorOf(fanTakes(args, kwargs).tensor, 'tensor'));
    return new PyTuple([BigInt(fanIn), BigInt(fanOut)]);
  },
  'function',
);

const functions = FUNCTIONS.map(filling);

export const initMembers: readonly [string, Value][] = [
  ...functions,
  ...olderNames(functions),
  ['calculate_gain', calculateGain],
  [fans.name, fans],
];
