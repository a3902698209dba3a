/** Pieces of arithmetic that both directions emit. */
import type { WasmFunction } from '../../../kernels/wasm/emitter.ts';

const LOW_HALF = 0xffff_ffffn;

/**
 * The upper 64 bits of the product of two unsigned i64 locals, left on the stack; WebAssembly multiplies
 * without them. Gives the emitter: its own locals are shared by all products of the function.
 */
export function highProduct(f: WasmFunction): (a: number, b: number) => void {
  const [a0, a1, b0, b1, middle] = Array.from({ length: 5 }, () => f.local('i64'));
  return (a, b) => {
    f.get(a).i64(LOW_HALF).op('i64.and').set(a0);
    f.get(a).i64(32).op('i64.shr_u').set(a1);
    f.get(b).i64(LOW_HALF).op('i64.and').set(b0);
    f.get(b).i64(32).op('i64.shr_u').set(b1);
    // Neither sum can overflow: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
    f.get(a1).get(b0).op('i64.mul');
    f.get(a0).get(b0).op('i64.mul').i64(32).op('i64.shr_u').op('i64.add').set(middle);
    f.get(a1).get(b1).op('i64.mul').get(middle).i64(32).op('i64.shr_u').op('i64.add');
    f.get(a0).get(b1).op('i64.mul').get(middle).i64(LOW_HALF).op('i64.and').op('i64.add');
    f.i64(32).op('i64.shr_u').op('i64.add');
  };
}

/** The bytes of a vector of 16-bit lanes, the pattern repeated. */
export function lanes16(...pattern: number[]): Uint8Array {
  const lanes = Int16Array.from({ length: 8 }, (_, i) => pattern[i % pattern.length]);
  return new Uint8Array(lanes.buffer);
}
