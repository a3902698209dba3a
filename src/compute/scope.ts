/** One computation as it runs: what it may use, when it has to end, where its time goes. */
import { withPulse } from '../kernels/pulse.ts';
import { type Clock, Deadline } from './clock.ts';
import type { Limits } from './limits.ts';
import type { Memory } from './memory.ts';
import { Timing } from './timing.ts';

export class Scope {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly timing: Timing;

  constructor(limits: Limits, clock: Clock = new Deadline(limits.timeLimitMs), timing = new Timing()) {
    this.limits = limits;
    this.clock = clock;
    this.timing = timing;
  }

  /**
   * The one place where computing begins and ends: its tensors live in `memory`, its loops and the time
   * between its ops look at the clock. Nothing is left behind but what lives in a memory that lasts.
   */
  within<T>(memory: Memory, body: () => T): T {
    const { clock } = this;
    return memory.within(() => withPulse(clock.check, body), clock.tick);
  }
}
