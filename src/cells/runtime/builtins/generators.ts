/** What a generator has besides being walked. */
import { GeneratorWalk } from '../calls.ts';
import { raisedFrom } from '../compile/raising.ts';
import { typeError } from '../errors.ts';
import type { Walk } from '../holding.ts';
import { stopOf } from '../iterate.ts';
import type { Runtime } from '../runtime.ts';
import { typeName, typeNamed } from '../types.ts';
import { PyIterator, type Value } from '../values.ts';
import { type Given, method, type Shape } from './native.ts';

const GENERATOR = typeNamed('generator');
const isIterator = (value: Value): value is PyIterator => value instanceof PyIterator;

function answered(walk: Walk, result: IteratorResult<Value, undefined>): Value {
  if (result.done !== true) return result.value;
  throw stopOf(walk);
}

const define = (
  name: string,
  shape: Shape,
  run: (walk: GeneratorWalk, given: Given, runtime: Runtime) => Value,
): void =>
  method(GENERATOR, name, shape, isIterator, (self, given, runtime) => {
    if (self.iterator instanceof GeneratorWalk) return run(self.iterator, given, runtime);
    throw typeError(`'${typeName(self, runtime)}' object has no ${name}`);
  });

define('send', { least: 1, most: 1 }, (walk, [value]) => answered(walk, walk.send(value!)));
define('throw', { least: 1, most: 3 }, (walk, [type, value], runtime) =>
  answered(walk, walk.throw(raisedFrom(runtime, value === undefined || value === null ? type! : value))),
);
define('close', { least: 0, most: 0 }, (walk) => {
  walk.close();
  return null;
});
