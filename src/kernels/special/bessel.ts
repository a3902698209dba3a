/**
 * Modified Bessel functions of the first kind, of orders 0 and 1, in doubles: their power series,
 * whose terms are all positive, up to 20, and from there their asymptotic series, whose smallest
 * term is then below a double's last place.
 */

const FAR = 20;

/** Sum of (x²/4)^k / (k! (k + order)!). */
function series(order: 0 | 1, x: number): number {
  const head = Math.fround(x);
  const rest = (x - head) * (x + head);
  const square = head * head + rest;
  const q = square / 4;
  let term = 1;
  let sum = 1;
  let slope = 0;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= q / (k * (k + order));
    sum += term;
    slope += k * term;
  }
  // What rounding took off x² counts for as much as x/2 times itself.
  return square === 0 ? 1 : sum + ((head * head - square + rest) / square) * slope;
}

/** Sum of (-1)^k (4 order² - 1)(4 order² - 9)... / (k! (8x)^k). */
function asymptotic(order: 0 | 1, x: number): number {
  const mu = 4 * order;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < 40; k++) {
    const next = (-term * (mu - (2 * k - 1) ** 2)) / (8 * x * k);
    if (Math.abs(next) >= Math.abs(term) || Math.abs(next) < 1e-18) break;
    term = next;
    sum += term;
  }
  return sum;
}

/** e^-|x| I₀(x). */
export function i0e(x: number): number {
  const a = Math.abs(x);
  if (a < FAR) return Math.exp(-a) * series(0, a);
  return asymptotic(0, a) / Math.sqrt(2 * Math.PI * a);
}

export function i0(x: number): number {
  const a = Math.abs(x);
  if (a < FAR) return series(0, a);
  // In two halves, so that e^x does not overflow before the function does.
  const half = Math.exp(a / 2);
  return half * i0e(a) * half;
}

/** e^-|x| I₁(x). */
export function i1e(x: number): number {
  const a = Math.abs(x);
  if (a < FAR) return Math.exp(-a) * (x / 2) * series(1, a);
  return (Math.sign(x) * asymptotic(1, a)) / Math.sqrt(2 * Math.PI * a);
}

export function i1(x: number): number {
  const a = Math.abs(x);
  if (a < FAR) return (x / 2) * series(1, a);
  const half = Math.exp(a / 2);
  return half * i1e(x) * half;
}
