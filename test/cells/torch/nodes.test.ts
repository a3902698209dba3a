/** Nodes of the graph as objects of Python's. Values are PyTorch's. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const PRELUDE = `x = torch.ones(2, 3, requires_grad=True)
w = torch.ones(4, 3, requires_grad=True)
b = torch.ones(4, requires_grad=True)
n = torch.ones(2, 3)
def names(t):
    return [type(f).__name__.replace('Backward0', '') for f, _ in t.grad_fn.next_functions]`;

describe('next_functions', () => {
  it.each([
    ['n * x', ['NoneType', 'AccumulateGrad']],
    ['x + 2', ['AccumulateGrad', 'NoneType']],
    ['2 - x', ['AccumulateGrad']],
    ['x ** 2', ['AccumulateGrad']],
    ['x ** n', ['AccumulateGrad', 'NoneType']],
    ['x.clamp(min=0)', ['AccumulateGrad']],
    ['torch.cat([n, x, x * 2])', ['NoneType', 'AccumulateGrad', 'Mul']],
    ['torch.where(x > 0, x, 0.)', ['AccumulateGrad', 'NoneType']],
    ['F.linear(n, w, b)', ['AccumulateGrad', 'NoneType', 'T']],
    ['F.linear(x, w)', ['AccumulateGrad', 'T']],
    ['F.linear(n[None], w, b)', ['Addmm']],
    ['F.layer_norm(x, (3,))', ['AccumulateGrad', 'NoneType', 'NoneType']],
    ['F.mse_loss(x, n)', ['AccumulateGrad', 'NoneType']],
    ['torch.max(x, n)', ['AccumulateGrad', 'NoneType']],
  ])('of %s', (expression, expected) => {
    expect(shown(PRELUDE, `names(${expression})`)).toBe(`[${expected.map((name) => `'${name}'`).join(', ')}]`);
  });

  it('go on after the graph was freed', () => {
    expect(shown(PRELUDE, 'y = n * x\ny.sum().backward()\nnames(y)')).toBe("['NoneType', 'AccumulateGrad']");
  });

  it('lead through the transposed weight of a layer to the weight', () => {
    expect(
      shown(
        PRELUDE,
        'f = F.linear(n, w, b).grad_fn.next_functions\nf[2][0].next_functions[0][0].variable is w, f[0][0].variable is b',
      ),
    ).toBe('(True, True)');
  });
});

describe('a node', () => {
  it('has a class, a name, and notes', () => {
    expect(
      shown(PRELUDE, 'f = (x * 2).grad_fn\ntype(f) is type((x * 3).grad_fn), f.name(), f.next_functions[0][0].name()'),
    ).toBe("(True, 'MulBackward0', 'torch::autograd::AccumulateGrad')");
    expect(shown(PRELUDE, "y = x * 2\ny.grad_fn.metadata['k'] = 1\ny.grad_fn.metadata, (x * 2).grad_fn.metadata")).toBe(
      "({'k': 1}, {})",
    );
  });

  it('can be called', () => {
    expect(
      shown(
        PRELUDE,
        'a = torch.tensor([1., 2.], requires_grad=True)\n(a ** 2).grad_fn(torch.ones(2)).tolist(), (a * 3).grad_fn(torch.ones(2))',
      ),
    ).toBe('([2.0, 4.0], (tensor([3., 3.]), None))');
    expect(shown(PRELUDE, '(x * 2).grad_fn()')).toBe('TypeError: expected 1 arguments, got 0 instead');
  });

  it('that saves a number as a tensor is freed as others are', () => {
    expect(shown(PRELUDE, 'y = (x * 2).sum()\ny.backward()\ny.backward()')).toContain(
      'RuntimeError: Trying to backward through the graph a second time',
    );
    expect(shown(PRELUDE, 'y = (x + 2).sum()\ny.backward()\ny.backward()\nx.grad[0]')).toBe('tensor([2., 2., 2.])');
  });
});

describe('hooks on nodes', () => {
  const A = 'a = torch.tensor([1., 2.], requires_grad=True)\ny = a * 2';

  it('see both ends, and may change what goes on', () => {
    expect(shown(A, 'y.grad_fn.register_hook(lambda i, o: print(i, o))\ny.sum().backward()')).toBe(
      '(tensor([2., 2.]), None) (tensor([1., 1.]),)\n',
    );
    expect(shown(A, 'h = y.grad_fn.register_hook(lambda i, o: (i[0] * 10, None))\ny.sum().backward()\na.grad')).toBe(
      'tensor([20., 20.])',
    );
    expect(
      shown(A, 'h = y.grad_fn.register_hook(lambda i, o: (i[0] * 10, None))\nh.remove()\ny.sum().backward()\na.grad'),
    ).toBe('tensor([2., 2.])');
    expect(shown(A, 'y.grad_fn.register_prehook(lambda o: (o[0] * 3,))\ny.sum().backward()\na.grad')).toBe(
      'tensor([6., 6.])',
    );
  });

  it("see a leaf's gradient being added up", () => {
    const code =
      'acc = y.grad_fn.next_functions[0][0]\nacc.register_hook(lambda i, o: print(i, o, a.grad))\nacc.register_prehook(lambda o: (o[0] + 1,))\ny.sum().backward()';
    expect(shown(A, code)).toBe('() (tensor([3., 3.]),) tensor([3., 3.])\n');
  });

  it('are refused other answers', () => {
    const answering = (answer: string): string =>
      shown(A, `y.grad_fn.register_hook(lambda i, o: ${answer})\ny.sum().backward()`);
    expect(answering('i[0]')).toBe("TypeError: expected tuple, but hook returned 'Tensor'");
    expect(answering('(i[0],)')).toBe(
      "RuntimeError: hook '<lambda>' has returned an incorrect number of values (got 1, but expected 2)",
    );
    expect(answering('(i[0].sum(), None)')).toBe("RuntimeError: hook '<lambda>' has changed the size of value");
  });

  it('may queue what runs at the end of the pass', () => {
    const code =
      "from torch.autograd import Variable\nlog = []\ny.register_hook(lambda g: Variable._execution_engine.queue_callback(lambda: log.append('end')))\na.register_hook(lambda g: log.append('leaf'))\ny.sum().backward()\nlog";
    expect(shown(A, code)).toBe("['leaf', 'end']");
  });
});
