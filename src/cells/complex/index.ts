/** Complex numbers in torch: what makes them, and what its functions do with them. */
import { polar as polarParts } from './arithmetic.ts';
import './class.ts';
import { DEFAULT_DTYPE } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { broadcast, q } from '../distributions/quantity.ts';
import { standardNormal, uniform } from '../distributions/sampling.ts';
import { PyComplex } from '../runtime/complex.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { type Kwargs, NativeFunction, PyList, PyModule, PyTuple, type Value } from '../runtime/values.ts';
import { makeTensor } from '../torch/construct.ts';
import { ForeignDType, typeName } from '../torch/convert.ts';
import { guarded } from '../torch/errors.ts';
import { opTables } from '../torch/functions.ts';
import { installParts, installTaker, takenByOthers } from '../torch/others.ts';
import { EIGEN } from './eigen.ts';
import { FFT } from './fft.ts';
import { callComplex, makeComplex, stackedParts } from './table.ts';
import { complexTensor, fromReal, isComplexTensor, type Parts, partDType, partsOf, wrap } from './value.ts';

const isComplexDType = (value: Value | undefined): value is ForeignDType =>
  value instanceof ForeignDType && (value.name === 'complex64' || value.name === 'complex128');

const isComplexValue = (value: Value): boolean => isComplexTensor(value) || value instanceof PyComplex;

const among = (values: readonly Value[]): boolean =>
  values.some(
    (value) =>
      isComplexValue(value) ||
      ((value instanceof PyList || value instanceof PyTuple) && value.items.slice(0, 4).some(isComplexValue)),
  );

installParts({
  split: (value) => (isComplexTensor(value) ? [value.native.re.t, value.native.im.t] : undefined),
  join: (re, im) => complexTensor(q(re), q(im)),
});

installTaker((name, args, kwargs, interpreter) => {
  const dtype = kwargs.get('dtype') ?? args.find(isComplexDType);
  if (isComplexDType(dtype)) {
    if (name === 'to' || name === 'type') return guarded(() => convert(args[0], dtype));
    const make = opTables().torch.get(name) ?? opTables().Tensor.get(name);
    if (make instanceof NativeFunction && interpreter !== null && !among(args))
      return asked(makeComplex(name, make, args, kwargs, dtype, interpreter), kwargs);
  }
  if (!among(args) && !among([...kwargs.values()])) return undefined;
  return guarded(() => callComplex(name, args, kwargs, interpreter));
});

function convert(value: Value, dtype: ForeignDType): Value {
  const part = partDType(dtype.name);
  if (value instanceof Tensor) return wrap(fromReal(value, part));
  const { re, im } = partsOf(value);
  return complexTensor(re.to(part), im.to(part));
}

/** How deep lists of numbers are looked into, and nested. */
const DEEPEST = 16;

function holdsComplex(value: Value, depth = 0): boolean {
  if (isComplexValue(value)) return true;
  if (depth > DEEPEST || !(value instanceof PyList || value instanceof PyTuple)) return false;
  return value.items.some((item) => holdsComplex(item, depth + 1));
}

/** One side of nested numbers. */
function side(value: Value, of: 're' | 'im', depth = 0): Value {
  if (value instanceof PyComplex) return of === 're' ? value.real : value.imag;
  if (isComplexTensor(value)) return value.native[of].t;
  if (depth <= DEEPEST && (value instanceof PyList || value instanceof PyTuple))
    return new PyList(value.items.map((item) => side(item, of, depth + 1)));
  if (of === 're') return value instanceof Tensor ? value : value;
  return value instanceof Tensor ? q(value).zeros().t : 0;
}

/** `torch.tensor` of complex numbers, or to a complex dtype. */
function make(data: Value, dtype: Value): Parts | undefined {
  if (!isComplexDType(dtype) && !(dtype === null && holdsComplex(data))) {
    if (holdsComplex(data)) throw typeError("can't convert complex to float");
    return undefined;
  }
  const part = isComplexDType(dtype)
    ? partDType(dtype.name)
    : isComplexTensor(data)
      ? data.native.re.dtype
      : DEFAULT_DTYPE === 'float64'
        ? 'float64'
        : 'float32';
  return partsOf(complexTensor(q(makeTensor(side(data, 're'), part)), q(makeTensor(side(data, 'im'), part))));
}

const real = (value: Value | undefined, name: string, at: number): Tensor => {
  if (value instanceof Tensor) return value;
  throw typeError(
    `${name}(): argument '${['real', 'imag'][at]}' (position ${at + 1}) must be Tensor, not ${typeName(value)}`,
  );
};

const complexFunction = new NativeFunction('complex', (args, kwargs) => {
  const re = q(real(args[0] ?? kwargs.get('real'), 'complex', 0));
  const im = q(real(args[1] ?? kwargs.get('imag'), 'complex', 1));
  if (re.dtype !== im.dtype || (re.dtype !== 'float32' && re.dtype !== 'float64'))
    throw runtimeError(
      `Expected both inputs to be Half, Float or Double tensors but got ${SHOWN[re.dtype] ?? re.dtype} and ${SHOWN[im.dtype] ?? im.dtype}`,
    );
  return guarded(() => {
    const [a, b] = broadcast(re, im);
    return complexTensor(a, b);
  });
});

const SHOWN: Readonly<Record<string, string>> = { float32: 'Float', float64: 'Double', int64: 'Long', int32: 'Int' };

const polar = new NativeFunction('polar', (args, kwargs) => {
  const [a, b] = [args[0] ?? kwargs.get('abs'), args[1] ?? kwargs.get('angle')].map((t, i) => q(real(t, 'polar', i)));
  return guarded(() => wrap(polarParts(a, b)));
});

const viewAsComplex = new NativeFunction('view_as_complex', ([given]) => {
  const t = q(real(given, 'view_as_complex', 0));
  if (t.ndim === 0) throw runtimeError('Input tensor must have one or more dimensions');
  if (t.size(-1) !== 2) throw runtimeError('Tensor must have a last dimension of size 2');
  return guarded(() => complexTensor(t.select(-1, 0), t.select(-1, 1)));
});

const viewAsReal = new NativeFunction('view_as_real', ([given = null]) => {
  if (!isComplexTensor(given)) throw runtimeError('view_as_real is only supported for complex tensors');
  return guarded(() => stackedParts(given.native).t);
});

/** Random complex numbers: both parts have half of the variance. */
function drawn(name: string, args: readonly Value[], dtype: ForeignDType, like: readonly number[] | null): Value {
  const list = args.length === 1 && (args[0] instanceof PyList || args[0] instanceof PyTuple) ? args[0].items : args;
  const shape = like ?? list.map(Number);
  const part = partDType(dtype.name);
  return guarded(() => {
    const pairs = name.startsWith('randn')
      ? standardNormal([...shape, 2], part).mul(Math.SQRT1_2)
      : uniform([...shape, 2], part);
    return complexTensor(pairs.select(-1, 0), pairs.select(-1, 1));
  });
}

/** Marks both parts as leaves, where that is asked for. */
function asked(value: Value, kwargs: Kwargs): Value {
  if (kwargs.get('requires_grad') === true && isComplexTensor(value))
    for (const part of [value.native.re, value.native.im]) part.t.requiresGrad_();
  return value;
}

/** Functions written by hand, which are no ops: what they do is done here where something complex comes. */
const BY_HAND: Readonly<Record<string, (args: readonly Value[], kwargs: Kwargs) => Value | undefined>> = {
  tensor: (args, kwargs) => {
    const parts = guarded(() => make(args[0] ?? kwargs.get('data') ?? null, kwargs.get('dtype') ?? null));
    if (parts === undefined) return undefined;
    if (kwargs.get('requires_grad') === true) for (const part of [parts.re, parts.im]) part.t.requiresGrad_();
    return wrap(parts);
  },
  as_tensor: (args, kwargs) => {
    const [data, dtype] = [args[0] ?? null, args[1] ?? kwargs.get('dtype') ?? null];
    if (isComplexTensor(data) && dtype === null) return data;
    const parts = guarded(() => make(data, dtype));
    return parts === undefined ? undefined : wrap(parts);
  },
  empty: (args, kwargs) => {
    const dtype = kwargs.get('dtype');
    return isComplexDType(dtype) ? asked(zeros(args, dtype), kwargs) : undefined;
  },
  randn: (args, kwargs) => {
    const dtype = kwargs.get('dtype');
    return isComplexDType(dtype) ? asked(drawn('randn', args, dtype, null), kwargs) : undefined;
  },
  rand: (args, kwargs) => {
    const dtype = kwargs.get('dtype');
    return isComplexDType(dtype) ? asked(drawn('rand', args, dtype, null), kwargs) : undefined;
  },
  is_tensor: ([value]) => (isComplexTensor(value) ? true : undefined),
  is_complex: ([value]) => (isComplexTensor(value) ? true : undefined),
  is_floating_point: ([value]) => (isComplexTensor(value) ? false : undefined),
  numel: ([value]) => (isComplexTensor(value) ? BigInt(value.native.re.t.numel) : undefined),
  allclose: ([a, b, ...rest], kwargs) => {
    if (!isComplexTensor(a) && !isComplexTensor(b)) return undefined;
    const [x, y] = [partsOf(a), partsOf(b)];
    const far = q(callComplex('abs', [callComplex('sub', [wrap(x), wrap(y)], NONE, null)], NONE, null) as Tensor);
    const size = q(callComplex('abs', [wrap(y)], NONE, null) as Tensor);
    const [rtol, atol] = [rest[0] ?? kwargs.get('rtol') ?? 1e-5, rest[1] ?? kwargs.get('atol') ?? 1e-8].map(Number);
    return guarded(() => far.le(size.mul(rtol).add(atol)).every);
  },
  equal: ([a, b]) => {
    if (!isComplexTensor(a) || !isComplexTensor(b)) return undefined;
    return guarded(() => a.native.re.eq(b.native.re).and(a.native.im.eq(b.native.im)).every);
  },
};

const NONE: Kwargs = new Map();

function zeros(args: readonly Value[], dtype: ForeignDType): Value {
  const list = args.length === 1 && (args[0] instanceof PyList || args[0] instanceof PyTuple) ? args[0].items : args;
  const part = q(makeTensor(0, partDType(dtype.name)));
  return guarded(() => complexTensor(part.full(list.map(Number), 0), part.full(list.map(Number), 0)));
}

/** Functions that take complex tensors, beside torch's own. */
const ADDED: readonly NativeFunction[] = [complexFunction, polar, viewAsComplex, viewAsReal];

/** Names of functions on complex numbers that torch has no op for here. */
const MORE = ['real', 'imag', 'angle', 'conj', 'conj_physical', 'resolve_conj', 'isreal'];

/** Puts complex numbers into the module `torch`. */
export function addComplex(torch: PyModule): void {
  const { members } = torch;
  for (const fn of ADDED) members.set(fn.name, fn);
  const linalg = members.get('linalg');
  if (linalg instanceof PyModule) for (const fn of EIGEN) linalg.members.set(fn.name.replace('linalg_', ''), fn);
  for (const name of MORE) {
    if (members.has(name)) continue;
    members.set(
      name,
      new NativeFunction(name, (args, kwargs, interpreter) => {
        const taken = takenByOthers(name, args, kwargs, interpreter);
        if (taken !== undefined) return taken;
        return onReal(name, real(args[0], name, 0));
      }),
    );
  }
  for (const [name, of] of Object.entries(BY_HAND)) {
    const own = members.get(name);
    if (!(own instanceof NativeFunction)) continue;
    members.set(
      name,
      new NativeFunction(name, (args, kwargs, interpreter) => of(args, kwargs) ?? own.call(args, kwargs, interpreter)),
    );
  }
}

/** What those functions answer of real tensors. */
function onReal(name: string, t: Tensor): Value {
  if (name === 'imag') throw runtimeError('imag is not implemented for tensors with non-complex dtypes.');
  if (name === 'angle') return guarded(() => q(t).lt(0).choose(Math.PI, 0).t);
  if (name === 'isreal') return guarded(() => q(t).eq(q(t)).or(q(t).ones().to('bool')).t);
  return t;
}

export const complexModule = (name: string): PyModule | undefined => (name === 'torch.fft' ? FFT : undefined);
