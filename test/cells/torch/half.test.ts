/** What PyTorch 1.13 does and does not compute in float16 on the CPU. */
import { expect, it } from 'vitest';
import { shown } from './session.ts';

it.each([
  ['x @ x', '"addmm_impl_cpu_" not implemented for \'Half\''],
  ['x.exp()', '"exp_vml_cpu" not implemented for \'Half\''],
  ['x.exp_()', '"exp_vml_cpu" not implemented for \'Half\''],
  ['nn.Linear(2, 2).half()(x)', '"addmm_impl_cpu_" not implemented for \'Half\''],
  ['F.relu(x)', '"clamp_min_cpu" not implemented for \'Half\''],
])('%s', (code, message) => {
  expect(shown('x = torch.ones(2, 2, dtype=torch.half)', code)).toBe(`RuntimeError: ${message}`);
});

it('adds, multiplies and sums', () => {
  expect(shown('x = torch.tensor([1., 2.]).half()\n(x + x) * 2 - x / 2, x.sum(), x ** 2')).toBe(
    '(tensor([3.5000, 7.0000], dtype=torch.float16), tensor(3., dtype=torch.float16), tensor([1., 4.], dtype=torch.float16))',
  );
  expect(shown('torch.atan2(torch.ones(1).half(), torch.ones(1))')).toBe('tensor([0.7854])');
});
