/** The graph document as a request brings it: zod schemas, from which its JSON Schema is published. */
import { z } from 'zod';
import { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { findOp } from '../ops/registry.ts';
import { DTYPES } from '../tensor/dtype.ts';
import { MAX_DIMS } from '../tensor/shape.ts';

export const GRAPH_FORMAT = 'gradwire/graph@1';

/** Refers to a component; references are written as OpenAPI writes them. */
const ref = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

const base64 = { type: 'string', contentEncoding: 'base64', description: 'Little-endian bytes, row-major' } as const;
const requiresGrad = {
  type: 'boolean',
  default: false,
  description: 'Whether gradients with respect to it are recorded',
} as const;

/** JSON Schemas (2020-12) of what codec/ reads and writes: zod sees one opaque literal however many numbers it holds. */
export const definitions = {
  DType: { description: 'The type of the elements', type: 'string', enum: DTYPES },
  Shape: {
    description: 'Sizes, one for each dimension; a scalar has none',
    type: 'array',
    items: { type: 'integer', minimum: 0 },
    maxItems: MAX_DIMS,
  },
  Data: {
    description:
      'Elements in rectangular arrays, nested as deep as the tensor has dimensions; one element alone for a scalar. Beside a shape they may stand in one flat array',
    anyOf: [
      { type: 'number' },
      { type: 'boolean' },
      {
        description: 'Those values, or an int64 in decimal, as is needed beyond 2^53',
        type: 'string',
        pattern: '^(NaN|-?Infinity|-?(0|[1-9][0-9]*))$',
      },
      { type: 'array', items: ref('Data') },
    ],
  },
  TensorData: {
    description: 'A tensor with all that can be said of it',
    type: 'object',
    properties: { data: ref('Data'), shape: ref('Shape'), dtype: ref('DType'), requires_grad: requiresGrad },
    required: ['data'],
    additionalProperties: false,
  },
  TensorBase64: {
    description: 'A tensor as bytes: float32 where no dtype is sent, of one dimension where no shape is',
    type: 'object',
    properties: { base64, shape: ref('Shape'), dtype: ref('DType'), requires_grad: requiresGrad },
    required: ['base64'],
    additionalProperties: false,
  },
  Tensor: {
    description:
      'Nested numbers, or an object. Without a dtype, class indices are int64, true and false bool, all else float32',
    anyOf: [ref('Data'), ref('TensorData'), ref('TensorBase64')],
  },
  TensorResult: {
    description: 'A tensor of an answer: `data` nested as `shape` says, or flat, or `base64`, as `tensor_format` asked',
    type: 'object',
    properties: { dtype: ref('DType'), shape: ref('Shape'), data: ref('Data'), base64 },
    required: ['dtype', 'shape'],
  },
  Value: {
    description:
      'A value of a graph that is sent. Only what no node makes and no input names is read from here, and needs its elements',
    anyOf: [
      ref('Data'),
      {
        type: 'object',
        properties: {
          dtype: ref('DType'),
          shape: ref('Shape'),
          requires_grad: requiresGrad,
          is_leaf: { type: 'boolean' },
          data: ref('Data'),
          base64,
          grad: ref('Data'),
        },
        additionalProperties: false,
      },
    ],
  },
  ValueResult: {
    description: 'A value of a graph that is answered',
    type: 'object',
    properties: {
      dtype: ref('DType'),
      shape: ref('Shape'),
      requires_grad: { type: 'boolean' },
      is_leaf: { type: 'boolean', description: 'Whether no recorded op made it' },
      data: {
        ...ref('Data'),
        description:
          'There for constants that no input named, for values of at most 64 elements, or as `graph_values` asked',
      },
      grad: { ...ref('Data'), description: 'Its gradient, where one was asked for' },
    },
    required: ['dtype', 'shape', 'requires_grad', 'is_leaf'],
  },
  Index: {
    description: 'What stands in the brackets of x[...]; {"tensor": i} is the i-th further input of the node',
    ...findOp('getitem')?.params.find((param) => param.name === 'index')?.attr?.jsonSchema,
  },
} as const;

for (const id of ['DType', 'Shape', 'Data', 'TensorData', 'TensorBase64', 'Index'] as const) {
  z.globalRegistry.add(z.unknown(), { id, ...definitions[id] });
}

const literal = (expected: string): z.ZodType<TensorLiteral> =>
  z.custom<TensorLiteral>((value) => value instanceof TensorLiteral, {
    error: (issue) => (issue.input === undefined ? `required: ${expected}` : `expected ${expected}`),
  });

export const tensorSchema = literal('a tensor').meta({ id: 'Tensor', ...definitions.Tensor });
const valueSchema = literal('a value: {"dtype", "shape", …}').meta({ id: 'Value', ...definitions.Value });

export const tensorResultSchema = z.unknown().meta({ id: 'TensorResult', ...definitions.TensorResult });
const valueResultSchema = z.unknown().meta({ id: 'ValueResult', ...definitions.ValueResult });

/** Entries that are wrong are named up to here: there may be millions. */
const MAX_WRONG = 20;

/** Names to things. Any string is a name, `__proto__` too, so a Map holds them. */
export function dictionary<T>(item: z.ZodType<T>, json: Record<string, unknown>): z.ZodType<Map<string, T>> {
  return z
    .unknown()
    .transform((value, context) => {
      const out = new Map<string, T>();
      if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof TensorLiteral) {
        context.addIssue({ code: 'custom', message: 'expected an object of names', input: value });
        return out;
      }
      let wrong = 0;
      for (const name of Object.keys(value)) {
        const entry = (value as Record<string, unknown>)[name];
        const read = item.safeParse(entry);
        if (read.success) {
          out.set(name, read.data);
          continue;
        }
        for (const issue of read.error.issues)
          context.addIssue({ code: 'custom', message: issue.message, path: [name, ...issue.path], input: entry });
        if (++wrong === MAX_WRONG) break;
      }
      return out;
    })
    .meta({ type: 'object', ...json });
}

const name = z.string();
const nodeInput = z.union([name, z.null(), z.array(name.nullable())]);

/** The fields of a node, in the order in which they are shown. */
const nodeFields = <T extends z.ZodType>(inputs: T) => ({
  op: z.string().meta({ description: "PyTorch's functional name", examples: ['mul'] }),
  inputs: inputs.meta({
    description:
      'Value names in the order of the signature, null where one is absent or is a number among the attrs; a list of tensors is an array',
  }),
  outputs: z.array(name).min(1).meta({ description: 'Names of the results' }),
  // Not z.record, which passes over the key __proto__ without a word.
  attrs: z
    .custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
      error: 'expected an object of attributes',
    })
    .optional()
    .meta({ type: 'object', description: 'All that is no tensor, by parameter', properties: { index: ref('Index') } }),
  grad_fn: z
    .string()
    .optional()
    .meta({
      description: "PyTorch's name of the recorded gradient node; not read in a request",
      examples: ['MulBackward0'],
    }),
  of: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'In the backward part: the index of the forward node whose rule it carries out' }),
});

const ruleDoc =
  'Of an op `function`, a call that brought its own gradient rule: what that rule computes, in names of its own. Its inputs are the gradients of the results (null for one that did not come), then the arguments, the results, what is saved and constants, as the node lists them; its outputs the gradients of the arguments, null where there is none';

/** What a function's own rule computes. */
export interface RuleDocument {
  readonly inputs: (string | null)[];
  readonly nodes: NodeDocument[];
  readonly outputs: (string | null)[];
}

/**
 * Read by a schema of its own where there is one: a schema that leads back to itself has zod look for cycles in
 * everything that it reads, which takes as long as reading it.
 */
const ruleField = z
  .unknown()
  .transform((value, context): RuleDocument => {
    const read = ruleSchema.safeParse(value);
    if (read.success) return read.data;
    for (const { message, path } of read.error.issues)
      context.addIssue({ code: 'custom', message, path: [...path], input: value });
    return z.NEVER;
  })
  .optional()
  .meta({
    description: ruleDoc,
    type: 'object',
    properties: {
      inputs: { type: 'array', items: { type: ['string', 'null'] } },
      nodes: { type: 'array', items: ref('NodeInput') },
      outputs: { type: 'array', items: { type: ['string', 'null'] } },
    },
    required: ['inputs', 'nodes', 'outputs'],
    additionalProperties: false,
  });

const nodeSchema = z
  .strictObject({
    ...nodeFields(z.array(nodeInput).default([])),
    backward: ruleField,
  })
  .meta({ id: 'Node', description: 'An op called on values' });

const ruleSchema: z.ZodType<RuleDocument> = z.strictObject({
  inputs: z.array(name.nullable()),
  nodes: z.array(nodeSchema),
  outputs: z.array(name.nullable()),
});

const nodeResultSchema = z
  .object({
    ...nodeFields(z.array(nodeInput)),
    backward: z
      .lazy(() =>
        z.object({
          inputs: z.array(name.nullable()),
          nodes: z.array(z.unknown().meta({ $ref: '#/components/schemas/NodeResult' })),
          outputs: z.array(name.nullable()),
        }),
      )
      .optional()
      .meta({ description: ruleDoc }),
  })
  .meta({ id: 'NodeResult', description: 'A node of a graph that is answered' });

export interface NodeDocument {
  readonly op: string;
  readonly inputs: (string | null | (string | null)[])[];
  readonly outputs: string[];
  readonly attrs?: Record<string, unknown>;
  readonly grad_fn?: string;
  readonly of?: number;
  readonly backward?: RuleDocument;
}

const backwardDoc = "The gradient's own computation as ordinary nodes, by which the graph replays without autograd";
const gradsDoc = 'Names of the gradients, by the value that they belong to';

export const graphSchema = z
  .strictObject({
    format: z.literal(GRAPH_FORMAT).optional(),
    inputs: z.array(name).default([]).meta({ description: 'Names of the values that are given' }),
    nodes: z.array(nodeSchema).meta({ description: 'In topological order' }),
    outputs: z.array(name).default([]).meta({ description: 'Names of the values that are answered' }),
    values: dictionary(valueSchema, { additionalProperties: ref('Value') })
      .optional()
      .meta({ description: 'Values by name' }),
    backward: z
      .strictObject({
        nodes: z.array(nodeSchema),
        grads: dictionary(name, { description: gradsDoc, additionalProperties: { type: 'string' } }),
      })
      .optional()
      .meta({ description: backwardDoc }),
  })
  .meta({
    id: 'Graph',
    description: `A computation graph that is sent, ${GRAPH_FORMAT}: values have names, nodes turn values into values`,
  });

export type GraphDocument = z.output<typeof graphSchema>;

export const graphResultSchema = z
  .object({
    format: z.literal(GRAPH_FORMAT),
    inputs: z.array(name).meta({ description: "Names of the request's tensors" }),
    nodes: z.array(nodeResultSchema).meta({ description: 'In topological order' }),
    outputs: z.array(name),
    values: z.record(name, valueResultSchema).meta({ description: 'Every value by name' }),
    backward: z
      .object({ nodes: z.array(nodeResultSchema), grads: z.record(name, name).meta({ description: gradsDoc }) })
      .optional()
      .meta({ description: `${backwardDoc}; there under graph_scope "both"` }),
  })
  .meta({
    id: 'GraphResult',
    description: `The computation graph, ${GRAPH_FORMAT}: what was computed, from what, with which gradient rule. Sent back with the same inputs it gives the same outputs and gradients`,
  });
