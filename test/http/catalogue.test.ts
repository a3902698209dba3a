import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { evaluateExample } from '../../src/graph/example.ts';
import { buildApp } from '../../src/http/app.ts';
import { opNames, ops } from '../../src/ops/registry.ts';

const app = await buildApp(loadConfig({ LOG_LEVEL: 'silent' }));
afterAll(() => app.close());

const named = ops.map((op) => [op.name, op] as const);

describe('GET /v1/ops', () => {
  it('lists every op with name, category, summary and aliases', async () => {
    const answer = await app.inject('/v1/ops');
    expect(answer.statusCode).toBe(200);
    const { ops: list } = answer.json();
    expect(list.map((op: { name: string }) => op.name)).toEqual(ops.map((op) => op.name));
    expect(list).toContainEqual({
      name: 'silu',
      aliases: ['swish'],
      category: 'activation',
      summary: 'The input times its logistic function; also called swish',
      call: 'torch.nn.functional.silu(input, inplace=False)',
      differentiable: true,
    });
  });
});

describe('GET /v1/ops?q= and ?category=', () => {
  const find = async (query: string): Promise<string[]> =>
    (await app.inject(`/v1/ops?${query}`)).json().ops.map((op: { name: string }) => op.name);

  it.each(['relu', 'F.relu', 'nn.ReLU', 'torch.relu', 'Tensor.relu', 'torch.nn.functional.relu', 'RELU', 'nn.ReLU()'])(
    'finds relu first by %s',
    async (q) => {
      expect((await find(`q=${encodeURIComponent(q)}`))[0]).toBe('relu');
    },
  );

  it('finds by parts of a name, by an alias and by words of the summary', async () => {
    expect(await find('q=cross+entropy')).toContain('binary_cross_entropy');
    expect((await find('q=CrossEntropyLoss'))[0]).toBe('cross_entropy');
    expect((await find('q=swish'))[0]).toBe('silu');
    expect((await find('q=logistic+function'))[0]).toBeDefined();
  });

  it('lists one category, and searches within it', async () => {
    const losses = await find('category=loss');
    expect(losses).toEqual(ops.filter((op) => op.category === 'loss').map((op) => op.name));
    expect(await find('category=loss&q=softmax')).not.toContain('softmax');
    expect(await find('q=+')).toHaveLength(ops.length);
  });

  it('names the categories where there is no such one', async () => {
    const answer = await app.inject('/v1/ops?category=losses');
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([
      { pointer: '/category', detail: expect.stringMatching(/activation.*linalg.*loss/) },
    ]);
    expect((await app.inject('/v1/ops?kind=loss')).statusCode).toBe(400);
    expect((await app.inject(`/v1/ops?q=${'a'.repeat(300)}`)).statusCode).toBe(400);
  });

  it('suggests the nearest name where nothing is found', async () => {
    const answer = await app.inject('/v1/ops?q=sofftmax');
    expect(answer.json()).toEqual({ ops: [], suggestion: 'softmax' });
  });
});

describe('GET /v1/ops/{op}', () => {
  it('says all of one op', async () => {
    const op = (await app.inject('/v1/ops/softplus')).json();
    expect(op).toMatchObject({
      name: 'softplus',
      category: 'activation',
      differentiable: true,
      inputs: [{ name: 'input', kind: 'tensor', required: true, differentiable: true }],
      example: { method: 'POST', path: '/v1/activations/softplus' },
    });
    expect(op.signature).toMatchObject({
      title: 'softplus',
      required: ['input'],
      properties: { beta: { default: 1 }, threshold: { default: 20 } },
    });
    expect(op.formula).toContain('\\ln');
    expect(op.derivative).toContain('\\sigma');
  });

  it('says where PyTorch has it', async () => {
    const pytorchOf = async (name: string): Promise<unknown> => (await app.inject(`/v1/ops/${name}`)).json().pytorch;
    expect(await pytorchOf('relu')).toEqual([
      'torch.relu',
      'torch.relu_',
      'torch.Tensor.relu',
      'torch.Tensor.relu_',
      'torch.nn.functional.relu',
      'torch.nn.functional.relu_',
      'torch.nn.ReLU',
    ]);
    expect(await pytorchOf('lgamma')).toEqual([
      'torch.lgamma',
      'torch.Tensor.lgamma',
      'torch.Tensor.lgamma_',
      'torch.special.gammaln',
    ]);
    expect(await pytorchOf('getitem')).toBeUndefined();
  });

  it('finds an op by each of its names', async () => {
    for (const name of opNames()) expect((await app.inject(`/v1/ops/${name}`)).statusCode, name).toBe(200);
  });

  it('suggests the nearest name where there is none', async () => {
    const answer = await app.inject('/v1/ops/cros_entropy');
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(answer.json()).toMatchObject({
      type: 'urn:gradwire:problem:not_found',
      status: 404,
      suggestion: 'cross_entropy',
    });
  });

  it.each(named)(
    '%s: its example runs as it stands, and its signature is JSON Schema that takes it',
    async (name, op) => {
      const { example, signature } = (await app.inject(`/v1/ops/${name}`)).json();
      const requests = [example, ...op.examples.map((e) => evaluateExample(op, e))];
      for (const { method, path, body } of requests) {
        const answer = await app.inject({ method, url: path, payload: body });
        expect([answer.statusCode, answer.json()]).toEqual([200, expect.anything()]);
      }
      const validate = new Ajv2020({ allowUnionTypes: true }).compile(signature);
      for (const e of op.examples) expect([validate({ ...e }), validate.errors]).toEqual([true, null]);
      expect(validate({ ...op.examples[0], no_such_parameter: 1 })).toBe(false);
    },
  );
});
