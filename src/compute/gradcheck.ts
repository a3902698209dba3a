/** Gradients of a computation compared with central differences, as torch.autograd.gradcheck compares them. */
import type { AnswerWriter } from '../answer/answer.ts';
import { jacobianOf, slopesOf } from '../autograd/derivatives.ts';
import { elementsOf, isWithin, moves, slopesBetween } from '../autograd/differences.ts';
import { noGrad } from '../autograd/mode.ts';
import { copy } from '../kernels/copy.ts';
import { EngineError } from '../tensor/errors.ts';
import { type Shape, sameShape } from '../tensor/shape.ts';
import { dataOf, type Tensor } from '../tensor/tensor.ts';
import { warn } from '../tensor/warnings.ts';
import { checkFloating, type Derivable, labelsOf, type Sides, tensorsOf } from './derivable.ts';

export interface GradcheckSettings {
  /** The step of the differences. */
  readonly eps: number;
  readonly atol: number;
  readonly rtol: number;
  /** 2 for the gradient's gradient. */
  readonly order: 1 | 2;
}

/** How far one value's gradient, by another, is from the differences. */
interface Check {
  readonly of: string;
  readonly wrt: string;
  ok: boolean;
  maxAbs: number;
  maxRel: number;
  worst: { ofIndex: number[]; wrtIndex: number[]; analytical: number; numerical: number } | undefined;
}

/** The place of an element, an integer a dimension. */
function indexOf(place: number, shape: Shape): number[] {
  const index: number[] = [];
  let rest = place;
  for (let d = shape.length - 1; d >= 0; d--) {
    index.unshift(rest % shape[d]);
    rest = Math.floor(rest / shape[d]);
  }
  return index;
}

/** Weights of the sum that stands for a value of several elements where its gradient is to be one: none is like another. */
const weight = (i: number): number => 0.5 + ((i * 0.6180339887498949) % 1);

/** What is checked, with the name that each tensor is told under: the values, or their gradients. */
function checked({ of, wrt }: Sides, { order }: GradcheckSettings): { tensors: Tensor[]; labels: string[] } {
  const tensors = tensorsOf(of);
  const labels = labelsOf(of);
  if (order === 1) return { tensors, labels };
  const inputs = tensorsOf(wrt);
  const parts = tensors.map((t) => {
    const seed = copy(t.detach());
    const data = dataOf(seed) as Float64Array;
    for (let i = 0; i < seed.numel; i++) data[seed.offset + i] = weight(i);
    return slopesOf([t], inputs, [seed]);
  });
  return { tensors: parts.flat(), labels: labels.flatMap((label) => inputs.map(() => label)) };
}

/** @throws EngineError where no input or no output is floating, or the computation gives results of another shape each time */
export function gradcheck(values: Derivable, settings: GradcheckSettings, tick: () => void): Check[] {
  const { of, wrt, observer, again } = values;
  const { eps, atol, rtol, order } = settings;
  checkFloating(of);
  const inputs = tensorsOf(wrt);
  const names = labelsOf(wrt);
  if (inputs.length === 0) throw new EngineError('value_range', 'there is nothing to check: no input is floating');
  if (tensorsOf(of).length === 0)
    throw new EngineError('value_range', 'there is nothing to check: no output is floating');
  const narrow = names.filter((_, i) => inputs[i].dtype !== 'float64');
  if (narrow.length > 0)
    warn(
      `gradcheck expects float64: differences of ${eps} are mostly rounding in "${narrow.join('", "')}", which ${narrow.length === 1 ? 'is' : 'are'} ${inputs.find((t) => t.dtype !== 'float64')?.dtype}`,
    );
  const { tensors: looked, labels } = checked(values, settings);
  const analytical = jacobianOf(looked, inputs, { observer });
  const checks: Check[][] = looked.map((_, o) =>
    inputs.map((_, i) => ({ of: labels[o], wrt: names[i], ok: true, maxAbs: 0, maxRel: 0, worst: undefined })),
  );
  const at = (i: number, moved: Tensor): readonly Tensor[] => {
    tick();
    // The others stay where they are, even where they are computed from what moves.
    const points = new Map(names.map((name, k) => [name, name === names[i] ? moved : copy(inputs[k].detach())]));
    const run = (): Tensor[] => checked(again(points), settings).tensors;
    const found = order === 1 ? noGrad(run) : run();
    if (found.length !== looked.length || !found.every((t, o) => sameShape(t.shape, looked[o].shape)))
      throw new EngineError('shape_mismatch', 'gradcheck expects results of one shape each time');
    // What is waiting is computed before the next run writes over what it reads.
    return found.map((t) => copy(t.detach()));
  };
  inputs.forEach((input, i) => {
    const slopes = looked.map((_, o) => elementsOf(analytical[o][i]));
    for (const { place, low, high } of moves(input, eps, (moved) => at(i, moved))) {
      for (let o = 0; o < looked.length; o++) {
        const check = checks[o][i];
        slopesBetween(low[o], high[o], eps).forEach((numerical, row) => {
          const slope = slopes[o][row * input.numel + place];
          const error = slope === numerical ? 0 : Math.abs(slope - numerical);
          const relative = error === 0 ? 0 : error / Math.max(Math.abs(slope), Math.abs(numerical));
          if (relative > check.maxRel || Number.isNaN(relative)) check.maxRel = relative;
          if (!isWithin(slope, numerical, atol, rtol)) check.ok = false;
          if (check.worst !== undefined && !(error > check.maxAbs) && !Number.isNaN(error)) return;
          check.maxAbs = error;
          const [ofIndex, wrtIndex] = [indexOf(row, looked[o].shape), indexOf(place, input.shape)];
          check.worst = { ofIndex, wrtIndex, analytical: slope, numerical };
        });
      }
    }
  });
  return checks.flat();
}

/** `ok`, and what was found of each pair. */
export function writeChecks({ document }: AnswerWriter, checks: readonly Check[]): void {
  document.key('ok').boolean(checks.every(({ ok }) => ok));
  document.key('checks').list();
  for (const { of, wrt, ok, maxAbs, maxRel, worst } of checks) {
    document.map().key('of').string(of).key('wrt').string(wrt).key('ok').boolean(ok);
    document.key('max_abs_error').value(maxAbs).key('max_rel_error').value(maxRel);
    if (worst !== undefined) {
      const { ofIndex, wrtIndex, analytical, numerical } = worst;
      document.key('worst').value({ of_index: ofIndex, wrt_index: wrtIndex, analytical, numerical });
    }
    document.end();
  }
  document.end();
}
