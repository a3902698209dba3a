/** Settings that stand in a module and may be assigned: torch.backends.cudnn.benchmark and its like. */
import { PyError, runtimeError } from '../../runtime/errors.ts';
import type { Holder, Visit } from '../../runtime/holding.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { NativeClosure, NativeFunction, PyContext, PyModule, type Value } from '../../runtime/values.ts';
import { typeName } from '../convert.ts';

/** What a workspace has set, by the flag's full name. Only names of flags come in, so that there are few. */
export class Flags implements Holder {
  readonly values = new Map<string, Value>();
  references(visit: Visit): void {
    visit(this.values);
  }
}

/** A module some of whose members are flags: what they were set to is the workspace's. */
export class FlagModule extends PyModule {
  /** Their first values. */
  readonly flags: ReadonlyMap<string, Value>;
  constructor(name: string, flags: Readonly<Record<string, Value>>, members = new Map<string, Value>()) {
    super(name, members);
    this.flags = new Map(Object.entries(flags));
  }

  flag(name: string, interpreter: Interpreter): Value | undefined {
    const first = this.flags.get(name);
    if (first === undefined) return undefined;
    const set = interpreter.parts.of(Flags).values.get(`${this.name}.${name}`);
    return set === undefined ? first : set;
  }

  set(name: string, value: Value, interpreter: Interpreter): void {
    const first = this.flags.get(name);
    if (first === undefined) throw new PyError('AttributeError', `module '${this.name}' does not let '${name}' be set`);
    if (typeof first === 'boolean' && typeof value !== 'boolean')
      throw runtimeError(`${this.name}.${name} expects a bool, but got ${typeName(value)}`);
    // A setting keeps nothing large alive.
    if (value !== null && typeof value === 'object')
      throw runtimeError(`${this.name}.${name} expects a plain value, but got ${typeName(value)}`);
    if (typeof value === 'string' && value.length > 100)
      throw runtimeError(`${this.name}.${name} expects a short word, but got ${value.length} characters`);
    interpreter.parts.of(Flags).values.set(`${this.name}.${name}`, value);
  }
}

/** `with torch.backends.cudnn.flags(enabled=False):` */
class FlagContext extends PyContext {
  readonly type = '_GeneratorContextManager';
  private readonly module: FlagModule;
  private readonly wanted: ReadonlyMap<string, Value>;
  private readonly interpreter: Interpreter;
  private readonly before: (readonly [string, Value])[] = [];
  constructor(module: FlagModule, wanted: ReadonlyMap<string, Value>, interpreter: Interpreter) {
    super();
    this.module = module;
    this.wanted = wanted;
    this.interpreter = interpreter;
  }
  enter(): Value {
    for (const [name, value] of this.wanted) {
      this.before.push([name, this.module.flag(name, this.interpreter) ?? null]);
      this.module.set(name, value, this.interpreter);
    }
    return null;
  }
  exit(): void {
    for (const [name, value] of this.before.splice(0)) this.module.set(name, value, this.interpreter);
  }
  references(visit: Visit): void {
    visit(this.wanted);
    visit(this.before.map(([, value]) => value));
  }
}

/** Adds the function `flags` to a module: a context within which some of them are others. */
export function withFlagsContext(module: FlagModule, ...named: readonly string[]): FlagModule {
  module.members.set(
    'flags',
    new NativeClosure('flags', { module }, (held, args, kwargs, interpreter) => {
      const wanted = new Map<string, Value>(args.map((value, i) => [named[i] ?? '', value]));
      for (const [name, value] of kwargs) wanted.set(name, value);
      for (const name of wanted.keys())
        if (!named.includes(name))
          throw new PyError('TypeError', `flags() got an unexpected keyword argument '${name}'`);
      return new FlagContext(held.module, wanted, interpreter);
    }),
  );
  return module;
}

/** A function that answers the same to everybody. */
export const answers = (name: string, value: Value): NativeFunction =>
  new NativeFunction(name, (args, kwargs) => {
    if (args.length + kwargs.size > 0)
      throw new PyError(
        'TypeError',
        `${name}() takes 0 positional arguments but ${args.length + kwargs.size} were given`,
      );
    return value;
  });
