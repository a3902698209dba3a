/** Fused multiply-add on doubles, rounded once, which PyTorch's compiler makes of `a * b + c`. */
import { productRest, sumRest } from './double-double.ts';

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
  const productTail = productRest(a, b, product);
  const low = productTail + c;
  const lowTail = sumRest(productTail, c, low);
  const sum = product + low;
  const sumTail = sumRest(product, low, sum);
  const rest = sumTail + lowTail;
  return sum + toOdd(rest, sumRest(sumTail, lowTail, rest));
}
