/** `POST /v1/explain`: a gradient derived step by step. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { tensorResultSchema } from '../../graph/schema.ts';
import { FORMS } from '../../ops/derivation.ts';
import { explainBody, explainRoute } from '../compute/explain.ts';
import { type Computing, computeHandler, computeOptions } from '../compute/handler.ts';
import { routeExample } from '../openapi/examples.ts';
import { answerFields, cborSchema, programProblems } from '../schemas.ts';

const REQUEST = {
  inputs: { x: [1], w: [2], b: [0], y: [1] },
  graph: {
    inputs: ['x', 'w', 'b', 'y'],
    nodes: [
      { op: 'mul', inputs: ['x', 'w'], outputs: ['z'] },
      { op: 'add', inputs: ['z', 'b'], outputs: ['pred'] },
      { op: 'mse_loss', inputs: ['pred', 'y'], outputs: ['loss'] },
    ],
    outputs: ['loss'],
  },
  of: 'loss',
  wrt: ['w', 'b'],
};

const latex = z.object({
  rule: z.string().meta({ description: 'In the names of the values' }),
  numbers: z.string().meta({ description: 'With the numbers of this request' }),
});
const text = z.string().meta({ description: 'The same in plain characters' });
const step = z
  .int()
  .nullable()
  .meta({ description: 'The step that it came from; null where `sum` names a sum of several' });

const upstream = z.object({
  step: step.optional(),
  sum: z.string().optional(),
  tensor: tensorResultSchema,
  others: z
    .array(z.record(z.string(), z.unknown()))
    .optional()
    .meta({ description: 'Of a call with several results: what came to the others' }),
});

const stepSchema = z
  .object({
    id: z.int(),
    kind: z.enum(['seed', 'product', 'pass', 'reduce', 'accumulate', 'zero', 'convention']).meta({
      description:
        'convention: some elements lie at a kink, where what is taken for the derivative is a convention; `at` has their places',
    }),
    node: z.int().nullable().meta({ description: 'The node of the graph whose rule it is' }),
    from: z.string().nullable().meta({ description: 'The value whose gradient arrived' }),
    to: z.string().nullable().meta({ description: 'The value that it is passed on to' }),
    upstream: upstream.nullable().meta({ description: 'What arrived' }),
    local: z
      .object({
        form: z.enum(FORMS),
        latex: z.string(),
        reads: z.array(z.string()).meta({ description: 'Values whose elements the rule reads' }),
        tensor: tensorResultSchema.optional().meta({
          description:
            'The local derivative: of `elementwise` rules element by element, of small `vjp` ones the Jacobian',
        }),
      })
      .nullable(),
    result: z.object({
      tensor: tensorResultSchema.meta({ description: 'What is passed on, after the reduction' }),
      reduced_axes: z.array(z.int()).meta({ description: 'Axes that were broadcast, and are summed over' }),
    }),
    at: z.array(z.array(z.int())).optional(),
    latex,
    text,
  })
  .meta({ id: 'DerivationStep', description: 'One edge of the backward pass' });

export const explainAnswer = z
  .object({
    format: z.literal('gradwire/explain@1'),
    of: z.string(),
    wrt: z.array(z.string()),
    result: z.record(z.string(), tensorResultSchema).meta({ description: 'The gradients, by name' }),
    element: z
      .object({ index: z.array(z.int()), value: z.union([z.number(), z.string()]) })
      .optional()
      .meta({ description: 'The element that `index` asked for' }),
    outputs: z
      .record(z.string(), z.union([tensorResultSchema, z.array(tensorResultSchema)]))
      .optional()
      .meta({ description: 'Values by name, where `outputs` asked' }),
    forward: z.array(z.object({ node: z.int(), value: z.string(), latex, text })).meta({
      description: 'What the nodes on the way made',
    }),
    steps: z.array(stepSchema),
    sums: z
      .array(z.object({ value: z.string(), terms: z.array(z.int()), tensor: tensorResultSchema }))
      .meta({ description: 'Values that several steps add to, and those of `wrt`: the steps, and their sum' }),
    closed: z
      .record(z.string(), latex.extend({ rule: z.string().optional(), latex: z.string() }).omit({ rule: true }))
      .optional()
      .meta({
        description: 'The whole gradient as one formula in the names of the inputs, where that is short',
      }),
    check: z
      .object({
        method: z.enum(['central_difference', 'random_directions']),
        max_abs_error: z.union([z.number(), z.string()]),
      })
      .optional()
      .meta({ description: 'The gradient compared with central differences in float64' }),
    latex: z.string().meta({ description: 'The derivation whole' }),
    text,
    omitted: z.object({ steps: z.int().min(0) }).meta({ description: 'Steps in the middle that are not told' }),
    ...answerFields,
  })
  .meta({ id: 'ExplainAnswer', description: 'A gradient, derived step by step' });

export const explainContent = {
  description: 'A gradient, derived step by step',
  content: {
    'application/json': { schema: explainAnswer },
    'application/cbor': { schema: cborSchema },
    'text/markdown': { schema: z.string().meta({ description: 'Markdown with LaTeX' }) },
    'text/plain': { schema: z.string().meta({ description: 'Plain text' }) },
  },
};

const route = explainRoute();

export default async (app: FastifyInstance, computing: Computing): Promise<void> => {
  app.post(
    '/v1/explain',
    {
      ...computeOptions(computing),
      schema: {
        operationId: 'explain',
        tags: ['derivatives'],
        summary: 'A gradient derived step by step',
        description:
          'A step is one edge of the backward pass: what arrived, the local rule of the op, and what is passed on, with the numbers of this very computation. Steps that reach one value add up to its gradient, to the bit. Under `Accept: text/markdown` Markdown with LaTeX, under `text/plain` plain text.',
        body: explainBody,
        response: { 200: explainContent, ...programProblems },
        'x-examples': () => ({ explain: routeExample('Of a line and a squared error', REQUEST, route) }),
      },
    },
    computeHandler(app, route, computing.limits),
  );
};
