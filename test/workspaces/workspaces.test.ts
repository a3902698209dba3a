import { describe, expect, it } from 'vitest';
import type { JobResult, WorkspaceJob } from '../../src/compute/jobs.ts';
import { Cancelled, Overloaded, ThreadLost } from '../../src/threads/errors.ts';
import type { Job } from '../../src/threads/messages.ts';
import type { WorkerPool } from '../../src/threads/pool.ts';
import type { Waited } from '../../src/threads/worker-thread.ts';
import { NoSession, type SessionSettings, Sessions, WorkspaceLost } from '../../src/workspaces/workspaces.ts';

/** A pool that does what it is told, when it is told. */
class FakePool {
  readonly dropped: string[] = [];
  readonly jobs: { id: string; resolve: (result: Partial<JobResult>) => void; reject: (error: Error) => void }[] = [];
  neighbourhood: string[] = [];
  overfull = false;

  run({ affinity: id = '' }: Job): Promise<Waited<JobResult>> {
    return new Promise((resolve, reject) => {
      this.jobs.push({ id, resolve: (result) => resolve({ body: '', elements: 0, waitedMs: 0, ...result }), reject });
    });
  }
  release(id: string): void {
    this.dropped.push(id);
  }
  stop(id: string): boolean {
    return this.jobs.some((job) => job.id === id);
  }
  neighbours(): ReadonlySet<string> {
    return new Set(this.neighbourhood);
  }
}

const DESCRIBE: WorkspaceJob = { kind: 'describe' };

function setUp(settings: Partial<SessionSettings> = {}) {
  const pool = new FakePool();
  const clock = { now: 0 };
  const sessions = new Sessions(pool as unknown as WorkerPool, {
    ttlMs: 1000,
    max: 3,
    maxHeld: 100,
    now: () => clock.now,
    ...settings,
  });
  const use = async (id: string, result: Partial<JobResult> = {}): Promise<void> => {
    const done = sessions.run(id, DESCRIBE);
    pool.jobs.at(-1)?.resolve(result);
    await done;
  };
  const alive = (id: string): boolean => {
    try {
      sessions.use(id);
      return true;
    } catch (error) {
      if (error instanceof NoSession) return false;
      throw error;
    }
  };
  return { pool, clock, sessions, use, alive };
}

describe('workspaces', () => {
  it('have ids that nobody guesses', () => {
    const { sessions } = setUp({ max: 1000 });
    const ids = Array.from({ length: 500 }, () => sessions.create('anna').id);
    expect(new Set(ids).size).toBe(500);
    for (const id of ids) expect(id).toMatch(/^[\w-]{32}$/);
  });

  it('expire when they are not used, and live on when they are', async () => {
    const { sessions, clock, pool, use, alive } = setUp();
    const [a, b] = [sessions.create('anna'), sessions.create('anna')];
    expect(a.expiresAt).toBe(1000);
    clock.now = 900;
    await use(a.id);
    clock.now = 1001;
    await expect(sessions.run(b.id, DESCRIBE)).rejects.toThrow(NoSession);
    expect([alive(a.id), alive(b.id)]).toEqual([true, false]);
    expect(pool.dropped).toEqual([b.id]);
  });

  it('are swept without being asked for', () => {
    const { sessions, clock, pool } = setUp();
    const { id } = sessions.create('anna');
    clock.now = 5000;
    sessions.sweep();
    expect([sessions.size, pool.dropped]).toEqual([0, [id]]);
  });

  it('do not expire at work', async () => {
    const { sessions, clock, pool, alive } = setUp();
    const { id } = sessions.create('anna');
    const running = sessions.run(id, DESCRIBE);
    clock.now = 5000;
    sessions.sweep();
    expect(alive(id)).toBe(true);
    pool.jobs[0].resolve({});
    expect((await running).expiresAt).toBe(6000);
  });

  it('make room for new ones, the longest idle first', async () => {
    const { sessions, clock, use, alive } = setUp();
    const [a, b, c] = [0, 1, 2].map((now) => {
      clock.now = now;
      return sessions.create('anna').id;
    });
    await use(a);
    const d = sessions.create('anna').id;
    expect([a, b, c, d].map(alive)).toEqual([true, false, true, true]);
  });

  it('make room where all of them together hold too much, but for the one at hand', async () => {
    const { sessions, use, alive } = setUp();
    const [a, b] = [sessions.create('anna').id, sessions.create('anna').id];
    await use(a, { held: 60 });
    await use(b, { held: 60 });
    expect([a, b].map(alive)).toEqual([false, true]);
    await use(b, { held: 300 });
    expect(alive(b)).toBe(true);
  });

  it('make room where the client has most, however many come', async () => {
    const { sessions, alive } = setUp({ max: 5 });
    const others = ['bert', 'cora'].map((owner) => sessions.create(owner).id);
    const many = Array.from({ length: 1000 }, () => sessions.create('anna').id);
    expect(others.map(alive)).toEqual([true, true]);
    expect(many.map(alive).filter(Boolean)).toHaveLength(3);
    expect(many.slice(-3).map(alive)).toEqual([true, true, true]);
    // Who has less pushes out one of who has most.
    const dora = sessions.create('dora').id;
    expect([...others, dora, ...many.slice(-3)].map(alive)).toEqual([true, true, true, false, true, true]);
  });

  it('are not made where only those of others could go, who have less', async () => {
    const { sessions, pool, alive } = setUp({ max: 3 });
    const other = sessions.create('bert').id;
    const [a, b] = [sessions.create('anna').id, sessions.create('anna').id];
    const running = [sessions.run(a, DESCRIBE), sessions.run(b, DESCRIBE)];
    expect(() => sessions.create('anna')).toThrow(Overloaded);
    expect([other, a, b].map(alive)).toEqual([true, true, true]);
    for (const job of pool.jobs) job.resolve({});
    await Promise.all(running);
    expect(alive(sessions.create('anna').id)).toBe(true);
    expect(alive(other)).toBe(true);
  });

  it('make room where the client holds most', async () => {
    const { sessions, use, alive } = setUp({ max: 10 });
    const other = sessions.create('bert').id;
    const [a, b] = [sessions.create('anna').id, sessions.create('anna').id];
    await use(other, { held: 40 });
    await use(a, { held: 35 });
    await use(b, { held: 35 });
    expect([other, a, b].map(alive)).toEqual([true, false, true]);
  });

  it('of others are not let go while those of the client who holds most are at work', async () => {
    const { sessions, pool, use, alive } = setUp({ max: 10 });
    const other = sessions.create('bert').id;
    const [a, b] = [sessions.create('anna').id, sessions.create('anna').id];
    await use(other, { held: 40 });
    await use(a, { held: 35 });
    const running = sessions.run(a, DESCRIBE);
    const job = pool.jobs.at(-1);
    await use(b, { held: 50 });
    expect([other, a, b].map(alive)).toEqual([true, true, true]);
    job?.resolve({ held: 36 });
    await running;
    expect([other, a, b].map(alive)).toEqual([true, true, false]);
  });

  it('make room in a thread whose heap fills up, where the client holds most of it', async () => {
    const { sessions, pool, use, alive } = setUp({ max: 10 });
    const other = sessions.create('bert').id;
    const [a, b] = [sessions.create('anna').id, sessions.create('anna').id];
    await use(other, { held: 1 });
    await use(a, { held: 10 });
    pool.neighbourhood = [other, a, b];
    await use(b, { held: 10, heap: 0.9 });
    expect([other, a, b].map(alive)).toEqual([true, false, true]);
  });

  it('make room one by one where there is no memory left, but for the one at hand', async () => {
    const { sessions, pool, use, alive } = setUp();
    const ids = [0, 1, 2].map(() => sessions.create('someone').id);
    pool.overfull = true;
    await use(ids[2], { held: 5 });
    expect(pool.dropped).toEqual([ids[0]]);
    pool.overfull = false;
    await use(ids[2], { held: 5 });
    expect(ids.map(alive)).toEqual([false, true, true]);
  });

  it('make room in a thread whose heap fills up', async () => {
    const { sessions, pool, use, alive } = setUp();
    const [a, b, c] = [sessions.create('anna').id, sessions.create('anna').id, sessions.create('anna').id];
    pool.neighbourhood = [b, c];
    await use(c, { heap: 0.9 });
    expect([a, b, c].map(alive)).toEqual([true, false, true]);
  });

  it('say that they were lost, to who asks for them later', async () => {
    const { sessions, pool } = setUp();
    const { id } = sessions.create('anna');
    const [guilty, waiting] = [sessions.run(id, DESCRIBE), sessions.run(id, DESCRIBE)];
    sessions.forget([id]);
    pool.jobs[0].reject(new ThreadLost('time', true));
    pool.jobs[1].reject(new ThreadLost('time', false));
    await expect(guilty).rejects.toThrow(WorkspaceLost);
    await expect(waiting).rejects.toThrow(NoSession);
    expect(() => sessions.use(id)).toThrow(/was lost/);
    expect(() => sessions.use('nobody')).toThrow(/there is no such workspace/);
  });

  it('are gone for what waits when they are deleted', async () => {
    const { sessions, pool } = setUp();
    const { id } = sessions.create('anna');
    const waiting = sessions.run(id, DESCRIBE);
    sessions.delete(id);
    pool.jobs[0].reject(new Cancelled());
    await expect(waiting).rejects.toThrow(NoSession);
    expect(() => sessions.delete(id)).toThrow(NoSession);
  });
});
