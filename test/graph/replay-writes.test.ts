/** Documents of code that writes in place: replayed, they give the values and the gradients that the code gave. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith();
  post = sender(app);
});
afterAll(() => app.close());

const X = [
  [1, 2, 3],
  [4, 5, 6],
];
const LARGE = Array.from({ length: 100 }, (_, i) => i / 8);

const PROGRAMS: readonly (readonly [what: string, code: string, x?: unknown])[] = [
  ['a row', 'y = x * 1\ny[0] += 5\nout = (y * y).sum()'],
  ['an element', 'y = x * 1\ny[1, 2] *= x[0, 0]\nout = (y * y).sum()'],
  ['a flat view', 'y = x * 1\nv = y.view(-1)\nv += 1\nv[2:4].mul_(3)\nout = (y * v.view(2, 3)).sum()'],
  ['the transpose', 'y = x * 1\ny.t().mul_(2)\ny.t()[1] = 7\nout = (y * y).sum()'],
  ['a view whose base is written to', 'y = x * 1\nr = y[1]\ny.add_(r.sum())\nout = (r * r).sum()'],
  ['a part of a view whose base was written to', 'y = x * 1\nr = y[1]\ny.mul_(4)\nr[0] = 7\nout = (y * y * x).sum()'],
  ['overlapping views', 'y = x * 1\na = y[0, :2]\nb = y[0, 1:]\na += 1\nb += a * 2\nout = (y * y).sum()'],
  ['the diagonal', 'y = x[:, :2] * 1\ny.diagonal().mul_(3)\ny.fill_diagonal_(2)\nout = (y * y).sum()'],
  ['steps', 'y = x * 1\ny[:, ::2] = x[:, 1:2]\nout = (y * y * x).sum()'],
  [
    'a value after its diagonal',
    'y = x[:, :2] * 1\ny.fill_diagonal_(2)\nz = y + x[:, :2]\ny.fill_(3)\nout = (z + y).sum()',
  ],
  ['sorted values', 'y, i = torch.sort(x * 1)\ny[0] += 1\nout = (y * y).sum()'],
  ['largest values', 'y, i = (x * 1).max(1)\ny += 1\nout = (y * y).sum()'],
  ['with no gradients', 'y = x.detach() * 1\ny[0] += 5\ny.view(-1)[1:3] *= 2\nout = (y * x).sum()'],
  ['places', 'y = x * 1\ni = torch.tensor([0, 0, 1])\ny[i, i] += 5\ny[0, i] = x[1]\nout = (y * y * x).sum()'],
  [
    'places of many',
    'y = x * 1\ni = torch.tensor([3, 7])\ny[i] += 5\ny[y > 9] *= 2\nv = y.view(10, 10)\nv[2, i] *= x[:2]\ny.index_add_(0, i, x[:2])\nout = (y * y).sum()',
    LARGE,
  ],
  [
    'places of many, with no gradients',
    'y = torch.zeros(100, dtype=torch.float64)\ny.copy_(x.detach())\ni = torch.tensor([3, 7])\ny[i] += 5\nv = y.view(10, 10)\nv[2, i] = 3\ny.index_fill_(0, i + 1, 2.)\nout = (y * x).sum()',
    LARGE,
  ],
  [
    'many elements',
    'y = x * 1\ny[3:90] += 5\nv = y.view(10, 10)\nv[2] *= x[:10]\nv.t()[0] = 1\nout = (y * y).sum()',
    LARGE,
  ],
  [
    'many with no gradients',
    'y = x.detach() * 1\ny[3:90] += 5\nv = y.view(10, 10)\nv[2] *= 3\nout = (y * x).sum()',
    LARGE,
  ],
];

describe('code that writes to', () => {
  it.each(PROGRAMS)('%s replays', async (_, code, x = X) => {
    const grad = { outputs: ['out'], inputs: ['x'] };
    const body = {
      inputs: { x: { data: x, requires_grad: true, dtype: 'float64' } },
      code,
      outputs: ['out', 'y'],
      grad,
    };
    const first = await post('/v1/evaluate', { ...body, graph_scope: 'both' });
    expect(first.status, first.text).toBe(200);
    const inputs = { x: { data: x, dtype: 'float64' } };
    const again = await post('/v1/evaluate', { inputs, graph: first.json.graph });
    expect(again.status, again.text).toBe(200);
    // By their versions' names there, by the variables' names here.
    expect(Object.values(again.json.outputs)).toEqual(Object.values(first.json.outputs));
    expect(again.json.grads).toEqual(first.json.grads);
    // The forward part alone, differentiated anew.
    const forward = await post('/v1/evaluate', { ...body, graph_scope: 'forward' });
    const third = await post('/v1/evaluate', { inputs: body.inputs, graph: forward.json.graph, grad });
    expect(third.status, third.text).toBe(200);
    expect(third.json.grads).toEqual(first.json.grads);
  });
});
