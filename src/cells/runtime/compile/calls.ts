/** Calls, their arguments, and `super()`. */
import type { Argument, ExprOf } from '../../syntax/ast.ts';
import { PyError, runtimeError, typeError } from '../errors.ts';
import type { Code, Frame } from '../frame.ts';
import { iteratorOf, listOf } from '../iterate.ts';
import { PySuper } from '../objects.ts';
import { NO_KWARGS, type Runtime } from '../runtime.ts';
import { typeName } from '../types.ts';
import { type Kwargs, PyDict, type Value } from '../values.ts';
import type { Context, Scope } from './context.ts';

export function callCode(context: Context, node: ExprOf<'Call'>): Code {
  const { runtime } = context;
  if (node.callee.kind === 'Name' && node.callee.id === 'super' && node.args.length === 0) return superCode(context);
  const callee = context.expression(node.callee);
  const { line } = node;
  if (node.args.every((arg) => arg.kind === 'positional')) {
    const codes = node.args.map((arg) => context.expression(arg.value));
    return (frame) => {
      const fn = callee(frame);
      const args = new Array<Value>(codes.length);
      for (let i = 0; i < codes.length; i++) args[i] = codes[i](frame);
      runtime.line = line;
      return runtime.call(fn, args, NO_KWARGS);
    };
  }
  const collect = argumentsCode(context, node.args);
  return (frame) => {
    const fn = callee(frame);
    const { args, kwargs } = collect(frame, runtime);
    runtime.line = line;
    return runtime.call(fn, args, kwargs);
  };
}

export interface Collected {
  readonly args: Value[];
  readonly kwargs: Kwargs;
}

export function argumentsCode(
  context: Context,
  nodes: readonly Argument[],
): (frame: Frame, runtime: Runtime) => Collected {
  const codes = nodes.map((arg) => ({
    kind: arg.kind,
    name: arg.kind === 'keyword' ? arg.name : '',
    code: context.expression(arg.value),
  }));
  return (frame, runtime) => {
    const args: Value[] = [];
    const kwargs = new Map<string, Value>();
    for (const { kind, name, code } of codes) {
      const value = code(frame);
      if (kind === 'positional') args.push(value);
      else if (kind === 'keyword') add(kwargs, name, value);
      else if (kind === 'star') {
        const more = starred(runtime, value);
        runtime.budget.room(args.length + more.length);
        for (const item of more) args.push(item);
      } else {
        if (!(value instanceof PyDict))
          throw typeError(`argument after ** must be a mapping, not ${typeName(value, runtime)}`);
        for (const [key, item] of value.entries.values()) {
          runtime.budget.step();
          if (typeof key !== 'string') throw typeError('keywords must be strings');
          if (key.length > LONGEST_NAME) throw typeError(`keywords have at most ${LONGEST_NAME} characters`);
          add(kwargs, key, item);
        }
      }
    }
    return { args, kwargs };
  };
}

/** Longer ones make a table slow: V8's hash of them is their length. */
const LONGEST_NAME = 10_000;

function add(kwargs: Map<string, Value>, name: string, value: Value): void {
  if (kwargs.has(name)) throw typeError(`got multiple values for keyword argument '${name}'`);
  kwargs.set(name, value);
}

function starred(runtime: Runtime, value: Value): Value[] {
  try {
    iteratorOf(runtime, value);
  } catch (error) {
    if (error instanceof PyError && error.type === 'TypeError')
      throw typeError(`argument after * must be an iterable, not ${typeName(value, runtime)}`);
    throw error;
  }
  return listOf(runtime, value);
}

/** `super()` of the method that it stands in, from within a comprehension too. */
function superCode(context: Context): Code {
  let hops = 0;
  for (let scope: Scope | null = context.scope; scope?.kind === 'comprehension'; scope = scope.parent) hops++;
  return (frame) => {
    let at: Frame | null = frame;
    for (let i = 0; i < hops && at !== null; i++) at = at.parent;
    const fn = at?.fn ?? null;
    if (fn === null || fn.owner === null)
      throw runtimeError(fn === null ? 'super(): no arguments' : 'super(): __class__ cell not found');
    const self = at!.slots[0];
    if (self === undefined) throw runtimeError('super(): arg[0] deleted');
    return new PySuper(fn.owner, self);
  };
}
