/** CPython's generator, MT19937: the numbers of `random` for a seed. */
import { createHash } from 'node:crypto';
import { PyBytes } from '../runtime/bytes.ts';
import { Clocks } from '../runtime/clocks.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import { toIndex } from '../runtime/indexing.ts';
import { bitLength } from '../runtime/numbers.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { restores, type Saved } from '../runtime/saving.ts';
import { PyList, PyTuple, type Value } from '../runtime/values.ts';
import { ClassOf, NONE, ONE } from './classes.ts';

const N = 624;
const M = 397;

class Twister extends Native {
  readonly state = new Uint32Array(N);
  at = N;

  private init(seed: number): void {
    const { state } = this;
    state[0] = seed;
    for (let i = 1; i < N; i++) {
      const before = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = Math.imul(1812433253, before) + i;
    }
    this.at = N;
  }

  /** By words of 32 bits, the lowest first. */
  seed(key: readonly number[]): void {
    this.init(19650218);
    const { state } = this;
    let i = 1;
    let j = 0;
    for (let k = Math.max(N, key.length); k > 0; k--) {
      const before = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = (state[i] ^ Math.imul(before, 1664525)) + key[j] + j;
      if (++i >= N) {
        state[0] = state[N - 1];
        i = 1;
      }
      if (++j >= key.length) j = 0;
    }
    for (let k = N - 1; k > 0; k--) {
      const before = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = (state[i] ^ Math.imul(before, 1566083941)) - i;
      if (++i >= N) {
        state[0] = state[N - 1];
        i = 1;
      }
    }
    state[0] = 0x80000000;
  }

  next32(): number {
    const { state } = this;
    if (this.at >= N) {
      for (let k = 0; k < N; k++) {
        const y = (state[k] & 0x80000000) | (state[(k + 1) % N] & 0x7fffffff);
        state[k] = state[(k + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.at = 0;
    }
    let y = state[this.at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  random(): number {
    const a = this.next32() >>> 5;
    const b = this.next32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  bits(count: number): bigint {
    if (count <= 32) return count === 0 ? 0n : BigInt(this.next32() >>> (32 - count));
    let value = 0n;
    let shift = 0n;
    for (let left = count; left > 0; left -= 32) {
      let word = this.next32();
      if (left < 32) word >>>= 32 - left;
      value |= BigInt(word) << shift;
      shift += 32n;
    }
    return value;
  }

  references(visit: Visit): void {
    visit.weigh(N / 16);
  }

  override toSave(): Saved {
    return { kind: 'twister', value: new PyList([...Array.from(this.state, BigInt), BigInt(this.at)]) };
  }
}

restores('twister', (value) => {
  const twister = new Twister();
  const words = value instanceof PyList ? value.items.map(Number) : [];
  for (let i = 0; i < N; i++) twister.state[i] = words[i] ?? 0;
  twister.at = Math.min(N, Math.max(0, words[N] ?? N));
  return twister;
});

function wordsOf(value: bigint): number[] {
  const words: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words.length === 0 ? [0] : words;
}

/** A seed's words: an int's digits, and of text what CPython makes of it with SHA-512. */
function keyOf(runtime: Runtime, seed: Value): number[] {
  if (seed === null) return Array.from({ length: 8 }, () => Math.floor(runtime.parts.of(Clocks).entropy() * 2 ** 32));
  if (typeof seed === 'string' || seed instanceof PyBytes) {
    const bytes = typeof seed === 'string' ? Buffer.from(seed, 'utf8') : Buffer.from(seed.data);
    runtime.budget.characters(bytes.length);
    const digest = createHash('sha512').update(bytes).digest();
    return wordsOf(BigInt(`0x${Buffer.concat([bytes, digest]).toString('hex')}`));
  }
  const own = typeof seed === 'number' ? runtime.call(runtime.builtins.get('hash')!, [seed]) : seed;
  const whole = toIndex(runtime, own);
  runtime.budget.bits(bitLength(whole));
  return wordsOf(whole < 0n ? -whole : whole);
}

const TWISTER = new ClassOf('Twister', '_random', Twister, () => new Twister());
TWISTER.method('seed', ONE, (self, [seed], runtime) => {
  runtime.budget.step(N >> 2);
  self.seed(keyOf(runtime, seed!));
  return null;
})
  .method('random', NONE, (self) => self.random())
  .method('getrandbits', ONE, (self, [count], runtime) => {
    const bits = Number(toIndex(runtime, count!));
    runtime.budget.bits(bits);
    return self.bits(bits);
  })
  .method('below', ONE, (self, [most], runtime) => {
    const n = toIndex(runtime, most!);
    if (n <= 0n) return 0n;
    const k = bitLength(n);
    runtime.budget.bits(k);
    for (;;) {
      runtime.budget.step();
      const value = self.bits(k);
      if (value < n) return value;
    }
  })
  .method('getstate', NONE, (self) => new PyTuple([...Array.from(self.state, BigInt), BigInt(self.at)]))
  .method('setstate', ONE, (self, [state], runtime) => {
    if (!(state instanceof PyTuple)) throw typeError('state vector must be a tuple');
    if (state.items.length !== N + 1) throw valueError('state vector is the wrong size');
    const words = state.items.map((item) => Number(toIndex(runtime, item)));
    if (words[N] < 0 || words[N] > N) throw valueError('invalid state');
    self.state.set(words.slice(0, N));
    self.at = words[N];
    return null;
  });

export const RANDOM = (): Map<string, Value> => new Map<string, Value>([['Twister', TWISTER.cls]]);
