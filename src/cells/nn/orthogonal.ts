/** Vectors at right angles to one another, of length 1, made of any by Gram's and Schmidt's method. */

/**
 * The matrix with orthonormal columns (or rows, where those are fewer) that QR makes of a matrix in
 * row-major order, its signs chosen so that R's diagonal is positive.
 */
export function orthonormal(matrix: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = Float64Array.from(matrix);
  const tall = rows >= columns;
  const [count, length] = tall ? [columns, rows] : [rows, columns];
  const at = (vector: number, i: number): number => (tall ? i * columns + vector : vector * columns + i);
  for (let v = 0; v < count; v++) {
    // Twice, for what the first pass leaves over by rounding.
    for (let pass = 0; pass < 2; pass++) {
      for (let w = 0; w < v; w++) {
        let product = 0;
        for (let i = 0; i < length; i++) product += out[at(v, i)] * out[at(w, i)];
        for (let i = 0; i < length; i++) out[at(v, i)] -= product * out[at(w, i)];
      }
    }
    let square = 0;
    for (let i = 0; i < length; i++) square += out[at(v, i)] ** 2;
    const norm = Math.sqrt(square);
    for (let i = 0; i < length; i++) out[at(v, i)] /= norm;
  }
  return out;
}
