/** Bytes between threads. */

/**
 * The buffer of bytes that fill most of it, which moves to another thread as it is. Fewer stand in one of
 * Node's pools, beside somebody else's: what is cloned for another thread is always the whole buffer.
 */
export function movable(bytes: unknown): ArrayBuffer[] {
  return bytes instanceof Uint8Array &&
    bytes.buffer instanceof ArrayBuffer &&
    2 * bytes.byteLength > bytes.buffer.byteLength
    ? [bytes.buffer]
    : [];
}

/** The same bytes in a buffer that can move. */
export const alone = (bytes: Uint8Array): Uint8Array => (movable(bytes).length > 0 ? bytes : Uint8Array.from(bytes));

/**
 * Gives the memory of bytes back at once, where they fill their buffer; nobody may read them again. Left
 * to the collector, some ten MB of them make it stop the thread for a full collection.
 */
export function free(bytes: Uint8Array): void {
  for (const buffer of movable(bytes)) buffer.transfer(0);
}
