/** Gradients in cells: backward, grad, modes, hooks, functions of the cell's own, writes in place. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const LEAF = 'x = torch.tensor([1., 2.], requires_grad=True)';

describe('backward', () => {
  it('adds to .grad of leaves', () => {
    expect(shown(LEAF, '(x * x).sum().backward()\n(3 * x).sum().backward()\nx.grad')).toBe('tensor([5., 7.])');
    expect(
      shown(
        LEAF,
        'print(x.grad)\n(x * 2).backward(torch.ones(2), retain_graph=True)\nx.grad.zero_()\nx.grad = None\nx.grad is None',
      ),
    ).toBe('None\nTrue');
  });

  it('is refused as PyTorch refuses it', () => {
    expect(shown(LEAF, 'x.backward()')).toBe('RuntimeError: grad can be implicitly created only for scalar outputs');
    expect(shown(LEAF, 'torch.ones(1).backward()')).toBe(
      'RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn',
    );
    expect(shown(LEAF, 'y = x.exp().sum()\ny.backward()\ny.backward()')).toMatch(
      /^RuntimeError: Trying to backward through the graph a second time .* after calling backward\.$/,
    );
    expect(shown(LEAF, '(x * 2).backward(torch.ones(3))')).toBe(
      'RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of torch.Size([2]).',
    );
  });

  it('keeps gradients of results that ask for it, and shows them to hooks', () => {
    expect(shown(LEAF, 'y = x * 2\ny.retain_grad()\ny.sum().backward()\ny.grad, y.retains_grad')).toBe(
      '(tensor([1., 1.]), True)',
    );
    expect(
      shown(LEAF, 'h = x.register_hook(lambda g: g * 10)\nx.sum().backward()\nh.remove()\nx.sum().backward()\nx.grad'),
    ).toBe('tensor([11., 11.])');
  });

  it('refuses what a hook may not give', () => {
    const hooked = (hook: string): string => shown(LEAF, `y = x * 2\ny.register_hook(${hook})\ny.sum().backward()`);
    expect(hooked('lambda g: g.sum()')).toBe("RuntimeError: hook '<lambda>' has changed the size of value");
    expect(hooked('lambda g: g.double()')).toBe(
      "RuntimeError: hook '<lambda>' has changed the type of value (was torch.FloatTensor got torch.DoubleTensor)",
    );
    expect(hooked('lambda g: 3')).toBe("TypeError: expected Variable, but hook returned 'int'");
  });

  it('lets a hook ask for gradients of the graph under way', () => {
    const hook = `seen = []
def hook(g):
    if not seen:
        seen.append(0)
        seen.append(torch.autograd.grad(z, x, torch.ones(2), retain_graph=True)[0])`;
    expect(shown(LEAF, hook, 'y = x * x\nz = y * y\ny.register_hook(hook)\nz.sum().backward()\nseen[1], x.grad')).toBe(
      'RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.',
    );
    expect(
      shown(
        LEAF,
        hook,
        'y = x * x\nz = y * y\ny.register_hook(hook)\nz.sum().backward(retain_graph=True)\nseen[1], x.grad',
      ),
    ).toBe('(tensor([ 4., 32.]), tensor([ 4., 32.]))');
  });

  it('adds to .grad in place, so that whoever holds it sees the sum', () => {
    expect(shown(LEAF, '(x * x).sum().backward()\ng = x.grad\n(x * 3).sum().backward()\ng, g is x.grad')).toBe(
      '(tensor([5., 7.]), True)',
    );
    expect(
      shown(
        LEAF,
        '(x * x).sum().backward(create_graph=True)\ng = x.grad\n(x * 3).sum().backward(create_graph=True)\ng, g is x.grad',
      ),
    ).toBe('(tensor([2., 4.], grad_fn=<CopyBackwards>), False)');
  });

  it('keeps the gradient of the latest version', () => {
    expect(shown(LEAF, 't = x * 1\nt.retain_grad()\nt.mul_(2)\nt.sum().backward()\nt.grad, x.grad')).toBe(
      '(tensor([1., 1.]), tensor([2., 2.]))',
    );
  });
});

describe('torch.autograd', () => {
  it('gives gradients of gradients', () => {
    expect(
      shown(LEAF, 'g, = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)\ntorch.autograd.grad(g.sum(), x)'),
    ).toBe('(tensor([ 6., 12.]),)');
    expect(shown(LEAF, 'torch.autograd.grad(x.sum(), torch.ones(1, requires_grad=True), allow_unused=True)')).toBe(
      '(None,)',
    );
  });

  it('has the functional forms, nested as their arguments are', () => {
    expect(shown('torch.autograd.functional.jacobian(lambda a: a * 2, torch.ones(2))')).toBe(
      'tensor([[2., 0.],\n        [0., 2.]])',
    );
    expect(shown('torch.autograd.functional.jacobian(lambda a, b: (a * b, b), (torch.ones(1), torch.ones(1)))')).toBe(
      '((tensor([[1.]]), tensor([[1.]])), (tensor([[0.]]), tensor([[1.]])))',
    );
    expect(shown('torch.autograd.functional.hvp(lambda a: (a ** 3).sum(), torch.ones(2), torch.ones(2))')).toBe(
      '(tensor(2.), tensor([6., 6.]))',
    );
    expect(shown('torch.autograd.gradcheck(torch.exp, torch.ones(2, dtype=torch.double, requires_grad=True))')).toBe(
      'True',
    );
    expect(
      shown(
        'torch.autograd.gradcheck(lambda a: a * a.detach(), torch.ones(1, dtype=torch.double, requires_grad=True))',
      ),
    ).toMatch(/^GradcheckError: Jacobian mismatch for output 0/);
  });

  it('takes rules of the cell', () => {
    const exp = `class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        result = i.exp()
        ctx.save_for_backward(result)
        return result
    @staticmethod
    def backward(ctx, grad):
        result, = ctx.saved_tensors
        return grad * result`;
    expect(
      shown(exp, 'x = torch.zeros(2, requires_grad=True)\ny = Exp.apply(x)\nprint(y)\ny.sum().backward()\nx.grad'),
    ).toBe('tensor([1., 1.], grad_fn=<ExpBackward>)\ntensor([1., 1.])');
    expect(
      shown(exp, 'x = torch.zeros(2, requires_grad=True)\ny = Exp.apply(x)\ny.add_(1)\ny.sum().backward()'),
    ).toMatch(/^RuntimeError: one of the variables needed/);
  });
});

describe('modes', () => {
  it('are contexts, decorators and calls, and last no longer than they should', () => {
    expect(shown(LEAF, 'with torch.no_grad():\n    y = x * 2\n(y.requires_grad, (x * 2).requires_grad)')).toBe(
      '(False, True)',
    );
    expect(
      shown(LEAF, '@torch.no_grad()\ndef f(a):\n    return a * 2\n(f(x).requires_grad, (x * 2).requires_grad)'),
    ).toBe('(False, True)');
    expect(
      shown(LEAF, 'with torch.set_grad_enabled(False):\n    y = x * 2\n(y.requires_grad, torch.is_grad_enabled())'),
    ).toBe('(False, True)');
    expect(shown(LEAF, 'torch.set_grad_enabled(False)\n1', '(x * 2).requires_grad')).toBe('False');
  });
});

describe('writes in place', () => {
  it('say how they were made', () => {
    expect(shown(LEAF, 'y = x * 2\nv = y[0]\nv *= 5\nprint(y)\nv')).toBe(
      'tensor([10.,  4.], grad_fn=<CopySlices>)\ntensor(10., grad_fn=<AsStridedBackward0>)',
    );
    expect(shown(LEAF, 'y = x * 2\ny[y > 2] = 0\ny.sum().backward()\nx.grad')).toBe('tensor([2., 0.])');
  });

  it('on leaves need no_grad', () => {
    expect(shown(LEAF, 'x.add_(1)')).toBe(
      'RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.',
    );
    expect(shown(LEAF, 'x[0] = 1')).toBe(
      'RuntimeError: a view of a leaf Variable that requires grad is being used in an in-place operation.',
    );
    expect(shown(LEAF, 'with torch.no_grad():\n    x -= 1\nx')).toBe('tensor([0., 1.], requires_grad=True)');
    expect(shown(LEAF, 'x.data -= 1\nx.data.mul_(2)\nx')).toBe('tensor([0., 2.], requires_grad=True)');
  });

  it('reach large tensors element by element', () => {
    expect(
      shown('x = torch.zeros(200)\nfor i in range(200):\n    x[i] = i\nx[3:5] += 0.5\nx.sum(), x[3:6], x._version'),
    ).toBe('(tensor(19901.), tensor([3.5000, 4.5000, 5.0000]), 202)');
    expect(shown('x = torch.zeros(100)\nx[0:2] = torch.ones(3)')).toBe(
      'RuntimeError: The expanded size of the tensor (2) must match the existing size (3) at non-singleton dimension 0.  Target sizes: [2].  Tensor sizes: [3]',
    );
  });
});

describe('grad of a batch', () => {
  it('gives the gradients of each weighting', () => {
    const X = 'x = torch.ones(2, requires_grad=True)';
    expect(
      shown(X, 'torch.autograd.grad([x * 3, x * x], x, [torch.eye(2), torch.eye(2)], is_grads_batched=True)'),
    ).toBe('(tensor([[5., 0.],\n        [0., 5.]]),)');
    expect(shown(X, 'torch.autograd.grad(x * 3, x, torch.arange(2).expand(2, 2), is_grads_batched=True)')).toBe(
      '(tensor([[0., 3.],\n        [0., 3.]]),)',
    );
    expect(shown(X, 'torch.autograd.grad(x * 3, x, torch.ones(2), is_grads_batched=True)')).toContain(
      'RuntimeError: If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension.',
    );
  });
});

describe('functional forms', () => {
  const refused = (call: string): string =>
    shown('from torch.autograd import functional as A\nv = torch.tensor([1., 2.])', `A.${call}`);

  it('refuse what PyTorch has not', () => {
    expect(refused("jacobian(torch.exp, v, strategy='forward-mode', vectorize=True)")).toBe(
      'tensor([[2.7183, 0.0000],\n        [0.0000, 7.3891]])',
    );
    expect(refused("jacobian(torch.exp, v, strategy='forward-mode')")).toContain(
      'NotImplementedError: Computing Jacobian using forward-AD',
    );
    expect(refused("jacobian(torch.exp, v, strategy='other')")).toContain(
      'AssertionError: Expected strategy to be either',
    );
    expect(refused('jacobian(torch.exp, v, strict=True, vectorize=True)')).toContain('are not supported together');
    expect(refused('hessian(torch.sum, v, strict=True)')).toContain(
      'While computing the hessian, found that the jacobian',
    );
    expect(refused('vjp(lambda t: t.detach(), v, v, strict=True)')).toContain(
      'Output 0 of the user-provided function does not require gradients.',
    );
  });
});
