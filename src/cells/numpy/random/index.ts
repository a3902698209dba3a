/** numpy.random: RandomState and the functions of the one that every workspace has; default_rng and its Generator. */

import { rowOf } from '../../../tensor/dtype.ts';
import { numelOf } from '../../../tensor/shape.ts';
import { type PyError, typeError, valueError } from '../../runtime/errors.ts';
import { type Holder, Native, type Visit } from '../../runtime/holding.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { NativeFunction, type PyClass, PyInstance, PyTuple, type Value } from '../../runtime/values.ts';
import { arrayOn, integersIn, numbersIn, tensorFrom } from '../array.ts';
import { dataOfValue, numeric, toShape, toWhole } from '../convert.ts';
import { constructs, fn, type Given, members, numpyClass } from '../define.ts';
import { quiet } from '../quiet.ts';
import { op } from '../specs.ts';
import { INT64, type NpType, toType, typeOf } from '../types.ts';
import { broadcast } from '../ufunc.ts';
import { type Bits, LegacyBits, lemire32, lemire64, maskOf, PcgBits, wordsOf } from './bits.ts';
import { choice, DISTRIBUTIONS, type Draw, ORDERS, SEVERAL, shuffledPlaces } from './draws.ts';
import { drawn, sampled } from './fill.ts';

class RandomData<B extends Bits> extends Native {
  bits: B;
  constructor(bits: B) {
    super();
    this.bits = bits;
  }
  references(visit: Visit): void {
    visit.weigh(STATE_OBJECTS);
  }
}

/** The 624 words of a Mersenne Twister. */
const STATE_OBJECTS = 40;

const anySeed = (): number[] => Array.from(crypto.getRandomValues(new Uint32Array(4)));

function legacy(seed: Value, i: Interpreter): LegacyBits {
  const bits = new LegacyBits();
  reseed(bits, seed, i);
  return bits;
}

const outOfRange = (): PyError => valueError('Seed must be between 0 and 2**32 - 1');

function reseed(bits: LegacyBits, seed: Value, i: Interpreter): void {
  if (seed === null) {
    bits.seedBy(anySeed());
    return;
  }
  const data = dataOfValue(seed, i);
  if (data.type.kind === 'f')
    throw typeError(`Cannot cast array from dtype('float64') to dtype('int64') according to the rule 'safe'`);
  const numbers = integersIn(data.tensor);
  if (numbers.some((x) => x < 0n || x > 0xffffffffn)) throw outOfRange();
  if (data.tensor.ndim === 0) bits.seed(Number(numbers[0]));
  else if (numbers.length === 0) throw valueError('Seed must be non-empty');
  else bits.seedBy(Array.from(numbers, Number));
}

/** The state that `np.random.seed` sets. */
class RandomPart implements Holder {
  readonly bits = new LegacyBits();
  constructor() {
    this.bits.seedBy(anySeed());
  }
  references(visit: Visit): void {
    visit.weigh(STATE_OBJECTS);
  }
}

const RANDOM_STATE = numpyClass('RandomState', [], 'numpy.random.mtrand');
const GENERATOR = numpyClass('Generator', [], 'numpy.random._generator');

/** Whole numbers below a bound, drawn as the generator does it: with masks by RandomState, by Lemire's way by Generator. */
function below(bits: Bits, most: bigint): bigint {
  if (most === 0n) return 0n;
  if (most < 0xffffffffn) {
    if (!(bits instanceof LegacyBits)) return BigInt(lemire32(bits, Number(most)));
    const mask = Number(maskOf(most));
    let value = 0;
    do value = (bits.next32() & mask) >>> 0;
    while (value > Number(most));
    return BigInt(value);
  }
  if (most === 0xffffffffn) return BigInt(bits.next32());
  if (!(bits instanceof LegacyBits)) return most === 0xffffffffffffffffn ? bits.next64() : lemire64(bits, most);
  const mask = maskOf(most);
  let value = 0n;
  do value = bits.next64() & mask;
  while (value > most);
  return value;
}

/** Numbers of 8 and 16 bits are cut from words of 32. */
class Pieces {
  private readonly bits: Bits;
  private readonly width: number;
  private word = 0;
  private left = 0;
  constructor(bits: Bits, width: number) {
    this.bits = bits;
    this.width = width;
  }
  next(): number {
    if (this.left === 0) {
      this.word = this.bits.next32();
      this.left = 32 / this.width - 1;
    } else {
      this.word >>>= this.width;
      this.left--;
    }
    return this.word & (2 ** this.width - 1);
  }
  upTo(most: number): number {
    const all = 2 ** this.width - 1;
    if (most === 0) return 0;
    if (most === all) return this.next();
    if (this.bits instanceof LegacyBits) {
      const mask = Number(maskOf(BigInt(most)));
      let value = 0;
      do value = this.next() & mask;
      while (value > most);
      return value;
    }
    const size = most + 1;
    let product = this.next() * size;
    let low = product & all;
    if (low < size) {
      const threshold = (all - most) % size;
      while (low < threshold) {
        product = this.next() * size;
        low = product & all;
      }
    }
    return product >>> this.width;
  }
}

function integers(
  bits: Bits,
  low: Value,
  high: Value,
  size: Value,
  dtype: Value,
  closed: boolean,
  i: Interpreter,
): Value {
  const type = toType(dtype) ?? INT64;
  if (type.kind !== 'i' && type.kind !== 'u' && type.kind !== 'b')
    throw typeError(`Unsupported dtype dtype('${type.name}') for randint`);
  const [start, end] = high === null ? [0n, low] : [low, high];
  const [a, b] = [start, end].map((value) => dataOfValue(value, i));
  const shape = broadcast([a.tensor.shape, b.tensor.shape]);
  const wholes = [a, b].map((data) =>
    integersIn(shape.length === 0 ? data.tensor : op('broadcast_to', data.tensor, shape)),
  );
  const target = size === null ? shape : toShape(size, i);
  const n = numelOf(target);
  const at = (list: BigInt64Array, k: number): bigint => list[list.length === 1 ? 0 : k % list.length];
  const draw = drawOf(bits, type);
  const bounds = (k: number): [bigint, bigint] => {
    const [from, to] = [at(wholes[0], k), at(wholes[1], k) - (closed ? 0n : 1n)];
    checkRange(from, to, type);
    return [from, to];
  };
  const plain = size === null && shape.length === 0;
  if (plain) {
    const [from, to] = bounds(0);
    const made = from + draw(to - from);
    return type.kind === 'b' ? made !== 0n : made;
  }
  i.budget.step(1 + n / 8);
  const out = new BigInt64Array(n);
  const fixed = wholes[0].length === 1 && wholes[1].length === 1 ? bounds(0) : null;
  for (let k = 0; k < n; k++) {
    if (k % 4096 === 4095) i.budget.step(1024);
    const [from, to] = fixed ?? bounds(k);
    out[k] = from + draw(to - from);
  }
  return arrayOn(tensorFrom(out, target, type), type);
}

function drawOf(bits: Bits, type: NpType): (most: bigint) => bigint {
  if (type.size >= 4) return (most) => below(bits, most);
  const pieces = new Pieces(bits, type.kind === 'b' ? 1 : type.size * 8);
  return (most) => BigInt(pieces.upTo(Number(most)));
}

function checkRange(from: bigint, to: bigint, type: NpType): void {
  if (from > to) throw valueError(to + 1n === from ? 'low >= high' : 'low >= high');
  const { min, max } = rowOf(type.dtype);
  if (from < BigInt(min)) throw valueError(`low is out of bounds for ${type.name}`);
  if (to > BigInt(max)) throw valueError(`high is out of bounds for ${type.name}`);
}

const sizeOf = (args: readonly Value[]): Value => (args.length === 0 ? null : new PyTuple(args));

const random: Draw['run'] = (bits, { size }, i) => sampled([], size, i, () => bits.double());

const SHARED: readonly Draw[] = [...DISTRIBUTIONS, ...ORDERS, ...SEVERAL];

const uniform = (bits: Bits, i: Interpreter) => (n: number, count: number) =>
  Array.from(drawn(count, () => Number(below(bits, BigInt(n - 1))), i));

const LEGACY: readonly Draw[] = [
  ...SHARED,
  ...['random_sample', 'random', 'ranf', 'sample'].map((name): Draw => ({ name, takes: 'size=None', run: random })),
  {
    name: 'randint',
    takes: 'low, high=None, size=None, dtype=None',
    run: (bits, { low, high, size, dtype }, i) => integers(bits, low, high, size, dtype, false, i),
  },
  {
    name: 'random_integers',
    takes: 'low, high=None, size=None',
    run: (bits, { low, high, size }, i) =>
      integers(bits, high === null ? 1n : low, high === null ? low : high, size, null, true, i),
  },
  {
    name: 'choice',
    takes: 'a, size=None, replace=True, p=None',
    run: (bits, given, i) =>
      choice(bits, given, i, uniform(bits, i), (n, count) => shuffledPlaces(bits, n, i).slice(0, count)),
  },
  {
    name: 'seed',
    takes: 'seed=None',
    run: (bits, { seed }, i) => {
      reseed(bits as LegacyBits, seed, i);
      return null;
    },
  },
  {
    name: 'get_state',
    takes: 'legacy=True',
    run: (bits) => {
      const { twister, hasGauss, gauss } = bits as LegacyBits;
      const key = arrayOn(tensorFrom(Array.from(twister.words, Number), [twister.words.length], INT64), INT64);
      const place = twister.left === 1 && twister.next === 0 ? 624 : twister.next;
      return new PyTuple(['MT19937', key, BigInt(place), hasGauss ? 1n : 0n, gauss]);
    },
  },
  {
    name: 'set_state',
    takes: 'state',
    run: (bits, { state }, i) => {
      const own = bits as LegacyBits;
      if (!(state instanceof PyTuple) || state.items.length < 3 || state.items[0] !== 'MT19937')
        throw valueError('set_state can only be used with legacy MT19937 state instances.');
      const words = integersIn(dataOfValue(state.items[1], i).tensor);
      if (words.length !== 624) throw valueError('state vector must be 624 elements long');
      const place = toWhole(state.items[2]);
      if (place < 0 || place > 624) throw valueError('the place in the state is out of range');
      own.twister.words.set(Array.from(words, Number));
      own.twister.next = place;
      own.twister.left = 625 - place;
      own.hasGauss = state.items.length > 3 && toWhole(state.items[3]) !== 0;
      own.gauss = state.items.length > 4 ? numbersIn(dataOfValue(state.items[4], i).tensor)[0] : 0;
      return null;
    },
  },
];

/** Floyd's way to few different numbers of many, or the end of a shuffle; then shuffled. */
function distinct(bits: Bits, n: number, count: number, mixed: boolean, i: Interpreter): number[] {
  if (n > 10_000 && count > Math.floor(n / (mixed ? 50 : 20)))
    return shuffledPlaces(bits, n, i, Math.max(n - count, 1)).slice(n - count);
  const found = new Set<number>();
  const out: number[] = [];
  for (let k = n - count; k < n; k++) {
    const drawn_ = bits.chosenUpTo(k);
    const place = found.has(drawn_) ? k : drawn_;
    found.add(place);
    out.push(place);
  }
  if (mixed)
    for (let k = count - 1; k >= 1; k--) {
      const j = bits.chosenUpTo(k);
      [out[k], out[j]] = [out[j], out[k]];
    }
  return out;
}

const MODERN: readonly Draw[] = [
  ...SHARED,
  {
    name: 'random',
    takes: 'size=None, dtype=None, out=None',
    run: (bits, given, i) => {
      if (toType(given.dtype)?.name !== 'float32') return random(bits, given, i);
      return sampled([], given.size, i, () => (bits.next32() >>> 8) / 16777216, typeOf('float32'));
    },
  },
  {
    name: 'integers',
    takes: 'low, high=None, size=None, dtype=None, endpoint=False',
    run: (bits, { low, high, size, dtype, endpoint }, i) =>
      integers(bits, low, high, size, dtype, endpoint === true, i),
  },
  {
    name: 'choice',
    takes: 'a, size=None, replace=True, p=None, axis=0, shuffle=True',
    run: (bits, given, i) =>
      choice(bits, given, i, uniform(bits, i), (n, count) => distinct(bits, n, count, given.shuffle !== false, i)),
  },
  {
    name: 'permuted',
    takes: 'x, *, axis=None, out=None',
    run: (bits, given, i) => (ORDERS[0] as Draw).run(bits, { x: given.x, axis: given.axis }, i),
  },
];

const dataOfSelf = (self: Value): RandomData<Bits> => {
  if (self instanceof PyInstance && self.native instanceof RandomData) return self.native;
  throw typeError('a method of a generator of numpy needs one');
};

const asMethod = ({ name, takes, run }: Draw): NativeFunction =>
  fn(name, takes === '' ? 'self' : `self, ${takes}`, (given, i) => run(dataOfSelf(given.self).bits, given, i));

members(RANDOM_STATE, [
  ...LEGACY.map(asMethod),
  new NativeFunction('rand', ([self, ...sizes], _, i) =>
    quiet(() => random(dataOfSelf(self).bits, { size: sizeOf(sizes) }, i)),
  ),
  new NativeFunction('randn', ([self, ...sizes], _, i) =>
    quiet(() => sampled([], sizeOf(sizes), i, () => dataOfSelf(self).bits.normal())),
  ),
  new NativeFunction('__repr__', () => 'RandomState(MT19937) at 0x7F0000000000'),
]);
members(GENERATOR, [
  ...MODERN.map(asMethod),
  new NativeFunction('__repr__', () => 'Generator(PCG64) at 0x7F0000000000'),
]);

function made<B extends Bits>(cls: PyClass, bits: B): PyInstance {
  const instance = new PyInstance(cls);
  instance.native = new RandomData(bits);
  return instance;
}

constructs(RANDOM_STATE, ([seed], kwargs, i) =>
  quiet(() => made(RANDOM_STATE, legacy(seed ?? kwargs.get('seed') ?? null, i))),
);
constructs(GENERATOR, ([source]) => {
  if (source instanceof PyInstance && source.native instanceof RandomData)
    return made(GENERATOR, source.native.bits as PcgBits);
  throw typeError('Generator here is made of a PCG64');
});

function entropyOf(seed: Value, i: Interpreter): number[] {
  if (seed === null) return anySeed();
  if (typeof seed === 'bigint') {
    if (seed < 0n) throw valueError('expected non-negative integer');
    return wordsOf(seed);
  }
  const numbers = integersIn(numeric(seed, i, 'default_rng').tensor);
  if (numbers.some((x) => x < 0n)) throw valueError('expected non-negative integer');
  return [...numbers].flatMap(wordsOf);
}

const PCG64 = numpyClass('PCG64', [], 'numpy.random._pcg64');
constructs(PCG64, ([seed], kwargs, i) =>
  quiet(() => made(PCG64, new PcgBits(entropyOf(seed ?? kwargs.get('seed') ?? null, i)))),
);

const ofWorkspace = ({ name, takes, run }: Draw): NativeFunction =>
  fn(name, takes, (given: Given, i) => run(i.parts.of(RandomPart).bits, given, i));

/** Everything in numpy.random. */
export function randomMembers(): Map<string, Value> {
  const table = new Map<string, Value>(LEGACY.map((draw) => [draw.name, ofWorkspace(draw)]));
  table.set(
    'rand',
    new NativeFunction('rand', (sizes, _, i) =>
      quiet(() => random(i.parts.of(RandomPart).bits, { size: sizeOf(sizes) }, i)),
    ),
  );
  table.set(
    'randn',
    new NativeFunction('randn', (sizes, _, i) =>
      quiet(() => sampled([], sizeOf(sizes), i, () => i.parts.of(RandomPart).bits.normal())),
    ),
  );
  table.set('RandomState', RANDOM_STATE);
  table.set('Generator', GENERATOR);
  table.set('PCG64', PCG64);
  table.set(
    'default_rng',
    fn('default_rng', 'seed=None', ({ seed }, i) => {
      if (seed instanceof PyInstance && seed.native instanceof RandomData)
        return seed.cls === GENERATOR ? seed : made(GENERATOR, seed.native.bits as PcgBits);
      return made(GENERATOR, new PcgBits(entropyOf(seed, i)));
    }),
  );
  return table;
}
