/** Builtin functions of numbers and characters: abs, round, divmod, pow, chr, hex and their kin. */
import { Tensor } from '../../../tensor/tensor.ts';
import { findAttribute } from '../attributes.ts';
import type { CellBudget } from '../budget.ts';
import { modulusOf, PyComplex } from '../complex.ts';
import { PyError, typeError, valueError } from '../errors.ts';
import { roundHalfEven, roundTo } from '../floats.ts';
import { formatValue } from '../format.ts';
import { toIndex } from '../indexing.ts';
import { bitLength, floatFloorDivide, floatModulo, floorDivide, intText, modulo } from '../numbers.ts';
import { binary } from '../operators.ts';
import { override } from '../override.ts';
import { lengthOf } from '../truth.ts';
import { typeName } from '../types.ts';
import { PyInstance, PyTuple } from '../values.ts';
import { define, ONE } from './define.ts';

define('abs', ONE, ([value], runtime) => {
  if (typeof value === 'bigint') return value < 0n ? -value : value;
  if (typeof value === 'boolean') return BigInt(value);
  if (typeof value === 'number') return Math.abs(value);
  if (value instanceof Tensor && runtime.tensors !== undefined) return runtime.tensors.unary('abs', value, runtime);
  if (value instanceof PyComplex) return modulusOf(value);
  const own = override(value!, '__abs__');
  if (own !== undefined) return runtime.call(own, [value!]);
  throw typeError(`bad operand type for abs(): '${typeName(value!, runtime)}'`);
});
define('round', { least: 1, most: 2, names: ['number', 'ndigits'] }, ([value, digits], runtime) => {
  const places = digits === undefined || digits === null ? null : Number(toIndex(runtime, digits));
  if (typeof value === 'bigint' || typeof value === 'boolean') {
    const whole = BigInt(value);
    if (places === null || places >= 0) return whole;
    const unit = 10n ** BigInt(Math.min(-places, 20_000));
    runtime.budget.step(Math.min(-places, 20_000) >> 5);
    const rest = modulo(whole, unit, runtime.budget);
    const low = whole - rest;
    const up = rest * 2n > unit || (rest * 2n === unit && modulo(low / unit, 2n, runtime.budget) === 1n);
    return up ? low + unit : low;
  }
  if (typeof value === 'number') {
    if (places !== null) return roundTo(value, places);
    if (Number.isNaN(value)) throw valueError('cannot convert float NaN to integer');
    if (!Number.isFinite(value)) throw new PyError('OverflowError', 'cannot convert float infinity to integer');
    return roundHalfEven(value);
  }
  if (value instanceof PyInstance || value instanceof Tensor) {
    const own = findAttribute(runtime, value, value instanceof Tensor ? 'round' : '__round__');
    if (own !== undefined)
      return value instanceof Tensor && digits !== undefined
        ? runtime.call(own, [], new Map([['decimals', digits]]))
        : runtime.call(own, digits === undefined ? [] : [digits]);
  }
  throw typeError(`type ${typeName(value!, runtime)} doesn't define __round__ method`);
});
define('divmod', { least: 2, most: 2 }, ([a, b], runtime) => {
  if (typeof a === 'bigint' && typeof b === 'bigint')
    return new PyTuple([floorDivide(a, b, runtime.budget), modulo(a, b, runtime.budget)]);
  if (typeof a === 'number' && typeof b === 'number') return new PyTuple([floatFloorDivide(a, b), floatModulo(a, b)]);
  return new PyTuple([binary(runtime, '//', a!, b!), binary(runtime, '%', a!, b!)]);
});
define('pow', { least: 2, most: 3, names: ['base', 'exp', 'mod'] }, ([base, exponent, by], runtime) => {
  if (by === undefined || by === null) return binary(runtime, '**', base!, exponent!);
  if (typeof base !== 'bigint' || typeof exponent !== 'bigint' || typeof by !== 'bigint')
    throw typeError('pow() 3rd argument not allowed unless all arguments are integers');
  if (by === 0n) throw valueError('pow() 3rd argument cannot be 0');
  const { budget } = runtime;
  let result = modulo(1n, by, budget);
  let square = exponent < 0n ? inverse(base, by, budget) : modulo(base, by, budget);
  const bits = (exponent < 0n ? -exponent : exponent).toString(2);
  const cost = 1 + (bitLength(by) >> 8);
  for (let i = bits.length - 1; i >= 0; i--) {
    budget.step(cost);
    if (bits[i] === '1') result = modulo(result * square, by, budget);
    square = modulo(square * square, by, budget);
  }
  return result;
});

/** What times `value` is 1 modulo `by`. */
function inverse(value: bigint, by: bigint, budget: CellBudget): bigint {
  let [a, b] = [modulo(value, by, budget), by < 0n ? -by : by];
  if (a < 0n) a += b;
  let [x, y] = [1n, 0n];
  while (b !== 0n) {
    budget.step(1 + (bitLength(b) >> 8));
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  if (a !== 1n) throw valueError('base is not invertible for the given modulus');
  return modulo(x, by, budget);
}

function radix(name: string, base: number, prefix: string): void {
  define(name, ONE, ([value], runtime) => {
    const whole = toIndex(runtime, value!);
    return `${whole < 0n ? '-' : ''}${prefix}${intText(whole < 0n ? -whole : whole, runtime.budget, base)}`;
  });
}
radix('bin', 2, '0b');
radix('oct', 8, '0o');
radix('hex', 16, '0x');

define('chr', ONE, ([value], runtime) => {
  const code = toIndex(runtime, value!);
  if (code < 0n || code > 0x10ffffn) throw valueError('chr() arg not in range(0x110000)');
  return String.fromCodePoint(Number(code));
});
define('ord', ONE, ([value], runtime) => {
  if (typeof value !== 'string')
    throw typeError(`ord() expected string of length 1, but ${typeName(value!, runtime)} found`);
  const characters = [...value.slice(0, 3)];
  if (characters.length !== 1)
    throw typeError(`ord() expected a character, but string of length ${lengthOf(runtime, value)} found`);
  return BigInt(value.codePointAt(0)!);
});
define('format', { least: 1, most: 2 }, ([value, spec], runtime) =>
  formatValue(runtime, value!, typeof spec === 'string' ? spec : ''),
);
