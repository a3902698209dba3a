/** Comparisons, and what is made of bools. */
import { type Entry, since, type Table } from '../node.ts';
import { aligned } from './pointwise.ts';

const pair = (op: string, versions: readonly number[]): Entry => since(versions, (n) => n.build.one(op, aligned(n)));

export const logic: Table = {
  And: pair('logical_and', [1, 7]),
  Equal: pair('eq', [1, 7, 11, 13, 19]),
  Greater: pair('gt', [1, 7, 9, 13]),
  GreaterOrEqual: pair('ge', [12, 16]),
  Less: pair('lt', [1, 7, 9, 13]),
  LessOrEqual: pair('le', [12, 16]),
  Not: since([1], (n) => n.build.one('logical_not', [n.input(0)])),
  Or: pair('logical_or', [1, 7]),
  Where: since([9, 16], (n) => n.build.one('where', [n.input(0), n.input(1), n.input(2)])),
  Xor: pair('logical_xor', [1, 7]),
};
