/** The model of the examples: a line, as the document has it put, changed and evaluated. */
import { readBody } from '../../codec/read-body.ts';
import { Scope } from '../../compute/scope.ts';
import { modelOfGraph } from '../../models/make.ts';
import { patchedByTensors } from '../../models/patch.ts';
import type { ModelRecord } from '../../models/record.ts';
import { OpenModel } from '../../models/request.ts';
import type { FindModel } from '../compute/models.ts';
import { MODEL_SLOT, modelBody, PATCH_SLOT, patchBody } from '../routes/models-schemas.ts';
import { validate } from '../validate.ts';
import { EXAMPLE_LIMITS, type RouteExample } from './examples.ts';

/** Where the examples run, it has this name. */
export const EXAMPLE_MODEL = 'line';

const PUT = {
  graph: {
    inputs: ['x'],
    nodes: [{ op: 'linear', inputs: ['x', 'weight', 'bias'], outputs: ['y'] }],
    outputs: ['y'],
    values: {
      x: { dtype: 'float32', shape: [1, 2] },
      weight: { data: [[2, -1]] },
      bias: { data: [0.5] },
    },
  },
};

const PATCH = { parameters: { bias: [1] } };

const bytesOf = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));

function exampleRecord(): ModelRecord {
  const body = readBody(bytesOf(PUT), 'application/json', MODEL_SLOT);
  const { graph } = validate(modelBody, body) as { graph: Parameters<typeof modelOfGraph>[0] };
  return modelOfGraph(graph, { maxBytes: 2 ** 20 }, new Scope(EXAMPLE_LIMITS)).record;
}

/** As if it were kept. */
export function exampleModels(): FindModel {
  const model = new OpenModel(exampleRecord());
  return (reference) => (reference === EXAMPLE_MODEL ? model : undefined);
}

export const putExample = (): RouteExample => ({
  summary: 'A new version of a model',
  request: PUT,
  response: { name: EXAMPLE_MODEL, version: 2, ...exampleRecord().info },
});

export function patchExample(): RouteExample {
  const body = readBody(bytesOf(PATCH), 'application/json', PATCH_SLOT);
  const { parameters } = validate(patchBody, body) as { parameters: Parameters<typeof patchedByTensors>[1] };
  const { info } = patchedByTensors(exampleRecord(), parameters);
  return {
    summary: 'Another bias',
    request: PATCH,
    response: { name: EXAMPLE_MODEL, version: 3, ...info },
  };
}
