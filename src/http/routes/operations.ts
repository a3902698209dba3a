/** `POST /v1/activations/{op}` and `POST /v1/losses/{op}`: a route for each op of these categories. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { tensorResultSchema } from '../../graph/schema.ts';
import { closest } from '../../ops/closest.ts';
import type { OpDef } from '../../ops/define.ts';
import { opsOf } from '../../ops/registry.ts';
import { type Computing, computeHandler, computeOptions } from '../compute/handler.ts';
import { operationRoute } from '../compute/operations.ts';
import { exampleSummary, type RouteExample, routeExample } from '../openapi/examples.ts';
import { sendProblem } from '../problem.ts';
import { answerFields, computeProblems, gradientSchema, notFoundProblem, operationBody } from '../schemas.ts';

export const FAMILIES = { activation: 'activations', loss: 'losses' } as const;

const operationAnswer = z
  .object({
    output: tensorResultSchema,
    grad: z.record(z.string(), gradientSchema).meta({ description: 'The gradients, by parameter' }),
    ...answerFields,
  })
  .meta({ id: 'OperationAnswer', description: 'What the op gives, its gradients, and the graph of the computation' });

/** Formulas are LaTeX, which readers of Markdown show as it stands only in code. */
function describe({ formula, derivative, source }: OpDef): string {
  const lines = [`- Formula: \`${formula}\``];
  if (derivative !== undefined) lines.push(`- Derivative: \`${derivative}\``);
  if (source !== undefined) lines.push(`- Source: ${source}`);
  return lines.join('\n');
}

function addRoute(app: FastifyInstance, op: OpDef, family: string, computing: Computing): void {
  const schema = operationBody(op);
  const route = operationRoute(op);
  const options = computeOptions(computing);
  const handler = computeHandler(app, route, computing.limits);
  const examples = (): Record<string, RouteExample> =>
    Object.fromEntries(
      op.examples.map((example, i) => [`example_${i + 1}`, routeExample(exampleSummary(op, example), example, route)]),
    );

  app.post(
    `/v1/${family}/${op.name}`,
    {
      ...options,
      schema: {
        operationId: `${family}_${op.name}`,
        tags: [family],
        summary: op.summary,
        description: describe(op),
        body: schema,
        response: { 200: operationAnswer, ...computeProblems },
        'x-examples': examples,
      },
    },
    handler,
  );
  for (const alias of op.aliases) {
    app.post(`/v1/${family}/${alias}`, { ...options, schema: { body: schema, hide: true } }, handler);
  }
}

export default async (app: FastifyInstance, computing: Computing): Promise<void> => {
  for (const [category, family] of Object.entries(FAMILIES) as ['activation' | 'loss', string][]) {
    const ops = opsOf(category);
    for (const op of ops) addRoute(app, op, family, computing);
    app.post(`/v1/${family}/:op`, { schema: { hide: true, response: notFoundProblem } }, (request, reply) => {
      const { op } = request.params as { op: string };
      const suggestion = closest(
        op,
        ops.flatMap((o) => [o.name, ...o.aliases]),
      );
      return sendProblem(reply, {
        code: 'not_found',
        title: 'There is no such op',
        status: 404,
        detail: `there is no ${category} "${op}"${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`,
        suggestion,
      });
    });
  }
};
