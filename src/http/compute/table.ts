/** All computing requests by their keys. */
import { findOp } from '../../ops/registry.ts';
import { type CodeRunner, evaluateRoute } from './evaluate.ts';
import { operationRoute } from './operations.ts';
import type { ComputeRoute } from './route.ts';

/** Finds a request by its key; those of one op are made when they are first asked for. */
export function routesBy(runCode: CodeRunner): (key: string) => ComputeRoute {
  const evaluate = evaluateRoute(runCode) as ComputeRoute;
  return (key) => {
    if (key === evaluate.key) return evaluate;
    const op = findOp(key);
    if (op === undefined) throw new Error(`no computing request is called ${key}`);
    return operationRoute(op) as ComputeRoute;
  };
}
