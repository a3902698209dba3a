/** The safetensors format, as its README specifies it, to tensors and back. */
import { DTYPES, type DType, elementSize, rowOf } from '../../tensor/dtype.ts';
import { MAX_DIMS, numelOf, type Shape } from '../../tensor/shape.ts';
import { fromStorage, type Tensor } from '../../tensor/tensor.ts';
import { JsonError, jsonError } from '../json/json-error.ts';
import { readJson } from '../json/reader.ts';
import { bytesOfTensor, storageFromBytes } from '../raw.ts';

const MAX_HEADER = 100_000_000;
const ALIGN = 8;

const CODES: ReadonlyMap<string, DType> = new Map(DTYPES.map((dtype) => [rowOf(dtype).safetensors, dtype]));

/** What a file says of a tensor before its elements. */
interface Described {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** The head of a file, and the tensors in the order in which their elements follow it. */
export interface Layout<T> {
  readonly head: Buffer;
  readonly sorted: readonly (readonly [string, T])[];
  /** Of the whole file. */
  readonly size: number;
}

const sizeOf = ({ dtype, shape }: Described): number => numelOf(shape) * elementSize(dtype);

/** How a file of these tensors is laid out: those of wide elements first, so that all stand aligned. */
export function layoutSafetensors<T extends Described>(tensors: Iterable<readonly [string, T]>): Layout<T> {
  const sorted = [...tensors].sort(([a, x], [b, y]) => elementSize(y.dtype) - elementSize(x.dtype) || (a < b ? -1 : 1));
  const header: Record<string, unknown> = Object.create(null);
  let at = 0;
  for (const [name, tensor] of sorted) {
    const bytes = sizeOf(tensor);
    header[name] = {
      dtype: rowOf(tensor.dtype).safetensors,
      shape: tensor.shape,
      data_offsets: [at, at + bytes],
    };
    at += bytes;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(text.length / ALIGN) * ALIGN;
  const head = Buffer.alloc(8 + length, ' ');
  head.writeBigUInt64LE(BigInt(length), 0);
  text.copy(head, 8);
  return { head, sorted, size: head.length + at };
}

/** The bytes of a file that holds these tensors. */
export function writeSafetensors(tensors: Iterable<readonly [string, Tensor]>): Buffer {
  const { head, sorted } = layoutSafetensors(tensors);
  return Buffer.concat([head, ...sorted.map(([, tensor]) => bytesOfTensor(tensor))]);
}

const refuse = (detail: string): Error => jsonError('', `not a safetensors file that can be read: ${detail}`);

/** A tensor of a file; places are counted from the end of its head. */
export interface Entry extends Described {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 0;

function readEntry(name: string, raw: unknown): Entry {
  const where = `tensor ${JSON.stringify(name)}`;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw refuse(`${where} is no object`);
  const { dtype: code, shape, data_offsets: offsets } = raw as Record<string, unknown>;
  const dtype = typeof code === 'string' ? CODES.get(code) : undefined;
  if (dtype === undefined)
    throw refuse(`${where} has the dtype ${JSON.stringify(code)}, none of ${[...CODES.keys()].join(', ')}`);
  if (!Array.isArray(shape) || !shape.every(isCount) || shape.length > MAX_DIMS)
    throw refuse(`${where} has no shape that can be read`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw refuse(`${where} has no data_offsets`);
  const [begin, end] = offsets as [number, number];
  const bytes = sizeOf({ dtype, shape });
  if (end - begin !== bytes) throw refuse(`${where} has ${end - begin} bytes, its shape needs ${bytes}`);
  return { name, dtype, shape, begin, end };
}

/** Where the tensors of a file stand, in the order of its header, and the bytes after its head. */
export function readEntries(file: Buffer): { entries: readonly Entry[]; data: Buffer } {
  if (file.length < 8) throw refuse('it has less than 8 bytes');
  const length = file.readBigUInt64LE(0);
  if (length > BigInt(MAX_HEADER)) throw refuse(`its header has ${length} bytes, more than ${MAX_HEADER}`);
  const start = 8 + Number(length);
  if (start > file.length) throw refuse('it ends in its header');
  let header: unknown;
  try {
    if (file[8] !== 0x7b) throw refuse('its header does not begin with {');
    header = readJson(file.subarray(8, start), { entries: 'json' });
  } catch (error) {
    if (error instanceof JsonError && !error.message.startsWith('not a safetensors'))
      throw refuse(`its header is no JSON: ${error.message}`);
    throw error;
  }
  const entries = Object.entries(header as Record<string, unknown>).flatMap(([name, raw]) =>
    name === '__metadata__' ? [] : [readEntry(name, raw)],
  );
  const data = file.subarray(start);
  let at = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      throw refuse(`the data of ${JSON.stringify(name)} ${begin > at ? 'leaves a hole' : 'overlaps another one'}`);
    at = end;
  }
  if (at !== data.length) throw refuse(`its tensors have ${at} bytes, but ${data.length} follow the header`);
  return { entries, data };
}

/** Reads all tensors of a file, in the order of its header. */
export function readSafetensors(file: Buffer): Map<string, Tensor> {
  const { entries, data } = readEntries(file);
  return new Map(
    entries.map(({ name, dtype, shape, begin, end }) => [
      name,
      fromStorage(storageFromBytes(dtype, data.subarray(begin, end), ''), shape),
    ]),
  );
}
