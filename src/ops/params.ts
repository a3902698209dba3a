/**
 * The parameters of ops. One description serves the typed call, the reading of a request, the zod
 * schema, the OpenAPI text and the catalogue.
 */
import type { DType } from '../tensor/dtype.ts';
import { DTYPES } from '../tensor/dtype.ts';
import { Float, type Scalar } from '../tensor/scalar.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** `ignore_index` on the wire is `ignoreIndex` inside. */
export type Camel<S extends string> = S extends `${infer H}_${infer T}` ? `${H}${Capitalize<Camel<T>>}` : S;

export const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** JSON Schema of an attribute, and how its value is read from parsed JSON. */
export interface Attr<T> {
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  /** The value, or a {@link Refusal} that says what was expected. */
  read(value: unknown): T | Refusal;
  /** The JSON that `read` would take, where the value itself is not it. */
  write?(value: T): unknown;
}

/** Says what an attribute should have been. */
export class Refusal {
  readonly expected: string;
  constructor(expected: string) {
    this.expected = expected;
  }
}

/**
 * - `tensor`, `tensors`: one tensor, a list of them
 * - `operand`: a tensor or a Python number
 * - `attr`: no tensor
 */
export type ParamKind = 'tensor' | 'tensors' | 'operand' | 'attr';

export interface Param<
  N extends string = string,
  T = unknown,
  R extends boolean = boolean,
  D extends boolean = boolean,
> {
  readonly name: N;
  /** The name inside, in camelCase. */
  readonly key: Camel<N>;
  readonly kind: ParamKind;
  readonly required: R;
  /** Whether a gradient rule has to exist for it. */
  readonly differentiable: D;
  readonly default?: T;
  readonly attr?: Attr<T>;
  /** The dtype that a bare JSON array takes; the default dtype where absent. */
  readonly wants?: DType;
  /** The dtype that a bare array takes, where that hangs on the shapes of the first tensor and of the array. */
  readonly wantsFor?: (inputShape: Shape, arrayShape: Shape) => DType;
  /** Of a list: on the wire it takes all the inputs that are left. */
  readonly variadic?: boolean;
  /** One line for the API's readers. */
  readonly doc?: string;
}

type Extra = { doc?: string };

const make = <N extends string, T, R extends boolean, D extends boolean>(
  name: N,
  kind: ParamKind,
  required: R,
  differentiable: D,
  rest: Partial<Param<N, T, R, D>> = {},
): Param<N, T, R, D> => ({ name, key: camel(name) as Camel<N>, kind, required, differentiable, ...rest });

/** A differentiable tensor. */
export const tensor = <N extends string>(
  name: N,
  extra?: Extra & Pick<Param, 'wantsFor'>,
): Param<N, Tensor, true, true> => make(name, 'tensor', true, true, extra);

/** A differentiable tensor that may be absent. */
export const optionalTensor = <N extends string>(name: N, extra?: Extra): Param<N, Tensor | undefined, false, true> =>
  make(name, 'tensor', false, true, extra);

/** A tensor through which no gradient flows; class indices say `wants: 'int64'`. */
export const constant = <N extends string>(name: N, extra?: Extra & { wants?: DType }): Param<N, Tensor, true, false> =>
  make(name, 'tensor', true, false, extra);

export const optionalConstant = <N extends string>(
  name: N,
  extra?: Extra & { wants?: DType },
): Param<N, Tensor | undefined, false, false> => make(name, 'tensor', false, false, extra);

/** A list of differentiable tensors; `variadic` where Python writes it `*tensors`. */
export const tensors = <N extends string>(
  name: N,
  extra?: Extra & { variadic?: boolean },
): Param<N, readonly Tensor[], true, true> => make(name, 'tensors', true, true, extra);

/** A list of tensors through which no gradient flows. */
export const constants = <N extends string>(
  name: N,
  extra?: Extra & { wants?: DType; variadic?: boolean },
): Param<N, readonly Tensor[], true, false> => make(name, 'tensors', true, false, extra);

/** One that may be absent. */
export const optionalConstants = <N extends string>(
  name: N,
  extra?: Extra & { wants?: DType; variadic?: boolean },
): Param<N, readonly Tensor[], false, false> => make(name, 'tensors', false, false, { default: [], ...extra });

/** A tensor or a Python number, which then takes part in promotion as a number. */
export const operand = <N extends string>(name: N, extra?: Extra): Param<N, Tensor | Scalar, true, true> =>
  make(name, 'operand', true, true, { attr: scalarAttr, ...extra });

/** An operand that may be absent. */
export const optionalOperand = <N extends string>(
  name: N,
  extra?: Extra,
): Param<N, Tensor | Scalar | undefined, false, true> =>
  make(name, 'operand', false, true, { attr: scalarAttr, ...extra });

/** An operand of a comparison, through which no gradient flows. */
export const constantOperand = <N extends string>(name: N, extra?: Extra): Param<N, Tensor | Scalar, true, false> =>
  make(name, 'operand', true, false, { attr: scalarAttr, ...extra });

export const optionalConstantOperand = <N extends string>(
  name: N,
  extra?: Extra,
): Param<N, Tensor | Scalar | undefined, false, false> =>
  make(name, 'operand', false, false, { attr: scalarAttr, ...extra });

function attr<N extends string, T>(
  name: N,
  type: Attr<T>,
  extra: Extra & { default: NoInfer<T> },
): Param<N, T, false, false>;
function attr<N extends string, T>(name: N, type: Attr<T>, extra?: Extra): Param<N, T, true, false>;
function attr<N extends string, T>(
  name: N,
  type: Attr<T>,
  extra: Extra & { default?: T } = {},
): Param<N, T, boolean, false> {
  return make(name, 'attr', !('default' in extra), false, { attr: type, ...extra });
}

/** A parameter that is no tensor, of any type; required unless a default is given. */
export { attr };

/** One that may be None. */
export const optionalAttr = <N extends string, T>(
  name: N,
  type: Attr<T>,
  extra?: Extra,
): Param<N, T | undefined, false, false> =>
  make(name, 'attr', false, false, { attr: type as Attr<T | undefined>, ...extra });

const NON_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

const nonFiniteJson = { type: 'string', enum: Object.keys(NON_FINITE) };

interface Range {
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

const within = (x: number, r: Range): boolean =>
  !(x < (r.minimum ?? -Infinity) || x > (r.maximum ?? Infinity)) &&
  !(r.exclusiveMinimum !== undefined && x <= r.exclusiveMinimum) &&
  !(r.exclusiveMaximum !== undefined && x >= r.exclusiveMaximum);

function describeRange(r: Range): string {
  const parts: string[] = [];
  if (r.minimum !== undefined) parts.push(`at least ${r.minimum}`);
  if (r.exclusiveMinimum !== undefined) parts.push(`greater than ${r.exclusiveMinimum}`);
  if (r.maximum !== undefined) parts.push(`at most ${r.maximum}`);
  if (r.exclusiveMaximum !== undefined) parts.push(`less than ${r.exclusiveMaximum}`);
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

const numeric = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Float) return value.value;
  return typeof value === 'string' && Object.hasOwn(NON_FINITE, value) ? NON_FINITE[value] : undefined;
};

/** A float parameter. An open range lets the non-finite strings pass. */
export const number = (range: Range = {}): Attr<number> => ({
  jsonSchema:
    Object.keys(range).length > 0 ? { type: 'number', ...range } : { anyOf: [{ type: 'number' }, nonFiniteJson] },
  read(value) {
    const x = numeric(value);
    return x !== undefined && within(x, range) ? x : new Refusal(`a number${describeRange(range)}`);
  },
});

const whole = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) ? value : undefined;

export const integer = (range: Range = {}): Attr<number> => ({
  jsonSchema: { type: 'integer', ...range },
  read(value) {
    const x = whole(value);
    return x !== undefined && within(x, range) ? x : new Refusal(`an integer${describeRange(range)}`);
  },
});

export const boolean: Attr<boolean> = {
  jsonSchema: { type: 'boolean' },
  read: (value) => (typeof value === 'boolean' ? value : new Refusal('true or false')),
};

export const oneOf = <const V extends string>(...values: readonly V[]): Attr<V> => ({
  jsonSchema: { type: 'string', enum: values },
  read: (value) =>
    values.includes(value as V) ? (value as V) : new Refusal(`one of ${values.map((v) => `"${v}"`).join(', ')}`),
});

export const dtype: Attr<DType> = oneOf(...DTYPES);

/** A Python number: bool, integer or float. */
export const scalarAttr: Attr<Scalar> = {
  jsonSchema: {
    description: 'A Python number; one without fraction or exponent is an integer',
    anyOf: [{ type: ['number', 'boolean'] }, nonFiniteJson],
  },
  read(value) {
    if (typeof value === 'boolean' || typeof value === 'bigint' || value instanceof Float) return value;
    return numeric(value) ?? new Refusal('a number or a bool');
  },
};

const integers = (value: unknown): number[] | undefined =>
  Array.isArray(value) && value.every((x) => whole(x) !== undefined) ? (value as number[]) : undefined;

export const integerList: Attr<readonly number[]> = {
  jsonSchema: { type: 'array', items: { type: 'integer' } },
  read: (value) => integers(value) ?? new Refusal('a list of integers'),
};

/** An integer or a list of them, as `dim` often is. */
export const integerOrList: Attr<number | readonly number[]> = {
  jsonSchema: { type: ['integer', 'array'], items: { type: 'integer' } },
  read: (value) => whole(value) ?? integers(value) ?? new Refusal('an integer or a list of integers'),
};

/** A number or a list of them. */
export const numberOrList: Attr<number | readonly number[]> = {
  jsonSchema: { type: ['number', 'array'], items: { type: 'number' } },
  read(value) {
    const one = numeric(value);
    if (one !== undefined) return one;
    const list = Array.isArray(value) ? value.map(numeric) : [undefined];
    return list.includes(undefined) ? new Refusal('a number or a list of numbers') : (list as number[]);
  },
};

export type Reduction = 'none' | 'mean' | 'sum';

/** The last parameter of every loss. */
export const reduction = attr('reduction', oneOf<Reduction>('none', 'mean', 'sum'), {
  default: 'mean',
  doc: 'none: no reduction; mean: the sum divided by the number of elements (or by the sum of weights); sum: the sum',
});

// --- what the compiler makes of a list of parameters

// biome-ignore lint/suspicious/noExplicitAny: a list of parameters of any types
export type AnyParam = Param<any, any, any, any>;
export type ParamList = readonly AnyParam[];

export type TypeOf<P> = P extends Param<string, infer T, boolean, boolean> ? T : never;
type Named<P extends ParamList, N> = Extract<P[number], { name: N }>;

/** The arguments of a call by camelCase name. */
export type Args<P extends ParamList> = { readonly [K in P[number] as K['key']]: TypeOf<K> };

/** The arguments of a call in the order of the signature. */
export type Positional<P extends ParamList> = P extends readonly [infer H, ...infer Rest extends ParamList]
  ? H extends Param<string, infer T, infer R, boolean>
    ? R extends true
      ? [arg: T, ...Positional<Rest>]
      : [arg?: T, ...Positional<Rest>]
    : never
  : [];

/** Names of the parameters that need a gradient rule. */
export type DiffKeys<P extends ParamList> = {
  [K in P[number] as K['differentiable'] extends true ? K['key'] : never]: Named<P, K['name']>;
};

/** Names of the parameters that may hold tensors. */
export type TensorKeys<P extends ParamList> = {
  [I in keyof P]: P[I] extends AnyParam ? (P[I]['kind'] extends 'attr' ? never : P[I]['key']) : never;
}[number];
