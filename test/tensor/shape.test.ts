import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  broadcastShapes,
  checkShape,
  contiguousStrides,
  expandsTo,
  normalizeDim,
  normalizeDims,
  numelOf,
  reducedShape,
} from '../../src/tensor/shape.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });

describe('broadcastShapes', () => {
  it('gives a shape that both expand to', () => {
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.boolean()), (shape, ones) => {
        const other = shape.map((n) => (ones.next().value ? 1 : n));
        const out = broadcastShapes(shape, other);
        expect(out).toEqual(shape);
        expect(expandsTo(other, out)).toBe(true);
      }),
    );
  });

  it('names both shapes and the dimension that does not fit', () => {
    expect(() => broadcastShapes([2, 3], [4, 3])).toThrow(/\[2, 3\] and \[4, 3\].*2 and 4 at dimension 0/);
    expect(() => broadcastShapes([3], [2, 4])).toThrow(/3 and 4 at dimension 1/);
  });
});

describe('contiguousStrides', () => {
  it('counts elements in row-major order', () => {
    expect(contiguousStrides([2, 3, 4])).toEqual([12, 4, 1]);
    expect(contiguousStrides([])).toEqual([]);
    expect(contiguousStrides([2, 0, 4])).toEqual([4, 4, 1]);
  });

  it('reaches the last element with the largest index', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 5 }), (shape) => {
        const last = contiguousStrides(shape).reduce((at, stride, d) => at + stride * (shape[d] - 1), 0);
        expect(last).toBe(numelOf(shape) - 1);
      }),
    );
  });
});

describe('dimensions', () => {
  it('count from either end', () => {
    expect([normalizeDim(-1, 3), normalizeDim(0, 3), normalizeDim(-1, 0), normalizeDim(0, 0)]).toEqual([2, 0, 0, 0]);
    expect(() => normalizeDim(3, 3)).toThrow('expected to be in range of [-3, 2], but got 3');
    expect(() => normalizeDim(1, 0)).toThrow('expected to be in range of [-1, 0], but got 1');
  });

  it('are all of them where none is named, and none of them twice', () => {
    expect(normalizeDims(undefined, 2)).toEqual([0, 1]);
    expect(normalizeDims([], 2)).toEqual([0, 1]);
    expect(normalizeDims([-1], 2)).toEqual([1]);
    expect(() => normalizeDims([0, -2], 2)).toThrow('appears multiple times');
  });

  it('leave the shape when they are reduced', () => {
    expect(reducedShape([2, 3, 4], [1], false)).toEqual([2, 4]);
    expect(reducedShape([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
  });
});

it('refuses shapes that no tensor has', () => {
  expect(() => checkShape([2, -1])).toThrow('[2, -1]');
  expect(() => checkShape(Array(65).fill(1))).toThrow('at most 64 dimensions, but got 65');
  expect(() => checkShape(Array(64).fill(1))).not.toThrow();
});
