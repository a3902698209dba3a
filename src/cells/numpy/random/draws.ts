/** What RandomState and Generator both have: distributions, choices, shuffles. */
import { numelOf } from '../../../tensor/shape.ts';
import { typeError, valueError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { ELLIPSIS, type PyInstance, PyList, type Value } from '../../runtime/values.ts';
import { arrayOn, dataIn, numbersIn, tensorFrom } from '../array.ts';
import { asArray, dataOfValue, numeric, tensorAs, toAxis, toShape, toWhole } from '../convert.ts';
import type { Given } from '../define.ts';
import { getItem, setItem } from '../indexing.ts';
import { copied, dataOf, taken } from '../shape.ts';
import { op } from '../specs.ts';
import { FLOAT64, INT64 } from '../types.ts';
import { type Bits, LegacyBits } from './bits.ts';
import * as from from './distributions.ts';
import { drawn, sampled } from './fill.ts';

export interface Draw {
  readonly name: string;
  readonly takes: string;
  readonly run: (bits: Bits, given: Given, i: Interpreter) => Value;
}

const checked = (holds: boolean, message: string): void => {
  if (!holds) throw valueError(message);
};

/** Numbers that are drawn from one another, in an order that NumPy's has. */
const simple = (
  name: string,
  takes: string,
  names: readonly string[],
  draw: (bits: Bits, ...parameters: number[]) => number,
  check?: (...parameters: number[]) => void,
  whole = false,
): Draw => ({
  name,
  takes,
  run: (bits, given, i) =>
    sampled(
      names.map((key) => given[key]),
      given.size,
      i,
      (...parameters) => {
        check?.(...parameters);
        return draw(bits, ...parameters);
      },
      whole ? INT64 : FLOAT64,
    ),
});

const positive =
  (name: string, at = 0) =>
  (...parameters: number[]): void =>
    checked(parameters[at] >= 0, `${name} < 0`);

export const DISTRIBUTIONS: readonly Draw[] = [
  simple(
    'normal',
    'loc=0.0, scale=1.0, size=None',
    ['loc', 'scale'],
    (bits, loc, scale) => loc + scale * bits.normal(),
    positive('scale', 1),
  ),
  simple('standard_normal', 'size=None', [], (bits) => bits.normal()),
  simple(
    'uniform',
    'low=0.0, high=1.0, size=None',
    ['low', 'high'],
    (bits, low, high) => low + (high - low) * bits.double(),
    (low, high) => {
      if (!Number.isFinite(high - low)) throw valueError('Range exceeds valid bounds');
    },
  ),
  simple(
    'exponential',
    'scale=1.0, size=None',
    ['scale'],
    (bits, scale) => scale * bits.exponential(),
    positive('scale'),
  ),
  simple('standard_exponential', 'size=None', [], (bits) => bits.exponential()),
  simple(
    'gamma',
    'shape, scale=1.0, size=None',
    ['shape', 'scale'],
    (bits, shape, scale) => scale * from.gamma(bits, shape),
    positive('shape'),
  ),
  simple('standard_gamma', 'shape, size=None', ['shape'], (bits, shape) => from.gamma(bits, shape), positive('shape')),
  simple('beta', 'a, b, size=None', ['a', 'b'], from.beta, (a, b) => {
    checked(a > 0, 'a <= 0');
    checked(b > 0, 'b <= 0');
  }),
  simple(
    'poisson',
    'lam=1.0, size=None',
    ['lam'],
    from.poisson,
    (lam) => checked(lam >= 0, 'lam < 0 or lam is NaN'),
    true,
  ),
  simple(
    'binomial',
    'n, p, size=None',
    ['n', 'p'],
    (bits, n, p) => from.binomial(bits, Math.trunc(n), p),
    (n, p) => {
      checked(n >= 0, 'n < 0');
      checked(p >= 0 && p <= 1, 'p < 0, p > 1 or p is NaN');
    },
    true,
  ),
  simple(
    'geometric',
    'p, size=None',
    ['p'],
    (bits, p) => from.geometric(bits, p, bits instanceof LegacyBits),
    (p) => checked(p > 0 && p <= 1, 'p <= 0, p > 1 or p contains NaNs'),
    true,
  ),
  simple('laplace', 'loc=0.0, scale=1.0, size=None', ['loc', 'scale'], from.laplace, positive('scale', 1)),
  simple('logistic', 'loc=0.0, scale=1.0, size=None', ['loc', 'scale'], from.logistic, positive('scale', 1)),
  simple('gumbel', 'loc=0.0, scale=1.0, size=None', ['loc', 'scale'], from.gumbel, positive('scale', 1)),
  simple(
    'lognormal',
    'mean=0.0, sigma=1.0, size=None',
    ['mean', 'sigma'],
    (bits, mean, sigma) => Math.exp(mean + sigma * bits.normal()),
    positive('sigma', 1),
  ),
  simple(
    'chisquare',
    'df, size=None',
    ['df'],
    (bits, df) => 2 * from.gamma(bits, df / 2),
    (df) => checked(df > 0, 'df <= 0'),
  ),
  simple('standard_cauchy', 'size=None', [], (bits) => {
    const x = bits.normal();
    return x / bits.normal();
  }),
  simple(
    'standard_t',
    'df, size=None',
    ['df'],
    (bits, df) => {
      const x = bits.normal();
      return (Math.sqrt(df / 2) * x) / Math.sqrt(from.gamma(bits, df / 2));
    },
    (df) => checked(df > 0, 'df <= 0'),
  ),
  simple(
    'rayleigh',
    'scale=1.0, size=None',
    ['scale'],
    (bits, scale) =>
      bits instanceof LegacyBits
        ? scale * Math.sqrt(-2 * Math.log(1 - bits.double()))
        : scale * Math.sqrt(2 * bits.exponential()),
    positive('scale'),
  ),
  simple('weibull', 'a, size=None', ['a'], (bits, a) => (a === 0 ? 0 : bits.exponential() ** (1 / a)), positive('a')),
  simple(
    'pareto',
    'a, size=None',
    ['a'],
    (bits, a) => Math.expm1(bits.exponential() / a),
    (a) => checked(a > 0, 'a <= 0'),
  ),
  simple(
    'power',
    'a, size=None',
    ['a'],
    (bits, a) => (1 - Math.exp(-bits.exponential())) ** (1 / a),
    (a) => checked(a > 0, 'a <= 0'),
  ),
  simple(
    'triangular',
    'left, mode, right, size=None',
    ['left', 'mode', 'right'],
    from.triangular,
    (left, mode, right) => {
      checked(left <= mode, 'left > mode');
      checked(mode <= right, 'mode > right');
      checked(left !== right, 'left == right');
    },
  ),
];

/** Places of a running sum that uniform numbers fall on. */
function placesIn(shares: Float64Array, numbers: Float64Array): number[] {
  const sums = new Float64Array(shares.length);
  let sum = 0;
  shares.forEach((share, k) => {
    sum += share;
    sums[k] = sum;
  });
  for (let k = 0; k < sums.length; k++) sums[k] /= sum;
  return Array.from(numbers, (x) => {
    let [low, high] = [0, sums.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] <= x) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}

function withoutReturning(bits: Bits, shares: Float64Array, n: number, i: Interpreter): number[] {
  checked(shares.filter((share) => share > 0).length >= n, 'Fewer non-zero entries in p than size');
  const left = shares.slice();
  const found: number[] = [];
  while (found.length < n) {
    const numbers = drawn(n - found.length, () => bits.double(), i);
    for (const place of found) left[place] = 0;
    for (const place of placesIn(left, numbers)) if (!found.includes(place)) found.push(place);
  }
  return found;
}

/** A choice of places among so many; `pick` draws without shares. */
export function choice(
  bits: Bits,
  { a, size, replace, p }: Given,
  i: Interpreter,
  uniform: (n: number, count: number) => number[],
  distinct: (n: number, count: number) => number[],
): Value {
  const whole = asArray(a, i);
  const data = dataOf(whole);
  const n = data.tensor.ndim === 0 ? toWhole(a) : data.tensor.shape[0];
  const shape = size === null ? [] : toShape(size, i);
  const count = numelOf(shape);
  if (n <= 0 && count > 0)
    throw valueError(
      data.tensor.ndim === 0
        ? 'a must be greater than 0 unless no samples are taken'
        : "'a' cannot be empty unless no samples are taken",
    );
  i.budget.step(1 + count / 8);
  if (data.tensor.ndim === 0) i.budget.room(replace === false ? n : 1);
  const shares = p === null ? null : numbersIn(tensorAs(numeric(p, i, 'choice'), FLOAT64));
  if (shares !== null) {
    checked(shares.length === n, "'a' and 'p' must have same size");
    checked(
      shares.every((share) => share >= 0),
      'probabilities are not non-negative',
    );
    checked(Math.abs(shares.reduce((x, y) => x + y, 0) - 1) < 1e-8, 'probabilities do not sum to 1');
  }
  if (replace === false && count > n)
    throw valueError("Cannot take a larger sample than population when 'replace=False'");
  let places: number[];
  if (replace === false) places = shares === null ? distinct(n, count) : withoutReturning(bits, shares, count, i);
  else
    places =
      shares === null
        ? uniform(n, count)
        : placesIn(
            shares,
            drawn(count, () => bits.double(), i),
          );
  if (data.tensor.ndim === 0) {
    if (size === null) return BigInt(places[0]);
    return arrayOn(tensorFrom(places, shape, INT64), INT64);
  }
  if (size === null) return getItem(whole, BigInt(places[0]), i);
  const picked = op('index_select', op('contiguous', data.tensor), 0, tensorFrom(places, [places.length], INT64));
  return taken(data, op('reshape', picked, [...shape, ...data.tensor.shape.slice(1)]), i);
}

/** The places that a shuffle puts so many rows in; from `first` on, as a choice shuffles them. */
export function shuffledPlaces(bits: Bits, n: number, i: Interpreter, first?: number): number[] {
  i.budget.room(n);
  i.budget.step(1 + n / 8);
  const places = Array.from({ length: n }, (_, k) => k);
  for (let k = n - 1; k >= (first ?? 1); k--) {
    const j = first === undefined ? bits.upTo(k) : bits.chosenUpTo(k);
    [places[k], places[j]] = [places[j], places[k]];
  }
  return places;
}

function permutation(bits: Bits, x: Value, axis: Value, i: Interpreter): Value {
  const whole = asArray(x, i);
  const data = dataOf(whole);
  if (data.tensor.ndim === 0) {
    const places = shuffledPlaces(bits, toWhole(x), i);
    return arrayOn(tensorFrom(places, [places.length], INT64), INT64);
  }
  const dim = axis === null ? 0 : toAxis(axis, data.tensor.ndim);
  const places = shuffledPlaces(bits, data.tensor.shape[dim], i);
  return taken(
    data,
    op('index_select', op('contiguous', data.tensor), dim, tensorFrom(places, [places.length], INT64)),
    i,
  );
}

function shuffle(bits: Bits, x: Value, axis: Value, i: Interpreter): null {
  if (x instanceof PyList) {
    const { items } = x;
    const places = shuffledPlaces(bits, items.length, i);
    const before = items.slice();
    places.forEach((from_, k) => {
      items[k] = before[from_];
    });
    return null;
  }
  const data = dataIn(x);
  if (data === undefined || data.tensor.ndim === 0) throw typeError('a sequence that can be written to is shuffled');
  const dim = axis === null ? 0 : toAxis(axis, data.tensor.ndim);
  const places = shuffledPlaces(bits, data.tensor.shape[dim], i);
  const before = copied(x as PyInstance, i);
  const at = tensorFrom(places, [places.length], INT64);
  const made = taken(data, op('index_select', dataOf(before).tensor, dim, at), i);
  setItem(x as PyInstance, ELLIPSIS, made, i);
  return null;
}

export const ORDERS: readonly Draw[] = [
  { name: 'permutation', takes: 'x, axis=None', run: (bits, { x, axis }, i) => permutation(bits, x, axis, i) },
  { name: 'shuffle', takes: 'x, axis=None', run: (bits, { x, axis }, i) => shuffle(bits, x, axis, i) },
];

/** Numbers with shares of a whole, and normal ones that vary together. */
export const SEVERAL: readonly Draw[] = [
  {
    name: 'multinomial',
    takes: 'n, pvals, size=None',
    run: (bits, { n, pvals, size }, i) => {
      const shares = numbersIn(dataOfValue(pvals, i).tensor);
      const shape = size === null ? [] : toShape(size, i);
      const out: number[] = [];
      i.budget.room(numelOf(shape) * shares.length);
      for (let row = 0; row < numelOf(shape); row++) {
        let [left, rest] = [toWhole(n), 1];
        shares.forEach((share, k) => {
          i.budget.step();
          const count = k === shares.length - 1 ? left : left > 0 ? from.binomial(bits, left, share / rest) : 0;
          out.push(count);
          left -= count;
          rest -= share;
        });
      }
      return arrayOn(tensorFrom(out, [...shape, shares.length], INT64), INT64);
    },
  },
  {
    name: 'dirichlet',
    takes: 'alpha, size=None',
    run: (bits, { alpha, size }, i) => {
      const shapes = numbersIn(dataOfValue(alpha, i).tensor);
      checked(
        shapes.every((x) => x > 0),
        'alpha <= 0',
      );
      const shape = size === null ? [] : toShape(size, i);
      const rows = numelOf(shape);
      i.budget.room(rows * shapes.length);
      const out: number[] = [];
      for (let row = 0; row < rows; row++) {
        i.budget.step(shapes.length);
        const parts = Array.from(shapes, (x) => from.gamma(bits, x));
        const sum = parts.reduce((x, y) => x + y, 0);
        for (const x of parts) out.push(x * (1 / sum));
      }
      return arrayOn(tensorFrom(out, [...shape, shapes.length], FLOAT64), FLOAT64);
    },
  },
  {
    name: 'multivariate_normal',
    takes: "mean, cov, size=None, check_valid='warn', tol=1e-08, *, method='svd'",
    run: (bits, { mean, cov, size }, i) => {
      const center = tensorAs(numeric(mean, i, 'multivariate_normal'), FLOAT64);
      const spread = tensorAs(numeric(cov, i, 'multivariate_normal'), FLOAT64);
      checked(center.ndim === 1, 'mean must be 1 dimensional');
      checked(spread.ndim === 2 && spread.shape[0] === spread.shape[1], 'cov must be 2 dimensional and square');
      checked(spread.shape[0] === center.shape[0], 'mean and cov must have same length');
      const shape = [...(size === null ? [] : toShape(size, i)), center.shape[0]];
      const numbers = tensorFrom(
        drawn(numelOf(shape), () => bits.normal(), i),
        [numelOf(shape) / Math.max(1, center.shape[0]), center.shape[0]],
        FLOAT64,
      );
      const [u, s, v] = op('linalg_svd', spread) as unknown as readonly (typeof spread)[];
      const root = op('sqrt', s);
      const factor =
        bits instanceof LegacyBits ? op('mul', op('unsqueeze', root, 1), v) : op('transpose', op('mul', u, root), 0, 1);
      const made = op('add', op('matmul', numbers, factor), center);
      return arrayOn(op('reshape', made, shape), FLOAT64);
    },
  },
];
