/** All computing requests by their keys. */
import { findOp } from '../../ops/registry.ts';
import { derivativeRoutes } from './derivatives.ts';
import { type CodeRunner, evaluateRoute } from './evaluate.ts';
import { explainRoute } from './explain.ts';
import { operationRoute } from './operations.ts';
import type { ComputeRoute } from './route.ts';

/** Finds a request by its key; those of one op are made when they are first asked for. */
export function routesBy(runCode: CodeRunner): (key: string) => ComputeRoute {
  const routes = new Map(
    [evaluateRoute(runCode), explainRoute(runCode), ...derivativeRoutes(runCode)].map((route) => [
      route.key,
      route as ComputeRoute,
    ]),
  );
  return (key) => {
    const route = routes.get(key);
    if (route !== undefined) return route;
    const op = findOp(key);
    if (op === undefined) throw new Error(`no computing request is called ${key}`);
    return operationRoute(op) as ComputeRoute;
  };
}
