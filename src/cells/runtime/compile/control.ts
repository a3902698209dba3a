/** if, while, for, with and try. */
import type { Expr, Handler, Stmt, StmtOf } from '../../syntax/ast.ts';
import { PyError, typeError } from '../errors.ts';
import { asPyError, classOfError, instanceOf, isException } from '../exceptions.ts';
import { BREAK, type Code, type Frame, NEXT, RETURN, type Signal, type Step } from '../frame.ts';
import type { Holder, Visit } from '../holding.ts';
import { iteratorOf } from '../iterate.ts';
import { isSubclass } from '../mro.ts';
import { override } from '../override.ts';
import type { Runtime } from '../runtime.ts';
import { typeName } from '../types.ts';
import { PyClass, PyContext, PyRange, PyTuple, type Value } from '../values.ts';
import type { Context } from './context.ts';
import { trialOf } from './match.ts';
import { erase, type Store, store } from './names.ts';
import { assignTo } from './targets.ts';

/** The tests of an if with all its elifs, and what is left for else. */
export function branchesOf(node: StmtOf<'If'>): {
  branches: { test: Expr; body: readonly Stmt[]; line: number }[];
  otherwise: readonly Stmt[];
} {
  const branches = [];
  let at: Stmt & { kind: 'If' } = node;
  for (;;) {
    branches.push({ test: at.test, body: at.body, line: at.line });
    const only: Stmt | undefined = at.otherwise[0];
    if (at.otherwise.length !== 1 || only.kind !== 'If') return { branches, otherwise: at.otherwise };
    at = only;
  }
}

export function ifElse(context: Context, node: StmtOf<'If'>): Step {
  const { runtime } = context;
  const { branches, otherwise } = branchesOf(node);
  const codes = branches.map(({ test, body, line }) => ({
    test: context.expression(test),
    body: context.block(body),
    line,
  }));
  const last = otherwise.length === 0 ? null : context.block(otherwise);
  return (frame) => {
    for (let i = 0; i < codes.length; i++) {
      const { test, body, line } = codes[i];
      if (i > 0) {
        runtime.line = line;
        runtime.budget.step();
      }
      if (runtime.truth(test(frame))) return body(frame);
    }
    return last === null ? NEXT : last(frame);
  };
}

export function matchStatement(context: Context, node: StmtOf<'Match'>): Step {
  const { runtime } = context;
  const subject = context.expression(node.subject);
  const cases = node.cases.map((each) => ({
    trial: trialOf(context, each.pattern),
    guard: each.guard === null ? null : context.expression(each.guard),
    body: context.block(each.body),
  }));
  return (frame) => {
    const value = subject(frame);
    for (const { trial, guard, body } of cases) {
      runtime.budget.step();
      if (trial(frame, value) && (guard === null || runtime.truth(guard(frame)))) return body(frame);
    }
    return NEXT;
  };
}

export function whileLoop(context: Context, node: StmtOf<'While'>): Step {
  const { runtime } = context;
  const { budget } = runtime;
  const test = context.expression(node.test);
  const body = context.block(node.body);
  const otherwise = context.block(node.otherwise);
  const { line } = node;
  return (frame) => {
    while (runtime.truth(test(frame))) {
      budget.step();
      const signal = body(frame);
      if (signal === BREAK) return NEXT;
      if (signal === RETURN) return RETURN;
      runtime.line = line;
    }
    return otherwise(frame);
  };
}

export function forLoop(context: Context, node: StmtOf<'For'>): Step {
  const { runtime } = context;
  const { budget } = runtime;
  const iterable = context.expression(node.iterable);
  const bind = assignTo(context, node.target);
  const body = context.block(node.body);
  const otherwise = context.block(node.otherwise);
  const { line } = node;
  return (frame) => {
    const value = iterable(frame);
    if (value instanceof PyRange && value.step === 1n) {
      for (let i = value.start; i < value.stop; i++) {
        budget.step();
        bind(frame, i);
        const signal = body(frame);
        if (signal === BREAK) return NEXT;
        if (signal === RETURN) return RETURN;
      }
      return otherwise(frame);
    }
    const iterator = iteratorOf(runtime, value);
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      budget.step();
      bind(frame, next.value);
      const signal = body(frame);
      if (signal === BREAK) return NEXT;
      if (signal === RETURN) return RETURN;
      runtime.line = line;
    }
    return otherwise(frame);
  };
}

/** A context that was entered. */
export class Entered implements Holder {
  readonly value: Value;
  private readonly manager: Value;
  private readonly leave: Value;
  constructor(manager: Value, value: Value, leave: Value = null) {
    this.manager = manager;
    this.value = value;
    this.leave = leave;
  }

  /** Answers whether it swallows the error. */
  exit(runtime: Runtime, error: PyError | null): boolean {
    const { manager } = this;
    if (manager instanceof PyContext) {
      manager.exit();
      return false;
    }
    const args = error === null ? [null, null, null] : [classOfError(error), instanceOf(error), null];
    return runtime.truth(runtime.call(this.leave, [manager, ...args]));
  }

  references(visit: Visit): void {
    visit(this.value);
    visit(this.manager);
    visit(this.leave);
  }
}

export function enterContext(runtime: Runtime, manager: Value): Entered {
  if (manager instanceof PyContext) return new Entered(manager, manager.enter());
  const enter = override(manager, '__enter__');
  const exit = override(manager, '__exit__');
  if (enter !== undefined && exit !== undefined) return new Entered(manager, runtime.call(enter, [manager]), exit);
  throw typeError(`'${typeName(manager, runtime)}' object does not support the context manager protocol`);
}

export function withBlock(context: Context, node: StmtOf<'With'>): Step {
  const { runtime } = context;
  const items = node.items.map(([manager, target]) => ({
    manager: context.expression(manager),
    bind: target === null ? null : assignTo(context, target),
  }));
  const body = context.block(node.body);
  const run = (frame: Frame, at: number): Signal => {
    if (at === items.length) return body(frame);
    const { manager, bind } = items[at];
    const entered = enterContext(runtime, manager(frame));
    let signal: Signal;
    try {
      bind?.(frame, entered.value);
      signal = run(frame, at + 1);
    } catch (error) {
      const known = asPyError(error);
      // A fault of ours or the end of the cell passes through, but not before the mode is put back.
      if (known === undefined || runtime.budget.ended !== null) {
        try {
          entered.exit(runtime, null);
        } catch {
          throw error;
        }
        throw error;
      }
      known.line ??= runtime.line;
      if (!entered.exit(runtime, known)) throw known;
      return NEXT;
    }
    entered.exit(runtime, null);
    return signal;
  };
  return (frame) => run(frame, 0);
}

export interface Catch {
  readonly type: Code | null;
  readonly bind: Store | null;
  readonly forget: ((frame: Frame) => void) | null;
}

export function catchOf(context: Context, handler: Handler): Catch {
  return {
    type: handler.type === null ? null : context.expression(handler.type),
    bind: handler.name === null ? null : store(context, handler.name),
    forget: handler.name === null ? null : erase(context, handler.name),
  };
}

/** Whether `except type` takes the error. */
export function catches(runtime: Runtime, error: PyError, type: Value): boolean {
  const types = type instanceof PyTuple ? type.items : [type];
  const cls = classOfError(error);
  return types.some((candidate) => {
    if (!(candidate instanceof PyClass) || !isException(candidate))
      throw typeError('catching classes that do not inherit from BaseException is not allowed');
    runtime.budget.step();
    return isSubclass(cls, candidate);
  });
}

export function tryExcept(context: Context, node: StmtOf<'Try'>): Step {
  const { runtime } = context;
  const body = context.block(node.body);
  const handlers = node.handlers.map((handler) => ({
    ...catchOf(context, handler),
    body: context.block(handler.body),
  }));
  const otherwise = context.block(node.otherwise);
  const attempt = (frame: Frame): Signal => {
    let signal: Signal;
    try {
      signal = body(frame);
    } catch (error) {
      const known = asPyError(error);
      if (known === undefined || runtime.budget.ended !== null) throw error;
      known.line ??= runtime.line;
      for (const handler of handlers) {
        if (handler.type !== null && !catches(runtime, known, handler.type(frame))) continue;
        handler.bind?.(frame, instanceOf(known));
        runtime.handling.push(known);
        try {
          return handler.body(frame);
        } finally {
          runtime.handling.pop();
          forget(handler, frame);
        }
      }
      throw known;
    }
    return signal === NEXT ? otherwise(frame) : signal;
  };
  if (node.final.length === 0) return attempt;
  const final = context.block(node.final);
  return (frame) => {
    let signal: Signal;
    try {
      signal = attempt(frame);
    } catch (error) {
      const known = asPyError(error);
      if (known === undefined || runtime.budget.ended !== null) throw error;
      known.line ??= runtime.line;
      const ending = final(frame);
      if (ending !== NEXT) return ending;
      throw known;
    }
    const kept = frame.result;
    const ending = final(frame);
    if (ending !== NEXT) return ending;
    frame.result = kept;
    return signal;
  };
}

/** `except … as e` leaves no `e` behind. */
export function forget(handler: Catch, frame: Frame): void {
  try {
    handler.forget?.(frame);
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
  }
}
