/** What a curve is asked for, and what it answers. */
import { z } from 'zod';
import { BREAK_KINDS } from '../../ops/curve.ts';
import type { OpDef } from '../../ops/define.ts';
import { POINTS, RANGE, SIDE, SIZE, THEMES } from '../curve-query.ts';

/** What is not finite is a string on the wire. */
const number = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
const numbers = z.array(number);

const point = z
  .object({ y: number, dy: number })
  .meta({ id: 'CurvePoint', description: 'A value and the slope there, by autograd' });

const piece = z
  .object({
    x: z.array(z.number()).meta({ description: 'From left to right' }),
    y: numbers,
    dy: numbers,
  })
  .meta({ id: 'CurvePiece', description: 'Samples between two breaks; its ends are one-sided limits' });

const series = z
  .object({
    name: z.string().meta({ description: "The op's; of an op of vectors with the place of the element of the result" }),
    pieces: z.array(piece),
  })
  .meta({ id: 'CurveSeries', description: 'A function of one number' });

const side = point.nullable();

const curveBreak = z
  .object({
    x: z.number(),
    kind: z.enum(BREAK_KINDS).meta({
      description: 'kink: the slope jumps; jump: the function does; pole: it grows without bound; end: its domain ends',
    }),
    series: z.string().optional().meta({ description: 'Of several series, the one that breaks' }),
    left: side.meta({ description: 'The limit from the left; null outside the domain' }),
    right: side.meta({ description: 'The limit from the right; null outside the domain' }),
    value: side.meta({ description: "PyTorch's at that very place; null where there is none" }),
  })
  .meta({ id: 'CurveBreak', description: 'Where the function, or its slope, does not go on as it came' });

export const curveSchema = z
  .object({
    op: z.string().meta({ examples: ['relu'] }),
    parameters: z.record(z.string(), z.unknown()).meta({ description: 'Defaults included' }),
    from: z.number(),
    to: z.number(),
    formula: z.string().meta({ description: 'LaTeX' }),
    derivative: z.string().optional().meta({ description: 'LaTeX' }),
    series: z.array(series),
    breaks: z.array(curveBreak).meta({ description: 'Those between from and to' }),
  })
  .meta({ id: 'Curve', description: 'A function and its derivative, in float64, piece by piece between its breaks' });

/** Read by hand, since texts are: the schema is for who reads the document. */
const told = (json: Readonly<Record<string, unknown>>): z.ZodType => z.unknown().optional().meta(json);

const NUMBERS = 'Numbers separated by commas';

/** All parameters that ops of a family have, each with the ops that have it. */
function parametersOf(ops: readonly OpDef[]): Record<string, z.ZodType> {
  const found = new Map<string, { names: string[]; schemas: Set<string> }>();
  for (const op of ops) {
    if (op.curve?.none !== undefined) continue;
    for (const { name, kind, attr } of op.params.slice(1)) {
      if (name === 'target') continue;
      const entry = found.get(name) ?? { names: [], schemas: new Set<string>() };
      entry.names.push(op.name);
      entry.schemas.add(JSON.stringify(kind === 'attr' ? attr?.jsonSchema : { type: 'string', pattern: NUMBERS }));
      found.set(name, entry);
    }
  }
  const told_ = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { names, schemas }]) => {
      const [only] = schemas;
      const tensor = only.includes(NUMBERS);
      const json = schemas.size > 1 || tensor ? {} : (JSON.parse(only) as Record<string, unknown>);
      const description = `A parameter of ${names.join(', ')}${tensor ? `. ${NUMBERS}` : ''}`;
      return [name, told({ ...(json.anyOf === undefined ? json : {}), description })] as const;
    });
  return Object.fromEntries(told_);
}

/** The query of the curves of a family. What an op does not have is refused by name. */
export function curveQuery(ops: readonly OpDef[], loss: boolean): z.ZodType {
  return z.looseObject({
    from: told({ type: 'number', default: RANGE.from }),
    to: told({ type: 'number', default: RANGE.to }),
    points: told({ type: 'integer', ...POINTS, description: 'Samples at the least; more are taken where it bends' }),
    ...(loss
      ? {
          target: told({
            type: 'string',
            default: '1',
            description: `${NUMBERS}: of a loss of vectors the index of a class`,
          }),
        }
      : {}),
    at: told({ type: 'string', description: `Of an op of vectors: where the elements stand. ${NUMBERS}` }),
    vary: told({ type: 'integer', minimum: 0, default: 0, description: 'Of an op of vectors: the element that runs' }),
    width: told({ type: 'integer', ...SIDE, default: SIZE.width, description: 'Of the picture' }),
    height: told({ type: 'integer', ...SIDE, default: SIZE.height, description: 'Of the picture' }),
    theme: told({ type: 'string', enum: THEMES, default: 'auto', description: "auto: the reader's own" }),
    ...parametersOf(ops),
  });
}
