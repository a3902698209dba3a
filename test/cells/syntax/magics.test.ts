import { describe, expect, it } from 'vitest';
import { withoutMagics } from '../../../src/cells/syntax/magics.ts';
import { shown } from '../torch/session.ts';

describe('magics', () => {
  it.each([
    ['%matplotlib inline\nx = 1', 'pass\nx = 1'],
    ['!pip install a \\\n  b\nx', 'pass\n\nx'],
    ['if a:\n    %load_ext autoreload\n', 'if a:\n    pass\n'],
    ['%time f(x)\n%timeit -n 10 -r 3 g()', 'f(x)\ng()'],
    ['%%time\nx = 1', 'pass\nx = 1'],
    ['x = (7\n% 4)', 'x = (7\n% 4)'],
    ['s = """\n%time\n!ls\n"""', 's = """\n%time\n!ls\n"""'],
    ["a = 'it\\'s' # (\n%pylab", null],
    ['%%bash\nls', null],
    ['x = 1\n%%time', null],
  ])('%j', (text, expected) => {
    if (expected === null) expect(() => withoutMagics(text)).toThrow(/is not supported in cells/);
    else expect(withoutMagics(text)).toBe(expected);
  });

  it('keep the lines of errors', () => {
    expect(shown('%matplotlib inline\n\n1/0')).toBe('ZeroDivisionError: division by zero');
  });
});

describe('a semicolon at the end', () => {
  it.each([
    ['x = 3\nx;', ''],
    ['x = 3\nx; # why', ''],
    ['x = 3; x', '3'],
    ['print(1); 2', '1\n2'],
    ["';'", "';'"],
  ])('of %j silences the value', (code, expected) => {
    expect(shown(code)).toBe(expected);
  });
});
