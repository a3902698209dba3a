/** Documents of code that computes without gradients in between: replayed, they give the code's gradients. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith();
  post = sender(app);
});
afterAll(() => app.close());

const INPUTS = { x: { data: [1, 2], requires_grad: true } };

async function gradients(
  of: { code: string } | { graph: unknown },
): Promise<{ grads: unknown; graph: { nodes: { op: string }[] } }> {
  const { status, json, text } = await post('/v1/evaluate', { inputs: INPUTS, ...of, grad: { outputs: ['y'] } });
  expect(status, text).toBe(200);
  return json;
}

it.each([
  ['a block', 'with torch.no_grad():\n    a = x * 2\nw = x.detach() * 3\ny = (a * x * w).sum()'],
  ['writes', 'with torch.no_grad():\n    a = x * 2\n    a += x\n    a[0] = x[1]\ny = (a * x).sum()'],
  ['writes to what was given', 'v = torch.zeros(2)\nwith torch.no_grad():\n    v += x\ny = (v * x).sum()'],
  [
    'a write through a view',
    'v = torch.zeros(2)\nwith torch.no_grad():\n    v.copy_(x)\n    u = v[0:1]\n    u.mul_(x[0])\ny = (v * x).sum()',
  ],
  [
    'several results',
    'with torch.no_grad():\n    a, i = x.max(0)\n    b = torch.relu(x).view(2, 1)\ny = (a * x).sum() + (b * x).sum()',
  ],
  ['a function', '@torch.no_grad()\ndef f(t):\n    return t.exp()\ny = (f(x) * x).sum()'],
])('%s', async (_, code) => {
  const first = await gradients({ code });
  const again = await gradients({ graph: first.graph });
  expect(again.grads).toEqual(first.grads);
});

it('says nothing of what had no gradients anyway', async () => {
  const { graph } = await gradients({ code: 'with torch.no_grad():\n    a = torch.ones(2) * 2\ny = (a * x).sum()' });
  expect(graph.nodes.map((node) => node.op)).toEqual(['ones', 'mul', 'mul', 'sum']);
});
