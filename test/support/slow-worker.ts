/** A thread that takes a while to start. */
const end = performance.now() + 2000;
while (performance.now() < end);

await import('./odd-worker.ts');

export {};
