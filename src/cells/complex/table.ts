/** What torch's functions do with complex tensors, by their names. */
import { numelOf } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type Quantity, q, stack } from '../distributions/quantity.ts';
import { PyComplex } from '../runtime/complex.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, type NativeFunction, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { ForeignDType, toInteger, toIntegers } from '../torch/convert.ts';
import { opTables } from '../torch/functions.ts';
import * as math from './arithmetic.ts';
import { complexTensor, fromReal, isComplexTensor, Parts, partDType, partsOf, refused, wrap } from './value.ts';

type Call = (args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter | null) => Value;

/** An argument by its place or its name. */
const arg = (args: readonly Value[], kwargs: Kwargs, at: number, name: string): Value =>
  args[at] ?? kwargs.get(name) ?? null;

const first = (args: readonly Value[], kwargs: Kwargs): Parts => partsOf(arg(args, kwargs, 0, 'input'));

const unary =
  (of: (z: Parts) => Parts): Call =>
  (args, kwargs) =>
    wrap(of(first(args, kwargs)));

const real =
  (of: (z: Parts) => Quantity): Call =>
  (args, kwargs) =>
    of(first(args, kwargs)).t;

/** Two operands of one precision; a number takes that of the tensor beside it. */
function operands(args: readonly Value[], kwargs: Kwargs): [Parts, Parts] {
  const [a, b] = [arg(args, kwargs, 0, 'input'), arg(args, kwargs, 1, 'other')];
  const isTensor = (value: Value): boolean => value instanceof Tensor || isComplexTensor(value);
  const like = isTensor(a) ? partsOf(a) : isTensor(b) ? partsOf(b) : undefined;
  const [x, y] = [partsOf(a, like), partsOf(b, like)];
  const wide = x.re.dtype === 'float64' || y.re.dtype === 'float64' ? 'float64' : 'float32';
  return [x, y].map(({ re, im }) => new Parts(re.to(wide), im.to(wide))) as [Parts, Parts];
}

const binary =
  (of: (a: Parts, b: Parts) => Parts): Call =>
  (args, kwargs) => {
    const [a, b] = operands(args, kwargs);
    const alpha = kwargs.get('alpha');
    return wrap(of(a, alpha === undefined ? b : math.mul(b, partsOf(alpha, b))));
  };

const compared =
  (equal: boolean): Call =>
  (args, kwargs) => {
    const [a, b] = operands(args, kwargs);
    const same = a.re.eq(b.re).and(a.im.eq(b.im));
    return (equal ? same : same.not()).t;
  };

const dims = (args: readonly Value[], kwargs: Kwargs, at: number): { dim: number[] | undefined; keepdim: boolean } => {
  const given = arg(args, kwargs, at, 'dim');
  const one = toInteger(given);
  return {
    dim: one === undefined ? toIntegers(given) : [one],
    keepdim: arg(args, kwargs, at + 1, 'keepdim') === true,
  };
};

const summed: Call = (args, kwargs) => {
  const { re, im } = first(args, kwargs);
  const { dim, keepdim } = dims(args, kwargs, 1);
  return complexTensor(re.sum(dim, keepdim), im.sum(dim, keepdim));
};

const averaged: Call = (args, kwargs) => {
  const z = first(args, kwargs);
  const { dim, keepdim } = dims(args, kwargs, 1);
  const count = dim === undefined ? z.re.t.numel : numelOf(dim.map((d) => z.re.size(d)));
  return complexTensor(z.re.sum(dim, keepdim).div(count), z.im.sum(dim, keepdim).div(count));
};

const products =
  (name: string): Call =>
  (args, kwargs) => {
    const [a, b] = operands(args, kwargs);
    const fn = opTables().torch.get(name) as NativeFunction;
    const times = (x: Quantity, y: Quantity): Quantity => q(fn.call([x.t, y.t], NONE, INTERPRETER) as Tensor);
    return wrap(math.product(name === 'vdot' ? math.conj(a) : a, b, times));
  };

const NONE: Kwargs = new Map();
/** Functions of ops ask their interpreter for nothing. */
const INTERPRETER = null as unknown as Interpreter;

/** Functions that move elements about and compute nothing: the same for both parts. */
const MOVED = `reshape view flatten squeeze unsqueeze transpose t permute movedim cat concat stack hstack vstack clone
  contiguous detach flip roll expand expand_as repeat tile narrow select index_select gather diag diagonal tril triu trace
  unbind chunk split cumsum broadcast_to view_as reshape_as ravel swapaxes zeros_like unflatten masked_select diff where
  diag_embed rot90 fliplr flipud moveaxis adjoint nan_to_num dropout take concatenate index_put unfold
  scatter scatter_add index_add masked_fill select_scatter column_stack dstack tensor_split pad`.split(/\s+/);

/** One side of each complex argument; real numbers and tensors have no imaginary one. */
function sideOf(value: Value, side: 're' | 'im', top: boolean): Value {
  if (isComplexTensor(value)) return value.native[side].t;
  if (value instanceof PyComplex) return side === 're' ? value.real : value.imag;
  if (value instanceof PyList && value.items.some(isComplexTensor))
    return new PyList(value.items.map((item) => sideOf(partOf(item), side, false)));
  if (value instanceof PyTuple && value.items.some(isComplexTensor))
    return new PyTuple(value.items.map((item) => sideOf(partOf(item), side, false)));
  return top ? value : value;
}

const partOf = (value: Value): Value => (value instanceof Tensor ? wrap(fromReal(value)) : value);

/** Puts what both sides gave together again. */
function joined(re: Value, im: Value): Value {
  if (re instanceof Tensor && im instanceof Tensor) return complexTensor(q(re), q(im));
  if (re instanceof PyTuple && im instanceof PyTuple)
    return new PyTuple(re.items.map((item, i) => joined(item, im.items[i])));
  throw typeError('both parts of a complex result must be tensors');
}

function moved(name: string): Call {
  return (args, kwargs) => {
    const fn = (opTables().Tensor.get(name) ?? opTables().torch.get(name) ?? opTables().F.get(name)) as NativeFunction;
    const run = (side: 're' | 'im'): Value =>
      fn.call(
        args.map((value) => sideOf(value, side, true)),
        new Map([...kwargs].map(([key, value]) => [key, sideOf(value, side, true)])),
        INTERPRETER,
      );
    return joined(run('re'), run('im'));
  };
}

/** In `where`, real branches are complex ones beside a complex one. */
const where: Call = (args, kwargs) => {
  const condition = arg(args, kwargs, 0, 'condition');
  const [a, b] = operands(args.slice(1), kwargs);
  if (!(condition instanceof Tensor)) throw typeError('where(): condition must be a Tensor');
  return complexTensor(q(condition).choose(a.re, b.re), q(condition).choose(a.im, b.im));
};

/** Numbers that are whole are powers by products. */
const power: Call = (args, kwargs) => {
  const exponent = arg(args, kwargs, 1, 'exponent');
  const base = arg(args, kwargs, 0, 'input');
  const [a, b] = operands([base, exponent], NONE);
  const whole = typeof exponent === 'bigint' || (typeof exponent === 'number' && Number.isInteger(exponent));
  return wrap(math.pow(a, b, whole ? Number(exponent) : undefined));
};

const converted: Call = (args, kwargs) => {
  const dtype = [...args.slice(1), ...kwargs.values()].find((value) => value instanceof ForeignDType);
  const z = first(args, kwargs);
  if (!(dtype instanceof ForeignDType)) return wrap(z);
  const part = partDType(dtype.name);
  return complexTensor(z.re.to(part), z.im.to(part));
};

const norm: Call = (args, kwargs) => {
  const { dim, keepdim } = dims(args, kwargs, 2);
  return math.squared(first(args, kwargs)).sum(dim, keepdim).sqrt().t;
};

export const finite = (z: Parts, name: string): Quantity => z.re.call(name, { input: z.re.t });

const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ...MOVED.map((name): [string, Call] => [name, moved(name)]),
  ['abs', real(math.abs)],
  ['absolute', real(math.abs)],
  ['angle', real(math.angle)],
  ['real', real((z) => z.re)],
  ['imag', real((z) => z.im)],
  ['view_as_real', real((z) => stackedParts(z))],
  ['isreal', real((z) => z.im.eq(0))],
  ['isnan', real((z) => finite(z, 'isnan').or(z.im.call('isnan', { input: z.im.t })))],
  ['isfinite', real((z) => finite(z, 'isfinite').and(z.im.call('isfinite', { input: z.im.t })))],
  ['conj', unary(math.conj)],
  ['conj_physical', unary(math.conj)],
  ['resolve_conj', unary((z) => z)],
  ['resolve_neg', unary((z) => z)],
  ['neg', unary(math.neg)],
  ['negative', unary(math.neg)],
  ['positive', unary((z) => z)],
  ['square', unary((z) => math.mul(z, z))],
  ['reciprocal', unary(math.reciprocal)],
  ['exp', unary(math.exp)],
  ['log', unary(math.log)],
  ['sqrt', unary(math.sqrt)],
  ['sin', unary(math.sin)],
  ['cos', unary(math.cos)],
  ['tan', unary((z) => math.div(math.sin(z), math.cos(z)))],
  ['sinh', unary(math.sinh)],
  ['cosh', unary(math.cosh)],
  ['tanh', unary((z) => math.div(math.sinh(z), math.cosh(z)))],
  ['sgn', unary(math.sgn)],
  ['sigmoid', unary((z) => math.reciprocal(math.add(math.exp(math.neg(z)), partsOf(1, z))))],
  ['ones_like', unary((z) => new Parts(z.re.ones(), z.im.zeros()))],
  ['add', binary(math.add)],
  ['sub', binary(math.sub)],
  ['subtract', binary(math.sub)],
  ['mul', binary(math.mul)],
  ['multiply', binary(math.mul)],
  ['div', binary(math.div)],
  ['divide', binary(math.div)],
  ['true_divide', binary(math.div)],
  ['pow', power],
  ['eq', compared(true)],
  ['ne', compared(false)],
  ['where', where],
  ['sum', summed],
  ['mean', averaged],
  ['norm', norm],
  ['linalg_norm', norm],
  ['linalg_vector_norm', norm],
  ...['matmul', 'mm', 'mv', 'bmm', 'dot', 'vdot', 'inner', 'outer'].map((name): [string, Call] => [
    name,
    products(name),
  ]),
  ['to', converted],
  ['type', converted],
  ['cfloat', unary((z) => new Parts(z.re.to('float32'), z.im.to('float32')))],
  ['cdouble', unary((z) => new Parts(z.re.to('float64'), z.im.to('float64')))],
]);

export const stackedParts = ({ re, im }: Parts): Quantity => stack([re, im], -1);

export const methodNames: readonly string[] = [...CALLS.keys()];

/** Calls a function by its name on complex tensors. */
export function callComplex(
  name: string,
  args: readonly Value[],
  kwargs: Kwargs,
  interpreter: Interpreter | null,
): Value {
  const call = CALLS.get(name);
  if (call !== undefined) return call(args, kwargs, interpreter);
  const z = [...args, ...kwargs.values()].find(isComplexTensor);
  if (z !== undefined) throw refused(name, z.native);
  throw runtimeError(`"${name}" not implemented for complex numbers here`);
}

/** Functions that make tensors of a dtype: the real part is made, and zeros beside it. */
const MADE = new Set([
  'zeros',
  'ones',
  'full',
  'eye',
  'arange',
  'linspace',
  'zeros_like',
  'ones_like',
  'new_zeros',
  'new_ones',
  'empty',
]);

export function makeComplex(
  name: string,
  make: NativeFunction,
  args: readonly Value[],
  kwargs: Kwargs,
  dtype: ForeignDType,
  interpreter: Interpreter,
): Value {
  if (!MADE.has(name)) throw runtimeError(`torch.${dtype.name} is not supported here by ${name}()`);
  const rest = new Map([...kwargs].filter(([key]) => key !== 'dtype'));
  const made = make.call(args, rest, interpreter);
  return wrap(fromReal(made as Tensor, partDType(dtype.name)));
}
