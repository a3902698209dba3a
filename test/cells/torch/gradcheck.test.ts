/** gradcheck, gradgradcheck and the functional forms of odd functions and arguments. PyTorch 1.13's answers. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const SETUP = `from torch.autograd import gradcheck, gradgradcheck
from torch.autograd.functional import jacobian, hessian, vjp, jvp, hvp, vhp
x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
n = torch.ones(2, dtype=torch.float64)`;
const says = (code: string): string => shown(SETUP, code);

describe('gradcheck and gradgradcheck', () => {
  it.each(['gradcheck', 'gradgradcheck'])('%s takes one tensor, a tuple or a list, and other values', (check) => {
    expect(says(`${check}(torch.sin, x), ${check}(torch.sin, (x,)), ${check}(torch.sin, [x])`)).toBe(
      '(True, True, True)',
    );
    expect(says(`${check}(lambda a, k, b: a * k * b, (x, 3, n))`)).toBe('True');
    expect(says(`${check}(lambda a: [a * 2], x), ${check}(lambda a: (a * 2, a.sum(), a.detach()), x)`)).toBe(
      '(True, True)',
    );
    expect(says(`${check}(lambda a: a[:0], x), ${check}(lambda a: (), x), ${check}(lambda a: a.long(), x)`)).toBe(
      '(True, True, True)',
    );
  });

  it.each(['gradcheck', 'gradgradcheck'])('%s refuses what it cannot check', (check) => {
    expect(says(`${check}(torch.sin, n)`)).toBe(
      'ValueError: gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.',
    );
    expect(says(`${check}(lambda a: 3, x)`)).toBe("AttributeError: 'int' object has no attribute 'requires_grad'");
    expect(says(`${check}(lambda a: None, x)`)).toBe(
      "AttributeError: 'NoneType' object has no attribute 'requires_grad'",
    );
    expect(says(`${check}(lambda a: (a, {}), x)`)).toBe(
      "AttributeError: 'dict' object has no attribute 'requires_grad'",
    );
    expect(says(`${check}(3, x)`)).toBe("TypeError: 'int' object is not callable");
    expect(says(`${check}(lambda a: a.mul_(2), x)`)).toBe(
      'RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.',
    );
  });

  it('says where gradients are wrong, and where there should be some', () => {
    expect(says('gradcheck(lambda a: a * a.detach(), x)')).toMatch(
      /^GradcheckError: Jacobian mismatch for output 0 with respect to input 0,\nnumerical:tensor\(\[\[1\.0000, 0\.0000\]/,
    );
    expect(says('gradcheck(lambda a: a.detach(), x)')).toBe(
      'GradcheckError: Numerical gradient for function expected to be zero',
    );
    expect(says('gradcheck(lambda a: a.detach(), x, raise_exception=False)')).toBe('False');
  });

  it('takes the gradients that second ones start from', () => {
    expect(says('gradgradcheck(torch.sin, (x,), (torch.ones(2, dtype=torch.float64, requires_grad=True),))')).toBe(
      'True',
    );
    expect(says('gradgradcheck(torch.sin, (x,), 3)')).toBe(
      "AttributeError: 'int' object has no attribute 'requires_grad'",
    );
  });
});

describe.each(['jacobian', 'hessian', 'vjp', 'jvp', 'hvp', 'vhp'])('%s', (form) => {
  const v = form === 'jacobian' || form === 'hessian' ? '' : ', n';
  it('refuses inputs and results that are no tensors', () => {
    expect(says(`${form}(torch.sin, 3${v})`)).toBe(
      `TypeError: The inputs given to ${form} must be either a Tensor or a tuple of Tensors but the given inputs has type <class 'int'>.`,
    );
    expect(says(`${form}(torch.add, (n, 3)${v})`)).toBe(
      `TypeError: The inputs given to ${form} must be either a Tensor or a tuple of Tensors but the value at index 1 has type <class 'int'>.`,
    );
    expect(says(`${form}(lambda a: (a, 3), n${v})`)).toBe(
      `TypeError: The outputs of the user-provided function given to ${form} must be either a Tensor or a tuple of Tensors but the value at index 1 has type <class 'int'>.`,
    );
    expect(says(`${form}(torch.sin, torch.ones(2, dtype=torch.long)${v})`)).toBe(
      'RuntimeError: only Tensors of floating point dtype can require gradients',
    );
  });
});

describe('the functional forms', () => {
  it('have zeros for what hangs on nothing', () => {
    expect(says('jacobian(lambda a: (a > 0, a.long()), n)')).toBe(
      '(tensor([[0., 0.],\n        [0., 0.]], dtype=torch.float64), tensor([[0., 0.],\n        [0., 0.]], dtype=torch.float64))',
    );
    expect(says('vjp(lambda a: a > 0, n, n)')).toBe('(tensor([True, True]), tensor([0., 0.], dtype=torch.float64))');
    expect(says('jvp(lambda a: a > 0, n, n)')).toBe(
      'RuntimeError: Only Tensors of floating point and complex dtype can require gradients',
    );
  });

  it('check their vectors', () => {
    expect(says('vjp(torch.sin, n)')).toBe(
      'RuntimeError: The vector v can only be None if the user-provided function returns a single Tensor with a single element.',
    );
    expect(says('jvp(torch.sin, n, torch.ones(3))')).toBe(
      'RuntimeError: v has invalid size: should be torch.Size([2]) but got torch.Size([3]).',
    );
    expect(says('jvp(torch.sin, n, (n, n))')).toBe('RuntimeError: The given v should contain a single Tensor.');
    expect(says('vjp(lambda a: (a, a), n, n)')).toBe(
      'RuntimeError: v is a tuple of invalid length: should be 2 but got 1.',
    );
    expect(says('hvp(torch.sum, n, 3)')).toBe(
      "TypeError: The v given to hvp must be either a Tensor or a tuple of Tensors but the given v has type <class 'int'>.",
    );
  });

  it('want one number where they take second derivatives', () => {
    expect(says('hessian(torch.sin, n)')).toBe(
      'RuntimeError: The Tensor returned by the function given to hessian should contain a single element',
    );
    expect(says('hvp(lambda a: (a.sum(),), n, n)')).toBe(
      'RuntimeError: The function given to hvp should return a single Tensor',
    );
  });
});

describe('torch.autograd.grad and backward', () => {
  it('refuse what is no tensor', () => {
    expect(says('torch.autograd.grad(x * 2, x, 3)')).toBe("TypeError: 'int' object is not iterable");
    expect(says('torch.autograd.grad(x * 2, x, [3])')).toBe(
      'TypeError: gradients can be either Tensors or None, but got int',
    );
    expect(says('x.sum().backward(inputs=[])')).toBe("RuntimeError: 'inputs' argument to backward() cannot be empty.");
  });
});

describe('what else is checked', () => {
  const D = 'x = torch.tensor([0.5, 1.5], dtype=torch.double, requires_grad=True)';
  const check = (f: string, options = ''): string => shown(D, `torch.autograd.gradcheck(${f}, (x,)${options})`);

  it('is the way forward', () => {
    const wrong = `class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t): return t * 2
    @staticmethod
    def backward(ctx, g): return g * 2
    @staticmethod
    def jvp(ctx, t): return t * 3`;
    expect(shown(D, wrong, 'torch.autograd.gradcheck(Wrong.apply, (x,))')).toBe('True');
    expect(shown(D, wrong, 'torch.autograd.gradcheck(Wrong.apply, (x,), check_forward_ad=True)')).toContain(
      'GradcheckError: Jacobian computed with forward mode mismatch for output 0 with respect to input 0,',
    );
    expect(check('lambda t: t.sin() * t', ', check_forward_ad=True')).toBe('True');
    expect(shown(D, 'torch.autograd.gradgradcheck(lambda t: t.sin() * t, (x,), check_fwd_over_rev=True)')).toBe('True');
    expect(check('torch.sin', ', check_backward_ad=False')).toBe(
      'AssertionError: Expected at least one of check_forward_ad or check_backward_ad to be True',
    );
  });

  it('is that two runs of a rule agree', () => {
    const noisy = `class Noisy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t): return t * 1
    @staticmethod
    def backward(ctx, g): return g * (1 + torch.rand_like(g) * 1e-6)`;
    expect(shown(D, noisy, 'torch.autograd.gradcheck(Noisy.apply, (x,))')).toContain(
      'GradcheckError: Backward is not reentrant',
    );
    expect(shown(D, noisy, 'torch.autograd.gradcheck(Noisy.apply, (x,), nondet_tol=1e-5)')).toBe('True');
  });

  it('is that results stay of one shape and dtype', () => {
    expect(check('lambda t: torch.cat([t, t]) if t[0] > 0.5 else t')).toContain(
      'AssertionError: Expected `func` to return outputs with the same shape when inputs are perturbed',
    );
  });

  it('raises what is a RuntimeError', () => {
    const code =
      'try:\n    torch.autograd.gradcheck(lambda t: t * t.detach(), (x,))\nexcept RuntimeError as e:\n    print(type(e).__name__)';
    expect(shown(D, code)).toBe('GradcheckError\n');
    expect(
      shown(D, 'from torch.autograd.gradcheck import GradcheckError\nissubclass(GradcheckError, RuntimeError)'),
    ).toBe('True');
    expect(
      shown(
        'x = torch.ones(1, dtype=torch.double, requires_grad=True).expand(2)',
        'torch.autograd.gradcheck(torch.sin, (x,))',
      ),
    ).toContain('RuntimeError: The 0th input has a dimension with stride 0.');
  });
});
