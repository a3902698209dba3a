/** Sources of random bits, and what is drawn of them in each generator's own way. */
import { Mt19937, STATE_WORDS } from '../../../kernels/random/mt19937.ts';
import { EXPONENTIAL_F, EXPONENTIAL_K, EXPONENTIAL_W } from './exponential-tables.ts';
import { NORMAL_F, NORMAL_K, NORMAL_W } from './normal-tables.ts';

const MASK64 = (1n << 64n) - 1n;

export abstract class Bits {
  abstract next32(): number;
  abstract next64(): bigint;
  /** From [0, 1), 53 bits of it. */
  abstract double(): number;
  abstract normal(): number;
  abstract exponential(): number;

  /** A whole number from [0, most], as shuffles draw it. */
  upTo(most: number): number {
    if (most === 0) return 0;
    const mask = Number(maskOf(BigInt(most)));
    let value = 0;
    do value = (this.next32() & mask) >>> 0;
    while (value > most);
    return value;
  }

  /** The same as choices draw it. */
  chosenUpTo(most: number): number {
    return this.upTo(most);
  }
}

/** The mask of all bits that a number has. */
export function maskOf(most: bigint): bigint {
  let bits = 0n;
  for (let left = most; left > 0n; left >>= 1n) bits++;
  return (1n << bits) - 1n;
}

/** RandomState's: a Mersenne Twister, and normal numbers in pairs by Marsaglia's polar method. */
export class LegacyBits extends Bits {
  readonly twister = new Mt19937();
  gauss = 0;
  hasGauss = false;

  seed(seed: number): void {
    this.twister.seed(seed);
    this.hasGauss = false;
    this.gauss = 0;
  }

  /** Matsumoto and Nishimura's `init_by_array`. */
  seedBy(key: readonly number[]): void {
    this.seed(19650218);
    const { words } = this.twister;
    let [i, j] = [1, 0];
    const mixed = (by: number): number => words[i] ^ Math.imul(words[i - 1] ^ (words[i - 1] >>> 30), by);
    const on = (): void => {
      if (++i < STATE_WORDS) return;
      words[0] = words[STATE_WORDS - 1];
      i = 1;
    };
    for (let k = Math.max(STATE_WORDS, key.length); k > 0; k--) {
      words[i] = mixed(1664525) + key[j] + j;
      on();
      j = (j + 1) % key.length;
    }
    for (let k = STATE_WORDS - 1; k > 0; k--) {
      words[i] = mixed(1566083941) - i;
      on();
    }
    words[0] = 0x80000000;
    this.twister.left = 1;
    this.twister.next = 0;
  }

  next32(): number {
    return this.twister.draw();
  }

  next64(): bigint {
    const high = BigInt(this.next32());
    return (high << 32n) | BigInt(this.next32());
  }

  double(): number {
    const a = this.next32() >>> 5;
    const b = this.next32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  normal(): number {
    if (this.hasGauss) {
      const kept = this.gauss;
      this.hasGauss = false;
      this.gauss = 0;
      return kept;
    }
    let [x, y, size] = [0, 0, 0];
    do {
      x = 2 * this.double() - 1;
      y = 2 * this.double() - 1;
      size = x * x + y * y;
    } while (size >= 1 || size === 0);
    const factor = Math.sqrt((-2 * Math.log(size)) / size);
    this.gauss = factor * x;
    this.hasGauss = true;
    return factor * y;
  }

  exponential(): number {
    return -Math.log(1 - this.double());
  }
}

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const MASK128 = (1n << 128n) - 1n;

/** default_rng's: PCG64, and ziggurats. */
export class PcgBits extends Bits {
  private state = 0n;
  private increment = 1n;
  private half: number | null = null;

  constructor(entropy: readonly number[]) {
    super();
    const words = new SeedSequence(entropy).words(8);
    const wide = (k: number): bigint => BigInt(words[2 * k]) | (BigInt(words[2 * k + 1]) << 32n);
    this.increment = ((((wide(2) << 64n) | wide(3)) << 1n) | 1n) & MASK128;
    this.step();
    this.state = (this.state + ((wide(0) << 64n) | wide(1))) & MASK128;
    this.step();
  }

  private step(): void {
    this.state = (this.state * MULTIPLIER + this.increment) & MASK128;
  }

  next64(): bigint {
    this.step();
    const { state } = this;
    const mixed = (state >> 64n) ^ (state & MASK64);
    const turn = state >> 122n;
    return ((mixed >> turn) | (mixed << (64n - turn))) & MASK64;
  }

  next32(): number {
    if (this.half !== null) {
      const kept = this.half;
      this.half = null;
      return kept;
    }
    const both = this.next64();
    this.half = Number(both >> 32n);
    return Number(both & 0xffffffffn);
  }

  double(): number {
    return Number(this.next64() >> 11n) / 9007199254740992;
  }

  normal(): number {
    for (;;) {
      const draw = this.next64();
      const layer = Number(draw & 0xffn);
      const size = (draw >> 9n) & 0x000fffffffffffffn;
      const x = (((draw >> 8n) & 1n) === 1n ? -1 : 1) * (Number(size) * NORMAL_W[layer]);
      if (size < NORMAL_K[layer]) return x;
      if (layer === 0) return this.tail(((size >> 8n) & 1n) === 1n);
      if ((NORMAL_F[layer - 1] - NORMAL_F[layer]) * this.double() + NORMAL_F[layer] < Math.exp(-0.5 * x * x)) return x;
    }
  }

  private tail(negative: boolean): number {
    for (;;) {
      const x = -NORMAL_INVERSE * Math.log1p(-this.double());
      const y = -Math.log1p(-this.double());
      if (y + y > x * x) return negative ? -(NORMAL_EDGE + x) : NORMAL_EDGE + x;
    }
  }

  exponential(): number {
    for (;;) {
      const draw = this.next64() >> 3n;
      const layer = Number(draw & 0xffn);
      const size = draw >> 8n;
      const x = Number(size) * EXPONENTIAL_W[layer];
      if (size < EXPONENTIAL_K[layer]) return x;
      if (layer === 0) return EXPONENTIAL_EDGE - Math.log1p(-this.double());
      const [above, below] = [EXPONENTIAL_F[layer - 1], EXPONENTIAL_F[layer]];
      if ((above - below) * this.double() + below < Math.exp(-x)) return x;
    }
  }

  override chosenUpTo(most: number): number {
    return most === 0 ? 0 : lemire32(this, most);
  }

  get words(): { state: bigint; inc: bigint; half: number | null } {
    return { state: this.state, inc: this.increment, half: this.half };
  }

  set words({ state, inc, half }: { state: bigint; inc: bigint; half: number | null }) {
    this.state = state & MASK128;
    this.increment = inc & MASK128;
    this.half = half;
  }
}

const NORMAL_EDGE = 3.6541528853610088;
const NORMAL_INVERSE = 0.27366123732975828;
const EXPONENTIAL_EDGE = 7.69711747013105;

/** Lemire's way to a number from [0, most] without a division for most draws. */
export function lemire32(bits: Bits, most: number): number {
  const size = BigInt(most) + 1n;
  let product = BigInt(bits.next32()) * size;
  let low = product & 0xffffffffn;
  if (low < size) {
    const threshold = (0xffffffffn - BigInt(most)) % size;
    while (low < threshold) {
      product = BigInt(bits.next32()) * size;
      low = product & 0xffffffffn;
    }
  }
  return Number(product >> 32n);
}

export function lemire64(bits: Bits, most: bigint): bigint {
  const size = most + 1n;
  let product = bits.next64() * size;
  let low = product & MASK64;
  if (low < size) {
    const threshold = (MASK64 - most) % size;
    while (low < threshold) {
      product = bits.next64() * size;
      low = product & MASK64;
    }
  }
  return product >> 64n;
}

/** NumPy's SeedSequence: entropy spread over a pool of four words, and drawn from it. */
class SeedSequence {
  private readonly pool = new Uint32Array(4);

  constructor(entropy: readonly number[]) {
    const { pool } = this;
    let constant = 0x43b0d7e5;
    const hashed = (word: number): number => {
      let value = word ^ constant;
      constant = Math.imul(constant, 0x931e8875);
      value = Math.imul(value, constant);
      return value ^ (value >>> 16);
    };
    const mixed = (x: number, y: number): number => {
      const value = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
      return value ^ ((value >>> 0) >>> 16);
    };
    for (let i = 0; i < 4; i++) pool[i] = hashed(entropy[i] ?? 0);
    for (let from = 0; from < 4; from++)
      for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mixed(pool[to], hashed(pool[from]));
    for (let from = 4; from < entropy.length; from++)
      for (let to = 0; to < 4; to++) pool[to] = mixed(pool[to], hashed(entropy[from]));
  }

  words(n: number): Uint32Array {
    let constant = 0x8b51f9dd;
    return Uint32Array.from({ length: n }, (_, i) => {
      let value = this.pool[i % 4] ^ constant;
      constant = Math.imul(constant, 0x58f38ded);
      value = Math.imul(value, constant);
      return value ^ (value >>> 16);
    });
  }
}

/** A whole number as words of 32 bits, the lowest first. */
export function wordsOf(seed: bigint): number[] {
  const out: number[] = [];
  for (let left = seed; left > 0n; left >>= 32n) out.push(Number(left & 0xffffffffn));
  return out.length === 0 ? [0] : out;
}
