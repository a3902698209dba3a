/** Results without a derivative, parts that are no windows, and how gradients lie. Values and messages are PyTorch's. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const PRELUDE = 'x = torch.tensor([3., 1., 3.], requires_grad=True)';
const said = (code: string): string => shown(PRELUDE, code).trim();

describe('functions without a derivative', () => {
  it.each([
    ['torch.nextafter(x, x)', 'NextafterBackward0', 'nextafter'],
    ['x.nextafter(x)', 'NextafterBackward0', 'nextafter'],
    ['torch.unique(x)', 'Unique2Backward0', '_unique2'],
    ['torch.unique(x, dim=0)', 'UniqueDimBackward0', 'unique_dim'],
    ['x.unique_consecutive()', 'UniqueConsecutiveBackward0', 'unique_consecutive'],
  ])('%s is refused in a backward pass', (call, node, name) => {
    expect(said(`(${call}).grad_fn.name()`)).toBe(`'${node}'`);
    expect(said(`(${call}).sum().backward()`)).toBe(
      `NotImplementedError: the derivative for '${name}' is not implemented.`,
    );
  });

  it('are plain where nothing is recorded', () => {
    expect(said('with torch.no_grad():\n    print(torch.unique(x).requires_grad)')).toBe('False');
    expect(said('torch.unique(x, return_inverse=True)[1].requires_grad')).toBe('False');
  });
});

describe('unsafe_split and its like', () => {
  it('give parts that may be written to', () => {
    expect(
      said(`a, b = (x[:2] * 2).unsafe_split(1)
a.mul_(10)
(a + b).sum().backward()
print(x.grad)`),
    ).toBe('tensor([20.,  2.,  0.])');
    expect(said('[t.tolist() for t in torch.unsafe_chunk(x, 2)]')).toBe('[[3.0, 1.0], [3.0]]');
    expect(said('[t.shape[0] for t in x.unsafe_split_with_sizes([1, 2])]')).toBe('[1, 2]');
  });
});

describe('the gradient of a leaf', () => {
  it.each([
    ['torch.ones(2, 3).t()', '(1, 3)'],
    ['torch.ones(2, 3, 4).permute(1, 2, 0)', '(4, 1, 12)'],
    ['torch.ones(1, 3).expand(2, 3)', '(3, 1)'],
    ['torch.ones(4, 4)[:, :2]', '(2, 1)'],
  ])('lies as %s does, where that fills its room', (leaf, strides) => {
    expect(said(`w = ${leaf}.detach().requires_grad_(); (w * 2).sum().backward(); w.grad.stride()`)).toBe(strides);
  });
});

describe('a window on what was made in inference mode', () => {
  it('takes no part in differentiation', () => {
    expect(
      said(`with torch.inference_mode():
    c = torch.ones(2, 3, requires_grad=True)
v = c.view(-1)
print(v.requires_grad, v.is_leaf, v.is_inference())`),
    ).toBe('False True True');
  });
});

describe('directions', () => {
  it('end where a tensor is cut off', () => {
    expect(
      said(`import torch.autograd.forward_ad as fw
print(fw._current_level)
with fw.dual_level():
    d = fw.make_dual(x, torch.ones(3))
    x.data.add_(0)
    print(fw._current_level, fw.unpack_dual(d.detach() * 2).tangent)
    c = d.clone().detach_()
    print(fw.unpack_dual(c * 2).tangent)
    try: torch.add(d, 1, out=torch.empty(3))
    except RuntimeError as e: print('out= function' in str(e) or "don't support" in str(e))`),
    ).toBe('-1\n0 None\nNone\nTrue');
  });
});

describe('Jacobians as old code asks for them', () => {
  it('come by differences, and by gradients', () => {
    expect(
      said(`import warnings
from torch.autograd.gradcheck import get_numerical_jacobian, get_analytical_jacobian
warnings.simplefilter('ignore')
p = torch.tensor([1., 2.], dtype=torch.float64, requires_grad=True)
n = get_numerical_jacobian(lambda ins: (ins[0] ** 2, ins[0]), (p,))
j, again, sizes, types = get_analytical_jacobian((p,), p ** 2)
print(n[0].round().tolist(), j[0].tolist(), again, sizes, types)
get_numerical_jacobian(lambda ins: ins[0], (p,), grad_out=2.0)`),
    ).toBe(
      '[[2.0, 0.0], [0.0, 4.0]] [[2.0, 0.0], [0.0, 4.0]] True True True\nValueError: Expected grad_out to be 1.0. get_numerical_jacobian no longer supports values of grad_out != 1.0.',
    );
  });
});
