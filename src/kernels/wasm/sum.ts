/** Sums of elements that lie in order, accumulated in float64. */
import { WasmModule } from './emitter.ts';
import { Lanes } from './lanes.ts';
import { linked } from './link.ts';

/** Elements of a round, on two accumulators for each two. */
const ROUND = 8;

/** `name(n, address)`: the sum of n elements of `width` bytes. */
function sumOf(module: WasmModule, name: string, width: 4 | 8): void {
  const f = module.func(name, ['i32', 'i32'], ['f64']);
  const [n, at] = [0, 1];
  const lanes = new Lanes(f, 'f64x2');
  const sums = [0, 1, 2, 3].map(() => f.local('v128'));
  const total = f.local('f64');
  const move = (bytes: number): void => {
    f.get(at).i32(bytes).op('i32.add').set(at);
  };
  f.block(() => {
    f.loop(() => {
      f.get(n).i32(ROUND).op('i32.lt_s').brIf(1);
      const loaded = sums.map((_, j) => {
        f.get(at);
        if (width === 8) f.memory('v128.load', 16 * j);
        else f.memory('v128.load64_zero', 8 * j).op('f64x2.promote_low_f32x4');
        return lanes.keep();
      });
      for (const [j, sum] of sums.entries()) f.get(sum).get(loaded[j]).op('f64x2.add').set(sum);
      lanes.forget();
      move(ROUND * width);
      f.get(n).i32(ROUND).op('i32.sub').set(n).br(0);
    });
  });
  f.get(sums[0]).get(sums[1]).op('f64x2.add').get(sums[2]).get(sums[3]).op('f64x2.add').op('f64x2.add').set(sums[0]);
  f.get(sums[0]).lane('f64x2.extract_lane', 0).get(sums[0]).lane('f64x2.extract_lane', 1).op('f64.add').set(total);
  f.block(() => {
    f.loop(() => {
      f.get(n).op('i32.eqz').brIf(1);
      f.get(total).get(at);
      if (width === 8) f.memory('f64.load');
      else f.memory('f32.load').op('f64.promote_f32');
      f.op('f64.add').set(total);
      move(width);
      f.get(n).i32(1).op('i32.sub').set(n).br(0);
    });
  });
  f.get(total);
}

export const sumKernels = linked(() => {
  const module = new WasmModule();
  sumOf(module, 'float32', 4);
  sumOf(module, 'float64', 8);
  return module;
});
