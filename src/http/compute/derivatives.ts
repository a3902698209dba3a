/** `POST /v1/vjp` and its like: what they read, and how they are carried out. */
import { z } from 'zod';
import type { Slot } from '../../codec/json/reader.ts';
import { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import { type Derivation, PRODUCTS, type Product, type Vectors } from '../../compute/derivative.ts';
import { GraphComputation } from '../../compute/graph.ts';
import { isSmall } from '../../compute/survey.ts';
import { optionFields, optionsOf } from '../schemas.ts';
import { type CodeRunner, ONE_PROGRAM, onlyOneProgram, programFields, screen } from './evaluate.ts';
import { withUntold } from './models.ts';
import type { ComputeRoute } from './route.ts';

export type DerivativeKey = Product | 'gradcheck';

const slot: Slot = {
  fields: { inputs: { entries: 'tensor' }, graph: { fields: { values: { entries: 'value' } } }, v: 'tensors' },
};

const names = z.union([z.string(), z.array(z.string()).min(1)]);

/** Of a thing under each name: a list of them is answered as an array. */
const of = names.meta({ description: 'The value to differentiate, or a list of them', examples: ['y'] });
const wrt = names.meta({
  description: 'With respect to which value, or values: independent arguments, whether they require grad or not',
  examples: ['x', ['x', 'w']],
});

const isVectors = (value: unknown): value is Vectors =>
  value instanceof TensorLiteral || (Array.isArray(value) && value.every(isVectors));

const v = z.custom<Vectors>(isVectors, {
  error: 'expected a tensor, or an array of tensors, nested as what it multiplies',
});

const outputs = z
  .array(z.string())
  .optional()
  .meta({ description: 'Which values to answer beside the derivative; those of `of` where absent' });

const strict = z
  .boolean()
  .default(false)
  .meta({ description: 'Refuse a value that does not depend on what it is differentiated with respect to' });

const common = { ...programFields, of, wrt, outputs, strict, ...optionFields };

const bodyOf = (id: string, description: string, fields: z.ZodRawShape) =>
  z
    .strictObject({ ...common, ...fields })
    .superRefine(onlyOneProgram)
    .meta({ id, description, ...ONE_PROGRAM });

const TENSOR = { $ref: '#/components/schemas/Tensor' };

const product = (side: string) =>
  v.optional().meta({
    description: `The vector, nested as ${side}`,
    anyOf: [TENSOR, { type: 'array', items: { anyOf: [TENSOR, { type: 'array', items: TENSOR }] } }],
  });

/** Bodies, by what is asked for. */
export const derivativeBodies = {
  vjp: bodyOf('VjpRequest', 'A vector times a Jacobian', {
    v: product('`of`; it may be absent where that has one element'),
  }),
  jvp: bodyOf('JvpRequest', 'A Jacobian times a vector', { v: product('`wrt`') }),
  jacobian: bodyOf('JacobianRequest', 'A whole Jacobian', {}),
  hessian: bodyOf('HessianRequest', 'A whole Hessian', {}),
  hvp: bodyOf('HvpRequest', 'A Hessian times a vector', { v: product('`wrt`') }),
  vhp: bodyOf('VhpRequest', 'A vector times a Hessian', { v: product('`wrt`') }),
  gradcheck: z
    .strictObject({
      ...programFields,
      of: of.optional().meta({ description: 'What to check; the outputs where absent' }),
      wrt: wrt.optional().meta({ description: 'With respect to what; all floating inputs where absent' }),
      outputs,
      eps: z.number().positive().default(1e-6).meta({ description: 'The step of the central differences' }),
      atol: z.number().min(0).default(1e-5),
      rtol: z.number().min(0).default(1e-3),
      order: z
        .union([z.literal(1), z.literal(2)])
        .default(1)
        .meta({ description: "2 checks the gradient's gradient" }),
      ...optionFields,
    })
    .superRefine(onlyOneProgram)
    .meta({ id: 'GradcheckRequest', description: 'Gradients to compare with central differences', ...ONE_PROGRAM }),
} as const;

interface Body extends z.output<typeof derivativeBodies.gradcheck> {
  readonly v?: Vectors;
  readonly strict?: boolean;
}

function derivationOf(kind: DerivativeKey, body: Body): Derivation {
  if (kind === 'gradcheck') {
    const { eps, atol, rtol, order } = body;
    return { kind, of: body.of, wrt: body.wrt, settings: { eps, atol, rtol, order } };
  }
  const { of, wrt, strict = false } = body as Body & { of: string; wrt: string };
  return { kind, of, wrt, v: body.v, strict };
}

/** @param runCode only worker threads have one: what code will do nobody knows before */
export const derivativeRoute = (kind: DerivativeKey, runCode?: CodeRunner): ComputeRoute<Body> => ({
  key: kind,
  inDouble: kind === 'gradcheck' ? true : undefined,
  slot,
  schema: derivativeBodies[kind] as never,
  screen,
  prepare(body, type, scope) {
    const { inputs, outputs, graph, code, untold } = withUntold(body);
    const derive = derivationOf(kind, body);
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

export const DERIVATIVE_KEYS: readonly DerivativeKey[] = [...PRODUCTS, 'gradcheck'];

export const derivativeRoutes = (runCode?: CodeRunner): ComputeRoute<Body>[] =>
  DERIVATIVE_KEYS.map((kind) => derivativeRoute(kind, runCode));
