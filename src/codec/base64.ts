/** Base64 of RFC 4648, section 4, in its one canonical form, between bytes and bytes. */

/** Letters at a time: short strings stay in the cache, and leave no garbage that lives. A multiple of 4. */
const PIECE = 96 * 1024;

const MINUS = 0x2d;
const UNDERSCORE = 0x5f;
const EQUALS = 0x3d;

/** How many bytes so many letters stand for; undefined where their number, or their padding, is impossible. */
function decodedLength(letters: Buffer): number | undefined {
  const { length } = letters;
  if (length % 4 !== 0) return undefined;
  if (length === 0) return 0;
  const padding = letters[length - 1] !== EQUALS ? 0 : letters[length - 2] !== EQUALS ? 1 : 2;
  return (length / 4) * 3 - padding;
}

/**
 * The bytes that ASCII letters of base64 stand for, in memory of their own; undefined where it is not
 * canonical: a letter of no alphabet or of the one for URLs, white space, padding missing or amiss.
 */
export function decodeBase64(letters: Buffer): Buffer | undefined {
  const size = decodedLength(letters);
  if (size === undefined) return undefined;
  // Node's decoder reads the alphabet for URLs as well, and passes over what it does not know: then bytes lack.
  if (letters.includes(MINUS) || letters.includes(UNDERSCORE)) return undefined;
  const bytes = Buffer.allocUnsafeSlow(size);
  let written = 0;
  for (let at = 0; at < letters.length; at += PIECE) {
    const piece = letters.toString('latin1', at, Math.min(at + PIECE, letters.length));
    const count = bytes.write(piece, written, size - written, 'base64');
    written += count;
    if (at + PIECE < letters.length && count !== (PIECE / 4) * 3) return undefined;
  }
  if (written !== size) return undefined;
  // The last letters may have bits that belong to no byte; written again they would be zeros.
  const tail = size % 3;
  const last = bytes.toString('base64', size - tail, size);
  return tail === 0 || letters.toString('latin1', letters.length - 4) === last ? bytes : undefined;
}

/** The letters of base64 that stand for `bytes`. */
export function encodeBase64(bytes: Buffer): Buffer {
  const letters = Buffer.allocUnsafeSlow(Math.ceil(bytes.length / 3) * 4);
  let written = 0;
  const step = (PIECE / 4) * 3;
  for (let at = 0; at < bytes.length; at += step) {
    written += letters.write(bytes.toString('base64', at, Math.min(at + step, bytes.length)), written, 'latin1');
  }
  return letters;
}
