/** Functions of each element that are no universal functions of one op. */

import { rounded } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { type ArrayData, arrayOn, numbersIn, plainElement, resultOf, tensorFrom, writeOver } from './array.ts';
import {
  arrayFrom,
  dataOfValue,
  eachPlace,
  numeric,
  operandOf,
  sequenceOf,
  tensorAs,
  toNumber,
  toWhole,
} from './convert.ts';
import { fn, raw } from './define.ts';
import { into } from './into.ts';
import { op, SPECS, type Spec } from './specs.ts';
import { BOOLEAN, FLOAT64, floatType, INT64, isNumeric, type NpType, promote, resultType } from './types.ts';
import { apply, broadcast } from './ufunc.ts';

/** Operands in the type that they have in common. */
export function inCommon(values: readonly Value[], i: Interpreter, name: string): { tensors: Tensor[]; type: NpType } {
  const data = values.map((value) => numeric(value, i, name));
  const type = resultType(data.map(operandOf));
  return { tensors: data.map((one) => tensorAs(one, type)), type };
}

function where(args: readonly Value[], _: unknown, i: Interpreter): Value {
  const condition = dataOfValue(args[0], i);
  if (args.length === 1) return nonzero(condition);
  if (args.length !== 3) throw valueError('either both or neither of x and y should be given');
  const mask = op('ne', tensorAs(condition, condition.type), 0);
  const sides = [args[1], args[2]].map((value) => dataOfValue(value, i));
  const type = resultType(sides.map(operandOf));
  const shape = broadcast([mask.shape, ...sides.map(({ tensor }) => tensor.shape)]);
  if (isNumeric(type)) return whole(op('where', mask, tensorAs(sides[0], type), tensorAs(sides[1], type)), type);
  const flags = numbersIn(op('broadcast_to', mask, shape));
  const lists = sides.map((side) => repeated(side, shape));
  i.budget.room(flags.length);
  return arrayFrom(
    Array.from(flags, (flag, k) => lists[flag === 0 ? 1 : 0][k]),
    shape,
    type,
    i,
  );
}

/** `where` gives an array without dimensions where others give scalars. */
const whole = (t: Tensor, type: NpType): Value => arrayOn(t, type);

function repeated(data: ArrayData, shape: readonly number[]): Value[] {
  const { tensor } = data;
  const lead = shape.length - tensor.ndim;
  const strides = shape.map((_, d) => (d < lead || tensor.shape[d - lead] === 1 ? 0 : tensor.strides[d - lead]));
  const out: Value[] = [];
  eachPlace(tensor.alias(shape, strides), (at) => out.push(plainElement(data, at)));
  return out;
}

export function nonzero(data: ArrayData): PyTuple {
  const t = data.tensor.ndim === 0 ? op('reshape', data.tensor, [1]) : tensorAs(data, data.type);
  const places = op('nonzero', t);
  return new PyTuple(t.shape.map((_, d) => arrayOn(op('clone', op('select', places, 1, d)), INT64)));
}

/** Rounds as NumPy does: scaled, to the nearest even, and scaled back. */
function round(a: Value, decimals: Value, out: Value, i: Interpreter): Value {
  if (a instanceof Tensor) return i.call(i.getAttribute(a, 'round'), [], new Map([['decimals', decimals ?? 0n]]));
  const data = numeric(a, i, 'round');
  const places = decimals === null ? 0 : toWhole(decimals);
  const { type } = data;
  const t = tensorAs(data, type);
  if (type.kind !== 'f') {
    if (places >= 0 || type.kind === 'b') return into(out, resultOf(op('clone', t), type));
    const unit = 10 ** -places;
    const made = numbersIn(t).map((x) => halfEven(x / unit) * unit);
    return into(out, resultOf(tensorFrom(made, t.shape, type), type));
  }
  if (places === 0) return into(out, resultOf(op('round', t), type));
  const scale = rounded(10 ** Math.abs(places), t.dtype);
  const [up, down] = places > 0 ? ['mul', 'div'] : ['div', 'mul'];
  return into(out, resultOf(op(down, op('round', op(up, t, scale)), scale), type));
}

function halfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

function clip(a: Value, least: Value, most: Value, out: Value, i: Interpreter): Value {
  if (least === null && most === null) throw valueError('One of max or min must be given');
  let result: Value = a;
  const bounded = (name: string, bound: Value): void => {
    if (bound === null) return;
    result = apply(SPECS.get(name) as Spec, [result, bound], i);
  };
  bounded('maximum', least);
  bounded('minimum', most);
  return into(out, result);
}

function close(a: Value, b: Value, rtol: Value, atol: Value, equalNan: Value, i: Interpreter): Tensor {
  const { tensors } = inCommon([a, b], i, 'isclose');
  const [x, y] = tensors.map((t) => op('to', t, 'float64'));
  broadcast([x.shape, y.shape]);
  const [u, v] = op('broadcast_tensors', [x, y]) as unknown as readonly Tensor[];
  return op('isclose', u, v, toNumber(rtol, i), toNumber(atol, i), equalNan === true);
}

const allTrue = (t: Tensor): boolean => numbersIn(t).every((flag) => flag !== 0);

const same = (a: Value, b: Value, i: Interpreter, equalNan: boolean): boolean => {
  const [x, y] = [dataOfValue(a, i), dataOfValue(b, i)];
  if (x.tensor.ndim !== y.tensor.ndim || x.tensor.shape.some((n, d) => n !== y.tensor.shape[d])) return false;
  if (!isNumeric(x.type) || !isNumeric(y.type)) {
    const flags = dataOfValue(apply(SPECS.get('equal') as Spec, [a, b], i), i);
    return isNumeric(flags.type) && allTrue(flags.tensor);
  }
  const { tensors, type } = inCommon([a, b], i, 'array_equal');
  const equal = op('eq', tensors[0], tensors[1]);
  if (!equalNan || type.kind !== 'f') return allTrue(equal);
  return allTrue(op('logical_or', equal, op('logical_and', op('isnan', tensors[0]), op('isnan', tensors[1]))));
};

function select(conditions: Value, choices: Value, fallback: Value, i: Interpreter): Value {
  const flags = sequenceOf(conditions) ?? [];
  const values = sequenceOf(choices) ?? [];
  if (flags.length !== values.length) throw valueError('list of cases must be same length as list of conditions');
  let result: Value = fallback;
  for (let k = flags.length - 1; k >= 0; k--) result = where([flags[k], values[k], result], null, i);
  return result;
}

export const ROUND = fn('round', 'a, decimals=0, out=None', ({ a, decimals, out }, i) => round(a, decimals, out, i));
export const CLIP = fn('clip', 'a, a_min=None, a_max=None, out=None', ({ a, a_min, a_max, out }, i) =>
  clip(a, a_min, a_max, out, i),
);
export const NONZERO = fn('nonzero', 'a', ({ a }, i) => nonzero(dataOfValue(a, i)));

export const ELEMENTWISE: readonly NativeFunction[] = [
  raw('where', 1, where),
  NONZERO,
  fn('flatnonzero', 'a', ({ a }, i) => {
    const data = dataOfValue(a, i);
    return arrayOn(op('reshape', op('nonzero', op('reshape', tensorAs(data, data.type), [-1])), [-1]), INT64);
  }),
  fn('argwhere', 'a', ({ a }, i) => {
    const data = dataOfValue(a, i);
    return arrayOn(op('nonzero', tensorAs(data, data.type)), INT64);
  }),
  ROUND,
  fn('around', 'a, decimals=0, out=None', ({ a, decimals, out }, i) => round(a, decimals, out, i)),
  fn('round_', 'a, decimals=0, out=None', ({ a, decimals, out }, i) => round(a, decimals, out, i)),
  fn('fix', 'x', ({ x }, i) => apply(SPECS.get('trunc') as Spec, [x], i)),
  CLIP,
  fn('isclose', 'a, b, rtol=1e-05, atol=1e-08, equal_nan=False', ({ a, b, rtol, atol, equal_nan }, i) =>
    resultOf(close(a, b, rtol, atol, equal_nan, i), BOOLEAN),
  ),
  fn('allclose', 'a, b, rtol=1e-05, atol=1e-08, equal_nan=False', ({ a, b, rtol, atol, equal_nan }, i) =>
    allTrue(close(a, b, rtol, atol, equal_nan, i)),
  ),
  fn('array_equal', 'a1, a2, equal_nan=False', ({ a1, a2, equal_nan }, i) => same(a1, a2, i, equal_nan === true)),
  fn('array_equiv', 'a1, a2', ({ a1, a2 }, i) => {
    const { tensors } = inCommon([a1, a2], i, 'array_equiv');
    try {
      broadcast(tensors.map((t) => t.shape));
    } catch {
      return false;
    }
    return allTrue(op('eq', tensors[0], tensors[1]));
  }),
  fn('nan_to_num', 'x, copy=True, nan=0.0, posinf=None, neginf=None', ({ x, copy, nan, posinf, neginf }, i) => {
    const data = numeric(x, i, 'nan_to_num');
    if (data.type.kind !== 'f') return resultOf(op('clone', tensorAs(data, data.type)), data.type);
    const bound = (value: Value): number | undefined => (value === null ? undefined : toNumber(value, i));
    const made = op('nan_to_num', tensorAs(data, data.type), toNumber(nan, i), bound(posinf), bound(neginf));
    if (copy === false) writeOver(data, made);
    return copy === false ? x : resultOf(made, data.type);
  }),
  fn('isneginf', 'x', ({ x }, i) => resultOf(op('isneginf', numeric(x, i, 'isneginf').tensor), BOOLEAN)),
  fn('isposinf', 'x', ({ x }, i) => resultOf(op('isposinf', numeric(x, i, 'isposinf').tensor), BOOLEAN)),
  fn('isreal', 'x', ({ x }, i) => resultOf(op('full', numeric(x, i, 'isreal').tensor.shape, true, 'bool'), BOOLEAN)),
  fn('real', 'val', ({ val }) => val),
  fn('select', 'condlist, choicelist, default=0', ({ condlist, choicelist, default: fallback }, i) =>
    select(condlist, choicelist, fallback, i),
  ),
  raw(
    'divmod',
    2,
    ([a, b], _, i) =>
      new PyTuple([
        apply(SPECS.get('floor_divide') as Spec, [a, b], i),
        apply(SPECS.get('remainder') as Spec, [a, b], i),
      ]),
  ),
  raw('modf', 1, ([a], _, i) => {
    const data = numeric(a, i, 'modf');
    const type = floatType(data.type);
    const t = tensorAs(data, type);
    const cut = op('trunc', t);
    return new PyTuple([resultOf(op('copysign', op('sub', t, cut), t), type), resultOf(cut, type)]);
  }),
  fn('ldexp', 'x1, x2', ({ x1, x2 }, i) => {
    const data = numeric(x1, i, 'ldexp');
    const type = floatType(data.type);
    const power = op('pow', op('full', [], 2, 'float64'), tensorAs(numeric(x2, i, 'ldexp'), FLOAT64));
    return resultOf(op('to', op('mul', tensorAs(data, FLOAT64), power), type.dtype), type);
  }),
  fn('angle', 'z, deg=False', ({ z, deg }, i) => {
    const t = tensorAs(numeric(z, i, 'angle'), FLOAT64);
    return resultOf(op('mul', op('to', op('lt', t, 0), 'float64'), deg === true ? 180 : Math.PI), FLOAT64);
  }),
  fn('isin', 'element, test_elements, assume_unique=False, invert=False', ({ element, test_elements, invert }, i) => {
    const [a, b] = [dataOfValue(element, i), dataOfValue(test_elements, i)];
    if (!isNumeric(a.type) || !isNumeric(b.type)) return isinOfWords(a, b, invert === true, i);
    const type = promote(a.type, b.type);
    const made = op('isin', tensorAs(a, type), tensorAs(b, type), false, invert === true);
    return resultOf(made, BOOLEAN);
  }),
  fn('in1d', 'ar1, ar2, assume_unique=False, invert=False', ({ ar1, ar2, invert }, i) => {
    const [a, b] = [dataOfValue(ar1, i), dataOfValue(ar2, i)];
    const type = promote(a.type, b.type);
    return arrayOn(
      op('isin', op('reshape', tensorAs(a, type), [-1]), tensorAs(b, type), false, invert === true),
      BOOLEAN,
    );
  }),
];

function isinOfWords(a: ArrayData, b: ArrayData, invert: boolean, i: Interpreter): Value {
  const known = new Set<string>();
  eachPlace(b.tensor, (at) => known.add(i.repr(plainElement(b, at))));
  const out: number[] = [];
  eachPlace(a.tensor, (at) => out.push(known.has(i.repr(plainElement(a, at))) !== invert ? 1 : 0));
  return arrayOn(tensorFrom(out, a.tensor.shape, BOOLEAN), BOOLEAN);
}
