import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../src/codec/npy/npy.ts';
import { readSafetensors, writeSafetensors } from '../../src/codec/safetensors/safetensors.ts';
import { appWith } from '../support/app.ts';
import { flat, tensor } from '../support/tensors.ts';
import { workspaceOf } from '../support/workspace.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = await appWith({ WORKERS: '1', TIME_LIMIT_MS: '3000' });
});
afterAll(() => app.close());

const post = (url: string, payload?: object | string, headers = {}) =>
  app.inject({ method: 'POST', url, payload, headers });

describe('a workspace', () => {
  it('is made by an empty body or {}, and by nothing else', async () => {
    const made = await post('/v1/sessions');
    expect(made.statusCode).toBe(201);
    const { id, expires_at } = made.json();
    expect(id).toMatch(/^[\w-]{32}$/);
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(3_500_000);
    expect(made.headers.location).toBe(`/v1/sessions/${id}`);
    expect((await post('/v1/sessions', {})).statusCode).toBe(201);
    expect((await post('/v1/sessions', '', { 'content-type': 'application/json' })).statusCode).toBe(201);
    expect((await post('/v1/sessions', { name: 'x' })).statusCode).toBe(400);
    expect((await post('/v1/sessions', '{', { 'content-type': 'application/json' })).statusCode).toBe(400);
  });

  it('keeps its names from cell to cell, and tells what it holds', async () => {
    const ws = await workspaceOf(app);
    expect(await ws.cell('import torch\nx = torch.ones(2, 3)\nn = 3')).toMatchObject({
      execution_count: 1,
      stdout: '',
    });
    const shown = await ws.cell('print(n)\nx * n');
    expect(shown).toMatchObject({
      execution_count: 2,
      stdout: '3\n',
      result: { repr: 'tensor([[3., 3., 3.],\n        [3., 3., 3.]])', tensor: { dtype: 'float32', shape: [2, 3] } },
    });
    const held = (await ws.get('')).json();
    expect(held).toMatchObject({
      id: ws.id,
      execution_count: 2,
      elements: 6,
      names: {
        x: { kind: 'Tensor', dtype: 'float32', shape: [2, 3], requires_grad: false },
        n: { kind: 'int' },
        torch: { kind: 'module' },
      },
    });
    expect(Date.parse(held.expires_at)).toBeGreaterThan(Date.now());
  });

  it('answers an exception with its type, message and line, and goes on', async () => {
    const ws = await workspaceOf(app);
    const failed = await ws.cell('import torch\nx = torch.ones(2)\nprint("before")\ny = x + torch.ones(3)\nz = 1');
    expect(failed.stdout).toBe('before\n');
    expect(failed.error).toMatchObject({ type: 'RuntimeError', line: 4 });
    expect(await ws.cell('x.sum()')).toMatchObject({ result: { repr: 'tensor(2.)' } });
    expect((await ws.cell('z')).error).toMatchObject({
      type: 'NameError',
      message: "name 'z' is not defined",
      line: 1,
    });
    expect((await ws.cell('x = = 1')).error).toMatchObject({ type: 'SyntaxError', line: 1 });
  });

  it('is one of many: names, seeds and modes are its own', async () => {
    const [a, b] = [await workspaceOf(app), await workspaceOf(app)];
    await a.cell(
      'import torch\nx = 1\ntorch.manual_seed(0)\ntorch.set_grad_enabled(False)\ntorch.set_default_dtype(torch.float64)',
    );
    await b.cell('import torch\ntorch.manual_seed(0)');
    expect((await b.cell('x')).error?.type).toBe('NameError');
    expect((await b.cell('torch.rand(2)')).result?.repr).toBe('tensor([0.4963, 0.7682])');
    expect((await b.cell('torch.is_grad_enabled(), torch.ones(1).dtype')).result?.repr).toBe('(True, torch.float32)');
    expect((await a.cell('torch.is_grad_enabled(), torch.ones(1).dtype')).result?.repr).toBe('(False, torch.float64)');
  });

  it('is gone when it was deleted, and was never there under another id', async () => {
    const ws = await workspaceOf(app);
    expect((await app.inject({ method: 'DELETE', url: ws.url })).statusCode).toBe(204);
    const paths = ['', '/graph?of=x', '/tensors', '/tensors/x'];
    for (const path of paths) expect((await ws.get(path)).statusCode).toBe(404);
    for (const [path, body] of [
      ['/cells', { code: '1' }],
      ['/interrupt', undefined],
    ] as const) {
      const gone = await post(ws.url + path, body);
      expect([gone.statusCode, gone.json().title]).toEqual([404, 'There is no such workspace']);
    }
    expect((await app.inject({ method: 'DELETE', url: '/v1/sessions/x' })).statusCode).toBe(404);
  });

  it('refuses bodies that are no cell', async () => {
    const ws = await workspaceOf(app);
    for (const body of [
      {},
      { code: 1 },
      { code: '1', cell: 1 },
      { code: '1', tensor_format: 'x' },
      { code: 'x'.repeat(100_001) },
    ]) {
      expect((await post(`${ws.url}/cells`, body)).statusCode).toBe(400);
    }
    expect((await post(`${ws.url}/cells`, 'x', { 'content-type': 'text/plain' })).statusCode).toBe(415);
    expect((await post(`${ws.url}/cells`, 'x', { 'content-type': 'application/x-npy' })).statusCode).toBe(415);
  });

  it('makes room for others past MAX_SESSIONS', async () => {
    const small = await appWith({ MAX_SESSIONS: '2' });
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await small.inject({ method: 'POST', url: '/v1/sessions' })).json().id);
    const states = await Promise.all(ids.map(async (id) => (await small.inject(`/v1/sessions/${id}`)).statusCode));
    expect(states).toEqual([404, 200, 200]);
    await small.close();
  });
});

describe('the graph', () => {
  it('is what the cell recorded, by the names of its variables', async () => {
    const ws = await workspaceOf(app);
    await ws.cell(
      'import torch\nimport torch.nn.functional as F\nx = torch.ones(1)\ny = torch.ones(1)\nw = torch.full([1], 2.).requires_grad_()',
    );
    const { graph } = await ws.cell('pred = x * w\nloss = F.mse_loss(pred, y)');
    expect(graph.inputs).toEqual(['x', 'w', 'y']);
    expect(graph.nodes).toEqual([
      { op: 'mul', inputs: ['x', 'w'], outputs: ['pred'], grad_fn: 'MulBackward0' },
      {
        op: 'mse_loss',
        inputs: ['pred', 'y'],
        outputs: ['loss'],
        attrs: { reduction: 'mean' },
        grad_fn: 'MseLossBackward0',
      },
    ]);
    expect(graph.outputs).toEqual(['pred', 'loss']);
    expect(graph.values.w).toEqual({ dtype: 'float32', shape: [1], requires_grad: true, is_leaf: true, data: [2] });
    expect(graph.values.loss).toEqual({ dtype: 'float32', shape: [], requires_grad: true, is_leaf: false, data: 1 });
    const after = await ws.cell('loss.backward()\nv = w * 3');
    expect(after.graph.nodes.map(({ op }: { op: string }) => op)).toEqual(['mul']);
    expect(after.graph.values.w).toMatchObject({ data: [2], grad: [2] });
  });

  it('names constants after their variables, and later versions with a number', async () => {
    const ws = await workspaceOf(app);
    const { graph } = await ws.cell('import torch\nx = torch.tensor([1., 2.])\nx = x * 2\nx += 1\nx.sum()');
    expect(graph.inputs).toEqual([]);
    expect(graph.nodes.map(({ op, inputs, outputs }: Record<string, unknown>) => [op, inputs, outputs])).toEqual([
      ['mul', ['x'], ['x#1']],
      ['add_', ['x#1'], ['x#2']],
      ['sum', ['x#2'], ['sum_1']],
    ]);
    expect([graph.values.x.data, graph.values['x#1'].data, graph.values['x#2'].data]).toEqual([
      [1, 2],
      [2, 4],
      [3, 5],
    ]);
    expect(graph.outputs).toEqual(['x#2', 'sum_1']);
  });

  it('of a value spans cells, carries its leaves, and replays', async () => {
    const ws = await workspaceOf(app);
    await ws.cell('import torch\nx = torch.tensor([1., 2., 3.], requires_grad=True)\nunrelated = torch.ones(3) * 5');
    await ws.cell('h = torch.sigmoid(x)');
    await ws.cell('h = h * 2\nloss = h.sum()');
    const graph = (await ws.get('/graph?of=loss')).json();
    expect(graph).toMatchObject({ format: 'gradwire/graph@1', inputs: [], outputs: ['loss'] });
    expect(graph.nodes.map(({ op }: { op: string }) => op)).toEqual(['sigmoid', 'mul', 'sum']);
    const replay = await post('/v1/evaluate', { graph, grad: { outputs: ['loss'], inputs: ['x'] } });
    expect(replay.statusCode).toBe(200);
    const { outputs, grads } = replay.json();
    expect(outputs.loss.data).toBeCloseTo(5.1289, 4);
    await ws.cell('loss.backward()');
    expect((await ws.get('/tensors/x')).json().grad.data).toEqual(grads.x.data);
  });

  it('of a name that is no tensor is a 404 that suggests another one', async () => {
    const ws = await workspaceOf(app);
    await ws.cell('import torch\nloss = torch.ones(1)\nn = 1');
    expect((await ws.get('/graph?of=los')).json()).toMatchObject({ status: 404, suggestion: 'loss' });
    expect((await ws.get('/graph?of=n')).json()).toMatchObject({
      status: 404,
      detail: '"n" is no tensor, but of the type int',
    });
    expect((await ws.get('/graph')).statusCode).toBe(400);
  });

  it('has the backward pass under graph_scope "both", and is left out under "none"', async () => {
    const ws = await workspaceOf(app);
    const code = 'import torch\nw = torch.tensor([2.], requires_grad=True)\nloss = (w * w).sum()\nloss.backward()';
    const { graph } = await ws.cell(code, { graph_scope: 'both' });
    expect(graph.backward.grads).toEqual({ w: 'd_w' });
    expect(graph.backward.nodes.length).toBeGreaterThan(0);
    for (const node of graph.backward.nodes) expect(node.of === undefined || node.of < graph.nodes.length).toBe(true);
    expect(graph.values.w.grad).toEqual([4]);
    expect('graph' in (await ws.cell('w * 1', { graph_scope: 'none' }))).toBe(false);
  });

  it('warns of what is not finite under anomaly', async () => {
    const ws = await workspaceOf(app);
    const { warnings } = await ws.cell('import torch\nx = torch.zeros(1)\ny = torch.log(x)', { anomaly: true });
    expect(warnings).toMatchObject([{ code: 'non_finite_output', node: 'y', op: 'log' }]);
  });
});

describe('tensors', () => {
  it('are listed, and shown with their gradient', async () => {
    const ws = await workspaceOf(app);
    await ws.cell(
      'import torch\nx = torch.tensor([1., 2.], requires_grad=True)\ny = (x * x).sum()\ny.backward()\nn = 1',
    );
    expect((await ws.get('/tensors')).json()).toEqual({
      tensors: {
        x: { dtype: 'float32', shape: [2], requires_grad: true, is_leaf: true, has_grad: true },
        y: { dtype: 'float32', shape: [], requires_grad: true, is_leaf: false, has_grad: false },
      },
    });
    expect((await ws.get('/tensors/x')).json()).toEqual({
      dtype: 'float32',
      shape: [2],
      requires_grad: true,
      is_leaf: true,
      data: [1, 2],
      grad: { dtype: 'float32', shape: [2], data: [2, 4] },
    });
    expect((await ws.get('/tensors/y')).json()).toMatchObject({ grad_fn: 'SumBackward0', data: 5 });
    expect((await ws.get('/tensors/x?tensor_format=base64')).json()).toMatchObject({ base64: 'AACAPwAAAEA=' });
    expect((await ws.get('/tensors/z')).statusCode).toBe(404);
  });

  it('go out as .npy and as .safetensors', async () => {
    const ws = await workspaceOf(app);
    await ws.cell(
      'import torch\nx = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\n(x * x).sum().backward()\nn = torch.arange(3)',
    );
    for (const reply of [await ws.get('/tensors/x.npy'), await ws.get('/tensors/x', { accept: 'application/x-npy' })]) {
      expect([reply.statusCode, reply.headers['content-type']]).toEqual([200, 'application/x-npy']);
      const t = readNpy(reply.rawPayload);
      expect([t.dtype, t.shape, flat(t)]).toEqual(['float32', [2, 2], [1, 2, 3, 4]]);
    }
    const one = readSafetensors((await ws.get('/tensors/x', { accept: 'application/octet-stream' })).rawPayload);
    expect([...one.keys()].sort()).toEqual(['x', 'x.grad']);
    const all = await ws.get('/tensors', { accept: 'application/vnd.safetensors' });
    expect(all.headers['content-type']).toBe('application/vnd.safetensors');
    expect([...readSafetensors(all.rawPayload).keys()].sort()).toEqual(['n', 'x']);
    expect((await ws.get('/tensors/x', { accept: 'text/html' })).statusCode).toBe(406);
  });

  it('come in as JSON, .npy and .safetensors', async () => {
    const ws = await workspaceOf(app);
    const put = (name: string, payload: string | Buffer, type = 'application/json') =>
      app.inject({ method: 'PUT', url: `${ws.url}/tensors/${name}`, payload, headers: { 'content-type': type } });
    const made = await put('w', '{"data": [1, 2], "dtype": "float64", "requires_grad": true}');
    expect([made.statusCode, made.json()]).toEqual([
      200,
      { name: 'w', dtype: 'float64', shape: [2], requires_grad: true },
    ]);
    expect((await put('b', '[[1, 2.5]]')).json()).toMatchObject({ dtype: 'float32', shape: [1, 2] });
    expect((await put('c', writeNpy(tensor([5, 6], 'int64')), 'application/x-npy')).statusCode).toBe(200);
    const file = writeSafetensors([
      ['d', tensor([7])],
      ['e', tensor([8])],
    ]);
    expect((await put('d', file, 'application/vnd.safetensors')).statusCode).toBe(200);
    expect((await put('e', file, 'application/octet-stream')).statusCode).toBe(200);
    expect((await put('f', file, 'application/octet-stream')).statusCode).toBe(400);
    const shown = await ws.cell('w, b, c, d, e');
    expect(shown.result?.repr.replaceAll(/\s+/g, ' ')).toBe(
      '(tensor([1., 2.], dtype=torch.float64, requires_grad=True), tensor([[1.0000, 2.5000]]), tensor([5, 6]), tensor([7.], dtype=torch.float64), tensor([8.], dtype=torch.float64))',
    );
  });

  it('are refused under names that are none, and where they are none', async () => {
    const ws = await workspaceOf(app);
    const put = (name: string, payload: string | Buffer, type = 'application/json') =>
      app.inject({ method: 'PUT', url: `${ws.url}/tensors/${name}`, payload, headers: { 'content-type': type } });
    for (const name of ['1x', 'a-b', 'lambda', 'a.b', '%F0%9F%99%82'])
      expect((await put(name, '1')).statusCode).toBe(400);
    expect((await put('x', '"one"')).statusCode).toBe(400);
    expect((await put('x', '[1,')).statusCode).toBe(400);
    expect((await put('x', '{"data": [1], "dtype": "int64", "requires_grad": true}')).statusCode).toBe(422);
    expect((await put('x', Buffer.from('xx'), 'application/x-npy')).statusCode).toBe(400);
    expect((await put('x', 'x', 'text/plain')).statusCode).toBe(415);
    const costly = await put('x', `{"data": [1], "shape": [${'[0],'.repeat(10_000)}0]}`);
    expect([costly.statusCode, costly.json().type]).toEqual([422, 'urn:gradwire:problem:budget']);
    expect(
      (
        await app.inject({
          method: 'PUT',
          url: '/v1/sessions/x/tensors/x',
          payload: '1',
          headers: { 'content-type': 'application/json' },
        })
      ).statusCode,
    ).toBe(404);
  });
});

describe('limits', () => {
  it('end a loop at the time limit; the workspace and its neighbours live on', async () => {
    const [ws, neighbour] = [await workspaceOf(app), await workspaceOf(app)];
    await neighbour.cell('y = 2');
    await ws.cell('x = 1');
    const looping = ws.cell('x = 2\nwhile True:\n    pass');
    expect((await app.inject('/livez')).statusCode).toBe(200);
    expect((await looping).error?.type).toBe('TimeoutError');
    expect((await ws.cell('x')).result?.repr).toBe('2');
    expect((await neighbour.cell('y')).result?.repr).toBe('2');
  });

  it('cannot be caught by the code', async () => {
    const ws = await workspaceOf(app);
    const { error } = await ws.cell(
      'while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass',
    );
    expect(error?.type).toBe('TimeoutError');
    expect((await ws.cell('1')).result?.repr).toBe('1');
  });

  it('an interrupt ends the cell that runs', async () => {
    const ws = await workspaceOf(app);
    expect((await post(`${ws.url}/interrupt`)).json()).toEqual({ interrupted: false });
    const started = performance.now();
    const looping = ws.cell('n = 0\nwhile True:\n    n += 1');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await post(`${ws.url}/interrupt`)).json()).toEqual({ interrupted: true });
    expect((await looping).error?.type).toBe('KeyboardInterrupt');
    expect(performance.now() - started).toBeLessThan(2500);
    expect((await ws.cell('n > 0')).result?.repr).toBe('True');
  });

  it('cells run one at a time, in order', async () => {
    const ws = await workspaceOf(app);
    await ws.cell('log = []');
    await Promise.all(Array.from({ length: 20 }, (_, i) => ws.cell(`log.append(${i})`)));
    expect((await ws.cell('log == list(range(20))')).result?.repr).toBe('True');
  });

  it('a tensor that is put may have as many elements as there may be, in whatever form', async () => {
    const small = await appWith({ WORKERS: '1', MAX_ELEMENTS: '10000' });
    const forms: [type: string, file: (count: number) => string | Buffer][] = [
      ['application/json', (count) => JSON.stringify(Array(count).fill(1))],
      ['application/x-npy', (count) => writeNpy(tensor(Array(count).fill(1)))],
      ['application/vnd.safetensors', (count) => writeSafetensors([['x', tensor(Array(count).fill(1))]])],
    ];
    for (const [type, file] of forms) {
      const { url } = await workspaceOf(small);
      const put = (count: number) =>
        small.inject({
          method: 'PUT',
          url: `${url}/tensors/x`,
          payload: file(count),
          headers: { 'content-type': type },
        });
      const refused = await put(10_001);
      expect([type, refused.statusCode, refused.json().type]).toEqual([type, 422, 'urn:gradwire:problem:budget']);
      expect([type, (await put(10_000)).statusCode]).toEqual([type, 200]);
    }
    await small.close();
  });

  it('elements, sizes and depth', async () => {
    const small = await appWith({ WORKERS: '1', MAX_ELEMENTS: '10000', TIME_LIMIT_MS: '3000' });
    const ws = await workspaceOf(small);
    await ws.cell('import torch\na = torch.ones(6000)');
    expect((await ws.cell('b = torch.ones(6000)')).error?.type).toMatch(/MemoryError|RuntimeError/);
    expect((await ws.cell('del a\nb = torch.ones(100)\nb.sum()')).result?.repr).toBe('tensor(100.)');
    for (const code of [
      '"a" * 10**12',
      '10 ** 10 ** 10',
      'def f(n):\n    return f(n + 1)\nf(0)',
      'x = []\nwhile True:\n    x.append(x)',
      '[0] * 10**12',
    ]) {
      const { error } = await ws.cell(code);
      expect([code, error?.type]).toEqual([
        code,
        expect.stringMatching(/MemoryError|OverflowError|TimeoutError|RecursionError/),
      ]);
    }
    expect((await ws.cell('b.sum()')).result?.repr).toBe('tensor(100.)');
    await small.close();
  });
});
