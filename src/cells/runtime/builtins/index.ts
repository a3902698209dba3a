/** Every name that a cell has before it defines any. */
import './strings.ts';
import './searching.ts';
import './sequences.ts';
import { EXCEPTIONS } from '../exceptions.ts';
import { OBJECT } from '../mro.ts';
import { NOT_IMPLEMENTED } from '../objects.ts';
import { BOOL, COMPLEX, DICT, FLOAT, FROZENSET, INT, LIST, RANGE, SET, SLICE, STR, TUPLE, TYPE } from '../types.ts';
import { ELLIPSIS, type Value } from '../values.ts';
import './functions.ts';
import './object.ts';
import './complex.ts';
import './generators.ts';
import './iteration.ts';
import './numeric.ts';
import './rest.ts';
import './reflection.ts';
import { BYTEARRAY, BYTES } from './bytes.ts';
import { FUNCTIONS } from './define.ts';
import { CLASS_METHOD, PROPERTY, STATIC_METHOD } from './types.ts';

const names = new Map<string, Value>(FUNCTIONS);
for (const cls of [
  OBJECT,
  TYPE,
  BYTES,
  BYTEARRAY,
  BOOL,
  COMPLEX,
  DICT,
  FLOAT,
  FROZENSET,
  INT,
  LIST,
  RANGE,
  SET,
  SLICE,
  STR,
  TUPLE,
  PROPERTY,
  STATIC_METHOD,
  CLASS_METHOD,
])
  names.set(cls.name, cls);
for (const [name, cls] of EXCEPTIONS) names.set(name, cls);
names.set('IOError', EXCEPTIONS.get('OSError')!);
names.set('EnvironmentError', EXCEPTIONS.get('OSError')!);
names.set('__debug__', true);
names.set('Ellipsis', ELLIPSIS);
names.set('NotImplemented', NOT_IMPLEMENTED);
names.set('__name__', '__main__');
names.set('__doc__', null);

export const BUILTINS: ReadonlyMap<string, Value> = names;
