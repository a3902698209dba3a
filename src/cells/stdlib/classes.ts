/** Classes of ours for the modules beside torch: an instance with something of its own behind it. */
import { fn, type Given, type Shape } from '../runtime/builtins/native.ts';
import { typeError } from '../runtime/errors.ts';
import type { Native } from '../runtime/holding.ts';
import { mro } from '../runtime/mro.ts';
import { PyProperty } from '../runtime/objects.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Kwargs, NativeFunction, PyClass, PyInstance, type Value } from '../runtime/values.ts';

type Kind<N extends Native> = abstract new (...args: never[]) => N;

/** What is behind an instance; the error of Python where it is of another class. */
export function behind<N extends Native>(kind: Kind<N>, value: Value | undefined, of: string): N {
  if (value instanceof PyInstance && value.native instanceof kind) return value.native;
  throw typeError(`descriptor requires a '${of}' object`);
}

/** A class whose instances have a `N` behind them; it may be derived from. */
export class ClassOf<N extends Native> {
  readonly cls: PyClass;
  readonly kind: Kind<N>;

  constructor(
    name: string,
    module: string,
    kind: Kind<N>,
    make: (args: readonly Value[], kwargs: Kwargs, runtime: Runtime) => N,
    bases: readonly PyClass[] = [],
  ) {
    this.kind = kind;
    this.cls = new PyClass(name, bases, new Map<string, Value>([['__module__', module]]));
    this.cls.allocate = (of, args, kwargs, interpreter) => {
      const instance = new PyInstance(of);
      // A derived class has an `__init__` of its own, which hands on what is to be taken.
      const own = mro(of).some((each) => each !== this.cls && each.members.has('__init__') && each.name !== 'object');
      instance.native = make(own ? [] : args, own ? new Map() : kwargs, interpreter as Runtime);
      return instance;
    };
    this.cls.members.set(
      '__init__',
      new NativeFunction('__init__', ([self, ...args], kwargs, interpreter) => {
        const of = (self as PyInstance).cls;
        if (of !== this.cls && (args.length > 0 || kwargs.size > 0))
          (self as PyInstance).native = make(args, kwargs, interpreter as Runtime);
        return null;
      }),
    );
  }

  /** An instance with this behind it. */
  of(native: N): PyInstance {
    const instance = new PyInstance(this.cls);
    instance.native = native;
    return instance;
  }

  native(value: Value | undefined): N {
    return behind(this.kind, value, this.cls.name);
  }

  /** A method whose arguments are counted and named. */
  method(
    name: string,
    shape: Shape,
    run: (self: N, given: Given, runtime: Runtime, instance: PyInstance) => Value,
  ): this {
    const bound = fn(
      name,
      { ...shape, least: shape.least + 1, most: shape.most + 1, names: ['', ...(shape.names ?? [])] },
      ([self, ...given], runtime) => run(this.native(self), given, runtime, self as PyInstance),
    );
    this.cls.members.set(name, bound);
    return this;
  }

  property(name: string, get: (self: N, runtime: Runtime) => Value): this {
    this.cls.members.set(
      name,
      new PyProperty(
        new NativeFunction(name, ([self], _, interpreter) => get(this.native(self), interpreter as Runtime)),
      ),
    );
    return this;
  }
}

export const NONE: Shape = { least: 0, most: 0 };
export const ONE: Shape = { least: 1, most: 1 };
export const TWO: Shape = { least: 2, most: 2 };
