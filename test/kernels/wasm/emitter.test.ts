import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WasmModule } from '../../../src/kernels/wasm/emitter.ts';
import { linked } from '../../../src/kernels/wasm/link.ts';
import { ENCODINGS } from '../../../src/kernels/wasm/opcodes.ts';
import {
  mark,
  memoryBytes,
  releaseAll,
  reserve,
  reserveForGood,
  rewind,
  theMemory,
} from '../../../src/tensor/memory.ts';

describe('emitter', () => {
  it('writes constants of every kind', () => {
    fc.assert(
      fc.property(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.double(), (i, l, d) => {
        const kernels = linked(() => {
          const m = new WasmModule();
          m.func('i', [], ['i32']).i32(i);
          m.func('l', [], ['i64']).i64(l);
          m.func('d', [], ['f64']).f64(d);
          m.func('s', [], ['f32']).f32(d);
          return m;
        })();
        expect(kernels.i()).toBe(i);
        expect(kernels.l()).toBe(l);
        expect(kernels.d()).toBe(d);
        expect(kernels.s()).toBe(Math.fround(d));
      }),
      { numRuns: 50 },
    );
  });

  it('calls, branches, loops and imports', () => {
    const kernels = linked(() => {
      const m = new WasmModule();
      const exp = m.import('exp', ['f64'], ['f64']);
      const square = m.func(undefined, ['f64'], ['f64']);
      square.get(0).get(0).op('f64.mul');
      const f = m.func('sum', ['i32'], ['f64']);
      const sum = f.local('f64');
      f.block(() => {
        f.loop(() => {
          f.get(0).op('i32.eqz').brIf(1);
          f.get(sum).get(0).op('f64.convert_i32_s').call(square).call(exp).op('f64.add').set(sum);
          f.get(0).i32(1).op('i32.sub').set(0).br(0);
        });
      });
      f.get(sum);
      return m;
    })();
    expect(kernels.sum(3)).toBe(Math.exp(9) + Math.exp(4) + Math.exp(1));
  });

  it('names only instructions that the engine knows', () => {
    // Wrong opcodes would make a module invalid, or another instruction of another type.
    for (const [name, { kind }] of ENCODINGS) {
      if (kind !== 'plain' || !/^[if](8x16|16x8|32x4|64x2)\.(add|sub|mul|min|max|abs|neg|eq|lt)/.test(name)) continue;
      const m = new WasmModule();
      const unary = /\.(abs|neg)$/.test(name);
      const f = m.func('f', ['v128', 'v128'], ['v128']).get(0);
      if (!unary) f.get(1);
      f.op(name);
      expect(WebAssembly.validate(m.bytes()), name).toBe(true);
    }
  });

  it('reads and writes the memory of the thread', () => {
    const kernels = linked(() => {
      const m = new WasmModule();
      const f = m.func('double', ['i32']);
      f.get(0).get(0).memory('v128.load').get(0).memory('v128.load').op('f32x4.add').memory('v128.store');
      return m;
    })();
    const at = reserve(16);
    new Float32Array(theMemory().buffer, at, 4).set([1, 2, 3, 4]);
    kernels.double(at);
    expect([...new Float32Array(theMemory().buffer, at, 4)]).toEqual([2, 4, 6, 8]);
    releaseAll();
  });
});

describe('memory', () => {
  it('grows, keeping old views whole, and hands room out anew', () => {
    const first = reserve(1000);
    const view = new Uint8Array(theMemory().buffer, first, 1000).fill(7);
    const second = reserve(50_000_000);
    expect(second).toBeGreaterThanOrEqual(first + 1000);
    expect(view.every((x) => x === 7)).toBe(true);
    expect(memoryBytes().length).toBeGreaterThanOrEqual(second + 50_000_000);
    const before = mark();
    reserve(10);
    rewind(before);
    expect(reserve(10)).toBe(before);
    releaseAll();
    expect(reserve(8)).toBe(first);
    releaseAll();
  });

  it('keeps tables at their addresses in every memory', () => {
    const table = reserveForGood(100);
    const lost = theMemory();
    reserve(600 * 2 ** 20);
    expect(() => reserveForGood(8)).toThrow(/before requests begin/);
    releaseAll();
    const next = reserve(8);
    expect(theMemory()).not.toBe(lost);
    expect(next).toBeGreaterThanOrEqual(table + 100);
    expect(theMemory().buffer.byteLength).toBeLessThan(600 * 2 ** 20);
    releaseAll();
  });

  it('refuses what four gibibytes do not hold', () => {
    expect(() => reserve(2 ** 32)).toThrow(/no room/);
    releaseAll();
  });
});
