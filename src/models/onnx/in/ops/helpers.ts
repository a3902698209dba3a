/** What the tables share: sizes that are numbers or values, casts, axes. */
import { type DType, isFloating } from '../../../../tensor/dtype.ts';
import { float, type Scalar } from '../../../../tensor/scalar.ts';
import type { OnnxNode } from '../node.ts';
import type { Val } from '../val.ts';

/** A size: a number where it is known, else a value of no dimensions that is read when the graph runs. */
export type Dim = number | Val;

export const cast = (n: OnnxNode, v: Val, dtype: DType): Val =>
  v.dtype === dtype ? v : n.build.one('to', [v], { dtype });

/** Indices are int64 in PyTorch. */
export const asIndex = (n: OnnxNode, v: Val): Val => cast(n, v, 'int64');

/** A number as an operand: a float beside floats, however whole it is. */
export const scalarFor = (v: Val, x: number): Scalar => (isFloating(v.dtype) ? float(x) : x);

/** The size of one dimension. */
export function dimOf(n: OnnxNode, v: Val, d: number): Dim {
  const known = v.sizes?.at(d);
  if (known !== undefined && known !== null) return known;
  const shape = n.build.one('shape_as_tensor', [v]);
  return n.build.one('select', [shape], { dim: 0, index: d });
}

/** All sizes. */
export const dimsOf = (n: OnnxNode, v: Val): Dim[] => Array.from({ length: n.rank(v) }, (_, d) => dimOf(n, v, d));

export function times(n: OnnxNode, a: Dim, b: Dim): Dim {
  if (a === 1) return b;
  if (b === 1) return a;
  if (typeof a === 'number') return typeof b === 'number' ? a * b : n.build.one('mul', [b, a]);
  return n.build.one('mul', [a, b]);
}

/** A size as a list in an attribute wants it: at most one may be left to be found out. */
export function reshape(n: OnnxNode, v: Val, shape: readonly Dim[]): Val {
  const open = shape.filter((d) => typeof d !== 'number');
  // One that is not known follows from the others.
  const list =
    open.length === 1 && !shape.includes(-1) && !shape.includes(0)
      ? shape.map((d) => (typeof d === 'number' ? d : -1))
      : shape;
  return n.build.one('reshape', [v], { shape: list });
}

/** An axis counted from the front, which needs the rank only where it is counted from the end. */
export const axisOf = (v: Val, axis: number): number => (axis < 0 && v.rank !== undefined ? axis + v.rank : axis);

/** One known number of an operand, or the value itself. */
export function single(v: Val): number | Val {
  const { numbers } = v;
  return numbers !== undefined && numbers.length === 1 ? numbers[0] : v;
}

/** The number that an operand holds, which has to be known. */
export const knownNumber = (n: OnnxNode, v: Val, what: string): number => n.known(v, what)[0];

/** All elements of a slice along a dimension: `index` of getitem for one axis, counted from the front or from the end. */
export const FULL = { slice: [null, null, null] };

export function indexAt(axis: number, item: unknown): unknown[] {
  if (axis >= 0) return [...new Array(axis).fill(FULL), item];
  return ['...', item, ...new Array(-axis - 1).fill(FULL)];
}
