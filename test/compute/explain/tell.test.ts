/** Derivations as a person reads them: whole, in plain text and in Markdown. */
import { describe, expect, it } from 'vitest';
import { told } from './explaining.ts';

const LAYER = {
  inputs: {
    x: [[1, -2]],
    W1: [
      [0.5, -0.5],
      [0.25, 1],
    ],
    b1: [0, 3],
    y: [[1, 1]],
  },
  code: 'loss = F.mse_loss(x @ W1.T + b1, y)',
  of: 'loss',
  wrt: ['W1', 'b1'],
};

describe('in plain text', () => {
  const text = told(LAYER, 'text/plain');

  it('has names as they were sent, and nothing of LaTeX', () => {
    expect(text).toContain('T_1 = W1ᵀ = [[0.5, -0.5], [0.25, 1]]ᵀ');
    expect(text).not.toMatch(/mathsf|\\/);
    expect(text).not.toContain('W_1');
  });

  it('gives a result once behind its formula', () => {
    const [line] = /^ {2}∂loss\/∂b1 = .*$/m.exec(text.slice(text.indexOf('Result:'))) ?? [];
    expect(line?.split(' = ')).toHaveLength(4);
    expect(line).toMatch(/ = \[[^[\]]+\]$/);
  });

  it('says where the gradient of pooled elements goes', () => {
    const pool = told(
      { inputs: { x: [[[1, 5, 2]]] }, code: 'y = F.max_pool1d(x, 2, 1).sum()', of: 'y', wrt: 'x' },
      'text/plain',
    );
    expect(pool).toContain('what is largest in several windows gets the sum');
  });
});

it('begins in Markdown with one line', () => {
  const seed = told(LAYER, 'text/markdown').split('**Step ')[1];
  expect(seed.match(/\$\$/g)).toHaveLength(2);
});
