/** How the classes of torch.distributions are written down: one class, one entry. */
import type { Scalar } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type Bound, signature } from '../nn/signature.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { lookup } from '../runtime/mro.ts';
import { PyProperty } from '../runtime/objects.ts';
import {
  type Kwargs,
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyList,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { sizeOf, toIntegers, toScalar, typeName } from '../torch/convert.ts';
import { guarded } from '../torch/errors.ts';
import { Quantity, q } from './quantity.ts';

/** What a method answers; a list of sizes is a torch.Size. */
export type Out = Value | Quantity | readonly number[];

const isSizes = (out: Out): out is readonly number[] => Array.isArray(out);

export const asValue = (out: Out): Value => (out instanceof Quantity ? out.t : isSizes(out) ? sizeOf(out) : out);

/** An object whose method runs, with the interpreter that runs it: attributes are found as Python finds them. */
export class Self {
  readonly self: PyInstance;
  readonly interpreter: Interpreter;
  constructor(self: PyInstance, interpreter: Interpreter) {
    this.self = self;
    this.interpreter = interpreter;
  }

  get(name: string): Value {
    return this.interpreter.getAttribute(this.self, name);
  }
  set(name: string, out: Out): void {
    this.self.attributes.set(name, asValue(out));
  }
  /** Whether the object itself has it, as its `__dict__` says. */
  has(name: string): boolean {
    return this.self.attributes.has(name);
  }
  /** A tensor of the object's. */
  q(name: string): Quantity {
    const value = this.get(name);
    if (value instanceof Tensor) return q(value);
    throw typeError(`${this.self.type}.${name} must be a Tensor, not ${typeName(value)}`);
  }
  sizes(name: string): number[] {
    return sizesOf(this.get(name));
  }
  whole(name: string): number {
    return wholeOf(this.get(name), name);
  }
  truth(name: string): boolean {
    return this.interpreter.truth(this.get(name));
  }
  call(name: string, ...args: readonly Out[]): Value {
    return this.interpreter.call(this.get(name), args.map(asValue));
  }
  callQ(name: string, ...args: readonly Out[]): Quantity {
    return tensorOf(this.call(name, ...args), name);
  }
  /** Another object that this one has. */
  its(name: string): Self {
    return this.other(this.get(name));
  }
  other(value: Value): Self {
    if (value instanceof PyInstance) return new Self(value, this.interpreter);
    throw typeError(`'${typeName(value)}' object is no distribution, transform or constraint`);
  }
  make(cls: PyClass, args: readonly Out[], named: Readonly<Record<string, Out>> = {}): PyInstance {
    const kwargs = new Map(Object.entries(named).map(([key, out]) => [key, asValue(out)]));
    return this.interpreter.call(cls, args.map(asValue), kwargs) as PyInstance;
  }
  /** As `'{}'.format(value)`: a tensor without dimensions is its number. */
  text(value: Value): string {
    return String(this.interpreter.call(this.interpreter.getAttribute('{}', 'format'), [value]));
  }
  repr(value: Value): string {
    return this.interpreter.repr(value);
  }
}

export function tensorOf(value: Value, what: string): Quantity {
  if (value instanceof Tensor) return q(value);
  throw typeError(`${what} must be a Tensor, not ${typeName(value)}`);
}

/** A number or a tensor that stands in a formula. */
export function operandOf(value: Value, what = 'the argument'): Tensor | Scalar {
  if (value instanceof Tensor) return value;
  const scalar = toScalar(value);
  if (scalar === undefined) throw typeError(`${what} must be a number or a Tensor, not ${typeName(value)}`);
  return scalar;
}

export function sizesOf(value: Value): number[] {
  const sizes = toIntegers(value);
  if (sizes === undefined) throw typeError(`'${typeName(value)}' object is not iterable`);
  return sizes;
}

export function wholeOf(value: Value, what: string): number {
  if (typeof value === 'bigint') return Number(value);
  throw typeError(`${what} must be int, not ${typeName(value)}`);
}

export const isNumber = (value: Value): boolean =>
  typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';

export const itemsOf = (value: Value, what: string): readonly Value[] => {
  if (value instanceof PyList || value instanceof PyTuple) return value.items;
  throw valueError(`${what} must be a list, but was ${typeName(value)}`);
};

export const notImplemented = (message = ''): PyError => new PyError('NotImplementedError', message);

type Body = (me: Self, args: Bound) => Out;

export interface ClassSpec {
  readonly name: string;
  readonly module: string;
  readonly bases?: readonly PyClass[];
  readonly constants?: Readonly<Record<string, Value>>;
  readonly properties?: Readonly<Record<string, (me: Self) => Out>>;
  /** Properties that are computed once, and are attributes from then on. */
  readonly lazy?: Readonly<Record<string, (me: Self) => Out>>;
  /** By name and signature: `'log_prob(value)'`. */
  readonly methods?: Readonly<Record<string, Body>>;
}

/** A property that is computed once. */
export class LazyProperty extends PyProperty {}

function receiver(name: string, value: Value | undefined): PyInstance {
  if (value instanceof PyInstance) return value;
  throw typeError(`${name}() needs an object of its class as its first argument`);
}

function methodOf(owner: string, key: string, body: Body): NativeFunction {
  const [, name, text] = /^(\w+)\((.*)\)$/.exec(key) as unknown as [string, string, string];
  const takes = signature(`${owner}.${name}`, text, 1);
  const run = ([self, ...args]: readonly Value[], kwargs: Kwargs, interpreter: Interpreter): Value => {
    const me = new Self(receiver(name, self), interpreter);
    return guarded(() => asValue(body(me, takes(args, kwargs))));
  };
  return new NativeFunction(name, run, 'function');
}

function propertyOf(name: string, body: (me: Self) => Out): PyProperty {
  const get = new NativeFunction(name, ([self], _, interpreter) =>
    guarded(() => asValue(body(new Self(receiver(name, self), interpreter)))),
  );
  return new PyProperty(get);
}

function lazyOf(name: string, body: (me: Self) => Out): PyProperty {
  const get = new NativeFunction(name, ([self], _, interpreter) => {
    const own = receiver(name, self);
    const known = own.attributes.get(name);
    if (known !== undefined) return known;
    const value = guarded(() => asValue(body(new Self(own, interpreter))));
    own.attributes.set(name, value);
    return value;
  });
  const set = new NativeFunction(name, ([self, value]) => {
    receiver(name, self).attributes.set(name, value);
    return null;
  });
  return new LazyProperty(get, set);
}

export function classFrom(spec: ClassSpec): PyClass {
  const members = new Map<string, Value>([['__module__', spec.module]]);
  for (const [name, value] of Object.entries(spec.constants ?? {})) members.set(name, value);
  for (const [name, body] of Object.entries(spec.properties ?? {})) members.set(name, propertyOf(name, body));
  for (const [name, body] of Object.entries(spec.lazy ?? {})) members.set(name, lazyOf(name, body));
  for (const [key, body] of Object.entries(spec.methods ?? {})) {
    const method = methodOf(spec.name, key, body);
    members.set(method.name, method);
  }
  return new PyClass(spec.name, spec.bases, members);
}

/** Calls a method of a class of ours on an object, whatever the object's own class says. */
export function callOn(cls: PyClass, name: string, me: Self, args: readonly Out[], named?: Kwargs): Value {
  const found = lookup(cls, name);
  if (found === undefined) throw typeError(`${cls.name} has no ${name}`);
  return me.interpreter.call(found.member, [me.self, ...args.map(asValue)], named);
}

/** A dict that all workspaces see, so that no cell may write to it. */
export class ConstantDict extends PyDict {
  constructor(entries: Readonly<Record<string, Value>>) {
    super();
    for (const [key, value] of Object.entries(entries)) this.entries.set(key, [key, value]);
    const refuse = (): never => {
      throw typeError('this dict belongs to a class of torch.distributions and cannot be changed: copy it');
    };
    Object.assign(this.entries, { set: refuse, delete: refuse, clear: refuse });
  }
}
