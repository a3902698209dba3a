/** `out=`: values and refusals as PyTorch 1.13 gives them. */
import { expect, it } from 'vitest';
import { shown } from './session.ts';

it.each([
  [
    'o = torch.zeros(3, dtype=torch.double)\ntorch.add(torch.ones(3), 1, out=o) is o, o',
    '(True, tensor([2., 2., 2.], dtype=torch.float64))',
  ],
  ['e = torch.empty(0, dtype=torch.int64)\ntorch.eye(2, out=e)\ne', 'tensor([[1, 0],\n        [0, 1]])'],
  ['o = torch.zeros(2, 3)\ntorch.arange(4, out=o[:, 1:])\no', 'tensor([[0., 0., 1.],\n        [0., 2., 3.]])'],
  [
    'torch.manual_seed(0)\na = torch.rand(3)\ntorch.manual_seed(0)\nb = torch.empty(0)\ntorch.rand(3, out=b)\ntorch.equal(a, b)',
    'True',
  ],
  ['torch.manual_seed(0)\no = torch.empty(2, dtype=torch.int64)\ntorch.randint(5, (2,), out=o)\no', 'tensor([4, 4])'],
  [
    'torch.add(torch.ones(2), 1, out=torch.zeros(2, dtype=torch.int64))',
    "RuntimeError: result type Float can't be cast to the desired output type Long",
  ],
  [
    'torch.neg(torch.ones(2), out=torch.zeros(2, dtype=torch.double))',
    'RuntimeError: Found dtype Double but expected Float',
  ],
  [
    'torch.max(torch.ones(2, 2), 0, out=(torch.ones(2), torch.ones(2)))',
    'RuntimeError: Expected out tensor to have dtype long int, but got float instead',
  ],
  ['torch.sum(torch.ones(3), 0, out=torch.tensor(0))', 'tensor(3)'],
])('%s', (code, answer) => {
  expect(shown(code)).toBe(answer);
});
