/** Functions of torch that are no op of the registry, or take more than it. */

import { filledLike } from '../../ops/creation/filled.ts';
import { commonType } from '../../ops/promote.ts';
import { findOp } from '../../ops/registry.ts';
import {
  canCast,
  DEFAULT_DTYPE,
  type DType,
  isFloating,
  isSigned,
  promoteTypes,
  setDefaultDType,
} from '../../tensor/dtype.ts';
import { isInferenceMade } from '../../tensor/inference.ts';
import { withPrintOptions } from '../../tensor/print.ts';
import { float } from '../../tensor/scalar.ts';
import { broadcastAll, sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { tensorBehind } from '../runtime/faces.ts';
import { NativeFunction, PyClass, PyTuple, type Value } from '../runtime/values.ts';
import { ANOMALY_QUERIES } from './anomaly.ts';
import { allclose, elementEqual, truth } from './compare.ts';
import { asTensor, makeTensor, requireGrad } from './construct.ts';
import { itemOf, itemsOf, plain, sizeOf, toDType, toInteger, toIntegers, toScalar, typeName } from './convert.ts';
import { copiesOf } from './copies.ts';
import { into, native } from './define.ts';
import { checkDevice } from './devices.ts';
import { checkDType, dtypeOfTensorType, dtypeValue, finfo, iinfo, tensorTypeName } from './dtypes.ts';
import { guarded } from './errors.ts';
import { emptyOf, toFormat } from './formats.ts';
import { opTables } from './functions.ts';
import { castTo, sizes } from './methods.ts';
import { place } from './naming.ts';
import { GONE, OLD_LINALG } from './old-linalg.ts';
import { RANDOM_FUNCTIONS, SEEDING } from './random.ts';
import { emptyStrided, RESIZES } from './resize.ts';
import { SLOPES } from './slopes.ts';
import { currentState } from './state.ts';
import { isStorage } from './storage.ts';
import { SETTINGS } from './system/backends.ts';
import { refuseDerivatives } from './underivable.ts';
import { UNSAFE } from './unsafe.ts';
import { WRITES } from './writes.ts';

const OPTIONS = 'dtype= device= requires_grad= layout= pin_memory= memory_format= names= out=';

const wantedType = (dtype: Value): DType | undefined => (dtype === null ? undefined : toDType(dtype));

/** Refuses what is no tensor, as the functions written in C++ do. */
function input(value: Value, name: string): Tensor {
  if (value instanceof Tensor) return value;
  throw typeError(`${name}(): argument 'input' (position 1) must be Tensor, not ${typeName(value)}`);
}

const COPIED =
  'To copy construct from a tensor, it is recommended to use sourceTensor.clone().detach() or sourceTensor.clone().detach().requires_grad_(True), rather than torch.tensor(sourceTensor).';

const RANGE =
  "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's range builtin. Instead, use torch.arange, which produces values in [start, end).";

/** A number of Python's, of a call of torch.range. */
function bound(value: Value, name: string): number {
  const x = value instanceof Tensor && value.numel === 1 ? itemOf(value) : value;
  if (typeof x === 'number' || typeof x === 'bigint') return Number(x);
  throw typeError(`range(): argument '${name}' must be Number, not ${typeName(value)}`);
}

/** `torch.range`: both ends are in. */
const inclusiveRange = native('range', `start end= step= | ${OPTIONS}`, ([start, end, step, dtype, device, grad]) => {
  warn(RANGE);
  checkDevice(device);
  const [first, last] = end === null ? [0, bound(start, 'end')] : [bound(start, 'start'), bound(end, 'end')];
  const by = step === null ? 1 : bound(step, 'step');
  if (by === 0) throw runtimeError('step must be nonzero');
  if (!Number.isFinite(first) || !Number.isFinite(last)) throw runtimeError(`unsupported range: ${first} -> ${last}`);
  if (by > 0 ? last < first : last > first)
    throw runtimeError('upper bound and larger bound inconsistent with step sign');
  const steps = Math.floor((last - first) / by);
  const type = wantedType(dtype) ?? DEFAULT_DTYPE;
  const call = (name: string, args: Record<string, unknown>): Tensor => findOp(name)?.call(args) as Tensor;
  return guarded(() => {
    const places = call('arange', { start: 0, end: steps + 1, step: 1, dtype: 'float64' });
    const scaled = call('mul', { input: places, other: float(by) });
    return requireGrad(castTo(call('add', { input: scaled, other: float(first) }), type), grad);
  });
});

const CREATION: readonly NativeFunction[] = [
  inclusiveRange,
  native('tensor', 'data | dtype= device= requires_grad= pin_memory=', ([data, dtype, device, grad]) => {
    checkDevice(device);
    if (data instanceof Tensor) warn(COPIED);
    return requireGrad(makeTensor(data, wantedType(dtype)), grad);
  }),
  native('as_tensor', 'data dtype= device=', ([data, dtype, device]) => {
    checkDevice(device);
    return data instanceof Tensor ? castTo(data, wantedType(dtype) ?? data.dtype) : asTensor(data, wantedType(dtype));
  }),
  native('from_numpy', 'ndarray', ([array]) => {
    const shared = array instanceof Tensor ? undefined : tensorBehind(array);
    if (shared === undefined || itemsOf(array) !== undefined)
      throw typeError(`expected np.ndarray (got ${typeName(array)})`);
    return shared;
  }),
  native('asarray', 'obj | dtype= device= copy= requires_grad=', ([data, dtype]) => asTensor(data, wantedType(dtype))),
  native('scalar_tensor', `s | ${OPTIONS}`, ([s, dtype, device, grad]) => {
    checkDevice(device);
    return requireGrad(makeTensor(s, wantedType(dtype) ?? DEFAULT_DTYPE), grad);
  }),
  native('empty', `*size | ${OPTIONS}`, (options, _, rest) => {
    const [dtype, device, grad, , , format] = options;
    checkDevice(device);
    return requireGrad(
      guarded(() => emptyOf(sizes(rest, 'empty'), wantedType(dtype) ?? DEFAULT_DTYPE, format)),
      grad,
    );
  }),
  native('empty_like', `input | ${OPTIONS}`, ([t, dtype, device, grad, , , format]) => {
    checkDevice(device);
    const like = input(t, 'empty_like');
    const own = wantedType(dtype) ?? like.dtype;
    return requireGrad(
      guarded(() => filledLike(like, 0, own, toFormat(format))),
      grad,
    );
  }),
];

/** The dtype of an operand: a tensor's, or a number's own. */
const operand = (value: Value): Tensor | NonNullable<ReturnType<typeof toScalar>> => {
  if (value instanceof Tensor) return value;
  const scalar = toScalar(value);
  if (scalar === undefined) throw typeError(`result_type(): expected Tensor or Number, not ${typeName(value)}`);
  return scalar;
};

const QUERIES: readonly NativeFunction[] = [
  native('is_tensor', 'obj', ([obj]) => obj instanceof Tensor),
  native('numel', 'input', ([t]) => BigInt(input(t, 'numel').numel)),
  native('is_floating_point', 'input', ([t]) => isFloating(input(t, 'is_floating_point').dtype)),
  native('is_inference', 'input', ([t]) => isInferenceMade(input(t, 'is_inference').storage)),
  native('is_complex', 'input', () => false),
  native('is_nonzero', 'input', ([t]) => truth(input(t, 'is_nonzero'))),
  native('equal', 'input other', ([a, b]) => elementEqual(input(a, 'equal'), b, 'equal')),
  native('allclose', 'input other rtol= atol= equal_nan=', ([a, b, rtol, atol, nan]) =>
    allclose(input(a, 'allclose'), b, rtol, atol, nan),
  ),
  native('result_type', 'tensor1 tensor2', ([a, b]) => dtypeValue(commonType(operand(a), operand(b)))),
  native('promote_types', 'type1 type2', ([a, b]) => dtypeValue(promoteTypes(checkDType(a), checkDType(b)))),
  native('can_cast', 'from to', ([a, b]) => canCast(checkDType(a), checkDType(b))),
  native('broadcast_shapes', '*shapes', (_args, interpreter, rest) => {
    const shapes = rest.map((shape) => {
      const one = toInteger(shape);
      const sizes = one === undefined ? toIntegers(shape) : [one];
      if (sizes !== undefined) return sizes;
      throw runtimeError(
        `Input shapes should be of type ints, a tuple of ints, or a list of ints, got ${interpreter.repr(shape)}`,
      );
    });
    for (const shape of shapes) {
      const negative = shape.find((size) => size < 0);
      if (negative !== undefined)
        throw runtimeError(`Trying to create tensor with negative dimension ${negative}: (${negative})`);
    }
    try {
      return sizeOf(broadcastAll(shapes));
    } catch {
      throw runtimeError('Shape mismatch: objects cannot be broadcast to a single shape');
    }
  }),
  native('is_signed', 'input', ([t]) => isSigned(input(t, 'is_signed').dtype)),
  native('is_storage', 'obj', ([obj]) => isStorage(obj)),
  native('get_device', 'input', () => -1n),
  native('is_same_size', 'input other', ([a, b]) =>
    sameShape(input(a, 'is_same_size').shape, input(b, 'is_same_size').shape),
  ),
  native('typename', 'o', ([o]) => (o instanceof Tensor ? tensorTypeName(o.dtype) : typeName(o))),
];

const IN_PLACE = new Set(['detach_', 'fill_', 'zero_', 'as_strided_', 'resize_as_']);

const OTHERS: readonly NativeFunction[] = [
  ...[...WRITES, ...RESIZES].filter(({ name }) => IN_PLACE.has(name)),
  ...SLOPES,
  ...OLD_LINALG,
  ...GONE,
  native('empty_strided', `size stride | ${OPTIONS}`, ([size, stride, dtype, device, grad]) => {
    checkDevice(device);
    return requireGrad(emptyStrided(size, stride, wantedType(dtype) ?? DEFAULT_DTYPE), grad);
  }),
  native('detach', 'input', ([t]) => guarded(() => findOp('detach')?.call({ input: input(t, 'detach') }) as Tensor)),
  ...SETTINGS,
  ...ANOMALY_QUERIES,
  ...UNSAFE,
];

/** `torch.where(condition)` alone gives the places where it holds. */
function where(): NativeFunction {
  const full = opTables().torch.get('where') as NativeFunction;
  return new NativeFunction('where', (args, kwargs, interpreter) => {
    if (args.length + kwargs.size !== 1) return full.call(args, kwargs, interpreter);
    const condition = input(args[0] ?? kwargs.get('condition') ?? null, 'where');
    return new PyTuple(
      guarded(() => findOp('nonzero')?.call({ input: condition, asTuple: true }) as readonly Tensor[]),
    );
  });
}

/** Functions that change, or tell, what the workspace keeps. */
const KEPT_SETTINGS: readonly NativeFunction[] = [
  native('get_default_dtype', '', () => dtypeValue(DEFAULT_DTYPE)),
  native('set_default_dtype', 'd', ([d]) => {
    const dtype = toDType(d);
    if (!isFloating(dtype)) throw typeError('only floating-point types are supported as the default type');
    setDefaultDType(dtype);
    currentState().defaultDType = dtype;
    return null;
  }),
  native('set_default_tensor_type', 't', ([t], interpreter) => {
    const name = t instanceof PyClass ? `${t.members.get('__module__')}.${t.name}` : interpreter.str(t);
    if (name.startsWith('torch.cuda.'))
      throw typeError(`type ${name} not available. Torch not compiled with CUDA enabled.`);
    const dtype = dtypeOfTensorType(name);
    if (dtype === undefined || !isFloating(dtype)) throw typeError(`invalid type object: ${name}`);
    setDefaultDType(dtype);
    currentState().defaultDType = dtype;
    return null;
  }),
  native(
    'set_printoptions',
    'precision= threshold= edgeitems= linewidth= profile= sci_mode=',
    ([precision, threshold, edgeitems, linewidth, profile, sciMode]) => {
      const whole = (value: Value): number | null =>
        value === null ? null : typeof value === 'number' ? value : Number(plain(value));
      const state = currentState();
      state.print = guarded(() =>
        withPrintOptions(state.print, {
          precision: whole(precision),
          threshold: whole(threshold),
          edgeitems: whole(edgeitems),
          linewidth: whole(linewidth),
          profile: typeof profile === 'string' ? profile : null,
          sciMode: typeof sciMode === 'boolean' ? sciMode : null,
        }),
      );
      return null;
    },
  ),
];

const infoClass = (name: string, make: typeof finfo, fallback: () => DType): PyClass =>
  new PyClass(name, [], new Map<string, Value>([['__module__', 'torch']]), (args, kwargs) => {
    const type = args[0] ?? kwargs.get('type') ?? null;
    return make(type === null ? fallback() : checkDType(type));
  });

place(
  'torch',
  [...CREATION, ...QUERIES, ...OTHERS, ...RANDOM_FUNCTIONS, ...SEEDING].map((fn) => [fn.name, fn] as const),
);

/** Everything callable in torch. */
export function torchFunctions(): Map<string, Value> {
  const table = new Map<string, Value>(opTables().torch);
  for (const list of [CREATION, QUERIES, OTHERS, RANDOM_FUNCTIONS, SEEDING, KEPT_SETTINGS]) into(table, list);
  into(table, copiesOf(new Map<string, Value>([...opTables().Tensor, ...table])));
  refuseDerivatives(table);
  table.set('where', where());
  table.set(
    'finfo',
    infoClass('finfo', finfo, () => DEFAULT_DTYPE),
  );
  table.set(
    'iinfo',
    infoClass('iinfo', iinfo, () => 'int64'),
  );
  return table;
}
