/** Why ops have no counterpart in ONNX. Composites that consist of one of them say so by themselves. */

const ITERATION = 'it is an iteration that ends when its values say so';
const SERIES = 'ONNX has no such special function, and its series have cases by the hundred';
const LENGTHS = 'its recurrence runs over lengths that are values';

export const WHY_NOT: Readonly<Record<string, string>> = {
  linalg_svd: ITERATION,
  linalg_eigh: ITERATION,
  linalg_pinv: 'ONNX has no singular values',
  linalg_matrix_rank: 'ONNX has no singular values',
  geqrf: "LAPACK's packed reflections mean nothing outside of it",
  ctc_loss: LENGTHS,
  ctc_loss_slope: LENGTHS,
  nextafter: 'ONNX cannot reach the bits of a number',
  frexp: 'ONNX cannot reach the bits of a number',
  airy_ai: SERIES,
  bessel_j0: SERIES,
  bessel_j1: SERIES,
  bessel_y0: SERIES,
  bessel_y1: SERIES,
  modified_bessel_k0: SERIES,
  modified_bessel_k1: SERIES,
  scaled_modified_bessel_k0: SERIES,
  scaled_modified_bessel_k1: SERIES,
  spherical_bessel_j0: SERIES,
  igamma: SERIES,
  igammac: SERIES,
  i0: SERIES,
  i0e: SERIES,
  i1: SERIES,
  i1e: SERIES,
  ndtri: SERIES,
  zeta: SERIES,
  polygamma: SERIES,
  histc: 'its bins lie where values say',
  histogram: 'its bins lie where values say',
  unique: 'how many elements there are hangs on values',
  unique_consecutive: 'how many elements there are hangs on values',
};
