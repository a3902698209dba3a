/** Numbers at even distances, as many as kernels are for. */
import type { Tensor } from '../tensor/tensor.ts';
import { deferred, INDEX } from './deferred.ts';
import { type ArgumentKind, enterBlock, leaveBlock } from './wasm/block.ts';
import { WasmModule } from './wasm/emitter.ts';
import { Lanes } from './wasm/lanes.ts';
import { linked } from './wasm/link.ts';

/** PyTorch computes float32 ranges in runs of so many: the first by the formula, the others by adding to it. */
const RUN = 8;

/**
 * `run(n, block)` of an address and index, steps, start, step, end: elements `index` to `index + n` of a range in float32.
 * Positions are counted from the nearer end. In doubles `step * i` is exact, so that one rounding is left,
 * as a fused multiply and add has it.
 */
const ramp = linked(
  () => {
    const module = new WasmModule();
    const f = module.func('run', ['i32', 'i32']);
    const n = 0;
    const kinds: ArgumentKind[] = ['address', 'number', 'number', 'number', 'number', 'number'];
    const [out, index, steps, start, step, end] = enterBlock(f, kinds);
    const lanes = new Lanes(f, 'f32x4');
    const whole = f.local('f64');
    const first = [f.local('v128'), f.local('v128')];
    const offsets = [0, 4].map((from) =>
      lanes.hoisted(`offsets ${from}`, () => {
        f.i32(0).op('i32x4.splat');
        for (let k = 0; k < 4; k++) {
          // The multiple is rounded to float32 before it is added.
          f.get(step)
            .f64(from + k)
            .op('f64.mul')
            .op('f32.demote_f64')
            .lane('f32x4.replace_lane', k);
        }
      }),
    );
    // Half of an odd number of steps is rounded down.
    const half = f.local('f64');
    f.get(steps).f64(0.5).op('f64.mul').op('f64.floor').set(half);
    const last = f.local('f64');
    f.get(steps).f64(1).op('f64.sub').set(last);
    /** The element `ahead` places further, counted from the start, from the end, or from the nearer of both. */
    const fromStart = (ahead: number): void => {
      f.get(start).get(step).get(index).f64(ahead).op('f64.add').op('f64.mul').op('f64.add').op('f32.demote_f64');
    };
    const fromEnd = (ahead: number): void => {
      f.get(end).get(step).get(last).get(index).f64(ahead).op('f64.add').op('f64.sub').op('f64.mul').op('f64.sub');
      f.op('f32.demote_f64');
    };
    const value = (): void => {
      f.get(index).get(half).op('f64.lt');
      f.if(
        () => fromStart(0),
        () => fromEnd(0),
        'f32',
      );
    };
    const move = (elements: number): void => {
      f.get(out)
        .i32(4 * elements)
        .op('i32.add')
        .set(out);
      f.get(index).f64(elements).op('f64.add').set(index);
      f.get(n).i32(elements).op('i32.sub').set(n);
    };
    // What does not fill two runs at the end is computed one by one.
    f.get(steps)
      .f64(2 * RUN)
      .op('f64.div')
      .op('f64.floor')
      .f64(2 * RUN)
      .op('f64.mul')
      .set(whole);
    /** Runs, as many in a round as `firsts` has, while the index is below `limit`. */
    const runs = (limit: number, firsts: readonly (() => void)[]): void => {
      f.block(() => {
        f.loop(() => {
          f.get(n)
            .i32(RUN * firsts.length)
            .op('i32.lt_s')
            .get(index)
            .get(limit)
            .op('f64.ge')
            .op('i32.or')
            .brIf(1);
          for (const [i, emit] of firsts.entries()) {
            emit();
            f.op('f32x4.splat').set(first[i]);
          }
          for (const [i] of firsts.entries()) {
            for (const [j, offset] of offsets.entries())
              f.get(out)
                .get(first[i])
                .get(offset)
                .op('f32x4.add')
                .memory('v128.store', 32 * i + 16 * j);
          }
          move(RUN * firsts.length);
          f.br(0);
        });
      });
    };
    // Where a pair of runs is on one side of the middle no run has to ask; then the run on it, and the others.
    const pairs = f.local('f64');
    f.get(half).f64(RUN).op('f64.sub').get(whole).op('f64.min').set(pairs);
    runs(pairs, [() => fromStart(0), () => fromStart(RUN)]);
    const middle = f.local('f64');
    f.get(half).get(whole).op('f64.min').set(middle);
    runs(middle, [value]);
    runs(whole, [() => fromEnd(0), () => fromEnd(RUN)]);
    runs(whole, [value]);
    f.block(() => {
      f.loop(() => {
        f.get(n).i32(0).op('i32.le_s').brIf(1);
        f.get(out);
        value();
        f.memory('f32.store');
        move(1);
        f.br(0);
      });
    });
    leaveBlock(f, kinds);
    return module;
  },
  undefined,
  true,
);

/** `steps` float32 numbers from `start` to `end`, both included; undefined where only shapes are wanted. */
export function evenlySpaced(start: number, end: number, step: number, steps: number): Tensor | undefined {
  return deferred(() => ramp().run, [INDEX, steps, start, step, end], 'float32', [steps]);
}
