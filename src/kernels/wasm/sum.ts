/** Sums of elements that lie in order, accumulated in float64. */
import { WasmModule } from './emitter.ts';
import { HIGH_HALF, Lanes, type Vector } from './lanes.ts';
import { linked } from './link.ts';

/** Vectors of a round: of float32 they are added in pairs, in float32, before their sum goes to float64. */
const VECTORS = 8;

/** Adds vectors in pairs until one is left. */
export function pairwise(lanes: Lanes, vectors: readonly Vector[]): Vector {
  let left = [...vectors];
  while (left.length > 1) {
    const next: Vector[] = [];
    for (let i = 0; i < left.length; i += 2) next.push(lanes.op('add', left[i], left[i + 1]));
    left = next;
  }
  return left[0];
}

/** `name(n, address)`: the sum of n elements. */
function sumOf(module: WasmModule, dtype: 'float32' | 'float64'): void {
  const f = module.func(dtype, ['i32', 'i32'], ['f64']);
  const [n, at] = [0, 1];
  const narrow = dtype === 'float32';
  const lanes = new Lanes(f, narrow ? 'f32x4' : 'f64x2');
  const width = narrow ? 4 : 8;
  const round = VECTORS * lanes.width;
  const sums = [f.local('v128'), f.local('v128')];
  const total = f.local('f64');
  const move = (elements: number): void => {
    f.get(at)
      .i32(elements * width)
      .op('i32.add')
      .set(at);
    f.get(n).i32(elements).op('i32.sub').set(n);
  };
  f.block(() => {
    f.loop(() => {
      f.get(n).i32(round).op('i32.lt_s').brIf(1);
      const loaded = Array.from({ length: VECTORS }, (_, j) => {
        f.get(at).memory('v128.load', 16 * j);
        return lanes.keep();
      });
      const sum = pairwise(lanes, loaded);
      if (narrow) {
        f.get(sums[0]).get(sum).op('f64x2.promote_low_f32x4').op('f64x2.add').set(sums[0]);
        f.get(sums[1]).get(sum).get(sum).shuffle(HIGH_HALF).op('f64x2.promote_low_f32x4').op('f64x2.add').set(sums[1]);
      } else f.get(sums[0]).get(sum).op('f64x2.add').set(sums[0]);
      lanes.forget();
      move(round);
      f.br(0);
    });
  });
  f.get(sums[0]).get(sums[1]).op('f64x2.add').set(sums[0]);
  f.get(sums[0]).lane('f64x2.extract_lane', 0).get(sums[0]).lane('f64x2.extract_lane', 1).op('f64.add').set(total);
  f.block(() => {
    f.loop(() => {
      f.get(n).op('i32.eqz').brIf(1);
      f.get(total).get(at);
      if (narrow) f.memory('f32.load').op('f64.promote_f32');
      else f.memory('f64.load');
      f.op('f64.add').set(total);
      move(1);
      f.br(0);
    });
  });
  f.get(total);
}

export const sumKernels = linked(
  () => {
    const module = new WasmModule();
    sumOf(module, 'float32');
    sumOf(module, 'float64');
    return module;
  },
  undefined,
  true,
);
