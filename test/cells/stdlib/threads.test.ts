/** Threads that run one after the other, and what they would wait for. */
import { describe, expect, it } from 'vitest';
import { run, shown } from '../torch/session.ts';

const PRELUDE = 'import threading, queue';
const said = (code: string): string => shown(PRELUDE, code).trim();

describe('threading', () => {
  it('runs each thread where it is started', () => {
    expect(
      said(`out = []
threads = [threading.Thread(target=out.append, args=(i,), name='t%d' % i) for i in range(3)]
for t in threads: t.start()
for t in threads: t.join()
print(out, threads[1].name, threads[1].is_alive(), threading.active_count(), threading.current_thread().name)`),
    ).toBe('[0, 1, 2] t1 False 1 MainThread');
  });

  it('goes on after an error in a thread, and says it', () => {
    const { stdout, stderr } = run(
      PRELUDE,
      `def fail(): raise ValueError('broken')
t = threading.Thread(target=fail, name='worker'); t.start(); t.join()
print('after')`,
    );
    expect(stdout).toBe('after\n');
    expect(stderr).toBe('Exception in thread worker:\nValueError: broken\n');
  });

  it('gives each thread modes and names of its own', () => {
    expect(
      said(`own = threading.local()
own.x = 1
def look(): print(hasattr(own, 'x'), torch.is_grad_enabled())
with torch.no_grad():
    t = threading.Thread(target=look); t.start(); t.join()
    print(own.x, torch.is_grad_enabled())`),
    ).toBe('False True\n1 False');
  });

  it('counts locks, semaphores and events', () => {
    expect(
      said(`lock, again, s, e = threading.Lock(), threading.RLock(), threading.Semaphore(1), threading.Event()
with lock: print(lock.locked(), lock.acquire(blocking=False))
with again:
    with again: print(again.acquire())
print(s.acquire(), s.acquire(blocking=False), e.wait(0.1))
e.set()
print(e.wait(), lock.locked())`),
    ).toBe('True False\nTrue\nTrue False False\nTrue False');
  });

  it.each([
    ['lock = threading.Lock()\nlock.acquire()\nlock.acquire()', 'the lock is held, and nobody would release it'],
    ['threading.Event().wait()', 'the event is not set, and nobody would set it'],
    ['queue.Queue().get()', 'the queue is empty, and nobody would put in'],
    ['threading.Lock().release()', 'release unlocked lock'],
    ['t = threading.Thread()\nt.start()\nt.start()', 'threads can only be started once'],
  ])('refuses to wait without end: %s', (code, why) => {
    expect(said(code)).toContain(`RuntimeError: ${why}`);
  });

  it('has queues', () => {
    expect(
      said(`q, p = queue.Queue(maxsize=1), queue.PriorityQueue()
q.put(1)
for n in (3, 1, 2): p.put(n)
try: q.put_nowait(2)
except queue.Full: print('full')
print(q.get(), q.empty(), p.get(), p.get(), p.qsize())`),
    ).toBe('full\n1 True 1 2 1');
  });
});

describe('sys.stdout', () => {
  it('may be put in another place, which may hand on', () => {
    expect(
      said(`import sys, io
first, kept = sys.stdout, io.StringIO()
class Both:
    def write(self, text):
        kept.write(text)
        first.write(text)
    def flush(self): pass
sys.stdout = Both()
print('seen twice')
sys.stdout = first
print(repr(kept.getvalue()))`),
    ).toBe("seen twice\n'seen twice\\n'");
  });
});
