/** Methods of tensors that are no op of the registry. */
import { backward } from '../../autograd/backward.ts';
import { holds } from '../../autograd/held.ts';
import { addHook, retainGrad } from '../../autograd/hooks.ts';
import { isGradEnabled } from '../../autograd/mode.ts';
import { primitives } from '../../autograd/primitives.ts';
import { refreshWindow } from '../../autograd/windows.ts';
import { liesIn, type MemoryFormat } from '../../kernels/layout.ts';
import { filledWith } from '../../ops/creation/filled.ts';
import { findOp } from '../../ops/registry.ts';
import { DTYPES, type DType, elementSize, isFloating, isSigned, rowOf } from '../../tensor/dtype.ts';
import { isInferenceMade, isInferring } from '../../tensor/inference.ts';
import { normalizeDim, sameShape } from '../../tensor/shape.ts';
import { rootOf } from '../../tensor/storage.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { arrayOf } from '../runtime/arrays.ts';
import { indexError, PyError, runtimeError, typeError } from '../runtime/errors.ts';
import type { Budget } from '../runtime/interpreter.ts';
import { DTypeValue, type Kwargs, NativeFunction, PyClass, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { tensorsOf } from './bind.ts';
import { allclose, elementEqual, truth } from './compare.ts';
import { makeTensor, requireGrad } from './construct.ts';
import {
  elementAt,
  ForeignDType,
  FormatValue,
  itemOf,
  itemsOf,
  sizeOf,
  toDType,
  toInteger,
  toIntegers,
  typeName,
} from './convert.ts';
import { into, native } from './define.ts';
import { checkDevice, Device } from './devices.ts';
import { dtypeOfTensorType, tensorTypeName } from './dtypes.ts';
import { guarded } from './errors.ts';
import { toFormat } from './formats.ts';
import { handleOf, hookOf } from './hooks.ts';
import { OLD_LINALG } from './old-linalg.ts';
import { takenByOthers } from './others.ts';
import { self } from './receiver.ts';
import { viewAs } from './reinterpret.ts';
import { RESIZES } from './resize.ts';
import { addressOfTensor, storageOfTensor, untypedStorageOf } from './storage.ts';
import { refuseDerivatives } from './underivable.ts';
import { UNSAFE } from './unsafe.ts';
import { WRITES } from './writes.ts';

/** Nested lists of a tensor's elements; each list is checked before it is made, and counted. */
function toList(t: Tensor, budget: Budget, dim = 0, offset = t.offset): Value {
  if (dim === t.ndim) return elementAt(t, offset);
  const { [dim]: length } = t.shape;
  const { [dim]: stride } = t.strides;
  budget.room(length);
  const items: Value[] = [];
  for (let i = 0; i < length; i++) {
    if (i % 1024 === 1023) budget.step(1024);
    items.push(toList(t, budget, dim + 1, offset + i * stride));
  }
  return new PyList(items);
}

/** A cast that gives the tensor itself where it is of the dtype. */
export function castTo(t: Tensor, dtype: DType, always = false, memoryFormat?: MemoryFormat): Tensor {
  if (t.dtype === dtype && !always && (memoryFormat === undefined || liesIn(memoryFormat, t))) return t;
  if (memoryFormat === undefined) return guarded(() => primitives().to(t, dtype));
  return guarded(() => findOp('to')?.call({ input: t, dtype, memoryFormat }) as Tensor);
}

const dtypeMethod = (name: string, dtype: DType): NativeFunction =>
  native(name, 'self memory_format=', ([t, format]) => castTo(self(t, name), dtype, false, toFormat(format)));

/** `x.to(...)`: a dtype, a device or another tensor, in any order. */
function to(args: readonly Value[], kwargs: Kwargs): Value {
  const taken = takenByOthers('to', args, kwargs, null);
  if (taken !== undefined) return taken;
  const t = self(args[0], 'to');
  let dtype: DType | undefined;
  const read = (value: Value): void => {
    if (value === null || typeof value === 'boolean') return;
    if (value instanceof DTypeValue || value instanceof ForeignDType || value instanceof PyClass)
      dtype = toDType(value);
    else if (value instanceof Tensor) dtype = value.dtype;
    else if (typeof value === 'string' || typeof value === 'bigint' || value instanceof Device) checkDevice(value);
    else if (value instanceof FormatValue) return;
    else
      throw typeError(
        `to() received an invalid combination of arguments - got (${args.slice(1).map(typeName).join(', ')}), but expected one of:`,
      );
  };
  for (const value of args.slice(1)) read(value);
  for (const name of ['dtype', 'device', 'other']) read(kwargs.get(name) ?? null);
  return castTo(t, dtype ?? t.dtype, kwargs.get('copy') === true, toFormat(kwargs.get('memory_format') ?? null));
}

function runBackward(args: readonly Value[]): null {
  const [t, gradient, retain, create, inputs] = args;
  const root = self(t, 'backward');
  if (gradient !== null && !(gradient instanceof Tensor))
    throw typeError(`gradients can be either Tensors or None, but got ${typeName(gradient)}`);
  guarded(() =>
    backward([root], gradient === null ? undefined : [gradient], {
      createGraph: create === true,
      retainGraph: typeof retain === 'boolean' ? retain : create === true,
      inputs: inputs === null ? undefined : tensorsOf('inputs', inputs),
    }),
  );
  return null;
}

export function setRequiresGrad(t: Tensor, wanted: boolean): Tensor {
  if (!t.isLeaf) {
    if (wanted) return t;
    throw runtimeError(
      "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().",
    );
  }
  if (wanted && !isFloating(t.dtype))
    throw runtimeError('only Tensors of floating point and complex dtype can require gradients');
  if (wanted && !isInferring() && isInferenceMade(t.storage))
    throw runtimeError('Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.');
  t.requiresGrad = wanted;
  return t;
}

/** Whether both show the same elements in the same way. */
const isSetTo = (a: Tensor, b: Tensor): boolean =>
  a.dtype === b.dtype &&
  rootOf(a.storage) === rootOf(b.storage) &&
  a.offset === b.offset &&
  sameShape(a.shape, b.shape) &&
  sameShape(a.strides, b.strides);

function newFilled(name: string, value: number): NativeFunction {
  return native(
    name,
    'self *size | dtype= device= requires_grad= layout= pin_memory=',
    ([t, dtype, device, grad], _, rest) => {
      const own = self(t, name);
      checkDevice(device);
      const shape = sizes(rest, name);
      return requireGrad(
        guarded(() => filledWith(shape, value, dtype === null ? own.dtype : toDType(dtype))),
        grad,
      );
    },
  );
}

/** Sizes given one by one, or as one list. */
export function sizes(rest: readonly Value[], name: string): number[] {
  const list =
    rest.length === 1 && itemsOf(rest[0]) !== undefined ? toIntegers(rest[0]) : toIntegers(new PyTuple(rest));
  if (list === undefined) throw typeError(`${name}(): argument 'size' must be tuple of ints, not ${typeName(rest[0])}`);
  return list;
}

/** What a dimension has of sizes or strides. */
function along(numbers: readonly number[], dim: Value, name: string): bigint {
  const d = toInteger(dim);
  if (d === undefined) throw typeError(`${name}(): argument 'dim' must be int, not ${typeName(dim)}`);
  const found = numbers[guarded(() => normalizeDim(d, numbers.length))];
  if (found === undefined) throw indexError(`Dimension specified as ${d} but tensor has no dimensions`);
  return BigInt(found);
}

export function methodTable(ops: ReadonlyMap<string, NativeFunction>): Map<string, Value> {
  const table = new Map<string, Value>(ops);
  const size = native('size', 'self dim=', ([t, dim]) => {
    const { shape } = self(t, 'size');
    return dim === null ? sizeOf(shape) : along(shape, dim, 'size');
  });
  into(table, [
    size,
    native('item', 'self', ([t]) => itemOf(self(t, 'item'))),
    native('tolist', 'self', ([t], interpreter) => toList(self(t, 'tolist'), interpreter.budget)),
    native('numel', 'self', ([t]) => BigInt(self(t, 'numel').numel)),
    native('nelement', 'self', ([t]) => BigInt(self(t, 'nelement').numel)),
    native('dim', 'self', ([t]) => BigInt(self(t, 'dim').ndim)),
    native('ndimension', 'self', ([t]) => BigInt(self(t, 'ndimension').ndim)),
    native('stride', 'self dim=', ([t, dim]) => {
      const { strides } = self(t, 'stride');
      return dim === null ? new PyTuple(strides.map(BigInt)) : along(strides, dim, 'stride');
    }),
    native('storage_offset', 'self', ([t]) => BigInt(self(t, 'storage_offset').offset)),
    native('element_size', 'self', ([t]) => BigInt(elementSize(self(t, 'element_size').dtype))),
    native('is_contiguous', 'self memory_format=', ([t, format]) =>
      liesIn(toFormat(format) ?? 'contiguous_format', self(t, 'is_contiguous')),
    ),
    native('_is_view', 'self', ([t]) => {
      const { base, storage } = self(t, '_is_view');
      return base !== null && !isInferenceMade(storage);
    }),
    native('is_inference', 'self', ([t]) => isInferenceMade(self(t, 'is_inference').storage)),
    native('is_floating_point', 'self', ([t]) => isFloating(self(t, 'is_floating_point').dtype)),
    native('is_complex', 'self', () => false),
    native('is_signed', 'self', ([t]) => isSigned(self(t, 'is_signed').dtype)),
    native(
      'is_same_size',
      'self other',
      ([t, o]) => o instanceof Tensor && sameShape(self(t, 'is_same_size').shape, o.shape),
    ),
    native('is_nonzero', 'self', ([t]) => truth(self(t, 'is_nonzero'))),
    native('get_device', 'self', () => -1n),
    native('equal', 'self other', ([t, o]) => elementEqual(self(t, 'equal'), o, 'equal')),
    native('allclose', 'self other rtol= atol= equal_nan=', ([t, o, rtol, atol, nan]) =>
      allclose(self(t, 'allclose'), o, rtol, atol, nan),
    ),
    native('detach', 'self', ([t]) => guarded(() => findOp('detach')?.call({ input: self(t, 'detach') }) as Tensor)),
    native('contiguous', 'self memory_format=', ([t, format]) => {
      const own = self(t, 'contiguous');
      const memoryFormat = toFormat(format) ?? 'contiguous_format';
      return liesIn(memoryFormat, own)
        ? own
        : guarded(() => findOp('contiguous')?.call({ input: own, memoryFormat }) as Tensor);
    }),
    native('pin_memory', 'self device=', () => {
      throw new PyError(
        'NotImplementedError',
        "Could not run 'aten::_pin_memory' with arguments from the 'CUDA' backend: there is no device to pin memory for",
      );
    }),
    native('is_pinned', 'self device=', () => false),
    native('is_shared', 'self', () => false),
    native('to_dense', 'self dtype=', ([t, dtype]) =>
      castTo(self(t, 'to_dense'), dtype === null ? self(t, 'to_dense').dtype : toDType(dtype)),
    ),
    native('is_conj', 'self', ([t]) => self(t, 'is_conj') === null),
    native('is_neg', 'self', ([t]) => self(t, 'is_neg') === null),
    native('cpu', 'self memory_format=', ([t]) => self(t, 'cpu')),
    native('cuda', 'self device=', () => {
      throw new PyError('AssertionError', 'Torch not compiled with CUDA enabled');
    }),
    native('requires_grad_', 'self requires_grad=', ([t, wanted]) =>
      setRequiresGrad(self(t, 'requires_grad_'), wanted !== false),
    ),
    native('backward', 'self gradient= retain_graph= create_graph= inputs=', runBackward),
    native('retain_grad', 'self', ([t]) => {
      const own = self(t, 'retain_grad');
      if (!own.requiresGrad) throw runtimeError("can't retain_grad on Tensor that has requires_grad=False");
      refreshWindow(own);
      retainGrad(own);
      return null;
    }),
    native('register_hook', 'self hook', ([t, hook], interpreter) => {
      const own = self(t, 'register_hook');
      if (!own.requiresGrad) throw runtimeError("cannot register a hook on a tensor that doesn't require gradient");
      refreshWindow(own);
      return handleOf(addHook(own, holds(hookOf(hook, interpreter), hook)), own, hook);
    }),
    native('type', 'self dtype= non_blocking=', ([t, dtype]) => {
      const own = self(t, 'type');
      if (dtype === null) return tensorTypeName(own.dtype);
      const name = dtype instanceof PyClass ? `torch.${dtype.name}` : dtype;
      const wanted = typeof name === 'string' ? dtypeOfTensorType(name) : toDType(name);
      if (wanted === undefined) throw new PyError('ValueError', `invalid type: '${String(name)}'`);
      return castTo(own, wanted);
    }),
    native('type_as', 'self other', ([t, other]) =>
      other instanceof Tensor ? castTo(self(t, 'type_as'), other.dtype) : null,
    ),
    native('new_tensor', 'self data | dtype= device= requires_grad=', ([t, data, dtype, device, grad]) => {
      checkDevice(device);
      return requireGrad(makeTensor(data, dtype === null ? self(t, 'new_tensor').dtype : toDType(dtype)), grad);
    }),
    native('new', 'self *data', ([t], _, rest) => {
      const own = self(t, 'new');
      const [size] = rest;
      if (rest.length === 0 || (size instanceof PyTuple && size.type === 'torch.Size'))
        return guarded(() => filledWith(size === undefined ? [0] : (toIntegers(size) ?? []), 0, own.dtype));
      return rest.length === 1 && itemsOf(rest[0]) !== undefined
        ? makeTensor(rest[0], own.dtype)
        : guarded(() => filledWith(sizes(rest, 'new'), 0, own.dtype));
    }),
    newFilled('new_zeros', 0),
    newFilled('new_empty', 0),
    newFilled('new_ones', 1),
    native('numpy', 'self | force=', ([t]) => {
      if (self(t, 'numpy').requiresGrad && isGradEnabled())
        throw runtimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.");
      return arrayOf(self(t, 'numpy'));
    }),
    native('__array__', 'self dtype=', ([t]) => arrayOf(self(t, '__array__'))),
    native('data_ptr', 'self', ([t]) => addressOfTensor(self(t, 'data_ptr'))),
    native('storage', 'self', ([t]) => storageOfTensor(self(t, 'storage'))),
    native('untyped_storage', 'self', ([t]) => untypedStorageOf(self(t, 'untyped_storage'))),
    native('is_set_to', 'self tensor', ([t, o]) => o instanceof Tensor && isSetTo(self(t, 'is_set_to'), o)),
    ...DTYPES.map((dtype) => dtypeMethod(rowOf(dtype).method, dtype)),
  ]);
  into(table, WRITES);
  into(table, UNSAFE);
  into(table, RESIZES);
  into(table, OLD_LINALG);
  const view = ops.get('view') as NativeFunction;
  const viewed: NativeFunction['call'] = (args, kwargs, interpreter) => {
    const dtype = args[1] ?? kwargs.get('dtype');
    return dtype instanceof DTypeValue
      ? viewAs(self(args[0], 'view'), dtype.dtype)
      : view.call(args, kwargs, interpreter);
  };
  table.set('view', new NativeFunction('view', viewed));
  refuseDerivatives(table);
  table.set('to', new NativeFunction('to', to));
  return table;
}
