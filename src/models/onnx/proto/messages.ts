/**
 * The messages of onnx.proto that a model is made of, as they are in memory, and the tables by which they are
 * read and written. What stands in no table (training, quantization) is passed over.
 *
 * A field that a file leaves out is undefined, or an empty list: ONNX tells an absent `i` from a zero.
 */

/** 64-bit integers: a BigInt64Array where they were read, any list where they are to be written. */
export type Int64s = ArrayLike<bigint> & Iterable<bigint>;
export type Numbers = ArrayLike<number> & Iterable<number>;

export interface ModelProto {
  irVersion?: bigint;
  opsetImport: OperatorSetIdProto[];
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: bigint;
  docString?: string;
  graph?: GraphProto;
  metadataProps: StringStringEntryProto[];
  functions: FunctionProto[];
}

export interface OperatorSetIdProto {
  domain?: string;
  version?: bigint;
}

export interface StringStringEntryProto {
  key?: string;
  value?: string;
}

export interface FunctionProto {
  name?: string;
  input: string[];
  output: string[];
  attribute: string[];
  /** Attributes that have defaults. */
  attributeProto: AttributeProto[];
  node: NodeProto[];
  docString?: string;
  opsetImport: OperatorSetIdProto[];
  domain?: string;
  overload?: string;
}

export interface GraphProto {
  node: NodeProto[];
  name?: string;
  initializer: TensorProto[];
  sparseInitializer: SparseTensorProto[];
  docString?: string;
  input: ValueInfoProto[];
  output: ValueInfoProto[];
  valueInfo: ValueInfoProto[];
}

export interface NodeProto {
  input: string[];
  output: string[];
  name?: string;
  opType?: string;
  domain?: string;
  overload?: string;
  attribute: AttributeProto[];
  docString?: string;
}

export interface AttributeProto {
  name?: string;
  refAttrName?: string;
  docString?: string;
  type?: number;
  f?: number;
  i?: bigint;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  sparseTensor?: SparseTensorProto;
  tp?: TypeProto;
  floats: Numbers;
  ints: Int64s;
  strings: Uint8Array[];
  tensors: TensorProto[];
  graphs: GraphProto[];
}

export interface ValueInfoProto {
  name?: string;
  type?: TypeProto;
  docString?: string;
}

export interface TensorProto {
  dims: Int64s;
  dataType?: number;
  floatData: Numbers;
  int32Data: Numbers;
  stringData: Uint8Array[];
  int64Data: Int64s;
  name?: string;
  docString?: string;
  /** Little-endian elements: a view of the file that was read. */
  rawData?: Uint8Array;
  externalData: StringStringEntryProto[];
  dataLocation?: number;
  doubleData: Numbers;
  uint64Data: Int64s;
}

export interface SparseTensorProto {
  values?: TensorProto;
  indices?: TensorProto;
  dims: Int64s;
}

export interface TypeProto {
  tensorType?: TensorTypeProto;
  sequenceType?: { elemType?: TypeProto };
  optionalType?: { elemType?: TypeProto };
  mapType?: { keyType?: number; valueType?: TypeProto };
  sparseTensorType?: TensorTypeProto;
  denotation?: string;
}

export interface TensorTypeProto {
  elemType?: number;
  shape?: { dim: DimensionProto[] };
}

/** A size, or a name for one that may vary; neither where nothing is known. */
export interface DimensionProto {
  dimValue?: bigint;
  dimParam?: string;
  denotation?: string;
}

/** TensorProto.DataType */
export const DATA_TYPE = {
  UNDEFINED: 0,
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BFLOAT16: 16,
} as const;

/** TensorProto.DataLocation */
export const EXTERNAL = 1;

/** AttributeProto.AttributeType */
export const ATTRIBUTE = {
  UNDEFINED: 0,
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
  SPARSE_TENSOR: 11,
  SPARSE_TENSORS: 12,
  TYPE_PROTO: 13,
  TYPE_PROTOS: 14,
} as const;

export type Scalar = 'string' | 'bytes' | 'int32' | 'int64' | 'uint64' | 'float' | 'double';

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly kind: Scalar | Message;
  readonly repeated: boolean;
}

/** A message's table: fields in the order of their numbers, and found by them. */
export class Message {
  readonly name: string;
  readonly fields: readonly Field[];
  private readonly byNumber: readonly (Field | undefined)[];

  /** The table of a message that holds itself is filled in later. */
  constructor(name: string) {
    this.name = name;
    this.fields = [];
    this.byNumber = [];
  }

  /** Fields by name: the number, the kind, whether it is repeated. */
  has(table: Readonly<Record<string, readonly [number, Scalar | Message, 'repeated'?]>>): this {
    for (const [name, [number, kind, repeated]] of Object.entries(table)) {
      const field = { name, number, kind, repeated: repeated === 'repeated' };
      (this.fields as Field[]).push(field);
      (this.byNumber as (Field | undefined)[])[number] = field;
    }
    (this.fields as Field[]).sort((a, b) => a.number - b.number);
    return this;
  }

  field(number: number): Field | undefined {
    return this.byNumber[number];
  }
}

export const MODEL = new Message('ModelProto');
export const GRAPH = new Message('GraphProto');
export const NODE = new Message('NodeProto');
export const TENSOR = new Message('TensorProto');
const attribute = new Message('AttributeProto');
const type = new Message('TypeProto');

const opset = new Message('OperatorSetIdProto').has({ domain: [1, 'string'], version: [2, 'int64'] });
const entry = new Message('StringStringEntryProto').has({ key: [1, 'string'], value: [2, 'string'] });
const dimension = new Message('Dimension').has({
  dimValue: [1, 'int64'],
  dimParam: [2, 'string'],
  denotation: [3, 'string'],
});
const shape = new Message('TensorShapeProto').has({ dim: [1, dimension, 'repeated'] });
const tensorType = new Message('TypeProto.Tensor').has({ elemType: [1, 'int32'], shape: [2, shape] });
const holder = new Message('TypeProto.Sequence').has({ elemType: [1, type] });
const map = new Message('TypeProto.Map').has({ keyType: [1, 'int32'], valueType: [2, type] });
const valueInfo = new Message('ValueInfoProto').has({ name: [1, 'string'], type: [2, type], docString: [3, 'string'] });
const sparse = new Message('SparseTensorProto').has({
  values: [1, TENSOR],
  indices: [2, TENSOR],
  dims: [3, 'int64', 'repeated'],
});

type.has({
  tensorType: [1, tensorType],
  sequenceType: [4, holder],
  mapType: [5, map],
  denotation: [6, 'string'],
  sparseTensorType: [8, tensorType],
  optionalType: [9, holder],
});

TENSOR.has({
  dims: [1, 'int64', 'repeated'],
  dataType: [2, 'int32'],
  floatData: [4, 'float', 'repeated'],
  int32Data: [5, 'int32', 'repeated'],
  stringData: [6, 'bytes', 'repeated'],
  int64Data: [7, 'int64', 'repeated'],
  name: [8, 'string'],
  rawData: [9, 'bytes'],
  doubleData: [10, 'double', 'repeated'],
  uint64Data: [11, 'uint64', 'repeated'],
  docString: [12, 'string'],
  externalData: [13, entry, 'repeated'],
  dataLocation: [14, 'int32'],
});

attribute.has({
  name: [1, 'string'],
  f: [2, 'float'],
  i: [3, 'int64'],
  s: [4, 'bytes'],
  t: [5, TENSOR],
  g: [6, GRAPH],
  floats: [7, 'float', 'repeated'],
  ints: [8, 'int64', 'repeated'],
  strings: [9, 'bytes', 'repeated'],
  tensors: [10, TENSOR, 'repeated'],
  graphs: [11, GRAPH, 'repeated'],
  docString: [13, 'string'],
  tp: [14, type],
  type: [20, 'int32'],
  refAttrName: [21, 'string'],
  sparseTensor: [22, sparse],
});

NODE.has({
  input: [1, 'string', 'repeated'],
  output: [2, 'string', 'repeated'],
  name: [3, 'string'],
  opType: [4, 'string'],
  attribute: [5, attribute, 'repeated'],
  docString: [6, 'string'],
  domain: [7, 'string'],
  overload: [8, 'string'],
});

GRAPH.has({
  node: [1, NODE, 'repeated'],
  name: [2, 'string'],
  initializer: [5, TENSOR, 'repeated'],
  docString: [10, 'string'],
  input: [11, valueInfo, 'repeated'],
  output: [12, valueInfo, 'repeated'],
  valueInfo: [13, valueInfo, 'repeated'],
  sparseInitializer: [15, sparse, 'repeated'],
});

const fn = new Message('FunctionProto').has({
  name: [1, 'string'],
  input: [4, 'string', 'repeated'],
  output: [5, 'string', 'repeated'],
  attribute: [6, 'string', 'repeated'],
  node: [7, NODE, 'repeated'],
  docString: [8, 'string'],
  opsetImport: [9, opset, 'repeated'],
  domain: [10, 'string'],
  attributeProto: [11, attribute, 'repeated'],
  overload: [13, 'string'],
});

MODEL.has({
  irVersion: [1, 'int64'],
  producerName: [2, 'string'],
  producerVersion: [3, 'string'],
  domain: [4, 'string'],
  modelVersion: [5, 'int64'],
  docString: [6, 'string'],
  graph: [7, GRAPH],
  opsetImport: [8, opset, 'repeated'],
  metadataProps: [14, entry, 'repeated'],
  functions: [25, fn, 'repeated'],
});
