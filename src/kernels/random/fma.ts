/** Fused multiply-add on doubles, rounded once, which PyTorch's compiler makes of `a * b + c`. */

const SPLITTER = 2 ** 27 + 1;
const asDouble = new Float64Array(1);
const words = new Uint32Array(asDouble.buffer);

/** The neighbour of `x` whose last bit is odd, where `x` was rounded and lost `rest`. */
function toOdd(x: number, rest: number): number {
  if (rest === 0 || !Number.isFinite(x)) return x;
  asDouble[0] = x;
  if (words[0] & 1) return x;
  // Towards `rest`: away from zero where the signs agree. The last bit is 0, so only a step down can borrow.
  if (rest > 0 !== x > 0 && words[0] === 0) words[1]--;
  words[0] += rest > 0 === x > 0 ? 1 : -1;
  return asDouble[0];
}

/**
 * `a * b + c` rounded once (Boldo and Melquiond 2008). Exact unless a product's error is too small,
 * or a factor too large, for a double: both lie far outside of what is drawn here.
 */
export function fma(a: number, b: number, c: number): number {
  const product = a * b;
  if (!Number.isFinite(product) || Math.abs(a) > 1e290 || Math.abs(b) > 1e290 || c === 0) return product + c;
  const ta = SPLITTER * a;
  const ah = ta - (ta - a);
  const al = a - ah;
  const tb = SPLITTER * b;
  const bh = tb - (tb - b);
  const bl = b - bh;
  const productRest = al * bl - (product - ah * bh - al * bh - ah * bl);
  const low = productRest + c;
  const lowC = low - productRest;
  const lowRest = productRest - (low - lowC) + (c - lowC);
  const sum = product + low;
  const sumLow = sum - product;
  const sumRest = product - (sum - sumLow) + (low - sumLow);
  const rest = sumRest + lowRest;
  const restLow = rest - sumRest;
  return sum + toOdd(rest, sumRest - (rest - restLow) + (lowRest - restLow));
}
