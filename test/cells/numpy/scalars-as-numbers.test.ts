import { describe, expect, it } from 'vitest';
import { shown } from '../torch/session.ts';

const say = (code: string): string => shown(`import numpy as np\ni = np.int64(3)\n${code}`);

describe("NumPy's scalars stand where Python's numbers do", () => {
  it.each([
    ["'ab' * i, [0] * i, i * [0], (1,) * i, b'a' * i", "('ababab', [0, 0, 0], [0, 0, 0], (1, 1, 1), b'aaa')"],
    ['np.int64(2) + [1, 2], np.array(2) * [1, 2]', '(array([3, 4]), array([2, 4]))'],
    ['np.float64(2) * [1, 2]', "TypeError: can't multiply sequence by non-int of type 'numpy.float64'"],
    [
      'import random\nrandom.seed(0); random.randint(0, i), random.sample(range(10), i), random.choices([1, 2], k=i)',
      '(3, [6, 0, 4], [2, 1, 2])',
    ],
    [
      'nn.Linear(i, np.int64(2)), nn.Conv2d(i, i, i)',
      '(Linear(in_features=3, out_features=2, bias=True), Conv2d(3, 3, kernel_size=(3, 3), stride=(1, 1)))',
    ],
    ['nn.ModuleList([nn.ReLU(), nn.Tanh()])[np.int64(1)]', 'Tanh()'],
    ['torch.manual_seed(i).initial_seed()', '3'],
    [
      'from torch.nn.utils.rnn import pack_padded_sequence as p\np(torch.ones(4, 2, 3), np.array([4, 2])).batch_sizes, p(torch.ones(4, 2, 3), [i, 2]).batch_sizes',
      '(tensor([2, 2, 1, 1]), tensor([2, 2, 1]))',
    ],
    ['y = np.zeros(4); y[range(0, 2)] = 1; y, y[range(1, 3)]', '(array([1., 1., 0., 0.]), array([1., 0.]))'],
  ])('%s', (code, answer) => {
    expect(say(code)).toBe(answer);
  });
});

describe('ndarray.resize', () => {
  it('keeps the elements in their order, and fills up with zeros', () => {
    expect(
      say('a = np.arange(6.); a.resize((2, 3)); b = a.copy(); b.resize(2, 2); c = b.copy(); c.resize((5,))\na, b, c'),
    ).toBe(
      '(array([[0., 1., 2.],\n       [3., 4., 5.]]), array([[0., 1.],\n       [2., 3.]]), array([0., 1., 2., 3., 0.]))',
    );
  });
  it.each([
    ['a = np.arange(4); a[:2].resize(3)', 'ValueError: cannot resize this array: it does not own its data'],
    ['np.arange(4).resize(-1)', 'ValueError: negative dimensions are not allowed'],
    ['np.ones((2, 3)).T.resize(6)', 'ValueError: resize only works on single-segment arrays'],
    ['np.arange(4).resize(10 ** 12)', 'TimeoutError: the cell took more than 1000000 steps'],
  ])('%s', (code, message) => {
    expect(say(code)).toBe(message);
  });
});

it('an object with __array__ is taken as the array that it gives', () => {
  expect(say('class A:\n    def __array__(self): return np.array([1, 2])\nnp.asarray(A()) + 1')).toBe('array([2, 3])');
  expect(say('class A:\n    def __array__(self): return 3\nnp.asarray(A())')).toBe(
    'ValueError: object __array__ method not producing an array',
  );
});
