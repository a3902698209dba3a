/**
 * Large buffers that are needed only while a request is carried out, given back at its end. Left to the
 * collector, some of them make it mark the whole heap: memory outside of the heap counts as its growth.
 */

/** Smaller ones do not weigh. */
const LARGE_BYTES = 256 * 1024;

let lent: ArrayBuffer[] | undefined;

/** Gives the memory of a buffer back at once; nobody may look at it again. */
export function giveBack(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE_BYTES) buffer.transfer(0);
}

/** Notes that these elements will not be read when the {@link withLoans} under way has ended. */
export function loan(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const { buffer } = values;
  if (buffer.byteLength >= LARGE_BYTES) lent?.push(buffer);
  return values;
}

/** Gives back, when `body` ends, what was lent meanwhile. Nothing of it may outlive `body`. */
export function withLoans<T>(body: () => T): T {
  const before = lent;
  lent = [];
  try {
    return body();
  } finally {
    for (const buffer of lent) giveBack(buffer);
    lent = before;
  }
}
