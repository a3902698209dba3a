/** torch.testing says what differs, in PyTorch's words. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const close = (args: string): string => shown(`torch.testing.assert_close(${args})`);

describe('assert_close', () => {
  it.each([
    'torch.ones(2), torch.ones(2) + 1e-6',
    '[1, torch.ones(1)], [1, torch.ones(1)]',
    "{'a': 1.0, 'b': True}, {'b': True, 'a': 1.0}",
    'torch.ones(2), torch.ones(2).double(), check_dtype=False',
    'torch.tensor([float("nan")]), torch.tensor([float("nan")]), equal_nan=True',
  ])('takes %s', (args) => {
    expect(close(args)).toBe('');
  });

  it.each([
    [
      'torch.tensor([[1., 2.], [3., 4.]]), torch.tensor([[1., 2.5], [3., 5.]])',
      'AssertionError: Tensor-likes are not close!\n\nMismatched elements: 2 / 4 (50.0%)\nGreatest absolute difference: 1.0 at index (1, 1) (up to 1e-05 allowed)\nGreatest relative difference: 0.2 at index (0, 1) (up to 1.3e-06 allowed)',
    ],
    ['1, 2', 'AssertionError: Scalars are not equal!\n\nAbsolute difference: 1\nRelative difference: 0.5'],
    ['1, 1.0', "AssertionError: The (d)types do not match: <class 'int'> != <class 'float'>."],
    ['True, False', 'AssertionError: Booleans mismatch: True is not False'],
    ['None, 1', 'AssertionError: None mismatch: None is not 1'],
    ['[1], [1, 2]', 'AssertionError: The length of the sequences mismatch: 1 != 2'],
    [
      "[{'a': 1.0}], [{'a': 2.0}]",
      "AssertionError: Scalars are not close!\n\nAbsolute difference: 1.0 (up to 1e-07 allowed)\nRelative difference: 0.5 (up to 1e-07 allowed)\n\nThe failure occurred for item [0]['a']",
    ],
    [
      'torch.ones(2), torch.ones(3)',
      "AssertionError: The values for attribute 'shape' do not match: torch.Size([2]) != torch.Size([3]).",
    ],
    [
      'torch.ones(2), 1.0',
      "TypeError: No comparison pair was able to handle inputs of type <class 'torch.Tensor'> and <class 'float'>.",
    ],
    ['1.0, 1.5, rtol=0.', "ValueError: Both 'rtol' and 'atol' must be either specified or omitted, but got no atol."],
    ["1.0, 1.5, msg=lambda text: 'no: ' + text[:7]", 'AssertionError: no: Scalars'],
  ])('refuses %s', (args, message) => {
    expect(close(args)).toBe(message);
  });
});

it('make_tensor draws as PyTorch does', () => {
  expect(shown("torch.manual_seed(0)\ntorch.testing.make_tensor(3, dtype=torch.float32, device='cpu')")).toBe(
    'tensor([-0.0674,  4.8280, -7.4074])',
  );
  expect(
    shown("torch.testing.make_tensor((2, 2), dtype=torch.float32, device='cpu', noncontiguous=True).stride()"),
  ).toBe('(4, 2)');
});
