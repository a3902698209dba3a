import { afterAll, describe, expect, it } from 'vitest';
import { WasmModule } from '../../../src/kernels/wasm/emitter.ts';
import { linked } from '../../../src/kernels/wasm/link.ts';
import { emitProduct, TILE_ROWS, tileColumns } from '../../../src/kernels/wasm/product-tile.ts';
import { allowWideVectors, wideVectors } from '../../../src/kernels/wasm/vector-width.ts';
import { releaseAll, reserve, theMemory } from '../../../src/tensor/memory.ts';

afterAll(() => allowWideVectors(true));

/** The product of two 12 × 16 panels over a depth of 40, by tiles of so many vectors. */
function product(vectors: 2 | 4, wide: boolean): Uint32Array {
  const kind = { dtype: 'float32', vectors } as const;
  let told: boolean | undefined;
  const kernels = linked(
    (yes) => {
      told = yes;
      const m = new WasmModule();
      emitProduct(m, kind);
      return m;
    },
    `test ${vectors} ${wide}`,
    true,
  );
  const [rows, columns, depth] = [2 * TILE_ROWS, 16, 40];
  const [x, y, left, right, to, spare] = Array.from({ length: 6 }, () => reserve(16_384));
  const floats = new Float32Array(theMemory().buffer, x, 8192);
  for (let i = 0; i < floats.length; i++) floats[i] = Math.sin(i + 1);
  const { packLeft, packRight, block } = kernels();
  expect(told).toBe(wide);
  packLeft(x, left, rows, depth, depth * 4, 4);
  packRight(y, right, columns, depth, 4, columns * 4);
  const out = new Float32Array(theMemory().buffer, to, rows * columns);
  // Often enough for V8 to optimize the code.
  for (let i = 0; i < 30_000; i++) {
    out.fill(0);
    block(left, right, to, columns * 4, rows, columns, depth, spare);
  }
  expect(columns % tileColumns(kind)).toBe(0);
  const bits = new Uint32Array(out.slice().buffer);
  releaseAll();
  return bits;
}

describe('wide vectors', () => {
  it('are used on processors that have them, and give the same bits', () => {
    const wide = wideVectors();
    if (process.arch !== 'x64') expect(wide).toBe(false);
    const pairs = product(4, wide);
    allowWideVectors(false);
    expect(wideVectors()).toBe(false);
    expect(product(2, false)).toEqual(pairs);
    allowWideVectors(true);
    expect(wideVectors()).toBe(wide);
  });
});
