/** `POST /v1/evaluate`: a graph document, or code, with its inputs. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Slot } from '../../codec/json/reader.ts';
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import type { DocumentType } from '../../codec/read-body.ts';
import type { Answer } from '../../engine/answer.ts';
import type { CodeRequest, SentTensor } from '../../engine/cell-messages.ts';
import { runEvaluate } from '../../engine/evaluate.ts';
import type { Limits } from '../../engine/limits.ts';
import { materialise } from '../../graph/materialise.ts';
import { dictionary, graphSchema, tensorResultSchema, tensorSchema } from '../../graph/schema.ts';
import type { DType } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import { documentType } from '../negotiate.ts';
import { EVALUATE_CODE } from '../openapi/cell-examples.ts';
import { EXAMPLE_LIMITS, type RouteExample, routeExample } from '../openapi/examples.ts';
import { goneSignal } from '../plugins/cells.ts';
import { answerFields, computeProblems, gradientSchema, optionFields, optionsOf } from '../schemas.ts';
import { sendAnswer } from './operations.ts';
import { sendResult } from './sessions.ts';
import { codeSchema } from './sessions-schemas.ts';

const slot: Slot = {
  fields: {
    inputs: { entries: 'tensor' },
    graph: { fields: { values: { entries: 'value' } } },
    grad: { fields: { grad_outputs: { items: 'tensor' } } },
  },
};

const gradSchema = z
  .strictObject({
    outputs: z.array(z.string()).min(1).meta({ description: 'Names of the values to differentiate' }),
    inputs: z
      .array(z.string())
      .optional()
      .meta({ description: 'With respect to which values; every leaf that requires grad where absent' }),
    grad_outputs: z
      .array(tensorSchema.nullable())
      .optional()
      .meta({ description: 'One for each output; null stands for ones where the output has one element' }),
    retain_graph: z.boolean().optional().meta({ description: 'Has no effect: the graph ends with the request' }),
    create_graph: z
      .boolean()
      .default(false)
      .meta({ description: 'Record the backward pass, so that it can be differentiated again' }),
    allow_unused: z
      .boolean()
      .default(false)
      .meta({ description: 'Answer a gradient that does not exist by its reason, not by a 422' }),
  })
  .meta({ id: 'GradRequest', description: "torch.autograd.grad's signature" });

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

/** Lists that are too long are refused before each of their items is looked at. */
function tooLong(body: unknown, maxNodes: number): EngineError | undefined {
  // biome-ignore lint/suspicious/noExplicitAny: not validated yet
  const { graph, grad, outputs } = (body ?? {}) as any;
  const lists = [
    graph?.inputs,
    graph?.nodes,
    graph?.outputs,
    graph?.backward?.nodes,
    outputs,
    grad?.outputs,
    grad?.inputs,
    grad?.grad_outputs,
  ];
  for (const list of lists) {
    if (!Array.isArray(list) || list.length <= maxNodes) continue;
    return new EngineError('budget', `a list of ${list.length} nodes or names; at most ${maxNodes} are allowed`);
  }
  return undefined;
}

const bodySchema = z
  .strictObject({
    inputs: dictionary(tensorSchema, { additionalProperties: { $ref: '#/components/schemas/Tensor' } })
      .default(() => new Map())
      .meta({ description: 'Tensors by name' }),
    graph: graphSchema.optional(),
    code: codeSchema.optional(),
    outputs: z.array(z.string()).optional().meta({
      description:
        "Which values to answer, inputs among them. Where absent: the graph's outputs; all tensors, and tuples of them, that the code assigns, and the value of its last expression as `output`",
    }),
    grad: gradSchema.optional(),
    ...optionFields,
  })
  .superRefine((body, context) => {
    if (body.graph === undefined && body.code === undefined) {
      context.addIssue({ code: 'custom', path: ['graph'], message: 'required: a graph, or code in its place' });
    } else if (body.graph !== undefined && body.code !== undefined) {
      context.addIssue({ code: 'custom', path: ['code'], message: 'there is a graph already: send one of the two' });
    }
  })
  .meta({
    id: 'EvaluateRequest',
    description: 'A graph or code, its inputs, and what is asked of it',
    oneOf: [{ required: ['graph'] }, { required: ['code'] }],
  });

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

type Body = z.output<typeof bodySchema>;

function run(body: Body, limits: Limits, type?: DocumentType): Answer {
  const { grad, graph } = body;
  if (graph === undefined) throw new Error('there is no graph');
  const spec = grad && {
    outputs: grad.outputs,
    inputs: grad.inputs,
    gradOutputs: grad.grad_outputs,
    createGraph: grad.create_graph,
    allowUnused: grad.allow_unused,
  };
  return runEvaluate({ inputs: body.inputs, graph, outputs: body.outputs, grad: spec }, optionsOf(body, type), limits);
}

/** A literal as a tensor that travels to another thread. */
function toSend(literal: TensorLiteral, wanted?: DType): SentTensor {
  const { dtype, shape, storage, requiresGrad } = materialise(literal, wanted);
  return { dtype, shape, data: storage.data, requiresGrad };
}

/** What the code needs, ready to travel. A gradient that says no dtype takes that of what it belongs to. */
function codeRequest(body: Body, code: string): CodeRequest {
  const { grad } = body;
  return {
    code,
    inputs: new Map([...body.inputs].map(([name, literal]) => [name, toSend(literal)])),
    outputs: body.outputs,
    grad: grad && {
      outputs: grad.outputs,
      inputs: grad.inputs,
      gradOutputs: grad.grad_outputs?.map((literal) => literal && toSend(literal, 'float64')),
      createGraph: grad.create_graph,
      allowUnused: grad.allow_unused,
    },
  };
}

function examples(): Record<string, RouteExample> {
  const route = { slot, schema: bodySchema, run: (body: Body) => run(body, EXAMPLE_LIMITS) };
  const shown = Object.entries(EXAMPLES).map(
    ([name, { summary, request }]) => [name, routeExample(summary, request, route)] as const,
  );
  return { ...Object.fromEntries(shown), code: EVALUATE_CODE };
}

export default async (app: FastifyInstance, { limits }: { limits: Limits }): Promise<void> => {
  app.post(
    '/v1/evaluate',
    {
      config: { slot },
      schema: {
        operationId: 'evaluate',
        tags: ['evaluate'],
        summary: 'Evaluate a graph or code, and its gradients',
        description:
          "Runs the nodes in order, or the code: PyTorch's own syntax, with `torch`, `nn`, `F` and the inputs defined. The answered graph replays: sent back with the same inputs it gives the same outputs and gradients.",
        body: bodySchema,
        response: { 200: answerSchema, ...computeProblems },
        'x-examples': examples,
      },
      preValidation: (request, _, done) => done(tooLong(request.body, limits.maxNodes)),
    },
    (request, reply) => {
      const body = request.body as Body;
      const type = documentType(request, reply);
      if (body.code === undefined) return sendAnswer(reply, run(body, limits, type), type);
      return app.cells
        .evaluate(codeRequest(body, body.code), optionsOf(body, type), goneSignal(reply))
        .then((result) => sendResult(reply, result, type));
    },
  );
};
