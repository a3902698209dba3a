/**
 * Matsumoto and Nishimura's Mersenne Twister of 1998, 32 bits a draw, seeded by their `init_genrand`.
 * What PyTorch's CPU generator, NumPy's RandomState and C++'s std::mt19937 are made of.
 */
import { pulse } from '../pulse.ts';

export const STATE_WORDS = 624;
const SHIFT = 397;

export class Mt19937 {
  readonly words = new Uint32Array(STATE_WORDS);
  /** Draws until the words are made anew, that one among them. */
  left = 1;
  /** The word that is drawn next. */
  next = 0;

  /** Begins anew from the low 32 bits of `seed`. */
  seed(seed: number): void {
    const { words } = this;
    words[0] = seed;
    for (let i = 1; i < STATE_WORDS; i++) {
      words[i] = Math.imul(1812433253, words[i - 1] ^ (words[i - 1] >>> 30)) + i;
    }
    this.left = 1;
    this.next = 0;
  }

  /** A whole number from [0, 2^32). */
  draw(): number {
    if (--this.left === 0) this.twist();
    let y = this.words[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  private twist(): void {
    const { words } = this;
    for (let i = 0; i < STATE_WORDS; i++) {
      const following = words[i === STATE_WORDS - 1 ? 0 : i + 1];
      const y = (words[i] & 0x80000000) | (following & 0x7fffffff);
      const far = i + SHIFT < STATE_WORDS ? i + SHIFT : i + SHIFT - STATE_WORDS;
      words[i] = words[far] ^ (y >>> 1) ^ (following & 1 ? 0x9908b0df : 0);
    }
    this.left = STATE_WORDS;
    this.next = 0;
    // Long loops that draw come by here, where the state is whole if they are ended.
    pulse(16 * STATE_WORDS);
  }
}
