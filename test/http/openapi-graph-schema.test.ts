import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { evaluateExample } from '../../src/graph/example.ts';
import { buildApp } from '../../src/http/app.ts';
import { ops } from '../../src/ops/registry.ts';

const app = await buildApp(loadConfig({ LOG_LEVEL: 'silent' }));
afterAll(() => app.close());

const schema = JSON.parse(readFileSync(new URL('../../openapi/graph.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ allowUnionTypes: true });
ajv.addSchema(schema);
const read = ajv.compile({ $ref: 'urn:gradwire:graph@1' });
const written = ajv.compile({ $ref: 'urn:gradwire:graph@1#/$defs/GraphResult' });

const smallest = { nodes: [{ op: 'relu', inputs: ['x'], outputs: ['y'] }] };

describe('the JSON Schema of the graph document', () => {
  it('is served', async () => {
    const answer = await app.inject('/schemas/graph@1.json');
    expect(answer.headers['content-type']).toMatch(/^application\/schema\+json\b/);
    expect(answer.json()).toEqual(schema);
  });

  it('takes its own example, which replays', async () => {
    const [graph] = schema.examples;
    expect([read(graph), read.errors]).toEqual([true, null]);
    expect([written(graph), written.errors]).toEqual([true, null]);
    const inputs = { x: [1], w: { data: [2], requires_grad: true }, y: [1] };
    const { graph: answered } = (
      await app.inject({ method: 'POST', url: '/v1/evaluate', payload: { inputs, graph, grad: { outputs: ['loss'] } } })
    ).json();
    expect(answered).toEqual(graph);
  });

  it.each(ops.map((op) => [op.name, op] as const))(
    '%s: takes the graph that is sent and the one that comes back',
    async (_, op) => {
      for (const example of op.examples) {
        const { body } = evaluateExample(op, example);
        expect([read(body.graph), read.errors]).toEqual([true, null]);
        const answer = await app.inject({
          method: 'POST',
          url: '/v1/evaluate',
          payload: { ...body, graph_scope: 'both', graph_values: 'all' },
        });
        expect([answer.statusCode, answer.json()]).toEqual([200, expect.anything()]);
        const { graph } = answer.json();
        expect([written(graph), written.errors]).toEqual([true, null]);
        expect([read(graph), read.errors]).toEqual([true, null]);
      }
    },
  );

  it.each([
    ['another format', { ...smallest, format: 'gradwire/graph@2' }],
    ['no nodes', { inputs: ['x'] }],
    ['an unknown field', { ...smallest, edges: [] }],
    ['an unknown field of a node', { nodes: [{ ...smallest.nodes[0], name: 'relu' }] }],
    ['a node without results', { nodes: [{ op: 'relu', inputs: ['x'], outputs: [] }] }],
    ['an input that is a number', { nodes: [{ op: 'mul', inputs: ['x', 2], outputs: ['y'] }] }],
    [
      'an index that is no index',
      { nodes: [{ op: 'getitem', inputs: ['x'], outputs: ['y'], attrs: { index: [{ from: 0 }] } }] },
    ],
    ['a value of an unknown dtype', { ...smallest, values: { c: { dtype: 'complex64', data: [1] } } }],
    ['a backward part without grads', { ...smallest, backward: { nodes: [] } }],
  ])('refuses %s, as the service does', async (_, graph) => {
    expect(read(graph)).toBe(false);
    const { statusCode } = await app.inject({
      method: 'POST',
      url: '/v1/evaluate',
      payload: { inputs: { x: [1] }, graph },
    });
    expect([400, 422]).toContain(statusCode);
  });
});
