/** import math */
import { erf, erfc } from '../../kernels/special/error-function.ts';
import { lgamma } from '../../kernels/special/gamma.ts';
import { fn, type Shape } from '../runtime/builtins/native.ts';
import { toFloat } from '../runtime/coerce.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { toIndex } from '../runtime/indexing.ts';
import { listOf } from '../runtime/iterate.ts';
import { lookup } from '../runtime/mro.ts';
import { bitLength, modulo, multiply, truncate } from '../runtime/numbers.ts';
import { binary } from '../runtime/operators.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { PyInstance, PyModule, PyTuple, type Value } from '../runtime/values.ts';

const ONE: Shape = { least: 1, most: 1 };
const TWO: Shape = { least: 2, most: 2 };

const members = new Map<string, Value>([
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI],
  ['inf', Number.POSITIVE_INFINITY],
  ['nan', Number.NaN],
]);

const domain = (): PyError => valueError('math domain error');

/** Of one real: NaN from a number is outside the domain, infinity from a finite one a range error. */
function real(name: string, run: (x: number) => number): void {
  members.set(
    name,
    fn(name, ONE, ([value], runtime) => {
      const x = toFloat(runtime, value!);
      const result = run(x);
      if (Number.isNaN(result) && !Number.isNaN(x)) throw domain();
      if (!Number.isFinite(result) && Number.isFinite(x)) {
        if (name === 'exp' || name === 'sinh' || name === 'cosh' || name === 'expm1' || name === 'exp2')
          throw new PyError('OverflowError', 'math range error');
        throw domain();
      }
      return result;
    }),
  );
}
for (const name of [
  'sqrt',
  'exp',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'log1p',
  'expm1',
  'cbrt',
] as const)
  real(name, Math[name]);
real('exp2', (x) => 2 ** x);
real('degrees', (x) => (x * 180) / Math.PI);
real('radians', (x) => (x * Math.PI) / 180);
real('fabs', Math.abs);

function logOf(runtime: Runtime, value: Value, log: (x: number) => number, ofTwo: number): number {
  if (typeof value === 'bigint') {
    if (value <= 0n) throw domain();
    const bits = bitLength(value);
    if (bits > 1000) return log(Number(value >> BigInt(bits - 64))) + (bits - 64) * ofTwo;
  }
  const x = toFloat(runtime, value);
  if (x <= 0) throw domain();
  return log(x);
}
members.set(
  'log',
  fn('log', { least: 1, most: 2 }, ([value, base], runtime) => {
    const top = logOf(runtime, value!, Math.log, Math.LN2);
    if (base === undefined) return top;
    const bottom = logOf(runtime, base, Math.log, Math.LN2);
    if (bottom === 0) throw new PyError('ZeroDivisionError', 'float division by zero');
    return top / bottom;
  }),
);
members.set(
  'log2',
  fn('log2', ONE, ([value], runtime) => logOf(runtime, value!, Math.log2, 1)),
);
members.set(
  'log10',
  fn('log10', ONE, ([value], runtime) => logOf(runtime, value!, Math.log10, Math.log10(2))),
);

function rounding(name: 'floor' | 'ceil' | 'trunc'): void {
  members.set(
    name,
    fn(name, ONE, ([value], runtime) => {
      if (typeof value === 'bigint') return value;
      if (typeof value === 'boolean') return BigInt(value);
      if (value instanceof PyInstance) {
        const own = lookup(value.cls, `__${name}__`);
        if (own !== undefined) return runtime.call(own.member, [value]);
      }
      return truncate(Math[name](toFloat(runtime, value!)));
    }),
  );
}
rounding('floor');
rounding('ceil');
rounding('trunc');

members.set(
  'isnan',
  fn('isnan', ONE, ([value], runtime) => Number.isNaN(toFloat(runtime, value!))),
);
members.set(
  'isinf',
  fn('isinf', ONE, ([value], runtime) => Math.abs(toFloat(runtime, value!)) === Number.POSITIVE_INFINITY),
);
members.set(
  'isfinite',
  fn('isfinite', ONE, ([value], runtime) => Number.isFinite(toFloat(runtime, value!))),
);
members.set(
  'pow',
  fn('pow', TWO, ([a, b], runtime) => {
    const x = toFloat(runtime, a!);
    const y = toFloat(runtime, b!);
    if (x === 1 || y === 0) return 1;
    const result = x ** y;
    if (Number.isNaN(result) && !Number.isNaN(x) && !Number.isNaN(y)) throw domain();
    if (!Number.isFinite(result) && Number.isFinite(x) && Number.isFinite(y))
      throw x === 0 ? domain() : new PyError('OverflowError', 'math range error');
    return result;
  }),
);
members.set(
  'atan2',
  fn('atan2', TWO, ([a, b], runtime) => Math.atan2(toFloat(runtime, a!), toFloat(runtime, b!))),
);
members.set(
  'fmod',
  fn('fmod', TWO, ([a, b], runtime) => {
    const result = toFloat(runtime, a!) % toFloat(runtime, b!);
    if (Number.isNaN(result)) throw domain();
    return result;
  }),
);
members.set(
  'copysign',
  fn('copysign', TWO, ([a, b], runtime) => {
    const magnitude = Math.abs(toFloat(runtime, a!));
    const sign = toFloat(runtime, b!);
    return sign < 0 || Object.is(sign, -0) ? -magnitude : magnitude;
  }),
);
members.set(
  'modf',
  fn('modf', ONE, ([value], runtime) => {
    const x = toFloat(runtime, value!);
    return new PyTuple([Number.isFinite(x) ? x - Math.trunc(x) : 0, Math.trunc(x)]);
  }),
);
members.set(
  'hypot',
  fn('hypot', { least: 0, most: 100 }, (given, runtime) =>
    Math.hypot(...given.map((value) => toFloat(runtime, value!))),
  ),
);
members.set(
  'fsum',
  fn('fsum', ONE, ([value], runtime) => {
    // Shewchuk's partial sums: exact but for the last rounding.
    const partials: number[] = [];
    for (const item of runtime.iterate(value!)) {
      let x = toFloat(runtime, item);
      let kept = 0;
      for (const partial of partials) {
        const [high, low] = Math.abs(x) < Math.abs(partial) ? [partial, x] : [x, partial];
        const sum = high + low;
        const rest = low - (sum - high);
        if (rest !== 0) partials[kept++] = rest;
        x = sum;
      }
      partials.length = kept;
      partials.push(x);
    }
    return partials.reduceRight((total, partial) => total + partial, 0);
  }),
);
members.set(
  'prod',
  fn('prod', { least: 1, most: 2, names: ['', 'start'] }, ([value, start], runtime) => {
    let total: Value = start ?? 1n;
    for (const item of runtime.iterate(value!)) total = binary(runtime, '*', total, item);
    return total;
  }),
);

function integer(runtime: Runtime, value: Value): bigint {
  if (typeof value === 'number') throw typeError("'float' object cannot be interpreted as an integer");
  return toIndex(runtime, value);
}
members.set(
  'factorial',
  fn('factorial', ONE, ([value], runtime) => {
    const n = integer(runtime, value!);
    if (n < 0n) throw valueError('factorial() not defined for negative values');
    let result = 1n;
    for (let i = 2n; i <= n; i++) {
      runtime.budget.step();
      result = multiply(result, i, runtime.budget);
    }
    return result;
  }),
);

const gcd = (a: bigint, b: bigint, { budget }: Runtime): bigint => {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, modulo(x, y, budget)];
  return x;
};
members.set(
  'gcd',
  fn('gcd', { least: 0, most: 100 }, (given, runtime) =>
    given.reduce<bigint>((total, value) => gcd(total, integer(runtime, value!), runtime), 0n),
  ),
);
members.set(
  'lcm',
  fn('lcm', { least: 0, most: 100 }, (given, runtime) =>
    given.reduce<bigint>((total, value) => {
      const next = integer(runtime, value!);
      const divisor = gcd(total, next, runtime);
      if (divisor === 0n) return 0n;
      const product = multiply(total / divisor, next, runtime.budget);
      return product < 0n ? -product : product;
    }, 1n),
  ),
);
members.set(
  'comb',
  fn('comb', TWO, ([a, b], runtime) => {
    const n = integer(runtime, a!);
    const k = integer(runtime, b!);
    if (n < 0n || k < 0n) throw valueError('must be a non-negative integer');
    let result = k > n ? 0n : 1n;
    const steps = k > n - k ? n - k : k;
    for (let i = 1n; i <= steps; i++) {
      runtime.budget.step();
      result = multiply(result, n - steps + i, runtime.budget) / i;
    }
    return result;
  }),
);
members.set(
  'perm',
  fn('perm', { least: 1, most: 2 }, ([a, b], runtime) => {
    const n = integer(runtime, a!);
    const k = b === undefined || b === null ? n : integer(runtime, b);
    if (n < 0n || k < 0n) throw valueError('must be a non-negative integer');
    let result = k > n ? 0n : 1n;
    for (let i = n - k + 1n; i <= n && k <= n; i++) {
      runtime.budget.step();
      result = multiply(result, i, runtime.budget);
    }
    return result;
  }),
);
members.set(
  'isqrt',
  fn('isqrt', ONE, ([value], runtime) => {
    const n = integer(runtime, value!);
    if (n < 0n) throw valueError('isqrt() argument must be nonnegative');
    if (n === 0n) return 0n;
    let x = 1n << BigInt((bitLength(n) + 1) >> 1);
    for (;;) {
      runtime.budget.step(1 + (bitLength(n) >> 10));
      const next = (x + n / x) >> 1n;
      if (next >= x) return x;
      x = next;
    }
  }),
);
members.set(
  'isclose',
  fn(
    'isclose',
    { least: 2, most: 4, names: ['a', 'b', 'rel_tol', 'abs_tol'] },
    ([a, b, relative, absolute], runtime) => {
      const x = toFloat(runtime, a!);
      const y = toFloat(runtime, b!);
      if (x === y) return true;
      if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
      const rel = relative === undefined ? 1e-9 : toFloat(runtime, relative);
      const abs = absolute === undefined ? 0 : toFloat(runtime, absolute);
      return Math.abs(x - y) <= Math.max(rel * Math.max(Math.abs(x), Math.abs(y)), abs);
    },
  ),
);
members.set(
  'dist',
  fn('dist', TWO, ([a, b], runtime) => {
    const from = listOf(runtime, a!);
    const to = listOf(runtime, b!);
    if (from.length !== to.length) throw valueError('both points must have the same number of dimensions');
    let largest = 0;
    const gaps = from.map((value, i) => {
      runtime.budget.step();
      const gap = Math.abs(toFloat(runtime, value) - toFloat(runtime, to[i]));
      if (gap > largest) largest = gap;
      return gap;
    });
    if (gaps.some((gap) => gap === Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    if (largest === 0 || gaps.some(Number.isNaN)) return gaps.some(Number.isNaN) ? Number.NaN : 0;
    return largest * Math.sqrt(gaps.reduce((sum, gap) => sum + (gap / largest) ** 2, 0));
  }),
);

real('lgamma', (x) => (x <= 0 && Number.isInteger(x) ? Number.NaN : lgamma(x)));
real('gamma', (x) => {
  if (x <= 0 && Number.isInteger(x)) return Number.NaN;
  if (Number.isInteger(x) && x < 24) {
    let product = 1;
    for (let i = 2; i < x; i++) product *= i;
    return product;
  }
  const value = Math.exp(lgamma(x));
  return x < 0 && Math.floor(x) % 2 !== 0 ? -value : value;
});

real('erf', erf);
real('erfc', erfc);

export const mathModule = (): PyModule => new PyModule('math', new Map(members));
