/** `POST /v1/evaluate`: a graph document with its inputs. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Slot } from '../../codec/json/reader.ts';
import { runEvaluate } from '../../engine/evaluate.ts';
import type { Limits } from '../../engine/limits.ts';
import { dictionary, graphSchema, tensorSchema } from '../../graph/schema.ts';
import { absentSchema, answerFields, computeProblems, optionFields, optionsOf, tensorOut } from '../schemas.ts';
import { sendAnswer } from './operations.ts';

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
    inputs: z.array(z.string()).optional().meta({ description: 'With respect to which values; every leaf that requires grad where absent' }),
    grad_outputs: z.array(tensorSchema.nullable()).optional().meta({ description: 'One for each output; null stands for ones where the output has one element' }),
    retain_graph: z.boolean().optional().meta({ description: 'Has no effect: the graph ends with the request' }),
    create_graph: z.boolean().default(false),
    allow_unused: z.boolean().default(false).meta({ description: 'Answer a gradient that does not exist by its reason, not by a 422' }),
  })
  .meta({ id: 'GradRequest', description: "torch.autograd.grad's signature" });

/** A step of logistic regression: the loss, and its gradients with respect to weight and bias. */
const example = {
  inputs: {
    x: [[0.5, 1.5], [-1, 0.25], [2, -0.5]],
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
};

const bodySchema = z
  .strictObject({
    inputs: dictionary(tensorSchema, { additionalProperties: { $ref: '#/components/schemas/Tensor' } }).default(() => new Map()),
    graph: graphSchema,
    outputs: z.array(z.string()).optional().meta({ description: "Which values to answer; the graph's outputs where absent" }),
    grad: gradSchema.optional(),
    ...optionFields,
  })
  .meta({ examples: [example] });

const answerSchema = z
  .object({
    outputs: z.record(z.string(), tensorOut),
    grads: z.record(z.string(), z.union([tensorOut, absentSchema])),
    ...answerFields,
  })
  .meta({ id: 'EvaluateAnswer' });

export default async (app: FastifyInstance, { limits }: { limits: Limits }): Promise<void> => {
  app.post(
    '/v1/evaluate',
    {
      config: { slot },
      schema: {
        operationId: 'evaluate',
        tags: ['evaluate'],
        summary: 'Evaluate a graph, and its gradients',
        description: 'Runs the nodes in order. The answered graph replays: sent back with the same inputs it gives the same outputs and gradients.',
        body: bodySchema,
        response: { 200: answerSchema, ...computeProblems },
      },
    },
    (request, reply) => {
      const body = request.body as z.output<typeof bodySchema>;
      const { grad } = body;
      const spec = grad && {
        outputs: grad.outputs,
        inputs: grad.inputs,
        gradOutputs: grad.grad_outputs,
        createGraph: grad.create_graph,
        allowUnused: grad.allow_unused,
      };
      return sendAnswer(reply, runEvaluate({ inputs: body.inputs, graph: body.graph, outputs: body.outputs, grad: spec }, optionsOf(body), limits));
    },
  );
};
