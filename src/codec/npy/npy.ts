/** NumPy's .npy files (format 1.0 to 3.0, NEP 1) to tensors and back. */
import { DTYPES, type DType, rowOf } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import { contiguousStrides, MAX_DIMS, numelOf } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { jsonError } from '../json/json-error.ts';
import { bytesOfTensor, storageFromBytes } from '../raw.ts';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const ALIGN = 64;
/** NumPy itself reads no longer ones without being told to trust them. */
const MAX_HEADER = 10_000;

/** NumPy's kinds and widths. */
const CODES: ReadonlyMap<string, DType> = new Map(
  DTYPES.flatMap((dtype) => {
    const { npy } = rowOf(dtype);
    return npy === undefined ? [] : [[npy, dtype] as const];
  }),
);

/** As a header names a dtype, its byte order first. */
function descrOf(dtype: DType): string {
  const { npy, bytes } = rowOf(dtype);
  if (npy === undefined) throw dtypeError(`a .npy file cannot hold ${dtype}, which NumPy has not`);
  return `${bytes === 1 ? '|' : '<'}${npy}`;
}

/** The bytes of a .npy file that holds `t`, in C order. */
export function writeNpy(t: Tensor): Buffer {
  const shape = t.shape.length === 1 ? `(${t.shape[0]},)` : `(${t.shape.join(', ')})`;
  const dict = `{'descr': '${descrOf(t.dtype)}', 'fortran_order': False, 'shape': ${shape}, }`;
  const before = MAGIC.length + 4;
  const length = Math.ceil((before + dict.length + 1) / ALIGN) * ALIGN - before;
  const head = Buffer.alloc(before + length, ' ');
  MAGIC.copy(head);
  head[6] = 1;
  head[7] = 0;
  head.writeUInt16LE(length, 8);
  head.write(dict, before, 'latin1');
  head[head.length - 1] = 0x0a;
  return Buffer.concat([head, bytesOfTensor(t)]);
}

const refuse = (detail: string): Error => jsonError('', `not a .npy file that can be read: ${detail}`);

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** The dict literal of a header: three keys, in any order. */
function readHeader(text: string): Header {
  const match = /^\{(.*)\}\s*$/s.exec(text.trim());
  if (match === null) throw refuse('its header is no dict');
  const entries = new Map<string, string>();
  const entry = /\s*'(\w+)'\s*:\s*('[^']*'|True|False|\([\dL,\s]*\)|\[.*?\])\s*(?:,|$)/gy;
  let end = 0;
  for (const found of match[1].matchAll(entry)) {
    if (entries.has(found[1])) throw refuse(`its header has '${found[1]}' twice`);
    entries.set(found[1], found[2]);
    end = found.index + found[0].length;
  }
  if (match[1].slice(end).trim() !== '') throw refuse('its header cannot be understood');
  const [descr, order, shape] = ['descr', 'fortran_order', 'shape'].map((key) => {
    const value = entries.get(key);
    if (value === undefined) throw refuse(`its header lacks '${key}'`);
    return value;
  });
  if (!shape.startsWith('(')) throw refuse('its shape is no tuple');
  if (order !== 'True' && order !== 'False') throw refuse("'fortran_order' is no bool");
  const sizes = shape
    .slice(1, -1)
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '');
  if (!sizes.every((size) => /^\d{1,15}L?$/.test(size))) throw refuse('its shape cannot be understood');
  return {
    descr: descr.replaceAll("'", ''),
    fortran: order === 'True',
    shape: sizes.map((size) => Number.parseInt(size, 10)),
  };
}

function swapBytes(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16();
  else if (width === 4) bytes.swap32();
  else if (width === 8) bytes.swap64();
}

/** Reads a .npy file. Arrays of objects, of strings and of dtypes that are not here are refused. */
export function readNpy(file: Buffer): Tensor {
  if (file.length < 10 || !file.subarray(0, 6).equals(MAGIC)) throw refuse('it does not begin with \\x93NUMPY');
  const version = file[6];
  if (version < 1 || version > 3) throw refuse(`version ${version} is not known`);
  const wide = version > 1;
  if (wide && file.length < 12) throw refuse('it ends in its header');
  const length = wide ? file.readUInt32LE(8) : file.readUInt16LE(8);
  const begin = wide ? 12 : 10;
  if (length > MAX_HEADER) throw refuse(`its header has ${length} bytes, more than ${MAX_HEADER}`);
  if (begin + length > file.length) throw refuse('it ends in its header');
  const { descr, fortran, shape } = readHeader(file.toString('latin1', begin, begin + length));
  const code = /^[<>|=]?([a-z]\d)$/.exec(descr)?.[1] ?? '';
  const dtype = CODES.get(code);
  if (dtype === undefined) throw refuse(`dtype '${descr}' is none of ${[...CODES.keys()].join(', ')}`);
  if (shape.length > MAX_DIMS) throw refuse(`a tensor has at most ${MAX_DIMS} dimensions, got ${shape.length}`);
  const width = Number(code[1]);
  const numel = numelOf(shape);
  const data = file.subarray(begin + length);
  if (data.length !== numel * width) throw refuse(`expected ${numel * width} bytes of elements, got ${data.length}`);
  let bytes: Buffer = data;
  if (descr.startsWith('>') && width > 1) {
    bytes = Buffer.from(data);
    swapBytes(bytes, width);
  }
  const storage = storageFromBytes(dtype, bytes, '');
  const strides = fortran ? [...contiguousStrides([...shape].reverse())].reverse() : contiguousStrides(shape);
  return new Tensor(storage, shape, strides, 0);
}
