/** numpy.random: RandomState and the functions of the one that every workspace has; default_rng and its Generator. */

import { type PyError, typeError, valueError } from '../../runtime/errors.ts';
import { type Holder, Native, type Visit } from '../../runtime/holding.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { NativeFunction, type PyClass, PyInstance, PyTuple, type Value } from '../../runtime/values.ts';
import { arrayOn, integersIn, numbersIn, tensorFrom } from '../array.ts';
import { dataOfValue, numeric, toWhole } from '../convert.ts';
import { constructs, fn, type Given, members, numpyClass } from '../define.ts';
import { quiet } from '../quiet.ts';
import { INT64, toType, typeOf } from '../types.ts';
import { type Bits, LegacyBits, PcgBits, wordsOf } from './bits.ts';
import { choice, DISTRIBUTIONS, type Draw, ORDERS, SEVERAL, shuffledPlaces } from './draws.ts';
import { drawn, sampled } from './fill.ts';
import { below, integers } from './integers.ts';

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
