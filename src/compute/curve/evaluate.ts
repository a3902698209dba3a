/** An op as a function of one number: its values from the op itself, its slopes from autograd. */
import { grad } from '../../autograd/backward.ts';
import { copy } from '../../kernels/copy.ts';
import type { OpDef } from '../../ops/define.ts';
import type { AnyParam } from '../../ops/params.ts';
import { EngineError, valueRange } from '../../tensor/errors.ts';
import { dataOf, empty, Tensor } from '../../tensor/tensor.ts';
import { withWarnings } from '../../tensor/warnings.ts';
import { wholeMemory } from '../memory.ts';
import type { Scope } from '../scope.ts';

/** What a curve is asked of. */
export interface Subject {
  readonly op: OpDef;
  /** All that is no tensor, by camelCase name. */
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Tensors but the input, by camelCase name, as their numbers. */
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  /** The vector of which one element runs; of a function of one number it has one. */
  readonly at: readonly number[];
  readonly vary: number;
}

/** Values and slopes of each series. */
export interface Samples {
  readonly y: readonly Float64Array[];
  readonly dy: readonly Float64Array[];
}

/** Elements that are computed at a time. */
const CHUNK = 16_384;

function filled(shape: readonly number[], fill: (data: Float64Array) => void): Tensor {
  const t = empty(shape, 'float64');
  fill(dataOf(t) as Float64Array);
  return t;
}

/** The same numbers in each row. */
function repeated(row: readonly number[], shape: readonly number[], whole: boolean): Tensor {
  if (!whole) {
    return filled(shape, (data) => {
      for (let i = 0; i < data.length; i++) data[i] = row[i % row.length];
    });
  }
  const t = empty(shape, 'int64');
  const data = dataOf(t) as BigInt64Array;
  for (let i = 0; i < data.length; i++) data[i] = BigInt(row[i % row.length]);
  return t;
}

const elements = (t: Tensor): ArrayLike<number> => dataOf(copy(t)) as unknown as ArrayLike<number>;

export class Evaluator {
  /** Names of the series. */
  readonly names: readonly string[];
  private readonly subject: Subject;
  private readonly scope: Scope;
  private readonly ofVector: boolean;
  private readonly input: AnyParam;

  /**
   * Calls the op once, at `probe`, as the request has it: what the op refuses, it refuses here.
   *
   * @throws EngineError
   */
  constructor(subject: Subject, scope: Scope, probe: number) {
    const { op, vary } = subject;
    this.subject = subject;
    this.scope = scope;
    this.ofVector = op.curve?.at !== undefined;
    this.input = op.params[0];
    const count = this.within(() => {
      const out = op.call(this.arguments([probe], true));
      if (!(out instanceof Tensor)) throw new Error(`${op.name} gives several tensors`);
      return out.numel;
    });
    if (vary >= subject.at.length) throw valueRange(`there is no element ${vary} of ${subject.at.length} to vary`);
    const several = this.ofVector && op.category !== 'loss';
    this.names = several ? Array.from({ length: count }, (_, i) => `${op.name}[${i}]`) : [op.name];
  }

  private within<T>(body: () => T): T {
    const { scope } = this;
    return withWarnings(
      () => {},
      () => scope.within(wholeMemory(scope.limits.maxElements), body),
    );
  }

  /** The call's arguments, for one place as the request has them, or for many in the rows of a batch. */
  private arguments(xs: ArrayLike<number>, single: boolean): Record<string, unknown> {
    const { op, attrs, tensors, at, vary } = this.subject;
    const { dim, target } = op.curve ?? {};
    const rows = xs.length;
    const width = at.length;
    const shape = this.ofVector ? (single ? [width] : [rows, width]) : [rows];
    const args: Record<string, unknown> = { ...attrs };
    args[this.input.key] = filled(shape, (data) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < width; j++) data[i * width + j] = j === vary ? xs[i] : at[j];
      }
    }).requiresGrad_();
    for (const { key, kind, name } of op.params.slice(1)) {
      const numbers = tensors[key as string];
      if (kind === 'attr' || numbers === undefined) continue;
      if (name !== 'target') args[key] = repeated(numbers, [numbers.length], false);
      else if (target === 'class' && numbers.length === 1) args[key] = repeated(numbers, single ? [] : [rows], true);
      else {
        const one = this.ofVector ? [numbers.length] : [];
        args[key] = repeated(numbers, this.ofVector && single ? one : [rows, ...one], target === 'classes');
      }
    }
    if (!single) {
      if (dim !== undefined) args[dim] = -1;
      if (op.category === 'loss') args.reduction = 'none';
    }
    return args;
  }

  /** Values and slopes at these places. */
  at(xs: readonly number[]): Samples {
    const { names } = this;
    const y = names.map(() => new Float64Array(xs.length));
    const dy = names.map(() => new Float64Array(xs.length));
    const rows = Math.max(1, Math.floor(CHUNK / this.subject.at.length));
    for (let start = 0; start < xs.length; start += rows) {
      const part = xs.slice(start, start + rows);
      this.within(() => this.chunk(part, start, y, dy));
    }
    return { y, dy };
  }

  private chunk(xs: readonly number[], start: number, y: Float64Array[], dy: Float64Array[]): void {
    const { op, at, vary } = this.subject;
    const args = this.arguments(xs, false);
    const out = op.call(args) as Tensor;
    const input = args[this.input.key] as Tensor;
    const values = elements(out);
    const series = y.length;
    if (values.length !== xs.length * series) throw new EngineError('shape_mismatch', `${op.name} gives no curve`);
    const divisor = this.divisor();
    for (let s = 0; s < series; s++) {
      const seed = filled(out.shape, (data) => {
        for (let i = s; i < data.length; i += series) data[i] = 1;
      });
      const [slopes] = out.requiresGrad
        ? grad([out], [input], [seed], { retainGraph: s + 1 < series, allowUnused: true })
        : [null];
      const slope = slopes === null ? null : elements(slopes);
      for (let i = 0; i < xs.length; i++) {
        y[s][start + i] = values[i * series + s] / divisor;
        dy[s][start + i] = slope === null ? 0 : slope[i * at.length + vary] / divisor;
      }
    }
  }

  /** What the mean over one example divides by. */
  private divisor(): number {
    const { op, attrs } = this.subject;
    if (attrs.reduction !== 'mean' || op.curve?.divisor === undefined) return 1;
    return op.curve.divisor(numbersOf(this.subject));
  }
}

/** The arguments as numbers: what an op declares its curve by. */
export function numbersOf({ op, attrs, tensors, at, vary }: Subject): Readonly<Record<string, unknown>> {
  const absent = op.params.flatMap(({ key, kind }) => (kind === 'attr' ? [] : [[key, []] as const]));
  return { ...Object.fromEntries(absent), ...attrs, ...tensors, [op.params[0].key]: at, vary };
}
