/** Both stores keep to the same rules. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ModelRecord } from '../../../src/models/record.ts';
import { sharedBytes } from '../../../src/models/record.ts';
import { DirectoryModels } from '../../../src/models/store/directory.ts';
import { MemoryModels } from '../../../src/models/store/memory.ts';
import { type ModelStore, PreconditionFailed, referenceOf, type StoreLimits } from '../../../src/models/store/store.ts';

const root = await mkdtemp(join(tmpdir(), 'gradwire-stores-'));
afterAll(() => rm(root, { recursive: true, force: true }));

const LIMITS: StoreLimits = { maxModels: 2, versions: 2, maxBytes: 100 };
const folder = (): string => join(root, randomUUID());
const stores: [string, (limits?: Partial<StoreLimits>) => ModelStore][] = [
  ['in memory', (limits) => new MemoryModels({ ...LIMITS, ...limits })],
  ['in a directory', (limits) => new DirectoryModels(folder(), { ...LIMITS, ...limits })],
];

const record = (bytes = 10): ModelRecord => ({
  uid: randomUUID(),
  graph: sharedBytes(new Uint8Array(2)),
  constants: sharedBytes(new Uint8Array(bytes - 2).fill(7)),
  info: { inputs: [], outputs: [], parameters: [], ops: {}, nodes: 0, bytes, source: 'graph' },
});

describe.each(stores)('models %s', (_, make) => {
  it('have versions, of which the last are kept', async () => {
    const store = make();
    const records = [record(), record(), record()];
    for (const [i, one] of records.entries()) expect((await store.put('', 'm', one)).version).toBe(i + 1);
    expect((await store.find('', 'm'))?.record.uid).toBe(records[2].uid);
    expect((await store.find('', 'm', 2))?.record.uid).toBe(records[1].uid);
    expect(await store.find('', 'm', 1)).toBeUndefined();
    expect(await store.find('', 'n')).toBeUndefined();
    expect(store.held).toBe(20);
  });

  it('are their owners’', async () => {
    const store = make();
    await store.put('one', 'm', record());
    expect(await store.find('two', 'm')).toBeUndefined();
    expect(await store.find('', 'm')).toBeUndefined();
    expect(await store.list('two')).toEqual([]);
    expect(await store.delete('two', 'm')).toBe(false);
    expect((await store.list('one')).map(({ name, version }) => [name, version])).toEqual([['m', 1]]);
  });

  it('are so many, and take so many bytes', async () => {
    const store = make();
    await store.put('', 'a', record());
    await store.put('one', 'b', record());
    for (const change of [() => store.put('', 'c', record()), () => store.check('', 'c')])
      await expect(change()).rejects.toMatchObject({ code: 'budget', message: expect.stringContaining('MAX_MODELS') });
    await expect(store.put('', 'a', record(81))).rejects.toMatchObject({ code: 'budget' });
    // The version that goes makes room.
    await store.put('', 'a', record(80));
    await store.put('', 'a', record(10));
    expect(await store.delete('', 'a')).toBe(true);
    expect((await store.put('', 'c', record(90))).version).toBe(1);
  });

  it('change under conditions', async () => {
    const store = make();
    await expect(store.put('', 'm', record(), { match: '*' })).rejects.toBeInstanceOf(PreconditionFailed);
    await store.put('', 'm', record(), { absent: true });
    await expect(store.put('', 'm', record(), { absent: true })).rejects.toBeInstanceOf(PreconditionFailed);
    const both = await Promise.allSettled([1, 2].map(() => store.put('', 'm', record(), { match: [1] })));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(store.delete('', 'm', { match: [1] })).rejects.toBeInstanceOf(PreconditionFailed);
    expect(await store.delete('', 'm', { match: [2, 9] })).toBe(true);
    expect([await store.delete('', 'm'), store.held]).toEqual([false, 0]);
  });
});

describe('a directory', () => {
  it('gives other stores what it has, and keeps no more in memory than there is room for', async () => {
    const path = folder();
    const first = new DirectoryModels(path, LIMITS);
    const [a, b] = [record(40), record(60)];
    await first.put('', 'a', a);
    await first.put('', 'b', b);
    const second = new DirectoryModels(path, { ...LIMITS, maxBytes: 60 });
    expect([...((await second.find('', 'a'))?.record.constants ?? [])]).toEqual([...a.constants]);
    expect(second.held).toBe(40);
    const found = await Promise.all([second.find('', 'b'), second.find('', 'b')]);
    expect(found.map((one) => one?.record.uid)).toEqual([b.uid, b.uid]);
    expect(second.held).toBe(60);
    await second.delete('', 'b');
    expect(await first.find('', 'b')).toBeUndefined();
    expect(await readdir(path)).toEqual(['a']);
  });
});

it.each([
  ['m', { name: 'm', version: undefined }],
  ['m@3', { name: 'm', version: 3 }],
  ['m@0', undefined],
  ['m@', undefined],
  ['@1', undefined],
  ['m@1@2', undefined],
  ['.m', undefined],
  ['m/n', undefined],
  ['', undefined],
  ['m\n', undefined],
])('reads the reference %j', (text, expected) => expect(referenceOf(text)).toEqual(expected));
