/**
 * Threads that were ended and go on all the same: V8 looks for the order to end between bytecodes and at
 * the back edges of loops, but not inside of its native functions, of which some take minutes (a search for
 * a long string in a longer one, say). Nothing else ends a thread of a process.
 */
import type { Worker } from 'node:worker_threads';

/** An ordinary thread is gone within milliseconds. */
const NOTICE_MS = 1000;

export class Zombies {
  private readonly threads = new Set<Worker>();
  private readonly ending = new Set<Promise<unknown>>();
  private readonly report: (alive: number) => void;

  /** `report` is told how many there are when one more was noticed. */
  constructor(report: (alive: number) => void) {
    this.report = report;
  }

  get size(): number {
    return this.threads.size;
  }

  /** Ends a thread, and notices where it does not end. */
  end(worker: Worker): void {
    // Not to be waited for by a process that has nothing else to do.
    worker.unref();
    const notice = setTimeout(() => {
      this.threads.add(worker);
      this.report(this.threads.size);
    }, NOTICE_MS);
    notice.unref();
    const ended = worker.terminate().then(() => {
      clearTimeout(notice);
      this.threads.delete(worker);
      this.ending.delete(ended);
    });
    this.ending.add(ended);
  }

  /** Resolves when all threads that were ended are gone, or after a while without them. */
  async settled(): Promise<void> {
    const all = Promise.all(this.ending);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, NOTICE_MS + 100);
    });
    await Promise.race([all, patience]);
    clearTimeout(timer);
  }
}
