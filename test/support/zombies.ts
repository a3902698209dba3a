/**
 * `node test/support/zombies.ts`: a process whose threads go on burning when they are ended. Prints what its
 * jobs ended with and how long closing the pool took, a line of JSON each, and leaves with 0.
 */
import { leave, watchThreads } from '../../src/exit.ts';
import { WorkerPool } from '../../src/threads/pool.ts';

const say = (what: object): void => console.log(JSON.stringify(what));

watchThreads();
const pool = new WorkerPool({
  entry: new URL('./odd-worker.ts', import.meta.url),
  setup: null,
  size: 2,
  heapMb: 256,
  memoryLimit: 1e10,
  timeLimitMs: 100,
  unpackError: () => new Error(),
  report: (message, details) => say({ message, ...details }),
});

const outcome = (kind: string): Promise<string> =>
  pool.run({ kind, body: new Uint8Array(8) }).then(
    () => 'done',
    (error: Error) => error.name,
  );

say({ outcomes: await Promise.all([outcome('burning'), outcome('burning')]) });
// Another takes the place of one that is gone, as long as nobody knows better.
await new Promise((resolve) => setTimeout(resolve, 1500));
say({ outcomes: [await outcome('echo'), await outcome('burning')] });
const began = performance.now();
const closing = pool.close().then(() => say({ closing: performance.now() - began }));
await leave(0, closing);
