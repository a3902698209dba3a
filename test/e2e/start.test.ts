import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService } from './service.ts';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradwire-start-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('compiled code', { timeout: 60_000 }, () => {
  async function startsWith(cache: string): Promise<void> {
    const service = await startService({ NODE_COMPILE_CACHE: cache });
    try {
      const { statusCode, body } = await request(`${service.url}/v1/ops/relu`);
      expect(statusCode).toBe(200);
      await body.dump();
    } finally {
      expect(await service.stop()).toBe(0);
    }
  }

  it('is kept for the next start', async () => {
    const cache = join(folder, 'kept');
    await startsWith(cache);
    const kept = filesIn(cache).sort();
    expect(kept.length).toBeGreaterThan(100);
    await startsWith(cache);
    expect(filesIn(cache).sort()).toEqual(kept);
  });

  it('is done without where it cannot be kept', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await startsWith(join(file, 'cache'));
  });

  it('is mistrusted where it was damaged', async () => {
    const cache = join(folder, 'damaged');
    await startsWith(cache);
    for (const path of filesIn(cache)) writeFileSync(path, 'x'.repeat(5000));
    await startsWith(cache);
  });

  it('is made beforehand by src/warm.ts, threads and documentation included', async () => {
    const cache = join(folder, 'warm');
    mkdirSync(cache);
    await promisify(execFile)(process.execPath, ['src/warm.ts'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: cache },
    });
    const made = filesIn(cache).sort();
    const service = await startService({ NODE_COMPILE_CACHE: cache });
    const document = await request(`${service.url}/openapi.json`);
    await document.body.dump();
    const code = await request(`${service.url}/v1/evaluate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: 'y = torch.ones(2)' }),
    });
    await code.body.dump();
    await service.stop();
    expect([document.statusCode, code.statusCode]).toEqual([200, 200]);
    expect(made.length).toBeGreaterThan(1000);
    expect(filesIn(cache).sort()).toEqual(made);
  });
});
