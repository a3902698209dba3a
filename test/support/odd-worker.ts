/** A worker of the pool whose requests are of every bad kind; the test's pool runs it in place of http's. */
import { serveJobs } from '../../src/threads/serve.ts';

const KINDS: Record<string, (tick: () => void, body: Uint8Array) => string | Uint8Array> = {
  echo: (_, body) => body,
  /** Looks at the clock, forever. */
  ticking(tick) {
    for (;;) tick();
  },
  /** Looks at nothing. */
  spinning() {
    for (;;);
  },
  dying: () => process.exit(3),
  failing() {
    throw new TypeError('a defect');
  },
  refused() {
    throw new RangeError('no');
  },
  hungry() {
    const kept: unknown[] = [];
    for (;;) kept.push(Array.from({ length: 1000 }, (_, i) => ({ i })));
  },
};

serveJobs({
  carryOut: ({ route, body }, run) => ({ body: KINDS[route](run.clock.tick, body) as string, elements: body.length }),
  refusalOf: (error) => (error instanceof RangeError ? { why: error.message } : undefined),
});
