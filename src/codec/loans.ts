/**
 * Large buffers that are needed only while a request is carried out. Left to the collector, some of them
 * make it mark the whole heap: memory outside of the heap counts as its growth.
 */

/** Smaller ones do not weigh. */
const LARGE_BYTES = 256 * 1024;
/** One buffer of at most this is kept for the next request: fresh memory comes a page at a time, each by a fault. */
const KEPT_BYTES = 64 * 1024 * 1024;

let lent: ArrayBuffer[] | undefined;
let spare: ArrayBuffer | undefined;

/** Gives the memory of a large buffer back at once; nobody may look at it again. */
export function giveBack(buffer: ArrayBufferLike): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < LARGE_BYTES) return;
  const at = lent?.indexOf(buffer) ?? -1;
  if (at >= 0) lent?.splice(at, 1);
  buffer.transfer(0);
}

/** Room for at least so many numbers, until the {@link withLoans} under way ends; not cleared. */
export function loan(count: number): Float64Array<ArrayBuffer> {
  const bytes = 8 * count;
  if (lent === undefined || bytes < LARGE_BYTES) return new Float64Array(count);
  let buffer = spare;
  if (buffer !== undefined && buffer.byteLength >= bytes) spare = undefined;
  else buffer = new ArrayBuffer(bytes);
  lent.push(buffer);
  return new Float64Array(buffer);
}

/** Whether these elements are room that was lent. */
export const isLent = ({ buffer }: Float64Array): boolean => lent?.includes(buffer as ArrayBuffer) ?? false;

function keep(buffer: ArrayBuffer): void {
  const size = spare?.byteLength ?? 0;
  if (buffer.byteLength > KEPT_BYTES || buffer.byteLength <= size) {
    giveBack(buffer);
  } else {
    if (spare !== undefined) giveBack(spare);
    spare = buffer;
  }
}

/** Takes back, when `body` ends, what was lent meanwhile. Nothing of it may outlive `body`. */
export function withLoans<T>(body: () => T): T {
  const before = lent;
  const ours: ArrayBuffer[] = [];
  lent = ours;
  try {
    return body();
  } finally {
    lent = before;
    for (const buffer of ours) keep(buffer);
  }
}
