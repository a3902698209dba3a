/**
 * The seam between ops and the loops that carry them out. Ops call kernels by these names and no other way;
 * who can carry some of them out otherwise, on several threads or on a GPU, puts its own in their place with
 * {@link useKernels}. A name is a binding that is read at each call: calling through the seam costs no lookup.
 */
import * as activationLoops from './activation.ts';
import * as bincountLoops from './bincount.ts';
import * as choicesLoops from './choices.ts';
import * as convLoops from './conv.ts';
import * as copyLoops from './copy.ts';
import * as crossLoops from './cross.ts';
import * as ctcLoops from './ctc.ts';
import * as eigenLoops from './dense/eigen.ts';
import * as exponentialLoops from './dense/exponential.ts';
import * as jacobiLoops from './dense/jacobi.ts';
import * as luLoops from './dense/lu.ts';
import * as qrLoops from './dense/qr.ts';
import * as triangularLoops from './dense/triangular.ts';
import * as distanceLoops from './distance.ts';
import * as embeddingLoops from './embedding.ts';
import * as extremaLoops from './extrema.ts';
import * as fourierLoops from './fourier.ts';
import * as gatherLoops from './gather.ts';
import * as marginsLoops from './margins.ts';
import * as masksLoops from './masks.ts';
import * as matmulLoops from './matmul.ts';
import * as nllLoops from './nll.ts';
import * as numberingLoops from './numbering.ts';
import * as oneHotLoops from './one-hot.ts';
import * as orderLoops from './order.ts';
import * as pointwiseLoops from './pointwise.ts';
import * as poolLoops from './pool.ts';
import * as randomLoops from './random/index.ts';
import * as rangeLoops from './range.ts';
import * as readLoops from './read.ts';
import * as repeatsLoops from './repeats.ts';
import * as rowReductionsLoops from './row-reductions.ts';
import * as rowsLoops from './rows.ts';
import * as scanLoops from './scan.ts';
import * as searchLoops from './search.ts';
import * as softmaxLoops from './softmax.ts';
import * as sortRowsLoops from './sort-rows.ts';
import * as standardizeLoops from './standardize.ts';
import * as stridedAddLoops from './strided-add.ts';
import * as triangleLoops from './triangle.ts';
import * as uniqueLoops from './unique.ts';

export type { Sliding } from './conv.ts';
export type { Alignments } from './ctc.ts';
// What no backend does otherwise: sizes, steps, and the gate that loops stand behind.
export { ctcSizes } from './ctc.ts';
export { deferFrom, settleReaders } from './deferred.ts';
export { batchOf } from './dense/batch.ts';
export type { Direction } from './extrema.ts';
export type { Combine, Lookup } from './gather.ts';
export { combineAdd, combineOr } from './gather.ts';
export { launch } from './launch.ts';
export type { MemoryFormat } from './layout.ts';
export { emptyIn, emptyLike, formatOf, liesIn } from './layout.ts';
export type { NllLayout } from './nll.ts';
export type { Formula1, Formula2 } from './pointwise.ts';
export type { Span } from './pool.ts';
export { sizesOf } from './pool.ts';
export { pulse } from './pulse.ts';
export { PLUS, TIMES } from './scan.ts';
export { broadcastStrides } from './strided.ts';

/** Every kernel as one thread carries it out. */
// biome-ignore format: a row for each file
const ONE_THREAD = {
  logisticOf: activationLoops.logisticOf, reluOf: activationLoops.reluOf, tanhOf: activationLoops.tanhOf,
  countsOf: bincountLoops.countsOf,
  fillChoices: choicesLoops.fillChoices,
  addColumns: convLoops.addColumns, columnsOf: convLoops.columnsOf, convolve: convLoops.convolve, correlate:
  convLoops.correlate, deconvolve: convLoops.deconvolve,
  cast: copyLoops.cast, contiguous: copyLoops.contiguous, copy: copyLoops.copy, copyIn:
  copyLoops.copyIn, copyInto: copyLoops.copyInto, copyLike: copyLoops.copyLike,
  crossRows: crossLoops.crossRows,
  ctcLosses: ctcLoops.ctcLosses, ctcSlope: ctcLoops.ctcSlope,
  eigenGeneral: eigenLoops.eigenGeneral,
  exponentials: exponentialLoops.exponentials,
  cofactors: jacobiLoops.cofactors, eigenSymmetric: jacobiLoops.eigenSymmetric, singularValues:
  jacobiLoops.singularValues,
  determinants: luLoops.determinants, firstZero: luLoops.firstZero, identities: luLoops.identities, solveSystems:
  luLoops.solveSystems,
  factorLU: qrLoops.factorLU, orthogonal: qrLoops.orthogonal, permutationsOf: qrLoops.permutationsOf, reflections:
  qrLoops.reflections,
  cholesky: triangularLoops.cholesky, solveTriangular: triangularLoops.solveTriangular,
  pointDistances: distanceLoops.pointDistances,
  addRowsAt: embeddingLoops.addRowsAt, largestRows: embeddingLoops.largestRows, shrinkRowsAt:
  embeddingLoops.shrinkRowsAt,
  extremePlaces: extremaLoops.extremePlaces, extremeRows: extremaLoops.extremeRows, extremeWithPlace:
  extremaLoops.extremeWithPlace, pickRows: extremaLoops.pickRows, pickValues: extremaLoops.pickValues, runningExtreme:
  extremaLoops.runningExtreme,
  fourierRows: fourierLoops.fourierRows,
  addressesOf: gatherLoops.addressesOf, offsetsOf: gatherLoops.offsetsOf, readAt: gatherLoops.readAt, writeAt: gatherLoops.writeAt,
  marginLosses: marginsLoops.marginLosses, multilabelMargins: marginsLoops.multilabelMargins,
  moveMasked: masksLoops.moveMasked, nonzeroRows: masksLoops.nonzeroRows, takeMasked: masksLoops.takeMasked,
  matrixProduct: matmulLoops.matrixProduct,
  negativeLogLikelihood: nllLoops.negativeLogLikelihood, negativeLogLikelihoodBackward:
  nllLoops.negativeLogLikelihoodBackward,
  countUp: numberingLoops.countUp, fillBy: numberingLoops.fillBy,
  largestClass: oneHotLoops.largestClass, oneHotRows: oneHotLoops.oneHotRows,
  kthPlace: orderLoops.kthPlace, medianPlace: orderLoops.medianPlace, modePlace: orderLoops.modePlace, nanMedianPlace:
  orderLoops.nanMedianPlace,
  fill: pointwiseLoops.fill, map1: pointwiseLoops.map1, map2: pointwiseLoops.map2, map3: pointwiseLoops.map3, mapN:
  pointwiseLoops.mapN, select: pointwiseLoops.select,
  averages: poolLoops.averages, largest: poolLoops.largest, spread: poolLoops.spread,
  dropoutMask: randomLoops.dropoutMask, dropoutNoise: randomLoops.dropoutNoise, rreluNoise: randomLoops.rreluNoise,
  evenlySpaced: rangeLoops.evenlySpaced,
  firstWithout: readLoops.firstWithout, numbersIn: readLoops.numbersIn,
  fillRepeats: repeatsLoops.fillRepeats, totalOf: repeatsLoops.totalOf,
  allTrueRows: rowReductionsLoops.allTrueRows, anyTrueRows: rowReductionsLoops.anyTrueRows, countTrueRows:
  rowReductionsLoops.countTrueRows, deviationRows: rowReductionsLoops.deviationRows, logSumExpRows:
  rowReductionsLoops.logSumExpRows, meanRows: rowReductionsLoops.meanRows, normRows: rowReductionsLoops.normRows,
  productRows: rowReductionsLoops.productRows, varianceRows: rowReductionsLoops.varianceRows,
  pairwiseSums: rowsLoops.pairwiseSums, sumRows: rowsLoops.sumRows,
  recurrenceRows: scanLoops.recurrenceRows, runningLogSumExp: scanLoops.runningLogSumExp, scanRows: scanLoops.scanRows,
  membersOf: searchLoops.membersOf, placesIn: searchLoops.placesIn,
  logSoftmaxBackwardRows: softmaxLoops.logSoftmaxBackwardRows, logSoftmaxRows: softmaxLoops.logSoftmaxRows,
  softmaxBackwardRows: softmaxLoops.softmaxBackwardRows, softmaxRows: softmaxLoops.softmaxRows,
  sortRows: sortRowsLoops.sortRows,
  inverseDeviation: standardizeLoops.inverseDeviation, moments: standardizeLoops.moments, standardize:
  standardizeLoops.standardize, standardizeBackward: standardizeLoops.standardizeBackward,
  scatterAddInto: stridedAddLoops.scatterAddInto,
  clearTriangle: triangleLoops.clearTriangle, fillDiagonal: triangleLoops.fillDiagonal, fillTriangle:
  triangleLoops.fillTriangle,
  int64Of: uniqueLoops.int64Of, pickItems: uniqueLoops.pickItems, runsOf: uniqueLoops.runsOf,
};

export type Kernels = typeof ONE_THREAD;

let current: Kernels = ONE_THREAD;

// biome-ignore format: a list
export let {
  addColumns, addRowsAt, addressesOf, allTrueRows, anyTrueRows, averages, cast, cholesky, clearTriangle, cofactors,
  columnsOf, contiguous, convolve, copy, copyIn, copyInto, copyLike, correlate, countTrueRows, countUp, countsOf,
  crossRows, ctcLosses, ctcSlope, deconvolve, determinants, deviationRows, dropoutMask, dropoutNoise, eigenGeneral,
  eigenSymmetric, evenlySpaced, exponentials, extremePlaces, extremeRows, extremeWithPlace, factorLU, fill, fillBy, fillChoices,
  fillDiagonal, fillRepeats, fillTriangle, firstWithout, firstZero, fourierRows, identities, int64Of, inverseDeviation, kthPlace,
  largest, largestClass, largestRows, logSoftmaxBackwardRows, logSoftmaxRows, logSumExpRows, logisticOf, map1, map2,
  map3, mapN, marginLosses, matrixProduct, meanRows, medianPlace, membersOf, modePlace, moments, moveMasked,
  multilabelMargins, nanMedianPlace, negativeLogLikelihood, negativeLogLikelihoodBackward, nonzeroRows, normRows,
  numbersIn, offsetsOf, oneHotRows, orthogonal, pairwiseSums, permutationsOf, pickItems, pickRows, pickValues,
  placesIn, pointDistances, productRows, readAt, recurrenceRows, reflections, reluOf, rreluNoise, runningExtreme,
  runningLogSumExp, runsOf, scanRows, scatterAddInto, select, shrinkRowsAt, singularValues, softmaxBackwardRows,
  softmaxRows, solveSystems, solveTriangular, sortRows, spread, standardize, standardizeBackward, sumRows, takeMasked,
  tanhOf, totalOf, varianceRows, writeAt,
} = ONE_THREAD;

/**
 * Puts kernels in the place of those of the same names, for all ops of this thread. They get the same
 * arguments and owe the same results.
 *
 * @returns puts back what was there before
 */
export function useKernels(others: Partial<Kernels>): () => void {
  const before = current;
  place({ ...current, ...others });
  return () => place(before);
}

function place(kernels: Kernels): void {
  current = kernels;
  // biome-ignore format: the list above once more
  ({
    addColumns, addRowsAt, addressesOf, allTrueRows, anyTrueRows, averages, cast, cholesky, clearTriangle, cofactors,
    columnsOf, contiguous, convolve, copy, copyIn, copyInto, copyLike, correlate, countTrueRows, countUp, countsOf,
    crossRows, ctcLosses, ctcSlope, deconvolve, determinants, deviationRows, dropoutMask, dropoutNoise,
    eigenGeneral, eigenSymmetric, evenlySpaced, exponentials, extremePlaces, extremeRows, extremeWithPlace, factorLU, fill, fillBy,
    fillChoices, fillDiagonal, fillRepeats, fillTriangle, firstWithout, firstZero, fourierRows, identities, int64Of,
    inverseDeviation, kthPlace, largest, largestClass, largestRows, logSoftmaxBackwardRows, logSoftmaxRows,
    logSumExpRows, logisticOf, map1, map2, map3, mapN, marginLosses, matrixProduct, meanRows, medianPlace, membersOf,
    modePlace, moments, moveMasked, multilabelMargins, nanMedianPlace, negativeLogLikelihood,
    negativeLogLikelihoodBackward, nonzeroRows, normRows, numbersIn, offsetsOf, oneHotRows, orthogonal, pairwiseSums,
    permutationsOf, pickItems, pickRows, pickValues, placesIn, pointDistances, productRows, readAt, recurrenceRows,
    reflections, reluOf, rreluNoise, runningExtreme, runningLogSumExp, runsOf, scanRows, scatterAddInto, select,
    shrinkRowsAt, singularValues, softmaxBackwardRows, softmaxRows, solveSystems, solveTriangular, sortRows, spread,
    standardize, standardizeBackward, sumRows, takeMasked, tanhOf, totalOf, varianceRows, writeAt,
  } = kernels);
}
