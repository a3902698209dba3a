/** import pickle, and what torch.save and torch.load do with files. */
import { fn } from '../../runtime/builtins/native.ts';
import { PyBytes } from '../../runtime/bytes.ts';
import { typeError } from '../../runtime/errors.ts';
import { EXCEPTIONS } from '../../runtime/exceptions.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { typeName } from '../../runtime/types.ts';
import { PyClass, PyInstance, type Value } from '../../runtime/values.ts';
import { bytesHandle, isTextFile, openFile, pathOf } from '../files/module.ts';
import { load } from './read.ts';
import { dump } from './write.ts';

const PICKLE_ERROR = new PyClass(
  'PickleError',
  [EXCEPTIONS.get('Exception')!],
  new Map<string, Value>([['__module__', '_pickle']]),
);
const kind = (name: string): PyClass =>
  new PyClass(name, [PICKLE_ERROR], new Map<string, Value>([['__module__', '_pickle']]));

function writeTo(file: Value, data: Uint8Array, runtime: Runtime): void {
  if (isTextFile(file)) throw typeError('write() argument must be str, not bytes');
  runtime.call(runtime.getAttribute(file, 'write'), [new PyBytes(data)]);
}

function readFrom(file: Value, runtime: Runtime): Uint8Array {
  const handle = bytesHandle(file);
  if (handle !== undefined) {
    handle.check('read');
    return handle.read(-1, runtime).data;
  }
  const data = runtime.call(runtime.getAttribute(file, 'read'), []);
  if (data instanceof PyBytes) return data.data;
  throw typeError(`a bytes-like object is required, not '${typeName(data, runtime)}'`);
}

/** `torch.save(obj, f)` */
export function save(value: Value, to: Value, runtime: Runtime): void {
  const data = dump(value, runtime);
  if (typeof to !== 'string' && !(to instanceof PyInstance))
    throw typeError(`expected 'f' to be string, path, or a file-like object with a 'write' attribute`);
  const handle = bytesHandle(to);
  if (handle !== undefined || (to instanceof PyInstance && !hasPath(to))) {
    writeTo(to, data, runtime);
    return;
  }
  const file = openFile(pathOf(to, runtime), 'wb', null, runtime);
  writeTo(file, data, runtime);
}

const hasPath = (value: PyInstance): boolean => value.cls.members.has('__fspath__') || value.type.endsWith('Path');

/** `torch.load(f)` */
export function restore(from: Value, runtime: Runtime): Value {
  const file =
    from instanceof PyInstance && !hasPath(from) ? from : openFile(pathOf(from, runtime), 'rb', null, runtime);
  return load(readFrom(file, runtime), runtime);
}

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
