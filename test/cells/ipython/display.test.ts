import { describe, expect, it } from 'vitest';
import { cleanHtml, cleanSvg } from '../../../src/cells/ipython/sanitize.ts';
import { run, shown } from '../pyplot/session.ts';

const step = (): void => undefined;

describe('IPython.display', () => {
  it('shows markup as such, and text in its place among what is printed', () => {
    const { displays, stdout } = run(
      "from IPython.display import display, Markdown, Math\nprint('a'); display(3); print('b')\ndisplay(Markdown('**x**'), Math('x^2'))",
    );
    expect(stdout).toBe('a\n3\nb\n');
    expect(displays).toEqual([
      { mime: 'text/markdown', data: '**x**' },
      { mime: 'text/latex', data: '$\\displaystyle x^2$' },
    ]);
  });

  it('shows objects of the cell in their richest form, made harmless', () => {
    const code = "class A:\n    def _repr_html_(self): return '<b>x</b><script>y</script>'\nA()";
    expect(run(code).displays).toEqual([{ mime: 'text/html', data: '<b>x</b>' }]);
  });

  it('clears what was shown', () => {
    expect(run("from IPython.display import *\ndisplay(Markdown('x')); clear_output(wait=True)").displays).toEqual([]);
  });

  it('knows the shell, which does nothing', () => {
    expect(shown("get_ipython().run_line_magic('matplotlib', 'inline')")).toBe('');
    expect(shown("from IPython.display import Image\nImage('x.png')")).toBe(
      "FileNotFoundError: [Errno 2] No such file or directory: 'x.png'",
    );
  });
});

describe('markup', () => {
  it.each([
    ['<b onclick="x()">hi</b>', '<b>hi</b>'],
    ['<script>alert(1)</script>a', 'a'],
    ['<ScRiPt>x</sCrIpT >b', 'b'],
    ['<img src=x onerror=y>c', 'c'],
    ['<a href="javascript:x">d</a>', '<a>d</a>'],
    ['a < b & c &lt;i&gt;', 'a &lt; b &amp; c &lt;i&gt;'],
    ['<p style="color:red;background:url(//x);position:fixed">e', '<p style="color: red">e</p>'],
    ['<td colspan="2" class=x>f</td></table>', '<td colspan="2">f</td>'],
    ['<svg><script>x</script></svg>g', 'g'],
    ['<!-- <b> -->h<!doctype x>', 'h'],
    ['<b title="&quot;><script>">i', '<b title="&quot;&gt;&lt;script&gt;">i</b>'],
    ['<b <i>j', '&lt;b <i>j</i>'],
  ])('%s', (given, kept) => {
    expect(cleanHtml(given, step)).toBe(kept);
  });

  it('of pictures holds nothing that runs or fetches', () => {
    const svg = cleanSvg(
      '<?xml version="1.0"?><svg onload="x()" width="9"><use href="#a"/><image href="http://x"/><rect fill="url(http://x)" width="1"/><path d="M0 0" fill="url(#g)"/><animate attributeName="href"/><text>t</text>',
      step,
    );
    expect(svg).toBe(
      '<svg xmlns="http://www.w3.org/2000/svg" width="9"><rect width="1"></rect><path d="M0 0" fill="url(#g)"/><text>t</text></svg>'.replace(
        '<rect width="1"></rect>',
        '<rect width="1"/>',
      ),
    );
    expect(() => cleanSvg('<b>', step)).toThrow('begins with <svg');
  });

  it('that never ends is read in linear time', () => {
    const started = performance.now();
    cleanHtml('<a "'.repeat(100_000), step);
    cleanHtml(`<a x='"`.repeat(100_000), step);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
