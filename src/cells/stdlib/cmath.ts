/** import cmath */
import { fn } from '../runtime/builtins/native.ts';
import { toFloat } from '../runtime/coerce.ts';
import { angleOf, asComplex, divided, modulusOf, multiplied, PyComplex, polar } from '../runtime/complex.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { typeName } from '../runtime/types.ts';
import { PyTuple, type Value } from '../runtime/values.ts';

const of = (value: Value | undefined, runtime: Runtime): PyComplex => {
  const number = asComplex(value ?? null);
  if (number === undefined) throw typeError(`must be real number, not ${typeName(value ?? null, runtime)}`);
  return number;
};
const ONE = new PyComplex(1, 0);
const I = new PyComplex(0, 1);
const add = (a: PyComplex, b: PyComplex): PyComplex => new PyComplex(a.real + b.real, a.imag + b.imag);
const minus = (a: PyComplex, b: PyComplex): PyComplex => new PyComplex(a.real - b.real, a.imag - b.imag);

const exp = (z: PyComplex): PyComplex => polar(Math.exp(z.real), z.imag);
function log(z: PyComplex): PyComplex {
  if (z.real === 0 && z.imag === 0) throw valueError('math domain error');
  return new PyComplex(Math.log(modulusOf(z)), angleOf(z));
}
function sqrt(z: PyComplex): PyComplex {
  if (z.real === 0 && z.imag === 0) return new PyComplex(0, z.imag);
  const half = Math.sqrt((Math.abs(z.real) + modulusOf(z)) / 2);
  const other = Math.abs(z.imag) / (2 * half);
  const sign = z.imag < 0 || Object.is(z.imag, -0) ? -1 : 1;
  return z.real >= 0 ? new PyComplex(half, sign * other) : new PyComplex(other, sign * half);
}
const sinh = ({ real: a, imag: b }: PyComplex): PyComplex =>
  new PyComplex(Math.sinh(a) * Math.cos(b), Math.cosh(a) * Math.sin(b));
const cosh = ({ real: a, imag: b }: PyComplex): PyComplex =>
  new PyComplex(Math.cosh(a) * Math.cos(b), Math.sinh(a) * Math.sin(b));
const sin = ({ real: a, imag: b }: PyComplex): PyComplex =>
  new PyComplex(Math.sin(a) * Math.cosh(b), Math.cos(a) * Math.sinh(b));
const cos = ({ real: a, imag: b }: PyComplex): PyComplex =>
  new PyComplex(Math.cos(a) * Math.cosh(b), -Math.sin(a) * Math.sinh(b));
const asinh = (z: PyComplex): PyComplex => log(add(z, sqrt(add(multiplied(z, z), ONE))));
const acosh = (z: PyComplex): PyComplex => log(add(z, multiplied(sqrt(add(z, ONE)), sqrt(minus(z, ONE)))));
const atanh = (z: PyComplex): PyComplex => multiplied(new PyComplex(0.5, 0), log(divided(add(ONE, z), minus(ONE, z))));

const FUNCTIONS: Readonly<Record<string, (z: PyComplex) => PyComplex>> = {
  exp,
  sqrt,
  sin,
  cos,
  tan: (z) => divided(sin(z), cos(z)),
  sinh,
  cosh,
  tanh: (z) => divided(sinh(z), cosh(z)),
  asinh,
  acosh,
  atanh,
  asin: (z) => multiplied(new PyComplex(0, -1), asinh(multiplied(I, z))),
  acos: (z) => minus(new PyComplex(Math.PI / 2, 0), multiplied(new PyComplex(0, -1), asinh(multiplied(I, z)))),
  atan: (z) => multiplied(new PyComplex(0, -1), atanh(multiplied(I, z))),
  log10: (z) => divided(log(z), new PyComplex(Math.LN10, 0)),
};

export const CMATH = (): Map<string, Value> => {
  const members = new Map<string, Value>([
    ['pi', Math.PI],
    ['e', Math.E],
    ['tau', 2 * Math.PI],
    ['inf', Number.POSITIVE_INFINITY],
    ['nan', Number.NaN],
    ['infj', new PyComplex(0, Number.POSITIVE_INFINITY)],
    ['nanj', new PyComplex(0, Number.NaN)],
  ]);
  const one = { least: 1, most: 1 };
  for (const [name, run] of Object.entries(FUNCTIONS))
    members.set(
      name,
      fn(name, one, ([z], runtime) => run(of(z, runtime))),
    );
  members.set(
    'log',
    fn('log', { least: 1, most: 2 }, ([z, base], runtime) =>
      base === undefined ? log(of(z, runtime)) : divided(log(of(z, runtime)), log(of(base, runtime))),
    ),
  );
  members.set(
    'phase',
    fn('phase', one, ([z], runtime) => angleOf(of(z, runtime))),
  );
  members.set(
    'polar',
    fn('polar', one, ([z], runtime) => new PyTuple([modulusOf(of(z, runtime)), angleOf(of(z, runtime))])),
  );
  members.set(
    'rect',
    fn('rect', { least: 2, most: 2 }, ([r, phi], runtime) => polar(toFloat(runtime, r!), toFloat(runtime, phi!))),
  );
  const test = (name: string, holds: (part: number) => boolean, all: boolean): void => {
    members.set(
      name,
      fn(name, one, ([z], runtime) => {
        const { real, imag } = of(z, runtime);
        return all ? holds(real) && holds(imag) : holds(real) || holds(imag);
      }),
    );
  };
  test('isnan', Number.isNaN, false);
  test('isinf', (part) => Math.abs(part) === Number.POSITIVE_INFINITY, false);
  test('isfinite', Number.isFinite, true);
  members.set(
    'isclose',
    fn(
      'isclose',
      { least: 2, most: 4, names: ['a', 'b', 'rel_tol', 'abs_tol'] },
      ([a, b, relative, absolute], runtime) => {
        const [x, y] = [of(a, runtime), of(b, runtime)];
        const gap = modulusOf(minus(x, y));
        const r = relative === undefined ? 1e-9 : toFloat(runtime, relative);
        return (
          gap <=
          Math.max(r * Math.max(modulusOf(x), modulusOf(y)), absolute === undefined ? 0 : toFloat(runtime, absolute))
        );
      },
    ),
  );
  return members;
};
