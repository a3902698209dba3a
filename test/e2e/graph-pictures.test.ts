import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PictureGraph, PictureNode, PictureValue } from '../../src/draw/graph/model.ts';
import { drawGraph } from '../../src/draw/graph/picture.ts';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const MERMAID = createRequire(import.meta.url)
  .resolve('mermaid')
  .replace(/[^/\\]+$/, 'mermaid.min.js');

const HOSTILE = [
  '<script>window.hit=1</script>',
  '"><img src=//x.invalid onerror=window.hit=1>',
  "' onload='window.hit=1",
  ']]>&lt;x',
  '%%{init: {"securityLevel": "loose"}}%%',
  'style n0: x#35;',
  '`**bold**`',
  '"]; click n0 "javascript:window.hit=1"',
  'end',
  '\u0000\u0008',
];

interface Seen {
  readonly names: string[];
  readonly values: string[];
}

/** Runs in the page. */
const LOOK = `(text) => {
  const strict = new DOMParser().parseFromString(text, 'image/svg+xml');
  return {
    broken: strict.querySelector('parsererror')?.textContent ?? null,
    names: [...new Set([...document.querySelectorAll('svg, svg *')].map((one) => one.tagName))].sort(),
    values: [...document.querySelectorAll('[data-value]')].map((one) => one.getAttribute('data-value')),
    loss: document.querySelector('#loss')?.getAttribute('data-value'),
    lists: document.querySelectorAll('[role=list] [role=list] [role=listitem]').length,
    hit: 'hit' in window,
  };
}`;

interface Drawn {
  readonly diagramType: string;
  readonly labels: string[];
  readonly hit: boolean;
}

/** Runs in a page that has Mermaid. */
const DRAW = `async (source) => {
  mermaid.initialize({ startOnLoad: false });
  const { diagramType } = await mermaid.parse(source);
  const { svg } = await mermaid.render('drawn', source);
  (document.querySelector('#at')).innerHTML = svg;
  const labels = [...document.querySelectorAll('.node .nodeLabel')].map((one) => one.textContent ?? '');
  return { diagramType, labels, hit: 'hit' in window };
}`;

const value = (name: string, more: Partial<PictureValue> = {}): PictureValue => ({
  name,
  dtype: 'float32',
  shape: [2, 3],
  requiresGrad: false,
  role: 'made',
  output: false,
  ...more,
});

function graph(names: readonly string[]): PictureGraph {
  const values = [...names.map((name) => value(name, { role: 'input', data: '[1, -2.5]' })), value('loss')];
  const inputs = names.map((_, i) => i);
  const nodes: PictureNode[] = [
    { op: 'stack', attrs: 'dim=1', inputs, outputs: [names.length], back: false, of: -1 },
    { op: 'mul', attrs: names[0], inputs: [names.length, 0], outputs: [names.length + 1], back: true, of: 0 },
  ];
  return { values: [...values, value('d_x', { gradOf: names[0] })], nodes };
}

const settings = { theme: 'auto', collapse: true, tick: () => {} } as const;

describe.skipIf(!existsSync(BROWSER))('pictures of graphs in a browser', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
    page = await browser.newPage();
  }, 60_000);
  afterAll(async () => browser?.close());

  it('are well-formed, run nothing and can be addressed by value', async () => {
    const svg = drawGraph(graph(HOSTILE), 'svg', settings);
    await page.setContent(`<body>${svg}</body>`);
    const seen = (await page.evaluate(`(${LOOK})(${JSON.stringify(svg)})`)) as Seen;
    expect(seen.names).toEqual(['desc', 'g', 'path', 'rect', 'style', 'svg', 'text', 'title', 'tspan']);
    const kept = HOSTILE.slice(0, -1);
    expect(seen).toMatchObject({ broken: null, loss: 'loss', lists: 2, hit: false });
    expect(seen.values).toEqual(expect.arrayContaining([...kept, 'loss', 'd_x']));
  });

  it('are read by Mermaid, whatever their names say', async () => {
    await page.setContent('<body><div id="at"></div></body>');
    await page.addScriptTag({ path: MERMAID });
    for (const names of [['x', 'w'], HOSTILE]) {
      const text = drawGraph(graph(names), 'mermaid', settings);
      const drawn = (await page.evaluate(`(${DRAW})(${JSON.stringify(text)})`)) as Drawn;
      expect([drawn.diagramType, drawn.labels.length, drawn.hit]).toEqual(['flowchart-v2', names.length + 2, false]);
    }
  });
});
