/** Tensors of an ONNX file as the literals that a graph document holds; their elements stay where they are. */
import { TensorLiteral } from '../../../codec/json/tensor-literal.ts';
import { type DType, elementSize, isFloating } from '../../../tensor/dtype.ts';
import { EngineError } from '../../../tensor/errors.ts';
import { MAX_DIMS } from '../../../tensor/shape.ts';
import { DATA_TYPE, EXTERNAL, type TensorProto } from '../proto/messages.ts';

const OURS: Readonly<Record<number, DType>> = {
  [DATA_TYPE.FLOAT]: 'float32',
  [DATA_TYPE.DOUBLE]: 'float64',
  [DATA_TYPE.FLOAT16]: 'float16',
  [DATA_TYPE.BFLOAT16]: 'bfloat16',
  [DATA_TYPE.INT64]: 'int64',
  [DATA_TYPE.INT32]: 'int32',
  [DATA_TYPE.INT16]: 'int16',
  [DATA_TYPE.INT8]: 'int8',
  [DATA_TYPE.UINT8]: 'uint8',
  [DATA_TYPE.BOOL]: 'bool',
};

const NAMES = new Map<number, string>(Object.entries(DATA_TYPE).map(([name, value]) => [value, name]));

/** ONNX's name of an element type, as its documentation writes it. */
export const typeName = (type: number | undefined): string => NAMES.get(type ?? 0) ?? `type ${type}`;

/** Our dtype for ONNX's element type; undefined where there is none. */
export const dtypeOf = (type: number | undefined): DType | undefined => OURS[type ?? 0];

/** What a file says of a tensor's elements, where our dtypes have no such element. */
export class NoSuchType extends Error {}

const invalid = (message: string): EngineError => new EngineError('invalid_graph', message);

/** The sizes of a tensor, and their product: the file's word, which is held against its bytes. */
function sizesOf({ dims }: TensorProto, what: string): { shape: number[]; numel: number } {
  if (dims.length > MAX_DIMS) throw invalid(`${what} has ${dims.length} dimensions; at most ${MAX_DIMS} are allowed`);
  const shape = Array.from(dims, Number);
  if (shape.some((n) => n < 0 || !Number.isSafeInteger(n)))
    throw invalid(`${what} has the shape [${shape.join(', ')}]`);
  const numel = shape.reduce((n, size) => n * size, 1);
  if (!Number.isSafeInteger(numel)) throw invalid(`${what} has more elements than can be counted`);
  return { shape, numel };
}

const view = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** The elements as bytes of their dtype, from the field that holds them. */
function bytesOf(proto: TensorProto, dtype: DType): Uint8Array {
  const { rawData, floatData, int32Data, int64Data, doubleData } = proto;
  if (rawData !== undefined) return rawData;
  switch (dtype) {
    case 'float32':
      return view(Float32Array.from(floatData));
    case 'float64':
      return view(Float64Array.from(doubleData));
    case 'int64':
      return view(BigInt64Array.from(int64Data));
    case 'int32':
      return view(Int32Array.from(int32Data));
    case 'int16':
    case 'float16':
    case 'bfloat16':
      return view(Int16Array.from(int32Data));
    default:
      return view(Uint8Array.from(int32Data));
  }
}

/**
 * The literal that a file's tensor is. A floating one requires its gradient: it is a parameter.
 *
 * @throws EngineError invalid_graph where sizes and bytes do not agree; NoSuchType
 */
export function literalOf(proto: TensorProto, what: string): TensorLiteral {
  if (proto.dataLocation === EXTERNAL || proto.externalData.length > 0)
    throw invalid(`${what} keeps its elements in another file; only what stands in the file itself is read`);
  const dtype = dtypeOf(proto.dataType);
  if (dtype === undefined) throw new NoSuchType(`${what} has elements of type ${typeName(proto.dataType)}`);
  const { shape, numel } = sizesOf(proto, what);
  const bytes = bytesOf(proto, dtype);
  if (bytes.length !== numel * elementSize(dtype))
    throw invalid(
      `${what} of shape [${shape.join(', ')}] and type ${dtype} takes ${numel * elementSize(dtype)} bytes, but has ${bytes.length}`,
    );
  if (dtype === 'bool' && bytes.some((byte) => byte > 1))
    throw invalid(`${what} has bool elements that are not 0 or 1`);
  return new TensorLiteral('', shape, dtype, isFloating(dtype), { kind: 'bytes', bytes, pointer: '' });
}
