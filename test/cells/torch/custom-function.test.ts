/** torch.autograd.Function: what it may write to, what it may give, and how both are refused. PyTorch 1.13's answers. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const WRITER = `class Triple(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, *rest):
        x.mul_(3)
        ctx.mark_dirty(x)
        return (x, *[r * 2 for r in rest]) if rest else x
    @staticmethod
    def backward(ctx, g, *rest):
        return (g * 3, *[r * 2 for r in rest])
w = torch.ones(4, requires_grad=True)
b = w * 2`;

describe('ctx.mark_dirty', () => {
  it('makes the result the next version of the argument', () => {
    expect(shown(WRITER, 'y = Triple.apply(b)\nb.sum().backward()\ny is b, w.grad, b._version')).toBe(
      '(True, tensor([6., 6., 6., 6.]), 2)',
    );
    expect(shown(WRITER, 'y = Triple.apply(b)\n(b + y).sum().backward()\nw.grad')).toBe('tensor([12., 12., 12., 12.])');
  });

  it('makes what lies in a window a part of its base', () => {
    expect(shown(WRITER, 'v = b[1:3]\ny = Triple.apply(v)\nprint(b, v)\nb.sum().backward()\nw.grad')).toBe(
      'tensor([2., 6., 6., 2.], grad_fn=<CopySlices>) tensor([6., 6.], grad_fn=<AsStridedBackward0>)\ntensor([2., 6., 6., 2.])',
    );
    expect(shown(WRITER, 'v = b[1:3]\ny = Triple.apply(v)\ny.sum().backward()\nw.grad')).toBe(
      'tensor([0., 6., 6., 0.])',
    );
  });

  it('works beside other results', () => {
    expect(
      shown(
        WRITER,
        'z = torch.ones(4, requires_grad=True)\ny, q = Triple.apply(b, z)\n(y * q).sum().backward()\nw.grad, z.grad',
      ),
    ).toBe('(tensor([12., 12., 12., 12.]), tensor([12., 12., 12., 12.]))');
    expect(shown(WRITER, 'y = Triple.apply(b[1:3], torch.ones(2))')).toMatch(
      /^RuntimeError: If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than one Tensor\./,
    );
  });

  it('is refused for leaves, for what is not given back, and for other things', () => {
    expect(shown(WRITER, 'Triple.apply(w)')).toBe(
      'RuntimeError: a leaf Variable that requires grad has been used in an in-place operation.',
    );
    expect(shown(WRITER, 'Triple.apply(w[1:3])')).toBe(
      'RuntimeError: a view of a leaf Variable that requires grad has been used in an in-place operation.',
    );
    const other = (body: string): string =>
      `class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        ${body}\n        return x * 1\nF.apply(b)`;
    expect(shown(WRITER, other('ctx.mark_dirty(x)'))).toMatch(
      /^RuntimeError: Some elements marked as dirty during the forward method were not returned as output\./,
    );
    expect(shown(WRITER, other('ctx.mark_dirty(3)'))).toBe(
      'RuntimeError: mark_dirty can only accept variables, but argument 0 is of type int',
    );
  });
});

describe('an argument that is given back', () => {
  const same = `class Same(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x
    @staticmethod
    def backward(ctx, g):
        return g * 5
x = torch.ones(2, requires_grad=True) * 1
y = Same.apply(x)`;
  it('is a view with a history of its own, which is not written to', () => {
    expect(shown(same, 'y is x, y._base is x')).toBe('(False, True)');
    expect(shown(same, 'y.mul_(2)')).toMatch(
      /^RuntimeError: Output 0 of SameBackward is a view and is being modified inplace\. This view was created inside a custom Function/,
    );
  });
});

describe('backward', () => {
  const gives = (what: string, args = 'x', more = ''): string =>
    shown(
      `x = torch.ones(2, requires_grad=True)
z = torch.ones(2)
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, z=None):
        return x * 2${more}
    @staticmethod
    def backward(ctx, g, *rest):
        return ${what}
y = F.apply(${args})
(y[0] if isinstance(y, tuple) else y).sum().backward()
x.grad`,
    );

  it('may give None, more Nones, what is summed to the shape, and another dtype', () => {
    expect(gives('None')).toBe('');
    expect(gives('(g, None, None)')).toBe('tensor([1., 1.])');
    expect(gives('torch.ones(2, 2)')).toBe('tensor([2., 2.])');
    expect(gives('torch.ones(2, dtype=torch.long)')).toBe('tensor([1., 1.])');
    expect(gives('(g, torch.ones(5))', 'x, z')).toBe('tensor([1., 1.])');
    expect(gives('(g, None)', 'x, 3')).toBe('tensor([1., 1.])');
  });

  it('is refused another shape, another count, and other things', () => {
    expect(gives('torch.ones(3)')).toBe(
      'RuntimeError: Function FBackward returned an invalid gradient at index 0 - got [3] but expected shape compatible with [2]',
    );
    expect(gives('(g, torch.ones(3))', 'z, x')).toBe(
      'RuntimeError: Function FBackward returned an invalid gradient at index 1 - got [3] but expected shape compatible with [2]',
    );
    expect(gives('g', 'x, z')).toBe(
      'RuntimeError: function FBackward returned an incorrect number of gradients (expected 2, got 1)',
    );
    expect(gives('(g, g)')).toBe(
      'RuntimeError: function FBackward returned an incorrect number of gradients (expected 1, got 2)',
    );
    expect(gives('3')).toBe('RuntimeError: expected Variable or None (got int)');
    expect(gives('[g]')).toBe('RuntimeError: expected Variable or None (got list)');
    expect(gives('(g, g)', 'x, 3')).toBe(
      'RuntimeError: function FBackward returned a gradient different than None at position 2, but the corresponding forward input was not a Variable',
    );
  });

  it('gets None for results that are no tensors, and zeros for constant ones', () => {
    expect(gives('g if rest[0] is None else None', 'x', ", 'a'")).toBe('tensor([1., 1.])');
  });

  it('may ask for gradients of the graph that is being walked', () => {
    const code = `w = torch.tensor([3.], requires_grad=True)
h = w * w
class F(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        with torch.enable_grad():
            y = h.sum()
        return 2 * x * g * torch.autograd.grad(y, w, retain_graph=True)[0]
F.apply(h).sum().backward()
w.grad`;
    expect(shown(code)).toBe('tensor([648.])');
  });
});

describe('once_differentiable', () => {
  const ONCE = `from torch.autograd.function import once_differentiable
class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        return t * 2
    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        return g * 2
x = torch.ones(2, requires_grad=True)`;

  it('does not record the rule, and refuses its derivative', () => {
    expect(shown(ONCE, 'torch.autograd.grad(Double.apply(x).sum(), x, create_graph=True)')).toBe('(tensor([2., 2.]),)');
    const again = 'g, = torch.autograd.grad(Double.apply(x), x, torch.ones(2, requires_grad=True), create_graph=True)';
    expect(shown(ONCE, `${again}\ng`)).toBe('tensor([2., 2.], grad_fn=<Error>)');
    expect(shown(ONCE, `${again}\ng.sum().backward()`)).toBe(
      'RuntimeError: trying to differentiate twice a function that was marked with @once_differentiable',
    );
  });
});

describe('the context', () => {
  const KEEPS = `class Keeps(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        ctx.save_for_backward(t)
        ctx.k = 7
        return t * 2
    @staticmethod
    def backward(ctx, g):
        print(ctx.name(), type(ctx).__name__, ctx.next_functions[0][0].name())
        return g * 2
x = torch.ones(2, requires_grad=True)
y = Keeps.apply(x)`;

  it('is the node', () => {
    expect(shown(KEEPS, 'y.grad_fn.k, y.grad_fn.saved_tensors[0] is x, type(y.grad_fn).__name__')).toBe(
      "(7, True, 'KeepsBackward')",
    );
    expect(shown(KEEPS, 'y.sum().backward()')).toBe('KeepsBackward KeepsBackward torch::autograd::AccumulateGrad\n');
    expect(shown(KEEPS, 'y.sum().backward()\ny.grad_fn.saved_tensors')).toContain('after they have already been freed');
  });
});

describe('a result that shows what only the function knew', () => {
  it('is used as others are, and not written to', () => {
    const code = `class Part(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        v = t.clone()[:1]
        v += 2
        return v
    @staticmethod
    def backward(ctx, g):
        return torch.cat([g, g])
x = torch.ones(2, requires_grad=True)
y = Part.apply(x)`;
    expect(shown(code, '(y * 3).sum().backward()\nx.grad')).toBe('tensor([3., 3.])');
    expect(shown(code, 'y.add_(1)')).toContain('This view was created inside a custom Function');
  });
});
