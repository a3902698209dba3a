/** Python's values as the engine's arguments, and back. */
import { DTYPES, type DType, isFloating } from '../../tensor/dtype.ts';
import { Float, float, type Scalar } from '../../tensor/scalar.ts';
import { bigintsOf, numbersOf, Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import { numberBehind } from '../runtime/faces.ts';
import { rangeLength } from '../runtime/truth.ts';
import { DTypeValue, PyClass, PyInstance, PyList, PyObject, PyRange, PyTuple, type Value } from '../runtime/values.ts';

/** A dtype that PyTorch has and the engine has not. */
export class ForeignDType extends PyObject {
  readonly type = 'torch.dtype';
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
  references(): void {}
}

/** A name in torch that is a value of its own. */
export class FormatValue extends PyObject {
  readonly type: 'torch.memory_format' | 'torch.layout' | 'torch.qscheme';
  readonly name: string;
  constructor(type: FormatValue['type'], name: string) {
    super();
    this.type = type;
    this.name = name;
  }
  references(): void {}
}

/** Python's name of a value's type, as error messages have it. */
export function typeName(value: Value | undefined): string {
  if (value === null || value === undefined) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'float';
  if (typeof value === 'string') return 'str';
  return value instanceof Tensor ? 'Tensor' : value.type;
}

/** The one element of a tensor as a Python number. */
export function itemOf(t: Tensor): boolean | bigint | number {
  if (t.numel !== 1) throw new PyError('ValueError', 'only one element tensors can be converted to Python scalars');
  return elementAt(t, t.offset);
}

export function elementAt(t: Tensor, offset: number): boolean | bigint | number {
  if (t.dtype === 'int64') return bigintsOf(t)[offset];
  const x = numbersOf(t)[offset];
  if (t.dtype === 'bool') return x !== 0;
  return isFloating(t.dtype) ? x : BigInt(x);
}

const isSafe = (value: bigint): boolean => value >= -(2n ** 53n) && value <= 2n ** 53n;

/** An integer of the engine: a number, or a bigint beyond what a number holds. */
export const integerOf = (value: bigint): number | bigint => (isSafe(value) ? Number(value) : value);

/** A Python number as the engine's scalar. Tensors of no dimensions count as numbers here. */
export function toScalar(value: Value): Scalar | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return integerOf(value);
  if (typeof value === 'number') return float(value);
  if (value instanceof Tensor && value.ndim === 0) return toScalar(itemOf(value));
  if (value instanceof PyInstance) {
    const number = numberBehind(value);
    if (number !== undefined) return toScalar(number);
  }
  return undefined;
}

/** A scalar of the engine as a Python number. */
export function fromScalar(value: Scalar): Value {
  if (value instanceof Float) return value.value;
  if (typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0)) return BigInt(value);
  return value;
}

/** As many as a list of a cell may have. */
const MAX_RANGE = 4_000_000;

/** The elements of a list, tuple or range. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (value instanceof PyList || value instanceof PyTuple) return value.items;
  if (value instanceof PyRange) {
    if (rangeLength(value) > MAX_RANGE) throw new PyError('MemoryError', `a range of more than ${MAX_RANGE} elements`);
    const items: Value[] = [];
    for (let i = value.start; value.step > 0n ? i < value.stop : i > value.stop; i += value.step) items.push(i);
    return items;
  }
  return undefined;
}

/** No attribute of an op is nested deeper, or has more numbers in it. */
const DEEPEST = 4;
const MOST_PLAIN = 100_000;

/** A value as the engine's attributes are read: numbers, strings, bools, arrays. Undefined where it is none. */
export function plain(value: Value, depth = DEEPEST, room = { left: MOST_PLAIN }): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof DTypeValue) return value.dtype;
  if (value instanceof FormatValue) return value.name;
  if (value instanceof PyClass) return PYTHON_TYPES[value.name];
  if (value instanceof Tensor) return value.numel === 1 ? plain(itemOf(value)) : undefined;
  const scalar = toScalar(value);
  if (scalar !== undefined) return scalar;
  const items = itemsOf(value);
  if (items === undefined) return undefined;
  room.left -= items.length;
  if (depth === 0 || room.left < 0) return undefined;
  const out = items.map((item) => plain(item, depth - 1, room));
  return out.includes(undefined) ? undefined : out;
}

/** A whole number: an int, or an integer tensor of one element. */
export function toInteger(value: Value): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Tensor && value.numel === 1 && !isFloating(value.dtype) && value.dtype !== 'bool')
    return Number(itemOf(value));
  if (value instanceof PyInstance) {
    const number = numberBehind(value);
    if (typeof number === 'bigint') return Number(number);
  }
  return undefined;
}

/** A list of whole numbers, as sizes and dims are given. */
export function toIntegers(value: Value): number[] | undefined {
  const items = itemsOf(value);
  if (items === undefined) return undefined;
  const out = items.map(toInteger);
  return out.includes(undefined) ? undefined : (out as number[]);
}

export const sizeOf = (shape: readonly number[]): PyTuple => new PyTuple(shape.map(BigInt), 'torch.Size');

const PYTHON_TYPES: Readonly<Record<string, DType | undefined>> = { float: 'float64', int: 'int64', bool: 'bool' };

/** A dtype argument. */
export function toDType(value: Value): DType {
  if (value instanceof DTypeValue) return value.dtype;
  if (value instanceof ForeignDType)
    throw new PyError('RuntimeError', `torch.${value.name} is not supported here: the dtypes are ${DTYPES.join(', ')}`);
  // Python's own types stand for the widest dtype of their kind.
  if (value instanceof PyClass) {
    const known = PYTHON_TYPES[value.name];
    if (known !== undefined) return known;
  }
  throw typeError(`dtype must be a torch.dtype, not ${typeName(value)}`);
}

/** Names of the results of ops that give several, as torch.return_types has them. */
const VALUES = ['values', 'indices'];
const RESULT_NAMES: Readonly<Record<string, readonly string[]>> = {
  max: VALUES,
  min: VALUES,
  median: VALUES,
  nanmedian: VALUES,
  mode: VALUES,
  kthvalue: VALUES,
  sort: VALUES,
  topk: VALUES,
  cummax: VALUES,
  cummin: VALUES,
  aminmax: ['min', 'max'],
  slogdet: ['sign', 'logabsdet'],
  linalg_slogdet: ['sign', 'logabsdet'],
  qr: ['Q', 'R'],
  linalg_qr: ['Q', 'R'],
  svd: ['U', 'S', 'V'],
  linalg_svd: ['U', 'S', 'Vh'],
  linalg_eigh: ['eigenvalues', 'eigenvectors'],
  linalg_eig: ['eigenvalues', 'eigenvectors'],
  triangular_solve: ['solution', 'cloned_coefficient'],
  frexp: ['mantissa', 'exponent'],
  histogram: ['hist', 'bin_edges'],
  linalg_lu: ['P', 'L', 'U'],
  linalg_lu_factor: ['LU', 'pivots'],
  linalg_lu_factor_ex: ['LU', 'pivots', 'info'],
  linalg_inv_ex: ['inverse', 'info'],
  linalg_cholesky_ex: ['L', 'info'],
  linalg_lstsq: ['solution', 'residuals', 'rank', 'singular_values'],
  lu_unpack: ['P', 'L', 'U'],
  geqrf: ['a', 'tau'],
  symeig: ['eigenvalues', 'eigenvectors'],
};

/** Results of an op as a cell sees them. */
export function fromResult(op: string, result: Tensor | readonly Tensor[]): Value {
  return result instanceof Tensor ? result : resultsAs(op, result);
}

/** Several results, under the names that they have in torch.return_types. */
export function resultsAs(op: string, result: readonly Tensor[], suffix = ''): PyTuple {
  const names = RESULT_NAMES[op];
  return names !== undefined && names.length === result.length
    ? new PyTuple(result, `torch.return_types.${op}${suffix}`, names)
    : new PyTuple(result);
}
