/** PyTorch's CPU generator: what `torch.Generator()` is, and what `torch.manual_seed` seeds. */
import { valueRange } from '../../tensor/errors.ts';
import { Mt19937, STATE_WORDS } from './mt19937.ts';
import { preciseSinCos } from './precise.ts';

/** The seed of a generator that nobody seeded. */
export const DEFAULT_SEED = 67280421310721n;

/** Bytes of {@link Generator.state}, and where in them its parts begin. */
const STATE_BYTES = 5056;
const WORDS_AT = 24;
const NORMAL_AT = WORDS_AT + 8 * STATE_WORDS;
const NORMAL_VALID_AT = NORMAL_AT + 24;

/** Room for a sine and a cosine. */
const pair = new Float64Array(2);

export class Generator {
  private readonly engine = new Mt19937();
  private first = DEFAULT_SEED;
  /** The second number of the last pair of normal ones, where it was not asked for yet. */
  private spareNormal: number | undefined;

  constructor(seed: bigint = DEFAULT_SEED) {
    this.manualSeed(seed);
  }

  /** `torch.manual_seed`: a negative seed stands for itself plus 2^64. */
  manualSeed(seed: bigint): this {
    if (seed < -(2n ** 63n) || seed >= 2n ** 64n) throw valueRange('Overflow when unpacking long');
    this.first = BigInt.asUintN(64, seed);
    this.engine.seed(Number(BigInt.asUintN(32, seed)));
    this.spareNormal = undefined;
    return this;
  }

  /** Seeds from the system's entropy, and tells the seed. */
  seed(): bigint {
    const [seed] = crypto.getRandomValues(new BigUint64Array(1));
    this.manualSeed(seed);
    return seed;
  }

  initialSeed(): bigint {
    return this.first;
  }

  /** A whole number from [0, 2^32). */
  random(): number {
    return this.engine.draw();
  }

  /** A whole number from [0, 2^64), its high half drawn first. */
  random64(): bigint {
    const high = this.engine.draw();
    return (BigInt(high) << 32n) | BigInt(this.engine.draw());
  }

  /** From [0, 1) in so many steps: 2^24, a float's, or 2 to the bits of a narrower one. */
  uniformFloat(steps = 0x1000000): number {
    return (this.engine.draw() & (steps - 1)) / steps;
  }

  /** From [0, 1) with the 53 bits of a double. */
  uniformDouble(): number {
    const high = this.engine.draw() & 0x1fffff;
    return (high * 2 ** 32 + this.engine.draw()) * 2 ** -53;
  }

  /** A normal number of mean 0 and deviation 1. They are made in pairs, by Box and Muller. */
  normal(): number {
    const spare = this.spareNormal;
    if (spare !== undefined) {
      this.spareNormal = undefined;
      return spare;
    }
    const angle = 2 * Math.PI * this.uniformDouble();
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniformDouble()));
    preciseSinCos(angle, pair);
    this.spareNormal = radius * pair[0];
    return radius * pair[1];
  }

  /** `torch.get_rng_state`, byte for byte. */
  state(): Uint8Array {
    const view = new DataView(new ArrayBuffer(STATE_BYTES));
    view.setBigUint64(0, this.first, true);
    view.setInt32(8, this.engine.left, true);
    view.setInt32(12, 1, true);
    view.setUint32(16, this.engine.next, true);
    for (let i = 0; i < STATE_WORDS; i++) view.setUint32(WORDS_AT + 8 * i, this.engine.words[i], true);
    if (this.spareNormal !== undefined) {
      view.setFloat64(NORMAL_AT + 8, this.spareNormal, true);
      view.setInt32(NORMAL_VALID_AT, 1, true);
    }
    return new Uint8Array(view.buffer);
  }

  /** `torch.set_rng_state`: goes on where {@link state} was asked for. */
  setState(bytes: Uint8Array): this {
    if (bytes.length !== STATE_BYTES) {
      throw valueRange(
        `Expected either a CPUGeneratorImplStateLegacy of size 5048 or a CPUGeneratorImplState of size ${STATE_BYTES} but found the input RNG state size to be ${bytes.length}`,
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const left = view.getInt32(8, true);
    const next = view.getUint32(16, true);
    const seeded = view.getInt32(12, true) === 1 && view.getUint32(20, true) === 0;
    if (!seeded || left < 1 || left > STATE_WORDS || (left > 1 && next + left > STATE_WORDS + 1)) {
      throw valueRange('Invalid mt19937 state');
    }
    this.first = view.getBigUint64(0, true);
    this.engine.left = left;
    this.engine.next = next;
    for (let i = 0; i < STATE_WORDS; i++) this.engine.words[i] = view.getUint32(WORDS_AT + 8 * i, true);
    this.spareNormal = view.getInt32(NORMAL_VALID_AT, true) === 1 ? view.getFloat64(NORMAL_AT + 8, true) : undefined;
    return this;
  }
}
