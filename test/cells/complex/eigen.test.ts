import { describe, expect, it } from 'vitest';
import { shown } from '../torch/session.ts';

describe('torch.linalg.eig', () => {
  it('answers complex numbers, in the order and with the signs that LAPACK gives', () => {
    expect(shown('torch.linalg.eig(torch.tensor([[2., 1], [2, 3]]))')).toBe(
      'torch.return_types.linalg_eig(\neigenvalues=tensor([1.+0.j, 4.+0.j]),\neigenvectors=tensor([[-0.7071+0.j, -0.4472+0.j],\n        [ 0.7071+0.j, -0.8944+0.j]]))',
    );
    expect(shown('w, V = torch.linalg.eig(torch.tensor([[1., 2], [-5, 4]]))\nprint(w, V)')).toBe(
      'tensor([2.5000+2.7839j, 2.5000-2.7839j]) tensor([[-0.2535+0.4706j, -0.2535-0.4706j],\n        [-0.8452+0.0000j, -0.8452-0.0000j]])\n',
    );
    expect(shown('torch.linalg.eigvals(torch.tensor([[0., 0, 1], [1, 0, 0], [0, 1, 0]]))')).toBe(
      'tensor([-0.5000+0.8660j, -0.5000-0.8660j,  1.0000+0.0000j])',
    );
  });

  it('finds values of matrices that are triangles, equal or nothing', () => {
    expect(shown('torch.linalg.eigvals(torch.tensor([[1., 0], [2, 3]])).real')).toBe('tensor([3., 1.])');
    expect(
      shown('torch.linalg.eigvals(torch.tensor([[1., 1], [0, 1]])).real, torch.linalg.eigvals(torch.zeros(2, 2)).real'),
    ).toBe('(tensor([1., 1.]), tensor([0., 0.]))');
    expect(shown('torch.linalg.eig(torch.zeros(0, 0))[0].shape, torch.linalg.eigvals(torch.ones(2, 2, 2)).shape')).toBe(
      '(torch.Size([0]), torch.Size([2, 2]))',
    );
  });

  it('solves what it says, and is differentiated', () => {
    expect(
      shown(
        `torch.manual_seed(0)
A = torch.randn(12, 12, dtype=torch.float64)
w, V = torch.linalg.eig(A)
(A.to(torch.complex128) @ V - V * w).abs().max().item() < 1e-12`,
      ),
    ).toBe('True');
    expect(
      shown(
        `A = torch.tensor([[1., 2, 0], [-3, 1, 1], [0, 1, 4]], dtype=torch.float64, requires_grad=True)
def f(A):
    w, V = torch.linalg.eig(A)
    return (w.abs() * torch.arange(1., 4.)).sum() + (V.abs() ** 2 * torch.arange(9.).view(3, 3)).sum()
torch.autograd.gradcheck(f, (A,))`,
      ),
    ).toBe('True');
  });

  it.each([
    ['torch.linalg.eig(torch.ones(2, 3))', 'must be batches of square matrices'],
    ["torch.linalg.eig(torch.tensor([[1., float('nan')], [0, 1]]))", 'input tensor should not contain infs or NaNs'],
    ['torch.linalg.eig(3)', "argument 'input' (position 1) must be Tensor, not int"],
    ['torch.linalg.eig(torch.ones(2, 2, dtype=torch.complex64))', 'NotImplementedError'],
    [
      'import numpy as np\nnp.linalg.eig(np.array([[0., 1], [-1, 0]]))',
      'NotImplementedError: the eigenvalues are complex',
    ],
  ])('%s', (code, message) => {
    expect(shown(code)).toContain(message);
  });
});
