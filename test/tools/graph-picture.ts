/** Writes the picture of the README, docs/two-layers.svg, as the service draws it: `node test/tools/graph-picture.ts`. */
import { writeFileSync } from 'node:fs';
import { loadConfig } from '../../src/config.ts';
import { buildApp } from '../../src/http/app.ts';

const app = await buildApp(loadConfig({ LOG_LEVEL: 'silent' }));
const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload });

const weight = (data: number[][]) => ({ data, requires_grad: true });
const request = {
  inputs: {
    x: [
      [0.5, -1],
      [1.5, 0.25],
    ],
    y: [0, 1],
    w1: weight([
      [0.4, -0.3],
      [0.1, 0.8],
    ]),
    w2: weight([
      [0.5, -0.6],
      [-0.2, 0.7],
    ]),
  },
  graph: {
    inputs: ['x', 'w1', 'w2', 'y'],
    nodes: [
      { op: 'matmul', inputs: ['x', 'w1'], outputs: ['z'] },
      { op: 'relu', inputs: ['z'], outputs: ['h'] },
      { op: 'matmul', inputs: ['h', 'w2'], outputs: ['logits'] },
      { op: 'cross_entropy', inputs: ['logits', 'y'], outputs: ['loss'] },
    ],
    outputs: ['loss'],
  },
  grad: { outputs: ['loss'] },
  graph_scope: 'both',
};
const { graph } = (await post('/v1/evaluate', request)).json();
const picture = await post('/v1/graphs/render', { graph, format: 'svg', scope: 'both' });
if (picture.statusCode !== 200) throw new Error(picture.body);
writeFileSync(new URL('../../docs/two-layers.svg', import.meta.url), picture.body);
await app.close();
