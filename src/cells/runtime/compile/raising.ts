/** The error that `raise value` throws. */

import type { PyError } from '../errors.ts';
import { typeError } from '../errors.ts';
import { isException, makeException, RaisedError } from '../exceptions.ts';
import type { Runtime } from '../runtime.ts';
import { PyClass, PyInstance, type Value } from '../values.ts';

export function raisedFrom(runtime: Runtime, value: Value): PyError {
  let instance = value;
  if (value instanceof PyClass && isException(value))
    instance = value.construct === undefined ? runtime.call(value, []) : makeException(value, []);
  if (!(instance instanceof PyInstance) || !isException(instance.cls))
    throw typeError('exceptions must derive from BaseException');
  return new RaisedError(instance, runtime.str(instance));
}
