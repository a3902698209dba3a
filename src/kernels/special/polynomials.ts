/** Orthogonal polynomials by their recurrences, in doubles, as PyTorch has them. A negative degree gives 0. */
import { valueRange } from '../../tensor/errors.ts';
import { pulse } from '../pulse.ts';

/** Degrees that are walked between two looks at the clock. */
const STRETCH = 1024;

/** No polynomial is walked to a higher degree: every element would take as long again. */
const HIGHEST = 100_000;

type Step = (previous: number, last: number, k: number, x: number) => number;

/** The polynomial of degree n: 1, `first`, then `step` again and again. It ends where nothing changes any more. */
function recurrence(x: number, n: number, first: number, step: Step): number {
  if (n < 0) return 0;
  if (n === 0) return 1;
  if (n > HIGHEST) throw valueRange(`polynomials are computed up to degree ${HIGHEST}, but got ${n}`);
  let [previous, last] = [1, first];
  for (let k = 1; k < n; k++) {
    if (k % STRETCH === 0) pulse(4 * STRETCH);
    [previous, last] = [last, step(previous, last, k, x)];
    if (!Number.isFinite(last)) return last;
  }
  return last;
}

const chebyshev: Step = (p, q, _, x) => 2 * x * q - p;

/** Of the degree's parity: the value at −1. */
const parity = (n: number): number => (Math.trunc(n) % 2 === 0 ? 1 : -1);

function ofDegree(compute: (x: number, n: number) => number) {
  return (x: number, degree: number): number => {
    const n = Math.trunc(degree);
    return Number.isNaN(degree) ? 0 : compute(x, n);
  };
}

export const chebyshevT = ofDegree((x, n) => {
  if (n < 0) return 0;
  if (Math.abs(x) === 1) return x > 0 ? 1 : parity(n);
  if (n > 6 && Math.abs(x) < 1) return Math.cos(n * Math.acos(x));
  return recurrence(x, n, x, chebyshev);
});

export const chebyshevU = ofDegree((x, n) => {
  if (n < 0) return 0;
  if (Math.abs(x) === 1) return x > 0 ? n + 1 : parity(n) * (n + 1);
  if (n > 8 && Math.abs(x) < 1) {
    const angle = Math.acos(x);
    const sine = Math.sin(angle);
    return sine === 0 ? ((n + 1) * Math.cos((n + 1) * angle)) / x : Math.sin((n + 1) * angle) / sine;
  }
  return recurrence(x, n, 2 * x, chebyshev);
});

export const chebyshevV = ofDegree((x, n) => {
  if (n < 0) return 0;
  if (Math.abs(x) === 1) return x > 0 ? 1 : parity(n) * (2 * n + 1);
  if (n > 8 && Math.abs(x) < 1) {
    const angle = Math.acos(x);
    return Math.cos((n + 0.5) * angle) / Math.cos(angle / 2);
  }
  return recurrence(x, n, 2 * x - 1, chebyshev);
});

export const chebyshevW = ofDegree((x, n) => {
  if (n < 0) return 0;
  if (Math.abs(x) === 1) return x > 0 ? 2 * n + 1 : parity(n);
  if (n > 8 && Math.abs(x) < 1) {
    const angle = Math.acos(x);
    return Math.sin((n + 0.5) * angle) / Math.sin(angle / 2);
  }
  return recurrence(x, n, 2 * x + 1, chebyshev);
});

const shifted =
  (of: (x: number, n: number) => number) =>
  (x: number, n: number): number =>
    of(2 * x - 1, n);

export const shiftedChebyshevT = shifted(chebyshevT);
export const shiftedChebyshevU = shifted(chebyshevU);
export const shiftedChebyshevV = shifted(chebyshevV);
export const shiftedChebyshevW = shifted(chebyshevW);

export const hermiteH = ofDegree((x, n) => recurrence(x, n, 2 * x, (p, q, k) => 2 * x * q - 2 * k * p));
export const hermiteHe = ofDegree((x, n) => recurrence(x, n, x, (p, q, k) => x * q - k * p));

export const laguerreL = ofDegree((x, n) => {
  if (n < 0) return 0;
  if (x === 0) return 1;
  return recurrence(x, n, 1 - x, (p, q, k) => ((2 * k + 1 - x) * q - k * p) / (k + 1));
});

export const legendreP = ofDegree((x, n) => {
  if (n < 0) return 0;
  if (Math.abs(x) === 1) return x > 0 ? 1 : parity(n);
  return recurrence(x, n, x, (p, q, k) => ((2 * k + 1) * x * q - k * p) / (k + 1));
});
