/** PyTorch's `memory_format`: in which order the elements of a result lie. */
import { copyIn, copyLike, emptyIn, emptyLike, formatOf, type MemoryFormat } from '../kernels/index.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { oneOf, optionalAttr } from './params.ts';

export type Format = MemoryFormat | 'preserve_format';

export const formatAttr = oneOf<Format>('preserve_format', 'contiguous_format', 'channels_last', 'channels_last_3d');

/** Where it is absent, elements lie as those of the input do. */
export const formatParam = optionalAttr('memory_format', formatAttr, {
  doc: 'In which order the elements lie in memory: by default as those of the input',
});

/** A copy, cast where it is asked for, laid out by a memory format. */
export const copied = (t: Tensor, format: Format | undefined, dtype?: DType): Tensor =>
  format === undefined || format === 'preserve_format' ? copyLike(t, dtype) : copyIn(format, t, dtype);

/** A result laid out as what it is made of speaks for: convolutions, pools and their kin keep channels last. */
export function keepingFormat(out: Tensor, ...operands: readonly Tensor[]): Tensor {
  for (const t of operands) {
    const format = formatOf(t);
    if (format !== 'contiguous_format') return copyIn(format, out);
  }
  return out;
}

/** A new tensor of the same shape, laid out by a memory format. */
export const blankLike = (t: Tensor, format: Format | undefined, dtype: DType): Tensor =>
  format === undefined || format === 'preserve_format' ? emptyLike(t, dtype) : emptyIn(format, t.shape, dtype);
