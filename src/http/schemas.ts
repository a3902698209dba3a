/** Schemas that several routes share. */
import { z } from 'zod';
import {
  ABSENCES,
  type AnswerOptions,
  type AnswerType,
  GRAPH_SCOPES,
  GRAPH_VALUES,
  TENSOR_FORMATS,
} from '../answer/answer.ts';
import { graphResultSchema, tensorResultSchema, tensorSchema } from '../graph/schema.ts';
import type { OpDef } from '../ops/define.ts';
import { type AnyParam, Refusal } from '../ops/params.ts';
import { WARNING_CATEGORIES } from '../tensor/warnings.ts';
import { problemSchema } from './problem.ts';

/** The same document in CBOR, which JSON Schema cannot say more of. */
export const cborSchema = z.unknown().meta({
  id: 'CborDocument',
  description:
    'The document that JSON would be, as CBOR (RFC 8949): elements of tensors are RFC 8746 typed arrays, non-finite numbers are floats',
});

/** Fields that stand at the top level of every computing request. */
export const optionFields = {
  tensor_format: z.enum(TENSOR_FORMATS).default('nested').meta({
    description:
      'How tensors of the answer are written. In CBOR nested and flat are a typed array, base64 is a byte string',
  }),
  graph_values: z
    .enum(GRAPH_VALUES)
    .default('small')
    .meta({ description: 'Which values of the graph carry data: those of at most 64 elements, all, or none' }),
  graph_scope: z
    .enum(GRAPH_SCOPES)
    .default('forward')
    .meta({ description: 'Whether the answer has the graph, and with its backward part' }),
  anomaly: z
    .boolean()
    .default(false)
    .meta({ description: 'Adds `warnings` that name the first node whose output, or whose gradient, is not finite' }),
} as const;

export interface OptionBody {
  readonly tensor_format: AnswerOptions['tensorFormat'];
  readonly graph_values: AnswerOptions['graphValues'];
  readonly graph_scope: AnswerOptions['graphScope'];
  readonly anomaly: boolean;
}

export const optionsOf = (body: OptionBody, mediaType?: AnswerType): AnswerOptions => ({
  tensorFormat: body.tensor_format,
  graphValues: body.graph_values,
  graphScope: body.graph_scope,
  anomaly: body.anomaly,
  mediaType: mediaType === 'text/markdown' || mediaType === 'text/plain' ? undefined : mediaType,
});

export const absentSchema = z
  .object({
    reason: z
      .enum(ABSENCES)
      .meta({ description: 'unreachable: no output hangs on it; detached: the way to it is cut' }),
  })
  .meta({ id: 'AbsentGradient', description: 'Why a gradient does not exist' });

export const gradientSchema = z.union([tensorResultSchema, absentSchema]);

const warningSchema = z
  .object({
    code: z.enum(['non_finite_output', 'non_finite_gradient']),
    node: z.string().meta({ description: 'The first output of the node' }),
    op: z.string(),
    message: z.string(),
  })
  .meta({ id: 'Warning', description: 'The first node that gave something that is not finite' });

export const userWarningSchema = z
  .object({
    message: z.string(),
    category: z.enum(WARNING_CATEGORIES),
  })
  .meta({ id: 'UserWarning', description: 'What PyTorch warns of: computed as asked, and most likely not as meant' });

export const answerFields = {
  graph: graphResultSchema.optional().meta({ description: 'Absent under graph_scope "none"' }),
  warnings: z
    .array(z.union([warningSchema, userWarningSchema]))
    .optional()
    .meta({ description: 'There under anomaly, and where PyTorch warns' }),
};

/** Non-finite numbers are strings on the wire. */
const onWire = (value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/** Lets a schema take null as well. */
function nullable(json: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (json.type === undefined) return { anyOf: [json, { type: 'null' }] };
  const types = [json.type].flat();
  return { ...json, type: [...types, 'null'], ...(Array.isArray(json.enum) ? { enum: [...json.enum, null] } : {}) };
}

/** JSON Schema of a parameter that is no tensor. */
export function attrJson(param: AnyParam): Record<string, unknown> {
  const none = !param.required && param.default === undefined;
  const json: Record<string, unknown> = none ? nullable(param.attr?.jsonSchema ?? {}) : { ...param.attr?.jsonSchema };
  if (param.default !== undefined)
    json.default = onWire(param.attr?.write === undefined ? param.default : param.attr.write(param.default));
  if (param.doc !== undefined)
    json.description = json.description === undefined ? param.doc : `${param.doc}. ${json.description}`;
  return json;
}

/** The zod schema of one parameter of an op, as its route takes it. */
function paramSchema(param: AnyParam): z.ZodType {
  if (param.kind !== 'attr') {
    const schema = param.required ? tensorSchema : tensorSchema.nullish();
    return param.doc === undefined ? schema : schema.meta({ description: param.doc });
  }
  const { attr } = param;
  const schema = z
    .unknown()
    .transform((value, context) => {
      if (value === null && !param.required && param.default === undefined) return undefined;
      const read = attr?.read(value);
      if (!(read instanceof Refusal)) return read;
      context.addIssue({
        code: 'custom',
        message: value === undefined ? `required: ${read.expected}` : `expected ${read.expected}`,
        input: value,
      });
      return z.NEVER;
    })
    .meta(attrJson(param));
  return param.required ? schema : schema.optional();
}

const pascal = (name: string): string => name.replace(/(^|_)([a-z0-9])/g, (_, __, c: string) => c.toUpperCase());

const bodies = new Map<OpDef, z.ZodObject>();

/** The body of an op's own route. It is made once, since the registry of component schemas keeps it. */
export function operationBody(op: OpDef): z.ZodObject {
  const known = bodies.get(op);
  if (known !== undefined) return known;
  const fields: Record<string, z.ZodType> = {};
  for (const param of op.params) fields[param.name] = paramSchema(param);
  const body = z
    .strictObject({
      ...fields,
      grad_output: tensorSchema
        .optional()
        .meta({ description: 'The gradient of the output, in its shape; ones where absent' }),
      ...optionFields,
    })
    .meta({ id: `${pascal(op.name)}Request`, description: `Tensors and parameters of ${op.name}` });
  bodies.set(op, body);
  return body;
}

export const problemAnswer = (description: string): unknown => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

export const unavailableProblem = {
  503: problemAnswer('This instance is overloaded or going away; try again elsewhere or later'),
};

/** Where API_KEYS or RATE_LIMIT are set. */
const accessProblems = {
  401: problemAnswer('The service has API_KEYS, and none of them was shown'),
  429: problemAnswer('Over the RATE_LIMIT of this service'),
};

/** The error answers that every computing route may give. */
export const computeProblems = {
  400: problemAnswer('The body, or the query, is not what the schema says; `errors` names each place'),
  ...accessProblems,
  406: problemAnswer('None of the forms that there are is among those of `Accept`'),
  413: problemAnswer('The body is too large'),
  415: problemAnswer('Unknown media type or coding'),
  422: problemAnswer('A well-formed request that the engine refuses; `type` ends in a stable code'),
  503: unavailableProblem[503],
  504: problemAnswer("The request's own time limit has passed"),
};

/** Those of the catalogue. */
export const catalogueProblems = accessProblems;

export const notFoundProblem = { 404: problemAnswer('There is no such thing; the nearest name is suggested') };

/** Those of routes that may name a model. */
export const programProblems = { ...computeProblems, ...notFoundProblem };
