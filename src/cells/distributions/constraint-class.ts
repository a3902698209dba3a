import { setPlain } from '../runtime/attributes.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import { Native } from '../runtime/holding.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { NativeFunction, type PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { type ClassSpec, classFrom, notImplemented, type Out, type Self, tensorOf } from './classes.ts';
import type { Quantity } from './quantity.ts';

const MODULE = 'torch.distributions.constraints';

/** Marks an object that all workspaces see. */
class Shared extends Native {
  references(): void {}
}
const SHARED = new Shared();

const refuseShared = (self: Value | undefined): PyInstance => {
  if (!(self instanceof PyInstance)) throw typeError('an object is expected');
  if (self.native === SHARED)
    throw new PyError('AttributeError', `this '${self.type}' object is shared and cannot be changed`);
  return self;
};

/** Objects of ours that cells see are constants; what a cell makes of the same class is its own. */
export const UNSHARED: Readonly<Record<string, Value>> = {
  __setattr__: new NativeFunction('__setattr__', ([self, name, value], _, interpreter) => {
    setPlain(interpreter as Runtime, refuseShared(self), String(name), value);
    return null;
  }),
  __delattr__: new NativeFunction('__delattr__', ([self, name]) => {
    if (refuseShared(self).attributes.delete(String(name))) return null;
    throw new PyError('AttributeError', String(name));
  }),
};

/** An object that all workspaces see. */
export function shared(cls: PyClass, attributes: Readonly<Record<string, Value>> = {}): PyInstance {
  const made = new PyInstance(cls);
  for (const [name, value] of Object.entries(attributes)) made.attributes.set(name, value);
  made.native = SHARED;
  return made;
}

export const constraintClass = classFrom({
  name: 'Constraint',
  module: MODULE,
  constants: { ...UNSHARED, is_discrete: false, event_dim: 0n },
  methods: {
    'check(value)': () => {
      throw notImplemented();
    },
    '__repr__()': (me) => `${shortName(me)}()`,
  },
});

export const shortName = (me: Self): string => me.self.cls.name.slice(1);

export type Check = (me: Self, value: Quantity) => Out;

export function define(
  name: string,
  facts: Readonly<Record<string, Value>>,
  check: Check,
  more: Partial<ClassSpec> = {},
): PyClass {
  return classFrom({
    name,
    module: MODULE,
    bases: [constraintClass],
    ...more,
    constants: facts,
    methods: { 'check(value)': (me, { value }) => check(me, tensorOf(value, 'value')), ...more.methods },
  });
}

export const DISCRETE = { is_discrete: true };

/** A constraint with bounds: they are arguments of its class, and printed. */
export function bounded(
  name: string,
  bounds: readonly string[],
  facts: Readonly<Record<string, Value>>,
  check: Check,
): PyClass {
  return define(name, facts, check, {
    methods: {
      [`__init__(${bounds.join(', ')})`]: (me, args) => {
        for (const bound of bounds) me.set(bound, args[bound]);
        return null;
      },
      '__repr__()': (me) =>
        `${shortName(me)}(${bounds.map((bound) => `${bound}=${me.text(me.get(bound))}`).join(', ')})`,
    },
  });
}
