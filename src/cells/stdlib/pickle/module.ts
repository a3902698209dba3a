/** import pickle, and what torch.save and torch.load do with files. */
import { fn } from '../../runtime/builtins/native.ts';
import { PyBytes } from '../../runtime/bytes.ts';
import { typeError } from '../../runtime/errors.ts';
import { EXCEPTIONS } from '../../runtime/exceptions.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { typeName } from '../../runtime/types.ts';
import { PyClass, PyInstance, type Value } from '../../runtime/values.ts';
import { bytesFrom, bytesTo, readFrom, writeTo } from '../files/whole.ts';
import { load } from './read.ts';
import { dump } from './write.ts';

const PICKLE_ERROR = new PyClass(
  'PickleError',
  [EXCEPTIONS.get('Exception')!],
  new Map<string, Value>([['__module__', '_pickle']]),
);
const kind = (name: string): PyClass =>
  new PyClass(name, [PICKLE_ERROR], new Map<string, Value>([['__module__', '_pickle']]));

/** `torch.save(obj, f)` */
export function save(value: Value, to: Value, runtime: Runtime): void {
  const data = dump(value, runtime);
  if (typeof to !== 'string' && !(to instanceof PyInstance))
    throw typeError(`expected 'f' to be string, path, or a file-like object with a 'write' attribute`);
  bytesTo(to, data, runtime);
}

/** `torch.load(f)` */
export const restore = (from: Value, runtime: Runtime): Value => load(bytesFrom(from, runtime), runtime);

export const PICKLE = (): Map<string, Value> =>
  new Map<string, Value>([
    [
      'dumps',
      fn(
        'dumps',
        { least: 1, most: 2, names: ['obj', 'protocol'] },
        ([value], runtime) => new PyBytes(dump(value!, runtime)),
      ),
    ],
    [
      'loads',
      fn('loads', { least: 1, most: 1 }, ([data], runtime) => {
        if (!(data instanceof PyBytes))
          throw typeError(`a bytes-like object is required, not '${typeName(data!, runtime)}'`);
        return load(data.data, runtime);
      }),
    ],
    [
      'dump',
      fn('dump', { least: 2, most: 3, names: ['obj', 'file', 'protocol'] }, ([value, file], runtime) => {
        writeTo(file!, dump(value!, runtime), runtime);
        return null;
      }),
    ],
    [
      'load',
      fn('load', { least: 1, most: 1, names: ['file'] }, ([file], runtime) => load(readFrom(file!, runtime), runtime)),
    ],
    ['PickleError', PICKLE_ERROR],
    ['PicklingError', kind('PicklingError')],
    ['UnpicklingError', kind('UnpicklingError')],
    ['HIGHEST_PROTOCOL', 5n],
    ['DEFAULT_PROTOCOL', 4n],
  ]);
