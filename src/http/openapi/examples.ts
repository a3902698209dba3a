/** Examples of routes: each is run by the service itself, so that the answer shown is the one it gives. */
import type { Limits } from '../../compute/limits.ts';
import { Scope } from '../../compute/scope.ts';
import type { Example, OpDef } from '../../ops/define.ts';
import type { FindModel } from '../compute/models.ts';
import { type ComputeRoute, carryOut } from '../compute/route.ts';

export interface RouteExample {
  readonly summary: string;
  readonly request: unknown;
  readonly response: unknown;
  /** Of a response that is no document. */
  readonly mediaType?: string;
}

/** By name, the first one is shown first. Called when the document is made. */
export type RouteExamples = () => Readonly<Record<string, RouteExample>>;

declare module 'fastify' {
  interface FastifySchema {
    'x-examples'?: RouteExamples;
  }
}

/** Enough for any example, whatever the settings are. */
export const EXAMPLE_LIMITS: Limits = { maxElements: 2 ** 20, maxNodes: 1000, timeLimitMs: 60_000 };

/** Sends `request` through what reads, checks and answers a body of the route. */
export function routeExample<B, T extends string>(
  summary: string,
  request: unknown,
  route: ComputeRoute<B, T>,
  find?: FindModel,
): RouteExample {
  const posted = { bytes: Buffer.from(JSON.stringify(request)), type: 'application/json' } as const;
  const wanted = route.answers?.[0] ?? ('application/json' as T);
  const { body, mediaType } = carryOut(route, posted, wanted, new Scope(EXAMPLE_LIMITS), find);
  const text = body.toString();
  return { summary, request, response: mediaType === undefined ? JSON.parse(text) : text, mediaType };
}

/** What sets an op's example apart: `beta = 2`, `with weight`. */
export function exampleSummary(op: OpDef, example: Example): string {
  const parts = op.params.flatMap((param) => {
    const value = example[param.name];
    if (value === undefined || param.required) return [];
    return param.kind === 'attr'
      ? [`${param.name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`]
      : [`with ${param.name}`];
  });
  return parts.length === 0 ? 'Defaults' : parts.join(', ');
}
