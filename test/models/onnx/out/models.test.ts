/** Whole models, as code records them: onnxruntime gives our outputs and gradients. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../../../support/app.ts';
import { judge } from '../judge.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith();
  post = sender(app);
});
afterAll(() => app.close());

/** Numbers that look random, and are the same each time. */
function numbers(shape: readonly number[], seed = 1): unknown {
  let state = seed;
  const next = (): number => {
    state = (state * 48271) % 2147483647;
    return Math.round((state / 2147483647 - 0.5) * 2000) / 1000;
  };
  const nest = (d: number): unknown =>
    d === shape.length ? next() : Array.from({ length: shape[d] }, () => nest(d + 1));
  return nest(0);
}

interface Recorded {
  inputs: Record<string, unknown>;
  code: string;
  dtype?: string;
}

/** The graph that code records, with its gradients. */
async function recorded({ inputs, code, dtype }: Recorded): Promise<unknown> {
  const sent = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      Array.isArray(value) ? { data: value, requires_grad: true, ...(dtype === undefined ? {} : { dtype }) } : value,
    ]),
  );
  const { status, text, json } = await post('/v1/evaluate', {
    inputs: sent,
    code: `import torch\nimport torch.nn.functional as F\n${code}`,
    grad: { outputs: ['loss'] },
    outputs: ['loss', 'y'],
    graph_scope: 'both',
    graph_values: 'all',
  });
  if (status !== 200) throw new Error(text);
  return json.graph;
}

const classes = { data: [0, 2, 1, 2], dtype: 'int64' };

const MODELS: Readonly<Record<string, Recorded>> = {
  'a perceptron with cross entropy': {
    inputs: { x: numbers([4, 5]), w: numbers([6, 5], 2), b: numbers([6], 3), v: numbers([3, 6], 4), t: classes },
    code: 'y = F.linear(F.relu(F.linear(x, w, b)), v)\nloss = F.cross_entropy(y, t, label_smoothing=0.1)',
  },
  'weights and classes that are ignored': {
    inputs: {
      x: numbers([4, 3]),
      t: { data: [0, -100, 1, 2], dtype: 'int64' },
      c: { data: [1, 2, 0.5], dtype: 'float32' },
    },
    code: 'y = F.log_softmax(x, 1)\nloss = F.nll_loss(y, t, weight=c)',
  },
  'a small image network': {
    inputs: { x: numbers([2, 2, 9, 9]), w: numbers([4, 2, 3, 3], 2), b: numbers([4], 3), v: numbers([3, 4], 5) },
    code: 'h = F.max_pool2d(F.relu(F.conv2d(x, w, b, stride=1, padding=1)), 2, padding=1)\ny = F.linear(F.adaptive_avg_pool2d(h, 1).flatten(1), v)\nloss = (y ** 2).mean()',
  },
  'strides, dilations and groups': {
    inputs: { x: numbers([2, 4, 10, 11]), w: numbers([6, 2, 3, 2], 2) },
    code: 'y = F.conv2d(x, w, stride=(2, 3), padding=(2, 1), dilation=(2, 1), groups=2)\nloss = y.sin().sum()',
  },
  'transposed convolutions': {
    inputs: { x: numbers([2, 4, 4, 5]), w: numbers([4, 3, 3, 2], 2), b: numbers([6], 3) },
    code: 'y = F.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1, groups=2)\nloss = (y * y).mean()',
  },
  'means of windows in all their modes': {
    inputs: { x: numbers([1, 2, 7, 8]) },
    code: 'p = F.avg_pool2d(x, 3, stride=2, padding=1, ceil_mode=True)\nq = F.avg_pool2d(x, (2, 3), count_include_pad=False, padding=1)\ny = p.sum((2, 3)) + q.mean((2, 3)) + F.avg_pool2d(x, 2, divisor_override=3).sum((2, 3))\nloss = (y ** 3).sum()',
  },
  'attention with a mask': {
    inputs: { q: numbers([2, 2, 4, 3]), k: numbers([2, 2, 4, 3], 2), v: numbers([2, 2, 4, 3], 3) },
    code: "a = q @ k.transpose(-2, -1) / 3 ** 0.5\nm = torch.ones(4, 4).tril().bool()\na = a.masked_fill(~m, float('-inf')).softmax(-1)\ny = a @ v\nloss = y.square().sum()",
  },
  'normalised layers and gelu': {
    inputs: { x: numbers([3, 4, 6]), w: numbers([6], 2), b: numbers([6], 3), g: numbers([4], 4) },
    code: 'h = F.gelu(F.layer_norm(x, (6,), w, b)) + F.gelu(x, approximate="tanh")\nh = F.group_norm(h, 2, g) + F.instance_norm(x) + F.batch_norm(x, None, None, g, training=True)\ny = F.normalize(h, dim=-1)\nloss = (y * x).sum()',
  },
  'a recurrence': {
    inputs: { x: numbers([3, 2, 4]), w: numbers([5, 4], 2), u: numbers([5, 5], 3) },
    code: 'h = torch.zeros(2, 5)\nfor t in range(3):\n    h = torch.tanh(x[t] @ w.T + h @ u.T) * torch.sigmoid(h)\ny = torch.stack([h, h.cos()]).sum(0)\nloss = F.smooth_l1_loss(y, torch.ones(2, 5), beta=0.3)',
  },
  'an embedding': {
    inputs: {
      e: numbers([5, 3]),
      w: numbers([3], 2),
      i: {
        data: [
          [1, 4, 1],
          [0, 2, 4],
        ],
        dtype: 'int64',
      },
    },
    code: 'y = F.embedding(i, e, padding_idx=4).mean(1) @ w\nloss = F.binary_cross_entropy_with_logits(y, torch.tensor([1., 0.]), pos_weight=torch.tensor(2.))',
  },
  'indices in every way': {
    inputs: { x: numbers([4, 5]), i: { data: [2, 0, 2], dtype: 'int64' } },
    code: 'a = x[i, 1:4]\nb = x.index_select(1, i)\nc = torch.zeros(4, 5).index_add(0, i, x[:3])\nd = x.gather(1, torch.tensor([[0, 1], [4, 4], [2, 0], [3, 3]]))\ny = a.sum() + (b ** 2).sum() + c.exp().sum() + d.prod(1).sum() + x.flip(0)[..., -1].sum() + x[::2, 1::3].sum()\nloss = y * 1',
  },
  'what is sorted': {
    inputs: { x: numbers([3, 6]) },
    code: 'v, p = x.sort(1, descending=True)\nt = x.topk(2, 1)[0]\ny = (v * torch.arange(6)).sum() + t.sum() + x.cumsum(1).tanh().sum() + x.cumprod(1).sum() + x.logcumsumexp(1).sum() + x.median() + x.max(1)[0].sum() + x.amin()\nloss = y * 2',
  },
  statistics: {
    inputs: { x: numbers([3, 6]) },
    code: 'y = x.var(1).sum() + x.std() + x.logsumexp(0).sum() + x.norm(3) + x.abs().prod(1).sum() + torch.quantile(x, 0.3) + x.softmax(0).log().mean()\nloss = y * y',
  },
  matrices: {
    inputs: { a: numbers([4, 4]), b: numbers([4, 2], 2) },
    code: 'm = a @ a.T + 3 * torch.eye(4)\nL = torch.linalg.cholesky(m)\ny = torch.linalg.solve(m, b).sum() + torch.logdet(m) + torch.linalg.inv(m).trace() + L.sum() + torch.linalg.det(a) + torch.matrix_exp(a * 0.1).sum() + torch.linalg.qr(a)[1].abs().sum()\nloss = y',
  },
  'products by letters': {
    inputs: { a: numbers([2, 3, 4]), b: numbers([2, 4, 5], 2), c: numbers([5], 3) },
    code: "y = torch.einsum('bij,bjk,k->bi', a, b, c)\nloss = (y ** 2).sum() + torch.tensordot(a, b, dims=([2], [1])).sum()",
  },
  losses: {
    inputs: { x: numbers([4, 3]), z: numbers([4, 3], 2), t: classes },
    code: 'p = torch.sigmoid(x)\nq = torch.sigmoid(z.detach())\ny = F.mse_loss(x, z) + F.l1_loss(x, z) + F.huber_loss(x, z, delta=0.2) + F.binary_cross_entropy(p, q) + F.kl_div(F.log_softmax(x, 1), F.softmax(z, 1), reduction="batchmean") + F.multi_margin_loss(x, t) + F.soft_margin_loss(x, z.sign()) + F.poisson_nll_loss(x, q) + F.cosine_embedding_loss(x, z, torch.ones(4)) + F.triplet_margin_loss(x, z, x.flip(0))\nloss = y',
  },
  'images in other sizes': {
    inputs: { x: numbers([1, 2, 4, 4]) },
    code: 'a = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)\nb = F.pad(x, (1, 2, 0, 1), mode="reflect")\nc = F.pixel_shuffle(F.interpolate(x.repeat(1, 2, 1, 1), size=(3, 5), mode="nearest"), 2)\nd = F.unfold(x, 2, padding=1)\ny = a.sum((2, 3)) + b.cos().sum((2, 3)) + c.square().sum((2, 3)) + d.square().mean()\nloss = y.prod()',
  },
  'special functions': {
    inputs: { x: [0.3, 1.7, 2.5, 6.25] },
    code: 'y = torch.lgamma(x) + torch.digamma(x) + torch.erf(x) + torch.erfc(x) + torch.erfinv(x / 10) + torch.special.ndtr(x) + torch.log1p(x) + torch.expm1(-x) + torch.atan2(x, x - 1) + torch.asinh(x) + torch.special.log_ndtr(-x) + torch.hypot(x, x + 1)\nloss = y.sum()',
  },
};

describe('models', { timeout: 60_000 }, () => {
  for (const [name, model] of Object.entries(MODELS)) {
    it(name, async () => {
      const graph = await recorded(model);
      expect(await judge(graph)).toEqual([]);
      expect(await judge(graph, 'both')).toEqual([]);
      for (const opset of [13, 15, 16]) expect(await judge(graph, 'both', opset)).toEqual([]);
    });
  }

  it('in float64, and in 16 bits', async () => {
    for (const dtype of ['float64', 'float16']) {
      for (const name of [
        'a perceptron with cross entropy',
        'a small image network',
        'normalised layers and gelu',
        'statistics',
        'special functions',
      ]) {
        // Among 16 bits some ops are not there.
        const model = { ...MODELS[name], dtype };
        const graph = await recorded(model).catch(() => undefined);
        if (graph === undefined) {
          expect(dtype).toBe('float16');
          continue;
        }
        expect([dtype, name, await judge(graph, 'both')]).toEqual([dtype, name, []]);
      }
    }
  });
});
