/** Linear algebra under older names: what still works with a warning, and what is gone. */
import { linalgLuFactorEx } from '../../ops/linalg/lu.ts';
import { linalgEigh, linalgEigvalsh } from '../../ops/linalg/svd.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { type NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { fromResult, typeName } from './convert.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';

function matrix(value: Value, name: string): Tensor {
  if (value instanceof Tensor) return value;
  throw typeError(`${name}(): argument 'input' (position 1) must be Tensor, not ${typeName(value)}`);
}

const LU_IS_OLD =
  'torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be removed in a future PyTorch release.\nLU, pivots = torch.lu(A, compute_pivots)\nshould be replaced with\nLU, pivots = torch.linalg.lu_factor(A, compute_pivots)\nand\nLU, pivots, info = torch.lu(A, compute_pivots, get_infos=True)\nshould be replaced with\nLU, pivots, info = torch.linalg.lu_factor_ex(A, compute_pivots)';

const SYMEIG_IS_OLD =
  "torch.symeig is deprecated in favor of torch.linalg.eigh and will be removed in a future PyTorch release.\nThe default behavior has changed from using the upper triangular portion of the matrix by default to using the lower triangular portion.\nL, _ = torch.symeig(A, upper=upper)\nshould be replaced with\nL = torch.linalg.eigvalsh(A, UPLO='U' if upper else 'L')\nand\nL, V = torch.symeig(A, eigenvectors=True)\nshould be replaced with\nL, V = torch.linalg.eigh(A, UPLO='U' if upper else 'L')";

const gone = (name: string, instead: string): NativeFunction =>
  native(name, 'input= *rest', () => {
    throw runtimeError(
      `This function was deprecated since version 1.9 and is now removed. Please use the \`torch.linalg.${instead}\` function instead.`,
    );
  });

/** In torch and as methods of tensors. */
export const OLD_LINALG: readonly NativeFunction[] = [
  native('lu', 'input pivot= get_infos= | out=', ([input, pivot, infos], interpreter) => {
    const A = matrix(input, 'lu');
    interpreter.warn('UserWarning', LU_IS_OLD);
    const [LU, pivots, info] = guarded(() => linalgLuFactorEx(A, pivot !== false, infos !== true));
    return new PyTuple(infos === true ? [LU, pivots, info] : [LU, pivots]);
  }),
  native('symeig', 'input eigenvectors= upper= | out=', ([input, vectors, upper], interpreter) => {
    const A = matrix(input, 'symeig');
    interpreter.warn('UserWarning', SYMEIG_IS_OLD);
    const uplo = upper === false ? 'L' : 'U';
    return fromResult(
      'symeig',
      guarded(() => (vectors === true ? linalgEigh(A, uplo) : [linalgEigvalsh(A, uplo), empty([0], A.dtype)])),
    );
  }),
  gone('lstsq', 'lstsq'),
  gone('solve', 'solve'),
  gone('eig', 'eig'),
];

/** In torch alone. */
export const GONE: readonly NativeFunction[] = [gone('matrix_rank', 'matrix_rank')];
