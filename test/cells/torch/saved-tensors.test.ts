/** Hooks on what nodes save. Values are PyTorch's. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const PRELUDE = `from torch.autograd.graph import saved_tensors_hooks, save_on_cpu, disable_saved_tensors_hooks
def pack(t):
    print('pack', t.tolist())
    return t
def unpack(t):
    print('unpack', t.tolist())
    return t
x = torch.tensor([1., 2.], requires_grad=True)
y = torch.tensor([3., 4.], requires_grad=True)`;

const packed = (expression: string): string =>
  shown(PRELUDE, `with saved_tensors_hooks(pack, unpack):\n    r = ${expression}`).replaceAll('\n', ' ').trim();

describe('saved_tensors_hooks', () => {
  it.each([
    ['x * y', 'pack [1.0, 2.0] pack [3.0, 4.0]'],
    ['x * x', 'pack [1.0, 2.0] pack [1.0, 2.0]'],
    ['x ** y', 'pack [1.0, 2.0] pack [3.0, 4.0] pack [1.0, 16.0]'],
    ['x ** 2', 'pack [1.0, 2.0]'],
    ['x * 3', 'pack 3'],
    ['x / 2.', 'pack 2.0'],
    ['x + 1', ''],
    ['x.sum()', ''],
    ['torch.where(x > 1, x, y)', 'pack [False, True]'],
    ['x.detach() * 2', ''],
  ])('%s', (expression, said) => {
    expect(packed(expression)).toBe(said);
  });

  it('are asked again at every pass', () => {
    const code =
      'with saved_tensors_hooks(pack, unpack):\n    r = (x ** 2).sum()\nr.backward(retain_graph=True)\nr.backward()\nx.grad';
    expect(shown(PRELUDE, code)).toBe('pack [1.0, 2.0]\nunpack [1.0, 2.0]\nunpack [1.0, 2.0]\ntensor([4., 8.])');
  });

  it('may keep anything, and give other values', () => {
    const code = `kept = []
def keep(t):
    kept.append(t.detach().clone())
    return len(kept) - 1
with saved_tensors_hooks(keep, lambda i: kept[i] * 10):
    r = x.exp()
r.sum().backward()
len(kept), x.grad`;
    expect(shown(PRELUDE, code)).toBe('(1, tensor([27.1828, 73.8906]))');
  });

  it('give what was saved its place in the graph', () => {
    const code = `with saved_tensors_hooks(lambda t: t.tolist(), lambda l: torch.tensor(l)):
    g, = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)
torch.autograd.grad(g.sum(), x)`;
    expect(shown(PRELUDE, code)).toBe('(tensor([ 6., 12.]),)');
  });

  it('nest: the inner ones count', () => {
    const code = `with saved_tensors_hooks(pack, unpack):
    with saved_tensors_hooks(lambda t: t * 2, lambda t: t):
        r = x ** 2
r.sum().backward()
x.grad`;
    expect(shown(PRELUDE, code)).toBe('tensor([4., 8.])');
  });

  it('are refused what they may not do', () => {
    const run = (body: string): string => shown(PRELUDE, body);
    expect(run('with saved_tensors_hooks(lambda t: t.mul_(2), lambda t: t):\n    x.exp()')).toContain(
      'RuntimeError: A saved tensor pack hook is modifying its input in place.',
    );
    expect(run('with saved_tensors_hooks(lambda t: t, lambda t: 3):\n    r = x.exp()\nr.sum().backward()')).toBe(
      'TypeError: Output of saved tensor unpack_hook expected to be a Tensor but got result of type int',
    );
    expect(run("with disable_saved_tensors_hooks('not here'):\n    with save_on_cpu():\n        pass")).toBe(
      'RuntimeError: not here',
    );
  });

  it('of a function with its own rule', () => {
    const code = `class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        ctx.save_for_backward(t)
        return t ** 3
    @staticmethod
    def backward(ctx, g):
        t, = ctx.saved_tensors
        return 3 * t ** 2 * g
with saved_tensors_hooks(pack, unpack):
    r = Cube.apply(x)
r.sum().backward()
x.grad`;
    expect(shown(PRELUDE, code)).toBe('pack [1.0, 2.0]\nunpack [1.0, 2.0]\ntensor([ 3., 12.])');
  });
});

describe('what a node saved', () => {
  it('is read by its name', () => {
    expect(
      shown(PRELUDE, 'n = (x ** 2).grad_fn\nn._saved_self is x, n._saved_exponent, (x * y).grad_fn._saved_other is y'),
    ).toBe('(True, 2, True)');
    expect(shown(PRELUDE, 'r = x.exp()\ns = r.grad_fn._saved_result\ns is r, s')).toBe(
      '(False, tensor([2.7183, 7.3891], grad_fn=<ExpBackward0>))',
    );
    expect(shown(PRELUDE, 'x.softmax(-1).grad_fn._saved_dim')).toBe('18446744073709551615');
    expect(shown(PRELUDE, 'x.exp().grad_fn._saved_other')).toBe(
      "AttributeError: 'ExpBackward0' object has no attribute '_saved_other'",
    );
    expect(shown(PRELUDE, 'r = x.exp()\nr.sum().backward()\nr.grad_fn._saved_result')).toContain(
      'after they have already been freed',
    );
  });

  it('takes hooks of its own', () => {
    const code =
      'n = (x ** 2).grad_fn\nn._raw_saved_self.register_hooks(lambda t: t * 5, lambda t: t)\nprint(n._saved_self.tolist())\nn._raw_saved_self.register_hooks(pack, unpack)';
    expect(shown(PRELUDE, code)).toBe(
      '[5.0, 10.0]\nRuntimeError: Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is allowed at a time.',
    );
  });
});
