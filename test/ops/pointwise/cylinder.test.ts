/** Bessel functions, polynomials and incomplete gamma functions: PyTorch's values, near and far. */
import { expect, it } from 'vitest';
import { shown } from '../../cells/torch/session.ts';

it.each([
  ['torch.special.bessel_j0(torch.tensor([0., 1., 30.]))', 'tensor([ 1.0000,  0.7652, -0.0864])'],
  ['torch.special.bessel_j1(torch.tensor([-1., 0., 30.]))', 'tensor([-0.4401,  0.0000, -0.1188])'],
  ['torch.special.bessel_y0(torch.tensor([0., 1., -1.]))', 'tensor([  -inf, 0.0883,    nan])'],
  ['torch.special.modified_bessel_k1(torch.tensor([0.5, 2.]))', 'tensor([1.6564, 0.1399])'],
  ['torch.special.airy_ai(torch.tensor([-10., 0., 5.]))', 'tensor([4.0241e-02, 3.5503e-01, 1.0834e-04])'],
  ['torch.special.legendre_polynomial_p(torch.tensor([-1., 0.5, 2.]), 3)', 'tensor([-1.0000, -0.4375, 17.0000])'],
  ['torch.special.hermite_polynomial_h(torch.tensor([0.5]), torch.tensor([-1, 0, 3]))', 'tensor([ 0.,  1., -5.])'],
  ['torch.igamma(torch.tensor([2., 50.]), torch.tensor([1., 40.]))', 'tensor([0.2642, 0.0703])'],
  ['torch.igammac(torch.tensor([0., 1.]), torch.tensor([1., 0.]))', 'tensor([0., 1.])'],
  ['torch.special.zeta(torch.tensor([1., 2., 3.]), torch.tensor([1., 1., -0.5]))', 'tensor([   inf, 1.6449, 0.4144])'],
  [
    'i = torch.inf\ntorch.special.zeta(torch.tensor([i, i, i, 3.]), torch.tensor([1., 2., .5, i]))',
    'tensor([1., nan, inf, nan])',
  ],
  ['torch.special.ndtri(torch.tensor([0., 0.1, 1.]))', 'tensor([   -inf, -1.2816,     inf])'],
  ['torch.frexp(torch.tensor([8., -3., 0.])).exponent', 'tensor([4, 2, 0], dtype=torch.int32)'],
  ['torch.nextafter(torch.tensor([1.]), torch.tensor([0.])).item()', '0.9999999403953552'],
  [
    'torch.hann_window(4), torch.kaiser_window(3)',
    '(tensor([0.0000, 0.5000, 1.0000, 0.5000]), tensor([5.2773e-05, 5.1884e-01, 5.1884e-01]))',
  ],
  ['torch.range(0, 1, 0.5)', 'tensor([0.0000, 0.5000, 1.0000])'],
])('%s', (code, answer) => {
  expect(shown(code)).toBe(answer);
});
