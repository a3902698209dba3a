import { describe, expect, it } from 'vitest';
import { WasmModule } from '../../../src/kernels/wasm/emitter.ts';
import { Lanes } from '../../../src/kernels/wasm/lanes.ts';
import { linked } from '../../../src/kernels/wasm/link.ts';
import { MATH32 } from '../../../src/kernels/wasm/math.ts';
import { releaseAll, reserve, theMemory } from '../../../src/tensor/memory.ts';

type Name = 'exp' | 'log' | 'expm1' | 'log1p' | 'tanh' | 'erf';

/** Loops over float32 arrays of a multiple of four elements. */
const kernels = linked(() => {
  const m = new WasmModule();
  for (const [name, body] of Object.entries(MATH32)) {
    const f = m.func(name, ['i32', 'i32', 'i32']);
    const lanes = new Lanes(f, 'f32x4');
    f.loop(() => {
      f.get(0).memory('v128.load');
      const y = body?.(lanes, lanes.keep()) as number;
      f.get(1).get(y).memory('v128.store');
      f.get(0).i32(16).op('i32.add').set(0).get(1).i32(16).op('i32.add').set(1);
      lanes.forget();
      f.get(2).i32(4).op('i32.sub').tee(2).brIf(0);
    });
  }
  return m;
});

function run(name: Name, x: Float32Array): Float32Array {
  const [from, to] = [reserve(x.byteLength), reserve(x.byteLength)];
  new Float32Array(theMemory().buffer, from, x.length).set(x);
  kernels()[name](from, to, x.length);
  const out = new Float32Array(theMemory().buffer, to, x.length).slice();
  releaseAll();
  return out;
}

/** The distance between neighbouring float32 around `x`. */
const ulp = (x: number): number => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(x)))) - 23);

/** The largest error in ulp of the exact result; NaN and infinities must be there where they should. */
function worst(name: Name, x: Float32Array, exact: (x: number) => number): number {
  const y = run(name, x);
  let most = 0;
  for (let i = 0; i < x.length; i++) {
    const want = exact(x[i]);
    const rounded = Math.fround(want);
    if (!Number.isFinite(rounded) || rounded === 0) {
      if (!Object.is(y[i], rounded)) throw new Error(`${name}(${x[i]}) = ${y[i]}, expected ${rounded}`);
      continue;
    }
    const error = Math.abs(y[i] - want) / ulp(want);
    if (!(error <= 1)) throw new Error(`${name}(${x[i]}) = ${y[i]}, expected ${want}: ${error} ulp`);
    most = Math.max(most, error);
  }
  return most;
}

/** Numbers of every sign and exponent, denormals and infinities and NaN included, with mantissas all over. */
function everyExponent(count: number): Float32Array {
  const x = new Float32Array(512 * count);
  const raw = new Uint32Array(x.buffer);
  for (let i = 0; i < raw.length; i++) {
    const mantissa = i % count === 0 ? 0 : i % count === 1 ? 0x7fffff : Math.imul(i, 2654435761) >>> 9;
    raw[i] = (Math.floor(i / count) << 23) | mantissa;
  }
  return x;
}

const spread = (n: number, from: number, to: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1));

describe('math of float32 vectors', () => {
  it('computes exp within 1 ulp over the whole range', () => {
    expect(worst('exp', everyExponent(256), Math.exp)).toBeGreaterThan(0.4);
    worst('exp', spread(400_000, -105, 90), Math.exp);
    worst('exp', spread(200_000, -1, 1), Math.exp);
    worst('exp', spread(100_000, -104, -87), Math.exp);
    worst('exp', spread(100_000, 88.7, 88.75), Math.exp);
  });

  it('computes log within 1 ulp over the whole range', () => {
    expect(worst('log', everyExponent(1024), Math.log)).toBeGreaterThan(0.4);
    worst('log', spread(400_000, 0.5, 2), Math.log);
    worst('log', spread(200_000, 0.999, 1.001), Math.log);
    worst('log', spread(100_000, 0, 1e-38), Math.log);
  });

  it('meets the corners exactly', () => {
    const x = new Float32Array([0, -0, 1, -Infinity, Infinity, NaN, 1e30, -1e30]);
    expect([...run('exp', x)]).toEqual([1, 1, Math.fround(Math.E), 0, Infinity, NaN, Infinity, 0]);
    const y = new Float32Array([0, -0, 1, -Infinity, Infinity, NaN, -1e-45, 1e-45]);
    expect([...run('log', y)].slice(0, 7)).toEqual([-Infinity, -Infinity, 0, NaN, Infinity, NaN, NaN]);
    expect(run('log', y)[7]).toBeCloseTo(-103.2789, 4);
  });
});
