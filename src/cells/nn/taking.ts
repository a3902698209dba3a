/** Methods of modules by their signatures. */
import { typeError } from '../runtime/errors.ts';
import type { PyInstance, Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { type Method, method } from './define.ts';
import { signature } from './signature.ts';

/** A method with a signature in Python's writing. */
export const taking = (
  name: string,
  text: string,
  body: (self: PyInstance, args: Readonly<Record<string, Value>>, interpreter: Parameters<Method>[3]) => Value,
): [string, Value] => {
  const takes = signature(`Module.${name}`, text, 1);
  return [name, method(name, (self, args, kwargs, interpreter) => body(self, takes(args, kwargs), interpreter))];
};

export const text = (value: Value): string => {
  if (typeof value !== 'string') throw typeError(`module name should be a string. Got ${typeName(value)}`);
  return value;
};
