/** Casts between all dtypes, as PyTorch 1.13 makes them: overflow, ties, subnormals and what is not finite. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { copy } from '../../src/kernels/copy.ts';
import { arrayOf, DTYPES, type DType, isFloating } from '../../src/tensor/dtype.ts';
import { storageOf } from '../../src/tensor/storage.ts';
import { fromStorage, type Tensor } from '../../src/tensor/tensor.ts';

type Text = number | string;
const casts = JSON.parse(readFileSync(new URL('./data/casts.json', import.meta.url), 'utf8')) as [
  DType,
  DType,
  Text[],
  Text[],
][];

function tensorOf(dtype: DType, elements: readonly Text[]): Tensor {
  const data = new (arrayOf(dtype))(elements.length);
  elements.forEach((x, i) => {
    data[i] = data instanceof BigInt64Array ? BigInt(x) : Number(x);
  });
  return fromStorage(storageOf(dtype, data), [elements.length]);
}

const shown = (t: Tensor): string[] =>
  Array.from(t.storage.data as Float64Array, (x) => (Object.is(x, -0) ? '-0' : String(x)));

describe('casts', () => {
  it.each(casts)('%s to %s', (from, to, elements, want) => {
    const source = tensorOf(from, elements);
    expect(shown(copy(source, to))).toEqual(shown(tensorOf(to, want)));
    // Those that do not lie in order go through another loop.
    const spread = tensorOf(
      from,
      elements.flatMap((x) => [x, x]),
    );
    const sparse = spread.alias([elements.length], [2], 1);
    expect(shown(copy(sparse, to))).toEqual(shown(tensorOf(to, want)));
  });

  it('has every pair of dtypes', () => {
    expect(casts.length).toBe(DTYPES.length ** 2);
    expect(DTYPES.filter(isFloating).length).toBe(4);
  });
});
