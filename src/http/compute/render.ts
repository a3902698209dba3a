/** `POST /v1/graphs/render`: what it reads, and how it is carried out. */
import { z } from 'zod';
import type { Slot } from '../../codec/json/reader.ts';
import { PICTURE_SCOPES } from '../../compute/picture/graph.ts';
import { planOf } from '../../graph/plan.ts';
import { graphSchema } from '../../graph/schema.ts';
import { notAcceptable } from '../negotiate.ts';
import { modelField, screen } from './evaluate.ts';
import { RENDER_FORMAT_NAMES, RENDER_FORMATS, type RenderFormatName } from './formats.ts';
import type { ComputeRoute } from './route.ts';

const slot: Slot = { fields: { graph: { fields: { values: { entries: 'shown' } } } } };

/** Fields that a query may have as well. */
export const pictureFields = {
  scope: z.enum(PICTURE_SCOPES).default('forward').meta({
    description:
      'Which passes: `backward` and `both` need the graph\'s backward part, as `"graph_scope": "both"` records it',
  }),
  theme: z
    .enum(['auto', 'light', 'dark'])
    .default('auto')
    .meta({ description: "Colours; `auto` follows the reader's light or dark scheme" }),
};

function onlyOneGraph(body: { readonly graph?: unknown; readonly model?: unknown }, context: z.RefinementCtx): void {
  if (body.graph === undefined && body.model === undefined)
    context.addIssue({ code: 'custom', path: ['graph'], message: 'required: a graph, or a model in its place' });
  else if (body.graph !== undefined && body.model !== undefined)
    context.addIssue({ code: 'custom', path: ['model'], message: 'there is a graph already: send one of them' });
}

export const renderBody = z
  .strictObject({
    graph: graphSchema.optional(),
    model: modelField.optional(),
    format: z
      .enum(RENDER_FORMAT_NAMES)
      .optional()
      .meta({ description: 'What it is rendered as; where absent, what `Accept` wants most, or else svg' }),
    ...pictureFields,
    collapse: z
      .boolean()
      .default(true)
      .meta({ description: 'Fold repeats and chains to one box with "× N" where there are more than 300 nodes' }),
    values: z.boolean().default(true).meta({ description: 'Show values and gradients where they are small' }),
    opset: z.int().min(13).max(17).default(17).meta({ description: 'Of ONNX' }),
  })
  .superRefine(onlyOneGraph)
  .meta({
    id: 'RenderRequest',
    description: 'A graph or a model, and what it is to be rendered as',
    oneOf: [{ required: ['graph'] }, { required: ['model'] }],
  });

type Body = z.output<typeof renderBody>;

export const RENDER_TYPES = RENDER_FORMAT_NAMES.map((name) => RENDER_FORMATS[name].mediaType);

/** So many nodes are drawn in some milliseconds, and may be drawn on the thread that serves all others. */
const FEW_NODES = 100;

function formatOf({ format }: Body, wanted: string): RenderFormatName {
  if (format !== undefined) return format;
  const name = RENDER_FORMAT_NAMES.find((name) => RENDER_FORMATS[name].mediaType === wanted);
  if (name === undefined) throw notAcceptable(RENDER_TYPES, 'a rendered graph');
  return name;
}

export const renderRoute: ComputeRoute<Body, string> = {
  key: 'graphs/render',
  slot,
  schema: renderBody,
  answers: RENDER_TYPES,
  saidByBody: true,
  screen,
  prepare(body, wanted, scope) {
    const { graph } = body;
    if (graph === undefined) throw new Error('the model of a request was not put in its place');
    const format = formatOf(body, wanted);
    const plan = planOf(graph, [], scope.limits.maxNodes);
    return {
      small: RENDER_FORMATS[format].quick && plan.nodes.length + plan.backward.length <= FEW_NODES,
      run() {
        scope.timing.lap('parse');
        const rendered = RENDER_FORMATS[format].render({ document: graph, plan }, body, scope);
        scope.timing.lap('write');
        return rendered;
      },
    };
  },
};
