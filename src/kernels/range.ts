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
    const first = f.local('v128');
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
    const value = (): void => {
      // Half of an odd number of steps is rounded down.
      f.get(index).get(steps).f64(2).op('f64.div').op('f64.floor').op('f64.lt');
      f.if(
        () => f.get(start).get(step).get(index).op('f64.mul').op('f64.add'),
        () => f.get(end).get(step).get(steps).get(index).op('f64.sub').f64(1).op('f64.sub').op('f64.mul').op('f64.sub'),
        'f64',
      );
      f.op('f32.demote_f64');
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
    f.block(() => {
      f.loop(() => {
        f.get(n).i32(RUN).op('i32.lt_s').get(index).get(whole).op('f64.ge').op('i32.or').brIf(1);
        value();
        f.op('f32x4.splat').set(first);
        for (const [j, offset] of offsets.entries())
          f.get(out)
            .get(first)
            .get(offset)
            .op('f32x4.add')
            .memory('v128.store', 16 * j);
        move(RUN);
        f.br(0);
      });
    });
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
