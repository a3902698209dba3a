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

/** Gives the memory of a large buffer back at once; nobody may look at it again. */
export function giveBack(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE_BYTES) buffer.transfer(0);
}

/** Room for at least so many numbers, until the {@link withLoans} under way ends. It is not cleared. */
export function loan(count: number): Float64Array {
  if (lent === undefined || 8 * count < LARGE_BYTES) return new Float64Array(count);
  if (count <= KEPT && (kept === undefined || !lent.includes(kept.buffer))) {
    kept ??= new Float64Array(new SharedArrayBuffer(8 * KEPT));
    lent.push(kept.buffer);
    return kept;
  }
  const values = new Float64Array(count);
  lent.push(values.buffer);
  return values;
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
