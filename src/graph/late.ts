/** Attributes that are read when a node runs: `{"tensor": i}` stands for the node's i-th further input. */
import { numbersIn } from '../kernels/index.ts';
import type { OpDef } from '../ops/define.ts';
import { type AnyParam, Refusal } from '../ops/params.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { float, type Scalar } from '../tensor/scalar.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** An attribute as it stands in the document, with further inputs in it. */
export interface LateAttr {
  readonly param: AnyParam;
  /** The parameter's place in the op's signature. */
  readonly place: number;
  readonly raw: unknown;
}

/** Attributes are nested no deeper than an index of slices. */
const MAX_DEPTH = 4;

/** An attribute has no more numbers than this. */
const MAX_NUMBERS = 65_536;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const placeOf = (value: unknown): number | undefined => {
  if (!isObject(value) || !('tensor' in value) || Object.keys(value).length !== 1) return undefined;
  const { tensor } = value;
  return typeof tensor === 'number' && Number.isInteger(tensor) && tensor >= 0 ? tensor : undefined;
};

/** The index of `getitem` means tensors of its own by the same words; only in its slices they are numbers. */
const isIndex = (param: AnyParam): boolean => param.name === 'index' && param.attr?.jsonSchema.anyOf !== undefined;

/** How many further inputs an attribute names: one more than the last of them; 0 where it names none. */
export function furtherIn(param: AnyParam, raw: unknown): number {
  let most = 0;
  const walk = (value: unknown, inSlice: boolean, depth: number): void => {
    if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return;
    const place = inSlice ? placeOf(value) : undefined;
    if (place !== undefined) most = Math.max(most, place + 1);
    else if (Array.isArray(value)) for (const item of value) walk(item, inSlice, depth + 1);
    else for (const item of Object.values(value)) walk(item, true, depth + 1);
  };
  walk(raw, !isIndex(param), 0);
  return most;
}

function numbersOf(t: Tensor): readonly Scalar[] {
  if (t.numel > MAX_NUMBERS)
    throw new EngineError('value_range', `an attribute of ${t.numel} numbers; at most ${MAX_NUMBERS} are allowed`);
  const numbers = numbersIn(t);
  if (t.dtype === 'bool') return numbers.map((n) => n !== 0);
  return isFloating(t.dtype) ? numbers.map(float) : numbers;
}

/** A tensor of no dimensions is a number, another one a list. */
const valueIn = (t: Tensor): unknown => (t.ndim === 0 ? numbersOf(t)[0] : numbersOf(t));

function resolved(value: unknown, tensors: readonly Tensor[], inSlice: boolean, depth: number): unknown {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return value;
  const place = inSlice ? placeOf(value) : undefined;
  if (place !== undefined) return valueIn(tensors[place]);
  if (Array.isArray(value)) {
    return value.map((item) => {
      const one = resolved(item, tensors, inSlice, depth + 1);
      // A list of one among numbers is a number.
      return inSlice && placeOf(item) !== undefined && Array.isArray(one) && one.length === 1 ? one[0] : one;
    });
  }
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolved(item, tensors, true, depth + 1)]),
  );
}

/**
 * The value of an attribute, read from tensors.
 *
 * @throws EngineError invalid_graph where the op takes no such value; DataDependent where only shapes are known
 */
export function readLate(op: OpDef, { param, raw }: LateAttr, tensors: readonly Tensor[]): unknown {
  const attr = param.attr as NonNullable<AnyParam['attr']>;
  const value = resolved(raw, tensors, !isIndex(param), 0);
  const read = attr.read(value);
  if (!(read instanceof Refusal)) return read;
  // One number and a list of one are the same in a tensor of one element.
  const other = attr.read(Array.isArray(value) ? (value.length === 1 ? value[0] : value) : [value]);
  if (!(other instanceof Refusal)) return other;
  throw new EngineError('invalid_graph', `attribute "${param.name}" of ${op.name}: expected ${read.expected}`);
}
