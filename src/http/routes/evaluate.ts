/** `POST /v1/evaluate`: a graph document, or code, with its inputs. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { tensorResultSchema } from '../../graph/schema.ts';
import { evaluateBody, evaluateRoute } from '../compute/evaluate.ts';
import { type Computing, computeHandler, computeOptions } from '../compute/handler.ts';
import { EVALUATE_CODE } from '../openapi/cell-examples.ts';
import { type RouteExample, routeExample } from '../openapi/examples.ts';
import { EXAMPLE_MODEL, exampleModels } from '../openapi/model-examples.ts';
import { answerFields, gradientSchema, programProblems } from '../schemas.ts';

/** Each shows another side of the route. */
const EXAMPLES = {
  logistic_regression: {
    summary: 'A step of logistic regression',
    request: {
      inputs: {
        x: [
          [0.5, 1.5],
          [-1, 0.25],
          [2, -0.5],
        ],
        y: [1, 0, 1],
        w: { data: [0.1, -0.2], requires_grad: true },
        b: { data: 0, requires_grad: true },
      },
      graph: {
        inputs: ['x', 'y', 'w', 'b'],
        nodes: [
          { op: 'mv', inputs: ['x', 'w'], outputs: ['xw'] },
          { op: 'add', inputs: ['xw', 'b'], outputs: ['logits'] },
          { op: 'binary_cross_entropy_with_logits', inputs: ['logits', 'y'], outputs: ['loss'] },
        ],
        outputs: ['loss'],
      },
      grad: { outputs: ['loss'] },
    },
  },
  intermediate_gradient: {
    summary: 'Gradients of intermediate values, and one that does not exist',
    request: {
      inputs: { x: { data: [1, 2, 3], requires_grad: true }, unused: { data: [1], requires_grad: true } },
      graph: {
        inputs: ['x', 'unused'],
        nodes: [
          { op: 'getitem', inputs: ['x'], outputs: ['head'], attrs: { index: [{ slice: [null, 2, null] }] } },
          { op: 'mul', inputs: ['head'], outputs: ['scaled'], attrs: { other: 2.0 } },
          { op: 'exp', inputs: ['scaled'], outputs: ['y'] },
        ],
        outputs: ['y'],
      },
      outputs: ['y', 'scaled'],
      grad: { outputs: ['y'], inputs: ['x', 'scaled', 'unused'], grad_outputs: [[1, 0.5]], allow_unused: true },
    },
  },
  backward_graph: {
    summary: 'The backward pass as a graph',
    request: {
      inputs: { x: 1, w: { data: 2, requires_grad: true }, y: 1 },
      graph: {
        inputs: ['x', 'w', 'y'],
        nodes: [
          { op: 'mul', inputs: ['x', 'w'], outputs: ['pred'] },
          { op: 'mse_loss', inputs: ['pred', 'y'], outputs: ['loss'] },
        ],
        outputs: ['loss'],
      },
      grad: { outputs: ['loss'], inputs: ['w'] },
      graph_scope: 'both',
    },
  },
};

const answerSchema = z
  .object({
    outputs: z
      .record(z.string(), z.union([tensorResultSchema, z.array(tensorResultSchema)]))
      .meta({ description: 'Values by name; a tuple of the code is an array of its tensors, nested ones flattened' }),
    grads: z.record(z.string(), gradientSchema).meta({ description: 'Gradients, by the value that they belong to' }),
    stdout: z.string().optional().meta({ description: 'What the code printed, where it did' }),
    ...answerFields,
  })
  .meta({ id: 'EvaluateAnswer', description: 'What was asked for, and the graph of the computation' });

const route = evaluateRoute();

const MODEL_REQUEST = {
  model: EXAMPLE_MODEL,
  inputs: { x: [[1, 3]] },
  grad: { outputs: ['y'], inputs: ['x', 'weight'] },
};

function examples(): Record<string, RouteExample> {
  const shown = Object.entries(EXAMPLES).map(
    ([name, { summary, request }]) => [name, routeExample(summary, request, route)] as const,
  );
  const model = routeExample(
    'A model, with the gradient of a parameter (put the example of PUT /v1/models/{name} first)',
    MODEL_REQUEST,
    route,
    exampleModels(),
  );
  return { ...Object.fromEntries(shown), code: EVALUATE_CODE, model };
}

export default async (app: FastifyInstance, computing: Computing): Promise<void> => {
  app.post(
    '/v1/evaluate',
    {
      ...computeOptions(computing),
      schema: {
        operationId: 'evaluate',
        tags: ['evaluate'],
        summary: 'Evaluate a graph, code or a model, and its gradients',
        description:
          "Runs the nodes in order, or the code: PyTorch's own syntax, with `torch`, `nn`, `F` and the inputs defined. The answered graph replays: sent back with the same inputs it gives the same outputs and gradients.",
        body: evaluateBody,
        response: { 200: answerSchema, ...programProblems },
        'x-examples': examples,
      },
    },
    computeHandler(app, route, computing.limits),
  );
};
