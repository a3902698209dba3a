/** The error that a call is refused with. */
import { EngineError } from '../../src/tensor/errors.ts';

export function refusal(body: () => unknown): EngineError {
  try {
    body();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('was not refused');
}
