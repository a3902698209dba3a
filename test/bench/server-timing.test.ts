import { expect, it } from 'vitest';
import { computing, parseServerTiming } from './server-timing.ts';

it('forward and backward are added up', () => {
  expect(computing('queue;dur=0, parse;dur=2.1, forward;dur=5, backward;dur=7.5, write;dur=1.2')).toBe(12.5);
});

it('a request without gradient has forward alone', () => {
  expect(computing('parse;dur=2, forward;dur=5')).toBe(5);
});

it('descriptions, quotes and order do no harm', () => {
  const durations = parseServerTiming('forward;desc="all of it";dur="5", cache, backward; dur=1');
  expect([...durations]).toEqual([
    ['forward', 5],
    ['backward', 1],
  ]);
});

it('is absent where the header is, or where it does not say', () => {
  expect(computing(undefined)).toBeUndefined();
  expect(computing('total;dur=5')).toBeUndefined();
});
