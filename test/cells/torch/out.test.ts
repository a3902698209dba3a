import { describe, expect, test } from 'vitest';
import { run, shown } from './session.ts';

const OVERLAP = 'some elements of the input tensor and the written-to tensor refer to a single memory location';
const AGAIN = 'more than one element of the written-to tensor refers to a single memory location';

describe('writes that overlap what they read', () => {
  test.each([
    ['a = torch.zeros(4); a.scatter_(0, torch.arange(4), a)', OVERLAP],
    ['k = torch.arange(4); k.index_add_(0, k, torch.ones(4, dtype=torch.int64))', OVERLAP],
    ['a = torch.zeros(4); a.scatter_add_(0, torch.arange(2), a[1:3])', OVERLAP],
    ['a = torch.arange(6.); a[1:].add_(a[:-1])', OVERLAP],
    ['a = torch.zeros(1).expand(3); a.mul_(2)', AGAIN],
    ['a = torch.ones(4); torch.sub(a[1:], a[:-1], out=a[1:])', OVERLAP],
    ['a = torch.arange(3); a[a] = a', OVERLAP],
  ])('%s', (code, words) => expect(shown(code)).toContain(`RuntimeError: unsupported operation: ${words}`));

  test('writes of one number may', () => {
    expect(shown('a = torch.zeros(1).expand(3); a.fill_(2); a[:] = 5; a')).toBe('tensor([5., 5., 5.])');
    expect(shown('a = torch.zeros(2, 4); a[0].scatter_(0, torch.tensor([1]), a[1, :1] + 1); a[0]')).toBe(
      'tensor([0., 1., 0., 0.])',
    );
    expect(shown('a = torch.zeros(2, 4); a[0].index_add_(0, torch.tensor([1]), a[1, :1]); a[0]')).toBe(
      'tensor([0., 0., 0., 0.])',
    );
  });
});

describe('out=', () => {
  test.each([
    [
      'torch.max(torch.ones(1, 2), 1, out=(torch.zeros(1), torch.zeros(1)))',
      'Expected out tensor to have dtype long int, but got float instead',
    ],
    [
      'torch.mm(torch.eye(2), torch.eye(2), out=torch.eye(2, dtype=torch.float64))',
      'Expected out tensor to have dtype float, but got double instead',
    ],
    [
      'torch.exp(torch.ones(2), out=torch.zeros(2, dtype=torch.int32))',
      "result type Float can't be cast to the desired output type Int",
    ],
    [
      'torch.mul(torch.ones(2, requires_grad=True), 2, out=torch.zeros(2))',
      "mul(): functions with out=... arguments don't support automatic differentiation",
    ],
    [
      'a = torch.zeros(2, 2, dtype=torch.float64); a[[0]] = torch.ones(1, 2)',
      'Index put requires the source and destination dtypes match, got Double for the destination and Float for the source.',
    ],
  ])('%s is refused', (code, words) => expect(shown(code)).toContain(`RuntimeError: ${words}`));

  test('takes the dtype of what is handed in, where PyTorch does', () => {
    expect(shown('torch.sum(torch.ones(3), 0, out=torch.zeros((), dtype=torch.int64))')).toBe('tensor(3)');
    expect(shown('torch.zeros(2, out=torch.ones(3, dtype=torch.int32))')).toBe('tensor([0, 0], dtype=torch.int32)');
  });

  test('is resized with a warning', () => {
    const { stderr, result } = run('torch.add(torch.ones(2), 1, out=torch.zeros(3))');
    expect(result?.repr).toBe('tensor([2., 2.])');
    expect(stderr).toContain('An output with one or more elements was resized since it had shape [3]');
    expect(run('torch.add(torch.ones(2), 1, out=torch.empty(0))').stderr).toBe('');
  });

  test('of several results is a named tuple', () => {
    expect(
      shown(
        'torch.sort(torch.tensor([2, 1]), out=(torch.empty(0, dtype=torch.int64), torch.empty(0, dtype=torch.int64)))',
      ),
    ).toBe('torch.return_types.sort_out(\nvalues=tensor([1, 2]),\nindices=tensor([1, 0]))');
  });
});

test.each([
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
