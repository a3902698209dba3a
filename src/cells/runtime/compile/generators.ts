/** Bodies of functions with `yield`: the same statements, able to stop in between. */
import type { Expr, Stmt, StmtOf } from '../../syntax/ast.ts';
import { GeneratorWalk } from '../calls.ts';
import { PyError } from '../errors.ts';
import { asPyError, instanceOf } from '../exceptions.ts';
import { BREAK, type Frame, type GeneratorStep, NEXT, RETURN, type Signal } from '../frame.ts';
import { isStop, iteratorOf } from '../iterate.ts';
import type { Value } from '../values.ts';
import { yields } from './bindings.ts';
import type { Context } from './context.ts';
import { branchesOf, catches, catchOf, type Entered, enterContext, forget } from './control.ts';
import { trialOf } from './match.ts';
import { store } from './names.ts';
import { assignTo } from './targets.ts';

type Yielding = Generator<Value, Signal, Value>;

export function generatorBlock(context: Context, statements: readonly Stmt[]): GeneratorStep {
  const steps = context.deeper(() => statements.map((statement) => generatorStep(context, statement)));
  return function* run(frame): Yielding {
    for (const each of steps) {
      const signal = typeof each === 'function' ? each(frame) : yield* each.run(frame);
      if (signal !== NEXT) return signal;
    }
    return NEXT;
  };
}

function generatorStep(context: Context, node: Stmt): ((frame: Frame) => Signal) | { readonly run: GeneratorStep } {
  if (!yields([node]) || node.kind === 'Function' || node.kind === 'Class') return context.step(node);
  const { runtime } = context;
  const inner = context.deeper(() => make(context, node));
  return {
    *run(frame): Yielding {
      runtime.line = node.line;
      runtime.budget.step();
      return yield* inner(frame);
    },
  };
}

function make(context: Context, node: Stmt): GeneratorStep {
  switch (node.kind) {
    case 'Expression': {
      const value = yielding(context, node.value);
      return function* run(frame): Yielding {
        yield* value(frame);
        return NEXT;
      };
    }
    case 'Assign': {
      const value = yielding(context, node.value);
      const stores = node.targets.map((target) => assignTo(context, target));
      return function* run(frame): Yielding {
        const result = yield* value(frame);
        for (const bind of stores) bind(frame, result);
        return NEXT;
      };
    }
    case 'Return': {
      const value = yielding(context, node.value!);
      return function* run(frame): Yielding {
        frame.result = yield* value(frame);
        return RETURN;
      };
    }
    case 'Annotation': {
      const value = yielding(context, node.value!);
      const bind = assignTo(context, node.target);
      return function* run(frame): Yielding {
        bind(frame, yield* value(frame));
        return NEXT;
      };
    }
    case 'Augmented': {
      const before = hoisted(context, node.value);
      const run = context.step({ ...node, value: before.rest });
      return function* augment(frame): Yielding {
        yield* before.steps(frame);
        return run(frame);
      };
    }
    case 'Match':
      return matchStatement(context, node);
    case 'If':
      return ifElse(context, node);
    case 'While':
      return whileLoop(context, node);
    case 'For':
      return forLoop(context, node);
    case 'With':
      return withBlock(context, node);
    case 'Try':
      return tryExcept(context, node);
    default:
      throw new PyError('NotImplementedError', 'yield in this place is not supported in cells', node.line);
  }
}

function yielding(context: Context, node: Expr): (frame: Frame) => Generator<Value, Value, Value> {
  const { runtime } = context;
  if (node.kind === 'Yield') {
    const { value: given } = node;
    if (given !== null && yields([{ kind: 'Expression', value: given, line: node.line }])) {
      const inner = yielding(context, given);
      return function* run(frame) {
        return yield yield* inner(frame);
      };
    }
    const value = given === null ? () => null : context.expression(given);
    return function* run(frame) {
      return yield value(frame);
    };
  }
  if (node.kind === 'YieldFrom') {
    const value = context.expression(node.value);
    return function* run(frame) {
      const iterator = iteratorOf(runtime, value(frame));
      frame.hold(iterator);
      try {
        for (let next = iterator.next(); next.done !== true; ) {
          runtime.budget.step();
          let sent: Value;
          try {
            sent = yield next.value;
          } catch (error) {
            if (!(iterator instanceof GeneratorWalk) || !(error instanceof PyError)) throw error;
            if (isStop(error, 'GeneratorExit')) {
              iterator.close();
              throw error;
            }
            next = iterator.throw(error);
            continue;
          }
          next = iterator instanceof GeneratorWalk ? iterator.send(sent) : iterator.next();
        }
        return iterator.returned;
      } finally {
        frame.release();
      }
    };
  }
  const before = hoisted(context, node);
  const code = context.expression(before.rest);
  return function* run(frame) {
    yield* before.steps(frame);
    return code(frame);
  };
}

/** Yields within an expression, done before the rest of it; what they answer goes through names of their own. */
function hoisted(
  context: Context,
  node: Expr,
): { readonly steps: (frame: Frame) => Generator<Value, void, Value>; readonly rest: Expr } {
  const found: { readonly name: string; readonly node: Expr }[] = [];
  const replace = (at: unknown): unknown => {
    if (Array.isArray(at)) return at.map(replace);
    if (typeof at !== 'object' || at === null) return at;
    const each = at as Expr;
    if (each.kind === 'Lambda' || each.kind === 'Comprehension') return each;
    if (each.kind === 'Yield' || each.kind === 'YieldFrom') {
      const inner = each.value === null ? each : ({ ...each, value: replace(each.value) } as Expr);
      const name = `.yield${found.length}`;
      found.push({ name, node: inner });
      return { kind: 'Name', id: name, line: each.line };
    }
    return Object.fromEntries(Object.entries(each).map(([key, value]) => [key, replace(value)]));
  };
  const rest = context.deeper(() => replace(node)) as Expr;
  const steps = found.map((each) => {
    context.scope.declare(each.name);
    return { value: yielding(context, each.node), bind: store(context, each.name) };
  });
  return {
    rest,
    *steps(frame) {
      for (const { value, bind } of steps) bind(frame, yield* value(frame));
    },
  };
}

function matchStatement(context: Context, node: StmtOf<'Match'>): GeneratorStep {
  const { runtime } = context;
  const subject = context.expression(node.subject);
  const cases = node.cases.map((each) => ({
    trial: trialOf(context, each.pattern),
    guard: each.guard === null ? null : context.expression(each.guard),
    body: generatorBlock(context, each.body),
  }));
  return function* run(frame): Yielding {
    const value = subject(frame);
    for (const { trial, guard, body } of cases)
      if (trial(frame, value) && (guard === null || runtime.truth(guard(frame)))) return yield* body(frame);
    return NEXT;
  };
}

function ifElse(context: Context, node: StmtOf<'If'>): GeneratorStep {
  const { runtime } = context;
  const { branches, otherwise } = branchesOf(node);
  const codes = branches.map(({ test, body }) => ({
    test: context.expression(test),
    body: generatorBlock(context, body),
  }));
  const last = generatorBlock(context, otherwise);
  return function* run(frame): Yielding {
    for (const { test, body } of codes) if (runtime.truth(test(frame))) return yield* body(frame);
    return yield* last(frame);
  };
}

function whileLoop(context: Context, node: StmtOf<'While'>): GeneratorStep {
  const { runtime } = context;
  const test = context.expression(node.test);
  const body = generatorBlock(context, node.body);
  const otherwise = generatorBlock(context, node.otherwise);
  return function* run(frame): Yielding {
    while (runtime.truth(test(frame))) {
      runtime.budget.step();
      const signal = yield* body(frame);
      if (signal === BREAK) return NEXT;
      if (signal === RETURN) return RETURN;
    }
    return yield* otherwise(frame);
  };
}

function forLoop(context: Context, node: StmtOf<'For'>): GeneratorStep {
  const { runtime } = context;
  const iterable = context.expression(node.iterable);
  const bind = assignTo(context, node.target);
  const body = generatorBlock(context, node.body);
  const otherwise = generatorBlock(context, node.otherwise);
  return function* run(frame): Yielding {
    const iterator = iteratorOf(runtime, iterable(frame));
    frame.hold(iterator);
    try {
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
        runtime.budget.step();
        bind(frame, next.value);
        const signal = yield* body(frame);
        if (signal === BREAK) return NEXT;
        if (signal === RETURN) return RETURN;
      }
    } finally {
      frame.release();
    }
    return yield* otherwise(frame);
  };
}

/**
 * A generator that is left half-way does not leave its `with`: as in Python, the mode of
 * `no_grad` is then that of whoever walks on.
 */
function withBlock(context: Context, node: StmtOf<'With'>): GeneratorStep {
  const { runtime } = context;
  const items = node.items.map(([manager, target]) => ({
    manager: context.expression(manager),
    bind: target === null ? null : assignTo(context, target),
  }));
  const body = generatorBlock(context, node.body);
  return function* run(frame): Yielding {
    const entered: Entered[] = [];
    let failed: unknown;
    let signal: Signal = NEXT;
    frame.hold(entered);
    try {
      for (const { manager, bind } of items) {
        const one = enterContext(runtime, manager(frame));
        entered.push(one);
        bind?.(frame, one.value);
      }
      signal = yield* body(frame);
    } catch (error) {
      failed = error;
    } finally {
      frame.release();
    }
    for (const one of entered.reverse()) {
      const known = failed === undefined || runtime.budget.ended !== null ? undefined : asPyError(failed);
      if (one.exit(runtime, known ?? null) && known !== undefined) failed = undefined;
    }
    if (failed !== undefined) throw failed;
    return signal;
  };
}

function tryExcept(context: Context, node: StmtOf<'Try'>): GeneratorStep {
  const { runtime } = context;
  const body = generatorBlock(context, node.body);
  const handlers = node.handlers.map((handler) => ({
    ...catchOf(context, handler),
    body: generatorBlock(context, handler.body),
  }));
  const otherwise = generatorBlock(context, node.otherwise);
  const final = generatorBlock(context, node.final);
  return function* run(frame): Yielding {
    let failed: unknown;
    let signal: Signal = NEXT;
    try {
      signal = yield* body(frame);
      if (signal === NEXT) signal = yield* otherwise(frame);
    } catch (error) {
      failed = asPyError(error) ?? error;
    }
    if (failed instanceof PyError && runtime.budget.ended === null) {
      const known = failed;
      for (const handler of handlers) {
        if (handler.type !== null && !catches(runtime, known, handler.type(frame))) continue;
        failed = undefined;
        handler.bind?.(frame, instanceOf(known));
        runtime.handling.push(known);
        frame.hold(known);
        try {
          signal = yield* handler.body(frame);
        } catch (error) {
          failed = error;
        } finally {
          frame.release();
          runtime.handling.pop();
          forget(handler, frame);
        }
        break;
      }
    }
    const kept = frame.result;
    frame.hold(failed instanceof PyError ? failed : kept);
    let ending: Signal;
    try {
      ending = yield* final(frame);
    } finally {
      frame.release();
    }
    if (ending !== NEXT) return ending;
    if (failed !== undefined) throw failed;
    frame.result = kept;
    return signal;
  };
}
