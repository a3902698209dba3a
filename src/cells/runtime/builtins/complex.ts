/** complex(…) and what a complex number tells of itself. */
import { asComplex, multiplied, PyComplex, parseComplex } from '../complex.ts';
import { typeError, valueError } from '../errors.ts';
import { PyProperty } from '../objects.ts';
import { override } from '../override.ts';
import type { Runtime } from '../runtime.ts';
import { COMPLEX, typeName } from '../types.ts';
import { NativeFunction, type PyClass, type Value } from '../values.ts';
import { method } from './native.ts';

function numberOf(runtime: Runtime, value: Value, which: string): PyComplex {
  const own = override(value, '__complex__');
  const plain = own === undefined ? value : runtime.call(own, [value]);
  const number = asComplex(plain);
  if (number !== undefined) return number;
  const real = override(value, '__float__');
  if (real !== undefined || runtime.isTensor(value))
    return new PyComplex(runtime.call(runtime.builtins.get('float')!, [value]) as number, 0);
  throw typeError(`complex() ${which} argument must be a string or a number, not '${typeName(value, runtime)}'`);
}

(COMPLEX as { construct?: PyClass['construct'] }).construct = (args, kwargs, interpreter) => {
  const runtime = interpreter as Runtime;
  const real = args[0] ?? kwargs.get('real') ?? 0n;
  const imag = args[1] ?? kwargs.get('imag');
  if (typeof real === 'string') {
    if (imag !== undefined) throw typeError("complex() can't take second arg if first is a string");
    const parsed = parseComplex(real);
    if (parsed === undefined) throw valueError('complex() arg is a malformed string');
    return parsed;
  }
  const first = numberOf(runtime, real, 'first');
  if (imag === undefined) return first;
  const second = multiplied(numberOf(runtime, imag, 'second'), new PyComplex(0, 1));
  return new PyComplex(first.real + second.real, first.imag + second.imag);
};

for (const part of ['real', 'imag'] as const)
  COMPLEX.members.set(part, new PyProperty(new NativeFunction(part, ([self]) => (self as PyComplex)[part])));
method(
  COMPLEX,
  'conjugate',
  { least: 0, most: 0 },
  (value): value is PyComplex => value instanceof PyComplex,
  (self) => new PyComplex(self.real, -self.imag),
);
