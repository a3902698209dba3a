/** What zlib and gzip are made of. */
import { crc32, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { fn } from '../runtime/builtins/native.ts';
import { PyBytes } from '../runtime/bytes.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import { toIndex } from '../runtime/indexing.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { typeName } from '../runtime/types.ts';
import type { Value } from '../runtime/values.ts';

/** Bytes that a text of compressed ones may become. */
const MOST = 64 * 2 ** 20;
/** Bytes that cost as much as a step: so many are compressed in a microsecond or two. */
const BYTES_PER_STEP = 64;

function bytesOf(value: Value | undefined, runtime: Runtime): Uint8Array {
  if (!(value instanceof PyBytes))
    throw typeError(`a bytes-like object is required, not '${typeName(value ?? null, runtime)}'`);
  runtime.budget.step(1 + Math.floor(value.data.length / BYTES_PER_STEP));
  return value.data;
}

const squeezing = (name: string, run: (data: Uint8Array, options: { level: number }) => Buffer): [string, Value] => [
  name,
  fn(name, { least: 1, most: 2 }, ([data, level], runtime) => {
    const wanted = level === undefined ? -1 : Number(toIndex(runtime, level));
    if (wanted < -1 || wanted > 9) throw new PyError('ValueError', 'Bad compression level');
    return new PyBytes(run(bytesOf(data, runtime), { level: wanted }));
  }),
];

const unfolding = (
  name: string,
  run: (data: Uint8Array, options: { maxOutputLength: number }) => Buffer,
  refuse: (why: string) => PyError,
): [string, Value] => [
  name,
  fn(name, { least: 1, most: 1 }, ([data], runtime) => {
    let made: Buffer;
    try {
      made = run(bytesOf(data, runtime), { maxOutputLength: MOST });
    } catch (error) {
      if (error instanceof PyError || !(error instanceof Error)) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
        throw new PyError('MemoryError', `more than ${MOST} bytes`);
      throw refuse(error.message);
    }
    runtime.budget.step(Math.floor(made.length / BYTES_PER_STEP));
    return new PyBytes(made);
  }),
];

export const DEFLATE = (): Map<string, Value> =>
  new Map<string, Value>([
    squeezing('deflate', deflateSync),
    squeezing('gzip', gzipSync),
    unfolding('inflate', inflateSync, (why) => new PyError('ValueError', `Error while decompressing data: ${why}`)),
    unfolding('gunzip', gunzipSync, (why) => new PyError('OSError', `Not a gzipped file (${why})`)),
    [
      'crc32',
      fn('crc32', { least: 1, most: 2 }, ([data, from], runtime) =>
        BigInt(crc32(bytesOf(data, runtime), from === undefined ? 0 : Number(toIndex(runtime, from) & 0xffffffffn))),
      ),
    ],
  ]);
