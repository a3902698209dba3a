/** torch.equal, torch.allclose, and the truth of a tensor. */
import { contiguous } from '../../kernels/copy.ts';
import { inStretches } from '../../kernels/pulse.ts';
import { findOp } from '../../ops/registry.ts';
import { sameShape } from '../../tensor/shape.ts';
import { dataOf, Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';
import { itemOf, toScalar, typeName } from './convert.ts';
import { guarded } from './errors.ts';

/** Whether two tensors have the same shape and the same elements. */
export function elementEqual(a: Tensor, b: Value, name: string): boolean {
  if (!(b instanceof Tensor)) throw typeError(`${name}(): argument 'other' must be Tensor, not ${typeName(b)}`);
  if (a.dtype !== b.dtype)
    throw runtimeError(
      `Expected object of data type ${a.dtype} but got data type ${b.dtype} for argument #2 'other' in call to equal`,
    );
  if (!sameShape(a.shape, b.shape)) return false;
  const [x, y] = [contiguous(a), contiguous(b)];
  const [u, v] = [dataOf(x), dataOf(y)] as Float64Array[];
  let same = true;
  inStretches(x.numel, (from, to) => {
    for (let i = from; same && i < to; i++) same = u[x.offset + i] === v[y.offset + i];
  });
  return same;
}

export function truth(t: Tensor): boolean {
  if (t.numel === 0) throw runtimeError('Boolean value of Tensor with no values is ambiguous');
  if (t.numel > 1) throw runtimeError('Boolean value of Tensor with more than one value is ambiguous');
  const x = itemOf(t);
  return x !== false && x !== 0n && x !== 0;
}

export function allclose(a: Tensor, b: Value, rtol: Value, atol: Value, nan: Value): boolean {
  if (!(b instanceof Tensor))
    throw typeError(`allclose(): argument 'other' (position 1) must be Tensor, not ${typeName(b)}`);
  const close = guarded(
    () =>
      findOp('isclose')?.call({
        input: a,
        other: b,
        rtol: toScalar(rtol) ?? 1e-5,
        atol: toScalar(atol) ?? 1e-8,
        equalNan: nan === true,
      }) as Tensor,
  );
  const all = guarded(() => findOp('all')?.call({ input: close }) as Tensor);
  return itemOf(all) === true;
}
