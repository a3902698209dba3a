/**
 * What a rounded sum or product lost (Dekker 1971, Knuth): with it a number is known to some hundred
 * bits. Factors are below 2^970 and products above 2^-960 in all that is drawn here.
 */

/** `a + b` less `sum`, which is their rounded sum. */
export function sumRest(a: number, b: number, sum: number): number {
  const part = sum - a;
  return a - (sum - part) + (b - part);
}

const SPLITTER = 2 ** 27 + 1;

/** `a * b` less `product`, which is their rounded product. */
export function productRest(a: number, b: number, product: number): number {
  const ta = SPLITTER * a;
  const ah = ta - (ta - a);
  const al = a - ah;
  const tb = SPLITTER * b;
  const bh = tb - (tb - b);
  const bl = b - bh;
  return al * bl - (product - ah * bh - al * bh - ah * bl);
}
