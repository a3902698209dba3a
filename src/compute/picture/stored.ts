/** Graphs that the service wrote itself, read back to be drawn. */
import { readBody } from '../../codec/read-body.ts';
import { planOf } from '../../graph/plan.ts';
import { graphSchema } from '../../graph/schema.ts';
import type { GraphSubject } from './graph.ts';

const SLOT = { fields: { values: { entries: 'shown' } } } as const;

/** What a graph document in JSON tells. */
export function subjectOf(body: string | Uint8Array): GraphSubject {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const document = graphSchema.parse(readBody(bytes, 'application/json', SLOT));
  return { document, plan: planOf(document, [], Number.POSITIVE_INFINITY) };
}
