/** Shapes changed in place, after ops that read the tensor: what PyTorch 1.13 gives. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const SETUP = 'x = torch.arange(6.).view(1, 2, 3).requires_grad_()\nh = x * 1\nc = torch.full((1, 2, 3), 2.)';

/** Each leaves another shape than (1, 2, 3). */
const CHANGES = [
  'transpose_(0, 1)',
  'swapaxes_(1, 2)',
  'swapdims_(0, 2)',
  'squeeze_()',
  'squeeze_(0)',
  'unsqueeze_(0)',
  'unsqueeze_(-1).transpose_(1, 2)',
  'data = torch.ones(3, 2)',
  'data = torch.ones(4, dtype=torch.float64)',
];

/** Ops whose rules read the shape of `h`, and no elements; and what the gradient of `(s * s).sum()` is of the plain `h`. */
const UNSAVED = [
  'h.sum(1)',
  'h.sum((0, 2))',
  'h.mean(2)',
  'h.view(6)[1:4]',
  'h.reshape(3, 2)[0]',
  'h[0, 1]',
  'h[:, :, ::2]',
  'h.select(2, 1)',
  'h.narrow(1, 0, 1)',
  'h.expand(2, 2, 3)',
  'h.repeat(2, 1, 1)',
  'h.gather(2, torch.zeros(1, 2, 1, dtype=torch.int64))',
  'h.index_select(1, torch.tensor([1]))',
  'h.diagonal(0, 1, 2)',
  'h.unfold(2, 2, 1)',
  'h.cumsum(1)',
  'h.flip(1)',
  'h[torch.tensor([0, 0])]',
  'h[c > 1]',
  'torch.cat([h, c], 1)',
  'torch.stack([h, c])[0, :, 1]',
  'h + torch.ones(2, 1, 1)',
  'h.trace() if h.ndim == 2 else h.max(1)[0]',
  'h.split(1, 1)[1] * 1',
];

const GRADIENT = '(s * s).sum().backward()\nx.grad';

describe.each(CHANGES)('after %s', (change) => {
  it.each(UNSAVED)('the gradient of %s is that of the tensor as it was', (op) => {
    const plain = shown(SETUP, `s = ${op}`, GRADIENT);
    expect(plain).toMatch(/^tensor/);
    expect(shown(SETUP, `s = ${op}\nh.${change}`, GRADIENT)).toBe(plain);
  });

  it('an op that saved the tensor refuses, unless its data was replaced', () => {
    const answer = shown(SETUP, `s = h * h\nh.${change}`, 's.sum().backward()\nx.grad');
    if (change.startsWith('data')) expect(answer).toMatch(/^RuntimeError: .*(must match|shape)/);
    else
      expect(answer).toMatch(/^RuntimeError: one of the variables needed for gradient computation has been modified/);
  });

  it('the tensor has a history that goes on', () => {
    if (change.startsWith('data')) return;
    const k = change === 'transpose_(0, 1)' ? 'k' : `k.${change}`;
    const moved =
      change === 'transpose_(0, 1)'
        ? 'k = torch.arange(6.).view(1, 2, 3).transpose(0, 1)'
        : `k = torch.arange(6.).view(1, 2, 3)\n${k}`;
    expect(shown(SETUP, `h.${change}\n${moved}`, '(h * k).sum().backward()\nx.grad')).toBe(
      'tensor([[[0., 1., 2.],\n         [3., 4., 5.]]])',
    );
  });
});

describe('a shape changed in place', () => {
  it('is a write: constants that were saved are found changed, and versions count', () => {
    expect(shown(SETUP, 's = x * c\nc.unsqueeze_(0)\ns.sum().backward()')).toMatch(
      /^RuntimeError: .*\[torch\.FloatTensor \[1, 1, 2, 3\]\] is at version 1; expected version 0 instead/,
    );
    expect(shown(SETUP, 'v = h._version\nh.t_() if h.ndim < 3 else h.squeeze_()\nv, h._version, h.grad_fn')).toMatch(
      /^\(0, 1, <SqueezeBackward2/,
    );
  });

  it('is refused on leaves and on windows as other writes are', () => {
    const start = 'x = torch.ones(2, 3, requires_grad=True)';
    expect(shown(start, 'x.t_()')).toBe(
      'RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.',
    );
    expect(shown(start, 'x[:].unsqueeze_(0)')).toBe(
      'RuntimeError: a view of a leaf Variable that requires grad is being used in an in-place operation.',
    );
    expect(shown(start, '(x * 1).split(1)[0].squeeze_()')).toMatch(
      /^RuntimeError: Output 0 of SplitBackward0 is a view/,
    );
  });

  it('of a base leaves its windows where they are', () => {
    expect(
      shown(
        'x = torch.arange(6.).view(2, 3).requires_grad_()\nh = x * 1\nv = h[0]\nw = h.view(6)\nh.t_()\nw.mul_(2)',
        'print(h.tolist(), type(v.grad_fn).__name__)\nh.sum().backward()\nx.grad',
      ),
    ).toBe('[[0.0, 6.0], [2.0, 8.0], [4.0, 10.0]] AsStridedBackward0\ntensor([[2., 2., 2.],\n        [2., 2., 2.]])');
  });

  it('of a window does not reach its base', () => {
    expect(
      shown(
        'x = torch.arange(6.).view(2, 3).requires_grad_()\nh = x * 1\nw = h.view(2, 3)\nw.t_()\nw[0] = 0',
        'print(h.tolist())\nh.sum().backward()\nx.grad',
      ),
    ).toBe('[[0.0, 1.0, 2.0], [0.0, 4.0, 5.0]]\ntensor([[0., 1., 1.],\n        [0., 1., 1.]])');
  });

  it('of a leaf shapes its gradient where that fits, and is an error where it does not', () => {
    const start = 'x = torch.arange(6.).view(2, 3).requires_grad_()\ny = x.sum(0)';
    expect(shown(start, 'with torch.no_grad(): x.unsqueeze_(0)\ny.sum().backward()\nx.grad.shape')).toBe(
      'torch.Size([1, 2, 3])',
    );
    expect(shown(start, 'with torch.no_grad(): x.t_()\ny.sum().backward()')).toMatch(
      /^RuntimeError: The size of tensor a \(2\) must match the size of tensor b \(3\) at non-singleton dimension 1/,
    );
  });
});

describe('data that is replaced', () => {
  it('is what rules read that had saved the tensor, however often it was written to', () => {
    const start = 'x = torch.arange(3.).requires_grad_()\nh = x * 1\nh += 1\ns = h * h\nh.data = torch.ones(3) * 5';
    expect(shown(start, 's.sum().backward()\nx.grad, h._version')).toBe('(tensor([10., 10., 10.]), 1)');
    expect(
      shown(
        'x = torch.arange(3.).requires_grad_()\ns = x * x\nx.data = torch.ones(3) * 5',
        's.sum().backward()\nx.grad',
      ),
    ).toBe('tensor([10., 10., 10.])');
  });
});
