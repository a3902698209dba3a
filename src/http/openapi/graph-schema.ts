/** The published JSON Schema of the graph document. */
import { GRAPH_FORMAT } from '../../graph/schema.ts';
import { definitionsFor, inDefinitions, type Json } from './references.ts';

const DESCRIPTION = `A computation graph, laid out like ONNX's: values have names, nodes turn values into values, in topological order. It replays: sent to POST /v1/evaluate with the same inputs it gives the same outputs and gradients.

The root describes what the service reads, which is all that it writes and more: what is optional here always stands in an answer's graph, as #/$defs/GraphResult says. This format only gains optional fields.`;

const example = {
  format: GRAPH_FORMAT,
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

/** Made of the components of the OpenAPI document, so that the two cannot differ. */
export function graphJsonSchema(components: Readonly<Record<string, unknown>>): Json {
  const graph = components.Graph as Json;
  const result = components.GraphResult as Json;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:${GRAPH_FORMAT.replace('/', ':')}`,
    title: GRAPH_FORMAT,
    ...inDefinitions(graph),
    description: DESCRIPTION,
    examples: [example],
    $defs: { GraphResult: inDefinitions(result), ...definitionsFor([graph, result], components) },
  };
}
