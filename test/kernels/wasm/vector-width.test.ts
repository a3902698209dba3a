import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { WasmModule } from '../../../src/kernels/wasm/emitter.ts';
import { linked } from '../../../src/kernels/wasm/link.ts';
import { emitProduct, TILE_ROWS, tileColumns } from '../../../src/kernels/wasm/product-tile.ts';
import { tryWideVectors } from '../../../src/kernels/wasm/vector-trial.ts';
import { decideVectors, wideVectors } from '../../../src/kernels/wasm/vector-width.ts';
import { giveMemoryBack, releaseAll, reserve, theMemory } from '../../../src/tensor/memory.ts';

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
    const wide = tryWideVectors();
    if (process.arch !== 'x64') expect(wide).toBe(false);
    decideVectors(wide);
    const pairs = product(4, wide);
    decideVectors(false);
    expect(product(2, false)).toEqual(pairs);
  });

  it('are not used before that is decided, and from then on, by threads that run already, too', async () => {
    const module = new URL('../../../src/kernels/wasm/vector-width.ts', import.meta.url);
    decideVectors(false);
    const thread = new Worker(
      `import(${JSON.stringify(module)}).then(({ wideVectors }) => {
        const { parentPort } = require('node:worker_threads');
        parentPort.on('message', () => parentPort.postMessage(wideVectors()));
      });`,
      { eval: true },
    );
    const asked = (): Promise<boolean> =>
      new Promise((resolve) => {
        thread.once('message', resolve);
        thread.postMessage('?');
      });
    expect([wideVectors(), await asked()]).toEqual([false, false]);
    decideVectors(true);
    expect([wideVectors(), await asked()]).toEqual([true, true]);
    await thread.terminate();
    decideVectors(false);
  });

  it('are taken up by kernels that were written without them when they are next linked', () => {
    const built: boolean[] = [];
    const kernels = linked(
      (wide) => {
        built.push(wide);
        const m = new WasmModule();
        emitProduct(m, { dtype: 'float32', vectors: 2 });
        return m;
      },
      'test of links',
      true,
    );
    const [first, again] = [kernels(), kernels()];
    expect(again).toBe(first);
    decideVectors(true);
    expect(kernels()).toBe(first);
    reserve(2 ** 20);
    releaseAll();
    giveMemoryBack(0);
    kernels();
    kernels();
    expect(built).toEqual([false, true]);
    decideVectors(false);
  });
});
