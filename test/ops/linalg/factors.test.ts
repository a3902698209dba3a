/** QR, LU, least squares, covariances: values and signs as LAPACK gives them to PyTorch. */
import { describe, expect, it } from 'vitest';
import { shown } from '../../cells/torch/session.ts';

const A = 'A = torch.tensor([[1., 2.], [0.5, -1.], [3., 0.2]], dtype=torch.double)';

describe('factors', () => {
  it.each([
    ['torch.linalg.qr(A).R', 'tensor([[-3.2016, -0.6559],\n        [ 0.0000,  2.1470]], dtype=torch.float64)'],
    ["[t.shape for t in torch.linalg.qr(A, 'complete')]", '[torch.Size([3, 3]), torch.Size([3, 2])]'],
    ["[t.shape for t in torch.linalg.qr(A, 'r')]", '[torch.Size([0]), torch.Size([2, 2])]'],
    ['torch.allclose(torch.linalg.qr(A)[0] @ torch.linalg.qr(A)[1], A)', 'True'],
    ['torch.linalg.lu_factor(A)[1]', 'tensor([3, 3], dtype=torch.int32)'],
    ['P, L, U = torch.linalg.lu(A)\ntorch.allclose(P @ L @ U, A)', 'True'],
    [
      'torch.linalg.lstsq(A, torch.ones(3, 1, dtype=torch.double)).solution',
      'tensor([[0.4267],\n        [0.0603]], dtype=torch.float64)',
    ],
    ['torch.linalg.cond(A[:2], 1)', 'tensor(4.5000, dtype=torch.float64)'],
    ['torch.allclose(torch.linalg.householder_product(*torch.geqrf(A)), torch.linalg.qr(A)[0])', 'True'],
    [
      "torch.linalg.qr(A, 'x')",
      "RuntimeError: qr received unrecognized mode 'x' but expected one of 'reduced' (default), 'r', or 'complete'",
    ],
    [
      'torch.linalg.lu_factor(torch.zeros(2, 2))',
      /^RuntimeError: torch.linalg.lu_factor: U\[1,1\] is zero and using it on lu_solve/,
    ],
  ])('%s', (code, answer) => {
    const got = shown(A, code);
    if (answer instanceof RegExp) expect(got).toMatch(answer);
    else expect(got).toBe(answer);
  });

  it.each([
    'torch.linalg.qr(t)',
    'torch.linalg.qr(t.t())',
    "torch.linalg.qr(t.t(), 'complete')",
    'torch.linalg.lu(t)[1:]',
    'torch.linalg.lu(t.t())[1:]',
    'torch.linalg.lstsq(t, t[:, :1] ** 2)[0]',
  ])('gradients of %s', (code) => {
    expect(shown(A, `torch.autograd.gradcheck(lambda t: ${code}, (A.requires_grad_(),))`)).toBe('True');
  });
});

describe('statistics', () => {
  it.each([
    ['torch.cov(torch.tensor([[0., 1., 2.], [2., 1., 0.]]))', 'tensor([[ 1., -1.],\n        [-1.,  1.]])'],
    [
      'torch.corrcoef(torch.tensor([[0., 1., 2.], [1., 3., 2.]]))',
      'tensor([[1.0000, 0.5000],\n        [0.5000, 1.0000]])',
    ],
    ['torch.histc(torch.tensor([1., 2., 1., 4.]), bins=4, min=0, max=4)', 'tensor([0., 2., 1., 1.])'],
    [
      'torch.histogram(torch.tensor([1., 2., 1.]), 4, range=(0., 3.), weight=torch.tensor([1., 2., 4.])).hist',
      'tensor([0., 5., 2., 0.])',
    ],
    ['torch.gradient(torch.tensor([1., 4., 9., 16.]), spacing=2.)', '(tensor([1.5000, 2.0000, 3.0000, 3.5000]),)'],
    [
      'torch.gradient(torch.tensor([1., 4., 9.]), spacing=(torch.tensor([0., 1., 3.]),), edge_order=2)',
      '(tensor([3.1667, 2.8333, 2.1667]),)',
    ],
  ])('%s', (code, answer) => {
    expect(shown(code)).toBe(answer);
  });
});
