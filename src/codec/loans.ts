/**
 * Room that is needed only while a request is carried out. Left to the collector, some large buffers make
 * it mark the whole heap: memory outside of the heap counts as its growth.
 */

/** Smaller buffers do not weigh. */
const LARGE_BYTES = 256 * 1024;
/** Numbers of the room that this thread keeps: it takes memory only as far as it was ever written. */
const KEPT = 2 ** 23;

let lent: ArrayBufferLike[] | undefined;
/** Shared, since that is not counted, though with nobody. */
let kept: Float64Array | undefined;
/** The most numbers of it that somebody had. */
let keptUsed = 0;

/** Gives the memory of a large buffer back at once; nobody may look at it again. */
export function giveBack(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE_BYTES) buffer.transfer(0);
}

/** Room for so many numbers, until the {@link withLoans} under way ends. */
export function loan(count: number): Float64Array {
  const values = new Float64Array(count);
  if (values.byteLength >= LARGE_BYTES) lent?.push(values.buffer);
  return values;
}

/** The room that is kept, where there are many numbers, it is large enough, and nobody has it. It is not cleared. */
export function keptRoom(count: number): Float64Array | undefined {
  if (lent === undefined || 8 * count < LARGE_BYTES || count > KEPT) return undefined;
  if (kept !== undefined && lent.includes(kept.buffer)) return undefined;
  kept ??= new Float64Array(new SharedArrayBuffer(8 * KEPT));
  lent.push(kept.buffer);
  keptUsed = Math.max(keptUsed, count);
  return kept;
}

/** Bytes of the room that is kept, as far as they were written. */
export const keptBytes = (): number => 8 * keptUsed;

/** Gives the room that is kept back; nobody may have it. */
export function releaseKept(): void {
  if (lent !== undefined) return;
  kept = undefined;
  keptUsed = 0;
}

/** Whether these elements are the room that is kept: its size says nothing. */
export const isKept = ({ buffer }: Float64Array): boolean => buffer === kept?.buffer;

/** Takes back, when `body` ends, what was lent meanwhile. Nothing of it may outlive `body`. */
export function withLoans<T>(body: () => T): T {
  if (lent !== undefined) return body();
  lent = [];
  try {
    return body();
  } finally {
    for (const buffer of lent) giveBack(buffer);
    lent = undefined;
  }
}
