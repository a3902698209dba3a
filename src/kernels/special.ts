/** Special functions of one number, in doubles. */
export { i0, i0e, i1, i1e } from './special/bessel.ts';
export { erf, erfc, erfcx, erfinv, logNdtr, ndtr } from './special/error-function.ts';
export { digamma, hurwitzZeta, lgamma, polygamma } from './special/gamma.ts';
