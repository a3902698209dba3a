/** Everything in numpy that is no module. */
import type { NativeFunction, Value } from '../runtime/values.ts';
import { ELLIPSIS } from '../runtime/values.ts';
import { NDARRAY } from './array.ts';
import { CREATION } from './creation.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { AXIS_ERROR } from './errors.ts';
import { JOINING } from './joining.ts';
import './ndarray.ts';
import './scalar-class.ts';
import { PRODUCTS } from './products.ts';
import { MORE_REDUCTIONS, REDUCTIONS } from './reductions.ts';
import { MORE_SHAPES, SHAPES } from './shape.ts';
import { SORTING } from './sorting.ts';
import { CORRELATIONS, STATISTICS } from './statistics.ts';
import { ABSTRACT, DTYPE_CLASS, numericTypes, OBJECT_TYPE, SCALAR_ALIASES, STRING } from './types.ts';
import { UFUNC, ufuncs } from './ufunc-objects.ts';

const LISTS: readonly (readonly NativeFunction[])[] = [
  CREATION,
  REDUCTIONS,
  MORE_REDUCTIONS,
  STATISTICS,
  CORRELATIONS,
  SHAPES,
  MORE_SHAPES,
  JOINING,
  PRODUCTS,
  ELEMENTWISE,
  SORTING,
];

export function ARRAYS(): Map<string, Value> {
  const table = ufuncs();
  for (const list of LISTS) for (const made of list) table.set(made.name, made);
  for (const type of numericTypes()) table.set(type.cls.name, type.cls);
  for (const [name, type] of SCALAR_ALIASES) table.set(name, type.cls);
  for (const cls of [...ABSTRACT, OBJECT_TYPE.cls, STRING.cls, UFUNC, NDARRAY, AXIS_ERROR, DTYPE_CLASS])
    table.set(cls.name, cls);
  table.set('unicode_', STRING.cls);
  table.set('pi', Math.PI);
  table.set('e', Math.E);
  table.set('euler_gamma', 0.5772156649015329);
  for (const name of ['inf', 'Inf', 'Infinity', 'PINF', 'infty']) table.set(name, Number.POSITIVE_INFINITY);
  table.set('NINF', Number.NEGATIVE_INFINITY);
  for (const name of ['nan', 'NaN', 'NAN']) table.set(name, Number.NaN);
  table.set('newaxis', null);
  table.set('__version__', '1.24.2');
  void ELLIPSIS;
  return table;
}
