/** `out=`: results that are written to a tensor which was handed in. */
import { tangentOf } from '../../autograd/forward.ts';
import { overwrite } from '../../autograd/inplace.ts';
import { isGradEnabled } from '../../autograd/mode.ts';
import { checkApart, checkOverlap } from '../../autograd/write-checks.ts';
import type { OpDef } from '../../ops/define.ts';
import { canCast, type DType, typeNameOf } from '../../tensor/dtype.ts';
import { showShape } from '../../tensor/errors.ts';
import { type Shape, sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';
import { itemsOf, resultsAs, typeName } from './convert.ts';
import { guarded } from './errors.ts';
import { resizeTo } from './resize.ts';

/** The tensor to write to, of the result's shape. One that holds elements of another shape gives a warning. */
export function outOf(out: Value, shape: Shape): Tensor {
  if (!(out instanceof Tensor)) throw typeError(`argument 'out' must be Tensor, not ${typeName(out)}`);
  if (sameShape(out.shape, shape)) return out;
  if (out.numel > 0)
    warn(
      `An output with one or more elements was resized since it had shape ${showShape(out.shape)}, which does not match the required output shape ${showShape(shape)}. This behavior is deprecated, and in a future PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements with t.resize_(0).`,
    );
  return resizeTo(out, shape);
}

const CPP_NAMES: Partial<Record<DType, string>> = {
  float32: 'float',
  float64: 'double',
  int64: 'long int',
  int32: 'int',
  int16: 'short int',
  int8: 'signed char',
  uint8: 'unsigned char',
  float16: 'c10::Half',
  bfloat16: 'c10::BFloat16',
};

/** How strict an op is with the dtype of `out`: it casts, or it takes its own dtype alone, in these words. */
type Strictness = 'casts' | 'exact' | 'unary';

/** Functions of one tensor that do not cast their result. */
const UNARY: ReadonlySet<string> = new Set([
  'neg',
  'floor',
  'ceil',
  'round',
  'trunc',
  'frac',
  'abs',
  'sign',
  'sgn',
  'bitwise_not',
]);

/** Others that want just the result's dtype, besides all of linear algebra and indexing: sums that run on among them. */
const EXACT: ReadonlySet<string> = new Set([
  'cumsum',
  'cumprod',
  'argmax',
  'argmin',
  'softmax',
  'log_softmax',
  'bincount',
  'matmul',
]);

const strictnessOf = ({ name, category }: OpDef): Strictness =>
  UNARY.has(name) ? 'unary' : EXACT.has(name) || category === 'linalg' || category === 'indexing' ? 'exact' : 'casts';

function checkType(result: DType, out: DType, strictness: Strictness): void {
  if (result === out) return;
  if (strictness === 'exact')
    throw runtimeError(
      `Expected out tensor to have dtype ${CPP_NAMES[result] ?? result}, but got ${CPP_NAMES[out] ?? out} instead`,
    );
  if (strictness === 'unary') throw runtimeError(`Found dtype ${typeNameOf(out)} but expected ${typeNameOf(result)}`);
  if (!canCast(result, out))
    throw runtimeError(`result type ${typeNameOf(result)} can't be cast to the desired output type ${typeNameOf(out)}`);
}

function checkGradients(result: Tensor, out: Tensor, prefix = ''): void {
  if (tangentOf(out) !== null || tangentOf(result) !== null)
    throw runtimeError(
      `Trying to use forward AD with ${prefix.replace('(): ', '_out')} that does not support it because it is an out= function`,
    );
  if (isGradEnabled() && (out.requiresGrad || result.requiresGrad))
    throw runtimeError(
      `${prefix}functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.`,
    );
}

/** Fills what was handed in with what no op gave, cast to its dtype. */
export function fillOut(result: Tensor, given: Value): Tensor {
  if (given instanceof Tensor) {
    checkGradients(result, given);
    checkType(result.dtype, given.dtype, 'casts');
  }
  const out = outOf(given, result.shape);
  guarded(() => overwrite(out, () => result, { name: 'copy_', anyType: true }));
  return out;
}

function writeOne(
  op: OpDef,
  operands: readonly Tensor[],
  result: Tensor,
  given: Value,
  strictness: Strictness,
): Tensor {
  if (!(given instanceof Tensor))
    throw typeError(`${op.name}(): argument 'out' must be Tensor, not ${typeName(given)}`);
  checkGradients(result, given, `${op.name}(): `);
  if (op.name === 'cat' && result.dtype !== given.dtype && !canCast(result.dtype, given.dtype))
    throw runtimeError(`torch.cat(): input types can't be cast to the desired output type ${typeNameOf(given.dtype)}`);
  checkType(result.dtype, given.dtype, strictness);
  guarded(() => {
    if (sameShape(given.shape, result.shape)) {
      if (op.category === 'pointwise' || op.category === 'comparison' || op.category === 'activation')
        checkOverlap(given, operands);
      if (op.name === 'cat' || op.name === 'gather') checkApart(given, operands);
    }
    const out =
      op.category === 'creation' && !sameShape(given.shape, result.shape)
        ? resizeTo(given, result.shape)
        : outOf(given, result.shape);
    overwrite(out, () => result, { name: 'copy_', anyType: true });
  });
  return given;
}

/** Writes what an op gave into what was handed in, which is answered. */
export function writeOut(op: OpDef, values: readonly unknown[], result: Tensor | readonly Tensor[], out: Value): Value {
  const operands = values.flat().filter((v): v is Tensor => v instanceof Tensor);
  if (result instanceof Tensor) return writeOne(op, operands, result, out, strictnessOf(op));
  const outs = itemsOf(out);
  if (outs === undefined || outs.length !== result.length)
    throw typeError(`${op.name}(): argument 'out' must be tuple of Tensors, not ${typeName(out)}`);
  // All are checked before any is written.
  result.forEach((t, i) => {
    const target = outs[i];
    if (target instanceof Tensor) checkType(t.dtype, target.dtype, 'exact');
  });
  return resultsAs(
    op.name,
    result.map((t, i) => writeOne(op, operands, t, outs[i], 'exact')),
    '_out',
  );
}
