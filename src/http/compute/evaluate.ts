/** `POST /v1/evaluate`: what it reads, and how it is carried out. */
import { z } from 'zod';
import type { Answer, AnswerOptions } from '../../answer/answer.ts';
import type { Slot } from '../../codec/json/reader.ts';
import type { CodeRequest } from '../../compute/code.ts';
import { type GradSpec, GraphComputation } from '../../compute/graph.ts';
import type { Limits } from '../../compute/limits.ts';
import type { Scope } from '../../compute/scope.ts';
import { isSmall } from '../../compute/survey.ts';
import { dictionary, graphSchema, tensorSchema } from '../../graph/schema.ts';
import { EngineError } from '../../tensor/errors.ts';
import { codeSchema } from '../routes/sessions-schemas.ts';
import { optionFields, optionsOf } from '../schemas.ts';
import { withUntold } from './models.ts';
import type { ComputeRoute } from './route.ts';

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

/** Lists that are too long are refused before each of their items is looked at. */
export function screen(body: unknown, { maxNodes }: Limits): void {
  const check = (list: unknown): void => {
    if (!Array.isArray(list) || list.length <= maxNodes) return;
    throw new EngineError('budget', `a list of ${list.length} nodes or names; at most ${maxNodes} are allowed`);
  };
  // biome-ignore lint/suspicious/noExplicitAny: not validated yet
  const { graph, grad, outputs, of, wrt, v } = (body ?? {}) as any;
  const nodes = [graph?.nodes, graph?.backward?.nodes];
  for (const list of [graph?.inputs, graph?.outputs, outputs, of, wrt, v, ...nodes]) check(list);
  for (const list of [grad?.outputs, grad?.inputs, grad?.grad_outputs]) check(list);
  // The clock is looked at between nodes, not between the tensors of a list that one node takes.
  for (const list of nodes) {
    if (!Array.isArray(list)) continue;
    for (const node of list) {
      const inputs: unknown = node?.inputs;
      check(inputs);
      if (Array.isArray(inputs)) for (const input of inputs) if (typeof input === 'object') check(input);
    }
  }
}

/** A model in the place of a graph. */
export const modelField = z.string().meta({
  description: 'The name of a model in the place of `graph` or `code`, or a version of it: `name@3`',
  examples: ['mnist', 'mnist@3'],
});

/** What is computed: of every request that takes a graph, code or a model. */
export const programFields = {
  inputs: dictionary(tensorSchema, { additionalProperties: { $ref: '#/components/schemas/Tensor' } })
    .default(() => new Map())
    .meta({ description: 'Tensors by name' }),
  graph: graphSchema.optional(),
  code: codeSchema.optional(),
  model: modelField.optional(),
};

const PROGRAMS = ['graph', 'code', 'model'] as const;

/** Refuses a body with none of a graph, code and a model, or with several. */
export function onlyOneProgram(
  body: { readonly [K in (typeof PROGRAMS)[number]]?: unknown },
  context: z.RefinementCtx,
): void {
  const [first, second] = PROGRAMS.filter((field) => body[field] !== undefined);
  if (first === undefined) {
    context.addIssue({
      code: 'custom',
      path: ['graph'],
      message: 'required: a graph, or code or a model in its place',
    });
  } else if (second !== undefined) {
    context.addIssue({ code: 'custom', path: [second], message: `there is a ${first} already: send one of them` });
  }
}

/** Of a body that has one of them, in JSON Schema. */
export const ONE_PROGRAM = { oneOf: PROGRAMS.map((field) => ({ required: [field] })) };

export const evaluateBody = z
  .strictObject({
    ...programFields,
    outputs: z.array(z.string()).optional().meta({
      description:
        "Which values to answer, inputs among them. Where absent: the graph's outputs; all tensors, and tuples of them, that the code assigns, and the value of its last expression as `output`",
    }),
    grad: gradSchema.optional(),
    ...optionFields,
  })
  .superRefine(onlyOneProgram)
  .meta({
    id: 'EvaluateRequest',
    description: 'A graph or code, its inputs, and what is asked of it',
    ...ONE_PROGRAM,
  });

type Body = z.output<typeof evaluateBody>;

/** Carries out code. */
export type CodeRunner = (request: CodeRequest, options: AnswerOptions, scope: Scope) => Answer;

const specOf = (grad: NonNullable<Body['grad']>): GradSpec => ({
  outputs: grad.outputs,
  inputs: grad.inputs,
  gradOutputs: grad.grad_outputs,
  createGraph: grad.create_graph,
  allowUnused: grad.allow_unused,
});

/** @param runCode only worker threads have one: what code will do nobody knows before */
export const evaluateRoute = (runCode?: CodeRunner): ComputeRoute<Body> => ({
  key: 'evaluate',
  slot,
  schema: evaluateBody,
  screen,
  prepare(body, type, scope) {
    const { inputs, outputs, graph, code, untold } = withUntold(body);
    const grad = body.grad && specOf(body.grad);
    const options = optionsOf(body, type);
    if (graph !== undefined) {
      const computation = new GraphComputation({ inputs, graph, untold, outputs, grad }, options, scope);
      return { small: isSmall(computation.size), run: () => computation.run(scope) };
    }
    return {
      small: false,
      run() {
        if (code === undefined || runCode === undefined) throw new Error('there is no code, or nothing that runs it');
        return runCode({ inputs, code, outputs, grad }, options, scope);
      },
    };
  },
});
