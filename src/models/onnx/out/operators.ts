/**
 * For which dtypes onnxruntime has kernels on CPUs, where not for all of ours. ONNX itself allows more; what
 * is missing is cast around (`GraphBuilder.op`).
 */
import type { DType } from '../../../tensor/dtype.ts';

const FLOATS: readonly DType[] = ['float32', 'float64'];
const NUMBERS: readonly DType[] = [...FLOATS, 'int64', 'int32'];
const ALL: readonly DType[] = [...NUMBERS, 'int16', 'int8', 'uint8'];

const single = 'Acos Acosh Asin Asinh Atan Atanh AveragePool Conv ConvTranspose Cosh Det Elu Erf GridSample Sinh Tan';
const floats =
  'BatchNormalization Ceil Cos Exp Floor Gemm IsInf IsNaN LayerNormalization LeakyRelu Log LogSoftmax Reciprocal ' +
  'Round Sigmoid Sin Softmax Sqrt Tanh MaxPool';
const numbers = 'CumSum Einsum MatMul Pow ReduceL1 ReduceL2 ReduceMean ReduceProd ReduceSum ReduceSumSquare Relu Trilu';

const TABLE: Readonly<Record<string, readonly DType[]>> = {
  ...Object.fromEntries(single.split(' ').map((op) => [op, ['float32']])),
  ...Object.fromEntries(floats.split(' ').map((op) => [op, FLOATS])),
  ...Object.fromEntries(numbers.split(' ').map((op) => [op, NUMBERS])),
  Relu: ['float32', 'float64', 'int32', 'int8'],
  Neg: [...NUMBERS, 'int16', 'int8'],
  NonZero: ['bool', 'float32', 'int64', 'int32', 'uint8'],
  Where: [...NUMBERS, 'uint8'],
  Trilu: [...NUMBERS, 'bool'],
  Pad: [...NUMBERS, 'int8', 'uint8', 'bool'],
  Clip: [...NUMBERS, 'int8', 'uint8'],
  Max: [...NUMBERS, 'int8', 'uint8'],
  Min: [...NUMBERS, 'int8', 'uint8'],
  ReduceMax: [...NUMBERS, 'int8', 'uint8'],
  ReduceMin: [...NUMBERS, 'int8', 'uint8'],
  ArgMax: [...NUMBERS, 'int8', 'uint8'],
  ArgMin: [...NUMBERS, 'int8', 'uint8'],
  TopK: ALL,
  Unique: ['float32', 'float64', 'int64', 'int8'],
  Abs: ALL,
  Add: ALL,
  Sub: ALL,
  Mul: ALL,
  Div: ALL,
  Mod: ALL,
  Sign: ALL,
  Less: ALL,
  LessOrEqual: ALL,
  Greater: ALL,
  GreaterOrEqual: ALL,
};

const WIDER: Readonly<Record<DType, readonly DType[]>> = {
  bool: ['uint8', 'int32', 'int64', 'float32'],
  uint8: ['int32', 'int64', 'float32'],
  int8: ['int32', 'int64', 'float32'],
  int16: ['int32', 'int64', 'float32'],
  int32: ['int64', 'float32'],
  int64: ['float64', 'float32'],
  float16: ['float32'],
  bfloat16: ['float32'],
  float32: ['float32'],
  float64: ['float32'],
};

/** The dtype in which an operator is carried out on tensors of `dtype`: itself, or another that it has. */
export function carriedOutIn(operator: string, dtype: DType): DType {
  const known = TABLE[operator];
  if (known === undefined || known.includes(dtype)) return dtype;
  return WIDER[dtype].find((wider) => known.includes(wider)) ?? dtype;
}
