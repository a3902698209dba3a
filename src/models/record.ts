/**
 * A model at rest: its graph as JSON without elements, and all its constants in one safetensors file. Both lie in
 * memory that threads share, so that a model travels to a thread, and stays there, without a copy.
 */
import { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { type Entry, layoutSafetensors, readEntries } from '../codec/safetensors/safetensors.ts';
import { arrayOf, type DType, elementSize, halfOf, isFloating, type TypedArray } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { numelOf, type Shape } from '../tensor/shape.ts';

/** A value as a model's answer tells it: −1 for a size that may vary, no shape where not even the rank is known. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[] | null;
}

/** What is told of a model. */
export interface ModelInfo {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly parameters: readonly TensorInfo[];
  /** How many nodes there are of each op. */
  readonly ops: Readonly<Record<string, number>>;
  readonly nodes: number;
  /** Of all constants. */
  readonly bytes: number;
  readonly source: 'onnx' | 'graph';
}

export interface ModelRecord {
  /** No other record has it, whatever their names are. */
  readonly uid: string;
  readonly graph: Uint8Array<SharedArrayBuffer>;
  readonly constants: Uint8Array<SharedArrayBuffer>;
  readonly info: ModelInfo;
}

/** What a record takes of the memory that models may have. */
export const sizeOf = ({ graph, constants }: Pick<ModelRecord, 'graph' | 'constants'>): number =>
  graph.length + constants.length;

export function sharedBytes(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

/** A name that a safetensors file keeps for itself. */
const RESERVED = '__metadata__';

interface Constant {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly literal: TensorLiteral;
}

/** The elements as they lie in a file at an address that their width divides. */
const view = (bytes: Uint8Array, dtype: DType): TypedArray => {
  const Kind = arrayOf(dtype) as Float32ArrayConstructor;
  return new Kind(bytes.buffer, bytes.byteOffset, bytes.length / elementSize(dtype)) as unknown as TypedArray;
};

function putLiteral(target: Uint8Array, { dtype, shape, literal }: Constant): void {
  const half = halfOf(dtype);
  if (half === undefined) {
    literal.writeInto(view(target, dtype), dtype);
    return;
  }
  const wide = new Float32Array(numelOf(shape));
  literal.writeInto(wide, dtype);
  const { buffer, byteOffset, byteLength } = half.pack(wide);
  target.set(new Uint8Array(buffer, byteOffset, byteLength));
}

/**
 * All constants in a file of shared memory.
 *
 * @throws JsonError for an element that its dtype cannot hold; EngineError `budget` past `maxBytes`
 */
export function constantsFile(
  constants: Iterable<readonly [string, DType, TensorLiteral]>,
  { maxBytes, tick }: { readonly maxBytes: number; readonly tick: () => void },
): Uint8Array<SharedArrayBuffer> {
  const described: [string, Constant][] = [];
  for (const [name, dtype, literal] of constants) {
    if (name === RESERVED) throw new EngineError('invalid_graph', `a constant cannot be called "${RESERVED}"`);
    described.push([name, { dtype, shape: literal.shape, literal }]);
  }
  const { head, sorted, size } = layoutSafetensors(described);
  if (size > maxBytes)
    throw new EngineError('budget', `the model has ${size} bytes; all models together may have ${maxBytes}`);
  const file = new Uint8Array(new SharedArrayBuffer(size));
  file.set(head);
  let at = head.length;
  for (const [, constant] of sorted) {
    tick();
    const end = at + numelOf(constant.shape) * elementSize(constant.dtype);
    putLiteral(file.subarray(at, end), constant);
    at = end;
  }
  return file;
}

/** The tensors of a file in memory, as they are: their elements are read where they lie. */
export function literalsIn(file: Uint8Array): Map<string, TensorLiteral> {
  const { entries, data } = readEntries(Buffer.from(file.buffer, file.byteOffset, file.byteLength));
  return new Map(entries.map((entry) => [entry.name, literalOf(entry, data)]));
}

function literalOf({ dtype, shape, begin, end }: Entry, data: Buffer): TensorLiteral {
  const bytes = data.subarray(begin, end);
  const aligned = bytes.byteOffset % elementSize(dtype) === 0;
  const elements =
    aligned && halfOf(dtype) === undefined
      ? ({ kind: 'held', array: view(bytes, dtype) } as const)
      : ({ kind: 'bytes', bytes, pointer: '' } as const);
  return new TensorLiteral('', shape, dtype, isFloating(dtype), elements);
}

/** What replaces a tensor of a file: elements of the same dtype and shape, as bytes that a file has. */
export function replaced(
  file: Uint8Array<SharedArrayBuffer>,
  others: ReadonlyMap<string, TensorLiteral>,
): Uint8Array<SharedArrayBuffer> {
  const next = sharedBytes(file);
  const { entries, data } = readEntries(Buffer.from(next.buffer));
  for (const { name, dtype, shape, begin, end } of entries) {
    const literal = others.get(name);
    if (literal !== undefined) putLiteral(data.subarray(begin, end), { dtype, shape, literal });
  }
  return next;
}
