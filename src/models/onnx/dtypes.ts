/** Our dtypes as ONNX numbers them. */
import type { DType } from '../../tensor/dtype.ts';
import { DATA_TYPE } from './proto/messages.ts';

export const ONNX_TYPE: Readonly<Record<DType, number>> = {
  float32: DATA_TYPE.FLOAT,
  float64: DATA_TYPE.DOUBLE,
  float16: DATA_TYPE.FLOAT16,
  bfloat16: DATA_TYPE.BFLOAT16,
  int64: DATA_TYPE.INT64,
  int32: DATA_TYPE.INT32,
  int16: DATA_TYPE.INT16,
  int8: DATA_TYPE.INT8,
  uint8: DATA_TYPE.UINT8,
  bool: DATA_TYPE.BOOL,
};
