import { describe, expect, test } from 'vitest';
import { shown } from './session.ts';

const printed = (code: string): string => shown(code).replaceAll(/0x[0-9a-f]+/g, '0x…');

describe('functions print as PyTorch wrote them', () => {
  test.each([
    ['torch.mul', '<built-in method mul of type object at 0x…>'],
    ['F.elu', '<function elu at 0x…>'],
    ['F.linear', '<built-in function linear>'],
    ['F.conv1d', '<built-in method conv1d of type object at 0x…>'],
    ['torch.linalg.det', '<built-in function linalg_det>'],
    ['torch.einsum', '<function einsum at 0x…>'],
    ['torch.zeros(2).exp', '<built-in method exp of Tensor object at 0x…>'],
    ['torch.zeros(1).register_hook', '<bound method Tensor.register_hook of tensor([0.])>'],
    ['nn.ReLU().state_dict', '<bound method Module.state_dict of ReLU()>'],
    ['nn.ReLU().forward', '<bound method ReLU.forward of ReLU()>'],
    ['nn.Module.zero_grad', '<function Module.zero_grad at 0x…>'],
    ['type(F.elu), type(torch.mul)', "(<class 'function'>, <class 'builtin_function_or_method'>)"],
    ['F.elu.__module__, F.elu.__name__, torch.mul.__module__', "('torch.nn.functional', 'elu', None)"],
  ])('%s', (code, text) => expect(printed(code)).toBe(text));
});

describe('sizes and types', () => {
  test.each([
    ['torch.zeros(2, 3).shape * 2, 2 * torch.Size([4])', '(torch.Size([2, 3, 2, 3]), torch.Size([4, 4]))'],
    ['torch.Size(k * k for k in (2, 3)), (1,) + torch.Size([2])', '(torch.Size([4, 9]), (1, 2))'],
    ["'%d x %d' % torch.Size([2, 3]), '%.1f' % torch.tensor(2.26)", "('2 x 3', '2.3')"],
    ['torch.Tensor(torch.Size([1, 2])).shape, torch.Tensor((1, 2))', '(torch.Size([1, 2]), tensor([1., 2.]))'],
    ['torch.tensor([torch.tensor([4]), torch.tensor(5)])', 'tensor([4, 5])'],
    ['torch.tensor([torch.ones(2)])', 'ValueError: only one element tensors can be converted to Python scalars'],
    ['torch.tensor([1.9]).type(torch.IntTensor)', 'tensor([1], dtype=torch.int32)'],
    ['isinstance(torch.ones(1), torch.FloatTensor), isinstance(torch.ones(1), torch.LongTensor)', '(True, False)'],
    ['type(torch.ones(2).max(0)).__name__, torch.typename(torch.ones(1))', "('max', 'torch.FloatTensor')"],
    [
      'torch.strided, torch.ones(1).layout == torch.strided, torch.channels_last',
      '(torch.strided, True, torch.channels_last)',
    ],
  ])('%s', (code, text) => expect(shown(code)).toBe(text));
});

describe('dir', () => {
  test.each([
    ["'weight' in dir(nn.Linear(1, 1)), 'forward' in dir(nn.Linear(1, 1))", '(True, True)'],
    ["'grad' in dir(torch.ones(1)), 'T' in dir(torch.ones(1)), 'exp_' in dir(torch.ones(1))", '(True, True, True)'],
    ["class A:\n  def __dir__(self): return ['b', 'a']\ndir(A())", "['a', 'b']"],
    ['def f(a, b=2, *, c=3): pass\nf.__defaults__, f.__kwdefaults__', "((2,), {'c': 3})"],
  ])('%s', (code, text) => expect(shown(code)).toBe(text));
});
