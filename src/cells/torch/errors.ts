/** What the engine refuses, as PyTorch's own exceptions. */
import { EngineError, type ErrorCode } from '../../tensor/errors.ts';
import { type ErrorType, PyError } from '../runtime/errors.ts';
import { wordingOf } from './wordings.ts';

const TYPES: Partial<Record<ErrorCode, ErrorType>> = { index_out_of_range: 'IndexError' };

/** Words that stand for themselves in PyTorch, where ours say more. */
const WORDS: Partial<Record<ErrorCode, string>> = {
  non_scalar_backward: 'grad can be implicitly created only for scalar outputs',
};

/** Functions that PyTorch wrote in Python raise ValueError where those in C++ raise RuntimeError. */
const VALUE_ERRORS = new Set([
  'affine_grid',
  'gaussian_nll_loss',
  'interpolate',
  'margin_ranking_loss',
  'max_unpool1d',
  'max_unpool2d',
  'max_unpool3d',
  'triplet_margin_with_distance_loss',
  'unflatten',
]);

/** An exception for what was thrown; what is none of the engine's refusals is passed on. */
export function asPyError(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  if (error.code === 'budget') return error;
  const fromValue = error.code === 'value_range' && error.op !== undefined && VALUE_ERRORS.has(error.op);
  const wording = wordingOf(error.op ?? '', error.message);
  const notThere = error.op === 'interpolate' && error.code === 'shape_mismatch';
  const usual: ErrorType = fromValue ? 'ValueError' : (TYPES[error.code] ?? 'RuntimeError');
  const type = wording?.type ?? (notThere ? 'NotImplementedError' : usual);
  return new PyError(type, WORDS[error.code] ?? wording?.message ?? error.message);
}

/** Runs engine code; what it refuses is raised as PyTorch would. */
export function guarded<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw asPyError(error);
  }
}
