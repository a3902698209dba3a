/** One call of an op, as a rule of export sees it. */
import type { OpDef } from '../../../ops/define.ts';
import { type DType, halfOf } from '../../../tensor/dtype.ts';
import { type Scalar, scalarToNumber } from '../../../tensor/scalar.ts';
import { normalizeDims, type Shape } from '../../../tensor/shape.ts';
import { Tensor, type TensorMeta } from '../../../tensor/tensor.ts';
import { type GraphBuilder, type Ref, Unsupported } from './builder.ts';

/** Gives the results of a call, in the dtypes and shapes that the call says. */
export type Rule = (b: GraphBuilder, call: Call) => Ref | readonly Ref[];

/** A result as it has to look. */
export interface Result {
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface CallSettings {
  readonly op: OpDef;
  readonly args: Readonly<Record<string, unknown>>;
  readonly outputs: readonly TensorMeta[];
  readonly refOf: (tensor: Tensor) => Ref;
  readonly builder: GraphBuilder;
}

const isHalf = (dtype: DType): boolean => halfOf(dtype) !== undefined;
/** What is computed for a dtype: 16 bits in 32, rounded once at the end, as our kernels do. */
export const computed = (dtype: DType): DType => (isHalf(dtype) ? 'float32' : dtype);

export class Call {
  readonly op: OpDef;
  readonly args: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Result[];
  private readonly settings: CallSettings;

  constructor(settings: CallSettings) {
    this.op = settings.op;
    this.args = settings.args;
    this.outputs = settings.outputs.map(({ dtype, shape }) => ({ dtype: computed(dtype), shape }));
    this.settings = settings;
  }

  get dtype(): DType {
    return this.outputs[0].dtype;
  }

  get shape(): Shape {
    return this.outputs[0].shape;
  }

  /** A tensor among the arguments; undefined where it is absent, or a number. */
  maybe(key: string): Ref | undefined {
    const value = this.args[key];
    return value instanceof Tensor ? this.ref(value) : undefined;
  }

  private ref(tensor: Tensor): Ref {
    const { refOf, builder } = this.settings;
    const ref = refOf(tensor);
    return builder.cast(ref, computed(ref.dtype));
  }

  /** A tensor among the arguments, in another dtype where one is given. */
  tensor(key: string, dtype?: DType): Ref {
    const ref = this.maybe(key);
    if (ref === undefined) throw new Unsupported(`${key} is no tensor`);
    return dtype === undefined ? ref : this.settings.builder.cast(ref, dtype);
  }

  tensors(key: string): Ref[] {
    const value = this.args[key];
    return Array.isArray(value) ? value.map((item) => this.ref(item as Tensor)) : [];
  }

  /** A tensor or a number, as a value of that dtype. */
  operand(key: string, dtype: DType): Ref {
    const value = this.args[key];
    if (value instanceof Tensor) return this.tensor(key, dtype);
    return this.settings.builder.scalar(typeof value === 'bigint' ? value : this.number(key), dtype);
  }

  /** A number; a tensor in its place is refused. */
  number(key: string, absent?: number): number {
    const value = this.args[key];
    if ((value === undefined || value === null) && absent !== undefined) return absent;
    if (value instanceof Tensor) throw new Unsupported(`${key} is a tensor, where a number is needed`);
    return scalarToNumber(value as Scalar);
  }

  /** An attribute as it is. */
  attr<T>(key: string): T {
    return this.args[key] as T;
  }

  flag(key: string): boolean {
    return this.args[key] === true;
  }

  /** What is one number for all dimensions, or a list of numbers. */
  list(key: string, count: number): number[] {
    const value = this.args[key] as number | readonly number[];
    const list = typeof value === 'number' ? [value] : [...value];
    return list.length === 1 ? Array<number>(count).fill(list[0]) : list;
  }

  /** Dimensions that an attribute names: all where it names none. */
  dims(key: string, rank: number): number[] {
    const value = this.args[key] as number | readonly number[] | null | undefined;
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0 && rank > 0))
      return [...Array(rank).keys()];
    return normalizeDims(value, rank);
  }
}
