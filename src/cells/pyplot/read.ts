/** Values of a cell as numbers, arrays and texts to draw. */
import { isFloating } from '../../tensor/dtype.ts';
import { bigintsOf, numbersOf, Tensor } from '../../tensor/tensor.ts';
import { findAttribute } from '../runtime/attributes.ts';
import { toFloat } from '../runtime/coerce.ts';
import { PyError, runtimeError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { typeName } from '../runtime/types.ts';
import { PyInstance, PyList, PyObject, PyTuple, type Value } from '../runtime/values.ts';

/** Numbers with their shape, row by row. */
export interface Numbers {
  readonly values: Float64Array;
  readonly shape: readonly number[];
  /** Whether they came as integers. */
  readonly whole?: boolean;
}

/** Of what one call draws. */
const MOST = 4_000_000;

export const tooMany = (): PyError => new PyError('MemoryError', `a picture is drawn of at most ${MOST} numbers`);

/** A number; tensors and arrays of one element count. */
export function number(value: Value, interpreter: Interpreter): number {
  return toFloat(interpreter as Runtime, value);
}

/** `fallback` where nothing, or None, was given. */
export const numberOr = <T>(value: Value | undefined, fallback: T, interpreter: Interpreter): number | T =>
  value === undefined || value === null ? fallback : number(value, interpreter);

export function integer(value: Value, interpreter: Interpreter): number {
  if (typeof value === 'bigint') return Number(value);
  const x = number(value, interpreter);
  if (!Number.isInteger(x))
    throw typeError(`'${typeName(value, interpreter as Runtime)}' object cannot be interpreted as an integer`);
  return x;
}

export function text(value: Value | undefined, interpreter: Interpreter): string | null {
  if (value === undefined || value === null) return null;
  return interpreter.str(value);
}

export function flag(value: Value | undefined, fallback: boolean, interpreter: Interpreter): boolean {
  return value === undefined || value === null ? fallback : interpreter.truth(value);
}

/** The items of a list, a tuple or whatever else is walked; undefined for numbers, texts and the like. */
export function itemsOf(value: Value, interpreter: Interpreter): readonly Value[] | undefined {
  if (value instanceof PyList || value instanceof PyTuple) return value.items;
  if (!(value instanceof PyObject)) {
    if (!(value instanceof Tensor) || value.ndim === 0) return undefined;
  } else if (value instanceof PyInstance) {
    const listed = listedBy(value, interpreter);
    if (listed !== undefined) return listed instanceof PyList ? listed.items : undefined;
    const runtime = interpreter as Runtime;
    if (
      findAttribute(runtime, value, '__iter__') === undefined &&
      findAttribute(runtime, value, '__getitem__') === undefined
    )
      return undefined;
  }
  const items: Value[] = [];
  try {
    for (const item of interpreter.iterate(value)) {
      if (items.length >= MOST) throw tooMany();
      items.push(item);
    }
  } catch (error) {
    if (error instanceof PyError && error.type === 'TypeError' && / is not iterable$/.test(error.message))
      return undefined;
    throw error;
  }
  return items;
}

/** What `tolist()` answers, of objects that have it: arrays of numpy. */
function listedBy(value: PyInstance, interpreter: Interpreter): Value | undefined {
  const own = findAttribute(interpreter as Runtime, value, 'tolist');
  return own === undefined ? undefined : interpreter.call(own, []);
}

export function ofTensor(t: Tensor, interpreter: Interpreter): Numbers {
  if (t.requiresGrad)
    throw runtimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.");
  if (t.numel > MOST) throw tooMany();
  interpreter.budget.room(t.numel);
  const values = new Float64Array(t.numel);
  const { shape, strides } = t;
  const at = shape.map(() => 0);
  const wide = t.dtype === 'int64' ? bigintsOf(t) : null;
  const plain = wide === null ? numbersOf(t) : null;
  let from = t.offset;
  for (let i = 0; i < values.length; i++) {
    values[i] = wide === null ? plain![from] : Number(wide[from]);
    for (let d = shape.length - 1; d >= 0; d--) {
      from += strides[d];
      if (++at[d] < shape[d]) break;
      from -= strides[d] * shape[d];
      at[d] = 0;
    }
  }
  return { values, shape, whole: !isFloating(t.dtype) };
}

const uneven = (): PyError =>
  valueError(
    'setting an array element with a sequence. The requested array has an inhomogeneous shape after 1 dimensions.',
  );

/** Any numbers, however nested. */
export function numbers(value: Value, interpreter: Interpreter, depth = 4): Numbers {
  if (value instanceof Tensor) return ofTensor(value, interpreter);
  if (value instanceof PyInstance) {
    const listed = listedBy(value, interpreter);
    if (listed !== undefined) return numbers(listed, interpreter, depth);
  }
  const items = typeof value === 'string' || value === null ? undefined : itemsOf(value, interpreter);
  if (items === undefined) return { values: Float64Array.of(leaf(value, interpreter)), shape: [] };
  interpreter.budget.room(items.length);
  if (
    items.every(
      (item) => typeof item === 'number' || typeof item === 'bigint' || typeof item === 'boolean' || item === null,
    )
  ) {
    return {
      values: Float64Array.from(items, (item) => (item === null ? Number.NaN : Number(item))),
      shape: [items.length],
      whole: items.every((item) => typeof item === 'bigint'),
    };
  }
  if (depth === 0) throw valueError('an array to draw has at most 4 dimensions');
  const parts = items.map((item) => {
    interpreter.budget.step();
    return numbers(item, interpreter, depth - 1);
  });
  const [first] = parts;
  const { shape } = first;
  const same = parts.every((part) => part.shape.length === shape.length && part.shape.every((n, d) => n === shape[d]));
  if (!same) {
    // Elements of one number are numbers.
    if (parts.every((part) => part.values.length === 1))
      return { values: Float64Array.from(parts, (part) => part.values[0]), shape: [parts.length] };
    throw uneven();
  }
  const each = first.values.length;
  if (parts.length * each > MOST) throw tooMany();
  const values = new Float64Array(parts.length * each);
  parts.forEach((part, i) => {
    values.set(part.values, i * each);
  });
  return { values, shape: [parts.length, ...shape], whole: parts.every((part) => part.whole === true) };
}

function leaf(value: Value, interpreter: Interpreter): number {
  if (value === null) return Number.NaN;
  if (typeof value === 'string') throw valueError(`could not convert string to float: ${interpreter.repr(value)}`);
  return toFloat(interpreter as Runtime, value, "float() argument must be a string or a real number, not '%'");
}

/** Numbers in one row; a number alone is one of them. */
export const row = (value: Value, interpreter: Interpreter): Float64Array => numbers(value, interpreter).values;

/** The texts of a list of texts; undefined where it is none. */
export function texts(value: Value, interpreter: Interpreter): string[] | undefined {
  if (typeof value === 'string') return [value];
  const items = itemsOf(value, interpreter);
  if (items === undefined || items.length === 0 || !items.every((item) => typeof item === 'string')) return undefined;
  interpreter.budget.room(items.length);
  return items as string[];
}

/** Two numbers. */
export function pair(value: Value, interpreter: Interpreter): [number, number] {
  const values = row(value, interpreter);
  if (values.length !== 2) throw valueError(`not enough values to unpack (expected 2, got ${values.length})`);
  return [values[0], values[1]];
}

const NUMPY = 'numpy';

/** A list as a cell gets it where matplotlib gives an array: numpy's, where there is numpy. */
export function asArray(list: PyList, interpreter: Interpreter): Value {
  const array = (interpreter as Runtime).modules.import(NUMPY)?.members.get('array');
  return array === undefined ? list : interpreter.call(array, [list]);
}

/** Numbers as such an array. */
export function arrayOf(values: ArrayLike<number>, interpreter: Interpreter): Value {
  interpreter.budget.room(values.length);
  return asArray(new PyList(Array.from(values)), interpreter);
}
