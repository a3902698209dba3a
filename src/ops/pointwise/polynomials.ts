/** Orthogonal polynomials. As in PyTorch they have no derivative. */
import { POLYNOMIALS } from '../../kernels/formula/plain.ts';
import { defineOp } from '../define.ts';
import { constantOperand } from '../params.ts';
import { floating2 } from '../promote.ts';

const polynomial = <const N extends string>(
  name: N,
  summary: string,
  symbol: string,
  kernel: keyof typeof POLYNOMIALS,
) =>
  defineOp({
    name,
    category: 'pointwise',
    in: ['special'],
    takes: 'x=input n',
    summary,
    params: [constantOperand('input'), constantOperand('n', { doc: 'The degree; a negative one gives 0' })],
    formula: String.raw`${symbol}(x)`,
    forward: ({ input, n }) => floating2(POLYNOMIALS[kernel], input, n),
    gradient: {},
    examples: [{ input: [0.5, -1, 2], n: 3 }],
  });

export const chebyshevPolynomialT = polynomial(
  'chebyshev_polynomial_t',
  "Chebyshev's polynomials of the first kind",
  'T_n',
  'chebyshevT',
);
export const chebyshevPolynomialU = polynomial(
  'chebyshev_polynomial_u',
  "Chebyshev's polynomials of the second kind",
  'U_n',
  'chebyshevU',
);
export const chebyshevPolynomialV = polynomial(
  'chebyshev_polynomial_v',
  "Chebyshev's polynomials of the third kind",
  'V_n',
  'chebyshevV',
);
export const chebyshevPolynomialW = polynomial(
  'chebyshev_polynomial_w',
  "Chebyshev's polynomials of the fourth kind",
  'W_n',
  'chebyshevW',
);
export const shiftedChebyshevPolynomialT = polynomial(
  'shifted_chebyshev_polynomial_t',
  "Chebyshev's polynomials of the first kind, for numbers from 0 to 1",
  'T^*_n',
  'shiftedChebyshevT',
);
export const shiftedChebyshevPolynomialU = polynomial(
  'shifted_chebyshev_polynomial_u',
  "Chebyshev's polynomials of the second kind, for numbers from 0 to 1",
  'U^*_n',
  'shiftedChebyshevU',
);
export const shiftedChebyshevPolynomialV = polynomial(
  'shifted_chebyshev_polynomial_v',
  "Chebyshev's polynomials of the third kind, for numbers from 0 to 1",
  'V^*_n',
  'shiftedChebyshevV',
);
export const shiftedChebyshevPolynomialW = polynomial(
  'shifted_chebyshev_polynomial_w',
  "Chebyshev's polynomials of the fourth kind, for numbers from 0 to 1",
  'W^*_n',
  'shiftedChebyshevW',
);
export const hermitePolynomialH = polynomial(
  'hermite_polynomial_h',
  "Hermite's polynomials of the physicists",
  'H_n',
  'hermiteH',
);
export const hermitePolynomialHe = polynomial(
  'hermite_polynomial_he',
  "Hermite's polynomials of the probabilists",
  String.raw`\mathit{He}_n`,
  'hermiteHe',
);
export const laguerrePolynomialL = polynomial('laguerre_polynomial_l', "Laguerre's polynomials", 'L_n', 'laguerreL');
export const legendrePolynomialP = polynomial('legendre_polynomial_p', "Legendre's polynomials", 'P_n', 'legendreP');
