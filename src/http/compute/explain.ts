/** `POST /v1/explain`: what it reads, and how it is carried out. */
import { z } from 'zod';
import { TEXT_TYPES } from '../../answer/answer.ts';
import type { Slot } from '../../codec/json/reader.ts';
import { DOCUMENT_TYPES } from '../../codec/read-body.ts';
import type { Derivation } from '../../compute/derivative.ts';
import { GraphComputation } from '../../compute/graph.ts';
import type { Limits } from '../../compute/limits.ts';
import { isSmall } from '../../compute/survey.ts';
import { tensorSchema } from '../../graph/schema.ts';
import { optionFields, optionsOf } from '../schemas.ts';
import { type CodeRunner, ONE_PROGRAM, onlyOneProgram, programFields, screen } from './evaluate.ts';
import { withUntold } from './models.ts';
import type { ComputeRoute } from './route.ts';

const slot: Slot = {
  fields: { inputs: { entries: 'tensor' }, graph: { fields: { values: { entries: 'value' } } }, v: 'tensor' },
};

/** Steps that are told where no setting says how many. */
const MAX_EXPLAINED = 2000;

/** What is asked of a derivation. */
export const explainFields = {
  of: z
    .string()
    .meta({ description: 'The value to differentiate: of one element, or of more with `v`', examples: ['loss'] }),
  wrt: z.union([z.string(), z.array(z.string()).min(1)]).meta({
    description: 'With respect to which value, or values, whether they require grad or not',
    examples: ['w', ['w', 'b']],
  }),
  v: tensorSchema.optional().meta({ description: 'Multiplies `of`, in its shape, where that has several elements' }),
  index: z.array(z.int()).max(64).optional().meta({
    description: 'The element of the gradient to follow alone, an integer a dimension; `wrt` is one name then',
  }),
  digits: z
    .int()
    .min(1)
    .max(17)
    .default(4)
    .meta({ description: 'Significant digits of the numbers in LaTeX and text' }),
  max_elements: z
    .int()
    .min(1)
    .max(1000)
    .default(6)
    .meta({ description: 'In LaTeX and text, what is longer along an axis is shown by its ends' }),
};

interface Asked {
  readonly of: string;
  readonly wrt: string | readonly string[];
  readonly index?: readonly number[];
  readonly digits: number;
  readonly max_elements: number;
}

/** An element is one of one gradient. */
export function oneForIndex(body: Pick<Asked, 'wrt' | 'index'>, context: z.RefinementCtx): void {
  if (body.index !== undefined && typeof body.wrt !== 'string' && body.wrt.length !== 1)
    context.addIssue({ code: 'custom', path: ['index'], message: 'expected with one name in wrt alone' });
}

export const settingsOf = ({ index, digits, max_elements }: Asked, { maxExplained }: Limits) => ({
  index,
  digits,
  maxElements: max_elements,
  most: maxExplained ?? MAX_EXPLAINED,
});

export const explainBody = z
  .strictObject({
    ...programFields,
    ...explainFields,
    outputs: z.array(z.string()).optional().meta({ description: 'Which values to answer beside the derivation' }),
    ...optionFields,
  })
  .superRefine(onlyOneProgram)
  .superRefine(oneForIndex)
  .meta({ id: 'ExplainRequest', description: 'A gradient to derive step by step', ...ONE_PROGRAM });

type Body = z.output<typeof explainBody>;

/** Of values that a workspace holds. */
export const sessionExplainBody = z
  .strictObject({ ...explainFields, ...optionFields })
  .superRefine(oneForIndex)
  .meta({ id: 'SessionExplainRequest', description: 'A gradient of values of a workspace to derive step by step' });

export type SessionExplainBody = z.output<typeof sessionExplainBody>;

/** Where that body has tensors, and how it is read. */
export const sessionExplain = {
  slot: { fields: { v: 'tensor' } } satisfies Slot,
  schema: sessionExplainBody as z.ZodType<SessionExplainBody>,
  screen,
};

/** The forms of a derivation. */
export const EXPLAINED_AS = [...DOCUMENT_TYPES, ...TEXT_TYPES] as const;

/** @param runCode only worker threads have one: what code will do nobody knows before */
export const explainRoute = (runCode?: CodeRunner): ComputeRoute<Body> => ({
  key: 'explain',
  slot,
  schema: explainBody as never,
  screen,
  answers: EXPLAINED_AS,
  prepare(body, type, scope) {
    const { inputs, outputs, graph, code, untold, of, wrt, v } = withUntold(body);
    const settings = settingsOf(body, scope.limits);
    const derive: Derivation = { kind: 'explain', of, wrt, v, settings, form: type };
    const options = optionsOf(body, type);
    if (graph !== undefined) {
      const computation = new GraphComputation({ inputs, graph, untold, outputs, derive }, options, scope);
      return { small: isSmall(computation.size), run: () => computation.run(scope) };
    }
    return {
      small: false,
      run() {
        if (code === undefined || runCode === undefined) throw new Error('there is no code, or nothing that runs it');
        return runCode({ inputs, code, outputs, derive }, options, scope);
      },
    };
  },
});
