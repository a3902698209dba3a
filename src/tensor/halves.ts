/**
 * Floating dtypes of 16 bits. Their elements are held in memory as float32 and rounded after each op, which
 * is how PyTorch computes with them on a CPU; files and messages hold the 16 bits.
 */

export interface Half {
  /** A float32 as the nearest number of 16 bits, ties to even. */
  readonly round: (x: number) => number;
  /** Rounds each element from `start` up to `end`, in place. */
  readonly roundAll: (elements: Float32Array, start: number, end: number) => void;
  /** The bits of elements that are rounded. */
  readonly pack: (elements: Float32Array) => Uint16Array;
  /** Elements from their bits. */
  readonly unpack: (bits: Uint16Array, elements: Float32Array) => void;
}

export const FLOAT16: Half = {
  round: Math.f16round,
  roundAll(elements, start, end) {
    for (let i = start; i < end; i++) elements[i] = Math.f16round(elements[i]);
  },
  pack: (elements) => new Uint16Array(new Float16Array(elements).buffer),
  unpack: (bits, elements) => elements.set(new Float16Array(bits.buffer, bits.byteOffset, bits.length)),
};

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The upper half of a float32's bits, the lower half rounded away. What is not a number keeps its upper bits, and stays none. */
const rounded = (bits: number): number =>
  (bits & 0x7fffffff) > 0x7f800000
    ? (bits | 0x00400000) & 0xffff0000
    : (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;

const wordsOf = (elements: Float32Array): Uint32Array =>
  new Uint32Array(elements.buffer, elements.byteOffset, elements.length);

export const BFLOAT16: Half = {
  round(x) {
    float[0] = x;
    word[0] = rounded(word[0]);
    return float[0];
  },
  roundAll(elements, start, end) {
    const words = wordsOf(elements);
    for (let i = start; i < end; i++) words[i] = rounded(words[i]);
  },
  pack: (elements) => Uint16Array.from(wordsOf(elements), (bits) => bits >>> 16),
  unpack(bits, elements) {
    const words = wordsOf(elements);
    for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16;
  },
};
