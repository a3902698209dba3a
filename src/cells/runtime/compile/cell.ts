/** A whole cell: parsed, made ready, run. */
import { parse } from '../../syntax/parse.ts';
import { Frame } from '../frame.ts';
import type { Runtime } from '../runtime.ts';
import type { Value } from '../values.ts';
import { collect } from './bindings.ts';
import { Context, Scope } from './context.ts';
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
