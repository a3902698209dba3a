/** A tensor that is put into a workspace, from its bytes: a document, or a file. */
import { jsonError } from '../codec/json/json-error.ts';
import { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { readNpy } from '../codec/npy/npy.ts';
import { readBody } from '../codec/read-body.ts';
import { readSafetensors } from '../codec/safetensors/safetensors.ts';
import { materialize } from '../graph/materialize.ts';
import { checkShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { PutJob } from './jobs.ts';

/** What the values of one tensor may cost, but for its elements: others live in this thread. */
const MAX_COST = 2 ** 20;

/** What a file gives is looked for by the name that it is to have, unless there is nothing to choose. */
function fromFile(bytes: Buffer, name: string): Tensor {
  if (bytes.subarray(1, 6).toString('latin1') === 'NUMPY') return readNpy(bytes);
  const tensors = readSafetensors(bytes);
  const found = tensors.get(name) ?? (tensors.size === 1 ? [...tensors.values()][0] : undefined);
  if (found !== undefined) return found;
  throw jsonError('', `the file has ${tensors.size} tensors, and none of them is called "${name}"`);
}

/**
 * `check` is told how many elements a document has before they are made; those of a file are counted as they are. `checkTime`
 * is called now and then: others live in this thread.
 *
 * @throws JsonError for what is no tensor; EngineError; what `check` throws
 */
export function tensorToPut(
  { name, body, type }: PutJob,
  check: (elements: number) => void,
  checkTime: () => void,
): Tensor {
  if (type === null) {
    const tensor = fromFile(Buffer.from(body.buffer, body.byteOffset, body.byteLength), name);
    checkShape(tensor.shape);
    return tensor;
  }
  const literal = readBody(body, type, 'tensor', { maxCost: MAX_COST, check: checkTime });
  if (!(literal instanceof TensorLiteral)) throw jsonError('', 'expected a tensor');
  check(literal.numel);
  return materialize(literal);
}
