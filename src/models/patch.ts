/** Models with other parameters. */
import { randomUUID } from 'node:crypto';
import { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { readEntries } from '../codec/safetensors/safetensors.ts';
import { type ModelRecord, replaced } from './record.ts';
import { replacements } from './request.ts';

function patched(record: ModelRecord, sent: ReadonlyMap<string, TensorLiteral>, pointer: string): ModelRecord {
  const parameters = new Map(record.info.parameters.map((info) => [info.name, info]));
  const others = replacements({ parameters }, sent, pointer);
  return { ...record, uid: randomUUID(), constants: replaced(record.constants, others) };
}

/**
 * The model with these parameters in the place of its own; the others stay.
 *
 * @throws JsonError for a name that is no parameter, or an element that its dtype cannot hold; EngineError
 * `shape_mismatch`, `dtype`
 */
export const patchedByTensors = (record: ModelRecord, parameters: ReadonlyMap<string, TensorLiteral>): ModelRecord =>
  patched(record, parameters, '/parameters');

/** The same, of a safetensors file. */
export function patchedByFile(record: ModelRecord, bytes: Uint8Array): ModelRecord {
  const { entries, data } = readEntries(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const sent = new Map(
    entries.map(({ name, dtype, shape, begin, end }) => [
      name,
      new TensorLiteral('', shape, dtype, true, { kind: 'bytes', bytes: data.subarray(begin, end), pointer: '' }),
    ]),
  );
  return patched(record, sent, '');
}
