/** Python's `x[...]` and `x[...] = v`. */
import { overwrite, overwritePart } from '../../autograd/inplace.ts';
import { noGrad } from '../../autograd/mode.ts';
import { withRecorder } from '../../autograd/recorder.ts';
import { refreshWindow } from '../../autograd/windows.ts';
import { checkApart } from '../../autograd/write-checks.ts';
import { to } from '../../ops/creation/cast.ts';
import { filledWith } from '../../ops/creation/filled.ts';
import { getitem, type IndexItem, setitem } from '../../ops/indexing/getitem.ts';
import { expand, reshape } from '../../ops/shape/views.ts';
import { isFloating, typeNameOf } from '../../tensor/dtype.ts';
import { EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import type { Scalar } from '../../tensor/scalar.ts';
import { expandsTo, sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { indexError, PyError, runtimeError, typeError } from '../runtime/errors.ts';
import { tensorBehind, withoutFace } from '../runtime/faces.ts';
import { PyEllipsis, PyInstance, PyList, PyRange, PySlice, PyTuple, type Value } from '../runtime/values.ts';
import { asPyTorch } from './bind.ts';
import { makeTensor } from './construct.ts';
import { itemOf, itemsOf, toInteger, toScalar, typeName } from './convert.ts';
import { tensorTypeName } from './dtypes.ts';
import { guarded } from './errors.ts';

interface Index {
  readonly items: IndexItem[];
  readonly tensors: Tensor[];
}

function bound(value: Value): number | null {
  if (value === null) return null;
  const n = typeof value === 'boolean' ? Number(value) : toInteger(value);
  if (n === undefined) throw typeError('slice indices must be integers or None or have an __index__ method');
  // Beyond any tensor's length all bounds are the same.
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, n));
}

function readItem(value: Value, index: Index): void {
  if (value === null || typeof value === 'boolean') index.items.push(value);
  else if (typeof value === 'bigint') index.items.push(Number(value));
  else if (value instanceof PyEllipsis) index.items.push('...');
  else if (value instanceof PySlice) {
    const step = bound(value.step);
    if (step !== null && step <= 0)
      throw new PyError('ValueError', step === 0 ? 'slice step cannot be zero' : 'step must be greater than zero');
    index.items.push({ slice: [bound(value.start), bound(value.stop), step] });
  } else if (value instanceof Tensor) {
    if (value.dtype === 'uint8')
      warn('indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.');
    if (isFloating(value.dtype)) throw indexError('tensors used as indices must be long, byte or bool tensors');
    if (value.ndim === 0 && value.dtype !== 'bool' && value.dtype !== 'uint8') index.items.push(Number(itemOf(value)));
    else if (value.ndim === 0) index.items.push(itemOf(value) !== false && itemOf(value) !== 0n);
    else index.items.push({ tensor: index.tensors.push(value.dtype === 'int32' ? cast(value) : value) - 1 });
  } else if (value instanceof PyList || value instanceof PyTuple || value instanceof PyRange) {
    const t = makeTensor(value);
    if (t.numel > 0 && isFloating(t.dtype))
      throw indexError(
        'only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got float)',
      );
    index.items.push({ tensor: index.tensors.push(t.numel === 0 ? makeTensor(value, 'int64') : t) - 1 });
  } else if (typeof value === 'string') throw typeError("new(): invalid data type 'str'");
  else
    throw indexError(
      `only integers, slices (\`:\`), ellipsis (\`...\`), None and long or byte Variables are valid indices (got ${typeName(value)})`,
    );
}

const cast = (t: Tensor): Tensor => makeTensor(t, 'int64');

/** A list that holds slices, lists or tensors is read as a tuple. */
function isTupleLike(value: PyList): boolean {
  return (
    value.items.length < 32 &&
    value.items.some(
      (item) =>
        item === null ||
        item instanceof PySlice ||
        item instanceof PyEllipsis ||
        item instanceof PyList ||
        item instanceof PyTuple ||
        (item instanceof Tensor && item.ndim > 0),
    )
  );
}

/** What an ndarray, or a scalar of NumPy's, stands for. */
const plainItem = (value: PyInstance): Value => {
  const plain = withoutFace(value);
  return plain === value ? (tensorBehind(value) ?? value) : plain;
};

function readIndex(value: Value): Index {
  const index: Index = { items: [], tensors: [] };
  const parts =
    value instanceof PyTuple || (value instanceof PyList && isTupleLike(value))
      ? (itemsOf(value) as readonly Value[])
      : [value];
  if (parts.filter((p) => p instanceof PyEllipsis).length > 1)
    throw indexError("an index can only have a single ellipsis ('...')");
  for (const part of parts) readItem(part instanceof PyInstance ? plainItem(part) : part, index);
  if (index.tensors.some((t) => t.dtype === 'uint8'))
    warn('indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.');
  return index;
}

export function getItem(t: Tensor, key: Value): Tensor {
  const { items, tensors } = readIndex(key);
  return asPyTorch(guarded(() => getitem(t, items, tensors)));
}

export function setItem(t: Tensor, key: Value, value: Value): void {
  const { items, tensors } = readIndex(key);
  const v = value instanceof Tensor ? value : toScalar(value);
  if (v === undefined) throw typeError(`can't assign a ${typeName(value)} to a ${tensorTypeName(t.dtype)}`);
  const operands = v instanceof Tensor ? [v] : [];
  guarded(() => {
    if (tensors.length > 0) checkPut(t, v, tensors);
    if (tensors.length > 0 || items.some((item) => typeof item === 'boolean')) {
      if (v instanceof Tensor && v.ndim > 0 && v.dtype !== t.dtype && tensors.length > 0)
        throw new EngineError(
          'dtype',
          `Index put requires the source and destination dtypes match, got ${typeNameOf(t.dtype)} for the destination and ${typeNameOf(v.dtype)} for the source.`,
        );
      // Masks are read before anything is written.
      const read = [...operands, ...tensors.filter((index) => index.dtype === 'int64')];
      const options = { name: '__setitem__', operands: read, gradFn: 'IndexPutBackward0', inPart: true };
      checkApart(t, read);
      overwrite(t, (self) => setitem(self, v, items, tensors), options);
      return;
    }
    // Who listens hears of the history that the tensor has by now.
    refreshWindow(t);
    const place = noGrad(() => withRecorder(null, () => getitem(t, items, [])));
    const args = { input: t, value: v, index: items, indices: tensors };
    overwritePart(t, operands, place, () => valuesFor(place, v), {
      op: setitem.def,
      args,
      name: '__setitem__',
      uniform: !(v instanceof Tensor) || v.numel === 1,
    });
  });
}

/** A tensor that is put at indices is of the same dtype; one number behind a mask need not be. */
function checkPut(t: Tensor, v: Tensor | Scalar, tensors: readonly Tensor[]): void {
  if (!(v instanceof Tensor) || v.dtype === t.dtype) return;
  if (v.numel === 1 && tensors.length === 1 && (tensors[0].dtype === 'bool' || tensors[0].dtype === 'uint8')) return;
  throw runtimeError(
    `Index put requires the source and destination dtypes match, got ${typeNameOf(t.dtype)} for the destination and ${typeNameOf(v.dtype)} for the source.`,
  );
}

/** What is written into a place: cast to its dtype, and repeated to its shape. */
function valuesFor(place: Tensor, v: Tensor | Scalar): Tensor {
  const source = v instanceof Tensor ? trimmed(v, place) : filledWith([], v, place.dtype);
  if (!expandsTo(source.shape, place.shape)) throw shapeMismatch(mismatch(place, source));
  const cast = source.dtype === place.dtype ? source : to(source, place.dtype);
  return sameShape(cast.shape, place.shape) ? cast : expand(cast, place.shape);
}

/** Leading dimensions of size 1 that the place lacks are dropped. */
function trimmed(v: Tensor, place: Tensor): Tensor {
  const extra = v.ndim - place.ndim;
  return extra > 0 && v.shape.slice(0, extra).every((size) => size === 1) ? reshape(v, v.shape.slice(extra)) : v;
}

const mismatch = (place: Tensor, v: Tensor): string =>
  `a tensor of shape ${showShape(v.shape)} cannot be expanded to ${showShape(place.shape)}: only dimensions of size 1 are repeated`;
