/** Tensors that come from attributes or from sizes alone. */
import { type DType, isFloating } from '../../../../tensor/dtype.ts';
import { float } from '../../../../tensor/scalar.ts';
import { DATA_TYPE, type TensorProto } from '../../proto/messages.ts';
import { Unsupported } from '../errors.ts';
import { type Entry, type Lower, since, type Table } from '../node.ts';
import { cast, single } from './helpers.ts';

const EMPTY: Omit<TensorProto, 'dims' | 'dataType'> = {
  floatData: [],
  int32Data: [],
  stringData: [],
  int64Data: [],
  externalData: [],
  doubleData: [],
  uint64Data: [],
};

const constant: Lower = (n) => {
  const tensor = n.tensor('value');
  if (tensor !== undefined) return n.reader.constant(tensor);
  const make = (numbers: readonly number[], dims: readonly bigint[], dataType: number): TensorProto =>
    dataType === DATA_TYPE.FLOAT
      ? { ...EMPTY, dims, dataType, floatData: numbers }
      : { ...EMPTY, dims, dataType, int64Data: numbers.map(BigInt) };
  const [f, i, fs, is] = [n.float('value_float'), n.int('value_int'), n.floats('value_floats'), n.ints('value_ints')];
  if (f !== undefined) return n.reader.constant(make([f], [], DATA_TYPE.FLOAT));
  if (i !== undefined) return n.reader.constant(make([i], [], DATA_TYPE.INT64));
  if (fs !== undefined) return n.reader.constant(make(fs, [BigInt(fs.length)], DATA_TYPE.FLOAT));
  if (is !== undefined) return n.reader.constant(make(is, [BigInt(is.length)], DATA_TYPE.INT64));
  throw new Unsupported('only constants that are dense tensors of numbers are supported');
};

/** Zeros where no value is told. */
const constantOfShape: Lower = (n) => {
  const size = n.list(n.input(0));
  const tensor = n.tensor('value');
  if (tensor === undefined) return n.build.one('zeros', [], { size, dtype: 'float32' });
  const v = n.reader.constant(tensor);
  const value = n.known(v, 'the value')[0];
  if (value === undefined) throw new Unsupported('the value has no elements');
  const fill = v.dtype === 'bool' ? value === 1 : isFloating(v.dtype) ? float(value) : value;
  return n.build.one('full', [], { size, fill_value: fill, dtype: v.dtype });
};

const range: Lower = (n) => {
  const [start, end, step] = [0, 1, 2].map((i) => single(n.input(i)));
  const { dtype } = n.input(0);
  if (typeof start === 'number' && typeof end === 'number' && typeof step === 'number') {
    // Where the end lies on the other side there is nothing.
    if (step === 0 || (end - start) / step <= 0) return n.build.one('zeros', [], { size: [0], dtype });
  }
  const at = (x: typeof start): unknown => (typeof x === 'number' && isFloating(dtype) ? float(x) : x);
  return n.build.one('arange', [], { start: at(start), end: at(end), step: at(step), dtype });
};

const window = (op: string, attrs: Readonly<Record<string, number>> = {}): Entry =>
  since([17], (n) => {
    const dtype: DType = n.dtype('output_datatype') ?? 'float32';
    const periodic = n.flag('periodic', true);
    const out = n.build.one(op, [], { window_length: single(n.input(0)), periodic, dtype: 'float64', ...attrs });
    return cast(n, out, dtype);
  });

export const creation: Table = {
  BlackmanWindow: window('blackman_window'),
  Constant: since([1, 9, 11, 12, 13, 19, 21], constant),
  ConstantOfShape: since([9, 20, 21], constantOfShape),
  HammingWindow: window('hamming_window', { alpha: 25 / 46, beta: 21 / 46 }),
  HannWindow: window('hann_window'),
  Range: since([11], range),
};
