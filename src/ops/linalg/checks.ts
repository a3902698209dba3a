/** What all products ask of their operands, in words. */
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** Products do not promote: both operands are of one dtype, and it is not bool. */
export function checkDTypes(op: string, names: readonly string[], operands: readonly Tensor[]): void {
  for (let i = 1; i < operands.length; i++) {
    if (operands[i].dtype !== operands[0].dtype) {
      throw dtypeError(
        `${op}: expected ${names[0]} and ${names[i]} to have the same dtype, but got ${operands[0].dtype} and ${operands[i].dtype}`,
      );
    }
  }
  if (operands[0].dtype === 'bool')
    throw dtypeError(`${op} is not implemented for bool; cast to an integer or floating dtype first`);
}

/** A tensor has the number of dimensions that the op is for. */
export function checkRank(op: string, name: string, t: Tensor, rank: number): void {
  if (t.ndim === rank) return;
  const kind = rank === 1 ? 'vector' : rank === 2 ? 'matrix' : 'batch of matrices';
  throw shapeMismatch(
    `${op}: ${name} must be a ${kind} with ${rank} dimension${rank === 1 ? '' : 's'}, but has shape ${showShape(t.shape)}`,
  );
}

/** The inner dimensions of a product agree. */
export function checkInner(left: string, right: string, a: Tensor, b: Tensor): void {
  const da = a.ndim - 1;
  const db = Math.max(b.ndim - 2, 0);
  if (a.shape[da] === b.shape[db]) return;
  throw shapeMismatch(
    `${left} and ${right} shapes cannot be multiplied (${showShape(a.shape)} and ${showShape(b.shape)}): dimension ${da} of ${left} has size ${a.shape[da]}, but dimension ${db} of ${right} has size ${b.shape[db]}`,
  );
}

/** Both have the same number of matrices. */
export function checkBatch(op: string, left: string, right: string, a: Tensor, b: Tensor): void {
  if (a.shape[0] === b.shape[0]) return;
  throw shapeMismatch(
    `${op}: ${left} and ${right} must have the same number of matrices at dimension 0, but got ${a.shape[0]} and ${b.shape[0]} (shapes ${showShape(a.shape)} and ${showShape(b.shape)})`,
  );
}

/** Batches of matrices of a floating dtype. */
export function checkMatrices(op: string, name: string, t: Tensor): void {
  if (t.ndim < 2)
    throw shapeMismatch(`${op}: ${name} must have at least 2 dimensions, but has shape ${showShape(t.shape)}`);
  if (!isFloating(t.dtype)) throw dtypeError(`${op}: expected a floating dtype, but ${name} is ${t.dtype}`);
}

/** Refuses what is no batch of square matrices. */
export function checkSquare(op: string, name: string, t: Tensor): void {
  checkMatrices(op, name, t);
  const [rows, columns] = t.shape.slice(-2);
  if (rows !== columns) {
    throw shapeMismatch(
      `${op}: ${name} must be batches of square matrices, but they are ${rows} by ${columns} matrices (shape ${showShape(t.shape)})`,
    );
  }
}

/** In words, which matrix of a batch is at fault. */
export const inBatch = (matrix: number, rank: number): string => (rank > 2 ? `(Batch element ${matrix}): ` : '');
