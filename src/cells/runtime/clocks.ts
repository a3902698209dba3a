/** Time and chance, by which alone a cell's outcome may differ from run to run: all of both goes through here. */
import type { Holder } from './holding.ts';

export class Clocks implements Holder {
  /** Seconds that `sleep` has set the clocks forward. */
  private ahead = 0;

  /** Seconds since 1970. */
  now(): number {
    return performance.timeOrigin / 1000 + performance.now() / 1000 + this.ahead;
  }

  /** Seconds since some moment. */
  steady(): number {
    return performance.now() / 1000 + this.ahead;
  }

  /** What `sleep` does in place of waiting. */
  advance(seconds: number): void {
    this.ahead += seconds;
  }

  /** A number from 0 up to 1 that nobody can foresee. */
  entropy(): number {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
  }

  references(): void {}
}
