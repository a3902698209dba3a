/** `out=`: the result's elements stand in the tensor that was handed in. */
import { overwrite } from '../../autograd/inplace.ts';
import { isGradEnabled } from '../../autograd/mode.ts';
import { setData } from '../../autograd/reshape.ts';
import { checkApart, checkOverlap } from '../../autograd/write-checks.ts';
import type { OpDef } from '../../ops/define.ts';
import { type DType, typeNameOf } from '../../tensor/dtype.ts';
import { showShape } from '../../tensor/errors.ts';
import { sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';
import { itemsOf, resultsAs, typeName } from './convert.ts';
import { guarded } from './errors.ts';

/** Ops that compute in the dtype of `out`, where they are not told another one. */
const TYPED_BY_OUT = new Set(['sum', 'nansum', 'prod', 'cumsum', 'cumprod']);

/** Ops, besides those of linear algebra and those with several results, that want `out` of just the result's dtype. */
const EXACT = new Set(['argmax', 'argmin', 'gather', 'index_select', 'take', 'softmax', 'log_softmax', 'bincount']);
const PRODUCTS = new Set(['mm', 'bmm', 'addmm', 'baddbmm', 'addbmm', 'mv', 'addmv', 'dot', 'matmul', 'ger', 'outer']);

/** C++'s names of dtypes. */
const C_NAMES: Partial<Record<DType, string>> = {
  int64: 'long int',
  int32: 'int',
  int16: 'short int',
  int8: 'signed char',
  uint8: 'unsigned char',
  float32: 'float',
  float64: 'double',
  float16: 'c10::Half',
  bfloat16: 'c10::BFloat16',
};
const cName = (dtype: DType): string => C_NAMES[dtype] ?? dtype;

/** Before the call: an op may take its dtype from `out`. */
export function takeType(op: OpDef, values: unknown[], out: Value): void {
  if (!(out instanceof Tensor) || !(TYPED_BY_OUT.has(op.name) || op.category === 'creation')) return;
  const at = op.params.findIndex(({ name }) => name === 'dtype');
  if (at >= 0) values[at] ??= out.dtype;
}

const resized = (out: Tensor, result: Tensor): string =>
  `An output with one or more elements was resized since it had shape ${showShape(out.shape)}, which does not match the required output shape ${showShape(result.shape)}. This behavior is deprecated, and in a future PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements with t.resize_(0).`;

function checkType(op: OpDef, result: Tensor, out: Tensor, several: boolean): void {
  if (result.dtype === out.dtype) return;
  if (several || EXACT.has(op.name) || PRODUCTS.has(op.name))
    throw runtimeError(`Expected out tensor to have dtype ${cName(result.dtype)}, but got ${cName(out.dtype)} instead`);
  if (op.name === 'cat' && result.dtype !== out.dtype && typeNameOf(out.dtype) === 'Long')
    throw runtimeError(`torch.cat(): input types can't be cast to the desired output type ${typeNameOf(out.dtype)}`);
}

function writeOne(op: OpDef, operands: readonly Tensor[], result: Tensor, out: Value, several: boolean): Tensor {
  if (!(out instanceof Tensor)) throw typeError(`${op.name}(): argument 'out' must be Tensor, not ${typeName(out)}`);
  if (isGradEnabled() && (out.requiresGrad || result.requiresGrad))
    throw runtimeError(
      `${op.name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.`,
    );
  checkType(op, result, out, several);
  guarded(() => {
    if (!sameShape(out.shape, result.shape)) {
      if (out.numel > 0 && op.category !== 'creation') warn(resized(out, result));
      setData(out, result);
      return;
    }
    if (op.category === 'pointwise' || op.category === 'comparison' || op.category === 'activation')
      checkOverlap(out, operands);
    if (op.name === 'cat' || op.name === 'gather') checkApart(out, operands);
    overwrite(out, () => result, { name: 'copy_' });
  });
  return out;
}

/** Writes what an op gave into what was handed in, which is answered. */
export function writeOut(op: OpDef, values: readonly unknown[], result: Tensor | readonly Tensor[], out: Value): Value {
  const operands = values.flat().filter((v): v is Tensor => v instanceof Tensor);
  if (result instanceof Tensor) return writeOne(op, operands, result, out, false);
  const outs = itemsOf(out);
  if (outs === undefined || outs.length !== result.length)
    throw typeError(`${op.name}(): argument 'out' must be tuple of Tensors, not ${typeName(out)}`);
  // All are checked before any is written.
  result.forEach((t, i) => {
    const target = outs[i];
    if (target instanceof Tensor) checkType(op, t, target, true);
  });
  return resultsAs(
    op.name,
    result.map((t, i) => writeOne(op, operands, t, outs[i], true)),
    '_out',
  );
}
