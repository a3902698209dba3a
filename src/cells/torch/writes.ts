/** Methods that write over a tensor, and are no op's twin. */
import { dropTangent } from '../../autograd/forward.ts';
import { overwrite } from '../../autograd/inplace.ts';
import { isGradEnabled } from '../../autograd/mode.ts';
import { reshapeInPlace } from '../../autograd/reshape.ts';
import { copy } from '../../kernels/copy.ts';
import { filledWith } from '../../ops/creation/filled.ts';
import { asStrided } from '../../ops/indexing/as-strided.ts';
import { findOp } from '../../ops/registry.ts';
import type { Scalar } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, PyList, type Value } from '../runtime/values.ts';
import { makeTensor } from './construct.ts';
import { elementAt, toInteger, toScalar, typeName } from './convert.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';
import { self } from './receiver.ts';

const expanded = (t: Tensor, like: Tensor): Tensor => findOp('expand')?.call({ input: t, size: like.shape }) as Tensor;

/** One element, seen everywhere. */
function repeated(value: Scalar, like: Tensor): Tensor {
  const one = filledWith([], value, like.dtype);
  return one.alias(
    like.shape,
    like.shape.map(() => 0),
  );
}

/** A number, or a tensor without dimensions, everywhere. */
function fill(t: Tensor, value: Value, name: string): Tensor {
  const scalar = toScalar(value);
  if (scalar === undefined) {
    if (value instanceof Tensor)
      throw runtimeError(
        `${name} only supports 0-dimension value tensor but got tensor with ${value.ndim} dimensions.`,
      );
    throw typeError(`${name}(): argument 'value' (position 1) must be Number, not ${typeName(value)}`);
  }
  const gradFn = name === 'zero_' ? 'ZeroBackward0' : 'FillBackward0';
  const all = (own: Tensor): Tensor =>
    value instanceof Tensor && value.requiresGrad ? expanded(value, own) : repeated(scalar, own);
  return guarded(() =>
    overwrite(t, all, {
      name,
      operands: value instanceof Tensor ? [value] : [],
      gradFn,
      anyType: true,
      replaces: true,
      uniform: true,
    }),
  );
}

function copyFrom(t: Tensor, source: Value): Tensor {
  if (!(source instanceof Tensor))
    throw typeError(`copy_(): argument 'other' (position 1) must be Tensor, not ${typeName(source)}`);
  const shown = (own: Tensor): Tensor => {
    const values = expanded(source === t ? own : source, own);
    if (!isGradEnabled() || !(t.requiresGrad || t.base?.requiresGrad || source.requiresGrad)) return values;
    return findOp('to')?.call({ input: values, dtype: own.dtype }) as Tensor;
  };
  return guarded(() =>
    overwrite(t, shown, {
      name: 'copy_',
      operands: [source],
      gradFn: 'CopyBackwards',
      anyType: true,
      replaces: source !== t,
    }),
  );
}

const transposed = (): string => 'TransposeBackward1';

/** Dimensions changed in place: the tensor's own window, not its elements. */
const reshaped = (name: string, signature: string, op: string, gradFn: (dims: number) => string): NativeFunction =>
  native(`${name}`, `self ${signature}`, (args) => {
    const t = self(args[0], name);
    const def = findOp(op);
    const keys = (def?.params ?? []).slice(1).map((p) => p.key as string);
    const whole = (value: Value): number | undefined => {
      if (value === null) return undefined;
      const n = toInteger(value);
      if (n === undefined) throw typeError(`${name}(): argument must be int, not ${typeName(value)}`);
      return n;
    };
    const given = args.slice(1).map(whole);
    const named = Object.fromEntries(given.map((n, i) => [keys[i], n]));
    const shown = (input: Tensor): Tensor => def?.call({ input, ...named }) as Tensor;
    const dims = given.filter((n) => n !== undefined).length;
    return guarded(() => reshapeInPlace(t, shown, { name, gradFn: gradFn(dims) }));
  });

/** The diagonal of all dimensions; where it wraps, a tall matrix has others, each a row below the one before. */
function fillDiagonal(t: Tensor, value: Value, wrap: boolean): void {
  if (t.ndim < 2) throw runtimeError('dimensions must larger than 1');
  if (t.ndim > 2 && t.shape.some((size) => size !== t.shape[0]))
    throw runtimeError('all dimensions of input must be of equal length');
  const [rows, columns] = t.shape;
  const length = Math.min(...t.shape);
  const step = t.strides.reduce((sum, stride) => sum + stride, 0);
  const along = (n: number, offset: number): Tensor => guarded(() => asStrided(t, [n], [step], offset));
  fill(along(length, t.offset), value, 'fill_diagonal_');
  if (!wrap || t.ndim > 2 || rows <= columns + 1) return;
  const others = Math.ceil((rows * columns) / (columns + 1)) - length;
  fill(along(others, t.offset + t.strides[0] * (columns + 1)), value, 'fill_diagonal_');
}

/** Each element, and those of other tensors at its place, put through a function of the cell's. */
function mapped(name: string, t: Tensor, others: readonly Value[], fn: Value, interpreter: Interpreter): Tensor {
  const sources = [t, ...others].map((other) => {
    if (!(other instanceof Tensor)) throw typeError(`${name}(): argument must be Tensor, not ${typeName(other)}`);
    if (other.requiresGrad)
      throw typeError(`Can't call ${name}() on Variable that requires grad. Use var.detach().${name}() instead.`);
    return guarded(() => copy(other, other.dtype, t.shape));
  });
  interpreter.budget.room(t.numel);
  const list = new PyList(
    Array.from({ length: t.numel }, (_, i) => {
      interpreter.budget.step();
      return interpreter.call(
        fn,
        sources.map((source) => elementAt(source, i)),
      );
    }),
  );
  const out = makeTensor(list, t.dtype);
  return guarded(() => overwrite(t, () => out.alias(t.shape, sources[0].strides), { name }));
}

export const WRITES: readonly NativeFunction[] = [
  native('zero_', 'self', ([t]) => fill(self(t, 'zero_'), 0n, 'zero_')),
  native('fill_', 'self value', ([t, value]) => fill(self(t, 'fill_'), value, 'fill_')),
  native('fill_diagonal_', 'self fill_value wrap=', ([t, value, wrap]) => {
    const own = self(t, 'fill_diagonal_');
    fillDiagonal(own, value, wrap === true);
    return own;
  }),
  native('copy_', 'self other non_blocking=', ([t, other]) => copyFrom(self(t, 'copy_'), other)),
  native('detach_', 'self', ([t]) => {
    const own = self(t, 'detach_');
    if (own.base !== null) {
      throw runtimeError(
        "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on these gradients.",
      );
    }
    Object.assign(own, { gradFn: null, requiresGrad: false, outputIndex: 0 });
    dropTangent(own);
    return own;
  }),
  native('apply_', 'self callable', ([t, fn], interpreter) => {
    const own = self(t, 'apply_');
    if (own.requiresGrad) throw typeError("can't call apply_() on Tensor that requires grad. Use ...detach().apply_()");
    const src = copy(own);
    const list = new PyList(Array.from({ length: own.numel }, (_, i) => interpreter.call(fn, [elementAt(src, i)])));
    const out = makeTensor(list, own.dtype);
    return guarded(() => overwrite(own, () => out.alias(own.shape, src.strides), { name: 'apply_' }));
  }),
  native('map_', 'self tensor callable', ([t, other, fn], interpreter) =>
    mapped('map_', self(t, 'map_'), [other], fn, interpreter),
  ),
  native('map2_', 'self x y callable', ([t, x, y, fn], interpreter) =>
    mapped('map2_', self(t, 'map2_'), [x, y], fn, interpreter),
  ),
  reshaped('squeeze_', 'dim=', 'squeeze', (dims) => `SqueezeBackward${2 + dims}`),
  reshaped('unsqueeze_', 'dim', 'unsqueeze', () => 'UnsqueezeBackward1'),
  reshaped('t_', '', 't', () => 'TBackward1'),
  reshaped('transpose_', 'dim0 dim1', 'transpose', transposed),
  reshaped('swapdims_', 'dim0 dim1', 'transpose', transposed),
  reshaped('swapaxes_', 'axis0 axis1', 'transpose', transposed),
];
