/** Arithmetic of two scalars, without the way through arrays. */
import { rounded } from '../../tensor/dtype.ts';
import { numberBehind } from '../runtime/faces.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyInstance, type Value } from '../runtime/values.ts';
import { ScalarData, scalarOf } from './scalar.ts';
import { BOOLEAN, FLOAT64, INT64, type NpType, promote } from './types.ts';
import { ErrorState } from './warnings.ts';

const typeOfNumber = (value: Value): NpType | undefined => {
  if (typeof value === 'number') return FLOAT64;
  if (typeof value === 'boolean') return BOOLEAN;
  if (typeof value === 'bigint') return value >= -(2n ** 63n) && value < 2n ** 63n ? INT64 : undefined;
  return value instanceof PyInstance && value.native instanceof ScalarData ? value.native.type : undefined;
};

/** The functions that are done here, of floats in double precision. */
const FLOATS: ReadonlyMap<string, (a: number, b: number) => number> = new Map([
  ['add', (a: number, b: number) => a + b],
  ['subtract', (a: number, b: number) => a - b],
  ['multiply', (a: number, b: number) => a * b],
  ['divide', (a: number, b: number) => a / b],
  ['power', (a: number, b: number) => (a === 1 || b === 0 ? 1 : a ** b)],
]);

const WHOLES: ReadonlyMap<string, (a: bigint, b: bigint) => bigint> = new Map([
  ['add', (a: bigint, b: bigint) => a + b],
  ['subtract', (a: bigint, b: bigint) => a - b],
  ['multiply', (a: bigint, b: bigint) => a * b],
]);

type Number_ = number | bigint | boolean;

const COMPARED: ReadonlyMap<string, (a: Number_, b: Number_) => boolean> = new Map([
  // biome-ignore lint/suspicious/noDoubleEquals: bigint against number compares their values exactly
  ['equal', (a: Number_, b: Number_) => a == b],
  // biome-ignore lint/suspicious/noDoubleEquals: bigint against number compares their values exactly
  ['not_equal', (a: Number_, b: Number_) => a != b],
  ['less', (a: Number_, b: Number_) => a < b],
  ['less_equal', (a: Number_, b: Number_) => a <= b],
  ['greater', (a: Number_, b: Number_) => a > b],
  ['greater_equal', (a: Number_, b: Number_) => a >= b],
]);

/** undefined where the function is none of those, or the types want more care. */
export function scalarArithmetic(name: string, left: Value, right: Value, interpreter: Interpreter): Value | undefined {
  const a = numberBehind(left) as Number_;
  const b = numberBehind(right) as Number_;
  const compared = COMPARED.get(name);
  if (compared !== undefined) return scalarOf(compared(a, b), BOOLEAN);
  const typeA = typeOfNumber(left);
  const typeB = typeOfNumber(right);
  if (typeA === undefined || typeB === undefined) return undefined;
  const type = promote(typeA, typeB);
  if (type.kind === 'f' || name === 'divide') {
    const run = FLOATS.get(name);
    if (run === undefined) return undefined;
    const result = type.kind === 'f' ? type : FLOAT64;
    const made = run(rounded(Number(a), result.dtype), rounded(Number(b), result.dtype));
    if (!Number.isFinite(made)) warned(name, Number(a), Number(b), made, interpreter);
    return scalarOf(made, result);
  }
  const run = type.kind === 'b' ? undefined : WHOLES.get(name);
  return run === undefined ? undefined : scalarOf(run(BigInt(a), BigInt(b)), type);
}

function warned(name: string, a: number, b: number, made: number, interpreter: Interpreter): void {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return;
  const state = interpreter.parts.of(ErrorState);
  const said = `double_scalars`;
  if (Number.isNaN(made)) {
    if (state.invalid === 'warn') interpreter.warn('RuntimeWarning', `invalid value encountered in ${said}`);
  } else if (name === 'divide' && b === 0) {
    if (state.divide === 'warn') interpreter.warn('RuntimeWarning', `divide by zero encountered in ${said}`);
  } else if (state.over === 'warn') interpreter.warn('RuntimeWarning', `overflow encountered in ${said}`);
}
