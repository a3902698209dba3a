/** How NumPy's functions run: nothing is recorded for gradients or documents, and Python's floats are float64. */
import { noGrad } from '../../autograd/mode.ts';
import { currentRecorder, type Recorder, withRecorder } from '../../autograd/recorder.ts';
import { setDefaultDType } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import { withWarnings } from '../../tensor/warnings.ts';
import { PyError } from '../runtime/errors.ts';
import { asPyError } from '../torch/errors.ts';

/** Who listens outside: writes into elements that a tensor of PyTorch's shows are told to it. */
let listener: Recorder | null = null;

/** What the engine refuses: where PyTorch raises RuntimeError, NumPy raises ValueError. */
function asNumPy(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const known = asPyError(error);
  return known instanceof PyError && known.type === 'RuntimeError' ? new PyError('ValueError', known.message) : known;
}

/** What PyTorch would warn of, NumPy does not. */
const nobody = (): void => {};

export function quiet<T>(body: () => T): T {
  const before = listener;
  const recorder = currentRecorder();
  if (recorder !== null) listener = recorder;
  const dtype = setDefaultDType('float64');
  try {
    return noGrad(() => withRecorder(null, () => withWarnings(nobody, body)));
  } catch (error) {
    throw asNumPy(error);
  } finally {
    setDefaultDType(dtype);
    listener = before;
  }
}

/** Runs a write heard by who listens outside. */
export const heard = <T>(body: () => T): T => withRecorder(listener, body);
