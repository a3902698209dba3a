import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from './service.ts';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';

// .ci/run sees to it that there is one; there, its absence is a failure.
const skip = !existsSync(BROWSER) && process.env.CI === undefined;
if (skip) console.warn(`skipped: there is no ${BROWSER}; set CHROMIUM to where a Chromium is`);

describe.skipIf(skip)('Swagger UI', { timeout: 60_000 }, () => {
  let service: Service;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  const foreign: string[] = [];

  beforeAll(async () => {
    service = await startService();
    browser = await chromium.launch({
      executablePath: BROWSER,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== service.url && url.protocol !== 'data:' && url.protocol !== 'blob:')
        foreign.push(request.url());
    });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  it('shows the document', async () => {
    await page.goto(`${service.url}/docs`);
    await page.getByRole('heading', { name: /Gradwire/ }).waitFor();
    expect(await page.title()).toBe('Gradwire');
    const tags = await page
      .locator('.opblock-tag')
      .evaluateAll((all) => all.map((tag) => tag.getAttribute('data-tag')));
    expect(tags).toEqual([
      'activations',
      'losses',
      'evaluate',
      'derivatives',
      'graphs',
      'models',
      'inference',
      'sessions',
      'ops',
      'health',
    ]);
  });

  it.each(['/v1/losses/cross_entropy', '/v1/evaluate'])('runs the example of %s as it stands', async (path) => {
    const block = page.locator('.opblock', { has: page.locator(`[data-path="${path}"]`) });
    await block.locator('.opblock-summary-control').click();
    await block.getByRole('button', { name: 'Execute' }).click();
    const live = block.locator('.live-responses-table');
    await live.waitFor();
    expect(await live.locator('.response-col_status').nth(1).textContent()).toMatch(/^200/);
    const body = JSON.parse((await live.locator('.highlight-code').first().innerText()).replace(/^Download/, ''));
    const graph = { format: 'gradwire/graph@1', nodes: expect.any(Array), values: expect.any(Object) };
    if (path === '/v1/evaluate') {
      expect(body).toMatchObject({
        outputs: { loss: { shape: [] } },
        grads: { w: { shape: [2] }, b: { shape: [] } },
        graph,
      });
    } else {
      expect(body).toMatchObject({
        output: { shape: [], data: expect.any(Number) },
        grad: { input: { dtype: 'float32' } },
        graph,
      });
    }
  });

  it('asks no other host, and nothing goes wrong', async () => {
    expect(foreign).toEqual([]);
    expect(errors).toEqual([]);
  });
});
