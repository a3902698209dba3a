/** In which order results lie in memory. Strides are those that PyTorch gives. */
import { describe, expect, it } from 'vitest';
import { shown } from '../cells/torch/session.ts';

describe('results lie as their operands do', () => {
  it.each([
    ['torch.ones(3, 2).t().exp()', '(1, 2)'],
    ['torch.ones(3, 2).t() + torch.ones(2, 3)', '(1, 2)'],
    ['torch.ones(2, 3) + torch.ones(3, 2).t()', '(3, 1)'],
    ['torch.ones(3) + torch.ones(3, 2).t()', '(1, 2)'],
    ['torch.ones(10, 8).t()[::2, ::2] * 2', '(1, 4)'],
    ['torch.ones(2, 3, 4).permute(2, 0, 1).relu()', '(1, 12, 4)'],
    ['torch.ones(3, 1).expand(3, 4) + 1', '(4, 1)'],
    ['torch.where(torch.ones(3, 2).t() > 0, torch.ones(3, 2).t(), 0.)', '(1, 2)'],
    ['torch.ones(3, 2).t().clone()', '(1, 2)'],
    ['torch.ones(3, 2).t().double()', '(1, 2)'],
    ['torch.ones(3, 2).t().contiguous()', '(3, 1)'],
    ['torch.zeros_like(torch.ones(3, 2).t())', '(1, 2)'],
    ['torch.rand_like(torch.ones(3, 2).t())', '(1, 2)'],
    ['torch.ones(2, 3, 4).permute(2, 0, 1).sum(0)', '(3, 1)'],
    ['torch.ones(2, 3, 4).permute(2, 0, 1).cumsum(0)', '(6, 3, 1)'],
    ['torch.ones(2, 3, 4).permute(2, 0, 1).sort(0)[0]', '(1, 12, 4)'],
    ['torch.ones(300, 200).t().exp().mul(2)', '(1, 200)'],
  ])('%s', (code, strides) => {
    expect(shown(`(${code}).stride()`)).toBe(strides);
  });

  it('holds the same numbers, computed now or put off', () => {
    const sums = 'x = torch.arange(60000.).view(300, 200).t() / 1000\ny = (x.sin() + torch.arange(300.)).tanh()';
    expect(shown(sums, 'torch.equal(y, (x.contiguous().sin() + torch.arange(300.)).tanh())')).toBe('True');
    expect(shown('torch.arange(6.).view(2, 3).t() * torch.tensor([1., 10.])')).toBe(
      'tensor([[ 0., 30.],\n        [ 1., 40.],\n        [ 2., 50.]])',
    );
  });
});

describe('memory formats', () => {
  it.each([
    ['torch.ones(2, 3, 4, 5).to(memory_format=torch.channels_last)', '(60, 1, 15, 3)'],
    ['torch.ones(2, 3, 4, 5).contiguous(memory_format=torch.channels_last) + 1', '(60, 1, 15, 3)'],
    ['torch.empty(1, 3, 4, 5, memory_format=torch.channels_last)', '(60, 1, 15, 3)'],
    ['nn.Conv2d(3, 6, 3)(torch.ones(2, 3, 4, 5).to(memory_format=torch.channels_last))', '(36, 1, 18, 6)'],
    ['F.max_pool2d(torch.ones(2, 3, 4, 5).to(memory_format=torch.channels_last), 2)', '(12, 1, 6, 3)'],
    ['torch.cat([torch.ones(2, 3, 4, 5).to(memory_format=torch.channels_last)] * 2)', '(60, 1, 15, 3)'],
    ['torch.empty_like(torch.ones(3, 2).t(), memory_format=torch.contiguous_format)', '(3, 1)'],
    ['torch.ones(360).resize_((2, 3, 6, 10), memory_format=torch.channels_last)', '(180, 1, 30, 3)'],
  ])('%s', (code, strides) => {
    expect(shown(`(${code}).stride()`)).toBe(strides);
  });

  it('is told and refused', () => {
    expect(
      shown(
        'x = torch.ones(2, 3, 4, 5).to(memory_format=torch.channels_last)\nx.is_contiguous(), x.is_contiguous(memory_format=torch.channels_last), torch.channels_last',
      ),
    ).toBe('(False, True, torch.channels_last)');
    expect(shown('torch.ones(2, 3).contiguous(memory_format=torch.channels_last)')).toBe(
      'RuntimeError: required rank 4 tensor to use channels_last format',
    );
  });
});
