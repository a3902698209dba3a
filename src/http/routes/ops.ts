/** `GET /v1/ops` and `GET /v1/ops/{op}`: the catalogue, made from the registry. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { evaluateExample } from '../../graph/example.ts';
import { definitions } from '../../graph/schema.ts';
import { callLine } from '../../ops/call-line.ts';
import { closest } from '../../ops/closest.ts';
import type { OpDef } from '../../ops/define.ts';
import type { AnyParam } from '../../ops/params.ts';
import { namesInPyTorch } from '../../ops/pytorch.ts';
import { findOp, opNames, ops } from '../../ops/registry.ts';
import { searchOps } from '../../ops/search.ts';
import { definitionsFor, inDefinitions } from '../openapi/references.ts';
import { sendProblem } from '../problem.ts';
import { attrJson, catalogueProblems, computeProblems, notFoundProblem } from '../schemas.ts';
import { curvePath } from './curves.ts';
import { FAMILIES } from './operations.ts';

const categories = [...new Set(ops.map((op) => op.category))].sort();

const summarySchema = z
  .object({
    name: z.string().meta({ description: "PyTorch's functional name", examples: ['softplus'] }),
    aliases: z.array(z.string()).meta({ description: "PyTorch's other names for it, which serve as well" }),
    category: z.enum(categories),
    summary: z.string().meta({ description: 'One line: what it is' }),
    call: z.string().meta({
      description: "How it is called in Python, in PyTorch's order and with its defaults",
      examples: ['torch.nn.functional.softplus(input, beta=1.0, threshold=20.0)'],
    }),
    differentiable: z.boolean().meta({ description: 'Whether a gradient can flow through it' }),
  })
  .meta({ id: 'OpSummary', description: 'An op in the list' });

const inputSchema = z
  .object({
    name: z.string(),
    kind: z
      .enum(['tensor', 'tensors', 'operand'])
      .meta({ description: 'tensors: a list; operand: a tensor, or a number among the attrs' }),
    required: z.boolean(),
    differentiable: z.boolean(),
  })
  .meta({ id: 'TensorParameter', description: 'A parameter that takes tensors' });

const opSchema = z
  .object({
    ...summarySchema.shape,
    source: z.string().optional().meta({ description: 'Where the formula comes from' }),
    pytorch: z
      .array(z.string())
      .optional()
      .meta({
        description: 'Where PyTorch has it: functions, methods and the module; absent for an op of the engine alone',
        examples: [['torch.relu', 'torch.relu_', 'torch.Tensor.relu', 'torch.nn.functional.relu', 'torch.nn.ReLU']],
      }),
    inputs: z.array(inputSchema).meta({ description: "What a node's inputs stand for, in order" }),
    signature: z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema (2020-12) of the parameters' }),
    formula: z.string().meta({ description: 'LaTeX' }),
    derivative: z.string().optional().meta({ description: 'LaTeX' }),
    example: z
      .object({ method: z.literal('POST'), path: z.string(), body: z.record(z.string(), z.unknown()) })
      .meta({ description: 'A request that runs as it stands' }),
    curve: z
      .string()
      .optional()
      .meta({
        description:
          'Where its curve is: of an activation or a loss that has one. With the ending `.svg` it is a picture',
        examples: ['/v1/activations/softplus/curve'],
      }),
  })
  .meta({ id: 'Op', description: 'An op with all that is known of it' });

const listQuery = z.strictObject({
  category: z
    .enum(categories, { error: `expected one of ${categories.join(', ')}` })
    .optional()
    .meta({ description: 'Only the ops of this kind', examples: ['loss'] }),
  q: z
    .string()
    .max(200)
    .optional()
    .meta({
      description:
        "Only the ops that this finds, the best match first: a name, one of PyTorch's spellings, or words of the summary. Case does not matter",
      examples: ['nn.ReLU'],
    }),
});

const listSchema = z
  .object({
    ops: z.array(summarySchema),
    suggestion: z
      .string()
      .optional()
      .meta({ description: 'The nearest name, where `q` finds nothing', examples: ['softmax'] }),
  })
  .meta({ id: 'OpList', description: 'Ops, by name or the best match first' });

const summaryOf = (op: OpDef): z.output<typeof summarySchema> => ({
  name: op.name,
  aliases: [...op.aliases],
  category: op.category,
  summary: op.summary,
  call: callLine(op),
  differentiable: op.differentiable,
});

/** The list under a query, as JSON text. */
function listText({ category, q = '' }: z.output<typeof listQuery>): string {
  const among = category === undefined ? ops : ops.filter((op) => op.category === category);
  const found = q.trim() === '' ? among : searchOps(among, q);
  const suggestion = found.length === 0 ? closest(q.trim().split('.').at(-1) ?? '', opNames()) : undefined;
  return JSON.stringify({ ops: found.map(summaryOf), suggestion });
}

const tensorRef = { $ref: '#/components/schemas/Tensor' };

function paramJson(param: AnyParam): Record<string, unknown> {
  if (param.kind === 'attr') return attrJson(param);
  const note = param.doc === undefined ? {} : { description: param.doc };
  if (param.kind === 'tensors') return { type: 'array', items: tensorRef, ...note };
  if (param.kind === 'operand')
    return {
      ...tensorRef,
      description: `${param.doc === undefined ? '' : `${param.doc}. `}A tensor, or a Python number`,
    };
  return { ...tensorRef, ...note };
}

/** The parameters as a JSON Schema that stands alone. */
export function signatureOf(op: OpDef): Record<string, unknown> {
  const properties = Object.fromEntries(op.params.map((p) => [p.name, paramJson(p)]));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: op.name,
    type: 'object',
    properties: inDefinitions(properties),
    required: op.params.filter((p) => p.required && !p.variadic).map((p) => p.name as string),
    additionalProperties: false,
    $defs: definitionsFor(properties, definitions),
  };
}

const inputsOf = (op: OpDef): z.output<typeof inputSchema>[] =>
  op.params.flatMap(({ name, kind, required, differentiable }) =>
    kind === 'attr' ? [] : [{ name: name as string, kind, required, differentiable }],
  );

function exampleOf(op: OpDef): z.output<typeof opSchema>['example'] {
  const family = (FAMILIES as Partial<Record<string, string>>)[op.category];
  return family === undefined
    ? evaluateExample(op)
    : { method: 'POST', path: `/v1/${family}/${op.name}`, body: { ...op.examples[0] } };
}

export default async (app: FastifyInstance): Promise<void> => {
  let list: string | undefined;
  app.get(
    '/v1/ops',
    {
      schema: {
        operationId: 'listOps',
        tags: ['ops'],
        summary: 'All ops, those of a category, or those that a search finds',
        description: `\`?category=loss\` lists one kind; \`?q=F.relu\` finds ops by any of PyTorch's spellings (\`torch.relu\`, \`Tensor.relu\`, \`nn.ReLU\`), by parts of a name, or by words of what they are.`,
        querystring: listQuery,
        response: {
          200: listSchema,
          400: computeProblems[400],
          ...catalogueProblems,
        },
        'x-examples': () => ({
          search: {
            summary: 'Losses that a search finds',
            request: undefined,
            response: JSON.parse(listText({ category: 'loss', q: 'cross entropy' })),
          },
        }),
      },
    },
    (request, reply) => {
      const query = request.query as z.output<typeof listQuery>;
      const isAll = query.category === undefined && (query.q ?? '').trim() === '';
      if (isAll) list ??= listText({});
      return reply.header('content-type', 'application/json; charset=utf-8').send(isAll ? list : listText(query));
    },
  );
  app.get(
    '/v1/ops/:op',
    {
      schema: {
        operationId: 'getOp',
        tags: ['ops'],
        summary: 'One op: signature, formula, derivative, a request that runs, and its curve',
        params: z.object({
          op: z.string().meta({ description: 'Its name, or an alias', examples: ['cross_entropy'] }),
        }),
        response: { 200: opSchema, ...catalogueProblems, ...notFoundProblem },
      },
    },
    (request, reply) => {
      const { op: name } = request.params as { op: string };
      const op = findOp(name);
      if (op === undefined) {
        const suggestion = closest(name, opNames());
        return sendProblem(reply, {
          code: 'not_found',
          title: 'There is no such op',
          status: 404,
          detail: `there is no op "${name}"${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`,
          suggestion,
        });
      }
      const { source, formula, derivative } = op;
      const pytorch = namesInPyTorch(op);
      const body = {
        ...summaryOf(op),
        source,
        pytorch: pytorch.length === 0 ? undefined : pytorch,
        inputs: inputsOf(op),
        signature: signatureOf(op),
        formula,
        derivative,
        example: exampleOf(op),
        curve: curvePath(op),
      };
      return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body));
    },
  );
};
