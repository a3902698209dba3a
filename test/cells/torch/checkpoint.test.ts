/** torch.utils.checkpoint. Values are PyTorch's. */
import { describe, expect, it } from 'vitest';
import { run, shown } from './session.ts';

const PRELUDE = `from torch.utils.checkpoint import checkpoint, checkpoint_sequential
x = torch.tensor([1., 2.], requires_grad=True)
def f(t):
    print('runs', torch.is_grad_enabled())
    return t.exp() * t`;

describe.each([true, false])('with use_reentrant=%s', (reentrant) => {
  const flag = reentrant ? 'use_reentrant=True' : 'use_reentrant=False';

  it('runs the function again in the backward pass', () => {
    expect(shown(PRELUDE, `y = checkpoint(f, x, ${flag})\ny.sum().backward()\nx.grad`)).toBe(
      `runs ${reentrant ? 'False' : 'True'}\nruns True\ntensor([ 5.4366, 22.1672])`,
    );
  });

  it('draws the same numbers again, and leaves the generator alone', () => {
    const code = `torch.manual_seed(3)
d = nn.Dropout(0.5)
w = torch.ones(8, requires_grad=True)
y = checkpoint(d, w, ${flag})
before = torch.get_rng_state()
y.sum().backward()
torch.equal(y.detach(), w.grad), torch.equal(before, torch.get_rng_state())`;
    expect(shown(PRELUDE, code)).toBe('(True, True)');
  });

  it('gives gradients to parameters, of several results', () => {
    const code = `l = nn.Linear(2, 1, bias=False)
a, n, b = checkpoint(lambda t: (l(t), 5, t * 2), x, ${flag})
(a.sum() + b.sum()).backward()
n, torch.equal(l.weight.grad[0], x), torch.equal(x.grad, l.weight[0] + 2)`;
    expect(shown(PRELUDE, code)).toBe('(5, True, True)');
  });
});

it('names its node, and refuses grad() where it cannot serve it', () => {
  expect(shown(PRELUDE, 'checkpoint(lambda t: t * 2, x)')).toBe(
    'tensor([2., 4.], grad_fn=<CheckpointFunctionBackward>)',
  );
  expect(shown(PRELUDE, 'torch.autograd.grad(checkpoint(torch.exp, x).sum(), x)')).toContain(
    'RuntimeError: Checkpointing is not compatible with .grad()',
  );
  expect(shown(PRELUDE, 'torch.autograd.grad(checkpoint(torch.exp, x, use_reentrant=False).sum(), x)')).toBe(
    '(tensor([2.7183, 7.3891]),)',
  );
  expect(shown(PRELUDE, 'checkpoint(lambda t: t.detach(), x).sum().backward()')).toBe(
    'RuntimeError: none of output has requires_grad=True, this checkpoint() is not necessary',
  );
  expect(shown(PRELUDE, 'checkpoint(torch.exp, x, k=1)')).toBe('ValueError: Unexpected keyword arguments: k');
  expect(run(PRELUDE, 'checkpoint(torch.exp, torch.ones(1))').stderr).toContain(
    'None of the inputs have requires_grad=True',
  );
});

it('takes keywords without reentry', () => {
  expect(shown(PRELUDE, 'checkpoint(lambda t, k=1: t * k, x, k=3, use_reentrant=False)')).toBe(
    'tensor([3., 6.], grad_fn=<MulBackward0>)',
  );
});

it('keeps the last part of a sequence', () => {
  const code = `log = []
def step(name):
    def run(t):
        log.append((name, torch.is_grad_enabled()))
        return t * 2
    return run
y = checkpoint_sequential([step(i) for i in range(5)], 2, x)
y.sum().backward()
log, x.grad`;
  expect(shown(PRELUDE, code)).toBe(
    '([(0, False), (1, False), (2, True), (3, True), (4, True), (0, True), (1, True)], tensor([32., 32.]))',
  );
});
