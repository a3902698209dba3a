/** Sums down the columns of a matrix, accumulated in float64, and the extrema of elements that lie in order. */
import { type WasmFunction, WasmModule } from './emitter.ts';
import { HIGH_HALF, type LaneKind, Lanes, type Vector } from './lanes.ts';
import { linked } from './link.ts';
import { pairwise } from './sum.ts';

type FloatType = 'float32' | 'float64';

const laneKind = (dtype: FloatType): LaneKind => (dtype === 'float32' ? 'f32x4' : 'f64x2');

/** Rows that are added at once. */
export const ROWS = 8;

/**
 * `name(n, at, sums)`: adds up `rows` rows of n adjacent elements, one behind the other, and adds that to
 * n doubles at `sums`. Of both, whole vectors are read and written.
 */
function columnsOf(m: WasmModule, name: string, dtype: FloatType, rows: number): void {
  const f = m.func(name, ['i32', 'i32', 'i32']);
  const [n, at, sums] = [0, 1, 2];
  const lanes = new Lanes(f, laneKind(dtype));
  const width = 16 / lanes.width;
  const cursor = f.local('i32');
  const toSums = (offset: number, emit: () => WasmFunction): void => {
    f.get(sums).get(sums).memory('v128.load', offset);
    emit().op('f64x2.add').memory('v128.store', offset);
  };
  const left = f.local('i32');
  f.get(n).set(left);
  f.loop(() => {
    f.get(at).set(cursor);
    const loaded = Array.from({ length: rows }, (_, i) => {
      f.get(cursor).memory('v128.load');
      const x = lanes.keep();
      if (i < rows - 1) f.get(cursor).get(n).i32(width).op('i32.mul').op('i32.add').set(cursor);
      return x;
    });
    const sum = pairwise(lanes, loaded);
    if (dtype === 'float32') {
      toSums(0, () => f.get(sum).op('f64x2.promote_low_f32x4'));
      toSums(16, () => f.get(sum).get(sum).shuffle(HIGH_HALF).op('f64x2.promote_low_f32x4'));
    } else toSums(0, () => f.get(sum));
    f.get(at).i32(16).op('i32.add').set(at);
    f.get(sums)
      .i32(lanes.width * 8)
      .op('i32.add')
      .set(sums);
    lanes.forget();
    f.get(left).i32(lanes.width).op('i32.sub').tee(left).i32(0).op('i32.gt_s').brIf(0);
  });
}

/** Vectors of a round. */
const VECTORS = 4;

/** `name(n, at)`: the largest (`direction` 1) or smallest of n elements, of which there is one; NaN where there is any. */
function extremeOf(m: WasmModule, name: string, dtype: FloatType, direction: 1 | -1): void {
  const f = m.func(name, ['i32', 'i32'], ['f64']);
  const [n, at] = [0, 1];
  const lanes = new Lanes(f, laneKind(dtype));
  const width = 16 / lanes.width;
  const scalar = dtype === 'float32' ? 'f32' : 'f64';
  const pick = direction > 0 ? 'max' : 'min';
  const round = VECTORS * lanes.width;
  const best: Vector[] = Array.from({ length: VECTORS }, () => f.local('v128'));
  const odd = f.local('v128');
  const result = f.local(scalar);
  const first = lanes.constant(-direction * Infinity);
  for (const local of best) f.get(first).set(local);
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
      const loaded = best.map((_, j) => {
        f.get(at).memory('v128.load', 16 * j);
        return lanes.keep();
      });
      // p-max and p-min pass over a NaN in the second place: it is noted apart.
      for (const [j, local] of best.entries()) f.get(local).get(loaded[j]).op(`${lanes.kind}.p${pick}`).set(local);
      for (const x of loaded) f.get(odd).get(x).get(x).op(`${lanes.kind}.ne`).op('v128.or').set(odd);
      lanes.forget();
      move(round);
      f.br(0);
    });
  });
  f.get(odd).op('v128.any_true');
  f.if(() => f.f64(Number.NaN).op('return'));
  for (let j = 1; j < VECTORS; j++) f.get(best[0]).get(best[j]).op(`${lanes.kind}.p${pick}`).set(best[0]);
  f.get(best[0]).lane(`${lanes.kind}.extract_lane`, 0);
  for (let k = 1; k < lanes.width; k++) f.get(best[0]).lane(`${lanes.kind}.extract_lane`, k).op(`${scalar}.${pick}`);
  f.set(result);
  f.block(() => {
    f.loop(() => {
      f.get(n).op('i32.eqz').brIf(1);
      f.get(result).get(at).memory(`${scalar}.load`).op(`${scalar}.${pick}`).set(result);
      move(1);
      f.br(0);
    });
  });
  f.get(result);
  if (scalar === 'f32') f.op('f64.promote_f32');
}

export const reduceKernels = linked(() => {
  const m = new WasmModule();
  for (const dtype of ['float32', 'float64'] as const) {
    columnsOf(m, `${dtype} columns`, dtype, ROWS);
    columnsOf(m, `${dtype} column`, dtype, 1);
    extremeOf(m, `${dtype} largest`, dtype, 1);
    extremeOf(m, `${dtype} smallest`, dtype, -1);
  }
  return m;
});
