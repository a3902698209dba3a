/**
 * The one binder between Python's calls and the registry's ops: positional arguments in PyTorch's
 * order, keywords by PyTorch's names, numbers, lists and dtypes as the op reads them.
 */

import { isGradEnabled } from '../../autograd/mode.ts';
import type { OpDef } from '../../ops/define.ts';
import { type AnyParam, Refusal } from '../../ops/params.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { type Kwargs, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { makeTensor } from './construct.ts';
import { ForeignDType, fromResult, itemsOf, plain, toDType, toInteger, toScalar, typeName } from './convert.ts';
import { guarded } from './errors.ts';

export type NamedArgs = Record<string, unknown>;

/** How PyTorch's signature differs from the op's. */
export interface Spelling {
  /** The name that is called, for messages. */
  readonly name: string;
  /** Names by position: parameters of the op, or what is read by the binder itself. */
  readonly order: readonly string[];
  /** The receiver's parameter: it is not counted in messages. */
  readonly receiver?: string;
  /** Parameters that PyTorch wants to be given here, though the op has a default for them. */
  readonly needs?: readonly string[];
  /** The list parameter that takes all positional integers that are left: `x.view(2, 3)`. */
  readonly spread?: string;
}

/** Functions that take a number in the place of any tensor. */
const NUMBERS_TOO = new Set(['add', 'sub', 'mul', 'div', 'floor_divide']);

/** What PyTorch takes and has no meaning here. */
const IGNORED = new Set([
  '_stacklevel',
  'memory_format',
  'layout',
  'pin_memory',
  'non_blocking',
  'sparse_grad',
  'generator',
  'names',
  'is_coalesced',
]);

/** Numpy's names for PyTorch's. */
const SYNONYMS: Readonly<Record<string, string>> = {
  axis: 'dim',
  keepdims: 'keepdim',
  x: 'input',
  x1: 'input',
  x2: 'other',
  a: 'input',
  b: 'other',
  self: 'input',
};

const REDUCTIONS_BEFORE = new Set(['size_average', 'reduce']);

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

const wrongType = (spelling: Spelling, param: AnyParam, position: number | null, value: Value): PyError =>
  typeError(
    `${spelling.name}(): argument '${param.name}'${position === null ? '' : ` (position ${position})`} must be ${expected(param)}, not ${typeName(value)}`,
  );

/** A string of the right type and the wrong words: what raises ValueError in Python and RuntimeError in C++. */
function refused(spelling: Spelling, param: AnyParam, value: Value, refusal: Refusal): PyError {
  if (param.name === 'reduction') return valueError(`${String(value)} is not a valid value for reduction`);
  return new PyError(
    'RuntimeError',
    `${spelling.name}(): ${param.name} must be ${refusal.expected}, but got ${typeof value === 'string' ? `'${value}'` : String(plain(value))}`,
  );
}

/** One argument as the op reads it. */
export function convert(spelling: Spelling, param: AnyParam, position: number | null, value: Value): unknown {
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
  const raw = plain(value);
  if (raw === undefined || param.attr === undefined) throw wrongType(spelling, param, position, value);
  const read = param.attr.read(raw);
  if (!(read instanceof Refusal)) return read;
  const type = param.attr.jsonSchema.type;
  const fits =
    typeof value === 'string'
      ? type === 'string' || (Array.isArray(type) && type.includes('string'))
      : typeof value === 'bigint' && (type === 'integer' || type === 'number');
  throw fits || (typeof value === 'number' && type === 'number')
    ? refused(spelling, param, value, read)
    : wrongType(spelling, param, position, value);
}

/** PyTorch's `reduction` of old: two bools. */
function legacyReduction(sizeAverage: Value, reduce: Value): string {
  return reduce === false ? 'none' : sizeAverage === false ? 'sum' : 'mean';
}

/** Arguments that stand beside the op's own: `out`, `requires_grad`, `inplace`. */
export interface Bound {
  readonly named: NamedArgs;
  readonly extras: ReadonlyMap<string, Value>;
}

const EXTRAS = new Set(['out', 'requires_grad', 'inplace', 'device']);

/** Positional arguments in the order of the spelling; runs of integers and of tensors put together. */
function arrange(op: OpDef, spelling: Spelling, args: readonly Value[]): readonly Value[] {
  const at = spelling.spread === undefined ? -1 : spelling.order.indexOf(spelling.spread);
  if (at >= 0 && args.length > at && toInteger(args[at]) !== undefined)
    return [...args.slice(0, at), new PyTuple(args.slice(at))];
  const list = op.params.findIndex((p) => p.variadic === true);
  if (list >= 0 && args[list] instanceof Tensor) return [...args.slice(0, list), new PyTuple(args.slice(list))];
  return args;
}

export function bind(op: OpDef, spelling: Spelling, positional: readonly Value[], kwargs: Kwargs): Bound {
  const args = arrange(op, spelling, positional);
  const byName = new Map<string, AnyParam>(op.params.map((p) => [p.name as string, p]));
  const named: NamedArgs = {};
  const extras = new Map<string, Value>();
  const seen = new Set<string>();
  const shift = spelling.receiver === undefined ? 1 : 0;
  const put = (name: string, value: Value, position: number | null): void => {
    if (seen.has(name)) throw typeError(`${spelling.name}() got multiple values for argument '${name}'`);
    seen.add(name);
    const param = byName.get(name);
    if (param !== undefined) {
      const number =
        param.kind === 'tensor' && NUMBERS_TOO.has(op.name) && (typeof value === 'bigint' || typeof value === 'number');
      const read = number ? makeTensor(value) : convert(spelling, param, position, value);
      if (read !== undefined) named[param.key] = read;
    } else if (EXTRAS.has(name) || REDUCTIONS_BEFORE.has(name)) extras.set(name, value);
    else if (!IGNORED.has(name)) throw typeError(`${spelling.name}() got an unexpected keyword argument '${name}'`);
  };
  if (args.length > spelling.order.length) {
    const n = spelling.order.length - (1 - shift);
    throw typeError(
      `${spelling.name}() takes ${n} positional argument${n === 1 ? '' : 's'} but ${args.length - (1 - shift)} ${args.length - (1 - shift) === 1 ? 'was' : 'were'} given`,
    );
  }
  args.forEach((value, i) => {
    put(spelling.order[i], value, i + shift);
  });
  for (const [name, value] of kwargs) {
    const known = byName.has(name) || EXTRAS.has(name) || IGNORED.has(name) || REDUCTIONS_BEFORE.has(name);
    let own = known ? name : (SYNONYMS[name] ?? name);
    // PyTorch calls the first tensor `input` in torch and by other names elsewhere.
    if (!known && own === 'input' && !byName.has('input'))
      own = op.params.find((p) => p.kind === 'tensor')?.name ?? own;
    put(own, value, null);
  }
  if (
    byName.has('reduction') &&
    !byName.has('reduce') &&
    ((extras.get('size_average') ?? null) !== null || (extras.get('reduce') ?? null) !== null)
  ) {
    named.reduction = legacyReduction(extras.get('size_average') ?? null, extras.get('reduce') ?? null);
  }
  const missing = op.params.filter(
    (p) =>
      (p.required || spelling.needs?.includes(p.name)) &&
      named[p.key] === undefined &&
      !(p.name === 'dim' && seen.has('dim')),
  );
  if (missing.length > 0) {
    throw typeError(
      `${spelling.name}() missing ${missing.length} required positional arguments: ${missing.map((p) => `"${p.name}"`).join(', ')}`,
    );
  }
  return { named, extras };
}

/**
 * A window that was made with recording off on what requires grad says of itself that it requires
 * grad, too, though nothing is known of how it was made.
 */
export function asPyTorch<T extends Tensor | readonly Tensor[]>(result: T): T {
  if (isGradEnabled()) return result;
  const list: readonly Tensor[] = result instanceof Tensor ? [result] : (result as readonly Tensor[]);
  for (const t of list) if (t.base?.requiresGrad && isFloating(t.dtype)) t.requiresGrad = true;
  return result;
}

/** Calls an op with bound arguments. */
export function callOp(op: OpDef, named: NamedArgs): Tensor | readonly Tensor[] {
  return asPyTorch(guarded(() => op.call(named)));
}

export const resultOf = (op: OpDef, named: NamedArgs): Value => fromResult(op.name, callOp(op, named));

/** A tensor, or a number as one: for functions that are put together of ops. */
export function operandOf(value: Value): Tensor | ReturnType<typeof toScalar> {
  return value instanceof Tensor ? value : toScalar(value);
}

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
