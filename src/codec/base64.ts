/** Base64 of RFC 4648, section 4, in its one canonical form, between bytes and bytes. */

/** What is said of letters that are none of it. */
export const NOT_BASE64 = 'not canonical base64 with padding (RFC 4648, section 4)';

/** Letters at a time: short strings stay in the cache, and leave no garbage that lives. A multiple of 4. */
const PIECE = 96 * 1024;

const MINUS = 0x2d;
const UNDERSCORE = 0x5f;
const EQUALS = 0x3d;

/** How many bytes so many letters stand for; undefined where their number, or their padding, is impossible. */
export function decodedLength(letters: Buffer): number | undefined {
  const { length } = letters;
  if (length % 4 !== 0) return undefined;
  if (length === 0) return 0;
  const padding = letters[length - 1] !== EQUALS ? 0 : letters[length - 2] !== EQUALS ? 1 : 2;
  return (length / 4) * 3 - padding;
}

/**
 * Writes the bytes that ASCII letters stand for to `target`, which has the {@link decodedLength}. False
 * where they are not canonical: a letter of no alphabet or of the one for URLs, white space, padding or
 * bits after the end that are amiss.
 */
export function decodeBase64(letters: Buffer, target: Buffer): boolean {
  const size = target.length;
  // Node's decoder reads the alphabet for URLs as well, and passes over what it does not know: then bytes lack.
  if (letters.includes(MINUS) || letters.includes(UNDERSCORE)) return false;
  let written = 0;
  for (let at = 0; at < letters.length; at += PIECE) {
    const piece = letters.toString('latin1', at, Math.min(at + PIECE, letters.length));
    const count = target.write(piece, written, size - written, 'base64');
    written += count;
    if (at + PIECE < letters.length && count !== (PIECE / 4) * 3) return false;
  }
  if (written !== size) return false;
  // The last letters may have bits that belong to no byte; written again they would be zeros.
  const tail = size % 3;
  const last = target.toString('base64', size - tail, size);
  return tail === 0 || letters.toString('latin1', letters.length - 4) === last;
}

/** The number of letters that so many bytes take. */
export const encodedLength = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** Writes the letters that stand for `bytes` to `target` at `start`. */
export function encodeBase64(bytes: Buffer, target: Buffer, start: number): void {
  let written = start;
  const step = (PIECE / 4) * 3;
  for (let at = 0; at < bytes.length; at += step) {
    written += target.write(bytes.toString('base64', at, Math.min(at + step, bytes.length)), written, 'latin1');
  }
}
