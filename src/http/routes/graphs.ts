/** `POST /v1/graphs/render`: graphs as pictures and files. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { RENDER_FORMAT_NAMES, RENDER_FORMATS } from '../compute/formats.ts';
import { type Computing, computeHandler, computeOptions } from '../compute/handler.ts';
import { renderBody, renderRoute } from '../compute/render.ts';
import { routeExample } from '../openapi/examples.ts';
import { programProblems } from '../schemas.ts';

/** As `POST /v1/evaluate` answers it. */
const GRAPH = {
  format: 'gradwire/graph@1',
  inputs: ['x', 'w', 'y'],
  nodes: [
    { op: 'mul', inputs: ['x', 'w'], outputs: ['pred'], grad_fn: 'MulBackward0' },
    {
      op: 'mse_loss',
      inputs: ['pred', 'y'],
      outputs: ['loss'],
      attrs: { reduction: 'mean' },
      grad_fn: 'MseLossBackward0',
    },
  ],
  outputs: ['loss'],
  values: {
    x: { dtype: 'float32', shape: [1], requires_grad: false, is_leaf: true, data: [1] },
    w: { dtype: 'float32', shape: [1], requires_grad: true, is_leaf: true, data: [2], grad: [2] },
    y: { dtype: 'float32', shape: [1], requires_grad: false, is_leaf: true, data: [1] },
    pred: { dtype: 'float32', shape: [1], requires_grad: true, is_leaf: false, data: [2] },
    loss: { dtype: 'float32', shape: [], requires_grad: true, is_leaf: false, data: 1 },
  },
};

/** What each format is, as a body of the answer. */
const content = Object.fromEntries(
  RENDER_FORMAT_NAMES.map((name) => {
    const { mediaType, description } = RENDER_FORMATS[name];
    return [mediaType, { schema: z.string().meta({ description }) }];
  }),
);

export default async (app: FastifyInstance, computing: Computing): Promise<void> => {
  app.post(
    '/v1/graphs/render',
    {
      ...computeOptions(computing),
      schema: {
        operationId: 'renderGraph',
        tags: ['graphs'],
        summary: 'Draw a graph',
        description:
          'As an SVG picture, for Graphviz, for Mermaid, as text, or as an ONNX model. Forward and backward pass stand side by side under the scope `both`, each backward node beside the node whose rule it carries out. In an ONNX model gradients are further outputs, under their names in `backward.grads`; a graph with nodes that ONNX has no counterpart for is a 422 that lists all of them as `unsupported`.',
        body: renderBody,
        'x-examples': () => ({
          svg: routeExample('A picture', { graph: GRAPH }, renderRoute),
          dot: routeExample('For Graphviz', { graph: GRAPH, format: 'dot' }, renderRoute),
          mermaid: routeExample('For Mermaid', { graph: GRAPH, format: 'mermaid' }, renderRoute),
          text: routeExample('As text', { graph: GRAPH, format: 'text' }, renderRoute),
          onnx: routeExample('As an ONNX model', { graph: GRAPH, format: 'onnx' }, renderRoute),
        }),
        response: { 200: { description: 'The graph in the format that was asked for', content }, ...programProblems },
      },
    },
    computeHandler(app, renderRoute, computing.limits),
  );
};
