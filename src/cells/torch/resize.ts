/** Tensors that are given another shape, or other elements: `resize_`, `set_`, `as_strided_`. */
import { noGrad } from '../../autograd/mode.ts';
import { reshapeInPlace, setData } from '../../autograd/reshape.ts';
import { formatOf, type MemoryFormat, stridesIn } from '../../kernels/layout.ts';
import { zeros } from '../../ops/creation/filled.ts';
import { asStrided, checkReach, reachOf } from '../../ops/indexing/as-strided.ts';
import { detach } from '../../ops/pointwise/identity.ts';
import { cat } from '../../ops/shape/pieces.ts';
import { type DType, elementSize } from '../../tensor/dtype.ts';
import { valueRange } from '../../tensor/errors.ts';
import { checkNumel, contiguousStrides, numelOf, sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { type NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { FormatValue, itemsOf, toDType, toInteger, toIntegers, typeName } from './convert.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';
import { toFormat } from './formats.ts';
import { self } from './receiver.ts';
import { flatOf } from './storage.ts';

/** Refuses sizes whose bytes no 64 bits count. */
function checkStorage(shape: readonly number[], dtype: DType): void {
  const bytes = shape.reduce(
    (product, size) => product * BigInt(size < 0 || !Number.isSafeInteger(size) ? 1 : size),
    1n,
  );
  if (bytes * BigInt(elementSize(dtype)) >= 2n ** 63n)
    throw valueRange(`Storage size calculation overflowed with sizes=[${shape.join(', ')}]`);
}

/** Gives a tensor another shape. It keeps its elements as they lie; where there are too few, zeros follow. */
export function resizeTo(t: Tensor, shape: readonly number[], format: MemoryFormat = 'contiguous_format'): Tensor {
  const strides = guarded(() => stridesIn(format, shape));
  if (sameShape(t.shape, shape) && (format === 'contiguous_format' || sameShape(t.strides, strides))) return t;
  if (t.requiresGrad) throw runtimeError('cannot resize variables that require grad');
  guarded(() => {
    checkStorage(shape, t.dtype);
    checkNumel(shape);
    const n = numelOf(shape);
    const shown = noGrad(() => {
      const own = detach(t);
      if (t.offset + n <= t.storage.numel) return asStrided(own, shape, strides, t.offset);
      const there = asStrided(own, [t.storage.numel - t.offset], [1], t.offset);
      return asStrided(cat([there, zeros([n - there.numel], t.dtype)]), shape, strides, 0);
    });
    setData(t, shown);
  });
  return t;
}

function integers(value: Value, name: string, argument: string): number[] {
  const list = toIntegers(value);
  if (list === undefined)
    throw typeError(`${name}(): argument '${argument}' must be tuple of ints, not ${typeName(value)}`);
  return list;
}

function integer(value: Value, absent: number, name: string, argument: string): number {
  const n = value === null ? absent : toInteger(value);
  if (n === undefined) throw typeError(`${name}(): argument '${argument}' must be int, not ${typeName(value)}`);
  return n;
}

/** `set_()`, of another tensor, or of a storage with an offset, sizes and strides. */
function set(t: Tensor, [source, offset, size, stride]: readonly Value[]): Tensor {
  const shown = (): Tensor => {
    if (source === null) return zeros([0], t.dtype);
    const flat = source instanceof Tensor ? source : flatOf(source);
    if (flat.dtype !== t.dtype)
      throw runtimeError(`Could not set tensor of type ${flat.dtype} to a tensor of type ${t.dtype}`);
    if (offset === null && size === null) return detach(flat);
    const shape = size === null ? flat.shape : integers(size, 'set_', 'size');
    const strides = stride === null ? contiguousStrides(shape) : integers(stride, 'set_', 'stride');
    return asStrided(detach(flat), shape, strides, integer(offset, 0, 'set_', 'storage_offset'));
  };
  guarded(() => setData(t, noGrad(shown)));
  return t;
}

/** `torch.empty_strided`: room for as many elements as the window reaches over. */
export function emptyStrided(size: Value, stride: Value, dtype: DType): Tensor {
  const shape = integers(size, 'empty_strided', 'size');
  const strides = integers(stride, 'empty_strided', 'stride');
  return guarded(() => {
    const reach = reachOf(shape, strides, 0);
    checkReach(shape, strides, 0, dtype, reach);
    return zeros([reach], dtype).alias(shape, strides, 0);
  });
}

export const RESIZES: readonly NativeFunction[] = [
  native('resize_', 'self *size | memory_format=', ([t, format], _, rest) => {
    const list = rest.length === 1 && itemsOf(rest[0]) !== undefined ? rest[0] : new PyTuple(rest);
    return resizeTo(self(t, 'resize_'), integers(list, 'resize_', 'size'), toFormat(format));
  }),
  native('resize_as_', 'self the_template | memory_format=', ([t, like, format]) => {
    if (!(like instanceof Tensor))
      throw typeError(`resize_as_(): argument 'the_template' (position 1) must be Tensor, not ${typeName(like)}`);
    const kept = format instanceof FormatValue && format.name === 'preserve_format' ? formatOf(like) : toFormat(format);
    return resizeTo(self(t, 'resize_as_'), like.shape, kept);
  }),
  native('set_', 'self source= storage_offset= size= stride=', ([t, ...rest]) => set(self(t, 'set_'), rest)),
  native('new_empty_strided', 'self size stride | dtype= device= requires_grad=', ([t, size, stride, dtype]) => {
    const own = self(t, 'new_empty_strided').dtype;
    return emptyStrided(size, stride, dtype === null ? own : toDType(dtype));
  }),
  native('as_strided_', 'self size stride storage_offset=', ([t, size, stride, offset]) => {
    const own = self(t, 'as_strided_');
    const at = integer(offset, own.offset, 'as_strided_', 'storage_offset');
    const [shape, strides] = [integers(size, 'as_strided_', 'size'), integers(stride, 'as_strided_', 'stride')];
    return guarded(() =>
      reshapeInPlace(own, (input) => asStrided(input, shape, strides, at), {
        name: 'as_strided_',
        gradFn: 'AsStridedBackward0',
      }),
    );
  }),
];
