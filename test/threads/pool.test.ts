import { afterEach, describe, expect, it } from 'vitest';
import { Cancelled, Overloaded, ThreadLost } from '../../src/threads/errors.ts';
import { type PoolSettings, WorkerPool } from '../../src/threads/pool.ts';
import type { OddResult } from '../support/odd-worker.ts';

const open: WorkerPool[] = [];
afterEach(() => Promise.all(open.splice(0).map((pool) => pool.close())));

function unpackError(failure: unknown): Error {
  const { name, message } = failure as { name: string; message: string };
  return Object.assign(new Error(message), { name });
}

function poolOf(settings: Partial<PoolSettings> = {}) {
  const entry = new URL('../support/odd-worker.ts', import.meta.url);
  const pool = new WorkerPool({
    entry,
    setup: null,
    size: 1,
    heapMb: 256,
    memoryLimit: 1e10,
    timeLimitMs: 60_000,
    unpackError,
    ...settings,
  });
  open.push(pool);
  const run = (kind: string, signal?: AbortSignal, body = new Uint8Array(8)) =>
    pool.run<OddResult>({ kind, body, payload: settings.timeLimitMs }, signal);
  const at = (affinity: string, kind: string) =>
    pool.run<OddResult>({ kind, affinity, payload: settings.timeLimitMs }).then(({ body }) => body);
  const threads = () => (pool as unknown as { free: unknown[] }).free.length;
  return { pool, run, at, threads };
}

describe('threads', () => {
  it('are started when they are needed, and no more than there may be', async () => {
    const { run, threads } = poolOf({ size: 2 });
    expect(threads()).toBe(0);
    await run('echo');
    await run('echo');
    expect(threads()).toBe(1);
    await Promise.all([run('echo'), run('echo'), run('echo'), run('echo')]);
    expect(threads()).toBe(2);
  });

  it('take large bodies and give large answers without copying them', async () => {
    const { run } = poolOf();
    const body = new Uint8Array(1_000_000).fill(7);
    const { body: answer } = await run('echo', undefined, body);
    expect(answer).toHaveLength(1_000_000);
    expect(body).toHaveLength(0);
  });

  it('take the next job from one queue, whoever is done first', async () => {
    const { run } = poolOf({ size: 2, timeLimitMs: 3000 });
    await Promise.all([run('echo'), run('echo')]);
    const long = run('ticking').catch((error: Error) => error);
    const began = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => run('echo')));
    expect(performance.now() - began).toBeLessThan(2500);
    expect(await long).toMatchObject({ message: 'time' });
  });

  it('say how long a job waited', async () => {
    const { run } = poolOf({ timeLimitMs: 300 });
    await run('echo');
    const long = run('ticking').catch(() => {});
    const { waitedMs } = await run('echo');
    expect(waitedMs).toBeGreaterThan(250);
    await long;
  });

  it('that cannot be started fail their jobs, each', async () => {
    const { run } = poolOf({ setup: 'fails' });
    const jobs = [run('echo'), run('echo')].map((job) => job.catch((error: Error) => error));
    for (const error of await Promise.all(jobs)) {
      expect(error).toBeInstanceOf(ThreadLost);
      expect(error).toMatchObject({ reason: 'defect', cause: { message: 'a thread that cannot be started' } });
    }
  });
});

describe('a thread that rests', () => {
  it('is told so once, until it has worked again', async () => {
    const { at } = poolOf({ restMs: 30 });
    expect(await at('a', 'rests')).toBe('0');
    await expect.poll(() => at('a', 'rests'), { interval: 300, timeout: 5000 }).toBe('1');
    const { at: other } = poolOf({ restMs: 30 });
    await other('a', 'count');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await other('a', 'rests')).toBe('1');
  });

  it('is told so before its time where memory is short, and the serving thread with it', async () => {
    let short = 0;
    const { at, run } = poolOf({ memoryLimit: 1, restMs: 60_000, onShortage: () => short++ });
    await at('a', 'count');
    await run('ticking', AbortSignal.timeout(500)).catch(() => {});
    expect(await at('a', 'rests')).toBe('1');
    expect(short).toBeGreaterThan(0);
  });

  it('is ended at last where nothing lives in it, but for one', async () => {
    const { pool, at, run, threads } = poolOf({ size: 2, retireMs: 200 });
    await Promise.all([run('echo'), run('echo'), at('a', 'count'), at('b', 'count')]);
    const alive = (kind: 'free' | 'keeping') =>
      (pool as unknown as Record<string, { alive: boolean }[]>)[kind].filter((thread) => thread.alive).length;
    expect([threads(), alive('keeping')]).toEqual([2, 2]);
    await expect.poll(() => alive('free'), { timeout: 5000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect([alive('free'), alive('keeping')]).toEqual([1, 2]);
    expect(await at('a', 'count')).toBe('2');
    pool.release('b');
    await expect.poll(() => alive('keeping'), { timeout: 5000 }).toBe(1);
    expect((await Promise.all([run('echo'), run('echo')])).map(({ length }) => length)).toEqual([8, 8]);
  });
});

describe('a job', () => {
  it('ends at its time limit where it looks at the clock', async () => {
    const { run } = poolOf({ timeLimitMs: 300 });
    await expect(run('ticking')).rejects.toMatchObject({ name: 'RangeError', message: 'time' });
    expect((await run('echo')).length).toBe(8);
  });

  it('ends by force where it does not, and leaves the others alone', async () => {
    const { run } = poolOf({ size: 2, timeLimitMs: 300 });
    await Promise.all([run('echo'), run('echo')]);
    const began = performance.now();
    const stuck = run('spinning').catch((error: Error) => error);
    const others = Promise.all(Array.from({ length: 10 }, () => run('echo')));
    expect((await others).map(({ length }) => length)).toEqual(Array(10).fill(8));
    expect(await stuck).toBeInstanceOf(ThreadLost);
    expect(await stuck).toMatchObject({ reason: 'time', culprit: true });
    expect(performance.now() - began).toBeLessThan(2300);
    expect((await run('echo')).length).toBe(8);
  });

  it('has its whole time where its thread is only being started', async () => {
    const { run } = poolOf({ timeLimitMs: 1 });
    // Starting takes longer than what a job may go on after its time.
    const slow = new URL('../support/slow-worker.ts', import.meta.url);
    const { run: runSlowly } = poolOf({ entry: slow, timeLimitMs: 1 });
    expect((await run('echo')).length).toBe(8);
    expect((await runSlowly('echo')).length).toBe(8);
  });

  it('stops when its client goes, or is never begun', async () => {
    const { run } = poolOf({ timeLimitMs: 30_000 });
    await run('echo');
    const [running, waiting] = [new AbortController(), new AbortController()];
    const jobs = [run('ticking', running.signal), run('echo', waiting.signal), run('echo')];
    waiting.abort();
    await expect(jobs[1]).rejects.toThrow(Cancelled);
    running.abort();
    await expect(jobs[0]).rejects.toThrow(Cancelled);
    expect((await jobs[2]).length).toBe(8);
  });

  it("fails by its own error, as the pool's maker reads it", async () => {
    const { run } = poolOf();
    await expect(run('failing')).rejects.toMatchObject({ name: 'TypeError', message: 'a defect' });
  });
});

describe('jobs with an affinity', () => {
  it('find what they left in their thread, until it is released', async () => {
    const { pool, at } = poolOf({ size: 2 });
    expect([await at('a', 'count'), await at('b', 'count'), await at('a', 'count')]).toEqual(['1', '1', '2']);
    pool.release('a');
    expect(await at('a', 'count')).toBe('1');
  });

  it('share threads where there are more names than threads', async () => {
    const { pool, at } = poolOf({ size: 2 });
    for (const name of ['a', 'b', 'c']) await at(name, 'count');
    expect(['a', 'b', 'c'].map((name) => pool.neighbours(name).size).sort()).toEqual([1, 2, 2]);
  });

  it('stop one by one, and all of them when what they name is released', async () => {
    const { pool, at } = poolOf({ timeLimitMs: 30_000 });
    const jobs = ['ticking', 'ticking', 'count'].map((kind) => at('a', kind).catch((error: Error) => error));
    expect(pool.stop('a', ({ kind }) => kind === 'ticking')).toBe(true);
    expect(await jobs[0]).toBeInstanceOf(Cancelled);
    expect(pool.stop('b', () => true)).toBe(false);
    pool.release('a');
    expect(await jobs[1]).toBeInstanceOf(Cancelled);
    expect(await jobs[2]).toBeInstanceOf(Cancelled);
    expect(await at('b', 'kept')).toBe('');
  });

  it('are told what was lost with a thread, and who is to blame', async () => {
    const lost: string[] = [];
    const { at } = poolOf({ timeLimitMs: 300, onLost: (names) => lost.push(...names) });
    await at('a', 'count');
    await at('b', 'count');
    const jobs = [at('a', 'spinning'), at('b', 'count')].map((job) => job.catch((error: Error) => error));
    expect(await jobs[0]).toMatchObject({ reason: 'time', culprit: true });
    expect(await jobs[1]).toMatchObject({ reason: 'time', culprit: false });
    expect(lost).toEqual(['a', 'b']);
    expect(await at('b', 'count')).toBe('1');
  });
});

describe('a thread that dies', () => {
  it.each([
    ['dying', 'defect'],
    ['hungry', 'memory'],
  ])('%s, takes its one job with it: %s', async (kind, reason) => {
    const { run } = poolOf({ heapMb: 64 });
    const lost = run(kind);
    const next = run('echo');
    await expect(lost).rejects.toThrow(ThreadLost);
    await expect(lost).rejects.toMatchObject({ reason });
    expect((await next).length).toBe(8);
  });
});

it('turns away what would wait too long', async () => {
  const { run } = poolOf();
  const jobs = Array.from({ length: 300 }, () => run('echo').catch((error: Error) => error));
  const done = await Promise.all(jobs);
  const away = done.filter((result) => result instanceof Overloaded);
  expect(away).toHaveLength(99);
  expect(done.filter((result) => 'length' in result)).toHaveLength(201);
});
