/** `GET /v1/ops` and `GET /v1/ops/{op}`: the catalogue, made from the registry. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { closest } from '../../graph/closest.ts';
import { evaluateExample } from '../../graph/example.ts';
import { tensorJson } from '../../graph/schema.ts';
import type { OpDef } from '../../ops/define.ts';
import type { AnyParam } from '../../ops/params.ts';
import { findOp, opNames, ops } from '../../ops/registry.ts';
import { sendProblem } from '../problem.ts';
import { attrJson, notFoundProblem } from '../schemas.ts';
import { FAMILIES } from './operations.ts';

const summarySchema = z.object({
  name: z.string().meta({ description: "PyTorch's functional name", examples: ['softplus'] }),
  aliases: z.array(z.string()),
  category: z.string(),
  summary: z.string(),
  differentiable: z.boolean(),
});

const opSchema = summarySchema.extend({
  source: z.string().optional().meta({ description: 'Where the formula comes from' }),
  signature: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema (2020-12) of the parameters; x-tensor marks tensors' }),
  formula: z.string().meta({ description: 'LaTeX' }),
  derivative: z.string().optional().meta({ description: 'LaTeX' }),
  example: z
    .object({ method: z.string(), path: z.string(), body: z.record(z.string(), z.unknown()) })
    .meta({ description: 'A request that runs as it stands' }),
});

const summaryOf = ({ name, aliases, category, summary, differentiable }: OpDef): z.output<typeof summarySchema> => ({
  name,
  aliases: [...aliases],
  category,
  summary,
  differentiable,
});

function paramJson(param: AnyParam): Record<string, unknown> {
  if (param.kind === 'attr') return attrJson(param);
  const note = param.doc === undefined ? {} : { description: param.doc };
  const marks = { 'x-tensor': true, 'x-differentiable': param.differentiable };
  if (param.kind === 'tensors') return { type: 'array', items: tensorJson, ...note, ...marks };
  return { ...tensorJson, ...note, ...marks };
}

export function signatureOf(op: OpDef): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: op.name,
    type: 'object',
    properties: Object.fromEntries(op.params.map((p) => [p.name, paramJson(p)])),
    required: op.params.filter((p) => p.required && !p.variadic).map((p) => p.name as string),
    additionalProperties: false,
  };
}

function exampleOf(op: OpDef): z.output<typeof opSchema>['example'] {
  const family = (FAMILIES as Partial<Record<string, string>>)[op.category];
  return family === undefined
    ? evaluateExample(op)
    : { method: 'POST', path: `/v1/${family}/${op.name}`, body: { ...op.examples[0] } };
}

export default async (app: FastifyInstance): Promise<void> => {
  let list: string | undefined;
  app.get(
    '/v1/ops',
    {
      schema: {
        operationId: 'listOps',
        tags: ['ops'],
        summary: 'All ops',
        response: { 200: z.object({ ops: z.array(summarySchema) }).meta({ id: 'OpList' }) },
      },
    },
    (_, reply) => {
      list ??= JSON.stringify({ ops: ops.map(summaryOf) });
      return reply.header('content-type', 'application/json; charset=utf-8').send(list);
    },
  );
  app.get(
    '/v1/ops/:op',
    {
      schema: {
        operationId: 'getOp',
        tags: ['ops'],
        summary: 'One op: signature, formula, derivative, and a request that runs',
        params: z.object({ op: z.string().meta({ examples: ['cross_entropy'] }) }),
        response: { 200: opSchema.meta({ id: 'OpDetail' }), ...notFoundProblem },
      },
    },
    (request, reply) => {
      const { op: name } = request.params as { op: string };
      const op = findOp(name);
      if (op === undefined) {
        const suggestion = closest(name, opNames());
        return sendProblem(reply, {
          code: 'not_found',
          title: 'There is no such op',
          status: 404,
          detail: `there is no op "${name}"${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`,
          suggestion,
        });
      }
      const { source, formula, derivative } = op;
      const body = { ...summaryOf(op), source, signature: signatureOf(op), formula, derivative, example: exampleOf(op) };
      return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body));
    },
  );
};
