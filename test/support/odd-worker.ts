/** A thread of the pool whose jobs are of every bad kind; the test's pool runs it in place of http's. */
import type { Job, JobResult } from '../../src/threads/messages.ts';
import { type JobControl, serveJobs } from '../../src/threads/serve.ts';

export interface OddResult extends JobResult {
  readonly length: number;
}

/** How often it was told to rest. */
let rests = 0;

/** What the thread was asked to keep, by its name. */
const kept = new Map<string, number>();

const KINDS: Record<string, (control: JobControl, job: Job) => string | Uint8Array> = {
  echo: (_, { body = new Uint8Array(0) }) => body,
  /** Looks whether it is to stop, and at the time by itself. */
  ticking({ stopReason }, { payload }) {
    const end = performance.now() + (payload as number);
    for (;;) {
      const now = performance.now();
      const reason = stopReason(now);
      if (reason !== undefined) throw new Error(reason);
      if (now > end) throw new RangeError('time');
    }
  },
  /** Looks at nothing. */
  spinning() {
    for (;;);
  },
  /** In a native function, which nothing ends. */
  burning() {
    const text = 'a'.repeat(4_000_000);
    const part = 'a'.repeat(1_000_000);
    return String(text.lastIndexOf(`${part}b${part}`));
  },
  dying: () => process.exit(3),
  failing() {
    throw new TypeError('a defect');
  },
  hungry() {
    const hoard: unknown[] = [];
    for (let i = 0; ; i++) hoard.push(new Array(1_000_000).fill(i));
  },
  count(_, { affinity = '' }) {
    kept.set(affinity, (kept.get(affinity) ?? 0) + 1);
    return String(kept.get(affinity));
  },
  rests: () => String(rests),
  kept: () => [...kept.keys()].join(),
};

serveJobs((setup) => {
  if (setup === 'fails') throw new Error('a thread that cannot be started');
  return {
    carryOut: (job, control) => {
      const length = job.body?.length ?? 0;
      return { body: KINDS[job.kind](control, job), length } satisfies OddResult;
    },
    release: (affinity) => kept.delete(affinity),
    rest: () => {
      rests++;
    },
    collect: () => {},
    apart: () => 0,
    packError: (error) => ({ name: (error as Error).name, message: (error as Error).message }),
  };
});
