import { expect, test } from 'vitest';
import { signature } from '#src/cells/nn/signature.ts';
import type { PyTuple } from '#src/cells/runtime/values.ts';

const linear = signature('Linear.__init__', 'in_features, out_features, bias=True, *, dtype=None', 1);
const none = new Map();

test('arguments are bound by position, by name, and by default', () => {
  expect(linear([2n], new Map([['out_features', 3n]]))).toEqual({
    in_features: 2n,
    out_features: 3n,
    bias: true,
    dtype: null,
  });
});

test('defaults are what Python would read', () => {
  const takes = signature('f', "a=1, b=1.0, c=1e-08, d='x', e=(0.9; 0.999), g=-1, h=False");
  const bound = takes([], none);
  expect(bound).toMatchObject({ a: 1n, b: 1, c: 1e-8, d: 'x', g: -1n, h: false });
  expect((bound.e as PyTuple).items).toEqual([0.9, 0.999]);
});

test.each([
  [[], {}, "Linear.__init__() missing 2 required positional arguments: 'in_features' and 'out_features'"],
  [[1n, 2n, true, null], {}, 'Linear.__init__() takes from 3 to 4 positional arguments but 5 were given'],
  [[1n, 2n], { foo: 1n }, "Linear.__init__() got an unexpected keyword argument 'foo'"],
  [[1n, 2n], { in_features: 1n }, "Linear.__init__() got multiple values for argument 'in_features'"],
  [
    [1n, 2n],
    { __proto__: null, constructor: 1n },
    "Linear.__init__() got an unexpected keyword argument 'constructor'",
  ],
])('refusal %#', (args, kwargs, message) => {
  expect(() => linear(args, new Map(Object.entries(kwargs)))).toThrow(message);
});
