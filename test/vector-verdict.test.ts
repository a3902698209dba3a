import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findVerdict, rememberedVerdict } from '../src/vector-verdict.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradwire-verdict-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the verdict on wide vectors', () => {
  it('is found in another process, and remembered', { timeout: 60_000 }, async () => {
    const file = join(folder, 'cache', 'verdict.json');
    expect(rememberedVerdict(file)).toBeUndefined();
    const wide = await findVerdict(file);
    expect(rememberedVerdict(file)).toBe(wide);
    if (process.arch !== 'x64') expect(wide).toBe(false);
  });

  it('is not believed of another machine, or where it was damaged', async () => {
    const file = join(folder, 'other.json');
    const wide = await findVerdict(file);
    const { key } = JSON.parse(readFileSync(file, 'utf8'));
    expect(key).toContain(process.versions.v8);
    for (const text of [JSON.stringify({ key: `${key}!`, wide }), JSON.stringify({ key }), '{', '']) {
      writeFileSync(file, text);
      expect(rememberedVerdict(file)).toBeUndefined();
    }
  });

  it('is given where it cannot be remembered', { timeout: 60_000 }, async () => {
    const file = join(folder, 'a file');
    writeFileSync(file, '');
    expect(typeof (await findVerdict(join(file, 'verdict.json')))).toBe('boolean');
  });
});
