/** A whole cell: parsed, made ready, run. */
import type { Stmt } from '../../syntax/ast.ts';
import { parse } from '../../syntax/parse.ts';
import { Frame } from '../frame.ts';
import type { Runtime } from '../runtime.ts';
import type { Value } from '../values.ts';
import { collect } from './bindings.ts';
import { Context, type Home, Scope } from './context.ts';
import { makeExpression } from './expressions.ts';
import { makeStatement } from './statements.ts';

/** The value of the last statement where it is an expression that no semicolon silences; else None. */
export function runCell(runtime: Runtime, code: string): Value {
  const statements = parse(code);
  const scope = new Scope('module', null);
  collect(scope, statements);
  const context = new Context(runtime, scope, { expression: makeExpression, statement: makeStatement });
  const last = statements.at(-1);
  const steps = statements
    .slice(0, last?.kind === 'Expression' ? -1 : undefined)
    .map((statement) => context.step(statement));
  const value = last?.kind === 'Expression' ? context.expression(last.value) : null;
  const frame = new Frame([], null);
  runtime.enter(context.weight);
  try {
    for (const run of steps) run(frame);
    if (value === null || last === undefined) return null;
    runtime.line = last.line;
    runtime.budget.step();
    const shown = value(frame);
    return last.kind === 'Expression' && last.quiet === true ? null : shown;
  } finally {
    runtime.leave(context.weight);
  }
}

/** What was parsed of the modules that are written in the language, once for the thread. */
const parsed = new Map<string, readonly Stmt[]>();

/** Runs the text of a module; its names are in `globals` then. */
export function runModule(runtime: Runtime, name: string, text: string, globals: Map<string, Value>): void {
  let statements = parsed.get(name);
  if (statements === undefined) {
    statements = parse(text);
    parsed.set(name, statements);
  }
  const scope = new Scope('module', null);
  collect(scope, statements);
  const home: Home = { module: name, globals };
  const context = new Context(runtime, scope, { expression: makeExpression, statement: makeStatement }, 0, home);
  const { line } = runtime;
  const steps = statements.map((statement) => context.step(statement));
  const frame = new Frame([], null);
  runtime.enter(context.weight);
  try {
    for (const run of steps) run(frame);
  } finally {
    runtime.leave(context.weight);
    runtime.line = line;
  }
}
