/** torch.fft. */
import { fourier } from '../../ops/linalg/index.ts';
import { DEFAULT_DTYPE } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { cat, counting, type Quantity, q } from '../distributions/quantity.ts';
import { signature } from '../nn/signature.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { NativeFunction, PyModule, type Value } from '../runtime/values.ts';
import { toDType, toInteger, toIntegers, typeName } from '../torch/convert.ts';
import { guarded } from '../torch/errors.ts';
import { scale } from './arithmetic.ts';
import { complexTensor, fromReal, isComplexTensor, Parts, wrap } from './value.ts';

function input(value: Value, name: string): Parts {
  if (isComplexTensor(value)) return value.native;
  if (value instanceof Tensor) return fromReal(value);
  throw typeError(`${name}(): argument 'input' (position 1) must be Tensor, not ${typeName(value)}`);
}

/** Cut, or filled with zeros, to `n` along a dimension. */
function sized(x: Quantity, n: number, dim: number): Quantity {
  const own = x.size(dim);
  if (own === n) return x;
  if (own > n) return x.narrow(dim, 0, n);
  const shape = [...x.shape];
  shape[dim] = n - own;
  return cat([x, x.full(shape, 0)], dim);
}

const swapped = (x: Quantity, dim: number): Quantity => x.call('transpose', { input: x.t, dim0: dim, dim1: -1 });

/** How results are scaled, by the name of the norm. */
function factor(norm: Value, n: number, inverse: boolean): number {
  if (norm === 'ortho') return 1 / Math.sqrt(n);
  if (norm !== null && norm !== 'backward' && norm !== 'forward')
    throw runtimeError(`Invalid normalization mode: "${String(norm)}"`);
  return (norm === 'forward') === inverse ? 1 : 1 / n;
}

function placeOf(z: Parts, dim: number): number {
  const { ndim } = z.re;
  if (ndim === 0 || dim >= ndim || dim < -ndim)
    throw runtimeError(`Dimension out of range (expected to be in range of [-${ndim}, ${ndim - 1}], but got ${dim})`);
  return dim < 0 ? dim + ndim : dim;
}

/** One dimension's transform. */
function along(z: Parts, n: number, given: number, norm: Value, inverse: boolean): Parts {
  const dim = placeOf(z, given);
  if (n < 1) throw runtimeError(`Invalid number of data points (${n}) specified`);
  const [re, im] = [z.re, z.im].map((x) => swapped(sized(x, n, dim), dim));
  const out = fourier(re.t, im.t, inverse).map((t) => swapped(q(t), dim));
  return scale(new Parts(out[0], out[1]), factor(norm, n, inverse));
}

const lengthOf = (z: Parts, n: Value, dim: number): number => toInteger(n) ?? z.re.size(dim);

type One = (z: Parts, n: Value, dim: number, norm: Value) => Value;

function one(name: string, of: One): NativeFunction {
  const takes = signature(`fft_${name}`, 'input, n=None, dim=-1, norm=None');
  return new NativeFunction(name, (args, kwargs) => {
    const given = takes(args, kwargs);
    return guarded(() => of(input(given.input, `fft_${name}`), given.n, toInteger(given.dim) ?? -1, given.norm));
  });
}

/** The half of a transform that tells all of it, where the input is real. */
function halved(z: Parts, dim: number): Parts {
  const at = placeOf(z, dim);
  const n = Math.floor(z.re.size(at) / 2) + 1;
  return new Parts(z.re.narrow(at, 0, n), z.im.narrow(at, 0, n));
}

/** The whole transform of what is real, of its half. */
function whole(z: Parts, n: number, dim: number): Parts {
  const at = placeOf(z, dim);
  const half = Math.floor(n / 2) + 1;
  const [re, im] = [sized(z.re, half, at), sized(z.im, half, at)];
  const rest = n - half;
  if (rest === 0) return new Parts(re, im);
  const mirrored = (x: Quantity): Quantity =>
    x.narrow(at, 1, rest).call('flip', { input: x.narrow(at, 1, rest).t, dims: [at] });
  // What is real has a real sum, and where the length is even a real middle: their imaginary parts do not count.
  return new Parts(cat([re, mirrored(re)], at), cat([im, mirrored(im).neg()], at));
}

/** The real inverse, of a half. */
function realInverse(z: Parts, n: Value, dim: number, norm: Value, inverse: boolean): Quantity {
  const at = placeOf(z, dim);
  const length = toInteger(n) ?? 2 * (z.re.size(at) - 1);
  if (length < 1) throw runtimeError(`Invalid number of data points (${length}) specified`);
  return along(whole(z, length, at), length, at, norm, inverse).re;
}

const REAL_ONLY = (value: Parts, name: string): Parts => {
  if (value.im.eq(0).every) return value;
  throw runtimeError(`${name} expects a real input tensor, but got ComplexFloat`);
};

const ONE: readonly NativeFunction[] = [
  one('fft', (z, n, dim, norm) => wrap(along(z, lengthOf(z, n, dim), dim, norm, false))),
  one('ifft', (z, n, dim, norm) => wrap(along(z, lengthOf(z, n, dim), dim, norm, true))),
  one('rfft', (z, n, dim, norm) =>
    wrap(halved(along(REAL_ONLY(z, 'rfft'), lengthOf(z, n, dim), dim, norm, false), dim)),
  ),
  one('irfft', (z, n, dim, norm) => realInverse(z, n, dim, norm, true).t),
];

/** Several dimensions, one after the other. */
function several(
  name: string,
  fallback: readonly number[] | undefined,
  of: (z: Parts, sizes: (number | undefined)[], dims: number[], norm: Value) => Value,
): NativeFunction {
  const takes = signature(`fft_${name}`, 'input, s=None, dim=None, norm=None');
  return new NativeFunction(name, (args, kwargs) => {
    const given = takes(args, kwargs);
    return guarded(() => {
      const z = input(given.input, `fft_${name}`);
      const sizes = toIntegers(given.s);
      const alone = toInteger(given.dim);
      const all = [...z.re.shape.keys()];
      const dims =
        toIntegers(given.dim) ??
        (alone === undefined ? [...(fallback ?? (sizes === undefined ? all : all.slice(-sizes.length)))] : [alone]);
      return of(
        z,
        dims.map((_, i) => sizes?.[i]),
        dims,
        given.norm,
      );
    });
  });
}

const overAll = (
  z: Parts,
  sizes: readonly (number | undefined)[],
  dims: readonly number[],
  norm: Value,
  inverse: boolean,
): Parts => dims.reduce((out, dim, i) => along(out, sizes[i] ?? out.re.size(dim), dim, norm, inverse), z);

function realForth(z: Parts, sizes: (number | undefined)[], dims: number[], norm: Value): Value {
  const last = dims[dims.length - 1];
  const half = halved(along(z, sizes.at(-1) ?? z.re.size(last), last, norm, false), last);
  return wrap(overAll(half, sizes.slice(0, -1), dims.slice(0, -1), norm, false));
}

function realBack(z: Parts, sizes: (number | undefined)[], dims: number[], norm: Value): Value {
  const out = overAll(z, sizes.slice(0, -1), dims.slice(0, -1), norm, true);
  const n = sizes.at(-1);
  return realInverse(out, n === undefined ? null : BigInt(n), dims[dims.length - 1], norm, true).t;
}

const SEVERAL: readonly NativeFunction[] = (
  [
    ['2', [-2, -1]],
    ['n', undefined],
  ] as const
).flatMap(([suffix, fallback]) => [
  several(`fft${suffix}`, fallback, (z, sizes, dims, norm) => wrap(overAll(z, sizes, dims, norm, false))),
  several(`ifft${suffix}`, fallback, (z, sizes, dims, norm) => wrap(overAll(z, sizes, dims, norm, true))),
  several(`rfft${suffix}`, fallback, realForth),
  several(`irfft${suffix}`, fallback, realBack),
]);

/** Turns the middle to the front, or back. */
function shifted(name: string, by: (n: number) => number): NativeFunction {
  const takes = signature(`fft_${name}`, 'input, dim=None');
  return new NativeFunction(name, (args, kwargs) => {
    const given = takes(args, kwargs);
    const z = input(given.input, `fft_${name}`);
    const alone = toInteger(given.dim);
    const dims = toIntegers(given.dim) ?? (alone === undefined ? [...z.re.shape.keys()] : [alone]);
    const roll = (x: Quantity): Quantity =>
      x.call('roll', { input: x.t, shifts: dims.map((d) => by(x.size(d))), dims });
    return guarded(() =>
      given.input instanceof Tensor ? roll(q(given.input)).t : complexTensor(roll(z.re), roll(z.im)),
    );
  });
}

const OPTIONS = 'n, d=1.0, *, out=None, dtype=None, layout=None, device=None, requires_grad=False';

function frequencies(name: string, of: (n: number) => Quantity): NativeFunction {
  const takes = signature(`fft_${name}`, OPTIONS);
  return new NativeFunction(name, (args, kwargs, interpreter) => {
    const { n, d, dtype } = takes(args, kwargs);
    const count = toInteger(n) ?? 0;
    interpreter.budget.room(count);
    const step = Number(d) * count;
    return guarded(
      () =>
        of(count)
          .to(dtype === null ? DEFAULT_DTYPE : toDType(dtype))
          .div(step).t,
    );
  });
}

const FREQUENCIES: readonly NativeFunction[] = [
  frequencies('fftfreq', (n) => {
    const k = counting(n, 'int64');
    return k.ge(Math.floor((n + 1) / 2)).choose(k.sub(n), k);
  }),
  frequencies('rfftfreq', (n) => counting(Math.floor(n / 2) + 1, 'int64')),
];

export const FFT = new PyModule(
  'torch.fft',
  new Map<string, Value>(
    [
      ...ONE,
      ...SEVERAL,
      ...FREQUENCIES,
      shifted('fftshift', (n) => Math.floor(n / 2)),
      shifted('ifftshift', (n) => -Math.floor(n / 2)),
    ].map((fn) => [fn.name, fn]),
  ),
);
