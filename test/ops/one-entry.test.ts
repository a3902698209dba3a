/**
 * One entry adds an activation: this file adds one with a parameter, which PyTorch has not, and looks for it
 * everywhere. What it touches beside `definePointwise` is `register`, in the place of an export from the family.
 */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as f from '../../src/kernels/formula/expression.ts';
import { attr, number, tensor } from '../../src/ops/params.ts';
import { definePointwise } from '../../src/ops/pointwise-op.ts';
import { register } from '../../src/ops/registry.ts';
import type { Send } from '../support/app.ts';

const snake = definePointwise({
  name: 'snake',
  aliases: ['periodic'],
  category: 'activation',
  in: ['torch', 'Tensor_', 'F_', 'special:periodic'],
  inplace: true,
  module: 'Snake',
  summary: 'A line with a wave on it',
  source: 'Ziyin et al. 2020',
  params: [tensor('input'), attr('alpha', number(), { default: 1, doc: 'How short the waves are' })],
  expression: (x, { alpha }) => {
    const wave = f.call('sin', f.mul(alpha, x));
    return f.add(x, f.div(f.mul(wave, wave), alpha));
  },
  examples: [{ input: [-1, 0, 2] }, { input: [0.5], alpha: 2 }],
});
register({ snake });

/** What it gives, and its slope. */
const want = (x: number, alpha = 1): number => x + Math.sin(alpha * x) ** 2 / alpha;
const slope = (x: number, alpha = 1): number => 1 + Math.sin(2 * alpha * x);
const close = (list: readonly number[]): unknown[] => list.map((x) => expect.closeTo(x, 5));

let app: FastifyInstance;
let post: Send;
let shown: (...cells: string[]) => string;
beforeAll(async () => {
  const { appWith, sender } = await import('../support/app.ts');
  app = await appWith();
  post = sender(app);
  ({ shown } = await import('../cells/torch/session.ts'));
});
afterAll(() => app.close());

describe('over HTTP', () => {
  it('has a route, under its name and its alias, that gives the gradient', async () => {
    for (const name of ['snake', 'periodic']) {
      const body = { input: { data: [0.5, -2], requires_grad: true }, alpha: 3 };
      const { status, json } = await post(`/v1/activations/${name}`, body);
      expect(status).toBe(200);
      expect(json.output.data).toEqual(close([want(0.5, 3), want(-2, 3)]));
      expect(json.grad.input.data).toEqual(close([slope(0.5, 3), slope(-2, 3)]));
    }
    const refused = await post('/v1/activations/snake', { input: [1], alpha: 'long' });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('alpha')]);
  });

  it('has its graph, which gives the gradients when it is sent back without autograd', async () => {
    const inputs = { input: { data: [0.5, -2], requires_grad: true } };
    const graph = {
      inputs: ['input'],
      nodes: [{ op: 'snake', inputs: ['input'], outputs: ['y'], attrs: { alpha: 2 } }],
      outputs: ['y'],
    };
    const grad = { outputs: ['y'], inputs: ['input'], grad_outputs: [[1, 1]] };
    const first = await post('/v1/evaluate', { inputs, graph, grad, graph_scope: 'both' });
    expect(first.status, first.text).toBe(200);
    expect(first.json.graph.nodes.map((node: { op: string }) => node.op)).toEqual(['snake']);
    const again = await post('/v1/evaluate', { inputs: { input: [0.5, -2] }, graph: first.json.graph });
    expect(again.status, again.text).toBe(200);
    expect(again.json.grads.input.data).toEqual(close([slope(0.5, 2), slope(-2, 2)]));
    expect(again.json.grads).toEqual(first.json.grads);
  });

  it('has a curve, with its parameter, and a picture of it', async () => {
    const { op, series, breaks } = (await app.inject('/v1/activations/periodic/curve?alpha=2&points=3')).json();
    expect([op, breaks]).toEqual(['snake', []]);
    const [{ x, y, dy }] = series[0].pieces;
    expect(y).toEqual(close(x.map((at: number) => want(at, 2))));
    expect(dy).toEqual(close(x.map((at: number) => slope(at, 2))));
    const { headers, body } = await app.inject('/v1/activations/snake/curve.svg?alpha=2');
    expect([headers['content-type'], body]).toEqual(['image/svg+xml', expect.stringContaining('>snake(x, alpha=2)<')]);
  });

  it('stands in the catalogue and in the OpenAPI document', async () => {
    const json = (await app.inject('/v1/ops/periodic')).json();
    expect(json).toMatchObject({
      name: 'snake',
      category: 'activation',
      differentiable: true,
      source: 'Ziyin et al. 2020',
    });
    expect([json.formula, json.derivative]).toEqual([expect.stringContaining('sin'), expect.stringContaining('cos')]);
    expect(json.signature.properties.alpha).toMatchObject({ default: 1 });
    expect(json.pytorch).toEqual([
      'torch.snake',
      'torch.Tensor.snake',
      'torch.Tensor.snake_',
      'torch.nn.functional.snake',
      'torch.nn.functional.snake_',
      'torch.special.periodic',
      'torch.nn.Snake',
    ]);
    const { paths } = (await app.inject('/openapi.json')).json();
    expect(paths['/v1/activations/snake'].post.summary).toBe('A line with a wave on it');
  });
});

describe('in Python', () => {
  const value = want(2, 3).toFixed(4);

  it('is a function, a method and a module', () => {
    const x = 'x = torch.tensor([2.])';
    for (const call of [
      'torch.snake(x, 3)',
      'torch.special.periodic(x, alpha=3)',
      'F.snake(x, 3.)',
      'F.snake(input=x, alpha=3, inplace=False)',
      'x.snake(3)',
      'nn.Snake(3)(x)',
      'nn.Sequential(nn.Snake(alpha=3))(x)',
    ])
      expect([call, shown(x, call)]).toEqual([call, `tensor([${value}])`]);
    expect(shown(x, 'hasattr(torch, "periodic"), hasattr(torch, "snake_")')).toBe('(False, False)');
  });

  it('writes over its input', () => {
    for (const call of ['x.snake_(3)', 'F.snake_(x, 3)', 'F.snake(x, 3, True)', 'nn.Snake(3, inplace=True)(x)'])
      expect([call, shown(`x = torch.tensor([2.])\ny = ${call}\nx, y is x`)]).toEqual([
        call,
        `(tensor([${value}]), True)`,
      ]);
  });

  it('prints as a module, and is differentiated twice', () => {
    expect(shown('nn.Snake(), nn.Snake(0.5, True)')).toBe('(Snake(alpha=1.0), Snake(alpha=0.5, inplace=True))');
    expect(shown('F.snake(torch.ones(1, requires_grad=True)).grad_fn.name()')).toBe("'SnakeBackward0'");
    const x = 'x = torch.tensor([0.5, -1., 2.], dtype=torch.float64, requires_grad=True)';
    const fn = 'f = lambda x: F.snake(x, 2.)';
    const df = 'df = lambda x: torch.autograd.grad(f(x).sum(), x, create_graph=True)[0]';
    const check = 'torch.autograd.gradcheck(f, (x,))';
    const second = 'torch.allclose(torch.autograd.grad(df(x).sum(), x)[0], 4 * torch.cos(4 * x))';
    expect(shown(x, fn, df, `${check}, ${second}`)).toBe('(True, True)');
  });
});

it('is refused where another op has its name', () => {
  expect(() => register({ snake })).toThrow('two ops are called snake');
});
