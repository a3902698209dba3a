import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cells/pyplot/session.ts';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';

const HOSTILE = `
bad = ['<script>window.hit=1</script>', '"><img src=//x.invalid onerror=window.hit=1>', '</text><a href="javascript:window.hit=1">x', "' onload='window.hit=1", ']]>&lt;x', '\\x00\\x08\\ud800', '$\\\\alpha^{<script>}$']
for b in bad:
    plt.plot([1, 2], [2, 1], label=b)
plt.title(bad[0]); plt.xlabel(bad[1]); plt.ylabel(bad[2])
plt.xticks([1, 2], bad[3:5]); plt.text(1, 1, bad[5]); plt.annotate(bad[6], xy=(1, 2))
plt.bar(bad[:2], [1, 2]); plt.suptitle(bad[2])
plt.legend(title=bad[1]); plt.imshow([[0, 1], [1, 0]]); plt.colorbar(label=bad[3])
plt.show()`;

interface Seen {
  readonly broken: string | null;
  readonly names: string[];
}

/** Runs in the page. */
const LOOK = `(svg) => {
  const strict = new DOMParser().parseFromString(svg, 'image/svg+xml');
  const all = [...document.querySelectorAll('svg, svg *')];
  const attributes = all.flatMap((one) => [...one.attributes].map(({ name, value }) => [name, value]));
  return {
    broken: strict.querySelector('parsererror')?.textContent ?? null,
    names: [...new Set(all.map((one) => one.tagName))].sort(),
    handlers: attributes.filter(([name]) => name.startsWith('on')),
    links: attributes.filter(([name, value]) => /href|src/.test(name) && !value.startsWith('data:image/png;base64,')),
    outside: document.body.children.length,
    hit: 'hit' in window,
  };
}`;

describe.skipIf(!existsSync(BROWSER))('pictures in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => browser?.close());

  it('run nothing and fetch nothing, whatever their labels say', async () => {
    const { displays, error } = run(HOSTILE);
    expect(error).toBeUndefined();
    expect(displays).toHaveLength(1);
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith('data:image/png')) asked.push(request.url());
    });
    await page.setContent(`<body>${displays[0].data}</body>`);
    const seen = (await page.evaluate(`(${LOOK})(${JSON.stringify(displays[0].data)})`)) as Seen;
    expect(seen.broken).toBeNull();
    expect(seen.names).toEqual(
      ['circle', 'g', 'image', 'path', 'rect', 'svg', 'text', 'tspan'].filter((name) => seen.names.includes(name)),
    );
    expect(seen).toMatchObject({ handlers: [], links: [], outside: 1, hit: false });
    expect(asked.filter((url) => !url.startsWith('about:'))).toEqual([]);
    await page.close();
  }, 60_000);
});
