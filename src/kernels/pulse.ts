/** Long loops look up from their work now and then, so that a deadline can end them. */

/** Multiplications or so between two looks: some tens of milliseconds. */
const INTERVAL = 2 ** 24;

let listener: (() => void) | undefined;
let left = INTERVAL;

/** Runs `body` with `look` called every now and then by its loops; `look` may throw to end them. */
export function withPulse<T>(look: () => void, body: () => T): T {
  const before = listener;
  listener = look;
  try {
    return body();
  } finally {
    listener = before;
  }
}

/** Called by a loop when it has done `work`. */
export function pulse(work: number): void {
  left -= work;
  if (left > 0) return;
  left = INTERVAL;
  listener?.();
}
