/** How NumPy's functions run: nothing is recorded for gradients or documents, and Python's floats are float64. */
import { isGradEnabled, noGrad } from '../../autograd/mode.ts';
import { currentRecorder, type Recorder, withRecorder } from '../../autograd/recorder.ts';
import { setDefaultDType } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import { withWarnings } from '../../tensor/warnings.ts';
import { PyError } from '../runtime/errors.ts';
import { asPyError } from '../torch/errors.ts';

/** Who listens outside: writes into elements that a tensor of PyTorch's shows are told to it. */
let listener: Recorder | null = null;

/** How many calls of ours are under way, and whether gradients were recorded where the first was called. */
let depth = 0;
let outside = true;

/** Whether gradients are recorded where a cell called NumPy, if it did. */
export const isGradEnabledOutside = (): boolean => (depth > 0 ? outside : isGradEnabled());

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
  if (depth === 0) outside = isGradEnabled();
  depth++;
  try {
    return noGrad(() => withRecorder(null, () => withWarnings(nobody, body)));
  } catch (error) {
    throw asNumPy(error);
  } finally {
    depth--;
    setDefaultDType(dtype);
    listener = before;
  }
}

/** Runs a write heard by who listens outside. */
export const heard = <T>(body: () => T): T => withRecorder(listener, body);
