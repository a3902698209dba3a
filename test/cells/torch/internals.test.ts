/** Names that code on automatic differentiation asks for. Values and messages are PyTorch's. */
import { describe, expect, it } from 'vitest';
import { run, shown } from './session.ts';

const TWICE = `class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y=None):
        ctx.save_for_backward(x, None)
        return 2 * x
    @staticmethod
    def backward(ctx, g):
        print('got', g.tolist())
        return 2 * g, None
class Nothing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()
    @staticmethod
    def backward(ctx, g):
        return None
x = torch.tensor([1., 2.], requires_grad=True)`;

const said = (code: string): string => shown(TWICE, code).trim();

describe('gradients that do not come', () => {
  it('are zeros for a function that takes them', () => {
    expect(said('torch._C._functions.UndefinedGrad()(Twice.apply(x)).sum().backward()\nprint(x.grad)')).toBe(
      'got [0.0, 0.0]\ntensor([0., 0.])',
    );
    expect(said('Nothing.apply(Twice.apply(x) * 3).sum().backward()\nprint(x.grad)')).toBe(
      'got [0.0, 0.0]\ntensor([0., 0.])',
    );
  });

  it('reach no leaf otherwise', () => {
    expect(said('Nothing.apply(x * 3).sum().backward()\nprint(x.grad)')).toBe('None');
  });
});

describe('nodes', () => {
  it('are of classes that can be asked for', () => {
    expect(
      said(`y = Twice.apply(x)
print(isinstance(y.grad_fn.next_functions[0][0], torch._C._functions.AccumulateGrad))
print(y.grad_fn.__class__ is Twice._backward_cls, Twice._backward_cls.__name__)`),
    ).toBe('True\nTrue TwiceBackward');
  });

  it('say whether they run in the pass under way', () => {
    expect(
      said(`a = torch.ones(2, requires_grad=True)
b, c = x * a, x * 2
d = b.sum()
leaf = a.clone().grad_fn.next_functions[0][0]
b.register_hook(lambda g: print([torch._C._will_engine_execute_node(n) for n in (b.grad_fn, c.grad_fn, leaf)]))
torch.autograd.backward(d, inputs=[x], retain_graph=True)
d.backward()
torch._C._will_engine_execute_node(b.grad_fn)`),
    ).toBe(
      '[True, False, False]\n[True, False, True]\nRuntimeError: _get_should_execute_nodes should only be called during the backward pass',
    );
  });
});

describe('saved tensors of a function', () => {
  it('are shown as they are kept, and take hooks one by one', () => {
    expect(
      said(`y = Twice.apply(x)
raw = y.grad_fn._raw_saved_tensors
print(len(raw), isinstance(raw[0], torch._C._autograd.SavedTensor))
raw[0].register_hooks(lambda t: t * 10, lambda t: t)
print(y.grad_fn.saved_tensors[0].tolist(), y.grad_fn.saved_tensors[1])
raw[0].register_hooks(lambda t: t, lambda t: t)`),
    ).toBe(
      '2 True\n[10.0, 20.0] None\nRuntimeError: Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is allowed at a time.',
    );
    expect(said('Twice.apply(x).grad_fn._raw_saved_tensors[1].register_hooks(print, print)')).toBe(
      'RuntimeError: Calling register_hooks on a saved tensor with value None is forbidden',
    );
    expect(said('torch.autograd.SavedTensor()')).toBe(
      'RuntimeError: Trying to create a SavedTensor object from Python is forbidden.',
    );
  });
});

describe('tensors', () => {
  it('have hooks in a dict', () => {
    expect(
      said(`x._backward_hooks = {0: lambda g: g * 10}
x._backward_hooks[1] = lambda g: print(g)
x.sum().backward()
print(x.grad)`),
    ).toBe('tensor([10., 10.])\ntensor([10., 10.])');
  });

  it('give NumPy their elements where nothing is recorded', () => {
    expect(said('with torch.no_grad():\n    print(x.numpy())')).toBe('[1. 2.]');
    expect(said('x.numpy()')).toContain("Can't call numpy() on Tensor that requires grad.");
  });

  it('have no imaginary part, and say so', () => {
    expect(said("hasattr(x, 'imag')")).toBe(
      'RuntimeError: imag is not implemented for tensors with non-complex dtypes.',
    );
    expect(run(TWICE, 'x.volatile').warnings[0]?.message).toBe(
      'volatile was removed (Variable.volatile is always False)',
    );
  });

  it('are gone where nobody holds them', () => {
    expect(
      said(`t = torch.ones(3)
r = torch._C._WeakTensorRef(t)
print(r.expired())
del t
print(r.expired())`),
    ).toBe('False\nTrue');
  });
});

describe('an instance of a function', () => {
  it('is warned of, and has nothing of a node', () => {
    const { warnings } = run(TWICE, 'f = Twice()');
    expect(warnings.map(({ category }) => category)).toEqual(['DeprecationWarning']);
    expect(said('Twice().next_functions')).toContain("RuntimeError: Attribute 'next_functions' is invalid");
    expect(said('Twice()(x)')).toContain('RuntimeError: Legacy autograd function with non-static forward method');
  });
});
