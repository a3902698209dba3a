/** Truth and length of values. */
import { Tensor } from '../../tensor/tensor.ts';
import { typeError, valueError } from './errors.ts';
import { lookup } from './mro.ts';
import { PyDictView, PySet } from './objects.ts';
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
  if (value instanceof PyInstance) {
    const own = lookup(value.cls, '__bool__');
    if (own !== undefined) {
      const truth = runtime.call(own.member, [value]);
      if (typeof truth !== 'boolean')
        throw typeError(`__bool__ should return bool, returned ${typeName(truth, runtime)}`);
      return truth;
    }
    return lookup(value.cls, '__len__') === undefined || lengthOf(runtime, value) !== 0;
  }
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
  if (value instanceof PyRange) return Number(rangeLength(value));
  return undefined;
}

export function lengthOf(runtime: Runtime, value: Value): number {
  if (typeof value === 'string') return textLength(value, runtime.budget);
  if (value instanceof Tensor) return runtime.tensors!.length(value);
  if (value instanceof PyInstance) {
    const own = lookup(value.cls, '__len__');
    if (own !== undefined) {
      const length = runtime.call(own.member, [value]);
      if (typeof length !== 'bigint')
        throw typeError(`'${typeName(length, runtime)}' object cannot be interpreted as an integer`);
      if (length < 0n) throw valueError('__len__() should return >= 0');
      return Number(length);
    }
  } else if (value instanceof PyObject) {
    const length = plainLength(value);
    if (length !== undefined) return length;
  }
  throw typeError(`object of type '${typeName(value, runtime)}' has no len()`);
}
