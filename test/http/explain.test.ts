/** `POST /v1/explain` and `POST /v1/sessions/{id}/explain`: forms of the answer, workspaces, and what is refused. */
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

const graph = {
  inputs: ['x', 'w'],
  nodes: [
    { op: 'mul', inputs: ['x', 'w'], outputs: ['y'] },
    { op: 'sum', inputs: ['y'], outputs: ['z'] },
  ],
  outputs: ['z'],
};
const inputs = { x: [1, 2], w: [3, -4] };

async function workspace(...cells: string[]): Promise<string> {
  const { json } = await post('/v1/sessions', {});
  for (const code of ['import torch', ...cells]) {
    const { json: cell } = await post(`/v1/sessions/${json.id}/cells`, { code });
    expect(cell.error).toBeUndefined();
  }
  return json.id as string;
}

describe('POST /v1/explain', () => {
  it('answers a document, CBOR, Markdown or plain text', async () => {
    const payload = { inputs, graph, of: 'z', wrt: 'w' };
    const ask = (accept: string) => app.inject({ method: 'POST', url: '/v1/explain', payload, headers: { accept } });
    const json = await ask('application/json');
    expect(json.json()).toMatchObject({ format: 'gradwire/explain@1', of: 'z', wrt: ['w'], omitted: { steps: 0 } });
    const markdown = await ask('text/markdown');
    expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(markdown.body).toMatch(/^# The gradient of \$z\$/);
    expect(markdown.body).toContain('$$\n');
    const text = await ask('text/plain');
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.body).toContain('∂z/∂w');
    expect((await ask('application/cbor')).headers['content-type']).toBe('application/cbor');
    const refused = await ask('image/png');
    expect([refused.statusCode, refused.headers['content-type']]).toEqual([
      406,
      'application/problem+json; charset=utf-8',
    ]);
  });

  it('gives the gradients that evaluate gives, and its graph', async () => {
    const { json } = await post('/v1/explain', { inputs, graph, of: 'z', wrt: ['x', 'w'], graph_scope: 'both' });
    const sent = { x: { data: inputs.x, requires_grad: true }, w: { data: inputs.w, requires_grad: true } };
    const { json: other } = await post('/v1/evaluate', { inputs: sent, graph, grad: { outputs: ['z'] } });
    expect(json.result).toEqual(other.grads);
    expect(json.graph.backward.grads).toEqual({ x: expect.any(String), w: expect.any(String) });
    const { json: without } = await post('/v1/explain', { inputs, graph, of: 'z', wrt: 'w', graph_scope: 'none' });
    expect(without.graph).toBeUndefined();
  });

  it('answers outputs where they are asked for, and tensors in the form that is asked for', async () => {
    const body = { inputs, code: 'z = (x * w).sum()', of: 'z', wrt: 'w', outputs: ['z'], tensor_format: 'base64' };
    const { json } = await post('/v1/explain', body);
    expect(json.outputs.z.base64).toBeTypeOf('string');
    expect(json.steps[0].result.tensor.base64).toBeTypeOf('string');
  });

  it.each([
    ['an unknown value', { of: 'zz', wrt: 'w' }, 400, '/of'],
    ['an unknown argument', { of: 'z', wrt: ['w', 'v1'] }, 400, '/wrt/1'],
    ['a list for of', { of: ['z'], wrt: 'w' }, 400, '/of'],
    ['no digits', { of: 'z', wrt: 'w', digits: 0 }, 400, '/digits'],
    ['an index of two names', { of: 'z', wrt: ['x', 'w'], index: [0] }, 400, '/index'],
    ['an index that is none', { of: 'z', wrt: 'w', index: [0.5] }, 400, '/index/0'],
    ['a vector that is no tensor', { of: 'y', wrt: 'w', v: 'one' }, 400, '/v'],
    ['an unknown member', { of: 'z', wrt: 'w', deep: true }, 400, '/deep'],
  ])('refuses %s', async (_, body, status, pointer) => {
    const { json, status: got } = await post('/v1/explain', { inputs, graph, ...body });
    expect([got, json.errors?.[0]?.pointer]).toEqual([status, pointer]);
  });

  it.each([
    ['several elements without v', { of: 'y', wrt: 'w' }, 'non_scalar_backward'],
    ['a vector of another shape', { of: 'y', wrt: 'w', v: [1, 2, 3] }, 'shape_mismatch'],
    ['an index out of range', { of: 'z', wrt: 'w', index: [2] }, 'index_out_of_range'],
    ['an index of another rank', { of: 'z', wrt: 'w', index: [0, 0] }, 'index_out_of_range'],
    ['whole numbers', { of: 'z', wrt: 'w', inputs: { x: [1, 2], w: { data: [1, 2], dtype: 'int64' } } }, 'dtype'],
  ])('refuses %s by its code', async (_, body, code) => {
    const { json, status } = await post('/v1/explain', { inputs, graph, ...body });
    expect([status, json.type.endsWith(code)]).toEqual([422, true]);
  });

  it('refuses code that raises in a hook', async () => {
    const code = 'h = w * 2\nh.register_hook(lambda g: 1 / 0)\nz = h.sum()';
    const { json, status } = await post('/v1/explain', { inputs: { w: [1] }, code, of: 'z', wrt: 'w' });
    expect([status, json.error?.type]).toEqual([422, 'ZeroDivisionError']);
  });
});

describe('POST /v1/sessions/{id}/explain', () => {
  it('derives what cells have made, and leaves it as it is', async () => {
    const id = await workspace(
      'x = torch.tensor([1.0, 2.0])\nw = torch.tensor([0.5, -1.0], requires_grad=True)',
      'loss = ((x * w) ** 2).sum()',
    );
    for (let i = 0; i < 2; i++) {
      const { json, status, text } = await post(`/v1/sessions/${id}/explain`, { of: 'loss', wrt: 'w' });
      expect(status, text).toBe(200);
      expect(json.result.w.data).toEqual([1, -8]);
      expect(json.steps.map(({ kind }: { kind: string }) => kind)).not.toContain('accumulate');
      expect(json.check.max_abs_error).toBeLessThan(1e-6);
      expect(json.graph.nodes).toHaveLength(3);
    }
    const { json: cell } = await post(`/v1/sessions/${id}/cells`, { code: 'loss.backward(retain_graph=True)\nw.grad' });
    expect(cell.result.tensor.data).toEqual([1, -8]);
    const { json } = await post(`/v1/sessions/${id}/explain`, { of: 'loss', wrt: ['w'] });
    expect(json.result.w.data).toEqual([1, -8]);
    const last = json.steps.at(-1);
    expect(last).toMatchObject({ kind: 'accumulate', result: { tensor: { data: [2, -16] } } });
    expect(json.sums.find(({ value }: { value: string }) => value === 'w').terms).not.toContain(last.id);
    const { json: after } = await post(`/v1/sessions/${id}/cells`, { code: 'w.grad' });
    expect(after.result.tensor.data).toEqual([1, -8]);
  });

  it('says which graph was freed, and what requires no gradient', async () => {
    const id = await workspace(
      'x = torch.tensor([1.0])\nw = torch.tensor([2.0], requires_grad=True)\nloss = (x * w * w).sum()\nloss.backward()',
    );
    const freed = await post(`/v1/sessions/${id}/explain`, { of: 'loss', wrt: 'w' });
    expect([freed.status, freed.json.type.endsWith('graph_freed')]).toEqual([422, true]);
    const plain = await post(`/v1/sessions/${id}/explain`, { of: 'loss', wrt: 'x' });
    expect([plain.status, plain.json.type.endsWith('no_grad_required')]).toEqual([422, true]);
    const unknown = await post(`/v1/sessions/${id}/explain`, { of: 'lost', wrt: 'w' });
    expect([unknown.status, unknown.json.errors[0].pointer]).toEqual([400, '/of']);
    const nowhere = await post('/v1/sessions/none/explain', { of: 'loss', wrt: 'w' });
    expect(nowhere.status).toBe(404);
  });

  it('takes a vector, and answers Markdown', async () => {
    const id = await workspace('w = torch.tensor([2.0, 3.0], requires_grad=True)\ny = w ** 2');
    const { json } = await post(`/v1/sessions/${id}/explain`, { of: 'y', wrt: 'w', v: [1, -1] });
    expect(json.result.w.data).toEqual([4, -6]);
    const markdown = await app.inject({
      method: 'POST',
      url: `/v1/sessions/${id}/explain`,
      payload: { of: 'y', wrt: 'w', v: [1, -1] },
      headers: { accept: 'text/markdown' },
    });
    expect(markdown.body).toContain('\\langle v, y \\rangle');
  });
});
