/** Windows by strides: what they show, what carries gradients back, and what they refuse. */
import { describe, expect, it } from 'vitest';
import { grad } from '../../../src/autograd/backward.ts';
import '../../../src/ops/registry.ts';
import { stridedWindow, stridedWindowBackward, stridedWindowScatter } from '../../../src/ops/indexing/strided.ts';
import { transpose } from '../../../src/ops/shape/dims.ts';
import { flat, leaf, tensor } from '../../support/tensors.ts';

describe('strided_window', () => {
  it('counts elements in row-major order, whichever way they lie', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(flat(stridedWindow(x, [2, 2], [3, 1], 1))).toEqual([2, 3, 5, 6]);
    expect(flat(stridedWindow(transpose(x, 0, 1), [3], [2], 1))).toEqual([4, 5, 6]);
  });

  it('adds up gradients of what it shows several times', () => {
    const x = leaf([1, 2, 3]);
    const [g] = grad(
      [stridedWindow(x, [2, 2], [1, 1], 0)],
      [x],
      [
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ],
    );
    expect(flat(g)).toEqual([1, 5, 4]);
    expect(flat(grad([stridedWindow(x, [3], [0], 1)], [x], [tensor([1, 2, 3])])[0])).toEqual([0, 6, 0]);
  });

  it('refuses what reaches beyond the elements', () => {
    const x = tensor([1, 2, 3]);
    expect(() => stridedWindow(x, [2], [3], 0)).toThrow(/reach element 3 of 3/);
    expect(() => stridedWindow(x, [2], [1, 1], 0)).toThrow(/mismatch in length of strides and shape/);
    expect(() => stridedWindow(x, [2], [-1], 1)).toThrow(/negative strides are not supported/);
    expect(() => stridedWindow(x, [-2], [1], 0)).toThrow();
    expect(() => stridedWindowBackward(tensor([1]), [2], [2], [1], 0)).toThrow(/has shape \[1\]/);
    expect(stridedWindow(x, [0, 5], [1, 1], 9).shape).toEqual([0, 5]);
  });
});

describe('strided_window_scatter', () => {
  it('replaces a window, and lets gradients reach both sides', () => {
    const x = leaf([1, 2, 3, 4]);
    const v = leaf([10, 20]);
    const y = stridedWindowScatter(x, v, [2], [2], 1);
    expect(flat(y)).toEqual([1, 10, 3, 20]);
    expect(grad([y], [x, v], [tensor([1, 2, 3, 4])]).map(flat)).toEqual([
      [1, 0, 3, 0],
      [2, 4],
    ]);
  });

  it('refuses windows that show an element twice, and values of another shape', () => {
    const x = tensor([1, 2, 3, 4]);
    expect(() => stridedWindowScatter(x, tensor([1, 2]), [2], [0], 0)).toThrow(/more than one element/);
    expect(() => stridedWindowScatter(x, tensor([1]), [2], [1], 0)).toThrow(/expected src to have a size/);
  });
});
