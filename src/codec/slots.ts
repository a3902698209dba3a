/** Where tensors stand in a document, and how one is read by that, whatever its media type. */
import { JsonError } from './json/json-error.ts';
import type { TensorLiteral } from './json/tensor-literal.ts';
import { setMember } from './json/value.ts';
import type { Role } from './tensor-members.ts';

/** What is expected at a place. Where something else stands it is read as an ordinary value. */
export type Slot =
  /** An ordinary value. */
  | 'json'
  /** A tensor in any request form. */
  | 'tensor'
  /** A value of a graph: a tensor, its data optional. */
  | 'value'
  /** The same, with its gradient. */
  | 'shown'
  /** A tensor, or an array of what may stand here: which of the two bare numbers are, is for the reader to say. */
  | 'tensors'
  /** An object; members that are not listed are ordinary. */
  | { readonly fields: Readonly<Record<string, Slot>> }
  /** A dictionary, read to an object without a prototype. */
  | { readonly entries: Slot }
  | { readonly items: Slot };

export interface ReadOptions {
  /** Of objects and arrays; tensors have a limit of their own, 64 dimensions. */
  readonly maxDepth?: number;
  /** Bytes of memory that all values may take, but for the elements of tensors. */
  readonly maxCost?: number;
  /** Whether JSON may have NaN, Infinity and -Infinity as bare words, as Python writes them. */
  readonly bare?: boolean;
  /** Called now and then; throws where the time is up. */
  readonly check?: () => void;
}

/** A document as it is read. */
export interface Source {
  /** To what is being read. */
  pointer(): string;
  error(detail: string): JsonError;
  /** Reads an object: `visit` reads each member's value. */
  members(visit: (key: string) => void): void;
  elements(visit: (index: number) => void): void;
  /** Where it is, to come back to by {@link rewind}. */
  mark(): Mark;
  rewind(mark: Mark): void;
}

/** A place in a source: bytes, steps of the pointer, open objects and arrays. */
export interface Mark {
  readonly pos: number;
  readonly steps: number;
  readonly depth: number;
}

/** An object whose members are known has not so many others: whoever validates it names each that is too many. */
const MAX_OTHERS = 1000;

/** What a media type has at a place of its source, and how that is read. */
export interface Format<S extends Source> {
  readonly opens: (source: S) => 'object' | 'array' | undefined;
  readonly value: (source: S) => unknown;
  readonly tensor: (source: S, role: Role) => TensorLiteral | null;
}

export function readSlot<S extends Source>(source: S, slot: Slot, format: Format<S>): unknown {
  if (slot === 'json') return format.value(source);
  if (slot === 'tensor' || slot === 'value' || slot === 'shown') return format.tensor(source, slot);
  if (slot === 'tensors') return readTensors(source, format);
  const opens = format.opens(source);
  if (opens === 'object' && 'fields' in slot) {
    const { fields } = slot;
    const object: Record<string, unknown> = {};
    let others = 0;
    source.members((key) => {
      const known = Object.hasOwn(fields, key);
      if (!known && ++others > MAX_OTHERS) throw source.error(`more than ${MAX_OTHERS} fields that are not known`);
      setMember(source, object, key, readSlot(source, known ? fields[key] : 'json', format));
    });
    return object;
  }
  if (opens === 'object' && 'entries' in slot) {
    const dictionary: Record<string, unknown> = Object.create(null);
    source.members((key) => setMember(source, dictionary, key, readSlot(source, slot.entries, format)));
    return dictionary;
  }
  if (opens === 'array' && 'items' in slot) {
    const array: unknown[] = [];
    source.elements(() => array.push(readSlot(source, slot.items, format)));
    return array;
  }
  return format.value(source);
}

/** Arrays within arrays that may be lists of tensors: each is read once more where it is no tensor. */
const LISTS = 2;

/** A tensor; an array is one where its elements are numbers in rows of one length, and a list where they are not. */
function readTensors<S extends Source>(source: S, format: Format<S>, lists = LISTS): unknown {
  if (lists === 0 || format.opens(source) !== 'array') return format.tensor(source, 'tensor');
  const mark = source.mark();
  try {
    return format.tensor(source, 'tensor');
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    source.rewind(mark);
  }
  const list: unknown[] = [];
  source.elements(() => list.push(readTensors(source, format, lists - 1)));
  return list;
}
