/** The universal functions: which op of the engine's each is, and in which type it computes. */

import { cast } from '../../kernels/copy.ts';
import { bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor } from '../../ops/pointwise/bitwise.ts';
import { findOp } from '../../ops/registry.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import { numbersIn, tensorFrom } from './array.ts';
import { noLoop } from './errors.ts';
import { BOOLEAN, FLOAT64, floatType, type NpType, typeOf } from './types.ts';

export interface Spec {
  readonly name: string;
  readonly nin: 1 | 2;
  /** The type that operands of a common type are computed in. */
  readonly type: (common: NpType) => NpType;
  readonly run: (a: Tensor, b: Tensor, type: NpType) => Tensor;
  /** What a reduction begins with. */
  readonly identity?: number;
  /** What is said of results that are no finite numbers though all operands are. */
  readonly infinite?: string;
}

/** An op of the engine's by its name, its operands in their order. */
export const op = (name: string, ...values: unknown[]): Tensor => findOp(name)?.apply(values) as Tensor;

export const SPECS = new Map<string, Spec>();

const add = (spec: Spec, ...aliases: string[]): void => {
  for (const name of [spec.name, ...aliases]) SPECS.set(name, spec);
};

const same = (type: NpType): NpType => type;

const textOf = (type: NpType): string => `dtype('${type.name}')`;

const noBool =
  (name: string) =>
  (type: NpType): NpType => {
    if (type.kind === 'b') throw noLoop(name, [textOf(type)]);
    return type;
  };

const onlyWhole =
  (name: string) =>
  (type: NpType): NpType => {
    if (type.kind === 'f')
      throw typeError(
        `ufunc '${name}' not supported for the input types, and the inputs could not be safely coerced to any supported types according to the casting rule ''safe''`,
      );
    return type;
  };

/** Functions of floats: integers are computed in the float that holds them. */
const FLOATS: readonly (readonly [name: string, op: string, infinite?: string])[] = [
  ['sin', 'sin'],
  ['cos', 'cos'],
  ['tan', 'tan'],
  ['arcsin', 'asin'],
  ['arccos', 'acos'],
  ['arctan', 'atan'],
  ['sinh', 'sinh', 'overflow'],
  ['cosh', 'cosh', 'overflow'],
  ['tanh', 'tanh'],
  ['arcsinh', 'asinh'],
  ['arccosh', 'acosh'],
  ['arctanh', 'atanh', 'divide by zero'],
  ['exp', 'exp', 'overflow'],
  ['exp2', 'exp2', 'overflow'],
  ['expm1', 'expm1', 'overflow'],
  ['log', 'log', 'divide by zero'],
  ['log2', 'log2', 'divide by zero'],
  ['log10', 'log10', 'divide by zero'],
  ['log1p', 'log1p', 'divide by zero'],
  ['sqrt', 'sqrt'],
  ['rint', 'round'],
  ['floor', 'floor'],
  ['ceil', 'ceil'],
  ['trunc', 'trunc'],
  ['fabs', 'abs'],
  ['deg2rad', 'deg2rad'],
  ['radians', 'deg2rad'],
  ['rad2deg', 'rad2deg'],
  ['degrees', 'rad2deg'],
];
for (const [name, own, infinite] of FLOATS) add({ name, nin: 1, type: floatType, run: (a) => op(own, a), infinite });

const toFloat = (type: NpType): NpType => (type.kind === 'f' ? type : FLOAT64);

add({
  name: 'cbrt',
  nin: 1,
  type: floatType,
  run: (a, _, type) => tensorFrom(numbersIn(a).map(Math.cbrt), a.shape, type),
});
add(
  {
    name: 'absolute',
    nin: 1,
    type: same,
    run: (a, _, type) => (type.kind === 'b' || type.kind === 'u' ? a : op('abs', a)),
  },
  'abs',
);
add({
  name: 'negative',
  nin: 1,
  type: (type) => {
    if (type.kind === 'b')
      throw typeError(
        'The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function instead.',
      );
    return type;
  },
  run: (a) => op('neg', a),
});
add({ name: 'positive', nin: 1, type: noBool('positive'), run: (a) => a });
add({
  name: 'sign',
  nin: 1,
  type: noBool('sign'),
  run: (a, _, type) => (type.kind === 'f' ? nanKept(a) : op('sign', a)),
});
add({ name: 'square', nin: 1, type: same, run: (a, _, type) => product(a, a, type) });
add({
  name: 'reciprocal',
  nin: 1,
  type: same,
  run: (a, _, type) => (type.kind === 'f' ? op('reciprocal', a) : wholeQuotient(op('ones_like', a), a)),
  infinite: 'divide by zero',
});
add({ name: 'logical_not', nin: 1, type: same, run: (a) => op('logical_not', a) });
add({ name: 'invert', nin: 1, type: onlyWhole('invert'), run: (a) => bitwiseNot(a) }, 'bitwise_not');
for (const name of ['isnan', 'isinf', 'isfinite']) add({ name, nin: 1, type: same, run: (a) => op(name, a) });
add({ name: 'signbit', nin: 1, type: toFloat, run: (a) => op('signbit', a) });
/** Names of NumPy's that are functions, not universal ones, but compute as these do. */
add({ name: 'sinc', nin: 1, type: toFloat, run: (a) => op('sinc', a) });
add({ name: 'i0', nin: 1, type: toFloat, run: (a) => op('i0', a) });

/** sign(nan) is nan in NumPy. */
const nanKept = (a: Tensor): Tensor => op('where', op('isnan', a), a, op('sign', a));

const product = (a: Tensor, b: Tensor, type: NpType): Tensor =>
  type.kind === 'b' ? bitwiseAnd(a, b) : op('mul', a, b);

const zero = (b: Tensor): Tensor => op('eq', b, 0);

/** Integers divided and rounded down; by zero they give zero. */
function wholeQuotient(a: Tensor, b: Tensor): Tensor {
  const none = zero(b);
  return op('where', none, op('zeros_like', b), op('floor_divide', a, op('where', none, op('ones_like', b), b)));
}

function wholeRest(a: Tensor, b: Tensor, name: string): Tensor {
  const none = zero(b);
  return op('where', none, op('zeros_like', b), op(name, a, op('where', none, op('ones_like', b), b)));
}

const ofBits = (type: NpType): NpType => (type.kind === 'b' ? typeOf('int8') : type);

add({
  name: 'add',
  nin: 2,
  type: same,
  run: (a, b, type) => (type.kind === 'b' ? bitwiseOr(a, b) : op('add', a, b)),
  identity: 0,
  infinite: 'overflow',
});
add({
  name: 'subtract',
  nin: 2,
  type: (type) => {
    if (type.kind === 'b')
      throw typeError(
        'numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead.',
      );
    return type;
  },
  run: (a, b) => op('sub', a, b),
  infinite: 'overflow',
});
add({ name: 'multiply', nin: 2, type: same, run: product, identity: 1, infinite: 'overflow' });
add(
  { name: 'divide', nin: 2, type: toFloat, run: (a, b) => op('div', a, b), infinite: 'divide by zero' },
  'true_divide',
);
add({
  name: 'floor_divide',
  nin: 2,
  type: ofBits,
  run: (a, b, type) => (type.kind === 'f' ? op('floor_divide', a, b) : wholeQuotient(a, b)),
  infinite: 'divide by zero',
});
add(
  {
    name: 'remainder',
    nin: 2,
    type: ofBits,
    run: (a, b, type) => (type.kind === 'f' ? op('remainder', a, b) : wholeRest(a, b, 'remainder')),
  },
  'mod',
);
add({
  name: 'fmod',
  nin: 2,
  type: ofBits,
  run: (a, b, type) => (type.kind === 'f' ? op('fmod', a, b) : wholeRest(a, b, 'fmod')),
});
add({
  name: 'power',
  nin: 2,
  type: ofBits,
  run: (a, b, type) => {
    if (type.kind !== 'f' && op('any', op('lt', b, 0)).storage.data[0] === 1)
      throw valueError('Integers to negative integer powers are not allowed.');
    return op('pow', a, b);
  },
  infinite: 'overflow',
});
add({ name: 'float_power', nin: 2, type: () => FLOAT64, run: (a, b) => op('pow', a, b) });
for (const name of ['maximum', 'minimum', 'fmax', 'fmin']) {
  const whole = name.endsWith('max') || name === 'maximum' ? bitwiseOr : bitwiseAnd;
  add({ name, nin: 2, type: same, run: (a, b, type) => (type.kind === 'b' ? whole(a, b) : op(name, a, b)) });
}
add({ name: 'arctan2', nin: 2, type: floatType, run: (a, b) => op('atan2', a, b) });
for (const name of ['hypot', 'logaddexp', 'logaddexp2', 'copysign', 'heaviside'])
  add({ name, nin: 2, type: floatType, run: (a, b) => op(name, a, b) });
for (const [name, own] of [
  ['equal', 'eq'],
  ['not_equal', 'ne'],
  ['less', 'lt'],
  ['less_equal', 'le'],
  ['greater', 'gt'],
  ['greater_equal', 'ge'],
])
  add({ name, nin: 2, type: same, run: (a, b) => op(own, a, b) });
for (const name of ['logical_and', 'logical_or', 'logical_xor'])
  add({ name, nin: 2, type: same, run: (a, b) => op(name, a, b), identity: name === 'logical_and' ? 1 : 0 });
add({ name: 'bitwise_and', nin: 2, type: onlyWhole('bitwise_and'), run: (a, b) => bitwiseAnd(a, b) });
add({ name: 'bitwise_or', nin: 2, type: onlyWhole('bitwise_or'), run: (a, b) => bitwiseOr(a, b), identity: 0 });
add({ name: 'bitwise_xor', nin: 2, type: onlyWhole('bitwise_xor'), run: (a, b) => bitwiseXor(a, b), identity: 0 });
for (const [name, own] of [
  ['left_shift', 'bitwise_left_shift'],
  ['right_shift', 'bitwise_right_shift'],
])
  add({ name, nin: 2, type: (type) => ofBits(onlyWhole(name)(type)), run: (a, b) => op(own, a, b) });
for (const name of ['gcd', 'lcm']) add({ name, nin: 2, type: onlyWhole(name), run: (a, b) => op(name, a, b) });

/** The type of a result: bools of comparisons, else what it was computed in. */
export const typeOfResult = (made: Tensor, type: NpType): NpType => (made.dtype === 'bool' ? BOOLEAN : type);

export const inType = (t: Tensor, type: NpType): Tensor => cast(t, type.dtype);
