/** The graph document as a request brings it: zod schemas, from which its JSON Schema is published. */
import { z } from 'zod';
import { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { DTYPES } from '../tensor/dtype.ts';

export const GRAPH_FORMAT = 'gradwire/graph@1';

const dtypeJson = { type: 'string', enum: DTYPES } as const;
const sizesJson = { type: 'array', items: { type: 'integer', minimum: 0 }, maxItems: 64 } as const;

/** Numbers, bools and the names of non-finite numbers, nested as a shape says. */
const numbersJson = {
  description: 'Nested numbers, rectangular, or one number; true and false make bool; "NaN", "Infinity" and "-Infinity" stand for those values, a decimal string for an int64 beyond 2^53',
  anyOf: [{ type: 'number' }, { type: 'boolean' }, { type: 'string' }, { type: 'array' }],
} as const;

export const tensorJson = {
  description: 'A tensor: nested numbers, or an object with `data` or `base64` (little-endian bytes)',
  anyOf: [
    { type: 'number' },
    { type: 'boolean' },
    { type: 'string', enum: ['NaN', 'Infinity', '-Infinity'] },
    { type: 'array', description: 'Nested numbers, rectangular' },
    {
      type: 'object',
      properties: { data: numbersJson, shape: sizesJson, dtype: dtypeJson, requires_grad: { type: 'boolean', default: false } },
      required: ['data'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: { base64: { type: 'string', contentEncoding: 'base64' }, shape: sizesJson, dtype: dtypeJson, requires_grad: { type: 'boolean', default: false } },
      required: ['base64'],
      additionalProperties: false,
    },
  ],
} as const;

/** How a tensor comes back. */
export const tensorOutJson = {
  type: 'object',
  description: 'A tensor: `data` nested as `shape` says, or flat, or `base64`, as `tensor_format` asked',
  properties: { dtype: dtypeJson, shape: sizesJson, data: numbersJson, base64: { type: 'string', contentEncoding: 'base64' } },
  required: ['dtype', 'shape'],
} as const;

export const valueJson = {
  type: 'object',
  description: 'A value of the graph',
  properties: {
    dtype: dtypeJson,
    shape: sizesJson,
    requires_grad: { type: 'boolean' },
    is_leaf: { type: 'boolean' },
    data: numbersJson,
    base64: { type: 'string', contentEncoding: 'base64' },
    grad: numbersJson,
  },
  required: ['dtype', 'shape', 'requires_grad', 'is_leaf'],
} as const;

/** Read by codec/, seen here as one opaque literal however many numbers it holds. */
export const tensorSchema = z
  .custom<TensorLiteral>((value) => value instanceof TensorLiteral, { error: (issue) => (issue.input === undefined ? 'required: a tensor' : 'expected a tensor') })
  .meta({ id: 'Tensor', ...tensorJson });

const valueSchema = z
  .custom<TensorLiteral>((value) => value instanceof TensorLiteral, { error: 'expected a value: {"dtype", "shape", …}' })
  .meta({ id: 'Value', ...valueJson });

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
      for (const [name, entry] of Object.entries(value)) {
        const read = item.safeParse(entry);
        if (read.success) out.set(name, read.data);
        else for (const issue of read.error.issues) context.addIssue({ code: 'custom', message: issue.message, path: [name, ...issue.path], input: entry });
      }
      return out;
    })
    .meta({ type: 'object', ...json });
}

const name = z.string();
const nodeInput = z.union([name, z.null(), z.array(name.nullable())]);

const nodeSchema = z
  .strictObject({
    op: z.string().meta({ description: "PyTorch's functional name", examples: ['mul'] }),
    inputs: z.array(nodeInput).default([]).meta({ description: 'Value names in the order of the signature, null where one is absent' }),
    outputs: z.array(name).min(1),
    attrs: z.record(z.string(), z.unknown()).optional().meta({ description: 'All that is no tensor' }),
    grad_fn: z.string().optional().meta({ description: "PyTorch's name of the recorded gradient node; read over in a request" }),
    of: z.int().min(0).optional().meta({ description: 'In the backward part: the index of the forward node whose rule it carries out' }),
  })
  .meta({ id: 'Node' });

export type NodeDocument = z.output<typeof nodeSchema>;

export const graphSchema = z
  .strictObject({
    format: z.literal(GRAPH_FORMAT).optional(),
    inputs: z.array(name).default([]),
    nodes: z.array(nodeSchema),
    outputs: z.array(name).default([]),
    values: dictionary(valueSchema, { additionalProperties: { $ref: '#/components/schemas/Value' } }).optional(),
    backward: z
      .strictObject({ nodes: z.array(nodeSchema), grads: dictionary(name, { additionalProperties: { type: 'string' } }) })
      .optional()
      .meta({ description: "The gradient's own computation as ordinary nodes" }),
  })
  .meta({ id: 'Graph', description: `The serialized computation graph, ${GRAPH_FORMAT}` });

export type GraphDocument = z.output<typeof graphSchema>;
