import { ascii } from '../compile/expressions.ts';
import { PyError, typeError } from '../errors.ts';
import { importFrom, importModule } from '../imports.ts';
import { identityOf, keyOf } from '../keys.ts';
import { lookup } from '../mro.ts';
import { PyAlias, PyStaticMethod, UserFunction } from '../objects.ts';
import { override } from '../override.ts';
import { Primitive } from '../primitive.ts';
import type { Runtime } from '../runtime.ts';
import { Streams } from '../streams.ts';
import { mapText } from '../text.ts';
import { lengthOf, rangeLength } from '../truth.ts';
import { typeName } from '../types.ts';
import { BoundMethod, NativeFunction, PyClass, PyInstance, PyRange } from '../values.ts';
import { define, FUNCTIONS, ONE } from './define.ts';

FUNCTIONS.set(
  'print',
  new NativeFunction('print', (args, kwargs, interpreter) => {
    const runtime = interpreter as Runtime;
    const option = (name: string, fallback: string): string => {
      const value = kwargs.get(name) ?? null;
      if (value !== null && typeof value !== 'string')
        throw typeError(`${name} must be None or a string, not ${typeName(value, runtime)}`);
      return value ?? fallback;
    };
    for (const name of kwargs.keys()) {
      if (!['sep', 'end', 'flush', 'file'].includes(name))
        throw typeError(`'${name}' is an invalid keyword argument for print()`);
    }
    const file = kwargs.get('file') ?? runtime.parts.of(Streams).stdout;
    const separator = option('sep', ' ');
    const end = option('end', '\n');
    if (file !== null) {
      const write = runtime.getAttribute(file, 'write');
      args.forEach((arg, i) => {
        runtime.budget.step();
        runtime.call(write, [(i > 0 ? separator : '') + runtime.str(arg)]);
      });
      if (end !== '') runtime.call(write, [end]);
      return null;
    }
    args.forEach((arg, i) => {
      runtime.budget.step();
      runtime.print((i > 0 ? separator : '') + runtime.str(arg));
    });
    runtime.print(end);
    return null;
  }),
);

define('len', ONE, ([value], runtime) => {
  if (value instanceof PyRange) return rangeLength(value);
  return BigInt(lengthOf(runtime, value!));
});
define('repr', ONE, ([value], runtime) => runtime.repr(value!));
define('ascii', ONE, ([value], runtime) => mapText(runtime.budget, runtime.repr(value!), ascii));
define(
  'callable',
  ONE,
  ([value]) =>
    value instanceof NativeFunction ||
    value instanceof UserFunction ||
    value instanceof BoundMethod ||
    value instanceof PyClass ||
    (value instanceof PyInstance && lookup(value.cls, '__call__') !== undefined) ||
    value instanceof PyStaticMethod ||
    value instanceof PyAlias,
);
define('id', ONE, ([value], runtime) =>
  BigInt(
    typeof value === 'object' && value !== null
      ? 0x7f0000000000 + identityOf(value) * 16
      : (runtime.repr(value!).length + 1) * 32,
  ),
);
define('hash', ONE, ([value], runtime) => {
  const own = override(value!, '__hash__');
  if (own !== undefined && own !== null && value instanceof PyInstance && !(value.native instanceof Primitive)) {
    const hash = runtime.call(own, [value]);
    if (typeof hash !== 'bigint') throw typeError('__hash__ method should return an integer');
    return hash;
  }
  return hashOf(keyOf(value!, runtime), runtime);
});

/** As CPython's: the fraction modulo 2^61 − 1. */
function floatHash(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (!Number.isFinite(value)) return value > 0 ? 314159n : -314159n;
  const modulus = 2305843009213693951n;
  let rest = Math.abs(value);
  let power = 0;
  while (!Number.isInteger(rest)) {
    rest *= 2;
    power++;
  }
  // Dividing by 2 is turning the 61 bits to the right.
  const turn = BigInt((61 - (power % 61)) % 61);
  const whole = BigInt(rest) % modulus;
  const turned = ((whole << turn) & modulus) | (whole >> (61n - turn));
  return value < 0 ? -turned : turned;
}

/** A number of what a dict holds a key by. */
export function hashOf(key: unknown, runtime: Runtime): bigint {
  if (typeof key === 'bigint') return key % 2305843009213693951n;
  if (typeof key === 'number') return floatHash(key);
  if (typeof key === 'object' && key !== null) return BigInt(identityOf(key));
  const text = String(key);
  let hash = 7;
  runtime.budget.inStretches(text.length, (from, to) => {
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  });
  return BigInt(hash);
}
/** Files are the workspace's: the module `io` has them. */
FUNCTIONS.set(
  'open',
  new NativeFunction('open', (args, kwargs, interpreter) =>
    interpreter.call(importFrom(interpreter as Runtime, 'io', 'open'), args, kwargs),
  ),
);
FUNCTIONS.set(
  '__import__',
  new NativeFunction('__import__', ([name], _, interpreter) => {
    if (typeof name !== 'string') throw typeError('__import__() argument 1 must be str');
    importModule(interpreter as Runtime, name);
    return importModule(interpreter as Runtime, name.split('.')[0]);
  }),
);
for (const name of ['input', 'exec', 'eval', 'compile', 'breakpoint', 'help', 'memoryview', 'aiter', 'anext']) {
  FUNCTIONS.set(
    name,
    new NativeFunction(name, () => {
      throw new PyError('NotImplementedError', `${name}() is not available in cells`);
    }),
  );
}
