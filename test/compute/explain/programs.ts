/** Programs over all families of ops, each with a value of one element, and what it is differentiated by. */
export interface ProgramCase {
  readonly code: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly wrt: readonly string[];
  /** Whether some element lies at a kink, where differences say nothing. */
  readonly kink?: boolean;
}

const X = [
  [0.5, -1.25, 2],
  [1.5, 0.25, -0.75],
];
const W = [
  [0.3, -0.6],
  [0.9, 0.1],
  [-0.4, 0.7],
];
const IMAGE = [
  [
    [
      [1, 2, 0.5, -1],
      [0, 1.5, 2, 1],
      [-0.5, 0.25, 3, 0.75],
      [2, -1, 0, 1],
    ],
  ],
];

export const PROGRAMS: readonly ProgramCase[] = [
  { code: 'loss = ((x*w + b - y)**2).mean()', inputs: { x: [1], w: [2], b: [0], y: [1] }, wrt: ['w', 'b'] },
  { code: 'loss = F.mse_loss(torch.square(x) * w, y)', inputs: { x: [1, 2], w: [0.5, 2], y: [0, 1] }, wrt: ['x', 'w'] },
  { code: 'p = torch.softmax(x, dim=1)\nz = (p * v).sum()', inputs: { x: [[1, 2, 3]], v: [[0.2, -1, 2]] }, wrt: ['x'] },
  { code: 'z = torch.softmax(x, dim=0)[1, 0]', inputs: { x: X }, wrt: ['x'] },
  { code: 'loss = F.cross_entropy(x, torch.tensor([2, 0]))', inputs: { x: X }, wrt: ['x'] },
  {
    code: 'loss = F.cross_entropy(x @ w + b, torch.tensor([1, 0]), label_smoothing=0.1)',
    inputs: { x: X, w: W, b: [0.1, -0.2] },
    wrt: ['w', 'b', 'x'],
  },
  { code: 'loss = F.nll_loss(F.log_softmax(x, dim=1), torch.tensor([0, 1]))', inputs: { x: X }, wrt: ['x'] },
  {
    code: 'h = torch.relu(x @ w + b)\nloss = ((h @ u) ** 2).mean()',
    inputs: { x: X, w: W, b: [0.1, 0.2], u: [[1.5], [-0.5]] },
    wrt: ['w', 'b', 'u'],
  },
  {
    code: 'h = torch.tanh(F.linear(x, w, b))\nloss = F.linear(h, u).sum()',
    inputs: {
      x: X,
      w: [
        [0.3, -0.6, 0.2],
        [0.9, 0.1, -0.4],
      ],
      b: [0, 1],
      u: [[2, -1]],
    },
    wrt: ['w', 'b', 'u', 'x'],
  },
  { code: 'y = x * x + x / (1 + x * x)\nz = (y * x).sum()', inputs: { x: [0.5, -1.5, 2] }, wrt: ['x'] },
  {
    code: 'z = (torch.exp(x) * torch.sin(x) - torch.log(x + 3) + torch.sqrt(x + 2)).sum()',
    inputs: { x: [0.5, -1, 2] },
    wrt: ['x'],
  },
  {
    code: 'z = (torch.sigmoid(x) + F.gelu(x) + F.silu(x) + F.softplus(x) + F.elu(x) + F.mish(x)).mean()',
    inputs: { x: X },
    wrt: ['x'],
  },
  {
    code: 'z = torch.relu(x).sum() + torch.abs(x).sum() + F.hardtanh(x).sum()',
    inputs: { x: [0, 1, -1, 0.5] },
    wrt: ['x'],
    kink: true,
  },
  {
    code: 'z = (torch.maximum(x, y) + torch.minimum(x, y) * 2).sum()',
    inputs: { x: [1, 2, 3], y: [1, 0, 4] },
    wrt: ['x', 'y'],
    kink: true,
  },
  {
    code: 'z = torch.clamp(x, -1, 1).sum() + torch.where(x > 0, x * 2, x * 3).sum()',
    inputs: { x: [-2, 0.5, 3] },
    wrt: ['x'],
  },
  { code: 'z = x.max() + x.amin(dim=0).sum() + x.max(dim=1)[0].sum()', inputs: { x: X }, wrt: ['x'] },
  { code: 'z = x.sum(dim=1).prod() + x.mean(0).norm() + x.var() + x.std(dim=0).sum()', inputs: { x: X }, wrt: ['x'] },
  {
    code: 'z = torch.logsumexp(x, dim=1).sum() + torch.cumsum(x, 0)[1].sum() + x.prod()',
    inputs: { x: X },
    wrt: ['x'],
  },
  {
    code: 'z = (x.t() @ x).trace() + x.reshape(3, 2)[0].sum() + x.permute(1, 0).flatten()[2:4].sum()',
    inputs: { x: X },
    wrt: ['x'],
  },
  {
    code: 'z = (torch.cat([x, x * 2], dim=0) * torch.stack([y, y, y, y])).sum() + x.repeat(2, 1).sum()',
    inputs: { x: X, y: [1, 2, 3] },
    wrt: ['x', 'y'],
  },
  {
    code: 'a, b = x.chunk(2, dim=0)\nz = (a * b).sum() + x.unsqueeze(0).squeeze(0).expand(2, 3).sum()',
    inputs: { x: X },
    wrt: ['x'],
  },
  {
    code: 'z = torch.gather(x, 1, torch.tensor([[0, 0], [2, 1]])).sum() + x[[0, 0, 1]].sum() + x.index_select(1, torch.tensor([1, 1])).sum()',
    inputs: { x: X },
    wrt: ['x'],
  },
  {
    code: 'z = x.masked_fill(x < 0, 0.0).sum() + torch.sort(x, dim=1)[0][:, 0].sum() + x.topk(2, dim=1)[0].sum()',
    inputs: { x: X },
    wrt: ['x'],
  },
  {
    code: 'z = torch.bmm(x.unsqueeze(0), w.unsqueeze(0)).sum() + (x @ w[:, 0]).sum() + torch.dot(x[0], w[:, 1]) + torch.outer(x[0], x[1]).sum()',
    inputs: { x: X, w: W },
    wrt: ['x', 'w'],
  },
  {
    code: "z = torch.einsum('ij,jk->ik', x, w).pow(2).sum() + torch.addmm(b, x, w).sum()",
    inputs: { x: X, w: W, b: [1, 2] },
    wrt: ['x', 'w', 'b'],
  },
  {
    code: 'z = torch.linalg.det(a) + torch.linalg.inv(a).sum() + torch.linalg.norm(a)',
    inputs: {
      a: [
        [2, 1],
        [0.5, 3],
      ],
    },
    wrt: ['a'],
  },
  {
    code: 'z = (F.conv2d(x, k, c, padding=1) ** 2).mean()',
    inputs: {
      x: IMAGE,
      k: [
        [
          [
            [0.5, -1],
            [0.25, 1],
          ],
        ],
      ],
      c: [0.1],
    },
    wrt: ['x', 'k', 'c'],
  },
  {
    code: 'z = F.max_pool2d(x, 2).sum() + (F.avg_pool2d(x, 2) ** 2).sum() + F.interpolate(x, scale_factor=2).sum() + F.pad(x, (1, 1)).mean()',
    inputs: { x: IMAGE },
    wrt: ['x'],
  },
  {
    code: 'z = (F.layer_norm(x, (3,), g, c) * y).sum() + F.normalize(x, dim=1)[0].sum()',
    inputs: { x: X, g: [1, 2, 0.5], c: [0, 0.1, 0.2], y: [1, -1, 2] },
    wrt: ['x', 'g', 'c'],
  },
  {
    code: 'z = (F.batch_norm(x, None, None, g, c, training=True) * y).sum()',
    inputs: {
      x: [
        [0.5, -1],
        [1.5, 2],
        [-0.5, 0.25],
      ],
      g: [1, 2],
      c: [0, 0.1],
      y: [1, -1],
    },
    wrt: ['x', 'g', 'c'],
  },
  {
    code: 'z = (F.embedding(torch.tensor([1, 0, 1]), e) * torch.tensor([1., 2.])).sum()',
    inputs: {
      e: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    },
    wrt: ['e'],
  },
  {
    code: 'z = F.l1_loss(x, y) + F.smooth_l1_loss(x, y) + F.huber_loss(x, y) + F.binary_cross_entropy_with_logits(x, t) + F.kl_div(F.log_softmax(x, 0), torch.softmax(y, 0), reduction="sum")',
    inputs: { x: [0.5, -1, 3], y: [0, 0.25, 1], t: [0, 1, 0.5] },
    wrt: ['x', 'y'],
  },
  {
    code: 'z = F.binary_cross_entropy(torch.sigmoid(x), t) + F.cosine_embedding_loss(a, b, torch.tensor([1, -1])) + F.triplet_margin_loss(a, b, a * 0.5 + 1)',
    inputs: {
      x: [0.5, -1, 3],
      t: [0, 1, 0.5],
      a: [
        [1, 2],
        [3, -1],
      ],
      b: [
        [0.5, 1],
        [2, 2],
      ],
    },
    wrt: ['x', 'a', 'b'],
  },
  {
    code: 'y = x.clone()\ny[0] = y[0] * 2\ny.mul_(w)\nz = y.sum()',
    inputs: { x: [1, 2, 3], w: [0.5, -1, 2] },
    wrt: ['x', 'w'],
  },
  {
    code: 'lstm = x.new_zeros(1, 2)\nc = x.new_zeros(1, 2)\nfor t in range(2):\n    i, f = (F.linear(x[t:t+1], w) + F.linear(lstm, u)).chunk(2, 1)\n    c = torch.sigmoid(f) * c + torch.tanh(i)\n    lstm = torch.tanh(c)\nz = lstm.sum()',
    inputs: {
      x: [
        [0.5, 1],
        [-1, 2],
      ],
      w: [
        [0.1, 0.2],
        [0.3, -0.4],
        [0.5, 0.6],
        [-0.7, 0.8],
      ],
      u: [
        [0.2, 0.1],
        [0.4, -0.3],
        [0.6, 0.5],
        [-0.8, 0.7],
      ],
    },
    wrt: ['w', 'u'],
  },
  {
    code: 'q, k = x @ w, x @ u\na = torch.softmax(q @ k.transpose(0, 1) / 2 ** 0.5, dim=-1)\nz = (a @ x).sum()',
    inputs: {
      x: X,
      w: W,
      u: [
        [0.5, 1],
        [-0.3, 0.2],
        [0.1, 0.4],
      ],
    },
    wrt: ['w', 'u', 'x'],
  },
];
