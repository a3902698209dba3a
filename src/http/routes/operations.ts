/** `POST /v1/activations/{op}` and `POST /v1/losses/{op}`: a route for each op of these categories. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Slot } from '../../codec/json/reader.ts';
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import type { DocumentType } from '../../codec/read-body.ts';
import type { Answer } from '../../engine/answer.ts';
import type { Limits } from '../../engine/limits.ts';
import { runOperation } from '../../engine/operation.ts';
import { closest } from '../../graph/closest.ts';
import { tensorResultSchema } from '../../graph/schema.ts';
import type { OpDef } from '../../ops/define.ts';
import { opsOf } from '../../ops/registry.ts';
import { documentType } from '../negotiate.ts';
import { EXAMPLE_LIMITS, exampleSummary, type RouteExample, routeExample } from '../openapi/examples.ts';
import { sendProblem } from '../problem.ts';
import {
  answerFields,
  computeProblems,
  gradientSchema,
  notFoundProblem,
  type OptionBody,
  operationBody,
  optionsOf,
} from '../schemas.ts';

export const FAMILIES = { activation: 'activations', loss: 'losses' } as const;

export const CONTENT_TYPES: Readonly<Record<DocumentType, string>> = {
  'application/json': 'application/json; charset=utf-8',
  'application/cbor': 'application/cbor',
};

export function sendAnswer(reply: FastifyReply, answer: Answer, type: DocumentType): FastifyReply {
  reply.elements = answer.elements;
  return reply.header('content-type', CONTENT_TYPES[type]).send(answer.body);
}

const operationAnswer = z
  .object({
    output: tensorResultSchema,
    grad: z.record(z.string(), gradientSchema).meta({ description: 'The gradients, by parameter' }),
    ...answerFields,
  })
  .meta({ id: 'OperationAnswer', description: 'What the op gives, its gradients, and the graph of the computation' });

function slotOf(op: OpDef): Slot {
  const fields: Record<string, Slot> = { grad_output: 'tensor' };
  for (const param of op.params) if (param.kind !== 'attr') fields[param.name] = 'tensor';
  return { fields };
}

/** Formulas are LaTeX, which readers of Markdown show as it stands only in code. */
function describe({ formula, derivative, source }: OpDef): string {
  const lines = [`- Formula: \`${formula}\``];
  if (derivative !== undefined) lines.push(`- Derivative: \`${derivative}\``);
  if (source !== undefined) lines.push(`- Source: ${source}`);
  return lines.join('\n');
}

function addRoute(app: FastifyInstance, op: OpDef, family: string, limits: Limits): void {
  const tensorNames = op.params.filter((p) => p.kind !== 'attr').map((p) => p.name as string);
  const attrParams = op.params.filter((p) => p.kind === 'attr');
  const schema = operationBody(op);
  const slot = slotOf(op);

  function run(body: OptionBody & Record<string, unknown>, within: Limits, type?: DocumentType): Answer {
    const tensors = new Map<string, TensorLiteral>();
    for (const name of tensorNames) {
      const literal = body[name];
      if (literal != null) tensors.set(name, literal as TensorLiteral);
    }
    const attrs: Record<string, unknown> = {};
    for (const param of attrParams) attrs[param.key] = body[param.name];
    const gradOutput = body.grad_output as TensorLiteral | undefined;
    return runOperation(op, { tensors, attrs, gradOutput }, optionsOf(body, type), within);
  }

  function examples(): Record<string, RouteExample> {
    const route = {
      slot,
      schema,
      run: (body: unknown) => run(body as OptionBody & Record<string, unknown>, EXAMPLE_LIMITS),
    };
    return Object.fromEntries(
      op.examples.map((example, i) => [`example_${i + 1}`, routeExample(exampleSummary(op, example), example, route)]),
    );
  }

  const handler = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const type = documentType(request, reply);
    return sendAnswer(reply, run(request.body as OptionBody & Record<string, unknown>, limits, type), type);
  };

  app.post(
    `/v1/${family}/${op.name}`,
    {
      config: { slot },
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
    app.post(`/v1/${family}/${alias}`, { config: { slot }, schema: { body: schema, hide: true } }, handler);
  }
}

export default async (app: FastifyInstance, { limits }: { limits: Limits }): Promise<void> => {
  for (const [category, family] of Object.entries(FAMILIES) as ['activation' | 'loss', string][]) {
    const ops = opsOf(category);
    for (const op of ops) addRoute(app, op, family, limits);
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
