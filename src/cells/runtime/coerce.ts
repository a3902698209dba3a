/** Values as numbers: float(x) and int(x). */
import { Tensor } from '../../tensor/tensor.ts';
import { typeError, valueError } from './errors.ts';
import { asIndex } from './indexing.ts';
import { lookup } from './mro.ts';
import { parseFloatText, parseIntText, toDouble, truncate } from './numbers.ts';
import { quote } from './repr.ts';
import type { Runtime } from './runtime.ts';
import { typeName } from './types.ts';
import { PyInstance, type Value } from './values.ts';

/** Of a number, a tensor or what has `__float__`: the argument of math's functions. */
export function toFloat(runtime: Runtime, value: Value, wording = 'must be real number, not %'): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return toDouble(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Tensor && runtime.tensors !== undefined) return runtime.tensors.toFloat(value);
  if (value instanceof PyInstance) {
    const own = lookup(value.cls, '__float__');
    if (own !== undefined) {
      const result = runtime.call(own.member, [value]);
      if (typeof result !== 'number')
        throw typeError(`${value.cls.name}.__float__ returned non-float (type ${typeName(result, runtime)})`);
      return result;
    }
    const index = asIndex(runtime, value);
    if (index !== undefined) return toDouble(index);
  }
  throw typeError(wording.replace('%', () => typeName(value, runtime)));
}

/** float(x) */
export function floatFrom(runtime: Runtime, value: Value): number {
  if (typeof value === 'string') {
    const number = parseFloatText(value, runtime.budget);
    if (number === undefined) throw valueError(`could not convert string to float: ${quote(value)}`);
    return number;
  }
  return toFloat(runtime, value, "float() argument must be a string or a real number, not '%'");
}

/** int(x) and int(text, base) */
export function intFrom(runtime: Runtime, value: Value, base?: bigint): bigint {
  if (typeof value === 'string') {
    const radix = Number(base ?? 10n);
    const number = parseIntText(value, radix, runtime.budget);
    if (number === undefined) throw valueError(`invalid literal for int() with base ${radix}: ${quote(value)}`);
    return number;
  }
  if (base !== undefined) throw typeError("int() can't convert non-string with explicit base");
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return truncate(value);
  if (typeof value === 'boolean') return BigInt(value);
  if (value instanceof Tensor && runtime.tensors !== undefined) return runtime.tensors.toInt(value);
  if (value instanceof PyInstance) {
    const own = lookup(value.cls, '__int__');
    if (own !== undefined) {
      const result = runtime.call(own.member, [value]);
      if (typeof result === 'bigint') return result;
      throw typeError(`__int__ returned non-int (type ${typeName(result, runtime)})`);
    }
    const index = asIndex(runtime, value);
    if (index !== undefined) return index;
  }
  throw typeError(
    `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value, runtime)}'`,
  );
}
