/** def, lambda and class. */
import type { Expr, ExprOf, Parameters, Stmt, StmtOf } from '../../syntax/ast.ts';
import { finishClass, makeClass } from '../classes.ts';
import { PyError } from '../errors.ts';
import { type Code, Frame, type Step } from '../frame.ts';
import { Annotations, FunctionCode, type Signature, UserClass, UserFunction } from '../objects.ts';
import { PyClass, type Value } from '../values.ts';
import { collect, renumber, yields } from './bindings.ts';
import { argumentsCode } from './calls.ts';
import { enclosing } from './comprehensions.ts';
import { type Context, Scope } from './context.ts';
import { generatorBlock } from './generators.ts';

function qualnameOf(scope: Scope, name: string): string {
  if (scope.qualname === '') return name;
  return scope.kind === 'class' ? `${scope.qualname}.${name}` : `${scope.qualname}.<locals>.${name}`;
}

function declareParameters(scope: Scope, params: Parameters): Signature {
  const positional = params.positional.map(({ name }) => name);
  const keywordOnly = params.keywordOnly.map(({ name }) => name);
  for (const name of [...positional, ...keywordOnly]) scope.declare(name);
  return {
    positional,
    positionalOnly: params.positionalOnly,
    keywordOnly,
    star: params.star === null ? null : scope.declare(params.star),
    starstar: params.starstar === null ? null : scope.declare(params.starstar),
  };
}

/** What makes the function each time that the definition runs. */
function maker(
  context: Context,
  params: Parameters,
  code: FunctionCode,
  annotated: readonly (readonly [string, Expr])[] = [],
): (frame: Frame) => UserFunction {
  const defaults = params.positional.flatMap(({ fallback }) =>
    fallback === null ? [] : [context.expression(fallback)],
  );
  const keywords = params.keywordOnly.flatMap(({ name, fallback }) =>
    fallback === null ? [] : [[name, context.expression(fallback)] as const],
  );
  const annotations = annotated.map(([name, node]) => [name, context.expression(node)] as const);
  return (frame) => {
    const values = defaults.map((fallback) => fallback(frame));
    const named = new Map<string, Value>(keywords.map(([name, fallback]) => [name, fallback(frame)]));
    const fn = new UserFunction(code, enclosing(frame), values, named);
    if (annotations.length > 0) fn.annotations = new Annotations(frame, annotations);
    return fn;
  };
}

export function lambda(context: Context, node: ExprOf<'Lambda'>): Code {
  const qualname = qualnameOf(context.scope, '<lambda>');
  const scope = new Scope('function', context.scope, qualname);
  const signature = declareParameters(scope, node.params);
  const inner = context.inner(scope);
  const run = inner.expression(node.body);
  context.size += inner.size;
  const code = new FunctionCode({
    name: '<lambda>',
    qualname,
    signature,
    slots: scope.slots.size,
    names: [...scope.slots.keys()],
    weight: inner.weight,
    cell: context.module === null ? context.runtime.cell : -1,
    doc: null,
    run,
    generate: null,
    size: inner.size,
    wraps: null,
  });
  return maker(context, node.params, code);
}

function docOf(body: readonly Stmt[]): string | null {
  const [first] = body;
  return first?.kind === 'Expression' && first.value.kind === 'Constant' && typeof first.value.value === 'string'
    ? first.value.value
    : null;
}

function functionCode(context: Context, node: StmtOf<'Function'>): (frame: Frame) => UserFunction {
  const qualname = context.scope.globals.has(node.name) ? node.name : qualnameOf(context.scope, node.name);
  const scope = new Scope('function', context.scope, qualname);
  const signature = declareParameters(scope, node.params);
  collect(scope, node.body, new Set(scope.slots.keys()));
  renumber(scope);
  for (const name of scope.nonlocals) {
    if (scope.find(name).kind !== 'free')
      throw new PyError('SyntaxError', `no binding for nonlocal '${name}' found`, node.line);
  }
  const inner = context.inner(scope);
  const generates = yields(node.body);
  const body = generates ? null : inner.block(node.body);
  const generate = generates ? generatorBlock(inner, node.body) : null;
  context.size += inner.size;
  const code = new FunctionCode({
    name: node.name,
    qualname,
    signature,
    slots: scope.slots.size,
    names: [...scope.slots.keys()],
    weight: inner.weight,
    cell: context.module === null ? context.runtime.cell : -1,
    doc: docOf(node.body),
    run: (frame) => {
      body?.(frame);
      return frame.result;
    },
    generate,
    size: inner.size,
    wraps: null,
  });
  return maker(context, node.params, code, node.annotations);
}

function decorate(context: Context, decorators: readonly Expr[]): (frame: Frame, make: () => Value) => Value {
  const { runtime } = context;
  const codes = decorators.map((decorator) => context.expression(decorator));
  return (frame, make) => {
    const fns = codes.map((code) => code(frame));
    let value = make();
    for (let i = fns.length - 1; i >= 0; i--) value = runtime.call(fns[i], [value]);
    return value;
  };
}

export function defineFunction(context: Context, node: StmtOf<'Function'>): (frame: Frame) => Value {
  const make = functionCode(context, node);
  const wrap = decorate(context, node.decorators);
  return (frame) =>
    wrap(frame, () => {
      const fn = make(frame);
      frame.methods?.push(fn);
      return fn;
    });
}

export function defineClass(context: Context, node: StmtOf<'Class'>): (frame: Frame) => Value {
  const { runtime } = context;
  const qualname = qualnameOf(context.scope, node.name);
  const scope = new Scope('class', context.scope, qualname);
  collect(scope, node.body);
  const inner = context.inner(scope);
  const body: Step = inner.block(node.body);
  const collectBases = argumentsCode(context, node.args);
  const wrap = decorate(context, node.decorators);
  const doc = docOf(node.body);
  context.size += inner.size;
  const { weight } = inner;
  return (frame) =>
    wrap(frame, () => {
      const { args, kwargs } = collectBases(frame, runtime);
      const names = new Map<string, Value>([['__qualname__', qualname]]);
      if (context.module !== null) names.set('__module__', context.module);
      if (doc !== null) names.set('__doc__', doc);
      const own = new Frame([], enclosing(frame), null, names);
      own.methods = [];
      runtime.enter(weight);
      try {
        body(own);
      } finally {
        runtime.leave(weight);
      }
      const made = makeClass(runtime, node.name, args, names, kwargs);
      const cls = made instanceof PyClass ? made : null;
      for (const method of own.methods) method.owner = cls;
      if (cls instanceof UserClass) finishClass(runtime, cls, kwargs);
      return made;
    });
}
