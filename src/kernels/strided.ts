/** Walking several strided operands of one shape together, with as few and as long inner loops as can be. */
import type { Shape } from '../tensor/shape.ts';
import { inStretches, pulse, STRETCH } from './pulse.ts';

export interface Walk {
  /** Sizes, innermost first, and the steps of each operand; dimensions that can be are one. */
  readonly sizes: readonly number[];
  readonly stepsOf: readonly (readonly number[])[];
  /** Runs of the innermost loop: how many elements, and each operand's step. */
  readonly n: number;
  readonly steps: readonly number[];
  /** Calls `inner` with each operand's offset, once for every run. */
  each(inner: (offsets: number[]) => void): void;
  /** Calls `inner` for runs of `count` elements that are never very long, so that a deadline can end them. */
  stretches(inner: (offsets: readonly number[], count: number) => void): void;
}

/** Merges dimensions that lie behind one another in all operands, and drops those of size 1. */
function collapse(shape: Shape, strides: readonly (readonly number[])[]): { sizes: number[]; steps: number[][] } {
  const sizes: number[] = [];
  const steps: number[][] = strides.map(() => []);
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] === 1) continue;
    const last = sizes.length - 1;
    if (last >= 0 && strides.every((s, k) => s[d] === steps[k][last] * sizes[last])) {
      sizes[last] *= shape[d];
      continue;
    }
    sizes.push(shape[d]);
    for (let k = 0; k < strides.length; k++) steps[k].push(strides[k][d]);
  }
  return { sizes, steps };
}

/** Plans a walk over `shape`; each operand has a stride for every dimension, and an offset. */
export function walk(shape: Shape, strides: readonly (readonly number[])[], offsets: readonly number[]): Walk {
  const { sizes, steps } = collapse(shape, strides);
  const n = sizes.length === 0 ? 1 : sizes[0];
  const firstSteps = steps.map((s) => s[0] ?? 0);
  const each: Walk['each'] = (inner) => {
    const at = [...offsets];
    if (sizes.length <= 1) {
      if (n > 0) inner(at);
      return;
    }
    if (sizes.includes(0)) return;
    const index = new Array<number>(sizes.length).fill(0);
    for (;;) {
      inner(at);
      pulse(n);
      let d = 1;
      for (; d < sizes.length; d++) {
        for (let k = 0; k < at.length; k++) at[k] += steps[k][d];
        if (++index[d] < sizes[d]) break;
        for (let k = 0; k < at.length; k++) at[k] -= steps[k][d] * sizes[d];
        index[d] = 0;
      }
      if (d === sizes.length) return;
    }
  };
  const stretches: Walk['stretches'] = (inner) => {
    each((at) => {
      if (n <= STRETCH) inner(at, n);
      else {
        inStretches(n, (from, to) => {
          const shifted = at.map((offset, k) => offset + from * firstSteps[k]);
          inner(shifted, to - from);
        });
      }
    });
  };
  return { sizes, stepsOf: steps, n, steps: firstSteps, each, stretches };
}

/** Strides of an operand of shape `from` read as if it had the shape `to`: 0 where it is repeated. */
export function broadcastStrides(from: Shape, strides: readonly number[], to: Shape): number[] {
  const lead = to.length - from.length;
  return to.map((size, d) => (d < lead || (from[d - lead] === 1 && size !== 1) ? 0 : strides[d - lead]));
}

/** Whether a tensor's elements fill a stretch of memory, each place once, in whichever order. */
export function isDense(t: { readonly shape: Shape; readonly strides: readonly number[] }): boolean {
  const dims = t.shape.map((size, d) => [size, t.strides[d]] as const).filter(([size]) => size !== 1);
  let step = 1;
  for (const [size, stride] of dims.sort((a, b) => a[1] - b[1])) {
    if (stride !== step) return false;
    step *= size;
  }
  return true;
}
