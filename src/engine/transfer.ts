/** Bytes between threads. */

/** Bytes with a buffer of their own, which can move to another thread; others are copied. */
export function movable(bytes: unknown): ArrayBuffer[] {
  return bytes instanceof Uint8Array &&
    bytes.buffer instanceof ArrayBuffer &&
    bytes.byteLength === bytes.buffer.byteLength
    ? [bytes.buffer]
    : [];
}

/** The same bytes, alone in a buffer: what is cloned for another thread is always the whole buffer. */
export const alone = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);

/**
 * Gives the memory of bytes back at once, where they are alone in their buffer; nobody may read them
 * again. Left to the collector, some ten MB of them make it stop the thread for a full collection.
 */
export function free(bytes: Uint8Array): void {
  for (const buffer of movable(bytes)) buffer.transfer(0);
}
