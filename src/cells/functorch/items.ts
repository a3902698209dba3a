import { typeError } from '../runtime/errors.ts';
import { PyList, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';

/** The values of a tuple or list. */
export function itemsOf(value: Value): readonly Value[] {
  if (value instanceof PyTuple || value instanceof PyList) return value.items;
  throw typeError(`'${typeName(value)}' object is not iterable`);
}
