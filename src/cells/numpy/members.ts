/** Everything in numpy that is no module. */
import type { NativeFunction, Value } from '../runtime/values.ts';
import { NDARRAY } from './array.ts';
import { CREATION } from './creation.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { AXIS_ERROR } from './errors.ts';
import { JOINING } from './joining.ts';
import './ndarray.ts';
import './scalar-class.ts';
import { TYPE_CLASSES, TYPES } from './dtype-class.ts';
import { FUNCTIONAL, FUNCTIONAL_CLASSES } from './functional.ts';
import { INDEXERS, INDEXING, WALKS } from './indexers.ts';
import { MISC } from './misc.ts';
import { MISSING, missingMembers } from './missing.ts';
import { PADDING } from './pad.ts';
import { PRINTING } from './printing.ts';
import { PRODUCTS } from './products.ts';
import { MORE_REDUCTIONS, REDUCTIONS } from './reductions.ts';
import { scalarOf } from './scalar.ts';
import { MORE_SHAPES, SHAPES } from './shape.ts';
import { SERIES } from './signal.ts';
import { SORTING } from './sorting.ts';
import { CORRELATIONS, STATISTICS } from './statistics.ts';
import { ABSTRACT, BOOLEAN, DTYPE_CLASS, numericTypes, OBJECT_TYPE, SCALAR_ALIASES, STRING } from './types.ts';
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
  SERIES,
  PADDING,
  INDEXING,
  TYPES,
  FUNCTIONAL,
  PRINTING,
  MISC,
];

export function arrayMembers(): Map<string, Value> {
  const table = ufuncs();
  for (const list of LISTS) for (const made of list) table.set(made.name, made);
  for (const type of numericTypes()) table.set(type.cls.name, type.cls);
  for (const [name, type] of SCALAR_ALIASES) table.set(name, type.cls);
  for (const cls of [
    ...ABSTRACT,
    OBJECT_TYPE.cls,
    STRING.cls,
    UFUNC,
    NDARRAY,
    AXIS_ERROR,
    DTYPE_CLASS,
    ...TYPE_CLASSES,
    ...FUNCTIONAL_CLASSES,
    ...WALKS,
  ])
    table.set(cls.name, cls);
  for (const [name, indexer] of INDEXERS) table.set(name, indexer);
  table.set('unicode_', STRING.cls);
  table.set('pi', Math.PI);
  table.set('e', Math.E);
  table.set('euler_gamma', 0.5772156649015329);
  for (const name of ['inf', 'Inf', 'Infinity', 'PINF', 'infty']) table.set(name, Number.POSITIVE_INFINITY);
  table.set('NINF', Number.NEGATIVE_INFINITY);
  for (const name of ['nan', 'NaN', 'NAN']) table.set(name, Number.NaN);
  table.set('newaxis', null);
  table.set('True_', scalarOf(true, BOOLEAN));
  table.set('False_', scalarOf(false, BOOLEAN));
  for (const [name, of] of [
    ['alltrue', 'all'],
    ['sometrue', 'any'],
    ['cumproduct', 'cumprod'],
  ])
    table.set(name, table.get(of) as Value);
  table.set('__version__', '1.24.2');
  for (const [name, missing] of missingMembers('', MISSING)) if (!table.has(name)) table.set(name, missing);
  return table;
}
