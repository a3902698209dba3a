/**
 * How values lie in files: a line of JSON that lists them, each once, and the elements of tensors behind it.
 * A value is an atom (null, a boolean, a string, `["i", digits]`, `["f", digits]`) or `["@", index]` of the list.
 */
import { PyError } from '../../runtime/errors.ts';

export const MAGIC = 'gradwire/values@1\n';

export type Atom = null | boolean | string | readonly ['i' | 'f', string] | readonly ['@', number];

/** An entry of the list: its kind, and what the kind needs. */
export type Entry = readonly [kind: string, ...parts: unknown[]];

export interface Laid {
  readonly root: Atom;
  readonly entries: readonly Entry[];
  /** The dtype and the number of elements of each storage, in the order of their bytes. */
  readonly storages: readonly (readonly [dtype: string, numel: number])[];
}

export const broken = (): PyError => new PyError('UnpicklingError', 'pickle data was truncated');

export function join(laid: Laid, storages: readonly Uint8Array[]): Uint8Array {
  const head = Buffer.from(`${MAGIC}${JSON.stringify(laid)}\n`, 'utf8');
  const size = storages.reduce((total, bytes) => total + bytes.length, head.length);
  const all = new Uint8Array(size);
  all.set(head);
  let at = head.length;
  for (const bytes of storages) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** Where the list ends, and what it says. */
export function split(data: Uint8Array): { readonly laid: Laid; readonly rest: number } {
  if (data.length === 0) throw new PyError('EOFError', 'Ran out of input');
  const magic = Buffer.from(data.subarray(0, MAGIC.length)).toString('latin1');
  if (magic !== MAGIC) {
    throw new PyError(
      'UnpicklingError',
      `invalid load key, '\\x${data[0].toString(16).padStart(2, '0')}'. Only what was saved in a cell can be loaded.`,
    );
  }
  const end = data.indexOf(10, MAGIC.length);
  if (end < 0) throw broken();
  let laid: unknown;
  try {
    laid = JSON.parse(Buffer.from(data.subarray(MAGIC.length, end)).toString('utf8'));
  } catch {
    throw broken();
  }
  if (typeof laid !== 'object' || laid === null) throw broken();
  const { root, entries, storages } = laid as Partial<Laid>;
  if (root === undefined || !Array.isArray(entries) || !Array.isArray(storages)) throw broken();
  return { laid: { root, entries, storages } as Laid, rest: end + 1 };
}
