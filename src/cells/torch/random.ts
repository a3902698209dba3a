/** Random tensors, random writes, and the generators that they are drawn from. */
import { overwrite } from '../../autograd/inplace.ts';
import * as kernels from '../../kernels/random/index.ts';
import { blankLike } from '../../ops/memory-format.ts';
import { DEFAULT_DTYPE, type DType, isFloating } from '../../tensor/dtype.ts';
import { scalarToNumber } from '../../tensor/scalar.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { withoutFace } from '../runtime/faces.ts';
import type { Visit } from '../runtime/holding.ts';
import { BoundMethod, type NativeFunction, PyObject, type Value } from '../runtime/values.ts';
import { requireGrad } from './construct.ts';
import { toDType, toInteger, toIntegers, toScalar, typeName } from './convert.ts';
import { native } from './define.ts';
import { CPU, checkDevice } from './devices.ts';
import { guarded } from './errors.ts';
import { toFormat } from './formats.ts';
import { sizes } from './methods.ts';
import { fillOut, outOf } from './out.ts';
import { self } from './receiver.ts';

/** torch.Generator. */
export class GeneratorValue extends PyObject {
  readonly type = 'torch._C.Generator';
  readonly generator: kernels.Generator;
  constructor(generator = new kernels.Generator()) {
    super();
    this.generator = generator;
  }
  references(visit: Visit): void {
    visit.weigh(STATE_OBJECTS);
  }
}

/** The 624 words of a Mersenne Twister, held as numbers of JavaScript's. */
const STATE_OBJECTS = 80;

function generatorOf(value: Value): kernels.Generator {
  if (value === null) return kernels.currentGenerator();
  if (value instanceof GeneratorValue) return value.generator;
  throw typeError(`generator must be a torch.Generator, not ${typeName(value)}`);
}

const OPTIONS = '| generator= dtype= device= requires_grad= layout= pin_memory= names= memory_format= out=';

/** `out=`: the tensor gets the shape, and is drawn anew in its own dtype. */
function drawnInto(given: Value, shape: readonly number[], fill: (t: Tensor) => Tensor): Tensor {
  const out = outOf(given, shape);
  return guarded(() => overwrite(out, (own) => fill(kernels.emptyLike(own)), { name: 'copy_' }));
}

/** A tensor that was drawn, in the place of `out=` where it is given. */
const given = (drawn: Tensor, out: Value): Tensor => (out === null ? drawn : fillOut(drawn, out));

/** What those options say. */
function made(
  like: readonly number[] | Tensor,
  [generator, dtype, device, grad, , , , format, out]: readonly Value[],
  fallback: DType,
  fill: (out: Tensor, g: kernels.Generator) => Tensor,
): Tensor {
  checkDevice(device);
  const g = generatorOf(generator);
  const wanted = dtype === null ? fallback : toDType(dtype);
  if (like instanceof Tensor)
    return requireGrad(
      guarded(() => fill(blankLike(like, toFormat(format), wanted), g)),
      grad,
    );
  guarded(() => checkNumel(like));
  if (out !== null) return drawnInto(out, like, (t) => fill(t, g));
  return requireGrad(
    guarded(() => fill(empty(like, wanted), g)),
    grad,
  );
}

function numberOf(value: Value, fallback: number, name: string): number {
  if (value === null) return fallback;
  const scalar = toScalar(value);
  if (scalar === undefined) throw typeError(`${name} must be a number, not ${typeName(value)}`);
  return scalarToNumber(scalar);
}

function wholeOf(value: Value, name: string): bigint {
  const n = typeof value === 'bigint' ? value : toInteger(value);
  if (n === undefined) throw typeError(`${name} must be int, not ${typeName(value)}`);
  return BigInt(n);
}

const tensor = (value: Value, name: string): Tensor => {
  if (value instanceof Tensor) return value;
  throw typeError(`${name}(): argument 'input' (position 1) must be Tensor, not ${typeName(value)}`);
};

/** Tensors drawn anew. */
export const RANDOM_FUNCTIONS: readonly NativeFunction[] = [
  native('rand', `*size ${OPTIONS}`, (o, _, rest) =>
    made(sizes(rest, 'rand'), o, DEFAULT_DTYPE, (t, g) => kernels.uniformFill(t, 0, 1, g)),
  ),
  native('randn', `*size ${OPTIONS}`, (o, _, rest) =>
    made(sizes(rest, 'randn'), o, DEFAULT_DTYPE, (t, g) => kernels.normalFill(t, 0, 1, g)),
  ),
  native('rand_like', `input ${OPTIONS}`, ([t, ...o]) =>
    made(tensor(t, 'rand_like'), o, (t as Tensor).dtype, (x, g) => kernels.uniformFill(x, 0, 1, g)),
  ),
  native('randn_like', `input ${OPTIONS}`, ([t, ...o]) =>
    made(tensor(t, 'randn_like'), o, (t as Tensor).dtype, (x, g) => kernels.normalFill(x, 0, 1, g)),
  ),
  native('randint', `low= high= size= ${OPTIONS}`, ([low, high, size, ...o]) => {
    // Three spellings: (high, size), (low, high, size), and by keyword.
    const short = size === null;
    const list = toIntegers(short ? high : size);
    if (list === undefined) throw typeError("randint(): argument 'size' must be tuple of ints");
    const from = short ? 0n : wholeOf(low, 'low');
    const to = short ? wholeOf(low, 'high') : wholeOf(high, 'high');
    return made(list, o, 'int64', (t, g) => kernels.randintFill(t, from, to, g));
  }),
  native('randint_like', `input low high= ${OPTIONS}`, ([t, low, high, ...o]) => {
    const [from, to] = high === null ? [0n, wholeOf(low, 'high')] : [wholeOf(low, 'low'), wholeOf(high, 'high')];
    return made(tensor(t, 'randint_like'), o, (t as Tensor).dtype, (x, g) => kernels.randintFill(x, from, to, g));
  }),
  native('randperm', `n ${OPTIONS}`, ([n, generator, dtype, device, grad, , , , , out]) => {
    checkDevice(device);
    const own = dtype !== null ? toDType(dtype) : out instanceof Tensor ? out.dtype : 'int64';
    const drawn = guarded(() => kernels.randperm(Number(wholeOf(n, 'n')), own, generatorOf(generator)));
    return given(requireGrad(drawn, grad), out);
  }),
  native('normal', `mean std= size= ${OPTIONS}`, ([mean, std, size, generator, dtype, ...o]) => {
    if (size !== null) {
      const shape = toIntegers(size);
      if (shape === undefined) throw typeError("normal(): argument 'size' must be tuple of ints");
      return made(shape, [generator, dtype, ...o], DEFAULT_DTYPE, (t, g) =>
        kernels.normalFill(t, numberOf(mean, 0, 'mean'), numberOf(std, 1, 'std'), g),
      );
    }
    const read = (value: Value, fallback: number, name: string): Tensor | number =>
      value instanceof Tensor ? value : numberOf(value, fallback, name);
    const drawn = guarded(() => kernels.normalOf(read(mean, 0, 'mean'), read(std, 1, 'std'), generatorOf(generator)));
    return given(drawn, o.at(-1) as Value);
  }),
  native('bernoulli', 'input p= | generator= out=', ([t, p, generator, out]) => {
    const input = tensor(t, 'bernoulli');
    const g = generatorOf(generator);
    const drawn = guarded(() =>
      p === null
        ? kernels.bernoulli(input, g)
        : kernels.bernoulliFill(empty(input.shape, input.dtype), numberOf(p, 0.5, 'p'), g),
    );
    return given(drawn, out);
  }),
  native('poisson', 'input generator=', ([t, generator]) =>
    guarded(() => kernels.poisson(tensor(t, 'poisson'), generatorOf(generator))),
  ),
  native('binomial', 'count prob generator=', ([count, prob, generator]) =>
    guarded(() => kernels.binomial(tensor(count, 'binomial'), tensor(prob, 'binomial'), generatorOf(generator))),
  ),
  native('multinomial', 'input num_samples replacement= | generator= out=', ([t, n, replacement, generator, out]) =>
    given(
      guarded(() =>
        kernels.multinomial(
          tensor(t, 'multinomial'),
          Number(wholeOf(n, 'num_samples')),
          replacement === true,
          generatorOf(generator),
        ),
      ),
      out,
    ),
  ),
];

/** A random write over a tensor. */
function writes(
  name: string,
  signature: string,
  fill: (t: Tensor, args: readonly Value[], g: kernels.Generator) => Tensor,
): NativeFunction {
  return native(name, `self ${signature} | generator=`, (args) => {
    const t = self(args[0], name);
    const g = generatorOf(args.at(-1) as Value);
    return guarded(() => overwrite(t, (own) => fill(kernels.emptyLike(own), args.slice(1), g), { name }));
  });
}

export const RANDOM_WRITES: readonly NativeFunction[] = [
  writes('uniform_', 'from= to=', (t, [from, to], g) =>
    kernels.uniformFill(t, numberOf(from, 0, 'from'), numberOf(to, 1, 'to'), g),
  ),
  writes('normal_', 'mean= std=', (t, [mean, std], g) =>
    kernels.normalFill(t, numberOf(mean, 0, 'mean'), numberOf(std, 1, 'std'), g),
  ),
  writes('exponential_', 'lambd=', (t, [lambd], g) => kernels.exponentialFill(t, numberOf(lambd, 1, 'lambd'), g)),
  writes('cauchy_', 'median= sigma=', (t, [median, sigma], g) =>
    kernels.cauchyFill(t, numberOf(median, 0, 'median'), numberOf(sigma, 1, 'sigma'), g),
  ),
  writes('log_normal_', 'mean= std=', (t, [mean, std], g) =>
    kernels.logNormalFill(t, numberOf(mean, 1, 'mean'), numberOf(std, 2, 'std'), g),
  ),
  writes('geometric_', 'p', (t, [p], g) => kernels.geometricFill(t, numberOf(p, 0, 'p'), g)),
  writes('bernoulli_', 'p=', (t, [p], g) =>
    kernels.bernoulliFill(t, p instanceof Tensor ? p : numberOf(p, 0.5, 'p'), g),
  ),
  writes('random_', 'from= to=', (t, [from, to], g) => {
    if (from === null) return kernels.randomFill(t, g);
    return to === null
      ? kernels.randintFill(t, 0n, wholeOf(from, 'to'), g)
      : kernels.randintFill(t, wholeOf(from, 'from'), wholeOf(to, 'to'), g);
  }),
];

function seeded(given: Value): bigint {
  const value = withoutFace(given);
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return BigInt(value);
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (value instanceof Tensor && value.numel === 1 && !isFloating(value.dtype)) return BigInt(toInteger(value) ?? 0);
  throw runtimeError(`manual_seed expected a long, but got ${typeName(value)}`);
}

/** Bytes of a generator's state, as a tensor. */
function stateOf(g: kernels.Generator): Tensor {
  const bytes = g.state();
  const out = empty([bytes.length], 'uint8');
  (out.storage.data as Uint8Array).set(bytes);
  return out;
}

function setState(g: kernels.Generator, state: Value): void {
  const t = tensor(state, 'set_rng_state');
  if (t.dtype !== 'uint8') throw typeError('expected a torch.ByteTensor');
  guarded(() => g.setState((t.storage.data as Uint8Array).slice(t.offset, t.offset + t.numel)));
}

export const SEEDING: readonly NativeFunction[] = [
  native(
    'manual_seed',
    'seed',
    ([seed]) => new GeneratorValue(guarded(() => kernels.currentGenerator().manualSeed(seeded(seed)))),
  ),
  native('seed', '', () => kernels.currentGenerator().seed()),
  native('initial_seed', '', () => kernels.currentGenerator().initialSeed()),
  native('get_rng_state', '', () => stateOf(kernels.currentGenerator())),
  native('set_rng_state', 'new_state', ([state]) => {
    setState(kernels.currentGenerator(), state);
    return null;
  }),
];

/** Methods of a torch.Generator, which is their first argument. */
const GENERATOR_METHODS: ReadonlyMap<string, NativeFunction> = new Map(
  [
    native('manual_seed', 'self seed', ([own, seed]) => {
      guarded(() => generatorOf(own).manualSeed(seeded(seed)));
      return own;
    }),
    native('seed', 'self', ([own]) => generatorOf(own).seed()),
    native('initial_seed', 'self', ([own]) => generatorOf(own).initialSeed()),
    native('get_state', 'self', ([own]) => stateOf(generatorOf(own))),
    native('set_state', 'self state', ([own, state]) => {
      setState(generatorOf(own), state);
      return own;
    }),
  ].map((fn) => [fn.name, fn]),
);

export function generatorAttribute(value: GeneratorValue, name: string): Value | undefined {
  if (name === 'device') return CPU;
  const method = GENERATOR_METHODS.get(name);
  return method === undefined ? undefined : new BoundMethod(value, method);
}
