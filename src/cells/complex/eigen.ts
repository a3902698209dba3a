/** torch.linalg.eig and eigvals: eigenvalues are complex numbers, whatever the matrix. */
import { linalgEigParts } from '../../ops/linalg/eigen.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { q } from '../distributions/quantity.ts';
import { PyError, runtimeError, typeError } from '../runtime/errors.ts';
import { type NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { native } from '../torch/define.ts';
import { guarded } from '../torch/errors.ts';
import { complexTensor, isComplexTensor } from './value.ts';

function matrix(value: Value, name: string): Tensor {
  if (value instanceof Tensor) return value;
  if (isComplexTensor(value))
    throw new PyError('NotImplementedError', `linalg.${name} of complex matrices is not supported here`);
  throw typeError(`linalg_${name}(): argument 'input' (position 1) must be Tensor, not ${typeName(value)}`);
}

function refuseOut(out: Value | undefined, name: string): void {
  if (out !== undefined && out !== null) throw runtimeError(`linalg.${name} takes no out= here: its result is complex`);
}

export const EIGEN: readonly NativeFunction[] = [
  native('linalg_eig', 'input | out=', ([A, out]) => {
    refuseOut(out, 'eig');
    const [wr, wi, vr, vi] = guarded(() => linalgEigParts(matrix(A, 'eig')));
    return new PyTuple([complexTensor(q(wr), q(wi)), complexTensor(q(vr), q(vi))], 'torch.return_types.linalg_eig', [
      'eigenvalues',
      'eigenvectors',
    ]);
  }),
  native('linalg_eigvals', 'input | out=', ([A, out]) => {
    refuseOut(out, 'eigvals');
    const [wr, wi] = guarded(() => linalgEigParts(matrix(A, 'eigvals')));
    return complexTensor(q(wr), q(wi));
  }),
];
