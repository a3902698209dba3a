/** The datatypes of the Open Inference Protocol, and the dtypes that their elements are computed as. */
import type { DType } from '../../tensor/dtype.ts';

export interface Datatype {
  readonly name: string;
  /** Of an element in binary form. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** What holds the elements; of an integer that no dtype is, a wider one. */
  readonly dtype: DType;
  /** Whether the dtype has these bytes and this range. */
  readonly exact: boolean;
  /** Of integers: the least and the greatest. */
  readonly range?: readonly [bigint, bigint];
  /** Of integers: what reads them. */
  readonly array?: IntegerArray;
}

type IntegerArray =
  | Int8ArrayConstructor
  | Int16ArrayConstructor
  | Int32ArrayConstructor
  | BigInt64ArrayConstructor
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor
  | BigUint64ArrayConstructor;

const signed = (
  name: string,
  bytes: Datatype['bytes'],
  dtype: DType,
  array: IntegerArray,
): readonly [string, Datatype] => {
  const half = 2n ** BigInt(8 * bytes - 1);
  return [name, { name, bytes, dtype, exact: true, range: [-half, half - 1n], array }];
};

const unsigned = (
  name: string,
  bytes: Datatype['bytes'],
  dtype: DType,
  array: IntegerArray,
): readonly [string, Datatype] => [
  name,
  { name, bytes, dtype, exact: dtype === 'uint8', range: [0n, 2n ** BigInt(8 * bytes) - 1n], array },
];

const other = (name: string, bytes: Datatype['bytes'], dtype: DType): readonly [string, Datatype] => [
  name,
  { name, bytes, dtype, exact: true },
];

export const DATATYPES: ReadonlyMap<string, Datatype> = new Map([
  other('BOOL', 1, 'bool'),
  unsigned('UINT8', 1, 'uint8', Uint8Array),
  unsigned('UINT16', 2, 'int32', Uint16Array),
  unsigned('UINT32', 4, 'int64', Uint32Array),
  unsigned('UINT64', 8, 'int64', BigUint64Array),
  signed('INT8', 1, 'int8', Int8Array),
  signed('INT16', 2, 'int16', Int16Array),
  signed('INT32', 4, 'int32', Int32Array),
  signed('INT64', 8, 'int64', BigInt64Array),
  other('FP16', 2, 'float16'),
  other('BF16', 2, 'bfloat16'),
  other('FP32', 4, 'float32'),
  other('FP64', 8, 'float64'),
]);

const NAMES: ReadonlyMap<DType, string> = new Map(
  [...DATATYPES.values()].filter(({ exact }) => exact).map(({ name, dtype }) => [dtype, name]),
);

/** The protocol's name of a dtype. */
export function datatypeOf(dtype: DType): string {
  const name = NAMES.get(dtype);
  if (name === undefined) throw new Error(`the protocol has no name for ${dtype}`);
  return name;
}
