/** `GET /v1/activations/{op}/curve` and `GET /v1/losses/{op}/curve`: a function and its derivative, as numbers or as a picture. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { curveDocument } from '../../answer/curve.ts';
import type { DocumentType } from '../../codec/read-body.ts';
import { sampleCurve } from '../../compute/curve/curve.ts';
import type { curvePicture } from '../../compute/curve/picture.ts';
import type { Limits } from '../../compute/limits.ts';
import { Scope } from '../../compute/scope.ts';
import { closest } from '../../ops/closest.ts';
import type { OpDef } from '../../ops/define.ts';
import { findOp, ops } from '../../ops/registry.ts';
import type { Computing } from '../compute/handler.ts';
import { type Query, readCurveQuery } from '../curve-query.ts';
import { sendTagged } from '../entity-tag.ts';
import { wantedType } from '../negotiate.ts';
import type { RouteExample } from '../openapi/examples.ts';
import { ProblemError } from '../problem.ts';
import { catalogueProblems, cborSchema, computeProblems, notFoundProblem } from '../schemas.ts';
import { CONTENT_TYPES, tellTimes } from '../send.ts';
import { curveQuery, curveSchema } from './curves-schemas.ts';

const SVG = 'image/svg+xml';
const FORMS = ['application/json', 'application/cbor', SVG] as const;

/** A curve hangs on its path alone, for as long as this version of the service runs. */
const KEPT_S = 3600;

type Family = 'activations' | 'losses';

const KINDS: Readonly<Record<Family, string>> = { activations: 'activation', losses: 'loss' };

/** Among activations stand ops of other kinds that declare a curve, as normalize. */
const familyOf = (op: OpDef): Family | undefined =>
  op.category === 'loss'
    ? 'losses'
    : op.category === 'activation' || op.curve !== undefined
      ? 'activations'
      : undefined;

const opsIn = (family: Family): OpDef[] => ops.filter((op) => familyOf(op) === family);

/** Where the curve of an op is found, with what it has to be told; undefined where it has none. */
export function curvePath(op: OpDef): string | undefined {
  const family = familyOf(op);
  if (family === undefined || op.curve?.none !== undefined) return undefined;
  const query = new URLSearchParams();
  for (const { name, kind, required } of op.params) {
    if (kind === 'attr' && required) query.set(name, String(op.examples[0][name]));
  }
  return `/v1/${family}/${op.name}/curve${query.size === 0 ? '' : `?${query}`}`;
}

function noCurve(name: string, family: Family): ProblemError {
  const kind = KINDS[family];
  const op = findOp(name);
  const own = op && familyOf(op);
  const problem = { code: 'not_found', status: 404 } as const;
  if (op === undefined || own === undefined) {
    const suggestion = closest(
      name,
      opsIn(family).flatMap((o) => [o.name, ...o.aliases]),
    );
    const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
    const detail =
      op === undefined
        ? `there is no ${kind} "${name}"${hint}`
        : `${op.name} is of the category ${op.category}: activations and losses have curves`;
    return new ProblemError({ ...problem, title: 'There is no such op', detail, suggestion });
  }
  const detail =
    own === family
      ? `${op.name} has no curve: ${op.curve?.none}`
      : `${op.name} is no ${kind}: its curve is at /v1/${own}/${op.name}/curve`;
  return new ProblemError({ ...problem, title: 'There is no such curve', detail });
}

function opOf(name: string, family: Family): OpDef {
  const op = findOp(name);
  if (op === undefined || familyOf(op) !== family || op.curve?.none !== undefined) throw noCurve(name, family);
  return op;
}

interface Asked {
  readonly params: { readonly op: string };
  readonly query: Query;
}

/** What draws: it is loaded with the first picture. */
type Draw = typeof curvePicture;

/** The answer to a request, in the form that is wanted: with `draw`, a picture. */
function answer({ params, query }: Asked, family: Family, form: DocumentType | Draw, scope: Scope): string | Buffer {
  const op = opOf(params.op, family);
  const { request, picture } = readCurveQuery(op, query);
  scope.timing.lap('parse');
  const curve = sampleCurve(request, scope);
  scope.timing.lap('forward');
  const body = typeof form === 'function' ? form(op, curve, picture, scope) : curveDocument(curve, form);
  scope.timing.lap('write');
  return body;
}

const DESCRIPTION = `Sampled piece by piece between the places where it breaks, with its derivative by autograd, in float64. Parameters of the op stand in the query under their own names, a tensor as numbers separated by commas. Of an op of vectors the element \`vary\` of \`at\` runs, and each element of the result is a series.

\`Accept: image/svg+xml\`, or the path with the ending \`.svg\`, gives a picture: the function over its derivative.`;

const EXAMPLES: Readonly<Record<Family, readonly (readonly [op: string, query: Readonly<Record<string, string>>])[]>> =
  {
    activations: [
      ['relu', { from: '-1', to: '1', points: '3' }],
      ['softshrink', { from: '-1', to: '1', points: '3', lambd: '0.5' }],
    ],
    losses: [['l1_loss', { from: '-1', to: '1', points: '3', target: '0.5' }]],
  };

/** Each is computed by the service itself. Its summary is the request. */
function examplesOf(family: Family, limits: Limits): Record<string, RouteExample> {
  return Object.fromEntries(
    EXAMPLES[family].map(([op, query]) => {
      const text = answer({ params: { op }, query }, family, 'application/json', new Scope(limits));
      const url = `/v1/${family}/${op}/curve?${new URLSearchParams(query)}`;
      return [op, { summary: `GET ${url}`, request: url, response: JSON.parse(text.toString()) as unknown }];
    }),
  );
}

/** The query is read by hand: what a schema makes of it has no `__proto__`, which is to be refused as any other name. */
const asItCame = () => () => true;

function addRoutes(app: FastifyInstance, family: Family, limits: Limits): void {
  const params = z.object({ op: z.string().meta({ description: 'Its name, or an alias', examples: ['relu'] }) });
  const querystring = curveQuery(opsIn(family), family === 'losses');
  const picture = { schema: z.string().meta({ description: 'An SVG picture', contentMediaType: SVG }) };
  const problems = {
    400: computeProblems[400],
    ...catalogueProblems,
    ...notFoundProblem,
    406: computeProblems[406],
    422: computeProblems[422],
    504: computeProblems[504],
  };
  const kind = KINDS[family];

  async function handle(
    request: FastifyRequest,
    reply: FastifyReply,
    type: (typeof FORMS)[number],
  ): Promise<FastifyReply> {
    const form = type === SVG ? (await import('../../compute/curve/picture.ts')).curvePicture : type;
    const scope = new Scope(limits);
    const asked = { params: request.params as Asked['params'], query: request.query as Query };
    const body = answer(asked, family, form, scope);
    tellTimes(reply, scope.timing);
    return sendTagged(request, reply, body, { type: type === SVG ? SVG : CONTENT_TYPES[type], seconds: KEPT_S });
  }

  app.get(
    `/v1/${family}/:op/curve`,
    {
      validatorCompiler: asItCame,
      schema: {
        operationId: `${family}_curve`,
        tags: [family],
        summary: `The curve of ${family === 'losses' ? 'a loss' : 'an activation'}`,
        description: DESCRIPTION,
        params,
        querystring,
        response: {
          200: {
            description: 'The function and its derivative',
            content: { [FORMS[0]]: { schema: curveSchema }, [FORMS[1]]: { schema: cborSchema }, [SVG]: picture },
          },
          ...problems,
        },
        'x-examples': () => examplesOf(family, limits),
      },
    },
    (request, reply) => handle(request, reply, wantedType(request, reply, FORMS, 'a curve')),
  );
  app.get(
    `/v1/${family}/:op/curve.svg`,
    {
      validatorCompiler: asItCame,
      schema: {
        operationId: `${family}_curve_svg`,
        tags: [family],
        summary: `The curve of ${family === 'losses' ? 'a loss' : 'an activation'} as a picture`,
        description: `An SVG of the ${kind} over its derivative, for a page or a paper: \`<img src="/v1/${family}/${EXAMPLES[family][0][0]}/curve.svg">\`. Kinks are open circles at both slopes, with a dot at the one that PyTorch takes; poles are dashed; what is outside the domain is hatched.`,
        params,
        querystring,
        response: { 200: { description: 'The picture', content: { [SVG]: picture } }, ...problems },
      },
    },
    (request, reply) => handle(request, reply, SVG),
  );
}

export default async (app: FastifyInstance, { limits }: Computing): Promise<void> => {
  addRoutes(app, 'activations', limits);
  addRoutes(app, 'losses', limits);
};
