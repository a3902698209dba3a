/** Truth and length of values. */
import { Tensor } from '../../tensor/tensor.ts';
import { PyBytes } from './bytes.ts';
import { PyComplex } from './complex.ts';
import { typeError, valueError } from './errors.ts';
import { PyDictView, PySet } from './objects.ts';
import { openClass, override } from './override.ts';
import type { Runtime } from './runtime.ts';
import { textLength } from './text.ts';
import { typeName } from './types.ts';
import { PyDict, PyInstance, PyList, PyObject, PyRange, PyTuple, type Value } from './values.ts';

export function truthOf(runtime: Runtime, value: Value): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'bigint':
      return value !== 0n;
    case 'number':
      return value !== 0;
    case 'string':
      return value !== '';
  }
  if (value === null) return false;
  if (value instanceof Tensor) return runtime.tensors!.truth(value);
  if (openClass(value) !== null) {
    const own = override(value, '__bool__');
    if (own !== undefined) {
      const truth = runtime.call(own, [value]);
      if (typeof truth !== 'boolean')
        throw typeError(`__bool__ should return bool, returned ${typeName(truth, runtime)}`);
      return truth;
    }
    if (override(value, '__len__') !== undefined) return lengthOf(runtime, value) !== 0;
    if (value instanceof PyInstance) return true;
  }
  if (value instanceof PyComplex) return value.real !== 0 || value.imag !== 0;
  const length = plainLength(value);
  return length === undefined || length !== 0;
}

export function rangeLength(range: PyRange): bigint {
  const { start, stop, step } = range;
  if (step > 0n) return start < stop ? (stop - start + step - 1n) / step : 0n;
  return start > stop ? (start - stop - step - 1n) / -step : 0n;
}

/** Of values that know theirs; undefined for others. */
function plainLength(value: PyObject): number | undefined {
  if (value instanceof PyList || value instanceof PyTuple) return value.items.length;
  if (value instanceof PyDict || value instanceof PySet) return value.entries.size;
  if (value instanceof PyDictView) return value.dict.entries.size;
  if (value instanceof PyBytes) return value.data.length;
  if (value instanceof PyRange) return Number(rangeLength(value));
  return undefined;
}

export function lengthOf(runtime: Runtime, value: Value): number {
  if (typeof value === 'string') return textLength(value, runtime.budget);
  if (value instanceof Tensor) return runtime.tensors!.length(value);
  if (openClass(value) !== null) {
    const own = override(value, '__len__');
    if (own !== undefined) {
      const length = runtime.call(own, [value]);
      if (typeof length !== 'bigint')
        throw typeError(`'${typeName(length, runtime)}' object cannot be interpreted as an integer`);
      if (length < 0n) throw valueError('__len__() should return >= 0');
      return Number(length);
    }
  }
  if (value instanceof PyObject && !(value instanceof PyInstance)) {
    const length = plainLength(value);
    if (length !== undefined) return length;
  }
  throw typeError(`object of type '${typeName(value, runtime)}' has no len()`);
}
