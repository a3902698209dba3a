/** All computing requests by their keys. */
import { findOp } from '../../ops/registry.ts';
import { derivativeRoutes } from './derivatives.ts';
import { type CodeRunner, evaluateRoute } from './evaluate.ts';
import { explainRoute } from './explain.ts';
import { operationRoute } from './operations.ts';
import { renderRoute } from './render.ts';
import type { ComputeRoute } from './route.ts';

/** A body travels with the key of its route, and the media type that this route was asked for. */
const anyRoute = <B, T extends string>(route: ComputeRoute<B, T>) => route as unknown as ComputeRoute<unknown, string>;

/** Finds a request by its key; those of one op are made when they are first asked for. */
export function routesBy(runCode: CodeRunner): (key: string) => ComputeRoute<unknown, string> {
  const routes = new Map(
    [
      anyRoute(evaluateRoute(runCode)),
      anyRoute(explainRoute(runCode)),
      ...derivativeRoutes(runCode).map(anyRoute),
      anyRoute(renderRoute),
    ].map((route) => [route.key, route]),
  );
  return (key) => {
    const route = routes.get(key);
    if (route !== undefined) return route;
    const op = findOp(key);
    if (op === undefined) throw new Error(`no computing request is called ${key}`);
    return anyRoute(operationRoute(op));
  };
}
