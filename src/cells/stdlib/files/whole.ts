/** Files read and written as a whole, by their name or as an open file: what most of the libraries take. */
import { PyBytes } from '../../runtime/bytes.ts';
import { Clocks } from '../../runtime/clocks.ts';
import { typeError } from '../../runtime/errors.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { typeName } from '../../runtime/types.ts';
import { PyInstance, type Value } from '../../runtime/values.ts';
import { Files } from './files.ts';
import { bytesHandle, isTextFile, pathOf } from './module.ts';

const hasPath = (value: PyInstance): boolean => value.cls.members.has('__fspath__') || value.type.endsWith('Path');

/** Whether a value is an object to read from or to write to, and no name of a file. */
export const isFileObject = (value: Value): value is PyInstance => value instanceof PyInstance && !hasPath(value);

/** From where the file stands to its end. */
export function readFrom(file: Value, runtime: Runtime): Uint8Array {
  const handle = bytesHandle(file);
  if (handle !== undefined) {
    handle.check('read');
    return handle.read(-1, runtime).data;
  }
  const data = runtime.call(runtime.getAttribute(file, 'read'), []);
  if (data instanceof PyBytes) return data.data;
  throw typeError(`a bytes-like object is required, not '${typeName(data, runtime)}'`);
}

export function writeTo(file: Value, data: Uint8Array, runtime: Runtime): void {
  if (isTextFile(file)) throw typeError('write() argument must be str, not bytes');
  runtime.call(runtime.getAttribute(file, 'write'), [new PyBytes(data)]);
}

/** The bytes of a file: as many as there are, since no value of the language holds them. */
export function bytesFrom(source: Value, runtime: Runtime): Uint8Array {
  if (isFileObject(source)) return readFrom(source, runtime);
  const { data } = runtime.parts.of(Files).find(pathOf(source, runtime));
  runtime.budget.step(data.length >> 8);
  return data.slice();
}

/** Makes them a file, or writes them to one that is open. */
export function bytesTo(target: Value, data: Uint8Array, runtime: Runtime): void {
  if (isFileObject(target)) {
    writeTo(target, data, runtime);
    return;
  }
  const contents = runtime.parts.of(Files).make(pathOf(target, runtime), true);
  runtime.budget.step(data.length >> 8);
  contents.replace(data);
  contents.modified = runtime.parts.of(Clocks).now();
}
