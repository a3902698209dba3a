/** `out=`: results that are written to a tensor which was handed in. */
import { overwrite } from '../../autograd/inplace.ts';
import { isGradEnabled } from '../../autograd/mode.ts';
import type { OpDef } from '../../ops/define.ts';
import { canCast, type DType, typeNameOf } from '../../tensor/dtype.ts';
import { type Shape, sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';
import { guarded } from './errors.ts';
import { resizeTo } from './resize.ts';

/** The tensor to write to, of the result's shape. One that holds elements of another shape gives a warning. */
export function outOf(out: Value, shape: Shape): Tensor {
  if (!(out instanceof Tensor)) throw typeError(`argument 'out' must be Tensor, not ${typeName(out)}`);
  if (sameShape(out.shape, shape)) return out;
  if (out.numel > 0)
    warn(
      `An output with one or more elements was resized since it had shape [${out.shape.join(', ')}], which does not match the required output shape [${shape.join(', ')}]. This behavior is deprecated, and in a future PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements with t.resize_(0).`,
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
export type Strictness = 'casts' | 'exact' | 'unary';

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

/** Sums that run on, which have a dtype of their own. */
const RUNNING: ReadonlySet<string> = new Set(['cumsum', 'cumprod']);

export const strictnessOf = ({ name, category }: OpDef): Strictness =>
  UNARY.has(name) ? 'unary' : RUNNING.has(name) || category === 'linalg' || category === 'indexing' ? 'exact' : 'casts';

function checkOutType(result: DType, out: DType, strictness: Strictness): void {
  if (result === out) return;
  if (strictness === 'exact')
    throw runtimeError(
      `Expected out tensor to have dtype ${CPP_NAMES[result] ?? result}, but got ${CPP_NAMES[out] ?? out} instead`,
    );
  if (strictness === 'unary') throw runtimeError(`Found dtype ${typeNameOf(out)} but expected ${typeNameOf(result)}`);
  if (!canCast(result, out))
    throw runtimeError(`result type ${typeNameOf(result)} can't be cast to the desired output type ${typeNameOf(out)}`);
}

/** The result's elements stand in the tensor that was handed in, cast to its dtype. */
export function writeOut(result: Tensor, given: Value, strictness: Strictness = 'casts'): Tensor {
  if (given instanceof Tensor) {
    if (isGradEnabled() && (given.requiresGrad || result.requiresGrad))
      throw runtimeError(
        "functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.",
      );
    checkOutType(result.dtype, given.dtype, strictness);
  }
  const out = outOf(given, result.shape);
  guarded(() => overwrite(out, () => result, { name: 'copy_', anyType: true }));
  return out;
}
