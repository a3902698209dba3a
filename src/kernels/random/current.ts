/** The generator that draws where none is named: a session's own, or the process's. */
import { Generator } from './generator.ts';

let current: Generator | undefined;

/** The generator of who runs now; outside of {@link withGenerator}, one seeded by the system. */
export function currentGenerator(): Generator {
  if (current === undefined) {
    current = new Generator();
    current.seed();
  }
  return current;
}

/** Runs `body` with `generator` as the one that ops draw from. `body` is synchronous. */
export function withGenerator<T>(generator: Generator, body: () => T): T {
  const before = current;
  current = generator;
  try {
    return body();
  } finally {
    current = before;
  }
}
