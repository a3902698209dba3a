import { expect, it } from 'vitest';
import { parseRate } from './wrk.ts';

it('reads the rate', () => {
  expect(parseRate('  36000 requests in 2.00s, 40MB read\nRequests/sec:  18329.42\n')).toBe(18329.42);
});

it('refuses a run with errors, or without a rate', () => {
  expect(() => parseRate('Non-2xx or 3xx responses: 3\nRequests/sec: 5')).toThrow('Non-2xx or 3xx responses: 3');
  expect(() => parseRate('Socket errors: connect 1, read 0\nRequests/sec: 5')).toThrow('Socket errors: connect 1');
  expect(() => parseRate('')).toThrow('nothing of requests a second');
});
