import { afterEach, describe, expect, it } from 'vitest';
import { TimeLimit } from '../../src/compute/limits.ts';
import { Cancelled, Overloaded, WorkerLost } from '../../src/threads/errors.ts';
import type { JobResult } from '../../src/threads/messages.ts';
import { WorkerPool } from '../../src/threads/pool.ts';

const open: WorkerPool[] = [];
afterEach(() => Promise.all(open.splice(0).map((pool) => pool.close())));

function poolOf({ size = 1, timeLimitMs = 60_000, heapMb = 256 } = {}) {
  const entry = new URL('../support/odd-worker.ts', import.meta.url);
  const pool = new WorkerPool({ entry, size, heapMb, limits: { maxElements: 1000, maxNodes: 10, timeLimitMs } });
  open.push(pool);
  const run = (route: string, signal?: AbortSignal, body = new Uint8Array(8)): Promise<JobResult> =>
    pool.compute({ kind: 'compute', route, body, type: 'application/json', answerType: 'application/json' }, signal);
  const threads = () => (pool as unknown as { hands: unknown[] }).hands.length;
  return { run, threads };
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
    const long = run('ticking');
    const began = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => run('echo')));
    expect(performance.now() - began).toBeLessThan(2500);
    await expect(long).rejects.toThrow(TimeLimit);
  });

  it('say how long a job waited', async () => {
    const { run } = poolOf({ timeLimitMs: 300 });
    await run('echo');
    const long = run('ticking').catch(() => {});
    const { times } = await run('echo');
    expect(times?.queue).toBeGreaterThan(250);
    await long;
  });
});

describe('a job', () => {
  it('ends at its time limit where it looks at the clock', async () => {
    const { run } = poolOf({ timeLimitMs: 300 });
    await expect(run('ticking')).rejects.toThrow(TimeLimit);
    expect((await run('echo')).elements).toBe(8);
  });

  it('ends by force where it does not, and leaves the others alone', async () => {
    const { run } = poolOf({ size: 2, timeLimitMs: 300 });
    await Promise.all([run('echo'), run('echo')]);
    const stuck = run('spinning');
    const others = Promise.all(Array.from({ length: 10 }, () => run('echo')));
    expect((await others).map(({ elements }) => elements)).toEqual(Array(10).fill(8));
    await expect(stuck).rejects.toThrow(TimeLimit);
    expect((await run('echo')).elements).toBe(8);
  });

  it('stops when its client goes, or is never begun', async () => {
    const { run } = poolOf();
    await run('echo');
    const [running, waiting] = [new AbortController(), new AbortController()];
    const jobs = [run('ticking', running.signal), run('echo', waiting.signal), run('echo')];
    waiting.abort();
    await expect(jobs[1]).rejects.toThrow(Cancelled);
    running.abort();
    await expect(jobs[0]).rejects.toThrow(Cancelled);
    expect((await jobs[2]).elements).toBe(8);
  });

  it('is refused in the words of who carries it out', async () => {
    const { run } = poolOf();
    expect((await run('refused')).refusal).toEqual({ why: 'no' });
    await expect(run('failing')).rejects.toThrow('a defect');
  });
});

describe('a thread that dies', () => {
  it.each([
    ['dying', 'defect'],
    ['hungry', 'memory'],
  ])('%s, takes its one job with it: %s', async (route, reason) => {
    const { run } = poolOf({ heapMb: 64 });
    const lost = run(route);
    const next = run('echo');
    await expect(lost).rejects.toThrow(WorkerLost);
    await expect(lost).rejects.toMatchObject({ reason });
    expect((await next).elements).toBe(8);
  });
});

it('turns away what would wait too long', async () => {
  const { run } = poolOf({ timeLimitMs: 500 });
  const jobs = Array.from({ length: 300 }, () => run('echo').catch((error: Error) => error));
  const done = await Promise.all(jobs);
  const away = done.filter((result) => result instanceof Overloaded);
  expect(away).toHaveLength(99);
  expect(done.filter((result) => 'elements' in result)).toHaveLength(201);
});
