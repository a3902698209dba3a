/** Long loops look up from their work now and then, so that a deadline can end them. */

/** Multiplications or so between two looks: some tens of milliseconds. */
const INTERVAL = 2 ** 24;

let listener: (() => void) | undefined;
let left = INTERVAL;

/**
 * Runs `body` with `look` called every now and then by its loops; `look` may throw to end them. The
 * first call comes once so much work as `first` is done, or is announced.
 */
export function withPulse<T>(look: () => void, body: () => T, first?: number): T {
  const before = listener;
  listener = look;
  if (first !== undefined) left = first;
  try {
    return body();
  } finally {
    listener = before;
    if (first !== undefined) left = INTERVAL;
  }
}

/** Says how much work comes, so that who has not the time for it can say so before it begins. */
export function announce(work: number): void {
  if (work > left) listener?.();
}

/** Called by a loop when it has done `work`. */
export function pulse(work: number): void {
  left -= work;
  if (left > 0) return;
  left = INTERVAL;
  listener?.();
}

/** Elements that a plain loop goes through between two looks. */
export const STRETCH = 2 ** 20;

/** Runs a loop over `n` elements piece by piece. */
export function inStretches(n: number, loop: (from: number, to: number) => void): void {
  if (n <= STRETCH) {
    loop(0, n);
    pulse(n);
    return;
  }
  for (let from = 0; from < n; from += STRETCH) {
    loop(from, Math.min(from + STRETCH, n));
    pulse(STRETCH);
  }
}
