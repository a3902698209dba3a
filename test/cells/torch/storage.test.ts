/** Storages, windows by strides, and tensors that are given other elements. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

describe('storage()', () => {
  it('shows all elements, and writes through', () => {
    expect(shown('x = torch.tensor([[1., 2.], [3., 4.]])\nx[1].storage()')).toBe(
      ' 1.0\n 2.0\n 3.0\n 4.0\n[torch.storage.TypedStorage(dtype=torch.float32, device=cpu) of size 4]',
    );
    expect(shown('x = torch.tensor([[1, 2], [3, 4]])\nx.t().storage()[1] = 7\nx')).toBe(
      'tensor([[1, 7],\n        [3, 4]])',
    );
    expect(shown('s = torch.arange(3.).storage()\nlen(s), s[-1], s.tolist(), list(s), s.nbytes(), s.dtype')).toBe(
      '(3, 2.0, [0.0, 1.0, 2.0], [0.0, 1.0, 2.0], 12, torch.float32)',
    );
    expect(shown('torch.arange(3.).storage()[5]')).toBe('IndexError: index 5 out of range for storage of size 3');
  });

  it('has an address that windows share', () => {
    expect(
      shown(
        'x = torch.zeros(4)\nx.data_ptr() == x.view(2, 2).data_ptr(), x[1:].data_ptr() - x.data_ptr(), x.data_ptr() == x.clone().data_ptr()',
      ),
    ).toBe('(True, 4, False)');
  });
});

describe('as_strided', () => {
  it.each([
    ['torch.arange(5.).as_strided((2, 3), (1, 2))', 'tensor([[0., 2., 4.],\n        [1., 3., 5.]])', false],
    ['torch.arange(6.).as_strided((2, 3), (1, 2))', 'tensor([[0., 2., 4.],\n        [1., 3., 5.]])', true],
    ['torch.arange(6.).view(2, 3).t()[1:].as_strided((2,), (1,), 0)', 'tensor([0., 1.])', true],
  ])('%s', (code, answer, fits) => {
    const got = shown(code);
    if (fits) expect(got).toBe(answer);
    else
      expect(got).toMatch(
        /^RuntimeError: setStorage: sizes \[2, 3\], strides \[1, 2\], storage offset 0, and itemsize 4/,
      );
  });

  it('passes gradients to what the input shows', () => {
    const code = 'x = torch.arange(6., requires_grad=True)\nx[2:].as_strided((2, 2), (1, 1)).sum().backward()\nx.grad';
    expect(shown(code)).toBe('tensor([0., 0., 1., 2., 1., 0.])');
    const gradcheck =
      'x = torch.rand(3, dtype=torch.double, requires_grad=True)\ntorch.autograd.gradcheck(lambda t: t.expand(4, 3).as_strided((2, 2), (0, 1), 1), (x,))';
    expect(shown(gradcheck)).toBe('True');
  });

  it('is written through', () => {
    expect(shown('x = torch.arange(4.)\nx.as_strided((2,), (2,)).mul_(10)\nx')).toBe('tensor([ 0.,  1., 20.,  3.])');
  });
});

describe('other shapes, other elements', () => {
  it.each([
    ['x = torch.arange(6.)\nx.resize_(2, 2), x.storage().size()', '(tensor([[0., 1.],\n        [2., 3.]]), 6)'],
    ['x = torch.zeros(2, 3)\nx.set_(torch.ones(4)) is x, x', '(True, tensor([1., 1., 1., 1.]))'],
    ['torch.tensor([]).set_(torch.FloatStorage([1, 2, 3]))', 'tensor([1., 2., 3.])'],
    ['torch.zeros(3, requires_grad=True).resize_(5)', 'RuntimeError: cannot resize variables that require grad'],
    ['torch.zeros(5, 2).fill_diagonal_(1, wrap=True).sum(1)', 'tensor([1., 1., 0., 1., 1.])'],
    ['torch.empty_strided((2, 3), (1, 2)).stride()', '(1, 2)'],
  ])('%s', (code, answer) => {
    expect(shown(code)).toBe(answer);
  });
});
