/** Calls: of our functions, the cell's, classes and whatever has `__call__`. */
import { PyError, runtimeError, typeError } from './errors.ts';
import { isException, makeException, raised } from './exceptions.ts';
import { Frame, type Signal } from './frame.ts';
import { type Visit, Walk } from './holding.ts';
import { isStop } from './iterate.ts';
import { setItem } from './keys.ts';
import { isSubclass, lookup, mro, OBJECT } from './mro.ts';
import {
  FunctionCode,
  PyAlias,
  PyClassMethod,
  PyStaticMethod,
  type Signature,
  UserClass,
  UserFunction,
} from './objects.ts';
import { override } from './override.ts';
import type { Runtime } from './runtime.ts';
import { classOf, typeName } from './types.ts';
import {
  BoundMethod,
  type Kwargs,
  NativeClosure,
  NativeFunction,
  PyClass,
  PyContext,
  PyDict,
  PyInstance,
  PyIterator,
  PyObject,
  PyTuple,
  type Value,
} from './values.ts';
import { DONE } from './walks.ts';

export function callValue(runtime: Runtime, callee: Value, args: readonly Value[], kwargs: Kwargs): Value {
  if (callee instanceof UserFunction) return callUser(runtime, callee, args, kwargs);
  if (callee instanceof NativeFunction) return runtime.callNative(callee, args, kwargs);
  if (callee instanceof BoundMethod) return callValue(runtime, callee.fn, [callee.self, ...args], kwargs);
  if (callee instanceof PyClass) {
    const meta = callee.metaclass === null ? undefined : lookup(callee.metaclass, '__call__');
    if (meta !== undefined && meta.owner instanceof UserClass)
      return callValue(runtime, meta.member, [callee, ...args], kwargs);
    return instantiate(runtime, callee, args, kwargs);
  }
  if (callee instanceof PyAlias) return callValue(runtime, callee.origin, args, kwargs);
  const own = override(callee, '__call__');
  if (own !== undefined) return callValue(runtime, own, [callee, ...args], kwargs);
  if (callee instanceof PyStaticMethod || callee instanceof PyClassMethod)
    return callValue(runtime, callee.fn, args, kwargs);
  if (callee instanceof PyContext && args.length === 1 && kwargs.size === 0) return decorated(callee, args[0]);
  if (callee instanceof PyObject) {
    const own = lookup(classOf(callee, runtime), '__call__');
    if (own !== undefined) return callValue(runtime, own.member, [callee, ...args], kwargs);
  }
  throw typeError(`'${typeName(callee, runtime)}' object is not callable`);
}

/** `@torch.no_grad()` over a function: each call of it runs within the context. */
function decorated(context: PyContext, fn: Value): Value {
  const run = new NativeClosure(
    fn instanceof NativeFunction ? fn.name : 'function',
    { context, fn },
    (held, args, kwargs, interpreter) => {
      const result = held.context.within(() => interpreter.call(held.fn, args, kwargs));
      // A generator runs later, and within the context each time that it goes on.
      if (held.fn instanceof UserFunction && held.fn.code.generate !== null && result instanceof PyIterator) {
        const { iterator } = result;
        if (iterator instanceof GeneratorWalk) iterator.context = held.context;
      }
      return result;
    },
  );
  if (!(fn instanceof UserFunction)) return run;
  // A function of the cell's own again, so that it binds to instances as the one within does.
  const wrapper = new UserFunction(
    new FunctionCode({ ...fn.code, generate: null, wraps: run }),
    fn.closure,
    fn.defaults,
    fn.keywordDefaults,
  );
  wrapper.owner = fn.owner;
  wrapper.attributes.set('__wrapped__', fn);
  return wrapper;
}

export function callUser(runtime: Runtime, fn: UserFunction, args: readonly Value[], kwargs: Kwargs): Value {
  const { code } = fn;
  if (code.wraps !== null) return runtime.callNative(code.wraps, args, kwargs);
  const frame = new Frame(bind(runtime, fn, args, kwargs), fn.closure, fn);
  if (code.generate !== null) return generatorOf(runtime, code.weight, frame, code.generate(frame));
  const { line } = runtime;
  runtime.enter(code.weight);
  runtime.budget.step();
  try {
    const result = code.run(frame);
    runtime.line = line;
    return result;
  } catch (error) {
    if (error instanceof PyError) {
      if (code.cell !== runtime.cell) error.line = line;
      else error.line ??= runtime.line;
    }
    throw error;
  } finally {
    runtime.leave(code.weight);
  }
}

/**
 * A body that goes on at every `next`. JavaScript's generator keeps only where it stopped: what it
 * goes on with is in the frame.
 */
export class GeneratorWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly weight: number;
  private readonly frame: Frame;
  private readonly steps: Generator<Value, Signal | Value | undefined, Value>;
  private running = false;
  private begun = false;
  private ended = false;
  /** What it runs within. */
  context: PyContext | null = null;

  constructor(
    runtime: Runtime,
    weight: number,
    frame: Frame,
    steps: Generator<Value, Signal | Value | undefined, Value>,
  ) {
    super();
    this.runtime = runtime;
    this.weight = weight;
    this.frame = frame;
    this.steps = steps;
  }

  next(): IteratorResult<Value, undefined> {
    return this.send(null);
  }

  /** Goes on with what `yield` answers. */
  send(value: Value): IteratorResult<Value, undefined> {
    if (value !== null && !this.begun && !this.ended)
      throw typeError("can't send non-None value to a just-started generator");
    return this.resume(() => this.steps.next(value));
  }

  /** Goes on with an error at the `yield`. */
  throw(error: PyError): IteratorResult<Value, undefined> {
    if (this.ended) throw error;
    return this.resume(() => this.steps.throw(error));
  }

  /** Ends it: whatever it has open is left. */
  close(): void {
    if (this.ended) return;
    if (!this.begun) {
      this.ended = true;
      return;
    }
    try {
      if (this.throw(raised('GeneratorExit', [], '')).done === true) return;
    } catch (error) {
      if (isStop(error, 'GeneratorExit') || isStop(error)) return;
      throw error;
    }
    throw runtimeError('generator ignored GeneratorExit');
  }

  override get returned(): Value {
    return this.ended ? this.frame.result : null;
  }

  private resume(step: () => IteratorResult<Value, Signal | Value | undefined>): IteratorResult<Value, undefined> {
    return this.context === null ? this.advance(step) : this.context.within(() => this.advance(step));
  }

  private advance(step: () => IteratorResult<Value, Signal | Value | undefined>): IteratorResult<Value, undefined> {
    if (this.running) throw new PyError('ValueError', 'generator already executing');
    if (this.ended) return DONE;
    this.running = true;
    this.begun = true;
    const { runtime, weight } = this;
    const { line } = runtime;
    try {
      runtime.enter(weight);
      try {
        const result = step();
        runtime.line = line;
        if (result.done !== true) return { done: false, value: result.value };
        this.ended = true;
        return DONE;
      } finally {
        runtime.leave(weight);
      }
    } catch (error) {
      this.ended = true;
      if (isStop(error) && runtime.budget.ended === null) throw runtimeError('generator raised StopIteration');
      throw error;
    } finally {
      this.running = false;
    }
  }

  references(visit: Visit): void {
    visit(this.frame);
    visit(this.context);
  }
}

/** What a function with `yield`, or a generator expression, answers. */
export const generatorOf = (
  runtime: Runtime,
  weight: number,
  frame: Frame,
  steps: Generator<Value, Signal | Value | undefined, Value>,
): PyIterator => new PyIterator(new GeneratorWalk(runtime, weight, frame, steps), 'generator');

/** `cls(…)`, as type.__call__ has it. */
export function instantiate(runtime: Runtime, cls: PyClass, args: readonly Value[], kwargs: Kwargs): Value {
  if (cls.construct !== undefined) {
    runtime.budget.step();
    return cls.construct(args, kwargs, runtime);
  }
  runtime.budget.step();
  const abstract = cls.members.get('__abstractmethods__');
  if (abstract instanceof PyTuple && abstract.items.length > 0) throw abstractError(cls, abstract.items);
  const made = lookup(cls, '__new__');
  const own = made !== undefined && made.owner !== OBJECT ? made.member : undefined;
  const instance =
    own === undefined
      ? allocate(runtime, cls, args, kwargs)
      : runtime.call(own instanceof PyStaticMethod ? own.fn : own, [cls, ...args], kwargs);
  if (own !== undefined && !isSubclass(classOf(instance, runtime), cls)) return instance;
  const init = lookup(cls, '__init__');
  if (init !== undefined && init.owner !== OBJECT) {
    // The plain errors of Python take whatever comes.
    if (isException(cls) && !(init.owner instanceof UserClass) && kwargs.size > 0)
      throw typeError(`${cls.name}() takes no keyword arguments`);
    const result = runtime.call(init.member, [instance, ...args], kwargs);
    if (result !== null) throw typeError(`__init__() should return None, not '${typeName(result, runtime)}'`);
  } else if (own === undefined && (args.length > 0 || kwargs.size > 0) && allocator(cls) === null)
    throw typeError(`${cls.name}() takes no arguments`);
  return instance;
}

const abstractError = (cls: PyClass, names: readonly Value[]): PyError =>
  typeError(
    `Can't instantiate abstract class ${cls.name} with abstract method${names.length === 1 ? '' : 's'} ${names.join(', ')}`,
  );

/** The base of ours whose instances are more than attributes. */
function allocator(cls: PyClass): PyClass | null {
  return mro(cls).find((base) => base.allocate !== null) ?? null;
}

/** `object.__new__(cls)`, and what the classes of the language have in its place. */
export function allocate(runtime: Runtime, cls: PyClass, args: readonly Value[], kwargs: Kwargs): Value {
  if (isException(cls)) return makeException(cls, args);
  const base = allocator(cls);
  if (base !== null) return base.allocate!(cls, args, kwargs, runtime);
  if (cls instanceof UserClass) {
    const native = mro(cls).find((one) => one.construct !== undefined);
    if (native !== undefined && native !== OBJECT && (lookup(cls, '__init__')?.owner ?? OBJECT) === OBJECT)
      throw new PyError('NotImplementedError', `a class derived from '${native.name}' is not supported in cells`);
  }
  return new PyInstance(cls);
}

function bind(runtime: Runtime, fn: UserFunction, args: readonly Value[], kwargs: Kwargs): (Value | undefined)[] {
  const { signature, slots: count } = fn.code;
  const { positional, keywordOnly, star, starstar } = signature;
  const slots = new Array<Value | undefined>(count).fill(undefined);
  const given = Math.min(args.length, positional.length);
  for (let i = 0; i < given; i++) slots[i] = args[i];
  if (star !== null) slots[star] = new PyTuple(args.slice(given));
  else if (args.length > positional.length) throw tooMany(fn, args.length);
  if (kwargs.size > 0 || starstar !== null) bindKeywords(runtime, fn, slots, kwargs);
  const firstDefault = positional.length - fn.defaults.length;
  for (let i = given; i < positional.length; i++) {
    if (slots[i] !== undefined) continue;
    if (i < firstDefault) throw missing(fn, slots);
    slots[i] = fn.defaults[i - firstDefault];
  }
  for (let i = 0; i < keywordOnly.length; i++) {
    const slot = positional.length + i;
    if (slots[slot] !== undefined) continue;
    const fallback = fn.keywordDefaults.get(keywordOnly[i]);
    if (fallback === undefined) throw missing(fn, slots);
    slots[slot] = fallback;
  }
  return slots;
}

function bindKeywords(runtime: Runtime, fn: UserFunction, slots: (Value | undefined)[], kwargs: Kwargs): void {
  const { signature, qualname } = fn.code;
  const rest = signature.starstar === null ? null : new PyDict();
  for (const [name, value] of kwargs) {
    const slot = slotOf(signature, name);
    if (slot >= signature.positionalOnly && slot >= 0) {
      if (slots[slot] !== undefined) throw typeError(`${qualname}() got multiple values for argument '${name}'`);
      slots[slot] = value;
    } else if (rest !== null) setItem(rest, name, value, runtime);
    else if (slot >= 0)
      throw typeError(`${qualname}() got some positional-only arguments passed as keyword arguments: '${name}'`);
    else throw typeError(`${qualname}() got an unexpected keyword argument '${name}'`);
  }
  if (rest !== null) slots[signature.starstar!] = rest;
}

function slotOf(signature: Signature, name: string): number {
  const at = signature.positional.indexOf(name);
  if (at >= 0) return at;
  const only = signature.keywordOnly.indexOf(name);
  return only < 0 ? -1 : signature.positional.length + only;
}

function tooMany(fn: UserFunction, given: number): PyError {
  const { signature, qualname } = fn.code;
  const most = signature.positional.length;
  const least = most - fn.defaults.length;
  const takes =
    least === most
      ? `${most} positional argument${most === 1 ? '' : 's'}`
      : `from ${least} to ${most} positional arguments`;
  return typeError(`${qualname}() takes ${takes} but ${given} ${given === 1 ? 'was' : 'were'} given`);
}

function missing(fn: UserFunction, slots: readonly (Value | undefined)[]): PyError {
  const { signature, qualname } = fn.code;
  const required = signature.positional.length - fn.defaults.length;
  let names = signature.positional.filter((_, i) => i < required && slots[i] === undefined);
  let kind = 'positional';
  if (names.length === 0) {
    kind = 'keyword-only';
    names = signature.keywordOnly.filter(
      (name, i) => slots[signature.positional.length + i] === undefined && !fn.keywordDefaults.has(name),
    );
  }
  const quoted = names.map((name) => `'${name}'`);
  const last = quoted.pop()!;
  const list =
    quoted.length === 0 ? last : quoted.length === 1 ? `${quoted[0]} and ${last}` : `${quoted.join(', ')}, and ${last}`;
  return typeError(
    `${qualname}() missing ${names.length} required ${kind} argument${names.length === 1 ? '' : 's'}: ${list}`,
  );
}
