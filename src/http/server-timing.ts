/** The `Server-Timing` header of computing requests (W3C Server Timing). */
import type { Times } from '../compute/timing.ts';

export const SERVER_TIMING = 'server-timing';

/** To the microsecond. Whole numbers are many times sooner written than fractions. */
function ms(value: number): string {
  const us = Math.round(value * 1000);
  const whole = Math.floor(us / 1000);
  const rest = us - 1000 * whole;
  return rest === 0 ? `${whole}` : `${whole}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`;
}

/**
 * Where the time went, in ms, measured where the work ran.
 *
 * @example
 * 'queue;dur=0, parse;dur=2.1, forward;dur=5, backward;dur=7, write;dur=1.2'
 */
export const serverTiming = ({ queue, parse, forward, backward, write }: Times): string =>
  `queue;dur=${ms(queue)}, parse;dur=${ms(parse)}, forward;dur=${ms(forward)}, backward;dur=${ms(backward)}, write;dur=${ms(write)}`;
