/** torch.channels_last and its like: names that say how elements lie. */
import { emptyIn, type MemoryFormat } from '../../kernels/layout.ts';
import type { DType } from '../../tensor/dtype.ts';
import { checkNumel } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { typeError } from '../runtime/errors.ts';
import { PyClass, type Value } from '../runtime/values.ts';
import { FormatValue, typeName } from './convert.ts';

const format = (name: string): FormatValue => new FormatValue('torch.memory_format', name);

const FORMATS = [
  format('contiguous_format'),
  format('preserve_format'),
  format('channels_last'),
  format('channels_last_3d'),
];

const named = (name: string): PyClass =>
  new PyClass(name, [], new Map<string, Value>([['__module__', 'torch']]), () => {
    throw typeError(`cannot create 'torch.${name}' instances`);
  });

export const memoryFormatClass = named('memory_format');

export const FORMAT_NAMES: readonly (readonly [string, Value])[] = [
  ['memory_format', memoryFormatClass],
  ['legacy_contiguous_format', FORMATS[0]],
  ...FORMATS.map((value): [string, Value] => [value.name, value]),
];

/** A memory format argument; absent where it is None or keeps what there is. */
export function toFormat(value: Value): MemoryFormat | undefined {
  if (value === null) return undefined;
  if (!(value instanceof FormatValue) || value.type !== 'torch.memory_format')
    throw typeError(`argument 'memory_format' must be torch.memory_format, not ${typeName(value)}`);
  return value.name === 'preserve_format' ? undefined : (value.name as MemoryFormat);
}

/** `torch.empty`, whose elements are zeros here. */
export function emptyOf(shape: readonly number[], dtype: DType, memoryFormat: Value): Tensor {
  checkNumel(shape);
  return emptyIn(toFormat(memoryFormat) ?? 'contiguous_format', shape, dtype);
}
