/**
 * What a call may ask for beside elements, which the allocator's budget counts. A few bytes of a request
 * can name any number: it is compared with these before a list is built or a loop begins.
 */
import { EngineError } from '../tensor/errors.ts';

/** Tensors that one call may give. */
export const MOST_RESULTS = 100_000;

export function checkResults(op: string, count: number): void {
  if (count <= MOST_RESULTS) return;
  throw new EngineError('budget', `${op} would give ${count} tensors; at most ${MOST_RESULTS} are allowed`);
}

/** Operands of one product: to find its order takes a power of their number. */
const MOST_FACTORS = 1000;

export function checkFactors(op: string, count: number): void {
  if (count <= MOST_FACTORS) return;
  throw new EngineError('budget', `${op}: ${count} operands are too many; at most ${MOST_FACTORS} are allowed`);
}
