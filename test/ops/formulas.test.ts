/** What ops say of themselves in LaTeX: that it can be set, and that nothing is left out. */
import katex from 'katex';
import { describe, expect, it } from 'vitest';
import { ops } from '../../src/ops/registry.ts';

/** Sets LaTeX as a page would, and throws at what KaTeX does not know, or knows only by its extensions. */
const set = (text: string): string => katex.renderToString(text, { throwOnError: true, strict: 'error' });

describe.each(ops.map((op) => [op.name, op] as const))('%s', (_, op) => {
  it('has a formula that can be set, and a derivative if it has a gradient', () => {
    const texts = [op.formula, ...(op.derivative === undefined ? [] : [op.derivative])];
    expect(texts).toHaveLength(op.differentiable ? 2 : texts.length);
    for (const text of texts) {
      expect(text).not.toMatch(/\$\{|undefined|\[object/);
      expect(text.trim()).not.toBe('');
      expect(() => set(text)).not.toThrow();
    }
  });
});
