/** Exceptions of NumPy's own. */
import type { PyError } from '../runtime/errors.ts';
import { EXCEPTIONS, makeException, RaisedError } from '../runtime/exceptions.ts';
import { PyClass, type Value } from '../runtime/values.ts';

const exception = (name: string, module: string, ...bases: string[]): PyClass =>
  new PyClass(
    name,
    bases.map((base) => EXCEPTIONS.get(base) as PyClass),
    new Map<string, Value>([['__module__', module]]),
  );

export const AXIS_ERROR = exception('AxisError', 'numpy', 'ValueError', 'IndexError');
export const LINALG_ERROR = exception('LinAlgError', 'numpy.linalg', 'Exception');

const raise = (cls: PyClass, message: string): PyError => new RaisedError(makeException(cls, [message]), message);

export const axisError = (axis: number, ndim: number): PyError =>
  raise(AXIS_ERROR, `axis ${axis} is out of bounds for array of dimension ${ndim}`);

export const linAlgError = (message: string): PyError => raise(LINALG_ERROR, message);

const UFUNC_TYPE_ERROR = exception('UFuncTypeError', 'numpy.core._exceptions', 'TypeError');

export const noLoop = (name: string, types: readonly string[]): PyError =>
  raise(
    UFUNC_TYPE_ERROR,
    `ufunc '${name}' did not contain a loop with signature matching types (${types.join(', ')}) -> None`,
  );

export const noCast = (name: string, from: string, to: string): PyError =>
  raise(UFUNC_TYPE_ERROR, `Cannot cast ufunc '${name}' output from ${from} to ${to} with casting rule 'same_kind'`);
