/** `GET /v1/sessions/{id}/graph.svg` and its like: the graph of a workspace as a picture. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { PICTURE_FORMATS, type PictureFormatName } from '../../compute/picture/draw.ts';
import { pictureFields } from '../compute/render.ts';
import { goneSignal } from '../plugins/workers.ts';
import { catalogueProblems, computeProblems, notFoundProblem } from '../schemas.ts';
import { contentType, sendBytes } from '../send.ts';
import { graphQuery, sessionParams } from './sessions-schemas.ts';

const flag = z.enum(['true', 'false']).default('true');

const pictureQuery = z.strictObject({
  of: graphQuery.shape.of,
  ...pictureFields,
  collapse: flag.meta({ description: 'Fold repeats and chains where there are more than 300 nodes' }),
  values: flag.meta({ description: 'Show values and gradients where they are small' }),
});

const { 400: invalid, 422: refused, 503: unavailable, 504: timeout } = computeProblems;

const NAMES: Readonly<Record<string, string>> = { svg: 'Svg', dot: 'Dot', mermaid: 'Mermaid' };

export default async (app: FastifyInstance): Promise<void> => {
  for (const format of ['svg', 'dot', 'mermaid'] satisfies PictureFormatName[]) {
    const { ending, mediaType } = PICTURE_FORMATS[format];
    app.get(
      `/v1/sessions/:id/graph.${ending}`,
      {
        schema: {
          operationId: `drawSessionGraph${NAMES[format]}`,
          tags: ['sessions'],
          summary: `The graph that a value hangs on, as ${mediaType}`,
          description:
            'Drawn as by `POST /v1/graphs/render`: all that was recorded on the way to the value, over all cells.',
          params: sessionParams,
          querystring: pictureQuery,
          response: {
            200: {
              description: 'The graph, drawn',
              content: { [mediaType]: { schema: z.string().meta({ description: mediaType }) } },
            },
            400: invalid,
            ...catalogueProblems,
            ...notFoundProblem,
            422: refused,
            503: unavailable,
            504: timeout,
          },
        },
      },
      async (request, reply) => {
        const { id } = request.params as z.output<typeof sessionParams>;
        const { of, scope, theme, collapse, values } = request.query as z.output<typeof pictureQuery>;
        const options = { scope, theme, collapse: collapse === 'true', values: values === 'true' };
        const job = { kind: 'picture', of, format, options } as const;
        const result = await app.sessions.run(id, job, goneSignal(reply));
        return sendBytes(reply, result, contentType(mediaType));
      },
    );
  }
};
