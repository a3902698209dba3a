/** Backward hooks of a module's last operation, and a module in parallel. Values are PyTorch's. */
import { describe, expect, it } from 'vitest';
import { run, shown } from '../torch/session.ts';

const PRELUDE = `def tell(module, grad_in, grad_out):
    print(type(module).__name__, [None if g is None else tuple(g.shape) for g in grad_in], [tuple(g.shape) for g in grad_out])
x = torch.ones(3, 2, requires_grad=True)`;

describe('register_backward_hook', () => {
  it('sees what the last node is given and gives', () => {
    expect(shown(PRELUDE, 'm = nn.Sigmoid(); m.register_backward_hook(tell); m(x).sum().backward()').trim()).toBe(
      'Sigmoid [(3, 2)] [(3, 2)]',
    );
    expect(shown(PRELUDE, 'm = nn.Linear(2, 4); m.register_backward_hook(tell); m(x).sum().backward()').trim()).toBe(
      'Linear [(4,), (3, 2), (2, 4)] [(3, 4)]',
    );
  });

  it('may change the gradients that go on', () => {
    expect(
      shown(
        PRELUDE,
        'm = nn.Tanh(); m.register_backward_hook(lambda m, i, o: (i[0] * 0,)); m(x).sum().backward(); x.grad.sum().item()',
      ),
    ).toBe('0.0');
  });

  it('warns where it misses some', () => {
    const code = 'm = nn.Sequential(nn.Sigmoid(), nn.Tanh()); m.register_backward_hook(tell); m(x).sum().backward()';
    expect(run(PRELUDE, code).warnings[0]?.message).toContain('when the forward contains multiple autograd Nodes');
  });

  it('excludes full hooks', () => {
    expect(shown(PRELUDE, 'm = nn.Tanh(); m.register_full_backward_hook(tell); m.register_backward_hook(tell)')).toBe(
      'RuntimeError: Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them.',
    );
  });

  it('is put on all modules, and taken off', () => {
    expect(
      shown(
        PRELUDE,
        `from torch.nn.modules.module import register_module_backward_hook
with register_module_backward_hook(tell) as handle:
    nn.Tanh()(x).sum().backward()
    print(len(handle.hooks_dict_ref()))
nn.Tanh()(x).sum().backward()
len(handle.hooks_dict_ref())`,
      ),
    ).toBe('Tanh [(3, 2)] [(3, 2)]\n1\n0');
  });
});

describe('DataParallel', () => {
  it('is the module itself on one device', () => {
    expect(
      shown(
        PRELUDE,
        `inner = nn.Linear(2, 1)
m = nn.DataParallel(inner)
print(m, list(m.state_dict()), m.module is inner, m.device_ids)
torch.equal(m(x), inner(x))`,
      ),
    ).toBe(
      "DataParallel(\n  (module): Linear(in_features=2, out_features=1, bias=True)\n) ['module.weight', 'module.bias'] True []\nTrue",
    );
  });
});

describe('load_state_dict', () => {
  it('finds what no module knows in the order of the modules, before their hooks are called', () => {
    expect(
      shown(
        `class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.Parameter(torch.ones(1))
m = nn.Sequential(Own())
given = {'0.p': torch.zeros(1), '0.q': 1, 'r': 2, '0.p.deep': 3}
print(m.load_state_dict(given, strict=False).unexpected_keys)
def forgive(module, keys):
    print(keys.unexpected_keys)
    keys.unexpected_keys.clear()
m[0].register_load_state_dict_post_hook(forgive)
m.load_state_dict(given)`,
      ),
    ).toBe("['r', '0.q']\n['r', '0.q']\n<All keys matched successfully>");
  });
});
