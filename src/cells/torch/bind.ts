/**
 * The one binder between Python's calls and the registry's ops: positional arguments in PyTorch's
 * order, keywords by PyTorch's names, numbers, lists and dtypes as the op reads them.
 */

import { isGradEnabled } from '../../autograd/mode.ts';
import type { OpDef } from '../../ops/define.ts';
import { type AnyParam, Refusal } from '../../ops/params.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { isInferenceMade } from '../../tensor/inference.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { floatRepr } from '../runtime/floats.ts';
import { type Kwargs, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { truth } from './compare.ts';
import { makeTensor } from './construct.ts';
import { ForeignDType, fromResult, itemsOf, plain, toDType, toInteger, typeName } from './convert.ts';
import { missingArguments } from './define.ts';
import { guarded } from './errors.ts';
import { refuseHalf } from './half.ts';
import type { Overload, Slot, Spelling } from './spelling.ts';
import { wordingOf } from './wordings.ts';

/** Reductions by their numbers in torch. */
const REDUCTIONS = ['none', 'mean', 'sum'];

const WORDS: Readonly<Record<string, string>> = {
  integer: 'int',
  number: 'float',
  boolean: 'bool',
  array: 'tuple of ints',
  string: 'str',
};

/** What a parameter takes, in PyTorch's words. */
function expected(param: AnyParam): string {
  if (param.kind === 'tensor') return 'Tensor';
  if (param.kind === 'tensors') return 'tuple of Tensors';
  if (param.kind === 'operand') return 'Tensor';
  if (param.name === 'dtype') return 'torch.dtype';
  const type = param.attr?.jsonSchema.type;
  const words = (Array.isArray(type) ? type : [type]).map((t) => WORDS[t as string] ?? 'Number');
  return words.at(-1) as string;
}

const wrongType = (spelling: Spelling, param: AnyParam, position: number | null, value: Value): PyError => {
  // Dimensions may have names in PyTorch: here none has one.
  if (param.name === 'dim' && typeof value === 'string')
    return new PyError('RuntimeError', `Name '${value.slice(0, 100)}' not found in Tensor[None].`);
  return typeError(
    `${spelling.name}(): argument '${param.name}'${position === null ? '' : ` (position ${position})`} must be ${expected(param)}, not ${typeName(value)}`,
  );
};

const shownNumber = (value: Value): string =>
  typeof value === 'string' ? `'${value}'` : typeof value === 'number' ? floatRepr(value) : String(plain(value));

/** A value of the right type and out of range: what raises ValueError in Python and RuntimeError in C++. */
function refused(op: OpDef, spelling: Spelling, param: AnyParam, value: Value, refusal: Refusal): PyError {
  const message = `${spelling.name}(): ${param.name} must be ${refusal.expected}, but got ${shownNumber(value)}`;
  const wording = wordingOf(op.name, message);
  return new PyError(wording?.type ?? 'RuntimeError', wording?.message ?? message);
}

/** One argument as the op reads it. */
function convert(op: OpDef, spelling: Spelling, param: AnyParam, position: number | null, value: Value): unknown {
  if (value === null) {
    if (param.required && !(param.name === 'dim')) throw wrongType(spelling, param, position, value);
    return undefined;
  }
  if (param.kind === 'tensors') {
    const items = itemsOf(value);
    if (items === undefined) throw wrongType(spelling, param, position, value);
    items.forEach((item, i) => {
      if (!(item instanceof Tensor))
        throw typeError(
          `expected Tensor as element ${i} in argument ${Math.max((position ?? 1) - 1, 0)}, but got ${typeName(item)}`,
        );
    });
    return items;
  }
  if (value instanceof Tensor) {
    if (param.kind !== 'attr') return value;
    if (value.numel !== 1) throw wrongType(spelling, param, position, value);
  } else if (param.kind === 'tensor') throw wrongType(spelling, param, position, value);
  if (value instanceof ForeignDType) return toDType(value);
  if (spelling.numbered && param.name === 'reduction' && typeof value === 'bigint') {
    const word = REDUCTIONS[Number(value)];
    if (word !== undefined) return word;
  }
  const raw = plain(value);
  if (raw === undefined || param.attr === undefined) throw wrongType(spelling, param, position, value);
  const read = param.attr.read(raw);
  if (!(read instanceof Refusal)) return read;
  if (param.name === 'reduction' && !spelling.numbered)
    throw valueError(`${String(value)} is not a valid value for reduction`);
  const type = param.attr.jsonSchema.type;
  const fits =
    typeof value === 'string'
      ? type === 'string' || (Array.isArray(type) && type.includes('string'))
      : typeof value === 'bigint' && (type === 'integer' || type === 'number');
  throw fits || (typeof value === 'number' && type === 'number')
    ? refused(op, spelling, param, value, read)
    : wrongType(spelling, param, position, value);
}

/** The values of an op's parameters by place, absent ones undefined, and what stands beside them. */
export interface Bound {
  readonly values: unknown[];
  readonly extras: ReadonlyMap<string, Value> | null;
}

/** Positional arguments as the signature has them: integers, or tensors, that are left put into one list. */
function arrange({ spread, spreadFromTwo, gather }: Overload, args: readonly Value[]): readonly Value[] {
  if (spread >= 0 && args.length > (spreadFromTwo ? spread + 1 : spread) && toInteger(args[spread]) !== undefined)
    return [...args.slice(0, spread), new PyTuple(args.slice(spread))];
  if (gather >= 0 && args[gather] instanceof Tensor) return [...args.slice(0, gather), new PyTuple(args.slice(gather))];
  return args;
}

function bindTo(op: OpDef, spelling: Spelling, overload: Overload, given: readonly Value[], kwargs: Kwargs): Bound {
  const { params } = op;
  const args = arrange(overload, given);
  const values = new Array<unknown>(params.length).fill(undefined);
  let extras: Map<string, Value> | null = null;
  let seen = 0;
  const put = (slot: Slot, value: Value, position: number | null): void => {
    const { place } = slot;
    if (place < 0) {
      if (!slot.extra) return;
      extras ??= new Map();
      extras.set(slot.name, value);
      return;
    }
    if ((seen >> place) & 1) throw typeError(`${spelling.name}() got multiple values for argument '${slot.name}'`);
    seen |= 1 << place;
    const param = params[place];
    const isNumber = typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';
    values[place] =
      isNumber && param.kind === 'tensor' && op.head.numbers === true
        ? makeTensor(value)
        : convert(op, spelling, param, position, value);
  };
  const { positional, byName, needed } = overload;
  const uncounted = spelling.method ? 1 : 0;
  if (args.length > positional.length) {
    const takes = positional.length - uncounted;
    const got = args.length - uncounted;
    throw typeError(
      `${spelling.name}() takes ${takes} positional argument${takes === 1 ? '' : 's'} but ${got} ${got === 1 ? 'was' : 'were'} given`,
    );
  }
  for (let i = 0; i < args.length; i++) put(positional[i], args[i], i + 1 - uncounted);
  for (const [name, value] of kwargs) {
    const slot = byName.get(name);
    if (slot === undefined) throw typeError(`${spelling.name}() got an unexpected keyword argument '${name}'`);
    put(slot, value, null);
  }
  if (extras !== null) reduceAsOfOld(op, values, extras);
  let missing: string[] | undefined;
  for (const place of needed) {
    if (values[place] !== undefined || (params[place].name === 'dim' && (seen >> place) & 1)) continue;
    missing ??= [];
    missing.push(params[place].name);
  }
  if (missing !== undefined) {
    const error = missingArguments(spelling.name, missing, spelling.python);
    const wording = wordingOf(op.name, error.message);
    throw wording === undefined ? error : new PyError(wording.type ?? 'TypeError', wording.message);
  }
  return { values, extras };
}

/** Whether an argument holds; one that is absent does. */
function isTrue(value: Value): boolean {
  if (value === null) return true;
  return value instanceof Tensor ? truth(value) : Boolean(value);
}

/** What `size_average` and `reduce` mean. */
export function reductionOfOld(sizeAverage: Value, reduce: Value): 'none' | 'sum' | 'mean' {
  const averages = isTrue(sizeAverage);
  const reduction = !isTrue(reduce) ? 'none' : averages ? 'mean' : 'sum';
  warn(`size_average and reduce args will be deprecated, please use reduction='${reduction}' instead.`);
  return reduction;
}

/** PyTorch's `reduction` of old: two bools. */
function reduceAsOfOld(op: OpDef, values: unknown[], extras: ReadonlyMap<string, Value>): void {
  const sizeAverage = extras.get('size_average') ?? null;
  const reduce = extras.get('reduce') ?? null;
  if (sizeAverage === null && reduce === null) return;
  const place = op.params.findIndex((p) => p.name === 'reduction');
  if (place >= 0) values[place] = reductionOfOld(sizeAverage, reduce);
}

/**
 * Binds a call to the first signature that it fits.
 *
 * @throws PyError TypeError, of the first signature, where it fits none
 */
export function bind(op: OpDef, spelling: Spelling, args: readonly Value[], kwargs: Kwargs): Bound {
  const { overloads } = spelling;
  if (overloads.length === 1) return bindTo(op, spelling, overloads[0], args, kwargs);
  let first: unknown;
  for (const overload of overloads) {
    try {
      return bindTo(op, spelling, overload, args, kwargs);
    } catch (error) {
      if (!(error instanceof PyError) || error.type !== 'TypeError') throw error;
      first ??= error;
    }
  }
  throw first;
}

/**
 * A window that was made with recording off on what requires grad says of itself that it requires
 * grad, too, though nothing is known of how it was made.
 */
export function asPyTorch<T extends Tensor | readonly Tensor[]>(result: T): T {
  if (isGradEnabled()) return result;
  const list: readonly Tensor[] = result instanceof Tensor ? [result] : (result as readonly Tensor[]);
  for (const t of list)
    if (t.base?.requiresGrad && isFloating(t.dtype) && !isInferenceMade(t.storage)) t.requiresGrad = true;
  return result;
}

/** Calls an op with the values of its parameters by place. */
export function callOp(op: OpDef, values: unknown[]): Tensor | readonly Tensor[] {
  refuseHalf(op, values);
  return asPyTorch(guarded(() => op.apply(values)));
}

export const resultOf = (op: OpDef, values: unknown[]): Value => fromResult(op.name, callOp(op, values));

/** The tensors of a list or tuple, or of one tensor. */
export function tensorsOf(what: string, value: Value): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (value instanceof PyList || value instanceof PyTuple) {
    return value.items.map((item) => {
      if (!(item instanceof Tensor))
        throw typeError(`${what} must be a Tensor or a tuple of Tensors, not ${typeName(item)}`);
      return item;
    });
  }
  throw typeError(`${what} must be a Tensor or a tuple of Tensors, not ${typeName(value)}`);
}
