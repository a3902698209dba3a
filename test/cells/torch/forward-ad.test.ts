/** torch.autograd.forward_ad. Values are PyTorch's. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const PRELUDE = 'import torch.autograd.forward_ad as fw\nfrom torch.autograd.functional import jvp';

/** What a cell prints within a level, `d` going one way and `x` the other. */
const dual = (code: string): string => {
  const body = code
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  return shown(
    PRELUDE,
    `x, t = torch.tensor([1., 2.]), torch.tensor([1., 0.])\nwith fw.dual_level():\n    d = fw.make_dual(x, t)\n${body}`,
  );
};

describe('a dual tensor', () => {
  it('shows its direction, and gives it back', () => {
    expect(dual('print(d, d * 2, d.requires_grad)')).toBe(
      'tensor([1., 2.], tangent=tensor([1., 0.])) tensor([2., 4.], tangent=tensor([2., 0.])) False\n',
    );
    expect(dual('print(fw.unpack_dual(d))')).toBe(
      'UnpackedDualTensor(primal=tensor([1., 2.]), tangent=tensor([1., 0.]))\n',
    );
    expect(
      dual('print(fw.unpack_dual(x).tangent, fw.unpack_dual(d.detach()).tangent, fw.unpack_dual(d > 0).tangent)'),
    ).toBe('None None None\n');
    expect(dual('pass\nprint(fw.unpack_dual(d.sum()).primal)')).toBe('tensor(3.)\n');
  });

  it('has no direction after its level', () => {
    expect(
      shown(
        PRELUDE,
        'with fw.dual_level():\n    d = fw.make_dual(torch.ones(1), torch.ones(1))',
        'd, fw.unpack_dual(d)[1]',
      ),
    ).toBe('(tensor([1.]), None)');
  });

  it('is refused where it makes no sense', () => {
    const refused = (code: string): string =>
      dual(`try:\n    ${code}\nexcept Exception as e:\n    print(type(e).__name__, e)`);
    expect(refused('fw.make_dual(x, torch.ones(3))')).toContain(
      'RuntimeError Trying to set a forward gradient that has a different size',
    );
    expect(refused('fw.make_dual(d, t)')).toContain('already has a forward gradient at the same level 0');
    expect(refused('fw.make_dual(x, d)')).toContain('itself has a forward gradient at the same level 0');
    expect(refused('fw.make_dual(torch.tensor([1, 2]), t)')).toContain(
      'ValueError Expected primal to be floating point or complex, but got: torch.int64',
    );
    expect(refused('fw.enter_dual_level()')).toContain('Nested forward mode AD is not supported at the moment');
    expect(shown(PRELUDE, 'fw.make_dual(torch.ones(1), torch.ones(1))')).toContain('but no level exists');
  });
});

describe('ops', () => {
  it.each([
    ['(d.sqrt().exp() * 2).sum()', 'tensor(2.7183)'],
    ['d.max(0)[0]', 'tensor(0.)'],
    ['d.round()', 'tensor([0., 0.])'],
    ['torch.stack([d, x])', 'tensor([[1., 0.],\n        [0., 0.]])'],
    ['d @ torch.tensor([[1., 2.], [3., 4.]])', 'tensor([1., 2.])'],
    ['torch.where(d > 1, d, d * 3)', 'tensor([3., 0.])'],
    ['d.softmax(0)', 'tensor([ 0.1966, -0.1966])'],
    ['d.cumsum(0)', 'tensor([1., 1.])'],
    ['d.norm()', 'tensor(0.4472)'],
  ])('%s', (code, tangent) => {
    expect(dual(`print(fw.unpack_dual(${code}).tangent)`)).toBe(`${tangent}\n`);
  });

  it('give what jvp gives, layers included', () => {
    const code = `torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.LayerNorm(4), nn.Linear(4, 2), nn.LogSoftmax(1)).double()
p, v = torch.randn(5, 3).double(), torch.randn(5, 3).double()
with fw.dual_level():
    got = fw.unpack_dual(net(fw.make_dual(p, v))).tangent
torch.allclose(got, jvp(net, p, v)[1])`;
    expect(shown(PRELUDE, code)).toBe('True');
  });

  it('work with recording off', () => {
    expect(dual('with torch.no_grad():\n    print(fw.unpack_dual(d * 2).tangent)')).toBe('tensor([2., 0.])\n');
  });
});

describe('writes', () => {
  it.each([
    ['e = d * 2\ne.add_(d)', 'e', 'tensor([3., 0.])'],
    ['e = d.clone()\ne[0] = d[1] * 3', 'e', 'tensor([0., 0.])'],
    ['e = d.clone()\nw = e[:1]\nw.mul_(3)', 'e', 'tensor([3., 0.])'],
    ['e = d.clone()\nw = e[:1]\ne.mul_(5)', 'w', 'tensor([5.])'],
    ['e = torch.zeros(2)\ne.copy_(d)\ne.mul_(2)', 'e', 'tensor([2., 0.])'],
    ['e = torch.zeros(2)\ne.copy_(d)\ne.mul_(2)', 'd', 'tensor([1., 0.])'],
    ['d.mul_(3)', 'd', 'tensor([3., 0.])'],
    ['e = d * 1\ne.zero_()', 'e', 'tensor([0., 0.])'],
  ])('%s', (code, name, tangent) => {
    const got = dual(`${code}\nt2 = fw.unpack_dual(${name}).tangent\nprint(torch.zeros(2) if t2 is None else t2)`);
    expect(got).toBe(`${tangent}\n`);
  });

  it('go over the direction itself', () => {
    expect(dual('d.mul_(3)\nprint(t, x)')).toBe('tensor([3., 0.]) tensor([3., 6.])\n');
  });
});

describe('with a graph', () => {
  it('directions hang on what they were made of', () => {
    const code =
      'r = x.clone().requires_grad_()\ng = fw.unpack_dual(fw.make_dual(r, t) ** 3).tangent\nprint(g.detach(), torch.autograd.grad(g.sum(), r))';
    expect(dual(code)).toBe('tensor([3., 0.]) (tensor([6., 0.]),)\n');
  });

  it('gradients have directions: products with the Hessian', () => {
    const code = 'd.requires_grad_()\ng, = torch.autograd.grad((d ** 3).sum(), d)\nprint(fw.unpack_dual(g))';
    expect(dual(code)).toBe('UnpackedDualTensor(primal=tensor([ 3., 12.]), tangent=tensor([6., 0.]))\n');
  });
});

describe('a function with its own jvp', () => {
  const FN = `class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, scale):
        ctx.a, ctx.scale = a, scale
        return a * a * scale
    @staticmethod
    def jvp(ctx, at, _):
        return 2 * ctx.a * at * ctx.scale`;

  it('is asked for it', () => {
    const code = `${FN}\nwith fw.dual_level():\n    print(Square.apply(fw.make_dual(torch.tensor([1., 3.]), torch.ones(2)), 2))`;
    expect(shown(PRELUDE, code)).toBe('tensor([ 2., 18.], tangent=tensor([ 4., 12.]))\n');
  });

  it('is refused without one', () => {
    const code = `class F1(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a): return a * 2
with fw.dual_level():
    F1.apply(fw.make_dual(torch.ones(1), torch.ones(1)))`;
    expect(shown(PRELUDE, code)).toBe(
      'NotImplementedError: You must implement the jvp function for custom autograd.Function to use it with forward mode AD.',
    );
  });
});
