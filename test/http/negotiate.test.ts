import { expect, it } from 'vitest';
import { negotiate } from '../../src/http/negotiate.ts';

const OFFERS = ['application/json', 'application/x-npy', 'image/svg+xml'] as const;

it.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/x-npy', 'application/x-npy'],
  ['Application/X-NPY', 'application/x-npy'],
  ['application/x-npy, */*;q=0.1', 'application/x-npy'],
  ['application/*;q=0.5, image/svg+xml;q=0.9', 'image/svg+xml'],
  ['application/json;q=0, */*', 'application/x-npy'],
  ['application/json;q=0.2, application/x-npy;q=0.8', 'application/x-npy'],
  ['image/*', 'image/svg+xml'],
  ['text/html', undefined],
  ['application/json;q=0', undefined],
  ['application/json;q=x', undefined],
])('Accept: %s is answered with %s', (accept, type) => {
  expect(negotiate(accept, OFFERS)).toBe(type);
});
