import { describe, expect, it } from 'vitest';
import { derived, latexOf, render } from './explaining.ts';

const LINE = { inputs: { x: [1], w: [2], b: [0], y: [1] }, of: 'loss', wrt: ['w', 'b'] };
const graph = {
  inputs: ['x', 'w', 'b', 'y'],
  nodes: [
    { op: 'mul', inputs: ['x', 'w'], outputs: ['z'] },
    { op: 'add', inputs: ['z', 'b'], outputs: ['pred'] },
    { op: 'mse_loss', inputs: ['pred', 'y'], outputs: ['loss'] },
  ],
  outputs: ['loss'],
};

describe('a line and its squared error', () => {
  const answer = derived({ ...LINE, graph });

  it('is derived edge by edge', () => {
    expect(answer.steps.map(({ id, kind, node, from, to }) => [id, kind, node, from, to])).toEqual([
      [0, 'seed', null, null, 'loss'],
      [1, 'product', 2, 'loss', 'pred'],
      [2, 'pass', 1, 'pred', 'z'],
      [3, 'pass', 1, 'pred', 'b'],
      [4, 'product', 0, 'z', 'w'],
    ]);
    expect(answer.steps[1].local).toMatchObject({ form: 'elementwise', reads: ['pred', 'y'], tensor: { data: [2] } });
    expect(answer.steps[4]).toMatchObject({
      upstream: { step: 2, tensor: { data: [2] } },
      local: { latex: 'x', reads: ['x'], tensor: { data: [1] } },
      result: { tensor: { data: [2] }, reduced_axes: [] },
      text: '∂loss/∂w = ∂loss/∂z · x = 2 · 1 = [2]',
    });
    expect(answer.result).toMatchObject({ w: { data: [2] }, b: { data: [2] } });
    expect(answer.sums.map(({ value, terms }) => [value, terms]).sort()).toEqual([
      ['b', [3]],
      ['w', [4]],
    ]);
  });

  it('has a forward line for each node on the way', () => {
    expect(answer.forward.map(({ node, text }) => [node, text])).toEqual([
      [0, 'z = x · w = 1 · 2 = 2'],
      [1, 'pred = z + b = 2 + 0 = 2'],
      [2, 'loss = mean((pred - y)^2) = mean((2 - 1)^2) = 1'],
    ]);
  });

  it('is checked, and says so', () => {
    expect(answer.check?.method).toBe('central_difference');
    expect(answer.check?.max_abs_error).toBeLessThan(1e-8);
    expect(answer.text).toContain('∂loss/∂w');
    for (const latex of latexOf(answer)) render(latex);
  });
});
