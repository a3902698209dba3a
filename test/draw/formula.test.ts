import { describe, expect, it } from 'vitest';
import { formulaOf, plainText, wrapped } from '../../src/draw/formula.ts';
import { runsWidth } from '../../src/draw/text.ts';
import { ops } from '../../src/ops/registry.ts';

const line = (latex: string): string => plainText(formulaOf(latex).runs);

describe('a formula in one line', () => {
  it.each([
    [String.raw`\frac{1}{1 + e^{-x}}`, '1/(1 + e^(−x))'],
    [String.raw`\tfrac12 (x - y)^2`, '½(x − y)^2'],
    [String.raw`\frac{x - y}{x\,(1 - x)}`, '(x − y)/(x (1 − x))'],
    [
      String.raw`\begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & \text{else} \end{cases}`,
      '{ x if x > 0;  α (e^x − 1) otherwise }',
    ],
    [String.raw`[\,|x| > \lambda\,]`, '[|x| > λ]'],
    [String.raw`\operatorname{erf}\tfrac{x}{\sqrt2}`, 'erf (x/√2)'],
    [String.raw`-w_y \log \frac{a}{\sum_c b}`, '−w_y log (a/∑_c b)'],
    [String.raw`1 - \tanh^2 x`, '1 − tanh^2 x'],
    [String.raw`x\,\sigma(x)\quad\text{or}\quad -y`, 'x σ(x)   or   −y'],
    [String.raw`\max(0, \mathrm{margin} - x)`, 'max(0, margin − x)'],
  ])('%s is %s', (latex, text) => {
    expect(line(latex)).toBe(text);
  });

  it('knows whether it says of what it is the value', () => {
    const named = (latex: string): boolean => formulaOf(latex).named;
    expect(named(String.raw`\sigma(x) = x`)).toBe(true);
    expect(named(String.raw`\begin{cases} x & y = 1 \\ 0 & \text{else} \end{cases}`)).toBe(false);
    expect(named(String.raw`-w\,[\,c = y\,]`)).toBe(false);
    expect(named(String.raw`x,\quad \lambda = 1`)).toBe(false);
  });

  it('leaves nothing of LaTeX in those of any op', () => {
    for (const { formula, derivative = '', category } of ops) {
      if (category !== 'activation' && category !== 'loss') continue;
      for (const latex of [formula, derivative]) expect(line(latex)).not.toMatch(/\\|frac|mathrm|cases|&|[{}]{2}/);
    }
  });

  it('ends whatever it is given', () => {
    for (const text of [
      '{',
      '}',
      '^',
      '_',
      '\\',
      '\\frac',
      '\\frac{',
      '\\begin{cases',
      '\\begin{cases} x & \\\\',
      '\\end{cases}',
      '&',
      'a } b',
      '\\tfrac12345',
      '{'.repeat(100),
    ])
      expect(typeof line(text), text).toBe('string');
  });

  it('is cut at blanks into lines of a width', () => {
    const { runs } = formulaOf(String.raw`\max(0, x) + w \cdot \min(0, x) + \log(1 + e^{-x})`);
    const lines = wrapped(runs, 12);
    expect(lines.length).toBeGreaterThan(1);
    for (const one of lines) expect(runsWidth(one)).toBeLessThanOrEqual(12.4);
    expect(lines.map(plainText).join('')).toBe(plainText(runs));
  });
});
