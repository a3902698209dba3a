/** Calls: positions, keywords, spellings, and what PyTorch says of wrong ones. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

describe('arguments', () => {
  it.each([
    ['torch.zeros(2, 3).shape', 'torch.Size([2, 3])'],
    ['torch.zeros((2, 3)).shape', 'torch.Size([2, 3])'],
    ['torch.zeros(size=(2,)).shape', 'torch.Size([2])'],
    ['torch.ones(2, 3).view(3, -1).shape', 'torch.Size([3, 2])'],
    ['torch.ones(2, 3).permute(1, 0).shape', 'torch.Size([3, 2])'],
    ['torch.ones(1, 3).expand(2, -1).shape', 'torch.Size([2, 3])'],
    ['torch.ones(2).repeat(2, 2).shape', 'torch.Size([2, 4])'],
    ['torch.ones(2, 3).sum(axis=1, keepdims=True)', 'tensor([[3.],\n        [3.]])'],
    ['torch.arange(4).sum(dtype=torch.float64)', 'tensor(6., dtype=torch.float64)'],
    ['torch.where(torch.tensor([False, True]))', '(tensor([1]),)'],
    ['torch.max(torch.tensor([1, 5]), torch.tensor([3, 2]))', 'tensor([3, 5])'],
    ['torch.max(torch.tensor([1, 5]), 0)', 'torch.return_types.max(\nvalues=tensor(5),\nindices=tensor(1))'],
    ['torch.tensor([1, 5]).max(0)[1]', 'tensor(1)'],
    ['torch.meshgrid(torch.arange(1), torch.arange(1), indexing="ij")', '(tensor([[0]]), tensor([[0]]))'],
    ['torch.polygamma(1, torch.ones(1)), torch.ones(1).polygamma(1)', '(tensor([1.6449]), tensor([1.6449]))'],
    ['torch.mul(2, torch.ones(1))', 'tensor([2.])'],
    ['F.mse_loss(torch.ones(2), torch.zeros(2), size_average=False)', 'tensor(2.)'],
    ['F.l1_loss(torch.ones(2), torch.zeros(2), None, None, "none")', 'tensor([1., 1.])'],
    ['torch.add(torch.ones(1), 1, out=torch.empty(1))', 'tensor([2.])'],
    ['torch.eye(2, dtype=torch.int32, device="cpu")', 'tensor([[1, 0],\n        [0, 1]], dtype=torch.int32)'],
    ['torch.linalg.diagonal(torch.ones(1, 2, 2)).shape', 'torch.Size([1, 2])'],
    ['torch.ones(2, requires_grad=True)', 'tensor([1., 1.], requires_grad=True)'],
    [
      'torch.arange(end=3), torch.arange(1, 3), torch.arange(3)',
      '(tensor([0, 1, 2]), tensor([1, 2]), tensor([0, 1, 2]))',
    ],
    ['torch.tensor([1., 3.]).std(False), torch.tensor([1., 3.]).std(correction=0)', '(tensor(1.), tensor(1.))'],
    ['torch.max(input=torch.tensor([1, 5]), other=torch.tensor([3, 2]))', 'tensor([3, 5])'],
    ['torch.ones(2).add_(2, torch.ones(2)), torch.add(torch.ones(1), 1, 2)', '(tensor([3., 3.]), tensor([3.]))'],
    ['torch.addcmul(torch.ones(1), 3, torch.ones(1), torch.ones(1))', 'tensor([4.])'],
    ['torch.ones(2, 3).flip(0, 1).shape, torch.ones(6).hsplit(2)[0].shape', '(torch.Size([2, 3]), torch.Size([3]))'],
    ['[x.shape[1] for x in torch.ones(4, 4).hsplit(1, 2)]', '[1, 1, 2]'],
    ['torch.ones(2, 2).count_nonzero(0, 1), torch.ones(2, 2).count_nonzero(0)', '(tensor(4), tensor([2, 2]))'],
    ['torch.hinge_embedding_loss(torch.ones(2), torch.ones(2), 1.0, 2)', 'tensor(2.)'],
    ['torch.embedding(torch.eye(2), torch.tensor([1]))', 'tensor([[0., 1.]])'],
    ['torch.dropout(torch.ones(2), 0.5, False)', 'tensor([1., 1.])'],
    ['F.softmax(torch.zeros(2), 0, 3, torch.float64)', 'tensor([0.5000, 0.5000], dtype=torch.float64)'],
    ['torch.ones(2, 3).swapaxes_(0, 1).shape', 'torch.Size([3, 2])'],
    ['torch.chain_matmul(torch.ones(1, 1), torch.ones(1, 1))', 'tensor([[1.]])'],
    ['torch.detach_(torch.ones(1, requires_grad=True) * 2).requires_grad', 'False'],
    ['torch.tensor([1.5, 2.5]).view(torch.int32)', 'tensor([1069547520, 1075838976], dtype=torch.int32)'],
  ])('%s', (code, answer) => {
    expect(shown(code)).toBe(answer);
  });

  it('in place are written over, whichever way it is said', () => {
    expect(shown('x = torch.tensor([-1., 2.])', 'y = F.relu(x, inplace=True)\nx, x is y')).toBe(
      '(tensor([0., 2.]), True)',
    );
    expect(shown('x = torch.ones(2)', 'x.add_(1).mul_(3)\nx -= 2\nx')).toBe('tensor([4., 4.])');
  });
});

describe('refusals', () => {
  it.each([
    ['torch.sin(2)', "TypeError: sin(): argument 'input' (position 1) must be Tensor, not int"],
    ['torch.sin()', 'TypeError: sin() missing 1 required positional arguments: "input"'],
    ['torch.sin(torch.ones(1), 2)', 'TypeError: sin() takes 1 positional argument but 2 were given'],
    ['torch.sin(torch.ones(1), foo=2)', "TypeError: sin() got an unexpected keyword argument 'foo'"],
    ['torch.round(torch.ones(1), 2)', 'TypeError: round() takes 1 positional argument but 2 were given'],
    ['torch.softmax(torch.ones(1))', 'TypeError: softmax() missing 1 required positional arguments: "dim"'],
    ['torch.ones(1).sin(out=torch.ones(1))', "TypeError: sin() got an unexpected keyword argument 'out'"],
    [
      'torch.sin(torch.ones(1), requires_grad=True)',
      "TypeError: sin() got an unexpected keyword argument 'requires_grad'",
    ],
    ['F.mse_loss(torch.ones(1), torch.ones(1), reduction=1)', 'ValueError: 1 is not a valid value for reduction'],
    ['torch.add(torch.ones(1), "a")', "TypeError: add(): argument 'other' (position 2) must be Tensor, not str"],
    ['torch.ones(1) + "a"', "TypeError: unsupported operand type(s) for +: 'Tensor' and 'str'"],
    ['torch.cat([1, 2])', 'TypeError: expected Tensor as element 0 in argument 0, but got int'],
    [
      'torch.ones(2) + torch.ones(3)',
      'RuntimeError: The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0',
    ],
    ['torch.ones(2, 3) @ torch.ones(2, 3)', 'RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)'],
    ['torch.ones(2)[5]', 'IndexError: index 5 is out of bounds for dimension 0 with size 2'],
    ['torch.ones(2)[0, 0]', 'IndexError: too many indices for tensor of dimension 1'],
    ['torch.ones(2).view(3)', "RuntimeError: shape '[3]' is invalid for input of size 2"],
    ['torch.tensor([[1, 2], [3]])', 'ValueError: expected sequence of length 2 at dim 1 (got 1)'],
    ['torch.tensor([1, None])', 'RuntimeError: Could not infer dtype of NoneType'],
    ['torch.zeros(2, device="cuda")', 'AssertionError: Torch not compiled with CUDA enabled'],
    ['F.mse_loss(torch.ones(1), torch.ones(1), reduction="abc")', 'ValueError: abc is not a valid value for reduction'],
    ['bool(torch.ones(2))', 'RuntimeError: Boolean value of Tensor with more than one value is ambiguous'],
    ['torch.ones(2).item()', 'ValueError: only one element tensors can be converted to Python scalars'],
    ['len(torch.tensor(1.5))', 'TypeError: len() of a 0-d tensor'],
    ['torch.ones(1).foo', "AttributeError: 'Tensor' object has no attribute 'foo'"],
    ['torch.foo', "AttributeError: module 'torch' has no attribute 'foo'"],
    [
      'torch.ones(1, dtype=torch.int64, requires_grad=True)',
      'RuntimeError: Only Tensors of floating point and complex dtype can require gradients',
    ],
  ])('%s', (code, answer) => {
    expect(shown(code)).toBe(answer);
  });
});
