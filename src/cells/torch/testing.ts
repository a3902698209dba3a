/** torch.testing: comparisons that say what differs, and tensors to test with. */
import { noGrad } from '../../autograd/mode.ts';
import { withRecorder } from '../../autograd/recorder.ts';
import * as kernels from '../../kernels/random/index.ts';
import { to } from '../../ops/creation/cast.ts';
import { repeatInterleave } from '../../ops/indexing/index.ts';
import { abs, add, div, eq, isclose, logicalNot, mul, rsub, sub, where } from '../../ops/pointwise/index.ts';
import { scalarTensor } from '../../ops/promote.ts';
import { argmax, sum } from '../../ops/reductions/index.ts';
import { reshape, slice } from '../../ops/shape/index.ts';
import { type DType, isFloating, promoteTypes, rowOf } from '../../tensor/dtype.ts';
import { float, scalarToNumber } from '../../tensor/scalar.ts';
import { checkNumel, sameShape } from '../../tensor/shape.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyDict, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { asTensor } from './construct.ts';
import { itemOf, itemsOf, sizeOf, toDType, toInteger, toIntegers, toScalar, typeName } from './convert.ts';
import { native } from './define.ts';
import { checkDevice } from './devices.ts';
import { dtypeValue } from './dtypes.ts';
import { guarded } from './errors.ts';

/** Relative and absolute tolerances. Other dtypes are compared exactly. */
const TOLERANCES: Partial<Record<DType, readonly [rtol: number, atol: number]>> = {
  float16: [1e-3, 1e-5],
  bfloat16: [1.6e-2, 1e-5],
  float32: [1.3e-6, 1e-5],
  float64: [1e-7, 1e-7],
};

interface Options {
  readonly rtol: number | null;
  readonly atol: number | null;
  readonly equalNan: boolean;
  readonly checkDevice: boolean;
  readonly checkDType: boolean;
  readonly checkStride: boolean;
  readonly interpreter: Interpreter;
}

/** What differs, and at which item of what was compared. */
class Mismatch extends Error {
  readonly type: 'AssertionError' | 'TypeError' | 'ValueError';
  readonly path: readonly Value[];
  constructor(message: string, path: readonly Value[], type: Mismatch['type'] = 'AssertionError') {
    super(message);
    this.type = type;
    this.path = path;
  }
}

type Path = readonly Value[];

const MOST_DEEP = 100;

function compare(actual: Value, expected: Value, path: Path, options: Options): void {
  const { interpreter } = options;
  interpreter.budget.step();
  if (path.length > MOST_DEEP) throw new PyError('RecursionError', 'maximum recursion depth exceeded in comparison');
  const isSequence = (value: Value): value is PyList | PyTuple => value instanceof PyList || value instanceof PyTuple;
  if (isSequence(actual) && isSequence(expected)) {
    const [a, b] = [actual.items, expected.items];
    if (a.length !== b.length)
      throw new Mismatch(`The length of the sequences mismatch: ${a.length} != ${b.length}`, path);
    a.forEach((item, i) => void compare(item, b[i], [...path, BigInt(i)], options));
  } else if (actual instanceof PyDict && expected instanceof PyDict) compareDicts(actual, expected, path, options);
  else if (actual === null || expected === null) {
    if (actual !== expected)
      throw new Mismatch(`None mismatch: ${interpreter.str(actual)} is not ${interpreter.str(expected)}`, path);
  } else if (typeof actual === 'boolean' && typeof expected === 'boolean') {
    if (actual !== expected)
      throw new Mismatch(`Booleans mismatch: ${interpreter.str(actual)} is not ${interpreter.str(expected)}`, path);
  } else if (isNumber(actual) && isNumber(expected)) compareNumbers(actual, expected, path, options);
  else if (actual instanceof Tensor && expected instanceof Tensor) compareTensors(actual, expected, path, options);
  else
    throw new Mismatch(
      `No comparison pair was able to handle inputs of type ${classText(actual, interpreter)} and ${classText(expected, interpreter)}.`,
      path,
      'TypeError',
    );
}

type Numeric = boolean | bigint | number;

const isNumber = (value: Value): value is Numeric =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';

const classText = (value: Value, interpreter: Interpreter): string =>
  interpreter.repr(interpreter.getAttribute(value, '__class__'));

function compareDicts(actual: PyDict, expected: PyDict, path: Path, options: Options): void {
  const { interpreter } = options;
  const missing = [...expected.entries].filter(([held]) => !actual.entries.has(held)).map(([, [key]]) => key);
  const additional = [...actual.entries].filter(([held]) => !expected.entries.has(held)).map(([, [key]]) => key);
  if (missing.length + additional.length > 0)
    throw new Mismatch(
      `The keys of the mappings do not match:\nMissing keys in the actual mapping: ${interpreter.repr(new PyList(missing))}\nAdditional keys in the actual mapping: ${interpreter.repr(new PyList(additional))}`,
      path,
    );
  for (const [held, [key, value]] of actual.entries) {
    const other = expected.entries.get(held) as [Value, Value];
    compare(value, other[1], [...path, key], options);
  }
}

function tolerancesOf(dtypes: readonly DType[], path: Path, { rtol, atol }: Options): [rtol: number, atol: number] {
  if (rtol !== null && atol !== null) return [rtol, atol];
  if (rtol !== null || atol !== null)
    throw new Mismatch(
      `Both 'rtol' and 'atol' must be either specified or omitted, but got no ${rtol === null ? 'rtol' : 'atol'}.`,
      path,
      'ValueError',
    );
  const all = dtypes.map((dtype) => TOLERANCES[dtype] ?? [0, 0]);
  return [Math.max(...all.map(([r]) => r)), Math.max(...all.map(([, a]) => a))];
}

const dtypeOfNumber = (value: Numeric): DType => (typeof value === 'number' ? 'float64' : 'int64');

function compareNumbers(actual: Numeric, expected: Numeric, path: Path, options: Options): void {
  const { interpreter } = options;
  const [rtol, atol] = tolerancesOf([dtypeOfNumber(actual), dtypeOfNumber(expected)], path, options);
  if (options.checkDType && typeof actual !== typeof expected)
    throw new Mismatch(
      `The (d)types do not match: ${classText(actual, interpreter)} != ${classText(expected, interpreter)}.`,
      path,
    );
  const [a, b] = [Number(actual), Number(expected)];
  if (typeof actual === typeof expected ? actual === expected : a === b) return;
  if (options.equalNan && Number.isNaN(a) && Number.isNaN(b)) return;
  const difference = Math.abs(a - b);
  if (Number.isFinite(difference) && difference <= atol + rtol * Math.abs(b)) return;
  throw new Mismatch(scalarText(actual, expected, rtol, atol, interpreter), path);
}

/** A difference as Python shows it: of integers an integer. */
function differenceOf(a: Numeric, b: Numeric): Value {
  if (typeof a === 'number' || typeof b === 'number') return Math.abs(Number(a) - Number(b));
  const d = BigInt(a) - BigInt(b);
  return d < 0n ? -d : d;
}

const heading = (what: string, rtol: number, atol: number): string =>
  `${what} are not ${rtol === 0 && atol === 0 ? 'equal' : 'close'}!\n\n`;

const allowed = (tolerance: number, rtol: number, atol: number, interpreter: Interpreter): string =>
  rtol === 0 && atol === 0 ? '' : ` (up to ${toleranceText(tolerance, interpreter)} allowed)`;

/** Tolerances of 0 and 1 are mostly given as integers; what came in is not known any more. */
const toleranceText = (tolerance: number, interpreter: Interpreter): string =>
  Number.isInteger(tolerance) ? String(tolerance) : interpreter.repr(tolerance);

function scalarText(a: Numeric, b: Numeric, rtol: number, atol: number, interpreter: Interpreter): string {
  const difference = differenceOf(a, b);
  const relative = Number(b) === 0 ? Infinity : Number(difference) / Math.abs(Number(b));
  return (
    `${heading('Scalars', rtol, atol)}Absolute difference: ${interpreter.repr(difference)}${allowed(atol, rtol, atol, interpreter)}\n` +
    `Relative difference: ${interpreter.repr(relative)}${allowed(rtol, rtol, atol, interpreter)}`
  );
}

function compareTensors(actual: Tensor, expected: Tensor, path: Path, options: Options): void {
  const { interpreter } = options;
  const differ = (name: string, a: Value, b: Value): Mismatch =>
    new Mismatch(
      `The values for attribute '${name}' do not match: ${interpreter.str(a)} != ${interpreter.str(b)}.`,
      path,
    );
  const [rtol, atol] = tolerancesOf([actual.dtype, expected.dtype], path, options);
  if (!sameShape(actual.shape, expected.shape)) throw differ('shape', sizeOf(actual.shape), sizeOf(expected.shape));
  const strides = (t: Tensor): PyTuple => new PyTuple(t.strides.map(BigInt));
  if (options.checkStride && !sameShape(actual.strides, expected.strides))
    throw differ('stride()', strides(actual), strides(expected));
  if (options.checkDType && actual.dtype !== expected.dtype)
    throw differ('dtype', dtypeValue(actual.dtype), dtypeValue(expected.dtype));
  const wide = isFloating(promoteTypes(actual.dtype, expected.dtype)) ? 'float64' : 'int64';
  const [a, b] = [to(actual, wide), to(expected, wide)];
  const matches = isclose(a, b, rtol, atol, options.equalNan);
  const mismatches = logicalNot(matches);
  const count = Number(itemOf(sum(mismatches)));
  if (count === 0) return;
  const message =
    a.ndim === 0
      ? scalarText(itemOf(a), itemOf(b), rtol, atol, interpreter)
      : tensorText(a, b, mismatches, count, rtol, atol, interpreter);
  throw new Mismatch(message, path);
}

/** The place of an element in a shape, by its number in row-major order. */
function indexIn(shape: readonly number[], flat: number): PyTuple {
  const index: bigint[] = [];
  let rest = flat;
  for (const size of [...shape].reverse()) {
    index.unshift(BigInt(rest % size));
    rest = Math.floor(rest / size);
  }
  return new PyTuple(index);
}

function tensorText(
  a: Tensor,
  b: Tensor,
  mismatches: Tensor,
  count: number,
  rtol: number,
  atol: number,
  interpreter: Interpreter,
): string {
  const line = (kind: string, differences: Tensor, tolerance: number): string => {
    const flat = reshape(differences, [-1]);
    const at = Number(itemOf(argmax(flat, 0)));
    const value = itemOf(flat.alias([], [], flat.offset + at));
    return `Greatest ${kind} difference: ${interpreter.repr(value)} at index ${interpreter.repr(indexIn(a.shape, at))}${allowed(tolerance, rtol, atol, interpreter)}`;
  };
  const absolute = where(mismatches, abs(sub(a, b)), 0);
  const relative = where(mismatches, div(absolute, abs(b)), 0);
  const share = ((100 * count) / a.numel).toFixed(1);
  return `${heading('Tensor-likes', rtol, atol)}Mismatched elements: ${count} / ${a.numel} (${share}%)\n${line('absolute', absolute, atol)}\n${line('relative', relative, rtol)}`;
}

/** Runs a comparison outside of any graph; what differs is raised, in the caller's words where there are some. */
function asserting(body: () => void, message: Value, interpreter: Interpreter): null {
  try {
    noGrad(() => withRecorder(null, () => guarded(body)));
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const at = error.path.map((item) => interpreter.repr(new PyList([item]))).join('');
    const own = error.path.length === 0 ? error.message : `${error.message}\n\nThe failure occurred for item ${at}`;
    const text =
      message === null
        ? own
        : typeof message === 'string'
          ? message
          : interpreter.str(interpreter.call(message, [own]));
    throw new PyError(error.type, text);
  }
  return null;
}

function toleranceOf(value: Value, name: string): number | null {
  if (value === null) return null;
  const scalar = toScalar(value);
  if (scalar === undefined) throw typeError(`assert_close(): ${name} must be a number, not ${typeName(value)}`);
  return scalarToNumber(scalar);
}

const assertClose = native(
  'assert_close',
  'actual expected | allow_subclasses= rtol= atol= equal_nan= check_device= check_dtype= check_layout= check_stride= msg=',
  ([actual, expected, , rtol, atol, nan, device, dtype, , stride, msg], interpreter) => {
    const options: Options = {
      rtol: toleranceOf(rtol, 'rtol'),
      atol: toleranceOf(atol, 'atol'),
      equalNan: nan === true,
      checkDevice: device !== false,
      checkDType: dtype !== false,
      checkStride: stride === true,
      interpreter,
    };
    return asserting(() => compare(actual, expected, [], options), msg, interpreter);
  },
);

const assertAllclose = native(
  'assert_allclose',
  'actual expected rtol= atol= equal_nan= msg=',
  ([actual, expected, rtol, atol, nan, msg], interpreter) => {
    interpreter.warn(
      'FutureWarning',
      '`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in 1.14. Use `torch.testing.assert_close()` instead. For detailed upgrade instructions see https://github.com/pytorch/pytorch/issues/61844.',
    );
    const [a, b] = [actual, expected].map((value) => (value instanceof Tensor ? value : asTensor(value)));
    const options: Options = {
      rtol: toleranceOf(rtol, 'rtol'),
      atol: toleranceOf(atol, 'atol'),
      equalNan: nan !== false,
      checkDevice: true,
      checkDType: false,
      checkStride: false,
      interpreter,
    };
    return asserting(() => compare(a, b, [], options), msg === '' ? null : msg, interpreter);
  },
);

/** The bounds of `make_tensor`, brought within what the dtype holds. */
function boundsOf(dtype: DType, low: Value, high: Value): [low: number, high: number] {
  const floating = isFloating(dtype);
  const read = (value: Value, absent: number): number => {
    const scalar = value === null ? absent : toScalar(value);
    if (scalar === undefined) throw typeError(`make_tensor: low and high must be numbers, not ${typeName(value)}`);
    return scalarToNumber(scalar);
  };
  const from = read(low, dtype === 'uint8' ? 0 : -9);
  const to = read(high, floating ? 9 : 10);
  if (Number.isNaN(from) || Number.isNaN(to)) throw valueError('make_tensor: one of low or high was NaN!');
  if (from > to) throw valueError('make_tensor: low must be weakly less than high!');
  const { min, max } = rowOf(dtype);
  const least = floating ? -Number(max) : Number(min);
  const clamp = (x: number): number => Math.min(Math.max(x, least), Number(max));
  return floating ? [clamp(from), clamp(to)] : [Math.floor(clamp(from)), Math.ceil(clamp(to))];
}

function drawn(shape: readonly number[], dtype: DType, low: Value, high: Value): Tensor {
  const g = kernels.currentGenerator();
  checkNumel(shape);
  const blank = empty(shape, dtype);
  if (dtype === 'bool') return kernels.randintFill(blank, 0n, 2n, g);
  const [from, to] = boundsOf(dtype, low, high);
  if (!isFloating(dtype)) return kernels.randintFill(blank, BigInt(from), BigInt(to), g);
  const unit = kernels.uniformFill(blank, 0, 1, g);
  return add(mul(unit, float(to)), mul(rsub(unit, 1), float(from)));
}

/** The same elements, each beside a copy of itself that is passed over. */
function spread(t: Tensor): Tensor {
  if (t.numel < 2 || t.ndim === 0) return t;
  const twice = repeatInterleave(t, 2, -1);
  return slice(twice, -1, 0, undefined, 2);
}

const makeTensor = native(
  'make_tensor',
  '*shape | dtype device low= high= requires_grad= noncontiguous= exclude_zero=',
  ([given, device, low, high, grad, noncontiguous, excludeZero], _, rest) => {
    checkDevice(device);
    const dtype = toDType(given);
    const shape = rest.length === 1 && itemsOf(rest[0]) !== undefined ? toIntegers(rest[0]) : rest.map(toInteger);
    if (shape === undefined || shape.includes(undefined as never))
      throw typeError('make_tensor: shape must be integers or a sequence of them');
    if (grad === true && !isFloating(dtype))
      throw valueError('make_tensor: requires_grad must be False for integral dtype');
    const out = guarded(() =>
      noGrad(() => {
        const values = drawn(shape as number[], dtype, low, high);
        const laid = noncontiguous === true ? spread(values) : values;
        if (excludeZero !== true) return laid;
        return where(eq(laid, 0), scalarTensor(isFloating(dtype) ? (rowOf(dtype).tiny as number) : 1, dtype), laid);
      }),
    );
    return grad === true ? out.requiresGrad_() : out;
  },
);

export const TESTING: readonly (readonly [string, Value])[] = [assertClose, assertAllclose, makeTensor].map((fn) => [
  fn.name,
  fn,
]);
