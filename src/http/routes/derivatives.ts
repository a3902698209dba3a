/** `POST /v1/vjp`, `/v1/jvp`, `/v1/jacobian`, `/v1/hessian`, `/v1/hvp`, `/v1/vhp`, `/v1/gradcheck`. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { tensorResultSchema } from '../../graph/schema.ts';
import { DERIVATIVE_KEYS, type DerivativeKey, derivativeBodies, derivativeRoute } from '../compute/derivatives.ts';
import { type Computing, computeHandler, computeOptions } from '../compute/handler.ts';
import { routeExample } from '../openapi/examples.ts';
import { answerFields, programProblems } from '../schemas.ts';

const graph = {
  inputs: ['x', 'w'],
  nodes: [
    { op: 'mv', inputs: ['x', 'w'], outputs: ['z'] },
    { op: 'tanh', inputs: ['z'], outputs: ['y'] },
    { op: 'sum', inputs: ['y'], outputs: ['total'] },
  ],
  outputs: ['total'],
};
const inputs = {
  x: [
    [0.5, -1],
    [1, 0.25],
  ],
  w: [0.1, 0.2],
};

/** Of each: what it says, and a request that runs. */
const ROUTES: Readonly<Record<DerivativeKey, { summary: string; description: string; request: object }>> = {
  vjp: {
    summary: 'A vector times the Jacobian',
    description: 'As torch.autograd.functional.vjp: `vjp` is nested as `wrt`.',
    request: { inputs, graph, of: 'y', wrt: ['x', 'w'], v: [1, -1] },
  },
  jvp: {
    summary: 'The Jacobian times a vector',
    description: 'As torch.autograd.functional.jvp: `jvp` is nested as `of`.',
    request: { inputs, graph, of: 'y', wrt: 'w', v: [1, 0] },
  },
  jacobian: {
    summary: 'The whole Jacobian',
    description:
      'As torch.autograd.functional.jacobian: `jacobian` is nested as `of` and then as `wrt`; each tensor has the shape of the one, followed by that of the other.',
    request: { inputs, graph, of: 'y', wrt: ['w'] },
  },
  hessian: {
    summary: 'The whole Hessian',
    description: 'As torch.autograd.functional.hessian, of one value of one element: nested as `wrt`, twice.',
    request: { inputs, graph, of: 'total', wrt: 'w' },
  },
  hvp: {
    summary: 'The Hessian times a vector',
    description: 'As torch.autograd.functional.hvp, of one value of one element.',
    request: { inputs, graph, of: 'total', wrt: 'w', v: [1, 2] },
  },
  vhp: {
    summary: 'A vector times the Hessian',
    description: 'As torch.autograd.functional.vhp, of one value of one element.',
    request: { inputs, graph, of: 'total', wrt: 'w', v: [1, 2] },
  },
  gradcheck: {
    summary: 'Gradients compared with central differences',
    description:
      'As torch.autograd.gradcheck; a check that fails is an answer, `"ok": false`. Bare arrays are float64 here.',
    request: { inputs, graph, of: 'total' },
  },
};

const RESULT = { $ref: '#/components/schemas/TensorResult' };
const deeper = (items: object): object => ({ anyOf: [RESULT, { type: 'array', items }] });

/** Tuples nest once more than lists of names. */
const nestedSchema = z
  .unknown()
  .meta({ description: 'A tensor, or an array of such', ...deeper(deeper(deeper(deeper(RESULT)))) });

const outputs = z
  .record(z.string(), z.union([tensorResultSchema, z.array(tensorResultSchema)]))
  .meta({ description: 'Values by name' });

const checkSchema = z.object({
  of: z.string(),
  wrt: z.string(),
  ok: z.boolean(),
  max_abs_error: z.union([z.number(), z.string()]),
  max_rel_error: z.union([z.number(), z.string()]),
  worst: z
    .object({
      of_index: z.array(z.int()),
      wrt_index: z.array(z.int()),
      analytical: z.union([z.number(), z.string()]),
      numerical: z.union([z.number(), z.string()]),
    })
    .optional()
    .meta({ description: 'Where they part most; an integer a dimension' }),
});

const answerOf = (key: DerivativeKey) =>
  z
    .object({
      outputs,
      ...(key === 'gradcheck' ? { ok: z.boolean(), checks: z.array(checkSchema) } : { [key]: nestedSchema }),
      ...answerFields,
    })
    .meta({ id: `${key[0].toUpperCase()}${key.slice(1)}Answer`, description: ROUTES[key].summary });

export default async (app: FastifyInstance, computing: Computing): Promise<void> => {
  for (const key of DERIVATIVE_KEYS) {
    const route = derivativeRoute(key);
    const { summary, description, request } = ROUTES[key];
    app.post(
      `/v1/${key}`,
      {
        ...computeOptions(computing),
        schema: {
          operationId: key,
          tags: ['derivatives'],
          summary,
          description,
          body: derivativeBodies[key],
          response: { 200: answerOf(key), ...programProblems },
          'x-examples': () => ({ [key]: routeExample(summary, request, route) }),
        },
      },
      computeHandler(app, route, computing.limits),
    );
  }
};
