/** `out=`: a result written into an array that is there. */
import type { Tensor } from '../../tensor/tensor.ts';
import { tensorBehind } from '../runtime/faces.ts';
import type { Value } from '../runtime/values.ts';
import { dataIn, own, writeOver } from './array.ts';
import { typeOf } from './types.ts';
import { checkOutput } from './ufunc.ts';

export function into(out: Value, result: Value): Value {
  if (out === null) return result;
  const made = dataIn(result)?.tensor ?? (tensorBehind(result) as Tensor);
  const target = own(out);
  checkOutput('out', made, typeOf(made.dtype), target);
  writeOver(target, made);
  return out;
}
